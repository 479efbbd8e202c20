//! Secrets at rest: one 32-byte key in the system's keyring, and sealed rows in SQLite under that key. Where there is no
//! keyring: a passphrase that the admin asks for, or memory. Never plain text, and never a fallback without being asked.

mod error;
mod key;
mod passphrase;
mod ring;
mod rows;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use zeroize::Zeroizing;

pub use error::VaultError;
use key::Key;

/// Where the one key comes from.
pub enum VaultMode {
    /// The system's keyring, under names that a person can read there.
    Keyring {
        /// For example `Footbridge`.
        service: String,
        /// For example `vault key`.
        account: String,
    },
    /// Stretched from a passphrase.
    Passphrase(SecretString),
    /// Nothing outlives the process.
    Memory,
}

impl VaultMode {
    fn name(&self) -> &'static str {
        match self {
            Self::Keyring { .. } => "keyring",
            Self::Passphrase(_) => "passphrase",
            Self::Memory => "memory",
        }
    }
}

/// What a row is; none of it is secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// The connection it belongs to; empty for the installation's own rows.
    pub connection: String,
    /// What it is for: `client-secret`, `signing-key`, …
    pub purpose: String,
    /// Its natural key, for example the credential's key id.
    pub name: String,
    /// More about it: end date, application id, operation.
    pub details: serde_json::Value,
}

/// A sealed row, without its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its id.
    pub id: RowId,
    /// What it is.
    pub label: Label,
    /// When it was sealed.
    pub made_at: OffsetDateTime,
}

/// The id of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowId(pub(crate) String);

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The vault.
pub struct Vault {
    database: Mutex<Connection>,
    key: Key,
    mode: &'static str,
    set_aside: Option<PathBuf>,
}

impl Vault {
    /// Opens or makes the vault in a folder. In keyring mode the keyring is probed by writing, reading and deleting.
    ///
    /// # Errors
    /// Each state of the keyring, a wrong passphrase, a vault of another mode, and trouble with the file.
    pub fn open(folder: &Path, mode: VaultMode) -> Result<Self, VaultError> {
        Self::open_at(folder, mode, OffsetDateTime::now_utc())
    }

    /// The same; `now` names a damaged file that has to be set aside.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_at(folder: &Path, mode: VaultMode, now: OffsetDateTime) -> Result<Self, VaultError> {
        let name = mode.name();
        if let VaultMode::Memory = mode {
            let database = Mutex::new(rows::in_memory()?);
            return Ok(Self { database, key: Key::generate()?, mode: name, set_aside: None });
        }
        let (mut database, set_aside) = rows::open(folder, now)?;
        if let Some(made) = rows::setting(&database, "mode")?
            && made != name
        {
            return Err(VaultError::OtherMode { made, asked: name.to_owned() });
        }
        let key = match &mode {
            VaultMode::Keyring { service, account } => ring_key(&database, service, account)?,
            VaultMode::Passphrase(passphrase) => passphrase::key(&mut database, passphrase)?,
            VaultMode::Memory => Key::generate()?,
        };
        rows::set(&mut database, &[("mode", name.to_owned())])?;
        Ok(Self { database: Mutex::new(database), key, mode: name, set_aside })
    }

    fn database(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seals a secret. It is durable when this returns.
    ///
    /// # Errors
    /// When the disk or the database refuses.
    pub fn put(&self, label: &Label, secret: &SecretString, now: OffsetDateTime) -> Result<RowId, VaultError> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| VaultError::Cryptography)?;
        let id = RowId(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        let row = Row { id: id.clone(), label: label.clone(), made_at: now };
        let sealed = self.key.seal(&place(&row), secret.expose_secret().as_bytes())?;
        rows::put(&mut self.database(), &row, &sealed)?;
        Ok(id)
    }

    /// Opens a row.
    ///
    /// # Errors
    /// When there is no such row, or it was altered or moved.
    pub fn get(&self, id: &RowId) -> Result<SecretString, VaultError> {
        let (row, sealed) =
            rows::find(&self.database(), id)?.ok_or_else(|| VaultError::NoSuchRow { id: id.to_string() })?;
        let altered = || VaultError::Altered { id: id.to_string() };
        let plain = self.key.open(&place(&row), &sealed).ok_or_else(altered)?;
        let text = Zeroizing::new(String::from_utf8(plain.to_vec()).map_err(|_| altered())?);
        Ok(SecretString::from(text.as_str()))
    }

    /// The rows of a connection, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn rows(&self, connection: &str) -> Result<Vec<Row>, VaultError> {
        rows::rows(&self.database(), connection)
    }

    /// Deletes a row, from the write-ahead log too.
    ///
    /// # Errors
    /// When there is no such row or the database refuses.
    pub fn delete(&self, id: &RowId) -> Result<(), VaultError> {
        match rows::delete(&mut self.database(), id)? {
            true => Ok(()),
            false => Err(VaultError::NoSuchRow { id: id.to_string() }),
        }
    }

    /// HMAC-SHA-256 over a message, under a key derived from the vault's for this purpose.
    pub fn tag(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        self.key.tag(purpose, message)
    }

    /// `keyring`, `passphrase` or `memory`.
    pub fn mode_name(&self) -> &'static str {
        self.mode
    }

    /// Where a damaged file was put when the vault was opened.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }
}

fn ring_key(database: &Connection, service: &str, account: &str) -> Result<Key, VaultError> {
    ring::probe(service)?;
    match ring::read(service, account)? {
        Some(key) => Ok(key),
        None if rows::count(database)? > 0 => Err(VaultError::KeyMissing),
        None => {
            let key = Key::generate()?;
            ring::write(service, account, &key)?;
            Ok(key)
        }
    }
}

/// Where a row belongs, each part with its length, so that a row that was moved or relabelled does not open.
fn place(row: &Row) -> Vec<u8> {
    let mut place = b"sealed".to_vec();
    for part in [row.id.0.as_str(), &row.label.connection, &row.label.purpose, &row.label.name] {
        place.extend((part.len() as u64).to_be_bytes());
        place.extend(part.as_bytes());
    }
    place
}
