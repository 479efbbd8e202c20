//! Where a bundle goes on the server: folder, name, and the temporary name that it has until it is whole.

use super::error::SftpError;
use crate::naming::{TAIL, is_plain, random_tail};

/// The place of one bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder as the server spells it, absolute or below the account's home; empty for the home itself.
    pub folder: String,
    /// The file's name in it.
    pub name: String,
    /// The bundle's own number; stands in the temporary name, so that a later delivery knows its own remains.
    pub jti: String,
    /// Whether a file of this name is replaced.
    pub replace: bool,
}

impl Place {
    pub(super) fn check(&self) -> Result<(), SftpError> {
        if !is_plain(&self.name) {
            return Err(SftpError::Name { name: shortened(&self.name) });
        }
        let up = self.folder.split(['/', '\\']).any(|part| part == "..");
        if up || self.folder.len() > 1024 || self.folder.chars().any(char::is_control) {
            return Err(SftpError::Folder { folder: shortened(&self.folder) });
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if self.jti.is_empty() || self.jti.len() > 64 || !self.jti.bytes().all(fits) {
            return Err(SftpError::Jti { jti: shortened(&self.jti) });
        }
        Ok(())
    }

    /// The folder to ask the server for.
    pub(super) fn asked(&self) -> &str {
        if self.folder.is_empty() { "." } else { &self.folder }
    }

    /// A temporary name that nobody else has.
    pub(super) fn part(&self) -> Result<String, SftpError> {
        let tail = random_tail().ok_or(SftpError::NoRandom)?;
        Ok(format!("{}{tail}{PART}", self.part_begin()))
    }

    /// Whether a name is a temporary one of the same bundle.
    pub(super) fn is_own_part(&self, name: &str) -> bool {
        let tail = name.strip_prefix(&self.part_begin()).and_then(|rest| rest.strip_suffix(PART));
        tail.is_some_and(|tail| {
            tail.len() == TAIL
                && tail.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    }

    fn part_begin(&self) -> String {
        format!(".footbridge.{}.", self.jti)
    }
}

const PART: &str = ".part";

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn place() -> Place {
        Place {
            folder: "in".into(),
            name: "a.footbridge".into(),
            jti: "q83vEjRWeJCrze8SNFZ4kA".into(),
            replace: false,
        }
    }

    #[test]
    fn names_folders_and_numbers_are_checked() {
        place().check().unwrap();
        Place { folder: String::new(), ..place() }.check().unwrap();
        Place { folder: "/srv/in ü/bundles".into(), ..place() }.check().unwrap();
        for name in ["../a", "a/b", "/a", "..", "", ".a", "a\nb", "a\0b", r"a\b", "a:b"] {
            let error = Place { name: name.into(), ..place() }.check().unwrap_err();
            assert!(matches!(error, SftpError::Name { .. }), "{name:?}: {error}");
        }
        for folder in ["..", "../in", "in/../../etc", r"in\..\x", "a\nb", "a\0"] {
            let error = Place { folder: folder.into(), ..place() }.check().unwrap_err();
            assert!(matches!(error, SftpError::Folder { .. }), "{folder:?}: {error}");
        }
        for jti in ["", "a/b", "..", "a b", &"x".repeat(65)] {
            let error = Place { jti: jti.into(), ..place() }.check().unwrap_err();
            assert!(matches!(error, SftpError::Jti { .. }), "{jti:?}: {error}");
        }
    }

    #[test]
    fn a_delivery_knows_its_own_remains_and_no_others() {
        let own = place().part().unwrap();
        assert_ne!(own, place().part().unwrap());
        assert!(place().is_own_part(&own));
        let other = Place { jti: "q83vEjRWeJCrze8SNFZ4kB".into(), ..place() };
        assert!(!other.is_own_part(&own));
        let longer = Place { jti: format!("{}.x", place().jti), ..place() };
        assert!(!place().is_own_part(&longer.part().unwrap()));
        for name in ["a.footbridge", "", &own.to_uppercase(), &own[1..], &format!("{own}/..")] {
            assert!(!place().is_own_part(name), "{name}");
        }
    }
}
