//! Modes and owners where the system has them. On Windows the folder's access list does that work, and is inherited.

pub(crate) use system::{check_file, check_folder, create_folder, create_private, make_private};

#[cfg(unix)]
mod system {
    use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use crate::error::FolderError;
    use crate::folder::refused;

    const WRITABLE_BY_OTHERS: u32 = 0o022;
    const STICKY: u32 = 0o1000;

    pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(folder)?;
        // A umask such as 0777 takes the owner's own rights away.
        fs::set_permissions(folder, Permissions::from_mode(0o700))
    }

    pub(crate) fn create_private(file: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(file)
    }

    pub(crate) fn make_private(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o600))
    }

    pub(crate) fn check_folder(folder: &Path, found: &Metadata) -> Result<(), FolderError> {
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

    pub(crate) fn check_file(file: &Path, found: &Metadata) -> Result<(), FolderError> {
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
mod system {
    use std::fs::{self, File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    use crate::error::FolderError;

    // Below the user's profile Windows inherits an access list that names the user, SYSTEM and Administrators only.
    pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
        fs::create_dir(folder)
    }

    pub(crate) fn create_private(file: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(file)
    }

    pub(crate) fn make_private(_file: &File) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn check_folder(_folder: &Path, _found: &Metadata) -> Result<(), FolderError> {
        Ok(())
    }

    pub(crate) fn check_file(_file: &Path, _found: &Metadata) -> Result<(), FolderError> {
        Ok(())
    }
}
