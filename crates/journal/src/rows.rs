//! The journal's database: append, read, verify. Each append is on the disk before it returns.
//! It must never change or delete a row: there is no statement here that could.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use own_files::{DatabaseFault, Schema};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::chain::{self, Flaw, Row, START, Signer, Tag, Verdict, Walk};
use crate::error::JournalError;
use crate::event::{Entry, Event, canonical};
use crate::verified::Verified;

const SCHEMA: Schema = Schema {
    version: 1,
    tables: &["end", "entries", "key_check"],
    statements: "
        CREATE TABLE entries (
            seq INTEGER PRIMARY KEY, at TEXT NOT NULL, connection TEXT NOT NULL, kind TEXT NOT NULL,
            event TEXT NOT NULL, content BLOB NOT NULL, link BLOB NOT NULL) STRICT;
        CREATE TABLE \"end\" (
            only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL, link BLOB NOT NULL, tag BLOB NOT NULL)
            STRICT;
        CREATE TABLE key_check (only INTEGER PRIMARY KEY CHECK (only = 1), tag BLOB NOT NULL) STRICT;",
};

/// The diary of all connections in one file.
pub struct Journal {
    path: PathBuf,
    signer: Arc<dyn Signer>,
    read_only: bool,
    held: Mutex<Held>,
}

/// The database, and what was read of it and verified.
struct Held {
    connection: Connection,
    verified: Option<Verified>,
}

impl Held {
    fn new(connection: Connection) -> Mutex<Self> {
        Mutex::new(Self { connection, verified: None })
    }
}

/// An opened journal, and what was found in its place.
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// Where the damaged database went that was found at its path.
    pub set_aside: Option<PathBuf>,
}

/// Moves a journal that is not intact (or belongs to another key) out of the way under a name that says so, and
/// answers that name. The next [`Journal::open`] begins a new one. Nothing is deleted.
///
/// # Errors
/// [`JournalError::Folder`] when it is not there or cannot be moved.
pub fn put_aside(path: &Path, now: OffsetDateTime) -> Result<PathBuf, JournalError> {
    let _lock = own_files::lock(&path.with_extension("lock"))?;
    Ok(own_files::set_aside(path, now)?)
}

impl Journal {
    /// Opens or makes the journal at `path` (mode 0600 in a folder with mode 0700). A database that SQLite cannot
    /// read is renamed to `<name>-damaged-<time>.db` and named in the answer. Under another key than the one it was
    /// written with, the journal is read-only.
    ///
    /// # Errors
    /// [`JournalError::Folder`] for links, foreign owners and open permissions; [`JournalError::Database`] otherwise.
    pub fn open(path: &Path, signer: Arc<dyn Signer>) -> Result<Opened, JournalError> {
        Self::open_at(path, signer, OffsetDateTime::now_utc())
    }

    /// As [`Journal::open`]; `now` is the time in the name of a damaged file.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_at(
        path: &Path,
        signer: Arc<dyn Signer>,
        now: OffsetDateTime,
    ) -> Result<Opened, JournalError> {
        let name = path.file_name().ok_or_else(|| JournalError::Database {
            path: path.to_owned(),
            fault: DatabaseFault::NotWritable,
        })?;
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let path = own_files::prepare_folder(folder)?.join(name);
        let _lock = own_files::lock(&path.with_extension("lock"))?;
        let (mut connection, set_aside) =
            own_files::open_or_set_aside(&path, &SCHEMA, now).map_err(JournalError::opening(path.clone()))?;
        let read_only = !belongs_to(&mut connection, signer.as_ref())
            .map_err(|error| JournalError::Database { path: path.clone(), fault: error.into() })?;
        let journal = Journal { path, signer, read_only, held: Held::new(connection) };
        Ok(Opened { journal, set_aside })
    }

    /// A journal in memory, for a run that keeps nothing. The engine uses it together with the vault in memory.
    ///
    /// # Errors
    /// [`JournalError::Database`] when SQLite refuses.
    pub fn in_memory(signer: Arc<dyn Signer>) -> Result<Self, JournalError> {
        let path = PathBuf::from(":memory:");
        let failed = |fault: DatabaseFault| JournalError::Database { path: path.clone(), fault };
        let mut connection = own_files::open_in_memory(&SCHEMA).map_err(failed)?;
        belongs_to(&mut connection, signer.as_ref()).map_err(|error| failed(error.into()))?;
        Ok(Journal { path: path.clone(), signer, read_only: false, held: Held::new(connection) })
    }

    /// True when the rows were written under another key: they can be read, not verified, and nothing can be added.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds one row and answers its number. When it returns, the row is on the disk.
    ///
    /// # Errors
    /// [`JournalError::ReadOnly`] under another key, [`JournalError::Broken`] when the end of the chain does not
    /// hold (nothing is added then), [`JournalError::Database`] when SQLite refuses, a full disk for instance.
    pub fn append(&self, at: OffsetDateTime, connection: &str, event: &Event) -> Result<u64, JournalError> {
        if self.read_only {
            return Err(JournalError::ReadOnly { path: self.path.clone() });
        }
        let at =
            at.to_offset(time::UtcOffset::UTC).format(&Rfc3339).map_err(|_| JournalError::NotWritable)?;
        let event_text = serde_json::to_value(event).map_err(|_| JournalError::NotWritable)?;
        let texts = [at.as_str(), connection, event.kind(), &canonical(&event_text)];
        let mut held = self.held()?;
        let Held { connection: database, verified } = &mut *held;
        let writing = database
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| self.database_error(error))?;
        let (last, link) = self.checked_end(&writing)?;
        let version = data_version(&writing).map_err(|error| self.database_error(error))?;
        let seq = last + 1;
        self.insert(&writing, seq, &link, texts).map_err(|error| self.database_error(error))?;
        writing.commit().map_err(|error| self.database_error(error))?;
        let entry = texts_read(seq, texts);
        *verified = verified.take().zip(entry).and_then(|(known, entry)| known.grown(version, last, entry));
        Ok(seq)
    }

    /// The rows of one connection in order, after the whole chain was checked.
    ///
    /// # Errors
    /// [`JournalError::Broken`] when the chain does not hold: a forged row is never answered.
    pub fn entries(&self, connection: &str) -> Result<Vec<Entry>, JournalError> {
        self.read(connection, |entries| entries.iter().copied().cloned().collect())
    }

    /// The same without a copy of each row. `take` must not come back to this journal.
    ///
    /// # Errors
    /// As [`Journal::entries`].
    pub fn read<T>(&self, connection: &str, take: impl FnOnce(&[&Entry]) -> T) -> Result<T, JournalError> {
        self.with_verified(|verified| take(&verified.of(connection)))
    }

    /// All rows in order, after the whole chain was checked (under another key there is nothing to check with).
    ///
    /// # Errors
    /// [`JournalError::Broken`] when the chain does not hold: a forged row is never answered.
    pub fn all(&self) -> Result<Vec<Entry>, JournalError> {
        self.with_verified(|verified| verified.all().to_vec())
    }

    /// The connections that have rows, in the order of their first one. Those that were removed are among them.
    ///
    /// # Errors
    /// As [`Journal::all`].
    pub fn connections(&self) -> Result<Vec<String>, JournalError> {
        self.with_verified(|verified| verified.connections().to_vec())
    }

    /// Whatever can still be read, without checking anything: to show a journal that is not intact. Never act on it.
    ///
    /// # Errors
    /// [`JournalError::Database`] when SQLite refuses.
    pub fn read_unchecked(&self) -> Result<Vec<Entry>, JournalError> {
        Ok(self.snapshot()?.0.iter().filter_map(read).collect())
    }

    /// Checks every row and the recorded end.
    ///
    /// # Errors
    /// [`JournalError::Database`] when SQLite refuses; a broken chain is a verdict, not an error.
    pub fn verify(&self) -> Result<Verdict, JournalError> {
        let (rows, end) = self.snapshot()?;
        if self.read_only {
            return Ok(Verdict::OtherKey { entries: rows.len() as u64 });
        }
        Ok(match judge(self.signer.as_ref(), &rows, end) {
            Ok(entries) => Verdict::Intact { entries },
            Err(JournalError::Broken { at_seq, why }) => Verdict::Broken { at_seq, why },
            Err(other) => return Err(other),
        })
    }

    pub(crate) fn signer(&self) -> &dyn Signer {
        self.signer.as_ref()
    }

    /// All rows and the recorded end, as of one moment.
    pub(crate) fn snapshot(&self) -> Result<(Vec<Row>, Option<End>), JournalError> {
        let moment = moment(&mut self.held()?.connection).map_err(|error| self.database_error(error))?;
        Ok((moment.rows, moment.end))
    }

    /// Answers out of what was verified before, as long as nobody else wrote since; otherwise the whole chain is
    /// checked again. Checking it at each question would take longer with each row of each other connection.
    fn with_verified<T>(&self, take: impl FnOnce(&Verified) -> T) -> Result<T, JournalError> {
        let mut held = self.held()?;
        let version = data_version(&held.connection).map_err(|error| self.database_error(error))?;
        if let Some(verified) = held.verified.as_ref().filter(|verified| verified.is_of(version)) {
            return Ok(take(verified));
        }
        held.verified = None;
        let moment = moment(&mut held.connection).map_err(|error| self.database_error(error))?;
        if !self.read_only {
            judge(self.signer.as_ref(), &moment.rows, moment.end)?;
        }
        let entries: Result<Vec<Entry>, JournalError> =
            moment.rows.iter().map(|row| read(row).ok_or(unreadable(row.seq))).collect();
        Ok(take(held.verified.insert(Verified::new(moment.version, entries?))))
    }

    fn held(&self) -> Result<MutexGuard<'_, Held>, JournalError> {
        self.held.lock().map_err(|_| JournalError::Poisoned)
    }

    fn database_error(&self, error: rusqlite::Error) -> JournalError {
        JournalError::Database { path: self.path.clone(), fault: error.into() }
    }

    /// The last row's number and link, after the recorded end was checked: a chain that was cut must not grow on.
    fn checked_end(&self, writing: &Transaction<'_>) -> Result<(u64, Tag), JournalError> {
        let last = writing
            .query_row("SELECT seq, link FROM entries ORDER BY seq DESC LIMIT 1", [], |row| {
                Ok((number(row.get(0)?), row.get::<_, Vec<u8>>(1)?))
            })
            .optional()
            .map_err(|error| self.database_error(error))?;
        let end = recorded_end(writing).map_err(|error| self.database_error(error))?;
        match (last, end) {
            (None, None) => Ok((0, START)),
            (Some((seq, link)), Some(end))
                if end.seq == seq
                    && link == end.link
                    && chain::end_tag(self.signer.as_ref(), seq, &end.link) == end.tag =>
            {
                Ok((seq, end.link))
            }
            (last, end) => {
                let at_seq = last.map_or(0, |last| last.0).min(end.map_or(0, |end| end.seq)) + 1;
                Err(JournalError::Broken { at_seq, why: Flaw::End })
            }
        }
    }

    fn insert(
        &self,
        to: &Transaction<'_>,
        seq: u64,
        previous: &Tag,
        texts: [&str; 4],
    ) -> rusqlite::Result<()> {
        let signer = self.signer.as_ref();
        let content = chain::content_tag(signer, seq, texts);
        let link = chain::link_tag(signer, seq, previous, &content);
        let [at, connection, kind, event] = texts;
        let number = i64::try_from(seq).unwrap_or(i64::MAX);
        to.execute(
            "INSERT INTO entries (seq, at, connection, kind, event, content, link) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            rusqlite::params![number, at, connection, kind, event, content, link],
        )?;
        to.execute(
            "INSERT INTO \"end\" (only, seq, link, tag) VALUES (1, ?1, ?2, ?3)
             ON CONFLICT (only) DO UPDATE SET seq = excluded.seq, link = excluded.link, tag = excluded.tag",
            rusqlite::params![number, link, chain::end_tag(signer, seq, &link)],
        )?;
        Ok(())
    }
}

/// The end of the chain as it was last recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) seq: u64,
    pub(crate) link: Tag,
    pub(crate) tag: Tag,
}

/// Everything that the database shows at one moment.
struct Moment {
    rows: Vec<Row>,
    end: Option<End>,
    version: i64,
}

fn moment(connection: &mut Connection) -> rusqlite::Result<Moment> {
    let reading = connection.transaction()?;
    Ok(Moment { rows: rows(&reading)?, end: recorded_end(&reading)?, version: data_version(&reading)? })
}

/// A number that changes when somebody else wrote, and not when this connection did (sqlite.org/pragma.html,
/// "data_version").
fn data_version(reading: &Connection) -> rusqlite::Result<i64> {
    reading.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// Judges all rows and the end; answers how many rows there are.
pub(crate) fn judge(signer: &dyn Signer, rows: &[Row], end: Option<End>) -> Result<u64, JournalError> {
    let mut walk = Walk::new(signer);
    for row in rows {
        walk.step(row.seq, Some([&row.at, &row.connection, &row.kind, &row.event]), &row.content, &row.link)?;
        read(row).ok_or(unreadable(row.seq))?;
    }
    match end {
        Some(end) => Ok(walk.finish(end.seq, &end.tag)?),
        None if rows.is_empty() => Ok(0),
        None => Err(JournalError::Broken { at_seq: rows.len() as u64, why: Flaw::End }),
    }
}

/// The row as an entry; nothing when its text is not what this version writes.
pub(crate) fn read(row: &Row) -> Option<Entry> {
    let at = OffsetDateTime::parse(&row.at, &Rfc3339).ok()?;
    let event: Event = serde_json::from_str(&row.event).ok()?;
    (event.kind() == row.kind).then(|| Entry { seq: row.seq, at, connection: row.connection.clone(), event })
}

/// What was just written, as it will be read.
fn texts_read(seq: u64, texts: [&str; 4]) -> Option<Entry> {
    let [at, connection, kind, event] = texts.map(str::to_owned);
    read(&Row { seq, at, connection, kind, event, content: START, link: START })
}

fn unreadable(seq: u64) -> JournalError {
    JournalError::Broken { at_seq: seq, why: Flaw::Unreadable }
}

fn rows(reading: &Transaction<'_>) -> rusqlite::Result<Vec<Row>> {
    let sql = "SELECT seq, at, connection, kind, event, content, link FROM entries ORDER BY seq";
    let mut statement = reading.prepare(sql)?;
    let found = statement.query_map([], |row| {
        // Text that is not UTF-8 is not what was tagged either, so it may be read with replacements.
        let text = |index| Ok(String::from_utf8_lossy(row.get_ref(index)?.as_bytes()?).into_owned());
        let [at, connection, kind, event]: [rusqlite::Result<String>; 4] =
            [text(1), text(2), text(3), text(4)];
        Ok(Row {
            seq: number(row.get(0)?),
            at: at?,
            connection: connection?,
            kind: kind?,
            event: event?,
            content: tag(row.get(5)?),
            link: tag(row.get(6)?),
        })
    })?;
    found.collect()
}

fn recorded_end(reading: &Transaction<'_>) -> rusqlite::Result<Option<End>> {
    reading
        .query_row("SELECT seq, link, tag FROM \"end\"", [], |row| {
            Ok(End { seq: number(row.get(0)?), link: tag(row.get(1)?), tag: tag(row.get(2)?) })
        })
        .optional()
}

fn belongs_to(connection: &mut Connection, signer: &dyn Signer) -> rusqlite::Result<bool> {
    let expected = chain::key_check(signer);
    let checking = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found =
        checking.query_row("SELECT tag FROM key_check", [], |row| row.get::<_, Vec<u8>>(0)).optional()?;
    let belongs = match found {
        Some(found) => found == expected,
        None => {
            checking.execute("INSERT INTO key_check (only, tag) VALUES (1, ?1)", [expected])?;
            true
        }
    };
    checking.commit()?;
    Ok(belongs)
}

// A number below zero was never written here: as 0 it breaks the chain at its place.
fn number(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

// A tag of another length can never be right: it is read as one that no key makes.
fn tag(bytes: Vec<u8>) -> Tag {
    bytes.try_into().unwrap_or(START)
}
