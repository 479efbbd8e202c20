//! The traffic of a whole journey, judged by Microsoft's published shapes through the validator of the contract, which
//! is no part of this project: a folder named by FOOTBRIDGE_CONTRACT, or `../shared/contract` beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

use footbridge_tests::{Scene, TestDesk};

fn contract() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/contract");
    let folder = std::env::var_os("FOOTBRIDGE_CONTRACT").map_or(beside, PathBuf::from);
    folder.join("validate.py").is_file().then_some(folder)
}

fn judged(folder: &Path, log: &Path) -> (bool, String) {
    let judged = Command::new("python3").arg(folder.join("validate.py")).arg(log).output().unwrap();
    let text = [judged.stdout, judged.stderr].concat();
    (judged.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn a_whole_journey_breaks_no_rule_of_the_published_shapes() {
    let Some(folder) = contract() else {
        eprintln!("LEFT OUT: no validator of the contract here; name its folder in FOOTBRIDGE_CONTRACT");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let log = scratch.path().join("traffic.jsonl");
    let mut scene = Scene::default();
    scene.tenant.traffic_log = Some(log.clone());
    let at = TestDesk::open(scene).await;
    let hands = at.targetconnect("a.weber").await;
    hands.finish(3).await;
    at.desk.undo(&hands.connection, &engine::Quiet).await.unwrap();
    let lines = std::fs::read_to_string(&log).unwrap();
    assert!(lines.lines().count() > 10, "the log holds only {} lines", lines.lines().count());
    let (good, said) = judged(&folder, &log);
    assert!(good, "{said}");

    // The control: the same judge must refuse a property that Microsoft does not publish.
    let spoilt = scratch.path().join("spoilt.jsonl");
    std::fs::write(&spoilt, lines.replace("signInAudience", "signInAudiense")).unwrap();
    assert_ne!(lines, std::fs::read_to_string(&spoilt).unwrap());
    let (good, said) = judged(&folder, &spoilt);
    assert!(!good, "the validator let a spoilt log pass: {said}");
}

/// The lists of rows that the guides are held against, against the reference from which they were taken.
#[test]
fn the_lists_of_rows_are_those_of_the_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let Ok(reference) = std::fs::read_to_string(root.join("../shared/reference/products.md")) else {
        eprintln!("LEFT OUT: the reference of the products is not beside the project");
        return;
    };
    let table = |prefix: &str| -> Vec<String> {
        let first = |line: &str| Some(line.strip_prefix("| ")?.split(" |").next()?.to_owned());
        reference.lines().filter_map(first).filter(|id| id.starts_with(prefix)).collect()
    };
    for (guide, prefix) in [
        ("tixxt", "TX-"),
        ("intrexx", "IX-"),
        ("axigen", "AX-"),
        ("targetconnect", "TC-"),
        ("innovaphone", "IN-"),
    ] {
        let list = std::fs::read_to_string(root.join(format!("guides/rows/{guide}.txt"))).unwrap();
        let vendors: Vec<&str> = list.lines().filter(|line| !line.starts_with('+')).collect();
        assert_eq!(vendors, table(prefix), "{guide}");
        assert!(vendors.len() > 50);
    }
}
