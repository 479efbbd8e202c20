//! The chain notices every change, and only changes.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;

use journal::{Flaw, Journal, JournalError, Verdict};
use rusqlite::Connection;
use support::{AT, Key, change, filled, journal_file, noted, open};

#[test]
fn what_was_appended_is_read_back_in_order_and_by_connection() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    assert_eq!(journal.verify().unwrap(), Verdict::Intact { entries: 5 });
    assert_eq!(journal.connections().unwrap(), ["one", "two"]);
    let one = journal.entries("one").unwrap();
    assert_eq!(one.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 3, 5]);
    assert_eq!((&one[1].event, one[1].at), (&noted("ccc"), AT + time::Duration::seconds(2)));
    drop(journal);
    assert_eq!(open(folder.path()).verify().unwrap(), Verdict::Intact { entries: 5 });
}

#[test]
fn an_empty_journal_is_intact() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(folder.path()).verify().unwrap(), Verdict::Intact { entries: 0 });
    let memory = Journal::in_memory(Arc::new(Key(1))).unwrap();
    assert_eq!(memory.append(AT, "c", &noted("x")).unwrap(), 1);
    assert_eq!(memory.verify().unwrap(), Verdict::Intact { entries: 1 });
}

#[test]
fn a_moment_of_another_zone_is_kept_as_utc() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    journal.append(time::macros::datetime!(2026-11-21 10:00 +1), "c", &noted("x")).unwrap();
    assert_eq!(journal.all().unwrap()[0].at, AT);
    assert_eq!(journal.verify().unwrap(), Verdict::Intact { entries: 1 });
}

#[test]
fn every_kind_of_tampering_is_noticed_and_never_answered() {
    let swap = "UPDATE entries SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3);
                UPDATE entries SET seq = -seq WHERE seq < 0";
    let shift = "UPDATE entries SET seq = -(seq + 1) WHERE seq >= 3; UPDATE entries SET seq = -seq WHERE seq < 0;
                 INSERT INTO entries SELECT 3, at, connection, kind, event, content, link FROM entries WHERE seq = 2";
    let tail = "DELETE FROM entries WHERE seq = 5;
                UPDATE \"end\" SET seq = 4, link = (SELECT link FROM entries WHERE seq = 4)";
    for (name, at_seq, why, statement) in [
        ("event", 3, Flaw::Content, "UPDATE entries SET event = replace(event, 'ccc', 'xxx') WHERE seq = 3"),
        ("time", 2, Flaw::Content, "UPDATE entries SET at = '2020-01-01T00:00:00Z' WHERE seq = 2"),
        ("connection", 1, Flaw::Content, "UPDATE entries SET connection = 'two' WHERE seq = 1"),
        ("kind", 4, Flaw::Content, "UPDATE entries SET kind = 'removed' WHERE seq = 4"),
        ("content tag", 4, Flaw::Content, "UPDATE entries SET content = zeroblob(32) WHERE seq = 4"),
        ("link", 4, Flaw::Link, "UPDATE entries SET link = zeroblob(32) WHERE seq = 4"),
        ("short tag", 4, Flaw::Link, "UPDATE entries SET link = zeroblob(3) WHERE seq = 4"),
        ("broken text", 2, Flaw::Content, "UPDATE entries SET at = CAST(x'ff' AS TEXT) WHERE seq = 2"),
        ("delete in the middle", 3, Flaw::Missing, "DELETE FROM entries WHERE seq = 3"),
        ("delete the first", 1, Flaw::Missing, "DELETE FROM entries WHERE seq = 1"),
        ("delete the last", 5, Flaw::Missing, "DELETE FROM entries WHERE seq = 5"),
        ("delete all", 1, Flaw::Missing, "DELETE FROM entries"),
        ("cut and record a new end", 4, Flaw::End, tail),
        ("forget the end", 5, Flaw::End, "DELETE FROM \"end\""),
        ("reorder", 2, Flaw::Content, swap),
        ("insert in the middle", 3, Flaw::Content, shift),
        (
            "insert at the end",
            6,
            Flaw::Content,
            "INSERT INTO entries SELECT 6, at, connection, kind, event, content, link FROM entries WHERE seq = 5",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let journal = filled(folder.path());
        change(folder.path(), statement);
        assert_eq!(journal.verify().unwrap(), Verdict::Broken { at_seq, why }, "{name}");
        assert!(matches!(journal.entries("one"), Err(JournalError::Broken { .. })), "{name} was answered");
    }
}

#[test]
fn every_byte_of_every_row_counts() {
    for seq in 1..=5 {
        for column in ["at", "connection", "kind", "event"] {
            let folder = tempfile::tempdir().unwrap();
            let journal = filled(folder.path());
            change(
                folder.path(),
                &format!("UPDATE entries SET {column} = {column} || ' ' WHERE seq = {seq}"),
            );
            let verdict = journal.verify().unwrap();
            assert_eq!(verdict, Verdict::Broken { at_seq: seq, why: Flaw::Content }, "{column}");
        }
    }
}

#[test]
fn a_cut_chain_does_not_grow_on() {
    for statement in ["DELETE FROM entries WHERE seq = 5", "DELETE FROM \"end\"", "DELETE FROM entries"] {
        let folder = tempfile::tempdir().unwrap();
        let journal = filled(folder.path());
        change(folder.path(), statement);
        let refused = journal.append(AT, "one", &noted("x"));
        assert!(
            matches!(refused, Err(JournalError::Broken { why: Flaw::End, .. })),
            "{statement}: {refused:?}"
        );
    }
}

#[test]
fn a_broken_journal_can_be_shown_and_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    change(folder.path(), "DELETE FROM entries WHERE seq = 2");
    assert_eq!(journal.read_unchecked().unwrap().len(), 4);
    drop(journal);
    let aside = journal::put_aside(&journal_file(folder.path()), AT).unwrap();
    let kept = Connection::open(aside).unwrap();
    assert_eq!(kept.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0)).unwrap(), 4);
    assert_eq!(open(folder.path()).append(AT, "one", &noted("x")).unwrap(), 1);
}

#[test]
fn another_key_reads_and_never_writes() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let journal = Journal::open(&journal_file(folder.path()), Arc::new(Key(2))).unwrap().journal;
    assert!(journal.is_read_only());
    assert_eq!(journal.all().unwrap().len(), 5);
    assert_eq!(journal.verify().unwrap(), Verdict::OtherKey { entries: 5 });
    assert!(matches!(journal.append(AT, "one", &noted("x")), Err(JournalError::ReadOnly { .. })));
    let back = open(folder.path());
    assert_eq!((back.is_read_only(), back.verify().unwrap()), (false, Verdict::Intact { entries: 5 }));
}

#[test]
fn a_damaged_file_is_set_aside_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal_file(folder.path());
    std::fs::write(&path, vec![7_u8; 9000]).unwrap();
    let opened = Journal::open_at(&path, Arc::new(Key(1)), AT).unwrap();
    let aside = opened.set_aside.unwrap();
    assert_eq!(aside.file_name().unwrap(), "journal-damaged-20261121-090000.db");
    assert_eq!(std::fs::read(aside).unwrap(), vec![7_u8; 9000]);
    opened.journal.append(AT, "c", &noted("x")).unwrap();
}

#[test]
fn a_page_of_rubbish_inside_the_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for _ in 0..200 {
        journal.append(AT, "c", &noted(&"long ".repeat(50))).unwrap();
    }
    drop(journal);
    let path = journal_file(folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 40_000, "all rows should be in the main file after closing");
    bytes[5 * 4096..6 * 4096].fill(0xA5);
    std::fs::write(&path, &bytes).unwrap();
    let opened = Journal::open(&path, Arc::new(Key(1))).unwrap();
    assert_eq!(std::fs::read(opened.set_aside.unwrap()).unwrap(), bytes);
}

#[test]
fn a_planted_trigger_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    change(folder.path(), "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries; END");
    assert!(Journal::open(&journal_file(folder.path()), Arc::new(Key(1))).unwrap().set_aside.is_some());
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    change(folder.path(), "PRAGMA user_version = 2");
    let before = std::fs::read(journal_file(folder.path())).unwrap();
    let refused = Journal::open(&journal_file(folder.path()), Arc::new(Key(1)));
    assert!(matches!(refused, Err(JournalError::Database { .. })));
    assert_eq!(std::fs::read(journal_file(folder.path())).unwrap(), before);
}
