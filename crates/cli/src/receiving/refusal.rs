//! What stops a command of the receiver. It never carries what a bundle holds.

use receiver::{
    IdentityError, JudgeError, MemoryError, OfferingError, TakingError, UnknownOwner, UnknownTemplate,
};

/// Why a command of the receiver stopped.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveRefusal {
    /// There is no offer.
    #[error(transparent)]
    Offer(#[from] OfferingError),
    /// A bundle does not hold.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// A bundle was not taken.
    #[error(transparent)]
    Taking(#[from] TakingError),
    /// The receiver's memory could not be used.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The server's certificate does not serve.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A template that is none.
    #[error(transparent)]
    Template(#[from] UnknownTemplate),
    /// An owner that is none.
    #[error(transparent)]
    Owner(#[from] UnknownOwner),
    /// The passphrase for the PFX file.
    #[error("--pfx-passphrase-file: {0}")]
    Passphrase(#[from] engine::certs::PassphraseError),
    /// Not as many templates as places.
    #[error("each --template needs a --to, in the same order")]
    Pairs,
    /// No certificate was made and none is given.
    #[error(
        "there is no certificate to answer with; say --certificate PEM --key PEM, or make an offer with --endpoint"
    )]
    NoCertificate,
    /// The address cannot be had.
    #[error("the address could not be listened at: {0}")]
    Listen(std::io::Error),
    /// Nobody can be asked.
    #[error(
        "the signer was not agreed to yet and there is no terminal to ask at; say --yes-from FINGERPRINT"
    )]
    NobodyToAsk,
    /// The answer was no.
    #[error("the answer was no; nothing was written and the offer is still open")]
    SaidNo,
    /// No question of this number.
    #[error("no bundle of this number waits for an answer")]
    NotWaiting,
}
