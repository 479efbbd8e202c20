//! A file that the app was opened with: a guide is offered as the picker offers it, and of a sealed bundle is told what anybody
//! can see. It must never use, open or change the file; who opened it may have been led to it.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use engine::bundle;

use super::{Given, Stage, lock};
use crate::{
    shown::small,
    view::{OpenedFile, SealedFile},
};

/// The ending of a sealed file, and the one that it had before.
const SEALED: [&str; 2] = [bundle::ENDING, "bundle"];

/// The ending of a packed guide.
const GUIDE: &str = "footbridge-guide";

/// The file among the arguments of a start, seen from the folder of that start. Switches are for the toolkit below.
pub fn among<Word: AsRef<OsStr>>(words: impl IntoIterator<Item = Word>, folder: &Path) -> Option<PathBuf> {
    let mut words = words.into_iter();
    let is_path =
        |word: &Word| !word.as_ref().is_empty() && !word.as_ref().to_string_lossy().starts_with('-');
    words.find(is_path).map(|word| folder.join(word.as_ref()))
}

impl Stage {
    /// Keeps a file until the page asks for it; a later one takes the place of an earlier one.
    pub fn hand(&self, path: PathBuf) {
        *lock(&self.handed) = Some(path);
    }

    /// What the app was opened with, once.
    pub async fn opened_file(&self) -> Given<Option<OpenedFile>> {
        let Some(path) = lock(&self.handed).take() else { return Ok(None) };
        let ending =
            path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        if ending == GUIDE {
            return self.offer(&path).map(|guide| Some(OpenedFile::Guide { guide }));
        }
        if SEALED.contains(&ending.as_str()) {
            return self.sealed_file(&path).map(|bundle| Some(OpenedFile::Bundle { bundle }));
        }
        let what = self.say(
            "Footbridge opens sealed bundles (.footbridge) and packed guides (.footbridge-guide), and this is neither",
            "Footbridge öffnet versiegelte Dateien (.footbridge) und gepackte Anleitungen (.footbridge-guide), dies ist keine davon",
        );
        Err(self.plain_trouble("file-kind", &format!("{what}: {}.", path.display()), ""))
    }

    fn sealed_file(&self, path: &Path) -> Given<SealedFile> {
        let text = read(path)
            .map_err(|why| self.plain_trouble("file", &format!("{}: {why}.", path.display()), ""))?;
        let Ok(seen) = bundle::inspect(text.trim_end()) else {
            let what = self.say(
                "This is no sealed file, or it was changed",
                "Das ist keine versiegelte Datei, oder sie wurde geändert",
            );
            return Err(self.plain_trouble("file-kind", &format!("{what}: {}.", path.display()), ""));
        };
        let name = path.file_name().map(|name| quoted(&name.to_string_lossy())).unwrap_or_default();
        let command = match seen.form {
            bundle::Form::Recipient => format!("footbridge receive open {name}"),
            bundle::Form::Passphrase => format!("footbridge bundle open {name} --out values.json"),
        };
        Ok(SealedFile {
            path: path.display().to_string(),
            bytes: small(seen.bytes),
            fingerprint: seen.recipient_fingerprint,
            command,
        })
    }
}

/// At most what a bundle can have, with a line end. Anything but a file could keep the reader waiting for ever.
fn read(path: &Path) -> io::Result<String> {
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    let most = u64::try_from(bundle::LARGEST_BUNDLE + 2).unwrap_or(u64::MAX);
    File::open(path)?.take(most).read_to_string(&mut text)?;
    Ok(text)
}

/// A name as a shell takes it as one word, whatever is in it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.starts_with('-') {
        return quoted(&format!("./{name}"));
    }
    if name.chars().all(|c| plain(c) || c == '/') {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::keep;

    fn stage(folder: &Path) -> Stage {
        Stage::new(folder.to_owned(), keep::read(folder), Ok(std::sync::Arc::default()))
    }

    #[test]
    fn the_first_argument_that_is_no_switch_is_the_file() {
        let found = |words: &[&str]| among(words, Path::new("/home/weber"));
        assert_eq!(found(&["a.footbridge"]), Some("/home/weber/a.footbridge".into()));
        assert_eq!(found(&["--display=:1", "", "/tmp/b.footbridge", "c"]), Some("/tmp/b.footbridge".into()));
        assert_eq!(found(&["--automation"]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn a_name_stays_one_word() {
        assert_eq!(quoted("targetconnect-2026-11-21.footbridge"), "targetconnect-2026-11-21.footbridge");
        assert_eq!(quoted("a b; rm -rf ~.footbridge"), "'a b; rm -rf ~.footbridge'");
        assert_eq!(quoted("it's.footbridge"), r"'it'\''s.footbridge'");
        assert_eq!(quoted("--out.footbridge"), "./--out.footbridge");
    }

    #[tokio::test]
    async fn a_sealed_file_is_told_of_once_and_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let stage = stage(folder.path());
        let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vendor-kit/vectors/00-certificate.json");
        let vector: serde_json::Value = serde_json::from_slice(&std::fs::read(kit).unwrap()).unwrap();
        let sealed = vector["bundle"].as_str().unwrap();
        for name in ["new.footbridge", "before.bundle", "Loud.FOOTBRIDGE"] {
            let file = folder.path().join(name);
            std::fs::write(&file, sealed).unwrap();
            stage.hand(file.clone());
            let opened = stage.opened_file().await.unwrap();
            let Some(OpenedFile::Bundle { bundle }) = opened else { panic!("{name}: {opened:?}") };
            assert_eq!(bundle.bytes, small(sealed.len()));
            assert_eq!(bundle.fingerprint.unwrap().len(), 24);
            assert_eq!(bundle.command, format!("footbridge receive open {name}"));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), sealed);
            assert_eq!(stage.opened_file().await.unwrap(), None, "{name} was told of twice");
        }
    }

    #[tokio::test]
    async fn what_is_neither_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let stage = stage(folder.path());
        std::fs::write(folder.path().join("text.footbridge"), "Dear admin").unwrap();
        std::fs::write(folder.path().join("large.footbridge"), "A".repeat(bundle::LARGEST_BUNDLE + 1))
            .unwrap();
        std::fs::write(folder.path().join("text.footbridge-guide"), "{}").unwrap();
        std::fs::create_dir(folder.path().join("folder.footbridge")).unwrap();
        for name in [
            "text.footbridge",
            "large.footbridge",
            "text.footbridge-guide",
            "folder.footbridge",
            "none.footbridge",
            "a.exe",
        ] {
            stage.hand(folder.path().join(name));
            assert!(stage.opened_file().await.is_err(), "{name} was taken");
        }
    }
}
