//! The text form: base64url without padding in its one canonical spelling, in parts between dots (RFC 7515 §7.1,
//! RFC 7516 §7.1). It must never take a second spelling of the same bytes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::wiping::Wiped;

/// Bytes as base64url. Not for secrets: the text is a plain `String`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends bytes as base64url to a wiping buffer.
pub(crate) fn encode_into(bytes: &[u8], buffer: &mut Wiped) {
    // 3 bytes become 4 characters, so pieces of 3 * 256 bytes join without a seam.
    for piece in bytes.chunks(768) {
        let mut text = Zeroizing::new([0_u8; 1024]);
        if let Ok(length) = URL_SAFE_NO_PAD.encode_slice(piece, text.as_mut_slice()) {
            buffer.push(&text[..length]);
        }
    }
}

/// Decodes a part; `None` unless encoding it again gives the very same text.
pub(crate) fn decode(text: &str) -> Option<Wiped> {
    let bytes = Wiped::from_exact(URL_SAFE_NO_PAD.decode(text).ok()?);
    let mut again = Wiped::with_room(text.len());
    encode_into(bytes.as_slice(), &mut again);
    (again.as_slice() == text.as_bytes()).then_some(bytes)
}

/// Decodes a part that has a fixed length.
pub(crate) fn decode_exact<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.as_slice().try_into().ok()
}

/// Splits at the dots; `None` unless there are exactly `N` parts.
pub(crate) fn parts<const N: usize>(text: &str) -> Option<[&str; N]> {
    let mut pieces = text.split('.');
    let mut found = [""; N];
    for place in &mut found {
        *place = pieces.next()?;
    }
    pieces.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_taken() {
        assert_eq!(decode("AQ").unwrap().as_slice(), [1]);
        for other in ["AR", "AQ==", "AQ=", "A", "A+", "A/", "AQ\n", " AQ", "AQ ", "ä"] {
            assert!(decode(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn long_texts_are_encoded_without_a_seam() {
        for length in [0, 1, 767, 768, 769, 1536, 5000] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let mut buffer = Wiped::default();
            encode_into(&bytes, &mut buffer);
            assert_eq!(buffer.as_slice(), encode(&bytes).as_bytes());
        }
    }

    #[test]
    fn parts_are_counted() {
        assert_eq!(parts::<3>("a..c"), Some(["a", "", "c"]));
        assert_eq!(parts::<3>("a.c"), None);
        assert_eq!(parts::<3>("a.b.c.d"), None);
    }
}
