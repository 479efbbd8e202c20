//! What can go wrong with the vault, each with what to do now. None carries anything that came out of the keyring:
//! the keyring's own errors can hold the secret that could not be decoded.

use std::path::PathBuf;

use own_files::{DatabaseFault, FolderError, OpenFault};

/// What can go wrong with the vault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is no keyring service.
    #[error("no keyring service answers here; start one, or choose a passphrase vault or a vault in memory")]
    Absent,
    /// The keyring is locked.
    #[error("the keyring is locked; unlock it and try again")]
    Locked,
    /// The keyring's prompt was dismissed, or a rule of the system forbids it.
    #[error("the keyring refused; allow Footbridge to use it and try again")]
    Denied,
    /// The keyring does not give back what was put in.
    #[error(
        "the keyring gives back something else than was put in; remove Footbridge's items there, or choose a \
         passphrase vault"
    )]
    Broken,
    /// The keyring did not answer within 20 seconds.
    #[error("the keyring did not answer within 20 seconds; see whether it waits for you in another window")]
    Slow,
    /// Sealed rows exist and their key does not.
    #[error(
        "this vault holds sealed rows, and their key is no longer in the keyring; bring the keyring item back, or \
         move vault.db away and start anew"
    )]
    KeyMissing,
    /// Sealed rows exist and the keyring's key is not theirs.
    #[error(
        "this vault's rows were sealed under another key than the one in the keyring; bring the right item back, or \
         move vault.db away and start anew"
    )]
    OtherKey,
    /// The passphrase is not the one the vault was made with.
    #[error("the passphrase does not open this vault; type it again")]
    WrongPassphrase,
    /// No passphrase was given.
    #[error("the passphrase is empty; choose one that is hard to guess")]
    EmptyPassphrase,
    /// The vault was made in another mode.
    #[error("this vault was made in the mode {made}, and {asked} was asked for; use --vault {made}")]
    OtherMode {
        /// How it was made.
        made: String,
        /// What was asked for.
        asked: String,
    },
    /// No such row.
    #[error("the vault holds no row {id}")]
    NoSuchRow {
        /// The row's id.
        id: String,
    },
    /// A row does not open: it was altered or moved.
    #[error("row {id} of the vault was altered; it cannot be opened")]
    Altered {
        /// The row's id, or `settings` for the vault's own.
        id: String,
    },
    /// The disk has too little room for a secret to be brought that nobody shows again.
    #[error("the disk of {} has {mebibytes} MiB left, and 16 MiB are needed before a secret is made; make room there and go on", path.display())]
    NoRoom {
        /// The vault's folder.
        path: PathBuf,
        /// What is left there, in whole mebibytes.
        mebibytes: u64,
    },
    /// The folder or file cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// SQLite refused.
    #[error("the vault {} cannot be used: {fault}", path.display())]
    Database {
        /// The database file; `:memory:` for a vault in memory.
        path: PathBuf,
        /// What SQLite said.
        fault: DatabaseFault,
    },
    /// The cryptographic library refused.
    #[error("the cryptographic library refused to work; start Footbridge again")]
    Cryptography,
}

impl VaultError {
    pub(crate) fn opening(path: PathBuf) -> impl FnOnce(OpenFault) -> VaultError {
        move |fault| match fault {
            OpenFault::Folder(error) => VaultError::Folder(error),
            OpenFault::Database(fault) => VaultError::Database { path, fault },
        }
    }
}
