//! Keys and certificates, made and exported with the network cable out: RSA keys, self-signed certificates, their
//! thumbprints, and the files that carry them (PEM, DER, PKCS#8, PFX). This room reads no clock, writes no file and
//! has no network in its tree; private halves and passphrases stay in secret types.

mod algorithms;
mod assertion;
mod certificate;
mod issuer;
mod key;
mod passphrase;
mod pem;
mod pfx;
mod subject;
mod thumbprint;

pub use algorithms::{Algorithms, Cipher, Digest, Mac, Protection};
pub use assertion::sign_ps256;
pub use certificate::{BACK, Certificate, CertificateError, LONGEST_DAYS, Order, Purpose};
pub use key::{KeyError, PrivateKey, RsaSize};
pub use passphrase::{Passphrase, PassphraseError};
pub use pfx::{Form, Iterations, LARGEST, Opened, Pfx, PfxError, encrypted_key_pem};
pub use subject::{NameError, OtherName, Subject};
pub use thumbprint::Thumbprints;
