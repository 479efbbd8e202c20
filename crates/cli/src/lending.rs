//! Passwords that a step is lent: from files that were named, asked for without echo at a terminal, or, in a rehearsal,
//! those of its pretend accounts. None of them comes from an argument's value or the environment, and none is kept here.

use std::path::PathBuf;

use engine::secrecy::SecretString;
use rehearsal::Rehearsal;

use crate::failure::{Failure, Usage};
use crate::private_file;
use crate::voice::Voice;
use crate::words::Word;

/// Where passwords come from.
pub enum Lending<'a> {
    /// Files by the name of the account; for other names a question, where there is a terminal.
    Files(Vec<(String, PathBuf)>),
    /// The pretend accounts of a rehearsal.
    Pretend(&'a Rehearsal),
}

impl Lending<'_> {
    /// Reads `NAME=FILE` options.
    ///
    /// # Errors
    /// [`Usage::PasswordFile`] where one is not of that form.
    pub fn of_options(options: &[String]) -> Result<Self, Failure> {
        let pair = |option: &String| {
            let (name, file) = option.split_once('=')?;
            (!name.is_empty() && !file.is_empty()).then(|| (name.to_owned(), PathBuf::from(file)))
        };
        let files = options.iter().map(|option| pair(option).ok_or_else(|| Usage::PasswordFile.into()));
        Ok(Self::Files(files.collect::<Result<_, Failure>>()?))
    }

    /// The password of an account; nothing where it is in no file and nobody can type it.
    pub fn password(&self, name: &str, voice: &Voice) -> Result<Option<SecretString>, Failure> {
        match self {
            Self::Pretend(rehearsal) => Ok(rehearsal.password(name)),
            Self::Files(files) => {
                let named = files.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                match named {
                    Some((_, path)) => private_file::read_secret(path).map(Some),
                    None if voice.is_json() => Ok(None),
                    None => {
                        let question = format!("{} {name}: ", voice.word(Word::PasswordOf));
                        match private_file::ask_secret(&question, Usage::NoPassphrase) {
                            Ok(password) => Ok(Some(password)),
                            Err(Failure::Usage(Usage::NoPassphrase)) => Ok(None),
                            Err(other) => Err(other),
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use engine::guide::Language;
    use engine::secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_named_file_answers_for_its_account_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        std::fs::write(&path, "pass=word\n").unwrap();
        let lending = Lending::of_options(&[format!("Anna@x.example={}", path.display())]).unwrap();
        let voice = Voice::new(true, Language::English);
        let found = lending.password("anna@x.example", &voice).unwrap().unwrap();
        assert_eq!(found.expose_secret(), "pass=word");
        assert!(lending.password("admin", &voice).unwrap().is_none());
    }

    #[test]
    fn an_option_names_account_and_file() {
        for wrong in ["admin", "=file", "admin="] {
            let refused = Lending::of_options(&[wrong.to_owned()]);
            assert!(matches!(refused, Err(Failure::Usage(Usage::PasswordFile))), "{wrong}");
        }
    }
}
