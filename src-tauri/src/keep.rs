//! Keeps the settings between two starts: one small JSON file, written whole or not at all.
//! Nothing secret is among them; a file that cannot be read is set aside and named.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::view::Settings;

const FILE: &str = "settings.json";
const GUIDES: &str = "own-guides.json";

/// The settings of the last run, and the file that was set aside because it could not be read.
pub struct Kept {
    /// The settings.
    pub settings: Settings,
    /// A damaged file was moved here.
    pub set_aside: Option<String>,
}

/// Reads the settings; the defaults, in the system's language, when there are none.
pub fn read(folder: &Path) -> Kept {
    let path = folder.join(FILE);
    let fresh = || Settings {
        cloud: "global".to_owned(),
        language: crate::told::system_language(),
        ..Settings::default()
    };
    let Ok(text) = fs::read_to_string(&path) else {
        return Kept { settings: fresh(), set_aside: None };
    };
    match serde_json::from_str(&text) {
        Ok(settings) => Kept { settings, set_aside: None },
        Err(_) => {
            let aside = folder.join("settings.damaged.json");
            let moved = fs::rename(&path, &aside).is_ok();
            Kept { settings: fresh(), set_aside: moved.then(|| aside.display().to_string()) }
        }
    }
}

/// Writes the settings beside the old ones and puts them in place at once.
///
/// # Errors
/// What the system says when the file cannot be written.
pub fn write(folder: &Path, settings: &Settings) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(settings).map_err(io::Error::other)?;
    replace(folder, "settings.new.json", FILE, &text)
}

/// A guide of the admin's own that is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptGuide {
    /// Its name.
    pub id: String,
    /// Where it lies.
    pub path: PathBuf,
    /// What it was when the admin said yes: another digest is another guide.
    pub digest: String,
}

/// Reads which guides are in use; none where there is no such list.
///
/// # Errors
/// A list that cannot be read; it is never taken as empty.
pub fn read_guides(folder: &Path) -> io::Result<Vec<KeptGuide>> {
    match fs::read_to_string(folder.join(GUIDES)) {
        Ok(text) => serde_json::from_str(&text).map_err(io::Error::other),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(why) => Err(why),
    }
}

/// Writes which guides are in use.
///
/// # Errors
/// What the system says when the file cannot be written.
pub fn write_guides(folder: &Path, guides: &[KeptGuide]) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(guides).map_err(io::Error::other)?;
    replace(folder, "own-guides.new.json", GUIDES, &text)
}

/// Writes a file of the folder beside the old one, for its owner only, and puts it in place at once.
fn replace(folder: &Path, beside: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = folder.join(beside);
    // What an interrupted run left there.
    let _ = fs::remove_file(&beside);
    write_new(&beside, bytes)?;
    fs::rename(beside, folder.join(name))
}

/// Makes a folder that only its owner can look into.
///
/// # Errors
/// What the system says.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent)?;
    }
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // A umask such as 0777 takes the owner's own rights away.
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Writes a new file for its owner only; replaces nothing.
///
/// # Errors
/// What the system says, for example that the file is there already.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A umask such as 0777 takes the owner's own rights away.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::view::Theme;

    #[test]
    fn settings_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { theme: Theme::Dark, cloud: "china".to_owned(), ..Settings::default() };
        write(folder.path(), &settings).unwrap();
        assert_eq!(read(folder.path()).settings, settings);
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{ broken").unwrap();
        let kept = read(folder.path());
        let aside = kept.set_aside.unwrap();
        assert_eq!(fs::read_to_string(aside).unwrap(), "{ broken");
        assert!(!folder.path().join(FILE).exists());
    }

    #[test]
    fn the_list_of_guides_comes_back_and_a_broken_one_is_not_taken_as_empty() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read_guides(folder.path()).unwrap().is_empty());
        let kept = vec![KeptGuide { id: "a".to_owned(), path: "/b".into(), digest: "c".to_owned() }];
        write_guides(folder.path(), &kept).unwrap();
        assert_eq!(read_guides(folder.path()).unwrap(), kept);
        fs::write(folder.path().join(GUIDES), "[{").unwrap();
        assert!(read_guides(folder.path()).is_err());
    }

    #[test]
    fn a_new_file_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_new(&path, b"1").unwrap();
        assert!(write_new(&path, b"2").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"1");
    }
}
