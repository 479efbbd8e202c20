//! Puts files down: each complete under a name of its own, with owner, mode and the disk's word for it, before the first is
//! renamed to where the product reads it. It follows no link and leaves no half-written file under a final name.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

use crate::rendering::Bytes;
use crate::taking::Owner;

/// Why a file was not put down.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum LayingError {
    /// The folder is not there, or is none.
    #[error("{} is not a folder; make it, or choose another place for the file", .0.display())]
    NoFolder(PathBuf),
    /// The path names no file, or a folder is there.
    #[error("{} is not a place for a file; name a file with --to", .0.display())]
    NotAFile(PathBuf),
    /// The same path twice.
    #[error("{} is asked for twice; give each file a path of its own", .0.display())]
    Twice(PathBuf),
    /// The path is not in UTF-8, in which it could be remembered.
    #[error("{} has letters that cannot be remembered; choose another path", .0.display())]
    Letters(PathBuf),
    /// The operating system refused.
    #[error("{} could not be {doing}: {kind}; check the permissions and the free space there", path.display())]
    Refused {
        /// The path in question.
        path: PathBuf,
        /// What was tried, as a past participle.
        doing: &'static str,
        /// What the system said.
        kind: ErrorKind,
    },
}

/// A file on its way.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) temporary: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) bytes: Bytes,
}

/// Decides the temporary names and checks that every place can take a file. Nothing is written.
pub(crate) fn plan(files: Vec<(PathBuf, Bytes)>, jti: &str) -> Result<Vec<Piece>, LayingError> {
    let mut seen = BTreeSet::new();
    let mut pieces = Vec::new();
    for (path, bytes) in files {
        let target = std::path::absolute(&path).map_err(refused(&path, "read"))?;
        let (folder, name) = place(&target)?;
        if fs::symlink_metadata(&target).is_ok_and(|there| there.is_dir()) {
            return Err(LayingError::NotAFile(target));
        }
        if !seen.insert(target.clone()) {
            return Err(LayingError::Twice(target));
        }
        let temporary = folder.join(format!(".{name}.{}.part", mark(jti)));
        pieces.push(Piece { temporary, target, bytes });
    }
    Ok(pieces)
}

fn place(target: &Path) -> Result<(&Path, &str), LayingError> {
    let folder = target.parent().ok_or_else(|| LayingError::NotAFile(target.to_owned()))?;
    let name = target.file_name().ok_or_else(|| LayingError::NotAFile(target.to_owned()))?;
    if target.to_str().is_none() {
        return Err(LayingError::Letters(target.to_owned()));
    }
    match fs::metadata(folder) {
        Ok(there) if there.is_dir() => {}
        _ => return Err(LayingError::NoFolder(folder.to_owned())),
    }
    Ok((folder, name.to_str().unwrap_or_default()))
}

/// A part of a file name that belongs to one bundle; its number comes from outside and cannot be one itself.
fn mark(jti: &str) -> String {
    digest(&SHA256, jti.as_bytes()).as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a piece under its temporary name, for its owner only until owner and mode are the wanted ones.
pub(crate) fn write(piece: &Piece, owner: Owner, mode: u32) -> Result<(), LayingError> {
    let path = &piece.temporary;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(refused(path, "created"))?;
    file.write_all(&piece.bytes).map_err(refused(path, "written"))?;
    give(&file, path, owner, mode)?;
    file.sync_all().map_err(refused(path, "written"))?;
    sync_folder(path)
}

#[cfg(unix)]
fn give(file: &File, path: &Path, owner: Owner, mode: u32) -> Result<(), LayingError> {
    use std::os::unix::fs::PermissionsExt as _;
    if owner != Owner::default() {
        std::os::unix::fs::fchown(file, owner.uid, owner.gid).map_err(refused(path, "given to its owner"))?;
    }
    file.set_permissions(fs::Permissions::from_mode(mode)).map_err(refused(path, "given its mode"))
}

#[cfg(not(unix))]
fn give(_: &File, _: &Path, _: Owner, _: u32) -> Result<(), LayingError> {
    // A new file inherits the access list of its folder there.
    Ok(())
}

/// Gives a written file its final name; what was there before is replaced, a link itself and not what it leads to.
pub(crate) fn publish(temporary: &Path, target: &Path) -> Result<(), LayingError> {
    fs::rename(temporary, target).map_err(refused(target, "put in place"))?;
    sync_folder(target)
}

/// Removes a temporary file, if it is there.
pub(crate) fn remove(temporary: &Path) -> Result<(), LayingError> {
    match fs::remove_file(temporary) {
        Err(why) if why.kind() != ErrorKind::NotFound => Err(refused(temporary, "removed")(why)),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), LayingError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(refused(folder, "written"))
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<(), LayingError> {
    Ok(())
}

fn refused<'a>(path: &'a Path, doing: &'static str) -> impl Fn(io::Error) -> LayingError + 'a {
    move |error| LayingError::Refused { path: path.to_owned(), doing, kind: error.kind() }
}
