//! The sealed rows in SQLite, as text and bytes: this module never sees a key or a plain secret.
//! What a row's seal is bound to is made here from exactly the text that is stored.

use std::path::{Path, PathBuf};

use own_files::{DatabaseFault, Schema};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{Label, Row, RowId, VaultError};

const SCHEMA: Schema = Schema {
    version: 1,
    tables: &["sealed", "settings"],
    statements: "
        CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        CREATE TABLE sealed (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, connection TEXT NOT NULL, purpose TEXT NOT NULL,
            name TEXT NOT NULL, details TEXT NOT NULL, made_at TEXT NOT NULL, seal BLOB NOT NULL) STRICT;",
};

/// The database and its name for errors.
pub(crate) struct Rows {
    path: PathBuf,
    database: Connection,
}

/// A row as stored, without its seal.
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) connection: String,
    pub(crate) purpose: String,
    pub(crate) name: String,
    pub(crate) details: String,
    pub(crate) made_at: String,
}

impl Stored {
    pub(crate) fn new(id: &RowId, label: &Label, made_at: OffsetDateTime) -> Result<Self, VaultError> {
        Ok(Self {
            id: id.0.clone(),
            connection: label.connection.clone(),
            purpose: label.purpose.clone(),
            name: label.name.clone(),
            details: label.details.to_string(),
            made_at: made_at.format(&Rfc3339).map_err(|_| VaultError::Altered { id: id.0.clone() })?,
        })
    }

    /// Where the row belongs: table, row and label, each part with its length, so that a row that was moved or
    /// relabelled does not open.
    pub(crate) fn place(&self) -> Vec<u8> {
        let mut place = b"footbridge vault 1".to_vec();
        for part in
            ["sealed", &self.id, &self.connection, &self.purpose, &self.name, &self.details, &self.made_at]
        {
            place.extend((part.len() as u64).to_be_bytes());
            place.extend(part.as_bytes());
        }
        place
    }

    fn into_row(self) -> Result<Row, VaultError> {
        let altered = || VaultError::Altered { id: self.id.clone() };
        let made_at = OffsetDateTime::parse(&self.made_at, &Rfc3339).map_err(|_| altered())?;
        let details = serde_json::from_str(&self.details).map_err(|_| altered())?;
        let label = Label { connection: self.connection, purpose: self.purpose, name: self.name, details };
        Ok(Row { id: RowId(self.id), label, made_at })
    }
}

impl Rows {
    /// Opens or makes the database in a prepared folder; a damaged one is set aside and named.
    pub(crate) fn open(file: &Path, now: OffsetDateTime) -> Result<(Self, Option<PathBuf>), VaultError> {
        let path = file.to_owned();
        let (database, aside) =
            own_files::open_or_set_aside(file, &SCHEMA, now).map_err(VaultError::opening(path.clone()))?;
        Ok((Self { path, database }, aside))
    }

    pub(crate) fn in_memory() -> Result<Self, VaultError> {
        let path = PathBuf::from(":memory:");
        let failed = |fault| VaultError::Database { path: path.clone(), fault };
        let database = own_files::open_in_memory(&SCHEMA).map_err(failed)?;
        Ok(Self { path: path.clone(), database })
    }

    pub(crate) fn setting(&self, name: &str) -> Result<Option<String>, VaultError> {
        let sql = "SELECT value FROM settings WHERE name = ?1";
        self.told(self.database.query_row(sql, [name], |row| row.get(0)).optional())
    }

    /// Writes several settings or none of them.
    pub(crate) fn set(&mut self, settings: &[(&str, String)]) -> Result<(), VaultError> {
        self.write(|writing| {
            for (name, value) in settings {
                writing.execute(
                    "INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)",
                    [*name, value],
                )?;
            }
            Ok(())
        })
    }

    pub(crate) fn is_empty(&self) -> Result<bool, VaultError> {
        let rows: i64 =
            self.told(self.database.query_row("SELECT COUNT(*) FROM sealed", [], |row| row.get(0)))?;
        Ok(rows == 0)
    }

    pub(crate) fn put(&mut self, row: &Stored, seal: &[u8]) -> Result<(), VaultError> {
        self.write(|writing| {
            writing.execute(
                "INSERT INTO sealed (id, connection, purpose, name, details, made_at, seal)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![row.id, row.connection, row.purpose, row.name, row.details, row.made_at, seal],
            )?;
            Ok(())
        })
    }

    /// The rows of a connection in the order in which they were put in.
    pub(crate) fn of(&self, connection: &str) -> Result<Vec<Row>, VaultError> {
        let sql = "SELECT id, connection, purpose, name, details, made_at FROM sealed WHERE connection = ?1
                   ORDER BY number";
        let stored = self.database.prepare(sql).and_then(|mut statement| {
            statement.query_map([connection], stored)?.collect::<rusqlite::Result<Vec<_>>>()
        });
        self.told(stored)?.into_iter().map(Stored::into_row).collect()
    }

    pub(crate) fn find(&self, id: &RowId) -> Result<Option<(Stored, Vec<u8>)>, VaultError> {
        let sql = "SELECT id, connection, purpose, name, details, made_at, seal FROM sealed WHERE id = ?1";
        let found = self.database.query_row(sql, [&id.0], |row| Ok((stored(row)?, row.get(6)?)));
        self.told(found.optional())
    }

    /// Tells whether there was such a row.
    pub(crate) fn delete(&mut self, id: &RowId) -> Result<bool, VaultError> {
        let gone = self.write(|writing| writing.execute("DELETE FROM sealed WHERE id = ?1", [&id.0]))?;
        // The old page would otherwise live on in the write-ahead log.
        self.told(self.database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))?;
        Ok(gone == 1)
    }

    fn write<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, VaultError> {
        let writing = self.database.transaction_with_behavior(TransactionBehavior::Immediate);
        let done = writing.and_then(|writing| {
            let done = work(&writing)?;
            writing.commit()?;
            Ok(done)
        });
        self.told(done)
    }

    fn told<T>(&self, outcome: rusqlite::Result<T>) -> Result<T, VaultError> {
        outcome.map_err(|error| VaultError::Database {
            path: self.path.clone(),
            fault: DatabaseFault::from(error),
        })
    }
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row.get(0)?,
        connection: row.get(1)?,
        purpose: row.get(2)?,
        name: row.get(3)?,
        details: row.get(4)?,
        made_at: row.get(5)?,
    })
}
