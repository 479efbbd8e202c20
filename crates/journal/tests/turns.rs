//! Writers come in turn: whoever reads the end of the journal has it for itself until its row is written.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use journal::{Journal, Signer};
use rusqlite::Connection;
use support::{AT, Key, journal_file, noted, open};

/// Whether another writer could begin at this moment.
fn is_free(file: &Path) -> bool {
    let other = Connection::open(file).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok()
}

/// Signs as the key does, and tries to come in between while a row is being made.
struct Between {
    file: PathBuf,
    free: AtomicUsize,
    taken: AtomicUsize,
}

impl Signer for Between {
    fn tag(&self, message: &[u8]) -> [u8; 32] {
        if message.windows(7).any(|part| part == b"content") {
            let count = if is_free(&self.file) { &self.free } else { &self.taken };
            count.fetch_add(1, Ordering::Relaxed);
        }
        Key(1).tag(message)
    }
}

#[test]
fn nobody_comes_between_the_end_that_was_read_and_the_row_that_is_written() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let file = journal_file(folder.path());
    assert!(is_free(&file), "nobody writes yet");
    let between = Arc::new(Between { file: file.clone(), free: 0.into(), taken: 0.into() });
    let journal = Journal::open(&file, between.clone()).unwrap().journal;
    for _ in 0..3 {
        journal.append(AT, "c", &noted("x")).unwrap();
    }
    let seen = (between.free.load(Ordering::Relaxed), between.taken.load(Ordering::Relaxed));
    assert_eq!(seen, (0, 3), "free and taken while a row was made");
    assert!(is_free(&file), "nobody writes any more");
}
