//! Opens a SQLite file of ours: durable (WAL, synchronous=FULL), wiping what it deletes, and distrustful of the schema it
//! finds. It must never overwrite or drop content: a damaged file is refused, or set aside under a new name.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use time::OffsetDateTime;

use crate::aside::set_aside;
use crate::error::{DatabaseFault, OpenFault};
use crate::folder::{check_beside, prepare_file};

/// The tables that must be there, and the statements that make them in an empty file.
pub struct Schema {
    /// The number that the file carries; a file with a higher one is a newer program's.
    pub version: i64,
    /// The tables by name, in the order of the alphabet.
    pub tables: &'static [&'static str],
    /// What makes them.
    pub statements: &'static str,
}

/// Opens or makes the database in a prepared folder; a damaged one is refused and left alone.
/// The caller holds the folder's lock.
///
/// # Errors
/// [`OpenFault`].
pub fn open(file: &Path, schema: &Schema) -> Result<Connection, OpenFault> {
    prepare_file(file)?;
    check_beside(file)?;
    Ok(connect(file, schema)?)
}

/// As [`open`]; a damaged one is set aside first and named in the answer.
/// The caller holds the folder's lock, so that no second process sets aside what this one has just made.
///
/// # Errors
/// [`OpenFault`].
pub fn open_or_set_aside(
    file: &Path,
    schema: &Schema,
    now: OffsetDateTime,
) -> Result<(Connection, Option<PathBuf>), OpenFault> {
    match open(file, schema) {
        Err(OpenFault::Database(DatabaseFault::Damaged)) => {
            let aside = set_aside(file, now)?;
            prepare_file(file)?;
            Ok((connect(file, schema)?, Some(aside)))
        }
        other => Ok((other?, None)),
    }
}

/// The same tables in memory, for what keeps nothing.
///
/// # Errors
/// [`DatabaseFault`] when SQLite refuses.
pub fn open_in_memory(schema: &Schema) -> Result<Connection, DatabaseFault> {
    settle(Connection::open_in_memory()?, schema)
}

fn connect(file: &Path, schema: &Schema) -> Result<Connection, DatabaseFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    settle(Connection::open_with_flags(file, flags)?, schema)
}

/// Applies the settings and makes the tables when there are none.
fn settle(mut connection: Connection, schema: &Schema) -> Result<Connection, DatabaseFault> {
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
    if version > schema.version {
        return Err(DatabaseFault::Newer);
    }
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(DatabaseFault::Damaged);
    }
    make_tables(&mut connection, schema)?;
    Ok(connection)
}

fn make_tables(connection: &mut Connection, schema: &Schema) -> Result<(), DatabaseFault> {
    let found = objects(connection)?;
    if found.is_empty() {
        let making = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        making.execute_batch(schema.statements)?;
        making.pragma_update(None, "user_version", schema.version)?;
        making.commit()?;
        return Ok(());
    }
    // A view or a trigger would be somebody else's program inside our file.
    let expected: Vec<String> = schema.tables.iter().map(|name| format!("table {name}")).collect();
    if found == expected { Ok(()) } else { Err(DatabaseFault::Damaged) }
}

fn objects(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let sql =
        "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY 1";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOTES: Schema = Schema {
        version: 1,
        tables: &["notes", "places"],
        statements: "CREATE TABLE notes (text TEXT NOT NULL) STRICT; CREATE TABLE places (name TEXT NOT NULL) STRICT;",
    };

    fn fault(opened: Result<Connection, OpenFault>) -> DatabaseFault {
        match opened {
            Err(OpenFault::Database(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    /// Long enough to be taken for a database, and none.
    fn no_database() -> String {
        "this is no database, but it is long enough to be taken for one ".repeat(20)
    }

    #[test]
    fn tables_are_made_once_and_strange_ones_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.db");
        drop(open(&file, &NOTES).unwrap());
        let connection = open(&file, &NOTES).unwrap();
        connection.execute_batch("CREATE TRIGGER t AFTER DELETE ON notes BEGIN SELECT 1; END").unwrap();
        drop(connection);
        assert_eq!(fault(open(&file, &NOTES)), DatabaseFault::Damaged);
    }

    #[test]
    fn a_newer_programs_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.db");
        drop(open(&file, &Schema { version: 2, ..NOTES }).unwrap());
        assert_eq!(fault(open(&file, &NOTES)), DatabaseFault::Newer);
        let now = OffsetDateTime::UNIX_EPOCH;
        let refused = open_or_set_aside(&file, &NOTES, now).map(|(connection, _)| connection);
        assert_eq!(fault(refused), DatabaseFault::Newer);
        open(&file, &Schema { version: 2, ..NOTES }).unwrap();
    }

    #[test]
    fn a_damaged_file_is_left_alone_or_set_aside_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.db");
        std::fs::write(&file, no_database()).unwrap();
        assert_eq!(fault(open(&file, &NOTES)), DatabaseFault::Damaged);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), no_database());

        let (_, aside) = open_or_set_aside(&file, &NOTES, OffsetDateTime::UNIX_EPOCH).unwrap();
        assert_eq!(std::fs::read_to_string(aside.unwrap()).unwrap(), no_database());
        assert_eq!(open_or_set_aside(&file, &NOTES, OffsetDateTime::UNIX_EPOCH).unwrap().1, None);
    }

    #[cfg(unix)]
    #[test]
    fn what_was_planted_beside_a_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.db");
        let elsewhere = folder.path().join("elsewhere");
        std::fs::write(&elsewhere, "kept").unwrap();
        for ending in ["-wal", "-shm", "-journal"] {
            let planted = folder.path().join(format!("notes.db{ending}"));
            std::os::unix::fs::symlink(&elsewhere, &planted).unwrap();
            let refused = open(&file, &NOTES);
            assert!(
                matches!(refused, Err(OpenFault::Folder(crate::FolderError::Link { .. }))),
                "{refused:?}"
            );
            std::fs::remove_file(planted).unwrap();
        }
        assert_eq!(std::fs::read_to_string(elsewhere).unwrap(), "kept");
        open(&file, &NOTES).unwrap();
    }
}
