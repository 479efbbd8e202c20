//! The server's host key as a person compares it: kind, and SHA-256 of the public key as OpenSSH writes it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKey};
use serde::Serialize;

use super::error::SftpError;

/// The kinds of host keys that are taken. RSA is not among them: no library for it without a known hole is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum KeyKind {
    /// `ssh-ed25519` (RFC 8709).
    #[serde(rename = "ssh-ed25519")]
    Ed25519,
    /// `ecdsa-sha2-nistp256` (RFC 5656).
    #[serde(rename = "ecdsa-sha2-nistp256")]
    EcdsaP256,
    /// `ecdsa-sha2-nistp384` (RFC 5656).
    #[serde(rename = "ecdsa-sha2-nistp384")]
    EcdsaP384,
    /// `ecdsa-sha2-nistp521` (RFC 5656).
    #[serde(rename = "ecdsa-sha2-nistp521")]
    EcdsaP521,
}

impl KeyKind {
    /// All kinds, the one asked for first in front.
    pub const ALL: [KeyKind; 4] =
        [KeyKind::Ed25519, KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::EcdsaP521];

    pub(super) fn algorithm(self) -> Algorithm {
        match self {
            KeyKind::Ed25519 => Algorithm::Ed25519,
            KeyKind::EcdsaP256 => Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
            KeyKind::EcdsaP384 => Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
            KeyKind::EcdsaP521 => Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.algorithm().as_str())
    }
}

/// SHA-256 of a public key in SSH's own encoding (RFC 4253 section 6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(key: &PublicKey) -> Option<Fingerprint> {
        key.fingerprint(HashAlg::Sha256).as_bytes().try_into().ok().map(Fingerprint)
    }
}

/// `SHA256:` and base64 without padding, as `ssh-keygen -lf` shows it.
impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SHA256:{}", STANDARD_NO_PAD.encode(self.0))
    }
}

/// Either OpenSSH's form `SHA256:…`, or base64url without a prefix, as an offer's `ssh_hostkey_s256` has it.
impl FromStr for Fingerprint {
    type Err = SftpError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bytes = match text.strip_prefix("SHA256:") {
            Some(rest) => STANDARD_NO_PAD.decode(rest.trim_end_matches('=')),
            None => URL_SAFE_NO_PAD.decode(text),
        };
        let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Fingerprint).ok_or_else(|| SftpError::Pin { text: text.chars().take(80).collect() })
    }
}

/// A host key as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostKey {
    /// Its kind.
    pub kind: KeyKind,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

impl HostKey {
    /// `None` for a kind that is not taken.
    pub(super) fn of(key: &PublicKey) -> Option<HostKey> {
        let kind = KeyKind::ALL.into_iter().find(|kind| kind.algorithm() == key.algorithm())?;
        Some(HostKey { kind, fingerprint: Fingerprint::of(key)? })
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.kind, self.fingerprint)
    }
}

/// The one host key that is taken from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// The kind, where it is known; then no other kind is even asked for.
    pub kind: Option<KeyKind>,
    /// The fingerprint.
    pub fingerprint: Fingerprint,
}

impl Pin {
    pub(super) fn fits(&self, key: &HostKey) -> bool {
        self.fingerprint == key.fingerprint && self.kind.is_none_or(|kind| kind == key.kind)
    }
}

/// What was shown and compared.
impl From<HostKey> for Pin {
    fn from(key: HostKey) -> Self {
        Pin { kind: Some(key.kind), fingerprint: key.fingerprint }
    }
}

/// What an offer says, or a person typed.
impl From<Fingerprint> for Pin {
    fn from(fingerprint: Fingerprint) -> Self {
        Pin { kind: None, fingerprint }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_forms_of_a_fingerprint_are_read_and_one_is_written() {
        let bytes = [0xfb; 32];
        let open_ssh = format!("SHA256:{}", STANDARD_NO_PAD.encode(bytes));
        let offer = URL_SAFE_NO_PAD.encode(bytes);
        assert!(open_ssh.contains(['+', '/']), "the two alphabets differ here");
        for text in [&open_ssh, &offer, &format!(" {open_ssh}=\n")] {
            assert_eq!(text.parse::<Fingerprint>().unwrap().to_string(), open_ssh, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_fingerprints() {
        let long = URL_SAFE_NO_PAD.encode([1; 33]);
        let short = URL_SAFE_NO_PAD.encode([1; 31]);
        let md5 = "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48";
        for text in ["", "SHA256:", "SHA256:abc", md5, &long, &short] {
            assert!(matches!(text.parse::<Fingerprint>(), Err(SftpError::Pin { .. })), "{text}");
        }
    }

    #[test]
    fn a_pin_with_a_kind_fits_that_kind_only() {
        let fingerprint = Fingerprint([7; 32]);
        let key = HostKey { kind: KeyKind::Ed25519, fingerprint };
        assert!(Pin::from(key).fits(&key));
        assert!(Pin::from(fingerprint).fits(&key));
        assert!(!Pin::from(HostKey { kind: KeyKind::EcdsaP256, fingerprint }).fits(&key));
        assert!(!Pin::from(Fingerprint([8; 32])).fits(&key));
    }
}
