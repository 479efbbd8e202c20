//! Names that say nothing: not in files, not in types.

use crate::code::{bare, line_of};
use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

const EMPTY: &[&str] =
    &["manager", "service", "helper", "util", "processor", "handler", "common", "misc", "data", "info"];

const WHY: &str = "Names come from the admin's mouth; this word fits everything, so it tells nothing";

/// Microsoft's own names for its objects; another word for them would be the one that tells nothing.
const FOREIGN: &[&str] = &["ServicePrincipal"];

/// systemd's ending of its units, which it reads under no other name.
const UNIT: &str = ".service";

fn file_names(sources: &[Source]) -> Vec<Breach> {
    let parts = |s: &Source| {
        let name = s.path.strip_suffix(UNIT).unwrap_or(&s.path);
        name.split('/').flat_map(segments).find(|word| is_empty_word(word))
    };
    sources
        .iter()
        .filter_map(|s| parts(s).map(|word| Breach::new(&s.path, format!("named {word}"), WHY)))
        .collect()
}

fn type_names(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let (code, keywords): (String, &[&str]) = match source.path.rsplit('.').next() {
            Some("rs") => (bare(&source.text), &["struct ", "enum ", "trait ", "type ", "union ", "mod "]),
            Some("ts" | "svelte") => (source.text.clone(), &["class ", "interface ", "type ", "enum "]),
            _ => continue,
        };
        for (at, name) in keywords.iter().flat_map(|keyword| declared(&code, keyword)) {
            if let Some(word) = segments(&without_foreign(&name)).find(|word| is_empty_word(word)) {
                let place = format!("{}:{}", source.path, line_of(&code, at));
                breaches.push(Breach::new(place, format!("{name} holds {word}"), WHY));
            }
        }
    }
    breaches
}

fn without_foreign(name: &str) -> String {
    FOREIGN.iter().fold(name.to_owned(), |name, foreign| name.replace(foreign, ""))
}

/// The names that follow a keyword at the beginning of a declaration.
fn declared(code: &str, keyword: &str) -> Vec<(usize, String)> {
    let opens = |at: &usize| {
        let line = code[..*at].rsplit('\n').next().unwrap_or("");
        // An indented `type` belongs to a trait, whose author named it.
        if keyword == "type " && line.starts_with(' ') {
            return false;
        }
        let line = line.trim();
        line.is_empty()
            || line
                .split_whitespace()
                .all(|w| w.starts_with("pub") || w == "export" || w == "in" || w.ends_with(')'))
    };
    let name = |at: usize| {
        code[at + keyword.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    code.match_indices(keyword).map(|(at, _)| at).filter(opens).map(|at| (at, name(at))).collect()
}

/// `AppHandlers` and `app_handlers.rs` both fall into app and handlers.
fn segments(name: &str) -> impl Iterator<Item = String> + '_ {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty())
}

fn is_empty_word(word: &str) -> bool {
    EMPTY.iter().any(|empty| {
        word == *empty || word.strip_suffix('s') == Some(empty) || word == "utility" || word == "utilities"
    })
}

#[test]
fn file_names_say_what_is_inside() {
    uphold(&file_names(&tree::sources()));
}

#[test]
fn type_names_say_what_they_are() {
    uphold(&type_names(&tree::sources()));
}

#[test]
fn control_empty_names_are_seen() {
    for name in
        ["crates/x/src/utils.rs", "ui/src/TokenHelper.svelte", "crates/x/src/common/mod.rs", "a.service.rs"]
    {
        reported(&file_names(&[Source::planted(name, "")]), name);
    }
    for text in [
        "pub struct TokenManager;",
        "enum DataKind {}",
        "pub(crate) trait HandlersOf {}",
        "pub type Info = u8;",
    ] {
        reported(&type_names(&[Source::planted("a.rs", text)]), "a.rs:1");
    }
    reported(&type_names(&[Source::planted("a.ts", "export interface RowData {}")]), "RowData");
}

#[test]
fn control_full_names_pass() {
    assert_eq!(file_names(&[Source::planted("crates/guide/src/metadata.rs", "")]), []);
    assert_eq!(file_names(&[Source::planted("packaging/x.service", "")]), []);
    let fine = "struct Metadata; // struct Data\nfn a() { let x = \"struct Info\"; }\nstruct Informed;\nstruct ServicePrincipal;\nimpl B for C {\n    type Data = D;\n}";
    assert_eq!(type_names(&[Source::planted("a.rs", fine)]), []);
}
