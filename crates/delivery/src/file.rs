//! Delivery into a folder: the whole file under its name, or nothing. It is readable by its owner only, replaces
//! nothing, and follows no link. Only sealed bundles and pages without secrets belong here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::error::DeliveryError;
use crate::naming::{is_plain, random_tail, sha256};
use crate::receipt::Receipt;

/// Writes `bytes` as `folder/name` and returns when they are on the disk.
///
/// # Errors
/// [`DeliveryError`]; nothing is left behind then.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<Receipt, DeliveryError> {
    write_at(folder, name, bytes, OffsetDateTime::now_utc())
}

/// As [`write`], with the time for the receipt.
///
/// # Errors
/// As [`write`].
pub fn write_at(
    folder: &Path,
    name: &str,
    bytes: &[u8],
    at: OffsetDateTime,
) -> Result<Receipt, DeliveryError> {
    check_name(name)?;
    check_folder(folder)?;
    let path = folder.join(name);
    check_free(folder, &path)?;
    let temporary = Temporary::fill(folder, name, |file| file.write_all(bytes))?;
    publish(folder, &temporary.path, &path, &hard_link)?;
    drop(temporary);
    sync_folder(folder)?;
    Ok(Receipt { path, sha256: sha256(bytes), bytes: bytes.len() as u64, at })
}

fn check_name(name: &str) -> Result<(), DeliveryError> {
    match is_plain(name) {
        true => Ok(()),
        false => Err(DeliveryError::Name { name: name.chars().take(80).collect() }),
    }
}

fn check_folder(folder: &Path) -> Result<(), DeliveryError> {
    let kind = fs::symlink_metadata(folder).map_err(|error| DeliveryError::of(folder, error))?.file_type();
    if kind.is_symlink() {
        return Err(DeliveryError::Link { path: folder.to_path_buf() });
    }
    match kind.is_dir() {
        true => Ok(()),
        false => Err(DeliveryError::NotAFolder { folder: folder.to_path_buf() }),
    }
}

fn check_free(folder: &Path, path: &Path) -> Result<(), DeliveryError> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.file_type().is_symlink() => Err(DeliveryError::Link { path: path.to_path_buf() }),
        Ok(_) => Err(DeliveryError::Exists { path: path.to_path_buf() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(DeliveryError::of(folder, error)),
    }
}

/// A file under a name of its own that goes away unless it was published.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn fill(
        folder: &Path,
        name: &str,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<Temporary, DeliveryError> {
        let fail = |error| DeliveryError::of(folder, error);
        let tail = random_tail().ok_or_else(|| fail(io::Error::other("no random numbers")))?;
        let path = folder.join(format!(".{name}.{tail}.part"));
        let mut file = create_new(&path).map_err(fail)?;
        let temporary = Temporary { path };
        write(&mut file).and_then(|()| file.sync_all()).map_err(fail)?;
        Ok(temporary)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove, and that is as it should be.
        let _gone = fs::remove_file(&self.path);
    }
}

fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}

/// Gives the finished file its name, without ever replacing another one.
fn publish(
    folder: &Path,
    temporary: &Path,
    path: &Path,
    link: &dyn Fn(&Path, &Path) -> io::Result<()>,
) -> Result<(), DeliveryError> {
    let taken = || DeliveryError::Exists { path: path.to_path_buf() };
    match link(temporary, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(taken()),
        // Memory sticks and some shares know no second names: take the name with an empty file that is surely ours,
        // then rename over it.
        Err(_) => {
            create_new(path).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => taken(),
                _ => DeliveryError::of(folder, error),
            })?;
            fs::rename(temporary, path).map_err(|error| {
                let _gone = fs::remove_file(path);
                DeliveryError::of(folder, error)
            })
        }
    }
}

/// `O_CREAT | O_EXCL`: fails on anything that is there, a link included. Owner only.
fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // A umask such as 0777 takes the owner's own rights away.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

// The new name is durable only when the folder itself is on the disk. Windows has no such call.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<(), DeliveryError> {
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(|error| DeliveryError::of(folder, error))
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> Result<(), DeliveryError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_whole_and_receipted() {
        let folder = tempfile::tempdir().unwrap();
        let at = OffsetDateTime::UNIX_EPOCH;
        let receipt = write_at(folder.path(), "a.footbridge", b"abc", at).unwrap();
        assert_eq!(fs::read(&receipt.path).unwrap(), b"abc");
        assert_eq!(receipt.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((receipt.bytes, receipt.at), (3, at));
        assert_eq!(names(folder.path()), ["a.footbridge"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let receipt = write(folder.path(), "a.footbridge", b"abc").unwrap();
        assert_eq!(fs::metadata(receipt.path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.footbridge", b"first").unwrap();
        let error = write(folder.path(), "a.footbridge", b"second").unwrap_err();
        assert!(matches!(error, DeliveryError::Exists { .. }), "{error}");
        assert_eq!(fs::read(folder.path().join("a.footbridge")).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["a.footbridge"]);
    }

    #[test]
    fn a_file_that_appears_at_the_last_moment_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let temporary = Temporary::fill(folder.path(), "a", |file| file.write_all(b"ours")).unwrap();
        let target = folder.path().join("a");
        fs::write(&target, b"theirs").unwrap();
        let no_links = |_: &Path, _: &Path| Err(ErrorKind::Unsupported.into());
        for link in [&hard_link as &dyn Fn(&Path, &Path) -> io::Result<()>, &no_links] {
            let error = publish(folder.path(), &temporary.path, &target, link).unwrap_err();
            assert!(matches!(error, DeliveryError::Exists { .. }), "{error}");
        }
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
    }

    #[test]
    fn a_volume_without_second_names_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let temporary = Temporary::fill(folder.path(), "a", |file| file.write_all(b"ours")).unwrap();
        let no_links = |_: &Path, _: &Path| Err(ErrorKind::Unsupported.into());
        publish(folder.path(), &temporary.path, &folder.path().join("a"), &no_links).unwrap();
        drop(temporary);
        assert_eq!(names(folder.path()), ["a"]);
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"ours");
    }

    #[test]
    fn a_full_volume_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let full = Temporary::fill(folder.path(), "a", |file| {
            file.write_all(b"half")?;
            Err(ErrorKind::StorageFull.into())
        });
        assert!(matches!(full, Err(DeliveryError::NoSpace { .. })));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_missing_folder_and_a_file_in_its_place_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write(&folder.path().join("none"), "a", b"x").unwrap_err();
        assert!(matches!(error, DeliveryError::MissingFolder { .. }), "{error}");
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = write(&file, "a", b"x").unwrap_err();
        assert!(matches!(error, DeliveryError::NotAFolder { .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let real = place.path().join("real");
        fs::create_dir(&real).unwrap();
        symlink(&real, place.path().join("link")).unwrap();
        symlink(place.path().join("nowhere"), real.join("dangling")).unwrap();
        symlink(place.path(), real.join("folder")).unwrap();
        for (folder, name) in [("link", "a"), ("real", "dangling"), ("real", "folder")] {
            let error = write(&place.path().join(folder), name, b"x").unwrap_err();
            assert!(matches!(error, DeliveryError::Link { .. }), "{folder}/{name}: {error}");
        }
        assert!(!place.path().join("nowhere").exists());
        assert_eq!(names(&real), ["dangling", "folder"]);
        write(&real, "a", b"x").unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_without_the_right_to_write_is_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o500)).unwrap();
        // The superuser writes everywhere but into the kernel's own folders.
        let folder = match File::create(place.path().join("probe")) {
            Ok(_) => Path::new("/sys/kernel"),
            Err(_) => place.path(),
        };
        let error = write(folder, "a.footbridge", b"x").unwrap_err();
        assert!(matches!(error, DeliveryError::NoRight { .. }), "{error:?}");
    }

    #[test]
    fn only_plain_names_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let long = "x".repeat(201);
        for name in [
            "", ".", "..", "a/b", "/a", "../a", "a/", r"a\b", "a:b", ".hidden", "a.", "a ", "a\nb", "a\0",
            &long,
        ] {
            let error = write(folder.path(), name, b"x").unwrap_err();
            assert!(matches!(error, DeliveryError::Name { .. }), "{name:?}: {error}");
        }
        assert!(names(folder.path()).is_empty());
        write(folder.path(), "targetconnect-2026-11-21.footbridge", b"x").unwrap();
    }
}
