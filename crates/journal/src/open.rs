//! Opens the diary's file: owner-only from its creation on, and a damaged one is set aside under a name that says so.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OpenFlags};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::{Journal, JournalError, Signer, Stored, Verdict, verdict};

/// An opened journal.
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// Where a damaged one was put.
    pub set_aside: Option<PathBuf>,
}

impl Journal {
    /// Opens or makes the journal. `now` names a damaged file that has to be set aside.
    ///
    /// # Errors
    /// When the file cannot be made, or SQLite refuses for another reason than damage.
    pub fn open_at(path: &Path, signer: Arc<dyn Signer>, now: OffsetDateTime) -> Result<Opened, JournalError> {
        make_folder(path)?;
        match connect(path) {
            Ok(database) => Self::take(database, signer, None),
            Err(JournalError::Database(error)) if is_damage(&error) => {
                let aside = set_aside(path, now)?;
                Self::take(connect(path)?, signer, Some(aside))
            }
            Err(error) => Err(error),
        }
    }

    /// Opens or makes the journal now.
    ///
    /// # Errors
    /// As `open_at`.
    pub fn open(path: &Path, signer: Arc<dyn Signer>) -> Result<Opened, JournalError> {
        Self::open_at(path, signer, OffsetDateTime::now_utc())
    }

    /// A journal in memory, for a run that keeps nothing.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn in_memory(signer: Arc<dyn Signer>) -> Result<Self, JournalError> {
        let database = Connection::open_in_memory()?;
        prepare(&database)?;
        Ok(Self { database: Mutex::new(database), signer, read_only: false })
    }

    fn take(database: Connection, signer: Arc<dyn Signer>, set_aside: Option<PathBuf>) -> Result<Opened, JournalError> {
        let mut journal = Self { database: Mutex::new(database), signer, read_only: false };
        journal.read_only = !journal.first_row_is_ours()?;
        Ok(Opened { journal, set_aside })
    }

    /// The first row tells whose key made the chain.
    fn first_row_is_ours(&self) -> Result<bool, JournalError> {
        let rows: Vec<Stored> = self.stored(None)?.into_iter().take(1).collect();
        Ok(matches!(verdict(&rows, 0, self.signer.as_ref()), Verdict::Intact { .. }))
    }
}

fn make_folder(path: &Path) -> Result<(), JournalError> {
    let file = |why| JournalError::File { path: path.display().to_string(), why };
    if let Some(folder) = path.parent()
        && !folder.exists()
    {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(file)?;
    }
    let is_link = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_symlink());
    if is_link {
        return Err(file(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is a link")));
    }
    if !path.exists() {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(file(error)),
        }
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, JournalError> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    prepare(&database)?;
    let sound: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound == "ok" {
        Ok(database)
    } else {
        Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None).into())
    }
}

fn prepare(database: &Connection) -> Result<(), JournalError> {
    database.busy_timeout(std::time::Duration::from_secs(20))?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;
         CREATE TABLE IF NOT EXISTS entries (
             seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, connection TEXT NOT NULL,
             event TEXT NOT NULL, tag BLOB NOT NULL) STRICT;
         CREATE INDEX IF NOT EXISTS entries_of_connection ON entries (connection, seq);",
    )?;
    Ok(())
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

fn set_aside(path: &Path, now: OffsetDateTime) -> Result<PathBuf, JournalError> {
    let file = |why| JournalError::File { path: path.display().to_string(), why };
    let stamp = now
        .format(format_description!("[year][month][day]-[hour][minute][second]"))
        .unwrap_or_else(|_| "then".to_owned());
    let mut aside = path.with_file_name(format!("journal-damaged-{stamp}.db"));
    let mut count = 1;
    while aside.exists() {
        count += 1;
        aside = path.with_file_name(format!("journal-damaged-{stamp}-{count}.db"));
    }
    std::fs::rename(path, &aside).map_err(file)?;
    for end in ["-wal", "-shm"] {
        let beside = PathBuf::from(format!("{}{end}", path.display()));
        if beside.exists() {
            std::fs::rename(&beside, format!("{}{end}", aside.display())).map_err(file)?;
        }
    }
    make_folder(path)?;
    Ok(aside)
}
