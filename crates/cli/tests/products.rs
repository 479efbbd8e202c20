//! Every product's guide, and the worked example of docs/guide-authoring.md, rehearsed by the program alone from end to end:
//! each step ends green, confirmed or not needed, a second pass writes nothing to Microsoft or to the product, and each
//! exchange with Graph is of Microsoft's published shape.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::run;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples");

/// The judge of the contract, which is no part of this project.
fn contract() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contract");
    let folder = std::env::var_os("FOOTBRIDGE_CONTRACT").map_or(beside, PathBuf::from);
    folder.join("validate.py").is_file().then_some(folder)
}

fn judged(log: &Path) {
    let Some(folder) = contract() else {
        eprintln!("LEFT OUT: no validator of the contract here; name its folder in FOOTBRIDGE_CONTRACT");
        return;
    };
    let judge = |log: &Path| {
        let judged = Command::new("python3").arg(folder.join("validate.py")).arg(log).output().unwrap();
        (judged.status.success(), String::from_utf8_lossy(&judged.stdout).into_owned())
    };
    let (good, said) = judge(log);
    assert!(good && said.contains(" 0 violations"), "{said}");
    let spoilt = log.with_extension("spoilt");
    let text = std::fs::read_to_string(log).unwrap();
    std::fs::write(&spoilt, text.replace("signInAudience", "signInAudiense")).unwrap();
    assert!(!judge(&spoilt).0, "the judge let a spoilt log pass");
}

/// Rehearses a guide and gives back how many steps are in which state.
fn rehearsed(guide: &str, more: &[&str]) -> BTreeMap<String, usize> {
    let folder = tempfile::tempdir().unwrap();
    let (out, log) = (folder.path().join("out"), folder.path().join("traffic.jsonl"));
    let (to, traffic) = (out.display().to_string(), log.display().to_string());
    let mut arguments = vec!["rehearse", guide, "--json", "--out", &to, "--traffic-log", &traffic];
    arguments.extend(more);
    let ended = run(&arguments);
    assert_eq!(ended.code, Some(0), "{guide}: {}{}", ended.stdout, ended.stderr);
    let done = ended.events("done");
    assert_eq!(done.len(), 2, "{guide}");
    assert_eq!(done[1]["writes"], 0, "{guide}: a second pass writes nothing to Microsoft");
    assert_eq!(done[1]["product_writes"].as_u64().unwrap_or_default(), 0, "{guide}: nor to the product");
    assert!(done[1]["requests"].as_u64().unwrap() > 0, "{guide}: it looks, though");
    let mut last = BTreeMap::new();
    for step in ended.events("step") {
        last.insert(step["id"].as_str().unwrap().to_owned(), step["state"].as_str().unwrap().to_owned());
    }
    judged(&log);
    let mut states = BTreeMap::new();
    for state in last.into_values() {
        *states.entry(state).or_insert(0) += 1;
    }
    states
}

fn counted(states: &BTreeMap<String, usize>) -> [usize; 3] {
    let known = ["proven", "confirmed", "not-applicable"];
    assert!(states.keys().all(|state| known.contains(&state.as_str())), "{states:?}");
    known.map(|state| states.get(state).copied().unwrap_or_default())
}

#[test]
fn tixxt_is_rehearsed_to_its_end() {
    assert_eq!(counted(&rehearsed("tixxt", &[])), [30, 12, 5]);
}

#[test]
fn intrexx_is_rehearsed_to_its_end() {
    assert_eq!(counted(&rehearsed("intrexx", &[])), [21, 7, 0]);
}

#[test]
fn axigen_is_rehearsed_to_its_end() {
    assert_eq!(counted(&rehearsed("axigen", &[])), [12, 3, 3]);
}

#[test]
fn targetconnect_is_rehearsed_to_its_end() {
    assert_eq!(counted(&rehearsed("targetconnect", &[])), [12, 1, 0]);
}

#[test]
fn innovaphone_is_rehearsed_to_its_end() {
    assert_eq!(counted(&rehearsed("innovaphone", &[])), [21, 10, 1]);
}

#[test]
fn the_worked_example_is_rehearsed_to_its_end() {
    assert_eq!(counted(&rehearsed("lighthouse", &["--guides", EXAMPLES])), [6, 2, 0]);
}

#[test]
fn a_tenant_that_shows_changes_late_makes_no_difference() {
    assert_eq!(counted(&rehearsed("innovaphone", &["--replication-delay", "60"])), [21, 10, 1]);
    assert_eq!(counted(&rehearsed("tixxt", &["--replication-delay", "60", "--seed", "3"])), [30, 12, 5]);
}
