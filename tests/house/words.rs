//! Words that may not occur: escape hatches in code, promises to mend later, names of machines.

use crate::code::{bare, line_of, without_tests};
use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

const UNWRAP: &str =
    "A fault is a typed error with a next step; a panic loses both, and the admin's work with them";
const UNSAFE: &str = "The compiler keeps our promises only where nobody tells it to look away";
const TEXT_ERROR: &str = "Nobody matches on text: an error is a small enum that engine can translate";
const WINDOW: &str = "The shell is the only place that knows the window's framework";
const GUIDE_IO: &str = "A vendor can lint a guide anywhere: the caller reads, this room judges bytes";
const LATER: &str = "What is to be done stands in an issue; a note in the code is read by nobody";
const MACHINE: &str = "The project builds anywhere; the address of one registry or one machine ties it down";
const OPENING: &str = "A module says first what it is and what it must not do";

/// Reports each place in the code, tests left out, that holds one of these.
fn in_code(sources: &[Source], needles: &[&str], why: &'static str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let code = without_tests(&bare(&source.text));
        for needle in needles {
            for (at, _) in code.match_indices(needle) {
                if word_starts(&code, at, needle) {
                    breaches.push(Breach::new(
                        place(source, &code, at),
                        format!("holds `{}`", needle.trim()),
                        why,
                    ));
                }
            }
        }
    }
    breaches
}

/// Reports each place in whole files, texts and comments included, that holds one of these.
fn in_text(sources: &[Source], needles: &[String], why: &'static str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        for needle in needles {
            for (at, _) in source.text.match_indices(needle.as_str()) {
                breaches.push(Breach::new(place(source, &source.text, at), format!("holds `{needle}`"), why));
            }
        }
    }
    breaches
}

fn place(source: &Source, text: &str, at: usize) -> String {
    format!("{}:{}", source.path, line_of(text, at))
}

fn word_starts(code: &str, at: usize, needle: &str) -> bool {
    let own = |c: char| c.is_alphanumeric() || c == '_';
    !needle.starts_with(own) || !code[..at].chars().next_back().is_some_and(own)
}

fn text_errors(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let code = without_tests(&bare(&source.text));
        for (at, _) in code.match_indices(", String>") {
            // The nearest opening before it that is still open tells whose second argument this is.
            let mut depth = 0;
            let opening = code[..at].char_indices().rev().find(|(_, c)| {
                depth += i32::from(*c == '>') - i32::from(*c == '<');
                depth < 0
            });
            if opening.is_some_and(|(open, _)| code[..open].ends_with("Result")) {
                breaches.push(Breach::new(
                    place(source, &code, at),
                    "returns a String as its error",
                    TEXT_ERROR,
                ));
            }
        }
    }
    breaches
}

fn rooms() -> Vec<Source> {
    tree::sources()
        .into_iter()
        .filter(|s| s.path.starts_with("crates/") && s.path.contains("/src/"))
        .collect()
}

fn window_word(sources: &[Source]) -> Vec<Breach> {
    let word = ["tau", "ri"].concat();
    let lower: Vec<Source> =
        sources.iter().map(|s| Source::planted(&s.path, &s.text.to_lowercase())).collect();
    in_text(&lower, &[word], WINDOW)
}

fn guide_io(sources: &[Source]) -> Vec<Breach> {
    let own: Vec<Source> =
        sources.iter().filter(|s| s.path.starts_with("crates/guide/src")).cloned().collect();
    in_code(&own, &["std::fs", "std::net", "std::process", "std::env", "File::open", "tokio::"], GUIDE_IO)
}

fn later() -> Vec<String> {
    [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["HA", "CK:"]].map(|halves| halves.concat()).to_vec()
}

/// Hosts of package registries and folders of single machines, in halves so that this list is not its own breach.
fn machines() -> Vec<String> {
    const HALVES: &[[&str; 2]] = &[
        ["registry.npm", "js.org"],
        ["registry.yarn", "pkg.com"],
        ["index.crates", ".io"],
        ["static.crates", ".io"],
        ["pypi", ".org"],
        ["files.python", "hosted.org"],
        ["deb.debi", "an.org"],
        ["archive.ubun", "tu.com"],
        ["node", "source.com"],
        ["arti", "factory"],
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/tm", "p/w/"],
    ];
    HALVES.iter().map(|halves| halves.concat()).collect()
}

fn openings(sources: &[Source]) -> Vec<Breach> {
    let silent = sources.iter().filter(|s| !s.text.trim_start().starts_with("//!"));
    silent.map(|s| Breach::new(&s.path, "does not begin with `//!`", OPENING)).collect()
}

#[test]
fn no_unwrap_outside_tests() {
    uphold(&in_code(&tree::product(), &[".unwrap()", ".expect(", ".unwrap_err()", ".expect_err("], UNWRAP));
}

#[test]
fn no_unsafe_anywhere() {
    uphold(&in_code(&tree::product(), &["unsafe ", "unsafe{", "allow(unsafe_code)"], UNSAFE));
}

#[test]
fn no_error_is_a_string() {
    uphold(&text_errors(&tree::product()));
}

#[test]
fn the_shell_alone_names_its_framework() {
    uphold(&window_word(&rooms()));
}

#[test]
fn guides_are_judged_without_input_or_output() {
    uphold(&guide_io(&tree::product()));
}

#[test]
fn nothing_is_left_for_later() {
    let binary = |s: &Source| s.is("package-lock.json") || s.is("Cargo.lock") || s.is(".svg");
    let sources: Vec<Source> = tree::sources().into_iter().filter(|s| !binary(s)).collect();
    uphold(&in_text(&sources, &later(), LATER));
}

#[test]
fn no_machine_is_named() {
    uphold(&in_text(&tree::sources(), &machines(), MACHINE));
}

#[test]
fn every_module_says_what_it_is() {
    let helpers = |s: &Source| s.is(".rs") && s.path.starts_with("tests/");
    let mut sources = tree::product();
    sources.extend(tree::sources().into_iter().filter(helpers));
    uphold(&openings(&sources));
}

fn rust(text: &str) -> Vec<Source> {
    vec![Source::planted("crates/guide/src/planted.rs", text)]
}

#[test]
fn control_escape_hatches_are_seen() {
    let unwraps = [".unwrap()", ".expect("];
    reported(&in_code(&rust("fn a() {\n b.unwrap();\n}"), &unwraps, UNWRAP), "planted.rs:2");
    reported(&in_code(&rust("fn a() { b.expect(\"c\") }"), &unwraps, UNWRAP), "expect");
    reported(&in_code(&rust("unsafe { a() }"), &["unsafe "], UNSAFE), "unsafe");
    assert_eq!(in_code(&rust("// .unwrap()\nlet a = \".expect(\"; b.unwrap_or(c);"), &unwraps, UNWRAP), []);
}

#[test]
fn control_text_errors_are_seen() {
    reported(&text_errors(&rust("fn a() -> Result<Vec<(u8, u8)>, String> {}")), "planted.rs:1");
    assert_eq!(text_errors(&rust("fn a() -> Result<BTreeMap<String, String>, Fault> {}")), []);
}

#[test]
fn control_the_frameworks_name_is_seen() {
    reported(&window_word(&rust(&["// as Tau", "ri does"].concat())), "planted.rs:1");
}

#[test]
fn control_input_and_output_are_seen() {
    reported(&guide_io(&rust("let t = std::fs::read(p);")), "std::fs");
    assert_eq!(guide_io(&rust("#[cfg(test)]\nmod tests { use std::fs; }")), []);
}

#[test]
fn control_notes_and_machines_are_seen() {
    for needle in later() {
        reported(&in_text(&rust(&format!("// {needle} mend")), &later(), LATER), &needle);
    }
    for needle in machines() {
        reported(&in_text(&rust(&format!("a\nb {needle}")), &machines(), MACHINE), "planted.rs:2");
    }
}

#[test]
fn control_a_silent_module_is_seen() {
    reported(&openings(&rust("use a::b;\n")), "planted.rs");
    assert_eq!(openings(&rust("//! What it is.\n")), []);
}
