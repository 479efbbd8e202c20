//! Tests by their names: `cloud::graph_calls a_redirect_is_never_followed` is nextest's id of the binary, a blank, and the
//! end of the test's path; a star at the end stands for any rest. Whether such a test exists is read from the sources.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::{bare, functions};
use crate::tree::Source;

/// The tests of each binary, by the path of their module and their own name; ignored ones are not among them.
pub struct Tests(BTreeMap<String, BTreeSet<String>>);

impl Tests {
    pub fn of(sources: &[Source]) -> Self {
        let mut tests: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for source in sources.iter().filter(|source| source.is(".rs")) {
            let Some((binary, module)) = place(&source.path) else { continue };
            let found = tests.entry(binary).or_default();
            found.extend(in_source(source).into_iter().map(|name| format!("{module}::{name}")));
            // Tests that a macro makes are known by their module only.
            if source.text.contains("#[test]") || source.text.contains("#[tokio::test") {
                found.insert(format!("{module}::"));
            }
        }
        Self(tests)
    }

    /// Why no test has this name; nothing where one has.
    pub fn missing(&self, name: &str) -> Option<String> {
        let Some((binary, path)) = name.split_once(' ') else {
            return Some(format!("`{name}` names no binary"));
        };
        let Some(tests) = self.0.get(binary) else {
            return Some(format!("`{name}`: there is no test binary {binary}"));
        };
        let found = tests.iter().any(|test| {
            let boundaries = test.match_indices("::").map(|(at, _)| at + 2);
            std::iter::once(0).chain(boundaries).any(|at| match path.strip_suffix('*') {
                Some(start) => test[at..].starts_with(start),
                None => test[at..] == *path,
            })
        });
        (!found).then(|| format!("`{name}`: no such test"))
    }

    /// Whether a package of this name has tests.
    pub fn knows(&self, package: &str) -> bool {
        self.0.keys().any(|binary| binary.split("::").next() == Some(package))
    }
}

/// The names of the tests of a file that run without being asked for.
pub fn in_source(source: &Source) -> Vec<String> {
    let code = bare(&source.text);
    let lines: Vec<&str> = code.lines().collect();
    let is_test = |line: usize| {
        let above = lines[..line - 1].iter().rev().map(|line| line.trim());
        let marks: Vec<&str> = above.take_while(|line| line.starts_with("#[") || line.is_empty()).collect();
        marks.iter().any(|mark| *mark == "#[test]" || mark.starts_with("#[tokio::test"))
            && !marks.iter().any(|mark| mark.starts_with("#[ignore"))
    };
    functions(&code).into_iter().filter(|f| is_test(f.line)).map(|f| f.name).collect()
}

/// The binary that a file belongs to, and the path of its module in it.
fn place(path: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    let (package, inside) = match parts.as_slice() {
        ["crates", package, inside @ ..] => (*package, inside),
        ["src-tauri", inside @ ..] => ("footbridge-desktop", inside),
        ["xtask", inside @ ..] => ("xtask", inside),
        ["tests", "support", inside @ ..] => return Some(("footbridge-tests".into(), module(inside))),
        ["tests", binary, inside @ ..] => {
            return Some((format!("footbridge-tests::{binary}"), module(inside)));
        }
        _ => return None,
    };
    match inside {
        ["src", inside @ ..] => {
            // A package that is a program and no library.
            let program = match package {
                "cli" => "cli::bin/footbridge",
                "xtask" => "xtask::bin/xtask",
                library => library,
            };
            Some((program.to_owned(), module(inside)))
        }
        ["tests", binary, inside @ ..] => Some((format!("{package}::{binary}"), module(inside))),
        _ => None,
    }
}

fn module(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !["main", "lib", "mod"].contains(part)).collect::<Vec<_>>().join("::")
}

#[test]
fn house_named_finds_tests_where_they_are() {
    let text =
        "fn help() {}\n#[test]\nfn one() {\n}\n\n#[tokio::test]\n#[ignore = \"x\"]\nasync fn two() {\n}\n";
    let sources = [
        Source::planted("crates/cloud/tests/graph_calls.rs", text),
        Source::planted("crates/delivery/tests/https/tls.rs", text),
        Source::planted("tests/journeys/crashes.rs", text),
    ];
    let tests = Tests::of(&sources);
    for good in [
        "cloud::graph_calls one",
        "delivery::https tls::one",
        "delivery::https tls::o*",
        "delivery::https *",
        "footbridge-tests::journeys crashes::*",
    ] {
        assert_eq!(tests.missing(good), None);
    }
    for bad in [
        "cloud one",
        "cloud::graph_calls two",
        "cloud::graph_calls help",
        "footbridge-tests::journeys rashes::*",
        "one",
    ] {
        assert!(tests.missing(bad).is_some(), "{bad}");
    }
}
