//! What a delivery over SFTP leaves behind for the journal: plain values, no secret, no byte of the bundle.

use serde::Serialize;
use time::OffsetDateTime;

use super::host_key::KeyKind;

/// How the file came to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placed {
    /// The name was free.
    New,
    /// Another file had it, and replacing was allowed.
    Replaced,
    /// A file with exactly these bytes had it already, and it was left as it is.
    WasThere,
}

/// Proof of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The host, as it was typed.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The kind of its host key.
    pub key: KeyKind,
    /// The fingerprint of its host key, as OpenSSH writes it.
    pub fingerprint: String,
    /// The account.
    pub user: String,
    /// The whole path, as the server spells it.
    pub path: String,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes, in hexadecimal, small letters.
    pub sha256: String,
    /// How the file came to its name.
    pub placed: Placed,
    /// Whether the server said that the bytes are on its disk (`fsync@openssh.com`); not every server can.
    pub durable: bool,
    /// When it was complete.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}
