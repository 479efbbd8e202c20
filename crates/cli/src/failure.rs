//! What stops a whole command, each with its exit code, the field or file concerned, and what to do now.
//! A failure never carries the content of a file, a token or a passphrase.

use std::path::{Path, PathBuf};

use engine::bundle::BundleError;
use engine::cloud::{NetworkError, PlaceError};
use engine::guide::Language;
use engine::{Trouble, journal};

use crate::certificates::Refusal;
use crate::exit::{self, Exit};
use crate::receiving::ReceiveRefusal;

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The engine says why.
    #[error("{0}")]
    Trouble(#[from] Box<Trouble>),
    /// Options that do not go together, or one that is missing.
    #[error("{0}")]
    Usage(Usage),
    /// A file could not be read or written.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// The cloud file was refused.
    #[error(transparent)]
    Cloud(#[from] PlaceError),
    /// A faults file was refused.
    #[error(transparent)]
    Faults(#[from] simulator::FaultsError),
    /// A bundle, key or passphrase was refused.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A product's end point could not be tried.
    #[error(transparent)]
    EndPoint(#[from] engine::SelfTestError),
    /// The certificate workshop refused something.
    #[error(transparent)]
    Certificate(#[from] Refusal),
    /// The receiver on a product's server refused something.
    #[error(transparent)]
    Receive(#[from] ReceiveRefusal),
    /// The pretend tenant did not start.
    #[error(transparent)]
    Rehearsal(#[from] simulator::StartError),
    /// An account that the pretend tenant does not have.
    #[error(transparent)]
    Account(#[from] rehearsal::UnknownAccount),
    /// The journal's chain is broken.
    #[error("the journal was changed at entry {at_seq}: {why}")]
    JournalBroken {
        /// The first entry that does not fit.
        at_seq: u64,
        /// What does not fit.
        why: journal::Flaw,
    },
    /// The journal cannot be judged with this vault.
    #[error("the journal was written with another vault, so nothing can be said about it")]
    JournalOtherKey,
    /// The system refused something that has no file.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// What is wrong with the options, although each is right by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Usage {
    /// No home folder is known.
    #[error("no folder for data is known; say --data-dir FOLDER")]
    NoFolder,
    /// A passphrase is asked for and nobody can type it.
    #[error("there is no terminal to ask for the passphrase; say --vault-passphrase-file FILE")]
    NoPassphrase,
    /// Nothing would keep the bundle's passphrase.
    #[error(
        "a vault in memory forgets the passphrase of the sealed file; say --recipient FILE or --passphrase-file FILE"
    )]
    PassphraseLost,
    /// A bundle needs a key or a passphrase.
    #[error("say --key FILE or --passphrase-file FILE")]
    NoKey,
    /// Nobody can be asked whether a made passphrase may be shown.
    #[error(
        "a passphrase that is made here needs a place; say --passphrase-file FILE (a new file, or one with your own)"
    )]
    NoExportPassphrase,
    /// A protected file is read and nobody can type its passphrase.
    #[error(
        "the file is protected and there is no terminal to ask for its passphrase; say --opening-passphrase-file FILE"
    )]
    NoOpeningPassphrase,
    /// A place that is not compiled in.
    #[error("there is no place of this name; say global, us-government, us-dod or china, or --cloud FILE")]
    UnknownPlace,
    /// A new guide's folder is named so that it cannot be an id.
    #[error("the folder's name is the guide's id: lower-case letters, digits and hyphens, a letter first")]
    NoGuideId,
    /// A product's or company's name that cannot stand in a guide.
    #[error("a name in a guide has at most 60 characters and no quotes, braces or marks")]
    NoGuideName,
    /// The fingerprint is not the one that the maker or the product's admin told.
    #[error("the fingerprint is another one; nothing was pinned or taken")]
    OtherFingerprint,
    /// `--adopt` without `=`.
    #[error("--adopt takes STEP=OBJECT-ID")]
    Adopt,
    /// `--password-file` without `=`.
    #[error("--password-file takes NAME=FILE, such as admin=password.txt")]
    PasswordFile,
    /// An address that no proxy has.
    #[error("{0}")]
    Proxy(NetworkError),
    /// A proxy's user or password without an address to sign in at, or a password without a user.
    #[error("a proxy's user and password go with --proxy http://HOST:PORT and --proxy-user NAME")]
    ProxyUser,
    /// A proxy's password is asked for and nobody can type it.
    #[error("there is no terminal to ask for the proxy's password; say --proxy-password-file FILE")]
    NoProxyPassword,
    /// `--existing` without `=`.
    #[error("--existing takes STEP=CLIENT-ID")]
    Existing,
    /// A server's address in another form.
    #[error("--to takes sftp://USER@HOST:PORT/FOLDER, without a password")]
    SftpAddress,
    /// A guide without a hand-over.
    #[error("this guide hands nothing over")]
    NoHandOver,
    /// A crash point is set where it must not be.
    #[error("FOOTBRIDGE_CRASH_AT is for rehearsals and for a cloud file on loopback only")]
    CrashPoint,
    /// A crash point that is not one.
    #[error("FOOTBRIDGE_CRASH_AT names no place; it is NAME or NAME:COUNT")]
    CrashPointUnknown,
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(Box::new(trouble))
    }
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Self {
        Self::Usage(usage)
    }
}

impl From<rehearsal::RehearsalError> for Failure {
    fn from(error: rehearsal::RehearsalError) -> Self {
        match error {
            rehearsal::RehearsalError::Tenant(why) => why.into(),
            rehearsal::RehearsalError::Desk(trouble) => trouble.into(),
            rehearsal::RehearsalError::Place(why) => std::io::Error::other(why).into(),
        }
    }
}

impl From<journal::JournalError> for Failure {
    fn from(error: journal::JournalError) -> Self {
        Trouble::from(error).into()
    }
}

impl Failure {
    /// A file that could not be read or written.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |why| Self::File { path: path.to_owned(), why }
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Trouble(trouble) => exit::of_code(trouble.code),
            Self::Usage(_) => Exit::Usage,
            Self::File { .. }
            | Self::Cloud(_)
            | Self::Faults(_)
            | Self::Bundle(_)
            | Self::EndPoint(_)
            | Self::Certificate(_)
            | Self::Receive(_)
            | Self::Account(_) => Exit::Refused,
            Self::Rehearsal(
                simulator::StartError::File { .. }
                | simulator::StartError::Listen { .. }
                | simulator::StartError::NotLoopback(_),
            ) => Exit::Refused,
            Self::Rehearsal(_) | Self::JournalBroken { .. } | Self::JournalOtherKey | Self::System(_) => {
                Exit::Failed
            }
        }
    }

    /// The code for programs.
    pub fn code(&self) -> String {
        match self {
            Self::Trouble(trouble) => return trouble.code.name(),
            Self::Usage(_) => "usage",
            Self::File { .. } => "file-failed",
            Self::Cloud(_) => "cloud-invalid",
            Self::Faults(_) => "faults-invalid",
            Self::Bundle(_) => "bundle-refused",
            Self::EndPoint(_) => "end-point-refused",
            Self::Certificate(_) => "certificate-refused",
            Self::Receive(_) => "receive-refused",
            Self::Account(_) => "account-unknown",
            Self::Rehearsal(_) => "rehearsal-failed",
            Self::JournalBroken { .. } => "journal-broken",
            Self::JournalOtherKey => "journal-other-key",
            Self::System(_) => "system-failed",
        }
        .to_owned()
    }

    /// What happened.
    pub fn what(&self, language: Language) -> String {
        match self {
            Self::Trouble(trouble) => trouble.what(language),
            other => other.to_string(),
        }
    }

    /// What to do now.
    pub fn next(&self, language: Language) -> String {
        let (english, german) = match self {
            Self::Trouble(trouble) => return trouble.next(language),
            Self::Usage(_) => ("See footbridge help.", "Siehe footbridge help."),
            Self::File { .. } => (
                "Check the path and the permissions. A file that exists is not overwritten.",
                "Prüfen Sie Pfad und Rechte. Eine vorhandene Datei wird nicht überschrieben.",
            ),
            Self::Cloud(_) | Self::Faults(_) => (
                "Correct the file and run the command again.",
                "Berichtigen Sie die Datei und starten Sie den Befehl erneut.",
            ),
            Self::Bundle(_) => (
                "Ask for a new bundle, or use the key that it was sealed to. Nothing was opened.",
                "Verlangen Sie ein neues Paket, oder nehmen Sie den Schlüssel, für den es versiegelt ist. Nichts wurde geöffnet.",
            ),
            Self::EndPoint(_) => (
                "Correct the address or take a new offer from the test end point. No bundle was sent.",
                "Berichtigen Sie die Adresse, oder nehmen Sie ein neues Angebot der Teststelle. Kein Paket wurde gesendet.",
            ),
            Self::Certificate(_) => (
                "Correct what is named and run the command again. No certificate was written.",
                "Berichtigen Sie das Genannte und starten Sie den Befehl erneut. Es wurde kein Zertifikat geschrieben.",
            ),
            Self::Receive(_) => (
                "Correct what is named and run the command again. Where a bundle does not hold, make a new offer.",
                "Berichtigen Sie das Genannte und starten Sie den Befehl erneut. Gilt ein Paket nicht, machen Sie ein neues Angebot.",
            ),
            Self::Account(_) => (
                "Take one of the accounts in docs/rehearsal.md.",
                "Nehmen Sie eines der Konten aus docs/rehearsal.md.",
            ),
            Self::Rehearsal(_) => (
                "Correct the address or the path that is named.",
                "Berichtigen Sie die genannte Adresse oder den genannten Pfad.",
            ),
            Self::JournalBroken { .. } => (
                "Keep the file as it is, and start with another --data-dir.",
                "Lassen Sie die Datei, wie sie ist, und beginnen Sie mit einem anderen --data-dir.",
            ),
            Self::JournalOtherKey => (
                "Use the vault and the data folder that it was written with.",
                "Nehmen Sie den Tresor und den Datenordner, mit denen es geschrieben wurde.",
            ),
            Self::System(_) => ("Run the command again.", "Starten Sie den Befehl erneut."),
        };
        match language {
            Language::English => english.to_owned(),
            Language::German => german.to_owned(),
        }
    }

    /// The field or file concerned.
    pub fn field(&self) -> Option<String> {
        match self {
            Self::Trouble(trouble) => trouble.field.clone(),
            Self::File { path, .. } => Some(path.display().to_string()),
            _ => None,
        }
    }

    /// Microsoft's id of the request.
    pub fn request_id(&self) -> Option<String> {
        match self {
            Self::Trouble(trouble) => trouble.technical.request_id.clone(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::Code;

    use super::*;

    #[test]
    fn each_failure_has_its_exit_code() {
        assert_eq!(Failure::from(Usage::NoKey).exit(), Exit::Usage);
        assert_eq!(Failure::from(Trouble::new(Code::GuideUnknown)).exit(), Exit::Refused);
        assert_eq!(Failure::from(Trouble::new(Code::Unreachable)).exit(), Exit::Failed);
        assert_eq!(Failure::file(Path::new("a"))(std::io::Error::other("x")).exit(), Exit::Refused);
        assert_eq!(Failure::from(std::io::Error::other("x")).exit(), Exit::Failed);
    }

    #[test]
    fn a_trouble_keeps_its_code_and_its_sentences() {
        let trouble = Trouble::new(Code::GuideUnknown).with("name", "nothing");
        let failure = Failure::from(trouble.clone());
        assert_eq!(failure.code(), "guide-unknown");
        assert_eq!(failure.what(Language::German), trouble.what(Language::German));
        assert_eq!(failure.next(Language::English), trouble.next(Language::English));
    }
}
