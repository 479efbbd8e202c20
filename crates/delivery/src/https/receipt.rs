//! What a push leaves behind for the journal: plain values, and no byte of the bundle.

use std::net::SocketAddr;

use serde::Serialize;
use time::OffsetDateTime;

/// Proof that a product opened a bundle and took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HttpsReceipt {
    /// The address that was called.
    pub endpoint: String,
    /// Where the connection went.
    pub connected: Option<SocketAddr>,
    /// SHA-256 of the server's public key, base64url.
    pub tls_spki_s256: Option<String>,
    /// Whether that key was pinned; otherwise the operating system's authorities vouched for it.
    pub pinned: bool,
    /// The bundle's id.
    pub jti: String,
    /// SHA-256 of the bundle, in hexadecimal.
    pub sha256: String,
    /// The bundle's size in bytes.
    pub bytes: usize,
    /// When the product took it, by its own clock, as the verified receipt says.
    #[serde(with = "time::serde::rfc3339")]
    pub taken_at: OffsetDateTime,
    /// When the receipt was verified here.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}
