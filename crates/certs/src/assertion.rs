//! Signs what an application shows to Entra in place of a secret: RSASSA-PSS with SHA-256. It knows no token, no claim and
//! no address; the bytes come from outside.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use secrecy::ExposeSecret as _;

use crate::key::{KeyError, PrivateKey};

/// A `PS256` signature (RFC 7518 §3.5) over the bytes.
///
/// # Errors
/// [`KeyError::NotMade`] when the library refuses.
pub fn sign_ps256(key: &PrivateKey, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    let pair = RsaKeyPair::from_pkcs8(key.pkcs8().expose_secret()).map_err(|_| KeyError::NotMade)?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), bytes, &mut signature).map_err(|_| KeyError::NotMade)?;
    Ok(signature)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;
    use crate::key::KeyKind;

    #[test]
    fn the_public_half_checks_the_signature_and_another_one_does_not() {
        let (key, other) =
            (PrivateKey::make(KeyKind::Rsa2048).unwrap(), PrivateKey::make(KeyKind::Rsa2048).unwrap());
        let signature = sign_ps256(&key, b"header.claims").unwrap();
        let by = |key: &PrivateKey, text: &[u8]| {
            UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public_key()).verify(text, &signature)
        };
        assert!(by(&key, b"header.claims").is_ok());
        assert!(by(&key, b"header.claim").is_err());
        assert!(by(&other, b"header.claims").is_err());
    }
}
