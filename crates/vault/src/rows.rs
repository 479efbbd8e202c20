//! The file of sealed rows: owner-only from its creation on, each row bound to its place by its associated data.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::{Label, Row, RowId, VaultError};

pub(crate) fn open(folder: &Path, now: OffsetDateTime) -> Result<(Connection, Option<PathBuf>), VaultError> {
    let path = folder.join("vault.db");
    make(folder, &path)?;
    match connect(&path) {
        Ok(database) => Ok((database, None)),
        Err(VaultError::Database(error)) if is_damage(&error) => {
            let aside = set_aside(folder, &path, now)?;
            make(folder, &path)?;
            Ok((connect(&path)?, Some(aside)))
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn in_memory() -> Result<Connection, VaultError> {
    let database = Connection::open_in_memory()?;
    prepare(&database)?;
    Ok(database)
}

fn make(folder: &Path, path: &Path) -> Result<(), VaultError> {
    let file = |why| VaultError::File { path: path.display().to_string(), why };
    if !folder.exists() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(file)?;
    }
    if std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_symlink()) {
        return Err(file(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is a link")));
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(file(error)),
    }
}

fn connect(path: &Path) -> Result<Connection, VaultError> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    prepare(&database)?;
    let sound: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound == "ok" {
        Ok(database)
    } else {
        Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None).into())
    }
}

fn prepare(database: &Connection) -> Result<(), VaultError> {
    database.busy_timeout(std::time::Duration::from_secs(20))?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;
         PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
         CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
         CREATE TABLE IF NOT EXISTS sealed (
             id TEXT PRIMARY KEY, connection TEXT NOT NULL, purpose TEXT NOT NULL, name TEXT NOT NULL,
             details TEXT NOT NULL, made_at TEXT NOT NULL, text BLOB NOT NULL) STRICT;",
    )?;
    Ok(())
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

fn set_aside(folder: &Path, path: &Path, now: OffsetDateTime) -> Result<PathBuf, VaultError> {
    let stamp = now
        .format(format_description!("[year][month][day]-[hour][minute][second]"))
        .unwrap_or_else(|_| "then".to_owned());
    let mut aside = folder.join(format!("vault-damaged-{stamp}.db"));
    let mut count = 1;
    while aside.exists() {
        count += 1;
        aside = folder.join(format!("vault-damaged-{stamp}-{count}.db"));
    }
    let file = |why| VaultError::File { path: path.display().to_string(), why };
    std::fs::rename(path, &aside).map_err(file)?;
    for end in ["-wal", "-shm"] {
        let beside = PathBuf::from(format!("{}{end}", path.display()));
        if beside.exists() {
            std::fs::rename(&beside, format!("{}{end}", aside.display())).map_err(file)?;
        }
    }
    Ok(aside)
}

pub(crate) fn setting(database: &Connection, name: &str) -> Result<Option<String>, VaultError> {
    Ok(database.query_row("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0)).optional()?)
}

pub(crate) fn set(database: &mut Connection, settings: &[(&str, String)]) -> Result<(), VaultError> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (name, value) in settings {
        transaction.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)", params![name, value])?;
    }
    transaction.commit()?;
    Ok(())
}

pub(crate) fn count(database: &Connection) -> Result<i64, VaultError> {
    Ok(database.query_row("SELECT COUNT(*) FROM sealed", [], |row| row.get(0))?)
}

pub(crate) fn put(database: &mut Connection, row: &Row, text: &[u8]) -> Result<(), VaultError> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "INSERT INTO sealed (id, connection, purpose, name, details, made_at, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            row.id.0,
            row.label.connection,
            row.label.purpose,
            row.label.name,
            row.label.details.to_string(),
            row.made_at.format(&Rfc3339).map_err(|_| VaultError::Cryptography)?,
            text
        ],
    )?;
    transaction.commit()?;
    Ok(())
}

pub(crate) fn rows(database: &Connection, connection: &str) -> Result<Vec<Row>, VaultError> {
    let mut statement = database.prepare(
        "SELECT id, connection, purpose, name, details, made_at FROM sealed WHERE connection = ?1 ORDER BY made_at, id",
    )?;
    let rows = statement.query_map([connection], read)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

pub(crate) fn find(database: &Connection, id: &RowId) -> Result<Option<(Row, Vec<u8>)>, VaultError> {
    let found = database
        .query_row(
            "SELECT id, connection, purpose, name, details, made_at, text FROM sealed WHERE id = ?1",
            [&id.0],
            |row| Ok((read(row)?, row.get(6)?)),
        )
        .optional()?;
    Ok(found)
}

pub(crate) fn delete(database: &mut Connection, id: &RowId) -> Result<bool, VaultError> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let gone = transaction.execute("DELETE FROM sealed WHERE id = ?1", [&id.0])?;
    transaction.commit()?;
    // The old page would otherwise live on in the write-ahead log.
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(gone == 1)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let details: String = row.get(4)?;
    let made_at: String = row.get(5)?;
    Ok(Row {
        id: RowId(row.get(0)?),
        label: Label {
            connection: row.get(1)?,
            purpose: row.get(2)?,
            name: row.get(3)?,
            details: serde_json::from_str(&details).unwrap_or_default(),
        },
        made_at: OffsetDateTime::parse(&made_at, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH),
    })
}
