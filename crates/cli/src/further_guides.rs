//! Guides that are not built in: a folder with one folder each, as `guides/` has them. They are judged as foreign ones: what
//! can take over a tenant is refused there.

use std::path::Path;

use engine::guide::{Guide, Sources, read};
use engine::{Code, Trouble};

use crate::failure::Failure;

/// Reads every guide of a folder, in the order of their names.
///
/// # Errors
/// A file that cannot be read, or the first fault of a guide.
pub fn read_all(folder: &Path) -> Result<Vec<Guide>, Failure> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Failure::file(folder))? {
        let path = entry.map_err(Failure::file(folder))?.path();
        if path.join("guide.toml").is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    folders.iter().map(|folder| one(folder)).collect()
}

/// The same for as long as the program runs.
///
/// # Errors
/// As [`read_all`].
pub fn read_for_good(folder: &Path) -> Result<Vec<&'static Guide>, Failure> {
    Ok(read_all(folder)?.into_iter().map(|guide| &*Box::leak(Box::new(guide))).collect())
}

fn one(folder: &Path) -> Result<Guide, Failure> {
    let file = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(Failure::file(&path))
    };
    let (guide, en, de) = (file("guide.toml")?, file("en.toml")?, file("de.toml")?);
    read(&Sources { guide: &guide, en: &en, de: &de }).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        let path = folder.join("guide.toml").display().to_string();
        Trouble::new(Code::FileInvalid).with("why", first).in_field(path).into()
    })
}
