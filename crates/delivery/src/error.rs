//! What can go wrong with a delivery, as a closed list. No error carries a byte of what was to be delivered.

use std::io;
use std::path::{Path, PathBuf};

/// Why nothing was delivered. In each case the place is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The name is not one plain file name.
    #[error(
        "the file was not written: \"{name}\" is not a plain file name; use letters, digits, dots and hyphens"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// There is no such folder.
    #[error("the file was not written: the folder {} does not exist; make it or choose another one", .folder.display())]
    MissingFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The place is something else than a folder.
    #[error("the file was not written: {} is not a folder; choose a folder", .folder.display())]
    NotAFolder {
        /// The place.
        folder: PathBuf,
    },
    /// The folder or the target is a symbolic link.
    #[error("the file was not written: {} is a link; choose the real place", .path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A file of this name is there.
    #[error("the file was not written: {} is there already; move it away or choose another name", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The volume is full, or the person's quota is.
    #[error("the file was not written: there is no space left in {}; free some or choose another folder", .folder.display())]
    NoSpace {
        /// The folder.
        folder: PathBuf,
    },
    /// No right to write there, or the volume is read-only.
    #[error("the file was not written: this account may not write in {}; choose another folder", .folder.display())]
    NoRight {
        /// The folder.
        folder: PathBuf,
    },
    /// Anything else that the operating system reports.
    #[error("the file was not written in {}; the system says: {source}", .folder.display())]
    System {
        /// The folder.
        folder: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
}

impl DeliveryError {
    /// The error that a person can act on, by the kind that the operating system reports.
    pub(crate) fn of(folder: &Path, source: io::Error) -> DeliveryError {
        let folder = folder.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound => DeliveryError::MissingFolder { folder },
            io::ErrorKind::NotADirectory => DeliveryError::NotAFolder { folder },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DeliveryError::NoSpace { folder },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                DeliveryError::NoRight { folder }
            }
            _ => DeliveryError::System { folder, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_error() {
        let error = |kind: io::ErrorKind| DeliveryError::of(Path::new("/f"), kind.into());
        assert!(matches!(error(io::ErrorKind::StorageFull), DeliveryError::NoSpace { .. }));
        assert!(matches!(error(io::ErrorKind::QuotaExceeded), DeliveryError::NoSpace { .. }));
        assert!(matches!(error(io::ErrorKind::PermissionDenied), DeliveryError::NoRight { .. }));
        assert!(matches!(error(io::ErrorKind::ReadOnlyFilesystem), DeliveryError::NoRight { .. }));
        assert!(matches!(error(io::ErrorKind::NotFound), DeliveryError::MissingFolder { .. }));
        assert!(matches!(error(io::ErrorKind::BrokenPipe), DeliveryError::System { .. }));
    }
}
