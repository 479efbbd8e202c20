//! Secrets and keys of applications: kept as hashes, shown without what nobody may read back.
//!
//! A secret's text exists in the answer that made it and nowhere else.

use aws_lc_rs::digest;
use serde_json::Value;
use time::OffsetDateTime;

use crate::random::Random;

/// A client secret that was made once.
#[derive(Clone)]
pub(crate) struct Secret {
    pub app_id: String,
    pub key_id: String,
    pub hash: Vec<u8>,
    pub ends_at: OffsetDateTime,
}

pub(crate) fn hash(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// SHA-1 of a certificate, as Graph names it in `customKeyIdentifier`: 40 hexadecimal digits in capitals.
pub(crate) fn thumbprint(der: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der);
    hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Forty characters in the pattern of real ones: three, `8Q~`, thirty-four.
pub(crate) fn secret_text(random: &mut Random) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-~.";
    let head = random.letters(&LETTERS[..62], 3);
    let tail = random.letters(LETTERS, 34);
    format!("{head}8Q~{tail}")
}

/// An object without its key material.
pub(crate) fn masked(mut document: Value) -> Value {
    if let Some(keys) = document.get_mut("keyCredentials").and_then(Value::as_array_mut) {
        for key in keys {
            key["key"] = Value::Null;
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_look_like_real_ones_and_differ() {
        let mut random = Random::new(3);
        let (one, other) = (secret_text(&mut random), secret_text(&mut random));
        assert_eq!(one.len(), 40);
        assert_eq!(&one[3..6], "8Q~");
        assert_ne!(one, other);
        assert_ne!(hash(&one), hash(&other));
    }

    #[test]
    fn thumbprints_and_masks() {
        assert_eq!(thumbprint(b"abc"), "A9993E364706816ABA3E25717850C26C9CD0D89D");
        let shown = masked(json!({"keyCredentials": [{"key": "x", "keyId": "y"}]}));
        assert_eq!(shown, json!({"keyCredentials": [{"key": null, "keyId": "y"}]}));
    }
}
