//! The passphrase of what is written and of what is read. A made one goes into a new file for its owner, or is shown once at
//! a terminal after a yes; without a terminal and without a file nothing is made.

use std::path::{Path, PathBuf};

use engine::certs::Passphrase;
use engine::secrecy::SecretString;

use crate::events::Event;
use crate::failure::{Failure, Usage};
use crate::private_file;
use crate::voice::Voice;
use crate::words::Word;

/// The passphrase of what is written, and what is still to be done with it.
pub struct Held {
    pub passphrase: Passphrase,
    after: After,
}

enum After {
    /// It came out of a file.
    Nothing,
    /// It was made and written into this file.
    Written(PathBuf),
    /// It was made, and the admin wants to see it.
    Show,
}

impl Held {
    /// Reads the file, or makes a passphrase and writes it there, or makes one to be shown after asking.
    ///
    /// # Errors
    /// [`Usage::NoExportPassphrase`] without a file where nobody can be asked, or the answer is no.
    pub fn of(file: Option<&Path>, voice: &Voice) -> Result<Held, Failure> {
        let Some(path) = file else {
            if !(private_file::can_show() && voice.asks(voice.word(Word::ShowPassphrase))) {
                return Err(Usage::NoExportPassphrase.into());
            }
            return Ok(Held { passphrase: Passphrase::made()?, after: After::Show });
        };
        // A link counts as there, so that a made passphrase cannot be led elsewhere.
        if path.symlink_metadata().is_ok() {
            let passphrase = Passphrase::chosen(private_file::read_secret(path)?)?;
            return Ok(Held { passphrase, after: After::Nothing });
        }
        let passphrase = Passphrase::made()?;
        private_file::write_secret(path, passphrase.text())?;
        Ok(Held { passphrase, after: After::Written(path.to_owned()) })
    }

    /// Says where a made passphrase is, or shows it.
    pub fn tell(&self, voice: &Voice) -> Result<(), Failure> {
        match &self.after {
            After::Nothing => {}
            After::Written(path) => voice.tell(&Event::file("passphrase", path), || {
                format!("{:<20} {}", voice.word(Word::PassphraseFile), path.display())
            }),
            After::Show => {
                voice.line(voice.word(Word::PassphraseShown));
                private_file::show_secret(self.passphrase.text())?;
            }
        }
        Ok(())
    }
}

/// The passphrase of a file that is read: out of its own file, or asked for.
pub fn opening(file: Option<&Path>, voice: &Voice) -> Result<SecretString, Failure> {
    match file {
        Some(path) => private_file::read_secret(path),
        None => private_file::ask_secret(voice.word(Word::OpeningPassphrase), Usage::NoOpeningPassphrase),
    }
}
