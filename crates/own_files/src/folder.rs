//! The folder and files that only this user may open: made with mode 0700 and 0600 from the first moment,
//! whatever the umask, and checked for planted links, foreign owners and open permissions.
//! It must never follow a symbolic link and never overwrite a file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::FolderError;
use crate::platform;

/// Makes the folder (and missing parents) with mode 0700 or checks the one that is there; answers its real path.
///
/// # Errors
/// [`FolderError`].
pub fn prepare_folder(folder: &Path) -> Result<PathBuf, FolderError> {
    make_missing(folder)?;
    let found = fs::symlink_metadata(folder).map_err(refused(folder, "read"))?;
    if found.is_symlink() {
        return Err(FolderError::Link { path: folder.to_owned() });
    }
    if !found.is_dir() {
        return Err(FolderError::NotAFolder { path: folder.to_owned() });
    }
    let real = folder.canonicalize().map_err(refused(folder, "read"))?;
    platform::check_folder(&real, &found)?;
    Ok(real)
}

/// Makes the file with mode 0600 or checks the one that is there. The folder must have been prepared before.
pub(crate) fn prepare_file(file: &Path) -> Result<(), FolderError> {
    match platform::create_private(file) {
        Ok(made) => platform::make_private(&made).map_err(refused(file, "made private")),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check_file(file),
        Err(error) => Err(refused(file, "created")(error)),
    }
}

/// Checks the files that SQLite keeps beside a database, where they are there: it would use or remove what was planted.
pub(crate) fn check_beside(database: &Path) -> Result<(), FolderError> {
    for ending in ["-wal", "-shm", "-journal"] {
        let beside = with_ending(database, ending);
        // Another process may take them away at any moment, which is as good as their not being there.
        match check_file(&beside) {
            Err(FolderError::Refused { kind: io::ErrorKind::NotFound, .. }) => {}
            checked => checked?,
        }
    }
    Ok(())
}

/// Waits for the folder's lock file; the lock ends when the answer is dropped or the process ends.
///
/// # Errors
/// [`FolderError`].
pub fn lock(file: &Path) -> Result<File, FolderError> {
    prepare_file(file)?;
    let open = fs::OpenOptions::new().read(true).write(true).open(file).map_err(refused(file, "opened"))?;
    open.lock().map_err(refused(file, "locked"))?;
    Ok(open)
}

fn make_missing(folder: &Path) -> Result<(), FolderError> {
    if fs::symlink_metadata(folder).is_ok() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_missing(parent)?;
    }
    match platform::create_folder(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(refused(folder, "created")(error)),
        _ => Ok(()),
    }
}

fn check_file(file: &Path) -> Result<(), FolderError> {
    let found = fs::symlink_metadata(file).map_err(refused(file, "read"))?;
    if found.is_symlink() {
        return Err(FolderError::Link { path: file.to_owned() });
    }
    if !found.is_file() {
        return Err(FolderError::NotAFile { path: file.to_owned() });
    }
    platform::check_file(file, &found)
}

pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

pub(crate) fn refused<'a>(path: &'a Path, doing: &'static str) -> impl Fn(io::Error) -> FolderError + 'a {
    move |error| FolderError::Refused { path: path.to_owned(), doing, kind: error.kind() }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn folders_are_made_for_the_owner_alone() {
        let temp = tempfile::tempdir().unwrap();
        let folder = prepare_folder(&temp.path().join("a/b")).unwrap();
        assert_eq!((mode(&folder), mode(folder.parent().unwrap())), (0o700, 0o700));
    }

    #[test]
    fn files_are_made_for_the_owner_alone() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("x.db");
        prepare_file(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        prepare_file(&file).unwrap();
    }

    #[test]
    fn a_readable_folder_is_closed_and_a_writable_one_with_content_refused() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("data");
        fs::create_dir(&folder).unwrap();
        set_mode(&folder, 0o755);
        prepare_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        fs::write(folder.join("planted"), "x").unwrap();
        set_mode(&folder, 0o777);
        assert!(matches!(prepare_folder(&folder), Err(FolderError::TooOpen { .. })));
    }

    #[test]
    fn a_folder_below_an_open_one_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let above = temp.path().join("above");
        prepare_folder(&above.join("data")).unwrap();
        set_mode(&above, 0o777);
        assert!(matches!(prepare_folder(&above.join("data")), Err(FolderError::TooOpen { .. })));
        set_mode(&above, 0o1777);
        prepare_folder(&above.join("data")).unwrap();
    }

    #[test]
    fn planted_links_are_refused() {
        let temp = tempfile::tempdir().unwrap();
        let (real, link) = (temp.path().join("real"), temp.path().join("link"));
        fs::create_dir(&real).unwrap();
        symlink(&real, &link).unwrap();
        assert!(matches!(prepare_folder(&link), Err(FolderError::Link { .. })));

        fs::write(real.join("target"), "").unwrap();
        symlink(real.join("target"), real.join("x.db")).unwrap();
        assert!(matches!(prepare_file(&real.join("x.db")), Err(FolderError::Link { .. })));
        symlink(real.join("nowhere"), real.join("y.db")).unwrap();
        assert!(matches!(prepare_file(&real.join("y.db")), Err(FolderError::Link { .. })));
        symlink(real.join("target"), real.join("y.db-wal")).unwrap();
        assert!(matches!(check_beside(&real.join("y.db")), Err(FolderError::Link { .. })));
        check_beside(&real.join("x.db")).unwrap();
        fs::hard_link(real.join("target"), real.join("z.db")).unwrap();
        assert!(matches!(prepare_file(&real.join("z.db")), Err(FolderError::Link { .. })));
        assert!(!real.join("nowhere").exists());
    }

    #[test]
    fn a_file_that_others_may_write_is_refused_and_one_they_may_read_is_closed() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("x.db");
        prepare_file(&file).unwrap();
        set_mode(&file, 0o666);
        assert!(matches!(prepare_file(&file), Err(FolderError::TooOpen { .. })));
        set_mode(&file, 0o644);
        prepare_file(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
    }
}
