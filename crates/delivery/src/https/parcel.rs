//! What is sent: a sealed bundle and its id, checked before anything is asked.

use aws_lc_rs::digest::{SHA256, digest};

use super::error::HttpsError;

/// The largest bundle that is sent, in bytes (bundle/1).
pub const LARGEST_BUNDLE: usize = 256 * 1024;

/// A sealed bundle under its id.
#[derive(Clone)]
pub struct Parcel {
    jti: String,
    text: String,
}

impl Parcel {
    /// Takes a sealed text and the `jti` inside it.
    ///
    /// # Errors
    /// [`HttpsError::Jti`] or [`HttpsError::Bundle`].
    pub fn new(jti: &str, text: &str) -> Result<Parcel, HttpsError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if jti.is_empty() || jti.len() > 64 || !jti.bytes().all(plain) {
            return Err(HttpsError::Jti);
        }
        let sealed =
            !text.is_empty() && text.len() <= LARGEST_BUNDLE && text.bytes().all(|b| b.is_ascii_graphic());
        match sealed {
            true => Ok(Parcel { jti: jti.to_owned(), text: text.to_owned() }),
            false => Err(HttpsError::Bundle { bytes: text.len() }),
        }
    }

    /// Its id.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.text.len()
    }

    /// SHA-256 of its bytes, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        digest(&SHA256, self.text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The bytes from `first` on.
    pub(super) fn rest(&self, first: usize) -> Vec<u8> {
        self.text.as_bytes().get(first..).unwrap_or_default().to_vec()
    }
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Parcel").field("jti", &self.jti).field("size", &self.size()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_sealed_texts_with_plain_ids_are_taken() {
        let parcel = Parcel::new("a-Z_9", "abc").unwrap();
        assert_eq!(parcel.sha256(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((parcel.rest(1), parcel.rest(9)), (b"bc".to_vec(), Vec::new()));
        assert!(!format!("{parcel:?}").contains("abc"));
        for jti in ["", "a/b", "a\r\nb", "..", "a b", "%2e", &"a".repeat(65)] {
            assert_eq!(Parcel::new(jti, "abc").unwrap_err(), HttpsError::Jti, "{jti:?}");
        }
        for text in ["", "a\nb", "a b", &"a".repeat(LARGEST_BUNDLE + 1)] {
            assert_eq!(Parcel::new("a", text).unwrap_err(), HttpsError::Bundle { bytes: text.len() });
        }
        assert!(Parcel::new("a", &"a".repeat(LARGEST_BUNDLE)).is_ok());
    }
}
