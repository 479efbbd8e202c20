//! What the receiver remembers, in one folder that only its owner may open: open offers with their keys, signers that a
//! person agreed to, and bundles that were taken. It never holds what a bundle carries, and a key goes with its offer.

use std::fs::File;
use std::path::{Path, PathBuf};

use bundle::{Accepts, OwnKey};
use certs::PrivateKey;
use own_files::{DatabaseFault, FolderError, OpenFault};
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use time::OffsetDateTime;

use crate::tables::TABLES;

/// Why the state folder was not used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The folder or a file in it is a link.
    #[error("{} is a link. The receiver opens only plain files and folders: remove the link, or choose another folder.", path.display())]
    Link {
        /// The refused path.
        path: PathBuf,
    },
    /// The folder or a file in it cannot be used for another reason.
    #[error(transparent)]
    Folder(FolderError),
    /// Another process held the database for longer than ten seconds.
    #[error(
        "the receiver's memory could not be used: another process is using it. Wait for it to end and try again"
    )]
    Busy,
    /// The database's content is not what SQLite or this program wrote. Nothing sets it aside: with a new one, bundles that
    /// were taken could be taken again.
    #[error(
        "the receiver's memory could not be used: its content is damaged. Begin with another --state folder and a new offer"
    )]
    Damaged,
    /// The database cannot be used for another reason.
    #[error("the receiver's memory could not be used: {0}")]
    Database(#[source] DatabaseFault),
}

// What to do is another thing on a product's server than at the desk, for which the faults have their words.
impl From<FolderError> for MemoryError {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Link { path } => MemoryError::Link { path },
            other => MemoryError::Folder(other),
        }
    }
}

impl From<DatabaseFault> for MemoryError {
    fn from(fault: DatabaseFault) -> Self {
        match fault {
            DatabaseFault::Busy => MemoryError::Busy,
            DatabaseFault::Damaged => MemoryError::Damaged,
            other => MemoryError::Database(other),
        }
    }
}

impl From<OpenFault> for MemoryError {
    fn from(fault: OpenFault) -> Self {
        match fault {
            OpenFault::Folder(error) => error.into(),
            OpenFault::Database(fault) => fault.into(),
        }
    }
}

impl From<rusqlite::Error> for MemoryError {
    fn from(error: rusqlite::Error) -> Self {
        DatabaseFault::from(error).into()
    }
}

/// A key and its certificate, made here; the private half never leaves but into the files that were asked for.
#[derive(Debug)]
pub struct OwnCertificate {
    /// The certificate in PEM.
    pub pem: String,
    /// Its key.
    pub key: PrivateKey,
}

/// An offer that no bundle has answered yet.
pub(crate) struct OpenOffer {
    pub(crate) nonce: String,
    pub(crate) product: String,
    pub(crate) install_id: String,
    pub(crate) accepts: Vec<Accepts>,
    pub(crate) key: OwnKey,
    pub(crate) certificate: Option<OwnCertificate>,
    pub(crate) expires_at: OffsetDateTime,
}

/// A bundle that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) jti: String,
    /// The thumbprint of the key that it was sealed to.
    pub(crate) kid: String,
    /// SHA-256 of the sealed text.
    pub(crate) digest: Vec<u8>,
    /// Its length in bytes.
    pub(crate) total: usize,
    /// The receipt, JSON.
    pub(crate) receipt: String,
}

/// A signer that a person agreed to, for one product and one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) product: String,
    pub(crate) tenant: String,
    pub(crate) fingerprint: String,
}

/// The receiver's memory.
#[derive(Debug)]
pub struct Memory {
    folder: PathBuf,
    pub(crate) connection: Connection,
}

impl Memory {
    /// Opens the state folder, or makes it for its owner alone, and forgets offers that are past their end.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn open(path: &Path, now: OffsetDateTime) -> Result<Memory, MemoryError> {
        let folder = own_files::prepare_folder(path)?;
        let file = folder.join("receiver.db");
        let opening = own_files::lock(&folder.join("open.lock"))?;
        let connection = own_files::open(&file, &TABLES)?;
        drop(opening);
        let memory = Memory { folder, connection };
        let over = (now - bundle::CLOCK_TOLERANCE).unix_timestamp();
        if memory.connection.execute("DELETE FROM offers WHERE expires < ?1", [over])? > 0 {
            memory.wipe_log();
        }
        Ok(memory)
    }

    /// Waits until no other process takes a bundle in; ends when the answer is dropped.
    pub(crate) fn lock(&self) -> Result<File, MemoryError> {
        Ok(own_files::lock(&self.folder.join("taking.lock"))?)
    }

    pub(crate) fn add_offer(&self, offer: &OpenOffer) -> Result<(), MemoryError> {
        let accepts = serde_json::to_string(&offer.accepts).map_err(|_| DatabaseFault::Damaged)?;
        let key = offer.key.to_jwk().map_err(|_| DatabaseFault::Damaged)?;
        self.connection.execute(
            "INSERT INTO offers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                offer.nonce,
                offer.product,
                offer.install_id,
                offer.key.recipient().thumbprint(),
                accepts,
                key.expose_secret(),
                offer.certificate.as_ref().map(|own| own.pem.as_str()),
                offer.certificate.as_ref().map(|own| own.key.pkcs8().expose_secret().as_slice()),
                offer.expires_at.unix_timestamp(),
            ],
        )?;
        Ok(())
    }

    /// The open offer whose key opens a bundle with this `kid`.
    pub(crate) fn offer_for(&self, kid: &str) -> Result<Option<OpenOffer>, MemoryError> {
        let sql = "SELECT nonce, product, install_id, accepts, own_key, certificate, certificate_key, expires \
                   FROM offers WHERE kid = ?1";
        let found = self.connection.query_row(sql, [kid], |row| Ok(read_offer(row))).optional()?;
        Ok(found.transpose()?)
    }

    /// How many offers are open.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn open_offers(&self) -> Result<usize, MemoryError> {
        let count: i64 = self.connection.query_row("SELECT count(*) FROM offers", [], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    pub(crate) fn taken(&self, jti: &str) -> Result<Option<Taken>, MemoryError> {
        self.taken_by("jti", jti)
    }

    pub(crate) fn taken_for(&self, kid: &str) -> Result<Option<Taken>, MemoryError> {
        self.taken_by("kid", kid)
    }

    fn taken_by(&self, column: &str, value: &str) -> Result<Option<Taken>, MemoryError> {
        let sql = format!("SELECT jti, kid, digest, total, receipt FROM taken WHERE {column} = ?1");
        let read = |row: &Row<'_>| {
            Ok(Taken {
                jti: row.get(0)?,
                kid: row.get(1)?,
                digest: row.get(2)?,
                total: usize::try_from(row.get::<_, i64>(3)?).unwrap_or_default(),
                receipt: row.get(4)?,
            })
        };
        Ok(self.connection.query_row(&sql, [value], read).optional()?)
    }

    /// The fingerprints that were agreed to for a product, with their tenants, the newest first.
    pub(crate) fn agreed(&self, product: &str) -> Result<Vec<Agreed>, MemoryError> {
        let sql =
            "SELECT tenant, fingerprint FROM signers WHERE product = ?1 ORDER BY first_seen DESC, rowid DESC";
        let mut asked = self.connection.prepare(sql)?;
        let rows = asked.query_map([product], |row| {
            Ok(Agreed { product: product.to_owned(), tenant: row.get(0)?, fingerprint: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Step 12, in one transaction: the offer goes with its keys, the bundle counts as taken, its files count as final,
    /// and the signer as agreed to. `false` where another process was faster; nothing has changed then.
    pub(crate) fn burn(
        &mut self,
        nonce: &str,
        taken: &Taken,
        agreed: &Agreed,
        now: OffsetDateTime,
    ) -> Result<bool, MemoryError> {
        let burning = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let open = burning.execute("DELETE FROM offers WHERE nonce = ?1", [nonce])?;
        let new = burning.execute(
            "INSERT OR IGNORE INTO taken VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                taken.jti,
                taken.kid,
                taken.digest,
                i64::try_from(taken.total).unwrap_or_default(),
                taken.receipt
            ],
        )?;
        if (open, new) != (1, 1) {
            return Ok(false);
        }
        burning.execute("UPDATE writes SET settled = 1 WHERE jti = ?1", [&taken.jti])?;
        burning.execute("DELETE FROM questions WHERE jti = ?1", [&taken.jti])?;
        burning.execute(
            "INSERT OR IGNORE INTO signers VALUES (?1, ?2, ?3, ?4)",
            params![agreed.product, agreed.tenant, agreed.fingerprint, now.unix_timestamp()],
        )?;
        burning.commit()?;
        self.wipe_log();
        Ok(true)
    }

    /// Empties SQLite's log, where deleted keys would stay until it is overwritten.
    fn wipe_log(&self) {
        // A reader elsewhere can stand in the way; the log is emptied at the next time or when the last one closes.
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    /// Remembers where listening answers, and the certificate that was made for it.
    pub(crate) fn add_endpoint(&self, path: &str, own: Option<&OwnCertificate>) -> Result<(), MemoryError> {
        self.connection.execute(
            "INSERT INTO endpoints VALUES (?1, ?2, ?3) ON CONFLICT (path) DO UPDATE SET \
             certificate = coalesce(excluded.certificate, certificate), \
             certificate_key = coalesce(excluded.certificate_key, certificate_key)",
            params![
                path,
                own.map(|own| own.pem.as_str()),
                own.map(|own| own.key.pkcs8().expose_secret().as_slice())
            ],
        )?;
        Ok(())
    }

    /// Whether bundles are taken at this path.
    pub(crate) fn serves(&self, path: &str) -> Result<bool, MemoryError> {
        let sql = "SELECT 1 FROM endpoints WHERE path = ?1";
        Ok(self.connection.query_row(sql, [path], |_| Ok(())).optional()?.is_some())
    }

    /// The certificate that an offer promised for the address, where one was made here.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn own_certificate(&self) -> Result<Option<OwnCertificate>, MemoryError> {
        let sql = "SELECT certificate, certificate_key FROM endpoints WHERE certificate IS NOT NULL LIMIT 1";
        let found = self.connection.query_row(sql, [], |row| Ok(read_certificate(row, 0))).optional()?;
        Ok(found.transpose()?.flatten())
    }
}

fn read_offer(row: &Row<'_>) -> Result<OpenOffer, DatabaseFault> {
    let damaged = |_| DatabaseFault::Damaged;
    let accepts: String = row.get(3)?;
    let key = OwnKey::from_jwk(&SecretString::from(row.get::<_, String>(4)?));
    Ok(OpenOffer {
        nonce: row.get(0)?,
        product: row.get(1)?,
        install_id: row.get(2)?,
        accepts: serde_json::from_str(&accepts).map_err(|_| DatabaseFault::Damaged)?,
        key: key.map_err(|_| DatabaseFault::Damaged)?,
        certificate: read_certificate(row, 5)?,
        expires_at: OffsetDateTime::from_unix_timestamp(row.get(7)?).map_err(damaged)?,
    })
}

/// A certificate in this column and its key in the next one.
fn read_certificate(row: &Row<'_>, at: usize) -> Result<Option<OwnCertificate>, DatabaseFault> {
    let (Some(pem), Some(mut der)) =
        (row.get::<_, Option<String>>(at)?, row.get::<_, Option<Vec<u8>>>(at + 1)?)
    else {
        return Ok(None);
    };
    let boxed = SecretBox::new(Box::new(der.clone()));
    der.zeroize();
    let key = PrivateKey::from_pkcs8(&boxed).map_err(|_| DatabaseFault::Damaged)?;
    Ok(Some(OwnCertificate { pem, key }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 09:00 UTC);

    #[test]
    fn what_stops_the_memory_is_told_for_whoever_runs_a_receiver() {
        let path = PathBuf::from("state");
        let link = MemoryError::from(FolderError::Link { path: path.clone() });
        assert_eq!(
            link.to_string(),
            "state is a link. The receiver opens only plain files and folders: remove the link, or choose another folder."
        );
        let foreign = MemoryError::from(OpenFault::Folder(FolderError::ForeignOwner { path }));
        assert_eq!(foreign.to_string(), "state belongs to another user. Choose a folder of your own.");
        let told = |fault: DatabaseFault| MemoryError::from(OpenFault::Database(fault)).to_string();
        for (fault, words) in [
            (DatabaseFault::Busy, "another process is using it. Wait for it to end and try again"),
            (
                DatabaseFault::Damaged,
                "its content is damaged. Begin with another --state folder and a new offer",
            ),
            (DatabaseFault::Full, "the disk is full. Free some space and try again"),
            (DatabaseFault::Newer, "a newer version of Footbridge wrote it. Use that version"),
        ] {
            assert_eq!(told(fault), format!("the receiver's memory could not be used: {words}"));
        }
    }

    #[test]
    fn strange_tables_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::open(folder.path(), NOW).unwrap();
        memory
            .connection
            .execute_batch("CREATE TRIGGER t AFTER DELETE ON offers BEGIN SELECT 1; END")
            .unwrap();
        drop(memory);
        assert!(matches!(Memory::open(folder.path(), NOW), Err(MemoryError::Damaged)));
    }

    #[test]
    fn a_damaged_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receiver.db");
        let before = "this is no database, but it is long enough to be taken for one ".repeat(20);
        std::fs::write(&file, &before).unwrap();
        assert!(matches!(Memory::open(folder.path(), NOW), Err(MemoryError::Damaged)));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    }

    #[cfg(unix)]
    #[test]
    fn planted_links_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        std::fs::write(&elsewhere, "kept").unwrap();
        for name in ["receiver.db", "receiver.db-wal", "open.lock"] {
            let state = folder.path().join(name.replace('.', "-"));
            drop(Memory::open(&state, NOW).unwrap());
            let planted = state.join(name);
            let _ = std::fs::remove_file(&planted);
            std::os::unix::fs::symlink(&elsewhere, &planted).unwrap();
            match Memory::open(&state, NOW) {
                Err(MemoryError::Link { path }) => assert!(path.ends_with(name), "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        }
        assert_eq!(std::fs::read_to_string(elsewhere).unwrap(), "kept");
    }

    #[cfg(unix)]
    #[test]
    fn the_files_belong_to_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let memory = Memory::open(&state, NOW).unwrap();
        let _taking = memory.lock().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&state), 0o700);
        let files: Vec<PathBuf> =
            std::fs::read_dir(&state).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.len() >= 3, "{files:?}");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}
