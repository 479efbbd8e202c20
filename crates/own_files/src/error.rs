//! What can go wrong with a folder, a file and a database, as closed lists with what to do. No error carries content.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why a folder or file was not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The path is a symbolic link, or a file with further hard links.
    #[error("{} is a link. Footbridge opens only plain files and folders: remove the link, or choose another folder.", path.display())]
    Link {
        /// The refused path.
        path: PathBuf,
    },
    /// The path belongs to another user.
    #[error("{} belongs to another user. Choose a folder of your own.", path.display())]
    ForeignOwner {
        /// The refused path.
        path: PathBuf,
    },
    /// Group or others may write, so somebody else could have planted what is there.
    #[error("{} can be changed by other users. Take their right to write away (chmod go-w), then open again.", path.display())]
    TooOpen {
        /// The refused path.
        path: PathBuf,
    },
    /// There is something else where the folder should be.
    #[error("{} is not a folder. Choose another one.", path.display())]
    NotAFolder {
        /// The refused path.
        path: PathBuf,
    },
    /// There is something else where the file should be.
    #[error("{} is not a plain file. Move it away, then open again.", path.display())]
    NotAFile {
        /// The refused path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{} could not be {doing}: {kind}. Check the permissions and the free space there.", path.display())]
    Refused {
        /// The path in question.
        path: PathBuf,
        /// What was tried, as a past participle such as "created".
        doing: &'static str,
        /// What the system said.
        kind: io::ErrorKind,
    },
}

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
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// The folder or a file in it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}
