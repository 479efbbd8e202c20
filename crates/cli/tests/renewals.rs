//! Renewals as a script uses them: the ledger with its exit codes and calendar file, a renewal that stops before the
//! removal, and a rehearsal of one.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Ended, Tenant, run};

const GUIDES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/support/guides");

struct Office {
    tenant: Tenant,
    folder: tempfile::TempDir,
}

impl Office {
    fn open() -> Self {
        let office = Self { tenant: Tenant::serve(&[]), folder: tempfile::tempdir().unwrap() };
        office.tenant.cloud_file(office.folder.path());
        std::fs::write(office.at("vault.txt"), "a vault passphrase").unwrap();
        std::fs::write(office.at("answers.toml"), "certificate-months = 1\n").unwrap();
        office
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn room(&self) -> Vec<String> {
        let text = |text: &str| text.to_owned();
        vec![
            text("--data-dir"),
            self.at("home"),
            text("--vault"),
            text("passphrase"),
            text("--vault-passphrase-file"),
            self.at("vault.txt"),
            text("--guides"),
            text(GUIDES),
            text("--json"),
        ]
    }

    fn online(&self, command: &[&str]) -> Ended {
        let (cloud, out) = (self.at("cloud.toml"), self.at("out"));
        let mut arguments = command.to_vec();
        arguments.extend(["--connection", "Pilot", "--cloud", &cloud, "--out", &out]);
        let room = self.room();
        arguments.extend(room.iter().map(String::as_str));
        self.tenant.run_as("a.weber", &arguments, None)
    }

    fn renewals(&self, more: &[&str]) -> Ended {
        let room = self.room();
        let arguments: Vec<&str> = ["renewals"]
            .into_iter()
            .chain(more.iter().copied())
            .chain(room.iter().map(String::as_str))
            .collect();
        run(&arguments)
    }
}

fn last(ended: &Ended) -> Value {
    ended.events("renewal").pop().unwrap_or_default()
}

#[test]
fn a_script_is_told_what_is_due_and_renews_it_up_to_the_removal() {
    let office = Office::open();
    let answers = office.at("answers.toml");
    let done = office.online(&["run", "northwind", "--answers", &answers, "--yes"]);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);

    let calendar = office.at("ends.ics");
    let due = office.renewals(&["--ics", &calendar]);
    assert_eq!(due.code, Some(10), "a month is left: {}{}", due.stdout, due.stderr);
    let listed = due.events("credential");
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["standing"], &listed[0]["ours"]), (&"due".into(), &true.into()));
    assert_eq!(listed[0]["used_in"], serde_json::json!(["certificate"]));
    assert_eq!(listed[0]["proven_by"], "confirm-grants");
    assert!(std::fs::read_to_string(&calendar).unwrap().contains("BEGIN:VALARM"));
    assert_eq!(office.renewals(&["--ics", &calendar]).code, Some(5), "nothing is overwritten");
    assert!(office.renewals(&["--within", "3"]).events("credential").is_empty());

    let renewed = office.online(&["renew", "--yes"]);
    assert_eq!(renewed.code, Some(0), "{}{}", renewed.stdout, renewed.stderr);
    assert_eq!(last(&renewed)["next"], "remove", "a script does not remove the old one by itself");
    assert!(Path::new(last(&renewed)["bundle"].as_str().unwrap()).is_file());
    let current: Vec<Value> = office.renewals(&[]).events("credential");
    assert_eq!(current.len(), 2);

    let removed = office.online(&["renew", "--yes", "--until", "remove"]);
    assert_eq!((removed.code, &last(&removed)["ended"]), (Some(0), &"removed".into()), "{}", removed.stdout);
    assert_eq!(office.renewals(&[]).events("credential").len(), 1);
    let undo = office.online(&["renew", "--undo", "--yes"]);
    assert_eq!(undo.code, Some(5), "there is nothing to take back: {}", undo.stdout);
    for ended in [&done, &due, &renewed, &removed] {
        assert!(!ended.stdout.contains("PRIVATE KEY") && !ended.stderr.contains("PRIVATE KEY"));
    }
}

#[test]
fn a_renewal_can_be_rehearsed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let ended = run(&["rehearse", "targetconnect", "--renew", "--json", "--out", out.to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let stages: Vec<Value> = ended.events("stage").iter().map(|event| event["stage"].clone()).collect();
    assert_eq!(stages, ["add", "hand-over", "prove", "remove"]);
    assert_eq!(last(&ended)["ended"], "removed");
    let done = ended.events("done");
    assert_eq!(done.last().unwrap()["writes"], 0, "the look after it writes nothing");
}

#[test]
fn nothing_is_renewed_before_it_is_due() {
    let office = Office::open();
    let done = office.online(&["run", "northwind", "--yes"]);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    assert_eq!(office.renewals(&[]).code, Some(0));
    let renewed = office.online(&["renew", "--yes", "--until", "remove"]);
    assert_eq!(renewed.code, Some(0));
    assert!(renewed.events("stage").is_empty() && renewed.events("signed-in").is_empty());
}
