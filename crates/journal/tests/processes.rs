//! Several processes on one journal, processes that are killed, planted links, and every umask. A process is this test program
//! again, running one of the ignored tests below.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod support;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use journal::{FolderError, Journal, JournalError, Verdict};
use support::{AT, noted, open};

const FOLDER: &str = "JOURNAL_TEST_FOLDER";

fn start(test: &str, folder: &Path, umask: &str) -> Child {
    Command::new("/bin/sh")
        .args(["-c", &format!("umask {umask}; exec \"$0\" --exact {test} --ignored --nocapture")])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn given_folder() -> std::path::PathBuf {
    std::env::var_os(FOLDER).unwrap().into()
}

#[test]
#[ignore = "the part of a second process"]
fn appends_until_killed() {
    let journal = open(&given_folder());
    loop {
        println!("\nacknowledged {}", journal.append(AT, "c", &noted("x")).unwrap());
    }
}

#[test]
#[ignore = "the part of a second process"]
fn appends_fifty() {
    let journal = open(&given_folder());
    for _ in 0..50 {
        journal.append(AT, "c", &noted("x")).unwrap();
    }
}

#[test]
fn a_killed_process_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut written = 0;
    for round in 1..=8 {
        let mut child = start("appends_until_killed", folder.path(), "022");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("acknowledged ").and_then(|seq| seq.parse::<u64>().ok()));
        let mut last = acknowledged.by_ref().nth(round * 3).unwrap();
        child.kill().unwrap();
        last = acknowledged.last().unwrap_or(last);
        child.wait().unwrap();
        match open(folder.path()).verify().unwrap() {
            // One row may be on the disk whose acknowledgement was not printed any more.
            Verdict::Intact { entries } => {
                assert!(entries == last || entries == last + 1, "{entries} and {last}")
            }
            other => panic!("{other:?}"),
        }
        assert!(last > written, "round {round} wrote nothing");
        written = last;
    }
}

#[test]
fn processes_and_handles_write_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut children: Vec<Child> =
        (0..3).map(|_| start("appends_fifty", &folder.path().join("data"), "022")).collect();
    let own = open(&folder.path().join("data"));
    for _ in 0..50 {
        own.append(AT, "own", &noted("y")).unwrap();
    }
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(own.verify().unwrap(), Verdict::Intact { entries: 200 });
}

#[test]
fn the_files_belong_to_their_owner_alone_under_every_umask() {
    for umask in ["000", "022", "077", "0777"] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("deep/er");
        assert!(start("appends_fifty", &data, umask).wait().unwrap().success(), "umask {umask}");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&folder.path().join("deep"))), (0o700, 0o700), "umask {umask}");
        let files: Vec<_> = std::fs::read_dir(&data).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.len() >= 2);
        for file in files {
            assert_eq!(mode(&file), 0o600, "{} under umask {umask}", file.display());
        }
    }
}

#[test]
fn the_write_ahead_files_are_as_private_while_the_journal_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start("appends_until_killed", folder.path(), "000");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("acknowledged ")));
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn planted_links_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::write(&elsewhere, "kept").unwrap();
    for name in ["journal.db", "journal.db-wal", "journal.lock"] {
        let data = folder.path().join(name.replace('.', "-"));
        drop(open(&data));
        let planted = data.join(name);
        let _ = std::fs::remove_file(&planted);
        std::os::unix::fs::symlink(&elsewhere, &planted).unwrap();
        match Journal::open(&support::journal_file(&data), Arc::new(support::Key(1))) {
            Err(JournalError::Folder(FolderError::Link { path })) => assert!(path.ends_with(name), "{name}"),
            _ => panic!("{name} was not refused as a link"),
        }
    }
    assert_eq!(std::fs::read_to_string(elsewhere).unwrap(), "kept");
}
