//! The folder and files that only this user may open: made with mode 0700 and 0600 from the first moment,
//! whatever the umask, and checked for planted links, foreign owners and open permissions.
//! It must never follow a symbolic link and never overwrite a file. `journal` and `vault` each hold a copy,
//! because neither may import the other.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

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

/// Makes the folder (and missing parents) with mode 0700 or checks the one that is there; answers its real path.
pub(crate) fn prepare_folder(folder: &Path) -> Result<PathBuf, FolderError> {
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
pub(crate) fn lock(file: &Path) -> Result<File, FolderError> {
    prepare_file(file)?;
    let open = fs::OpenOptions::new().read(true).write(true).open(file).map_err(refused(file, "opened"))?;
    open.lock().map_err(refused(file, "locked"))?;
    Ok(open)
}

/// Renames a database with its write-ahead files to `<stem>-damaged-<now>.db`, under a name that is not yet taken,
/// and answers that name.
pub(crate) fn set_aside(database: &Path, now: OffsetDateTime) -> Result<PathBuf, FolderError> {
    let target = free_name(database, now);
    for ending in ["-wal", "-shm", ""] {
        let (from, to) = (with_ending(database, ending), with_ending(&target, ending));
        match fs::rename(&from, &to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound && !ending.is_empty() => {}
            Err(error) => return Err(refused(&from, "set aside")(error)),
        }
    }
    Ok(target)
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

fn free_name(database: &Path, now: OffsetDateTime) -> PathBuf {
    let stem = database.file_stem().and_then(|stem| stem.to_str()).unwrap_or("database");
    let format = format_description!("[year][month][day]-[hour][minute][second]");
    let stamp = now.to_offset(UtcOffset::UTC).format(format).unwrap_or_default();
    let mut number = 1_u32;
    loop {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let name = database.with_file_name(format!("{stem}-damaged-{stamp}{suffix}.db"));
        if fs::symlink_metadata(&name).is_err() {
            return name;
        }
        number += 1;
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn refused<'a>(path: &'a Path, doing: &'static str) -> impl Fn(io::Error) -> FolderError + 'a {
    move |error| FolderError::Refused { path: path.to_owned(), doing, kind: error.kind() }
}

#[cfg(unix)]
mod platform {
    use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use super::{FolderError, refused};

    const WRITABLE_BY_OTHERS: u32 = 0o022;
    const STICKY: u32 = 0o1000;

    pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(folder)?;
        // A umask such as 0777 takes the owner's own rights away.
        fs::set_permissions(folder, Permissions::from_mode(0o700))
    }

    pub(super) fn create_private(file: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(file)
    }

    pub(super) fn make_private(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o600))
    }

    pub(super) fn check_folder(folder: &Path, found: &Metadata) -> Result<(), FolderError> {
        check_owner(folder, found)?;
        if let Some(parent) = folder.parent() {
            let above = fs::metadata(parent).map_err(refused(parent, "read"))?;
            if above.mode() & 0o002 != 0 && above.mode() & STICKY == 0 {
                return Err(FolderError::TooOpen { path: parent.to_owned() });
            }
        }
        let open_to_others = found.mode() & WRITABLE_BY_OTHERS != 0;
        if open_to_others && fs::read_dir(folder).map_err(refused(folder, "read"))?.next().is_some() {
            return Err(FolderError::TooOpen { path: folder.to_owned() });
        }
        if found.mode() & 0o777 != 0o700 {
            fs::set_permissions(folder, Permissions::from_mode(0o700))
                .map_err(refused(folder, "made private"))?;
        }
        Ok(())
    }

    pub(super) fn check_file(file: &Path, found: &Metadata) -> Result<(), FolderError> {
        check_owner(file, found)?;
        if found.nlink() != 1 {
            return Err(FolderError::Link { path: file.to_owned() });
        }
        if found.mode() & WRITABLE_BY_OTHERS != 0 {
            return Err(FolderError::TooOpen { path: file.to_owned() });
        }
        if found.mode() & 0o777 != 0o600 {
            fs::set_permissions(file, Permissions::from_mode(0o600))
                .map_err(refused(file, "made private"))?;
        }
        Ok(())
    }

    fn check_owner(path: &Path, found: &Metadata) -> Result<(), FolderError> {
        if found.uid() == rustix::process::geteuid().as_raw() {
            return Ok(());
        }
        Err(FolderError::ForeignOwner { path: path.to_owned() })
    }
}

#[cfg(not(unix))]
mod platform {
    use std::fs::{self, File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    use super::FolderError;

    // Below the user's profile Windows inherits an access list that names the user, SYSTEM and Administrators only.
    pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
        fs::create_dir(folder)
    }

    pub(super) fn create_private(file: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(file)
    }

    pub(super) fn make_private(_file: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn check_folder(_folder: &Path, _found: &Metadata) -> Result<(), FolderError> {
        Ok(())
    }

    pub(super) fn check_file(_file: &Path, _found: &Metadata) -> Result<(), FolderError> {
        Ok(())
    }
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

    #[test]
    fn setting_aside_never_overwrites() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("x.db");
        let now = time::macros::datetime!(2027-01-15 09:00 +1);
        let mut names = Vec::new();
        for content in ["one", "two"] {
            fs::write(&file, content).unwrap();
            fs::write(temp.path().join("x.db-wal"), content).unwrap();
            names.push(set_aside(&file, now).unwrap());
        }
        assert_eq!(names[0].file_name().unwrap(), "x-damaged-20270115-080000.db");
        assert_eq!(names[1].file_name().unwrap(), "x-damaged-20270115-080000-2.db");
        assert_eq!(fs::read_to_string(&names[0]).unwrap(), "one");
        assert_eq!(fs::read_to_string(with_ending(&names[1], "-wal")).unwrap(), "two");
        assert!(!file.exists());
    }
}
