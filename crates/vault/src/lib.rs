//! Secrets at rest: one 32-byte key in the system's keyring, and sealed rows in SQLite under that key. Where there is no
//! keyring: a passphrase that the admin asks for, or memory. Never plain text, and never a fallback without being asked.

mod dumps;
mod error;
mod key;
mod panics;
mod passphrase;
mod ring;
mod room;
mod rows;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

pub use dumps::keep_out_of_dumps;
pub use error::VaultError;
use key::Key;
pub use own_files::{DatabaseFault, FolderError};
pub use panics::tell_only_the_place_of_a_panic;
use passphrase::Setting;
use ring::Ring;
pub use room::LEAST_ROOM;
use rows::{Rows, Stored};

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

/// Looks whether the keyring can be used: writes, reads, compares and deletes a test item, within 20 seconds.
///
/// # Errors
/// [`VaultError::Absent`], `Locked`, `Denied`, `Broken` or `Slow`; each says what to do.
pub fn probe_keyring(service: &str, account: &str) -> Result<(), VaultError> {
    Ring::new(service, account).probe()
}

/// The vault. Its file is `vault.db`, mode 0600 in a folder with mode 0700.
pub struct Vault {
    rows: Mutex<Rows>,
    key: Key,
    /// None for a vault in memory, which needs no disk.
    folder: Option<PathBuf>,
    ring: Option<Ring>,
    mode: &'static str,
    set_aside: Option<PathBuf>,
}

impl Vault {
    /// Opens or makes the vault in a folder. In keyring mode the keyring is probed by writing, reading and deleting.
    /// A file that SQLite cannot read is renamed to `vault-damaged-<time>.db`, see [`Vault::set_aside`].
    ///
    /// # Errors
    /// Each state of the keyring, a wrong passphrase, a vault of another mode, and trouble with the file.
    pub fn open(folder: &Path, mode: VaultMode) -> Result<Self, VaultError> {
        Self::open_at(folder, mode, OffsetDateTime::now_utc())
    }

    /// The same; `now` names a damaged file that has to be set aside.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_at(folder: &Path, mode: VaultMode, now: OffsetDateTime) -> Result<Self, VaultError> {
        let name = mode.name();
        if let VaultMode::Memory = mode {
            let rows = Mutex::new(Rows::in_memory()?);
            let key = Key::generate()?;
            return Ok(Self { rows, key, folder: None, ring: None, mode: name, set_aside: None });
        }
        let folder = own_files::prepare_folder(folder)?;
        // Held until the key is settled: two processes that begin at once must not make two keys.
        let _lock = own_files::lock(&folder.join("vault.lock"))?;
        let (mut rows, set_aside) = Rows::open(&folder.join("vault.db"), now)?;
        if let Some(made) = rows.setting("mode")?
            && made != name
        {
            return Err(VaultError::OtherMode { made, asked: name.to_owned() });
        }
        let (key, ring) = match &mode {
            VaultMode::Keyring { service, account } => {
                let ring = Ring::new(service, account);
                (ring_key(&mut rows, &ring)?, Some(ring))
            }
            VaultMode::Passphrase(passphrase) => (passphrase_key(&mut rows, passphrase)?, None),
            VaultMode::Memory => (Key::generate()?, None),
        };
        Ok(Self { rows: Mutex::new(rows), key, folder: Some(folder), ring, mode: name, set_aside })
    }

    /// Looks whether a secret could be kept now: before each step that brings one. The disk has to have room, and in
    /// keyring mode the keyring is probed, and the key there is compared with the one in use.
    ///
    /// # Errors
    /// [`VaultError::NoRoom`]; each state of the keyring; [`VaultError::KeyMissing`] and [`VaultError::OtherKey`]
    /// when the item was deleted or replaced since, see [`Vault::put_key_back`].
    pub fn probe(&self) -> Result<(), VaultError> {
        if let Some(folder) = &self.folder {
            room::check(folder)?;
        }
        let Some(ring) = &self.ring else { return Ok(()) };
        ring.probe()?;
        match ring.read()? {
            Some(key) if key.is(&self.key) => Ok(()),
            Some(_) => Err(VaultError::OtherKey),
            None => Err(VaultError::KeyMissing),
        }
    }

    /// Writes the key that is in use to the keyring again, after its item was deleted there. In the other modes there
    /// is nothing to do.
    ///
    /// # Errors
    /// Each state of the keyring; [`VaultError::OtherKey`] when another key is there, which is left alone.
    pub fn put_key_back(&self) -> Result<(), VaultError> {
        let Some(ring) = &self.ring else { return Ok(()) };
        match ring.read()? {
            Some(key) if key.is(&self.key) => Ok(()),
            Some(_) => Err(VaultError::OtherKey),
            None => ring.write(&self.key),
        }
    }

    /// Seals a secret. It is durable when this returns.
    ///
    /// # Errors
    /// When the disk or the database refuses.
    pub fn put(
        &self,
        label: &Label,
        secret: &SecretString,
        now: OffsetDateTime,
    ) -> Result<RowId, VaultError> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| VaultError::Cryptography)?;
        let id = RowId(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        let row = Stored::new(&id, label, now)?;
        let seal = self.key.seal(&row.place(), secret.expose_secret().as_bytes())?;
        self.rows_now().put(&row, &seal)?;
        Ok(id)
    }

    /// Opens a row.
    ///
    /// # Errors
    /// [`VaultError::NoSuchRow`], or [`VaultError::Altered`] when it was changed, moved or relabelled.
    pub fn get(&self, id: &RowId) -> Result<SecretString, VaultError> {
        let (row, seal) =
            self.rows_now().find(id)?.ok_or_else(|| VaultError::NoSuchRow { id: id.to_string() })?;
        let altered = || VaultError::Altered { id: id.to_string() };
        let plain = self.key.open(&row.place(), &seal).ok_or_else(altered)?;
        std::str::from_utf8(&plain).map(SecretString::from).map_err(|_| altered())
    }

    /// The rows of a connection, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub fn rows(&self, connection: &str) -> Result<Vec<Row>, VaultError> {
        self.rows_now().of(connection)
    }

    /// Deletes a row, from free pages and the write-ahead log too.
    ///
    /// # Errors
    /// When there is no such row or the database refuses.
    pub fn delete(&self, id: &RowId) -> Result<(), VaultError> {
        match self.rows_now().delete(id)? {
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

    fn rows_now(&self) -> MutexGuard<'_, Rows> {
        // A panic while it was held rolled its transaction back, so the rows are whole.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key from the keyring; a new one only where nothing is sealed yet.
fn ring_key(rows: &mut Rows, ring: &Ring) -> Result<Key, VaultError> {
    ring.probe()?;
    let key = match ring.read()? {
        Some(key) => key,
        None if !rows.is_empty()? => return Err(VaultError::KeyMissing),
        None => {
            let key = Key::generate()?;
            ring.write(&key)?;
            key
        }
    };
    match opens_check(rows, &key)? {
        Some(true) => Ok(key),
        Some(false) if !rows.is_empty()? => Err(VaultError::OtherKey),
        _ => {
            rows.set(&[mode_setting("keyring"), check_setting(&key)?])?;
            Ok(key)
        }
    }
}

fn passphrase_key(rows: &mut Rows, passphrase: &SecretString) -> Result<Key, VaultError> {
    let (key, mut new) = passphrase::key(rows, passphrase)?;
    if !new.is_empty() {
        new.extend([mode_setting("passphrase"), check_setting(&key)?]);
        rows.set(&new)?;
        return Ok(key);
    }
    match opens_check(rows, &key)? {
        Some(true) => Ok(key),
        Some(false) => Err(VaultError::WrongPassphrase),
        None => Err(VaultError::Altered { id: "settings".to_owned() }),
    }
}

const CHECK: &[u8] = b"footbridge vault check";

/// Tells whether the key opens the vault's check word; `None` where there is no word yet.
fn opens_check(rows: &Rows, key: &Key) -> Result<Option<bool>, VaultError> {
    let Some(text) = rows.setting("check")? else { return Ok(None) };
    let seal = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    Ok(Some(key.open(CHECK, &seal).is_some_and(|word| word.as_slice() == CHECK)))
}

fn check_setting(key: &Key) -> Result<Setting, VaultError> {
    Ok(("check", URL_SAFE_NO_PAD.encode(key.seal(CHECK, CHECK)?)))
}

fn mode_setting(name: &str) -> Setting {
    ("mode", name.to_owned())
}
