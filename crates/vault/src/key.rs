//! The one key: 32 bytes from which the sealing key and the tagging keys are derived. It is wiped when dropped, and
//! must never be printed, copied out or used directly.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::VaultError;

pub(crate) const KEY_BYTES: usize = 32;

/// Behind a pointer: moving the bytes themselves would leave a copy of them on the stack that nobody wipes.
pub(crate) type Bytes = Box<Zeroizing<[u8; KEY_BYTES]>>;

pub(crate) fn no_bytes() -> Bytes {
    Box::new(Zeroizing::new([0; KEY_BYTES]))
}

pub(crate) struct Key(Bytes);

impl Key {
    pub fn generate() -> Result<Self, VaultError> {
        let mut bytes = no_bytes();
        rand::fill(bytes.as_mut_slice()).map_err(|_| VaultError::Cryptography)?;
        Ok(Self(bytes))
    }

    pub fn from_bytes(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// One line of base64url, 43 characters: within every keyring's limit and without a newline.
    pub fn to_line(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    pub fn from_line(line: &str) -> Option<Self> {
        let decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(line.trim()).ok()?);
        let mut bytes = no_bytes();
        if decoded.len() != KEY_BYTES {
            return None;
        }
        bytes.copy_from_slice(&decoded);
        Some(Self(bytes))
    }

    /// Compares without telling by time where the two differ.
    pub fn is(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_slice(), other.0.as_slice()).is_ok()
    }

    /// HKDF-SHA-256 (RFC 5869) with one block of output, written out because that cannot fail.
    fn derived(&self, purpose: &str) -> Bytes {
        let extracted = hmac(b"footbridge vault 1", &[self.0.as_slice()]);
        hmac(extracted.as_slice(), &[purpose.as_bytes(), &[1]])
    }

    fn sealing(&self) -> Result<LessSafeKey, VaultError> {
        let derived = self.derived("seal");
        UnboundKey::new(&AES_256_GCM, derived.as_slice())
            .map(LessSafeKey::new)
            .map_err(|_| VaultError::Cryptography)
    }

    /// Nonce, cipher text and tag; the associated data says where the row belongs.
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| VaultError::Cryptography)?;
        // The plain text is encrypted where it stands: a vector that grew would leave a plain copy behind.
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend(nonce);
        sealed.extend(plain);
        let (_, text) = sealed.split_at_mut(NONCE_LEN);
        let tag = self
            .sealing()?
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), text)
            .map_err(|_| VaultError::Cryptography)?;
        sealed.extend(tag.as_ref());
        Ok(sealed)
    }

    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self.sealing().ok()?.open_in_place(nonce, Aad::from(place), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    /// HMAC-SHA-256 under a key of its own for each purpose.
    pub fn tag(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        **hmac(self.derived(&format!("tag {purpose}")).as_slice(), &[message])
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Bytes {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    parts.iter().for_each(|part| context.update(part));
    let mut tag = no_bytes();
    tag.copy_from_slice(context.sign().as_ref());
    tag
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_in_its_place_and_unaltered() {
        let key = Key::generate().unwrap();
        let sealed = key.seal(b"here", b"secret").unwrap();
        assert_eq!(key.open(b"here", &sealed).unwrap().as_slice(), b"secret");
        assert!(key.open(b"there", &sealed).is_none());
        assert!(Key::generate().unwrap().open(b"here", &sealed).is_none());
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert!(key.open(b"here", &altered).is_none(), "byte {index}");
        }
        assert!(key.open(b"here", &sealed[..5]).is_none());
    }

    #[test]
    fn derived_keys_are_those_of_hkdf() {
        struct Length;
        impl aws_lc_rs::hkdf::KeyType for Length {
            fn len(&self) -> usize {
                KEY_BYTES
            }
        }
        let key = Key::from_bytes(Box::new(Zeroizing::new([7; KEY_BYTES])));
        let salt = aws_lc_rs::hkdf::Salt::new(aws_lc_rs::hkdf::HKDF_SHA256, b"footbridge vault 1");
        let mut expected = [0; KEY_BYTES];
        salt.extract(&[7; KEY_BYTES]).expand(&[b"seal"], Length).unwrap().fill(&mut expected).unwrap();
        assert_eq!(**key.derived("seal"), expected);
    }

    #[test]
    fn the_line_is_43_characters_and_reads_back() {
        let key = Key::generate().unwrap();
        let line = key.to_line();
        assert_eq!(line.len(), 43);
        assert_eq!(Key::from_line(&line).unwrap().tag("a", b"m"), key.tag("a", b"m"));
        assert!(Key::from_line("short").is_none());
    }

    #[test]
    fn each_purpose_has_its_own_tags() {
        let key = Key::generate().unwrap();
        assert_ne!(key.tag("a", b"m"), key.tag("b", b"m"));
        assert_ne!(key.tag("a", b"m"), key.tag("a", b"n"));
    }
}
