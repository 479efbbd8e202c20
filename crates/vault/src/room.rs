//! How much room the vault's disk has to have before a secret is brought that nobody shows again.
//! It must never stand in the way where the system does not say how much there is.

use std::path::Path;

use crate::error::VaultError;

/// In bytes: a sealed row takes a few thousand, and the journal and the write-ahead logs of both files grow with it.
pub const LEAST_ROOM: u64 = 16 * 1024 * 1024;

pub(crate) fn check(folder: &Path) -> Result<(), VaultError> {
    judge(folder, fs4::available_space(folder).ok())
}

fn judge(folder: &Path, available: Option<u64>) -> Result<(), VaultError> {
    match available {
        Some(available) if available < LEAST_ROOM => {
            Err(VaultError::NoRoom { path: folder.to_owned(), mebibytes: available / (1024 * 1024) })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_mebibytes_are_enough_and_one_byte_less_is_not() {
        let folder = Path::new("/somewhere");
        assert!(judge(folder, Some(LEAST_ROOM)).is_ok());
        let told = judge(folder, Some(LEAST_ROOM - 1)).unwrap_err().to_string();
        assert!(told.contains("/somewhere") && told.contains("15 MiB") && told.contains("16 MiB"), "{told}");
    }

    #[test]
    fn a_system_that_does_not_say_is_no_obstacle() {
        assert!(judge(Path::new("/somewhere"), None).is_ok());
        assert!(check(Path::new("/nowhere/at/all")).is_ok());
    }

    #[test]
    fn a_disk_tells_how_much_room_it_has() {
        assert!(fs4::available_space(std::env::temp_dir()).is_ok());
    }
}
