//! Keys and certificates, made and exported with the network cable out: keys, self-signed certificates, requests, chains,
//! thumbprints, and the files that carry them (PFX, PEM, DER, PKCS#7). This room reads no clock and has no network in its
//! tree; it writes only new files for their owner, and private halves and passphrases stay in secret types.

mod algorithms;
mod assertion;
mod certificate;
mod chain;
mod contents;
mod der;
mod destination;
mod export;
mod key;
mod opening;
mod order;
mod passphrase;
mod pem;
mod pfx;
mod pkcs7;
mod request;
#[cfg(test)]
mod samples;
mod subject;
mod thumbprint;

pub use algorithms::{Algorithms, Cipher, Digest, Mac, Protection};
pub use assertion::sign_ps256;
pub use certificate::{Certificate, CertificateError};
pub use chain::Chain;
pub use contents::{Contents, ContentsError, FileForm, LARGEST_FILE, read};
pub use destination::{Destination, Kind, Line, TABLE};
pub use export::{
    ExportError, Identity, Parcel, Written, check_name, lay_down, pack, pack_key, pack_request,
};
pub use key::{KeyError, KeyKind, PrivateKey};
pub use opening::{LARGEST_KEY_FILE, MOST_CERTIFICATES, MOST_FOREIGN_ITERATIONS, OpenError, Opened};
pub use order::{BACK, LONGEST_DAYS, Order, Purpose};
pub use passphrase::{Passphrase, PassphraseError};
pub use pfx::{Form, Iterations, Pfx, PfxError, encrypted_key_pem};
pub use pkcs7::{pkcs7_der, pkcs7_pem};
pub use request::{Request, RequestError};
pub use subject::{NameError, OtherName, Subject};
pub use thumbprint::{GraphIdentifier, Thumbprints};
