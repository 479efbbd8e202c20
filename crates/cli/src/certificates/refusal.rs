//! Why the workshop refused something, out of the errors of its room and what only a command can know.

use std::path::PathBuf;

use engine::certs::{CertificateError, ContentsError, ExportError, KeyError, PassphraseError, RequestError};

use crate::failure::Failure;

/// A refusal. Never holds a passphrase or key bytes.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The order does not serve.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The passphrase does not serve.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// The request does not hold.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A file was not read.
    #[error("{}: {why}", path.display())]
    Contents {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        why: ContentsError,
    },
    /// Nothing was exported.
    #[error(transparent)]
    Export(ExportError),
    /// No key among the files.
    #[error(
        "there is no private key among the files; give the key file, too, such as NAME.key.pem of the request"
    )]
    NoKey,
    /// Several files with a key.
    #[error("there are private keys in several files; give one")]
    SeveralKeys,
    /// The certificates are those of other keys.
    #[error(
        "none of the certificates belongs to the key: it was issued on another request. Give the key of that request, or ask \
         for a certificate on this one"
    )]
    NoCertificateOfTheKey,
    /// A request among the files was made on another key.
    #[error("the request among the files was made on another key")]
    RequestOfAnotherKey,
    /// Only the public part would be written, and the key forgotten.
    #[error("with the public part alone the new key would be lost; add a destination that carries the key")]
    KeyWouldBeLost,
    /// No name for new files.
    #[error("the name of the first file cannot name new files; say --name NAME")]
    NoName,
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::File { path, why } => Self::File { path, why },
            other => Refusal::Export(other).into(),
        }
    }
}

macro_rules! through_refusal {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Refusal::from(error).into()
            }
        })*
    };
}

through_refusal!(CertificateError, KeyError, PassphraseError, RequestError);
