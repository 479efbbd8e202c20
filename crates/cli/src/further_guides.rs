//! Guides that are not built in: a folder with one folder or one file each. Who made them is looked at; what nobody vouches
//! for is judged as foreign.

use std::path::{Path, PathBuf};

use engine::guide::Guide;
use engine::{PinnedKey, open_guide};

use crate::failure::Failure;

/// How the file of a packed guide ends.
const PACKED: &str = "footbridge-guide";

/// Reads every guide of a folder, in the order of their names.
///
/// # Errors
/// A file that cannot be read, or the first fault of a guide.
pub fn read_all(folder: &Path, pins: &[PinnedKey]) -> Result<Vec<Guide>, Failure> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Failure::file(folder))? {
        let path = entry.map_err(Failure::file(folder))?.path();
        if path.join("guide.toml").is_file() || path.extension().is_some_and(|end| end == PACKED) {
            found.push(path);
        }
    }
    found.sort();
    found.iter().map(|path| Ok(open_guide(path, pins)?.guide)).collect()
}

/// The same for as long as the program runs.
///
/// # Errors
/// As [`read_all`].
pub fn read_for_good(folder: &Path, pins: &[PinnedKey]) -> Result<Vec<&'static Guide>, Failure> {
    Ok(read_all(folder, pins)?.into_iter().map(|guide| &*Box::leak(Box::new(guide))).collect())
}
