//! Moves a damaged database out of the way under a name that says so. It must never overwrite or delete one.

use std::path::{Path, PathBuf};
use std::{fs, io};

use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::error::FolderError;
use crate::folder::{refused, with_ending};

/// Renames a database with its write-ahead files to `<stem>-damaged-<now>.db`, under a name that is not yet taken,
/// and answers that name.
///
/// # Errors
/// [`FolderError::Refused`] when it is not there or cannot be moved.
pub fn set_aside(database: &Path, now: OffsetDateTime) -> Result<PathBuf, FolderError> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

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
