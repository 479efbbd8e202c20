//! Handing over from the command line: into which folder, sealed to whom, and where the passphrase goes. The passphrase
//! goes into a new file for its owner, or stays in the vault; it is never printed.

use std::path::PathBuf;

use engine::bundle::{Offer, RecipientKey};
use engine::{Desk, HandOverTo, Recipient, SealedFor};

use crate::arguments::delivery::Push;
use crate::failure::{Failure, Usage};
use crate::private_file;
use crate::pushing::{self, Outcome};
use crate::voice::Voice;
use crate::words::Word;

/// Where a bundle goes.
#[derive(Debug, Clone)]
pub struct Giving {
    pub folder: PathBuf,
    pub to: To,
    pub push: Push,
}

/// Who can open it.
#[derive(Debug, Clone)]
pub enum To {
    /// The holder of the key in this file, or the product that made the offer in it.
    Key(PathBuf),
    /// Whoever gets this file, which is made.
    PassphraseFile(PathBuf),
    /// The passphrase stays in the vault.
    Vault,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Given {
    /// The file; none where it was pushed.
    pub bundle: Option<PathBuf>,
    pub sheet: PathBuf,
    pub report: PathBuf,
    pub passphrase_file: Option<PathBuf>,
}

impl Giving {
    /// Seals out of the options.
    ///
    /// # Errors
    /// [`Usage::PassphraseLost`] where a vault in memory would be the only place of the passphrase.
    pub fn new(
        folder: PathBuf,
        recipient: Option<PathBuf>,
        passphrase_file: Option<PathBuf>,
        forgets: bool,
    ) -> Result<Self, Failure> {
        let to = match (recipient, passphrase_file) {
            (Some(path), _) => To::Key(path),
            (None, Some(path)) => To::PassphraseFile(path),
            (None, None) if forgets => return Err(Usage::PassphraseLost.into()),
            (None, None) => To::Vault,
        };
        Ok(Self { folder, to, push: Push::default() })
    }

    /// Pushes instead of writing a file.
    pub fn pushing(self, push: Push) -> Self {
        Self { push, ..self }
    }

    /// Looks early at what would only fail after everything else was done.
    pub fn try_out(&self) -> Result<(), Failure> {
        match &self.to {
            To::Key(path) => Receiver::read(path).map(|_| ()),
            To::PassphraseFile(path) if path.symlink_metadata().is_ok() => {
                Err(Failure::file(path)(std::io::Error::from(std::io::ErrorKind::AlreadyExists)))
            }
            To::PassphraseFile(_) | To::Vault => Ok(()),
        }
    }

    /// Who will be able to open what is handed over.
    pub fn sealed_for(&self) -> SealedFor {
        match self.to {
            To::Key(_) => SealedFor::Product,
            To::PassphraseFile(_) | To::Vault => SealedFor::Passphrase,
        }
    }

    /// Takes the product's offer before anything is changed, where there is one.
    pub fn begin(&self, desk: &Desk, connection: &str) -> Result<(), Failure> {
        if let To::Key(path) = &self.to
            && let Receiver::Offer(text) = Receiver::read(path)?
        {
            desk.take_offer(connection, &text)?;
        }
        Ok(())
    }

    /// Hands over what a step says, and tells where the passphrase is.
    pub async fn give(
        &self,
        desk: &Desk,
        connection: &str,
        step: &str,
        voice: &Voice,
    ) -> Result<Given, Failure> {
        private_file::make_folder(&self.folder)?;
        let recipient = match &self.to {
            To::Key(path) => match Receiver::read(path)? {
                Receiver::Key(key) => Recipient::Key(key),
                Receiver::Offer(text) => {
                    desk.take_offer(connection, &text)?;
                    Recipient::Offer
                }
            },
            To::PassphraseFile(_) | To::Vault => Recipient::Passphrase,
        };
        if self.push.push {
            let here = self.push.this_computer;
            return match pushing::push(desk, connection, step, here, false, voice).await? {
                Outcome::Taken => {
                    let (sheet, report) = desk.papers(connection, step, &self.folder, voice.language())?;
                    Ok(Given { bundle: None, sheet, report, passphrase_file: None })
                }
                Outcome::Waits | Outcome::Declined => Err(pushing::not_taken(step)),
            };
        }
        let to = HandOverTo { folder: self.folder.clone(), recipient, language: voice.language() };
        let handed = desk.hand_over(connection, step, &to)?;
        let passphrase_file = match (&self.to, &handed.passphrase) {
            (To::PassphraseFile(path), Some(passphrase)) => {
                private_file::write_secret(path, passphrase)?;
                Some(path.clone())
            }
            (To::Vault, Some(_)) => {
                voice.line(voice.word(Word::PassphraseInVault));
                None
            }
            _ => None,
        };
        Ok(Given { bundle: Some(handed.bundle), sheet: handed.sheet, report: handed.report, passphrase_file })
    }
}

/// What a recipient's file holds.
pub enum Receiver {
    Key(RecipientKey),
    Offer(String),
}

impl Receiver {
    /// Reads either.
    pub fn read(path: &std::path::Path) -> Result<Self, Failure> {
        let text = private_file::read_open(path)?;
        // An offer holds a key as well, and is more than that.
        match Offer::parse(&text) {
            Ok(_) => Ok(Self::Offer(text)),
            Err(_) => Ok(Self::Key(RecipientKey::read(&text)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_passphrase_is_never_only_in_memory() {
        let giving = |recipient: Option<&str>, file: Option<&str>, forgets| {
            Giving::new(PathBuf::from("."), recipient.map(PathBuf::from), file.map(PathBuf::from), forgets)
        };
        assert!(matches!(giving(None, None, true), Err(Failure::Usage(Usage::PassphraseLost))));
        assert!(matches!(giving(None, None, false).unwrap().to, To::Vault));
        assert!(matches!(giving(Some("r"), None, true).unwrap().to, To::Key(_)));
        assert!(matches!(giving(None, Some("p"), true).unwrap().to, To::PassphraseFile(_)));
    }

    #[test]
    fn a_key_that_is_none_is_refused_before_anything_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "{}").unwrap();
        let giving =
            Giving { folder: folder.path().to_owned(), to: To::Key(path.clone()), push: Push::default() };
        assert!(matches!(giving.try_out(), Err(Failure::Bundle(_))));
        let giving =
            Giving { folder: folder.path().to_owned(), to: To::PassphraseFile(path), push: Push::default() };
        assert!(matches!(giving.try_out(), Err(Failure::File { .. })));
    }
}
