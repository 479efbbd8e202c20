//! What a delivery leaves behind for the journal. It holds no byte of what was delivered.

use std::path::PathBuf;

use serde::Serialize;
use time::OffsetDateTime;

/// Proof of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Where it is now.
    pub path: PathBuf,
    /// SHA-256 of the bytes, in hexadecimal, small letters.
    pub sha256: String,
    /// How many bytes.
    pub bytes: u64,
    /// When it was complete.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}
