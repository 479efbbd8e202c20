//! What can go wrong with the journal. No variant carries content of a row.

use std::io;
use std::path::PathBuf;

use own_files::{DatabaseFault, FolderError, OpenFault};

use crate::chain::{Broken, Flaw};

/// Why the journal was not opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The folder or file cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// SQLite refused.
    #[error("The journal {} cannot be used: {fault}.", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        fault: DatabaseFault,
    },
    /// The rows were written under another key, so nothing may be added.
    #[error("The journal {} was written under another key and is read-only. Open it with the vault it belongs to, or \
             move it away to begin a new one.", path.display())]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// The chain does not hold.
    #[error("The journal is not intact at row {at_seq}: {why}. Export it as evidence, then put it aside.")]
    Broken {
        /// The first row that is wrong.
        at_seq: u64,
        /// What is wrong with it.
        why: Flaw,
    },
    /// A value or moment could not be written as text.
    #[error("The event could not be written as JSON.")]
    NotWritable,
    /// An earlier call ended in a panic while it held the journal.
    #[error("The journal is out of order after an earlier failure. Start Footbridge again.")]
    Poisoned,
    /// The export could not be written.
    #[error("The export could not be written: {kind}.")]
    Output {
        /// What the system said.
        kind: io::ErrorKind,
    },
}

impl From<Broken> for JournalError {
    fn from(broken: Broken) -> Self {
        JournalError::Broken { at_seq: broken.at_seq, why: broken.why }
    }
}

impl From<io::Error> for JournalError {
    fn from(error: io::Error) -> Self {
        JournalError::Output { kind: error.kind() }
    }
}

impl JournalError {
    pub(crate) fn opening(path: PathBuf) -> impl FnOnce(OpenFault) -> JournalError {
        move |fault| match fault {
            OpenFault::Folder(error) => JournalError::Folder(error),
            OpenFault::Database(fault) => JournalError::Database { path, fault },
        }
    }
}

/// Why an export was not even read; a forged one is an [`crate::ExportVerdict`], not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Reading failed.
    #[error("The export could not be read: {kind}.")]
    Input {
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// A line is not what an export holds.
    #[error(
        "Line {line} is not a line of a Footbridge journal export. Choose the file that `journal export` wrote."
    )]
    NotAnExport {
        /// The line, from 1 on.
        line: u64,
    },
}
