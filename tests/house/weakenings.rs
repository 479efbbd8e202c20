//! The weakenings are kept fit: each takes something away from the product as it stands, for a goal, and names the tests
//! that have to notice. Whether they do is shown by `cargo xtask weaken`.

use std::process::Command;

use crate::named::Tests;
use crate::tree::{self, Source};
use crate::{Breach, goals, reported, uphold};

const FOLDER: &str = "tests/weakenings/";
const MOST_WANTED: usize = 25;

const FIT: &str = "A weakening that fits no more takes nothing away, and its goal is without its control";
const SAID: &str =
    "A weakening says which goal it attacks, what it takes away and which tests have to notice";
const PRODUCT: &str = "A weakening is one of the product; a test that is bent shows nothing";

/// What stands before the patch under this word.
fn told<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let head = text.lines().take_while(|line| !line.starts_with("diff "));
    head.filter_map(|line| line.strip_prefix(word)?.strip_prefix(": ")).collect()
}

fn check(source: &Source, ids: &[String], tests: &Tests) -> Vec<Breach> {
    let breach = |what: String, why| Breach::new(&source.path, what, why);
    let mut breaches = Vec::new();
    match told(&source.text, "goal").as_slice() {
        [goal] if ids.iter().any(|id| id == goal) => {}
        other => breaches.push(breach(format!("names the goals {other:?}"), SAID)),
    }
    if told(&source.text, "removed").len() != 1 || told(&source.text, "test").is_empty() {
        breaches.push(breach("lacks `removed` or `test`".into(), SAID));
    }
    let missing = told(&source.text, "test").into_iter().filter_map(|name| tests.missing(name));
    breaches.extend(missing.map(|why| breach(why, SAID)));
    let changed = source.text.lines().filter_map(|line| line.strip_prefix("+++ b/"));
    let product = |path: &str| {
        path.contains("/src/") && (path.starts_with("crates/") || path.starts_with("src-tauri/"))
    };
    let bent = changed.filter(|path| !product(path));
    breaches.extend(bent.map(|path| breach(format!("changes {path}"), PRODUCT)));
    breaches
}

/// What git says when the patch does not fit.
fn unfit(patch: &std::path::Path) -> Option<String> {
    let mut git = Command::new("git");
    let tried = git.arg("apply").arg("--check").arg(patch).current_dir(tree::root()).output().unwrap();
    (!tried.status.success()).then(|| String::from_utf8_lossy(&tried.stderr).trim().replace('\n', "; "))
}

#[test]
fn every_weakening_fits_and_names_its_goal_and_its_tests() {
    let sources = tree::sources();
    let patches: Vec<&Source> =
        sources.iter().filter(|s| s.path.starts_with(FOLDER) && s.is(".patch")).collect();
    assert!(patches.len() >= MOST_WANTED, "only {} weakenings", patches.len());
    let (ids, tests) = (goals::ids(), Tests::of(&sources));
    let mut breaches: Vec<Breach> = patches.iter().flat_map(|patch| check(patch, &ids, &tests)).collect();
    for patch in patches {
        let why = unfit(&tree::root().join(&patch.path));
        breaches.extend(why.map(|why| Breach::new(&patch.path, why, FIT)));
    }
    uphold(&breaches);
}

#[test]
fn control_a_weakening_of_nothing_is_seen() {
    let tests = Tests::of(&[Source::planted("crates/cloud/src/text.rs", "#[test]\nfn cut() {\n}\n")]);
    let text =
        "goal: G-99\nremoved: x\ntest: cloud gone\n\ndiff --git a/x b/x\n+++ b/crates/cloud/tests/x.rs\n";
    let breaches = check(&Source::planted("tests/weakenings/x.patch", text), &["G-01".to_owned()], &tests);
    for part in ["G-99", "cloud gone", "changes crates/cloud/tests/x.rs"] {
        reported(&breaches, part);
    }
    let good = "goal: G-01\nremoved: x\ntest: cloud cut\n\ndiff --git a/x b/x\n+++ b/crates/cloud/src/x.rs\n";
    assert_eq!(check(&Source::planted("x.patch", good), &["G-01".to_owned()], &tests), []);
}

#[test]
fn control_a_weakening_that_fits_no_more_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let patch = folder.path().join("x.patch");
    let text = "diff --git a/Cargo.toml b/Cargo.toml\n--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1,1 +1,1 @@\n-[nothing of this]\n+[workspace]\n";
    std::fs::write(&patch, text).unwrap();
    assert!(unfit(&patch).is_some());
}
