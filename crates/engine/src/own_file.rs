//! New files for their owner alone: mode 0600 from the first moment and whatever the umask takes away, never through a
//! link and never over another file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Makes a new file.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    own(&file)?;
    Ok(file)
}

/// Writes a new file, to the disk.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a file the mode that it was made with: a umask such as 0777 takes the owner's own rights away.
pub(crate) fn own(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_new_file_is_for_its_owner_and_nothing_is_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"1").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(write(&path, b"2").is_err());
        symlink(folder.path().join("elsewhere"), folder.path().join("link")).unwrap();
        assert!(write(&folder.path().join("link"), b"2").is_err());
        assert!(!folder.path().join("elsewhere").exists());
        assert_eq!(std::fs::read(&path).unwrap(), b"1");
    }
}
