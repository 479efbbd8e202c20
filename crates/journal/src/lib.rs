//! The append-only, chained diary: what happened, by whom, when. Each row carries a tag over itself and the row before,
//! so that no row can be changed, dropped, moved or put in unnoticed. No secret has a type here, and this crate knows
//! neither the vault nor any type that holds one: the tags are made by whoever opens the journal.

mod event;
mod export;
mod open;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior, params};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub use event::{Entry, Event};
pub use export::verify_export;
pub use open::Opened;

/// Makes the tag of a row; the key stays with whoever implements it.
pub trait Signer: Send + Sync {
    /// 32 bytes over the message.
    fn tag(&self, message: &[u8]) -> [u8; 32];
}

/// What can go wrong with the diary.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite refused.
    #[error("the journal's database does not work ({0}); see whether the disk is full or the folder is writable")]
    Database(#[from] rusqlite::Error),
    /// The folder or file could not be made or read.
    #[error("the journal file {path} cannot be used: {why}; see who owns the folder and its parents")]
    File {
        /// The path.
        path: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// A row cannot be read as an event.
    #[error("row {seq} of the journal cannot be read; export the journal and start a new data folder")]
    Row {
        /// The row.
        seq: u64,
    },
    /// The rows were tagged under another key.
    #[error("the journal was written under another key and is open for reading only; use the vault it was made with")]
    OtherKey,
    /// A line of an export cannot be read.
    #[error("line {line} of the export cannot be read")]
    Export {
        /// The line, from 1.
        line: usize,
    },
}

/// What checking the chain showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Each row is as it was written.
    Intact {
        /// How many rows.
        entries: u64,
    },
    /// A row was changed, dropped, moved or put in.
    Broken {
        /// The first row that does not fit.
        at_seq: u64,
        /// What does not fit.
        why: String,
    },
}

/// The diary.
pub struct Journal {
    database: Mutex<Connection>,
    signer: Arc<dyn Signer>,
    read_only: bool,
}

pub(crate) struct Stored {
    pub seq: u64,
    pub at: String,
    pub connection: String,
    pub event: String,
    pub tag: Vec<u8>,
}

impl Journal {
    fn database(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an event. It is durable when this returns.
    ///
    /// # Errors
    /// When the disk or the database refuses, or the journal belongs to another key.
    pub fn append(&self, at: OffsetDateTime, connection: &str, event: &Event) -> Result<u64, JournalError> {
        if self.read_only {
            return Err(JournalError::OtherKey);
        }
        let text = serde_json::to_string(event).map_err(|_| JournalError::Row { seq: 0 })?;
        let at = at.format(&Rfc3339).map_err(|_| JournalError::Row { seq: 0 })?;
        let mut database = self.database();
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (last, previous) = last_row(&transaction)?;
        let seq = last + 1;
        let tag = self.signer.tag(&message(seq, &previous, &at, connection, &text));
        transaction.execute(
            "INSERT INTO entries (seq, at, connection, event, tag) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![i64::try_from(seq).unwrap_or(i64::MAX), at, connection, text, tag.as_slice()],
        )?;
        transaction.commit()?;
        Ok(seq)
    }

    /// The entries of one connection, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub fn entries(&self, connection: &str) -> Result<Vec<Entry>, JournalError> {
        self.stored(Some(connection))?.into_iter().map(read).collect()
    }

    /// All entries, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub fn all(&self) -> Result<Vec<Entry>, JournalError> {
        self.stored(None)?.into_iter().map(read).collect()
    }

    /// The connections that have entries, in the order of their first one.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn connections(&self) -> Result<Vec<String>, JournalError> {
        let database = self.database();
        let mut statement = database
            .prepare("SELECT connection FROM entries WHERE connection <> '' GROUP BY connection ORDER BY MIN(seq)")?;
        let names = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names)
    }

    /// Checks the chain from the first row to the last.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn verify(&self) -> Result<Verdict, JournalError> {
        let rows = self.stored(None)?;
        let last: i64 =
            self.database().query_row("SELECT seq FROM sqlite_sequence WHERE name = 'entries'", [], |row| row.get(0)).unwrap_or(0);
        Ok(verdict(&rows, u64::try_from(last).unwrap_or(0), self.signer.as_ref()))
    }

    pub(crate) fn stored(&self, connection: Option<&str>) -> Result<Vec<Stored>, JournalError> {
        let database = self.database();
        let mut statement = database.prepare(
            "SELECT seq, at, connection, event, tag FROM entries WHERE ?1 IS NULL OR connection = ?1 ORDER BY seq",
        )?;
        let rows = statement
            .query_map(params![connection], |row| {
                Ok(Stored {
                    seq: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                    at: row.get(1)?,
                    connection: row.get(2)?,
                    event: row.get(3)?,
                    tag: row.get(4)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }
}

fn last_row(database: &Connection) -> Result<(u64, Vec<u8>), JournalError> {
    let mut statement = database.prepare("SELECT seq, tag FROM entries ORDER BY seq DESC LIMIT 1")?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        Some(row) => Ok((u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0), row.get(1)?)),
        None => Ok((0, Vec::new())),
    }
}

pub(crate) fn verdict(rows: &[Stored], last: u64, signer: &dyn Signer) -> Verdict {
    let mut previous = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let expected = index as u64 + 1;
        if row.seq != expected {
            return Verdict::Broken { at_seq: expected, why: format!("row {expected} is missing") };
        }
        let tag = signer.tag(&message(row.seq, &previous, &row.at, &row.connection, &row.event));
        if tag.as_slice() != row.tag.as_slice() {
            return Verdict::Broken { at_seq: row.seq, why: format!("row {} was changed", row.seq) };
        }
        previous.clone_from(&row.tag);
    }
    let entries = rows.len() as u64;
    match last > entries {
        true => Verdict::Broken { at_seq: entries + 1, why: format!("{} rows at the end are missing", last - entries) },
        false => Verdict::Intact { entries },
    }
}

/// Each part with its length before it, so that no two rows have the same message.
fn message(seq: u64, previous: &[u8], at: &str, connection: &str, event: &str) -> Vec<u8> {
    let mut message = b"footbridge journal row 1".to_vec();
    message.extend(seq.to_be_bytes());
    for part in [previous, at.as_bytes(), connection.as_bytes(), event.as_bytes()] {
        message.extend((part.len() as u64).to_be_bytes());
        message.extend(part);
    }
    message
}

pub(crate) fn read(row: Stored) -> Result<Entry, JournalError> {
    let bad = || JournalError::Row { seq: row.seq };
    Ok(Entry {
        seq: row.seq,
        at: OffsetDateTime::parse(&row.at, &Rfc3339).map_err(|_| bad())?,
        event: serde_json::from_str(&row.event).map_err(|_| bad())?,
        connection: row.connection.clone(),
    })
}
