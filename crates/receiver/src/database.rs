//! Opens the receiver's SQLite file: durable (WAL, synchronous=FULL), wiping what it deletes, distrustful of the schema
//! it finds. A damaged file is refused and left alone: with a new one, bundles that were taken could be taken again.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

/// What went wrong inside SQLite, as far as somebody can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseFault {
    /// Another process held the database for longer than ten seconds.
    #[error("another process is using it. Wait for it to end and try again")]
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
    #[error("its content is damaged. Begin with another --state folder and a new offer")]
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

const VERSION: i64 = 1;

/// The tables by name; a view or a trigger would be somebody else's program inside our file.
const TABLES: [&str; 6] = ["endpoints", "offers", "questions", "signers", "taken", "writes"];

const STATEMENTS: &str = "
    CREATE TABLE offers (
        nonce TEXT PRIMARY KEY, product TEXT NOT NULL, install_id TEXT NOT NULL, kid TEXT NOT NULL UNIQUE,
        accepts TEXT NOT NULL, own_key TEXT NOT NULL, certificate TEXT, certificate_key BLOB, expires INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE endpoints (
        path TEXT PRIMARY KEY, certificate TEXT, certificate_key BLOB
    ) STRICT;
    CREATE TABLE signers (
        product TEXT NOT NULL, tenant TEXT NOT NULL, fingerprint TEXT NOT NULL, first_seen INTEGER NOT NULL,
        PRIMARY KEY (product, tenant, fingerprint)
    ) STRICT;
    CREATE TABLE taken (
        jti TEXT PRIMARY KEY, kid TEXT NOT NULL, digest BLOB NOT NULL, total INTEGER NOT NULL, receipt TEXT NOT NULL
    ) STRICT;
    CREATE TABLE questions (
        jti TEXT PRIMARY KEY, asked_at INTEGER NOT NULL, tenant TEXT NOT NULL, domain TEXT NOT NULL,
        fingerprint TEXT NOT NULL, answer INTEGER
    ) STRICT;
    CREATE TABLE writes (
        jti TEXT NOT NULL, temporary TEXT NOT NULL, target TEXT NOT NULL, settled INTEGER NOT NULL,
        PRIMARY KEY (jti, target)
    ) STRICT;
";

/// Opens the file, which was prepared before, and makes the tables when there are none.
pub(crate) fn open(file: &Path) -> Result<Connection, DatabaseFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    for (name, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", "FULL"),
        ("fullfsync", "ON"),
        ("secure_delete", "ON"),
        ("trusted_schema", "OFF"),
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
    make_tables(&mut connection)?;
    Ok(connection)
}

fn make_tables(connection: &mut Connection) -> Result<(), DatabaseFault> {
    let making = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql =
        "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY 1";
    let found: Vec<String> =
        making.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if found.is_empty() {
        making.execute_batch(STATEMENTS)?;
        making.pragma_update(None, "user_version", VERSION)?;
        making.commit()?;
        return Ok(());
    }
    let expected: Vec<String> = TABLES.iter().map(|name| format!("table {name}")).collect();
    if found == expected { Ok(()) } else { Err(DatabaseFault::Damaged) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tables_are_made_once_and_strange_ones_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receiver.db");
        std::fs::write(&file, "").unwrap();
        drop(open(&file).unwrap());
        let connection = open(&file).unwrap();
        connection.execute_batch("CREATE TRIGGER t AFTER DELETE ON offers BEGIN SELECT 1; END").unwrap();
        drop(connection);
        assert_eq!(open(&file).unwrap_err(), DatabaseFault::Damaged);
    }

    #[test]
    fn a_damaged_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receiver.db");
        let before = "this is no database, but it is long enough to be taken for one ".repeat(20);
        std::fs::write(&file, &before).unwrap();
        assert_eq!(open(&file).unwrap_err(), DatabaseFault::Damaged);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    }
}
