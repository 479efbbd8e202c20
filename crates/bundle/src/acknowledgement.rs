//! The product's word that it took a bundle. Its proof is an HMAC under a digest of the signed text, which only the
//! sender and whoever opened the bundle know; a server that merely stored the file cannot make one
//! (docs/receiver-api.md, "The receipt").

use aws_lc_rs::{digest, hmac};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::compact;

/// The largest receipt that is read, in bytes.
const LARGEST: usize = 4 * 1024;

/// What both sides of one bundle know and nobody else: SHA-256 of the signed text. It leads to no byte of that text.
#[derive(Clone)]
pub struct ReceiptKey(Zeroizing<[u8; 32]>);

/// The receipt of a product, version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The bundle that was taken.
    pub jti: String,
    /// When, by the product's clock; whole seconds.
    pub taken_at: OffsetDateTime,
    proof: String,
}

/// Why a receipt does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AcknowledgementFault {
    /// It is no receipt of version 1.
    #[error("it has another form than a receipt")]
    Form,
    /// It speaks of another bundle.
    #[error("it is the receipt of another bundle")]
    OtherBundle,
    /// Its proof was not made by somebody who opened this bundle.
    #[error("its proof does not hold: whoever sent it has not opened this bundle")]
    Proof,
}

impl ReceiptKey {
    pub(crate) fn of(signed_text: &[u8]) -> ReceiptKey {
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(digest::digest(&digest::SHA256, signed_text).as_ref());
        ReceiptKey(key)
    }

    /// The key as text, for a vault, until the receipt has come.
    pub fn to_text(&self) -> SecretString {
        SecretString::from(compact::encode(self.0.as_slice()))
    }

    /// The key out of a vault; `None` for another text.
    pub fn from_text(text: &SecretString) -> Option<ReceiptKey> {
        let bytes = compact::decode(text.expose_secret())?;
        let mut key = Zeroizing::new([0; 32]);
        (bytes.as_slice().len() == key.len()).then(|| key.copy_from_slice(bytes.as_slice()))?;
        Some(ReceiptKey(key))
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice())
    }
}

impl std::fmt::Debug for ReceiptKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("ReceiptKey")
    }
}

impl Acknowledgement {
    /// The receipt for a bundle that was opened and stored.
    pub fn new(key: &ReceiptKey, jti: &str, taken_at: OffsetDateTime) -> Acknowledgement {
        let proof = hmac::sign(&key.hmac(), message(jti, taken_at).as_bytes());
        Acknowledgement { jti: jti.to_owned(), taken_at, proof: compact::encode(proof.as_ref()) }
    }

    /// The receipt as JSON.
    ///
    /// # Errors
    /// [`AcknowledgementFault::Form`] never in practice: the members are plain text.
    pub fn to_json(&self) -> Result<String, AcknowledgementFault> {
        let at = self.taken_at.unix_timestamp();
        let text = Text { v: 1, jti: self.jti.clone(), taken: at, proof: self.proof.clone() };
        serde_json::to_string(&text).map_err(|_| AcknowledgementFault::Form)
    }

    /// Reads a receipt and checks that whoever made it has opened the bundle `jti`.
    ///
    /// # Errors
    /// [`AcknowledgementFault`] with the reason.
    pub fn verify(text: &str, key: &ReceiptKey, jti: &str) -> Result<Acknowledgement, AcknowledgementFault> {
        let form = AcknowledgementFault::Form;
        let text = Some(text.trim()).filter(|text| text.len() <= LARGEST).ok_or(form)?;
        let read: Text = serde_json::from_str(text).map_err(|_| form)?;
        let taken_at = OffsetDateTime::from_unix_timestamp(read.taken).map_err(|_| form)?;
        if read.v != 1 {
            return Err(form);
        }
        if read.jti != jti {
            return Err(AcknowledgementFault::OtherBundle);
        }
        let proof = compact::decode(&read.proof).ok_or(AcknowledgementFault::Proof)?;
        hmac::verify(&key.hmac(), message(jti, taken_at).as_bytes(), proof.as_slice())
            .map_err(|_| AcknowledgementFault::Proof)?;
        Ok(Acknowledgement { jti: read.jti, taken_at, proof: read.proof })
    }
}

fn message(jti: &str, taken_at: OffsetDateTime) -> String {
    format!("receipt/1.{jti}.{}", taken_at.unix_timestamp())
}

/// Unknown members are ignored, so that a later version can say more.
#[derive(Serialize, Deserialize)]
struct Text {
    v: u64,
    jti: String,
    taken: i64,
    proof: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use time::macros::datetime;

    use super::*;

    const AT: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    #[test]
    fn only_who_knows_the_signed_text_can_make_one() {
        let key = ReceiptKey::of(b"the signed text");
        let receipt = Acknowledgement::new(&key, "jti-1", AT);
        let text = receipt.to_json().unwrap();
        assert_eq!(Acknowledgement::verify(&text, &key, "jti-1").unwrap(), receipt);
        let other = ReceiptKey::of(b"another text");
        assert_eq!(Acknowledgement::verify(&text, &other, "jti-1"), Err(AcknowledgementFault::Proof));
        assert_eq!(Acknowledgement::verify(&text, &key, "jti-2"), Err(AcknowledgementFault::OtherBundle));
    }

    #[test]
    fn a_changed_receipt_does_not_count() {
        let key = ReceiptKey::of(b"the signed text");
        let text = Acknowledgement::new(&key, "jti-1", AT).to_json().unwrap();
        let later = text.replace(&AT.unix_timestamp().to_string(), &(AT.unix_timestamp() + 1).to_string());
        assert_ne!(later, text);
        assert_eq!(Acknowledgement::verify(&later, &key, "jti-1"), Err(AcknowledgementFault::Proof));
        for wrong in ["", "{}", "taken", &text.replace("\"v\":1", "\"v\":2")] {
            assert_eq!(
                Acknowledgement::verify(wrong, &key, "jti-1"),
                Err(AcknowledgementFault::Form),
                "{wrong}"
            );
        }
        let long = format!("{text}{}", " ".repeat(5000));
        assert!(Acknowledgement::verify(&long, &key, "jti-1").is_ok(), "white space around it is no matter");
        let padded = text.replacen('{', &format!("{{\"more\":\"{}\",", "x".repeat(5000)), 1);
        assert_eq!(Acknowledgement::verify(&padded, &key, "jti-1"), Err(AcknowledgementFault::Form));
    }

    #[test]
    fn a_key_comes_back_from_its_text() {
        let key = ReceiptKey::of(b"the signed text");
        let back = ReceiptKey::from_text(&key.to_text()).unwrap();
        let receipt = Acknowledgement::new(&back, "jti-1", AT).to_json().unwrap();
        assert!(Acknowledgement::verify(&receipt, &key, "jti-1").is_ok());
        assert!(ReceiptKey::from_text(&SecretString::from("AAAA")).is_none());
        assert_eq!(format!("{key:?}"), "ReceiptKey");
    }
}
