//! ECDH-ES, direct: one shared secret on P-256 and the Concat KDF (RFC 7518 §4.6). The shared secret must never
//! leave the closure that the library lends it to.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::digest::{Context, SHA256};
use zeroize::Zeroizing;

use crate::point::Point;

/// The content key that both sides derive; `None` when the library refuses the point.
pub(crate) fn content_key(own: &PrivateKey, other: &Point) -> Option<Zeroizing<[u8; 32]>> {
    let other = UnparsedPublicKey::new(&ECDH_P256, other.as_bytes());
    agree(own, other, (), |shared| Ok(concat_kdf(shared, "A256GCM", b"", b"", 256))).ok()
}

// One round of SHA-256 is enough for each length that A256GCM and the standard's own example need (at most 256 bits).
fn concat_kdf(shared: &[u8], algorithm: &str, apu: &[u8], apv: &[u8], bits: u32) -> Zeroizing<[u8; 32]> {
    let mut hash = Context::new(&SHA256);
    hash.update(&1_u32.to_be_bytes());
    hash.update(shared);
    for part in [algorithm.as_bytes(), apu, apv] {
        hash.update(&(part.len() as u32).to_be_bytes());
        hash.update(part);
    }
    hash.update(&bits.to_be_bytes());
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(hash.finish().as_ref());
    key
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::compact;

    // RFC 7518, Appendix C: Alice's ephemeral key, Bob's key, A128GCM.
    #[test]
    fn the_key_of_the_standards_appendix_c_comes_out() {
        let alice = Point::from_coordinates(
            "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
            "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
        )
        .unwrap();
        let bob = compact::decode("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw").unwrap();
        let bob = PrivateKey::from_private_key(&ECDH_P256, bob.as_slice()).unwrap();
        let shared = UnparsedPublicKey::new(&ECDH_P256, alice.as_bytes());
        let key = agree(&bob, shared, (), |shared| {
            assert_eq!(compact::encode(shared), "nlbZHYFxNdNyg0KDv4QmnPsxbqPagGpI9tqneYz-kMQ");
            Ok(concat_kdf(shared, "A128GCM", b"Alice", b"Bob", 128))
        })
        .unwrap();
        assert_eq!(compact::encode(&key[..16]), "VqqN6vgjbSBcIijNcacQGg");
    }

    #[test]
    fn both_sides_derive_the_same_key() {
        let (one, other) =
            (PrivateKey::generate(&ECDH_P256).unwrap(), PrivateKey::generate(&ECDH_P256).unwrap());
        let point =
            |key: &PrivateKey| Point::from_uncompressed(key.compute_public_key().unwrap().as_ref()).unwrap();
        let forth = content_key(&one, &point(&other)).unwrap();
        assert_eq!(forth, content_key(&other, &point(&one)).unwrap());
        assert_ne!(forth, content_key(&one, &point(&one)).unwrap());
    }
}
