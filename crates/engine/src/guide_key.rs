//! The key with which a maker signs guides: made here, kept by its owner in a file of his own as PKCS#8 in PEM.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bundle::{BundleError, KeyFault, SigningKey};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use zeroize::Zeroizing;

use crate::trouble::Trouble;

const EDGES: [&str; 2] = ["-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n"];

/// Makes a key: the private half as PEM, and the fingerprint of the public one.
///
/// # Errors
/// When the cryptographic library fails.
pub fn new_guide_key() -> Result<(SecretString, String), Trouble> {
    let key = SigningKey::generate()?;
    let der = key.to_pkcs8()?;
    let body = Zeroizing::new(STANDARD.encode(der.expose_secret()));
    let mut text = Zeroizing::new(String::with_capacity(1024));
    text.push_str(EDGES[0]);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(EDGES[1]);
    Ok((SecretString::from(text.as_str()), key.signer()?.fingerprint()))
}

/// Reads what [`new_guide_key`] made.
///
/// # Errors
/// When it is no such key.
pub fn read_guide_key(text: &SecretString) -> Result<SigningKey, Trouble> {
    let not_a_key = || BundleError::from(KeyFault::NotPkcs8);
    let text = text.expose_secret();
    let body = text.split_once(EDGES[0].trim()).and_then(|(_, rest)| rest.split_once(EDGES[1].trim()));
    let body: Zeroizing<String> =
        Zeroizing::new(body.ok_or_else(not_a_key)?.0.split_ascii_whitespace().collect());
    let der = STANDARD.decode(body.as_bytes()).map_err(|_| not_a_key())?;
    Ok(SigningKey::from_pkcs8(&SecretBox::new(Box::new(der)))?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_file_and_anything_else_is_refused() {
        let (text, fingerprint) = new_guide_key().unwrap();
        let key = read_guide_key(&text).unwrap();
        assert_eq!(key.signer().unwrap().fingerprint(), fingerprint);
        for other in ["", "nothing", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert!(read_guide_key(&SecretString::from(other)).is_err());
        }
    }
}
