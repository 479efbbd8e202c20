//! A key and a filled journal for the tests.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal::{Event, Journal, Signer};
use rusqlite::Connection;
use time::OffsetDateTime;
use time::macros::datetime;

pub const AT: OffsetDateTime = datetime!(2026-11-21 09:00 UTC);

pub struct Key(pub u8);

impl Signer for Key {
    fn tag(&self, message: &[u8]) -> [u8; 32] {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[self.0; 32]);
        aws_lc_rs::hmac::sign(&key, message).as_ref().try_into().unwrap()
    }
}

pub fn noted(what: &str) -> Event {
    Event::Noted { what: what.into(), details: serde_json::json!({ "n": what.len() }) }
}

pub fn journal_file(folder: &Path) -> PathBuf {
    folder.join("journal.db")
}

pub fn open(folder: &Path) -> Journal {
    Journal::open(&journal_file(folder), Arc::new(Key(1))).unwrap().journal
}

pub fn filled(folder: &Path) -> Journal {
    let journal = open(folder);
    for (index, what) in ["a", "bb", "ccc", "dddd", "eeeee"].iter().enumerate() {
        let at = AT + time::Duration::seconds(index as i64);
        journal.append(at, if index % 2 == 0 { "one" } else { "two" }, &noted(what)).unwrap();
    }
    journal
}

/// Somebody with the file and without the key.
pub fn change(folder: &Path, statement: &str) {
    Connection::open(journal_file(folder)).unwrap().execute_batch(statement).unwrap();
}
