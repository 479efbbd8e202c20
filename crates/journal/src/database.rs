//! Opens a SQLite file of ours: durable (WAL, synchronous=FULL), wiping what it deletes, distrustful of the
//! schema it finds, and setting a damaged file aside under a new name. It must never overwrite or drop content.
//! `journal` and `vault` each hold a copy, because neither may import the other.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use time::OffsetDateTime;

use crate::own_folder::{self, FolderError};

/// What went wrong inside SQLite, as far as somebody can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseFault {
    /// Another process held the database for longer than ten seconds.
    #[error("another process is using it. Close the other one and try again")]
    Busy,
    /// No space is left.
    #[error("the disk is full. Free some space and try again")]
    Full,
    /// The file or its folder cannot be written.
    #[error("it cannot be written. Check the permissions of the file and its folder")]
    NotWritable,
    /// Reading or writing failed below SQLite.
    #[error("the disk reported an error. Check the disk")]
    Disk,
    /// The content is not what SQLite or this program wrote.
    #[error("its content is damaged. Open it again, and it is set aside")]
    Damaged,
    /// A newer version of this program wrote it.
    #[error("a newer version of Footbridge wrote it. Use that version")]
    Newer,
    /// Anything else, by SQLite's extended result code (sqlite.org/rescode.html).
    #[error("SQLite refused with code {0}")]
    Other(i32),
}

impl From<rusqlite::Error> for DatabaseFault {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error() else { return DatabaseFault::Damaged };
        match code.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => DatabaseFault::Busy,
            ErrorCode::DiskFull => DatabaseFault::Full,
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                DatabaseFault::NotWritable
            }
            ErrorCode::SystemIoFailure => DatabaseFault::Disk,
            ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => DatabaseFault::Damaged,
            _ => DatabaseFault::Other(code.extended_code),
        }
    }
}

/// Either the folder or the database itself refused.
pub(crate) enum OpenFault {
    Folder(FolderError),
    Database(DatabaseFault),
}

impl From<FolderError> for OpenFault {
    fn from(error: FolderError) -> Self {
        OpenFault::Folder(error)
    }
}

/// The tables that must be there, and the statements that make them in an empty file.
pub(crate) struct Schema {
    pub(crate) tables: &'static [&'static str],
    pub(crate) statements: &'static str,
}

const VERSION: i64 = 1;

/// Opens or makes the database in a prepared folder; a damaged one is set aside first and named in the answer.
/// The caller holds the folder's lock, so that no second process sets aside what this one has just made.
pub(crate) fn open(
    file: &Path,
    schema: &Schema,
    now: OffsetDateTime,
) -> Result<(Connection, Option<PathBuf>), OpenFault> {
    own_folder::prepare_file(file)?;
    own_folder::check_beside(file)?;
    match connect(file, schema) {
        Err(DatabaseFault::Damaged) => {
            let aside = own_folder::set_aside(file, now)?;
            own_folder::prepare_file(file)?;
            Ok((connect(file, schema).map_err(OpenFault::Database)?, Some(aside)))
        }
        other => Ok((other.map_err(OpenFault::Database)?, None)),
    }
}

/// Applies the settings and makes the tables when there are none.
pub(crate) fn settle(connection: &mut Connection, schema: &Schema) -> Result<(), DatabaseFault> {
    connection.busy_timeout(Duration::from_secs(10))?;
    for (name, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", "FULL"),
        ("fullfsync", "ON"),
        ("secure_delete", "ON"),
        ("trusted_schema", "OFF"),
        ("foreign_keys", "ON"),
        ("temp_store", "MEMORY"),
    ] {
        connection.pragma_update(None, name, value)?;
    }
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > VERSION {
        return Err(DatabaseFault::Newer);
    }
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(DatabaseFault::Damaged);
    }
    make_tables(connection, schema)
}

fn connect(file: &Path, schema: &Schema) -> Result<Connection, DatabaseFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags(file, flags)?;
    settle(&mut connection, schema)?;
    Ok(connection)
}

fn make_tables(connection: &mut Connection, schema: &Schema) -> Result<(), DatabaseFault> {
    let mut found = objects(connection)?;
    if found.is_empty() {
        let making = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        making.execute_batch(schema.statements)?;
        making.pragma_update(None, "user_version", VERSION)?;
        making.commit()?;
        return Ok(());
    }
    found.sort();
    // A view or a trigger would be somebody else's program inside our file.
    let expected = schema.tables.iter().map(|name| format!("table {name}")).collect::<Vec<_>>();
    if found == expected { Ok(()) } else { Err(DatabaseFault::Damaged) }
}

fn objects(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let sql = "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}
