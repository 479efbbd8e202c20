//! The chain notices every change, and only changes.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use journal::{Event, Journal, JournalError, Signer, Verdict, verify_export};
use rusqlite::Connection;
use time::macros::datetime;

struct Key(u8);

impl Signer for Key {
    fn tag(&self, message: &[u8]) -> [u8; 32] {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[self.0; 32]);
        aws_lc_rs::hmac::sign(&key, message).as_ref().try_into().unwrap()
    }
}

fn noted(what: &str) -> Event {
    Event::Noted { what: what.into(), details: serde_json::json!({ "n": what.len() }) }
}

fn filled(folder: &std::path::Path) -> Journal {
    let journal = Journal::open(&folder.join("journal.db"), Arc::new(Key(1))).unwrap().journal;
    for (index, what) in ["a", "bb", "ccc", "dddd", "eeeee"].iter().enumerate() {
        let at = datetime!(2026-11-21 09:00 UTC) + time::Duration::seconds(index as i64);
        journal.append(at, if index % 2 == 0 { "one" } else { "two" }, &noted(what)).unwrap();
    }
    journal
}

#[test]
fn what_was_appended_is_read_back_in_order_and_by_connection() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    assert_eq!(journal.verify().unwrap(), Verdict::Intact { entries: 5 });
    assert_eq!(journal.connections().unwrap(), ["one", "two"]);
    let one: Vec<_> = journal.entries("one").unwrap().into_iter().map(|entry| entry.seq).collect();
    assert_eq!(one, [1, 3, 5]);
}

#[test]
fn every_kind_of_tampering_is_noticed() {
    for (name, statement) in [
        ("edit", "UPDATE entries SET event = replace(event, 'ccc', 'xxx') WHERE seq = 3"),
        ("time", "UPDATE entries SET at = '2020-01-01T00:00:00Z' WHERE seq = 2"),
        ("connection", "UPDATE entries SET connection = 'two' WHERE seq = 1"),
        ("delete in the middle", "DELETE FROM entries WHERE seq = 3"),
        ("delete at the end", "DELETE FROM entries WHERE seq = 5"),
        ("delete the first", "DELETE FROM entries WHERE seq = 1"),
        ("reorder", "UPDATE entries SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3); UPDATE entries SET seq = -seq WHERE seq < 0"),
        ("insert", "INSERT INTO entries SELECT 6, at, connection, event, tag FROM entries WHERE seq = 5"),
        ("tag", "UPDATE entries SET tag = zeroblob(32) WHERE seq = 4"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let journal = filled(folder.path());
        Connection::open(folder.path().join("journal.db")).unwrap().execute_batch(statement).unwrap();
        assert!(matches!(journal.verify().unwrap(), Verdict::Broken { .. }), "{name} was not noticed");
    }
}

#[test]
fn an_export_is_verified_and_an_altered_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = Vec::new();
    filled(folder.path()).export(None, &mut text, false).unwrap();
    assert_eq!(verify_export(&mut text.as_slice(), &Key(1)).unwrap(), Verdict::Intact { entries: 5 });
    let altered = String::from_utf8(text).unwrap().replace("ccc", "ccd");
    assert!(matches!(verify_export(&mut altered.as_bytes(), &Key(1)).unwrap(), Verdict::Broken { at_seq: 3, .. }));
}

#[test]
fn names_are_struck_out_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    let confirmed = Event::Confirmed { step: "notice".into(), by: "Anna Weber".into(), note: "read".into() };
    journal.append(datetime!(2026-11-21 10:00 UTC), "one", &confirmed).unwrap();
    let mut text = Vec::new();
    journal.export(None, &mut text, true).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("Weber") && text.contains("notice"), "{text}");
}

#[test]
fn another_key_reads_and_never_writes() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let journal = Journal::open(&folder.path().join("journal.db"), Arc::new(Key(2))).unwrap().journal;
    assert_eq!(journal.all().unwrap().len(), 5);
    let refused = journal.append(datetime!(2026-11-21 10:00 UTC), "one", &noted("x"));
    assert!(matches!(refused, Err(JournalError::OtherKey)));
}

#[test]
fn two_handles_write_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || {
                let journal = Journal::open(&path, Arc::new(Key(1))).unwrap().journal;
                for _ in 0..25 {
                    journal.append(datetime!(2026-11-21 09:00 UTC), "c", &noted("x")).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let journal = Journal::open(&path, Arc::new(Key(1))).unwrap().journal;
    assert_eq!(journal.verify().unwrap(), Verdict::Intact { entries: 100 });
}

#[test]
fn a_damaged_file_is_set_aside_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    std::fs::write(&path, vec![7_u8; 9000]).unwrap();
    let opened = Journal::open(&path, Arc::new(Key(1))).unwrap();
    let aside = opened.set_aside.unwrap();
    assert!(aside.file_name().unwrap().to_str().unwrap().starts_with("journal-damaged-"));
    assert_eq!(std::fs::read(aside).unwrap(), vec![7_u8; 9000]);
    opened.journal.append(datetime!(2026-11-21 09:00 UTC), "c", &noted("x")).unwrap();
}

#[cfg(unix)]
#[test]
fn the_file_belongs_to_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/journal.db");
    drop(Journal::open(&path, Arc::new(Key(1))).unwrap());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(Journal::open(&link, Arc::new(Key(1))), Err(JournalError::File { .. })));
}
