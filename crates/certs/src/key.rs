//! RSA keys: made here, or read back from PKCS#8. The private half lives in wiped memory and leaves only through
//! `pkcs8()`; nothing here prints, writes a file or knows about certificates.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret as _, SecretBox};

/// The sizes of an RSA key that Footbridge makes. Entra takes all three; 2048 is the least it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaSize {
    /// 2048 bits: opens everywhere, made in about a tenth of a second.
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits: making one can take some seconds, so keep it off the thread that draws.
    Bits4096,
}

impl RsaSize {
    /// All sizes, smallest first.
    pub const ALL: [RsaSize; 3] = [RsaSize::Bits2048, RsaSize::Bits3072, RsaSize::Bits4096];

    /// The length of the modulus in bits.
    pub fn bits(self) -> usize {
        match self {
            RsaSize::Bits2048 => 2048,
            RsaSize::Bits3072 => 3072,
            RsaSize::Bits4096 => 4096,
        }
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// The cryptographic library could not make one.
    #[error("the key could not be made: the cryptographic library refused; try again")]
    NotMade,
    /// The bytes are not an RSA private key in PKCS#8 (RFC 5958), or its numbers do not fit together.
    #[error("this is not an RSA private key in PKCS#8")]
    NotAnRsaKey,
    /// The key has a size that Footbridge does not use.
    #[error("this RSA key has {bits} bits; use one of 2048, 3072 or 4096")]
    Size {
        /// The length of the modulus that was found.
        bits: usize,
    },
}

/// An RSA private key. It has no Display, no Clone and no Serialize, and its Debug shows the size alone.
pub struct PrivateKey {
    pair: RsaKeyPair,
    pkcs8: SecretBox<Vec<u8>>,
    size: RsaSize,
}

impl PrivateKey {
    /// Makes a new key with the system's randomness. Takes a tenth of a second to several seconds.
    ///
    /// # Errors
    /// [`KeyError::NotMade`] when the library fails.
    pub fn make(size: RsaSize) -> Result<PrivateKey, KeyError> {
        let length = match size {
            RsaSize::Bits2048 => KeySize::Rsa2048,
            RsaSize::Bits3072 => KeySize::Rsa3072,
            RsaSize::Bits4096 => KeySize::Rsa4096,
        };
        let pair = RsaKeyPair::generate(length).map_err(|_| KeyError::NotMade)?;
        PrivateKey::hold(pair)
    }

    /// Reads an unprotected PKCS#8 key in DER.
    ///
    /// # Errors
    /// [`KeyError::NotAnRsaKey`] or [`KeyError::Size`].
    pub fn from_pkcs8(der: &SecretBox<Vec<u8>>) -> Result<PrivateKey, KeyError> {
        PrivateKey::read(der.expose_secret())
    }

    /// The key as unprotected PKCS#8 in DER (RFC 5958), still in its wiped box: for the vault.
    pub fn pkcs8(&self) -> &SecretBox<Vec<u8>> {
        &self.pkcs8
    }

    /// The size of the key.
    pub fn size(&self) -> RsaSize {
        self.size
    }

    /// The public half, as the RSAPublicKey structure in DER (RFC 8017 §A.1.1).
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub(crate) fn read(der: &[u8]) -> Result<PrivateKey, KeyError> {
        PrivateKey::hold(RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError::NotAnRsaKey)?)
    }

    fn hold(pair: RsaKeyPair) -> Result<PrivateKey, KeyError> {
        let bits = pair.public_modulus_len() * 8;
        let size =
            RsaSize::ALL.into_iter().find(|size| size.bits() == bits).ok_or(KeyError::Size { bits })?;
        let der = pair.as_der().map_err(|_| KeyError::NotMade)?;
        let pkcs8 = SecretBox::new(Box::new(der.as_ref().to_vec()));
        Ok(PrivateKey { pair, pkcs8, size })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("size", &self.size).finish_non_exhaustive()
    }
}

// rcgen's own KeyPair keeps a second copy of the private key; signing through these keeps one.
impl rcgen::PublicKeyData for PrivateKey {
    fn der_bytes(&self) -> &[u8] {
        self.public_key()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| rcgen::Error::RingUnspecified)?;
        Ok(signature)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_size_is_the_size_it_says() {
        for size in RsaSize::ALL {
            let key = PrivateKey::make(size).unwrap();
            assert_eq!(key.pair.public_modulus_len() * 8, size.bits());
            assert_eq!(key.size(), size);
        }
    }

    #[test]
    fn a_key_comes_back_from_its_bytes() {
        let key = PrivateKey::make(RsaSize::Bits2048).unwrap();
        let again = PrivateKey::from_pkcs8(key.pkcs8()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        assert_eq!(again.pkcs8().expose_secret(), key.pkcs8().expose_secret());
    }

    #[test]
    fn two_keys_differ() {
        let (one, two) =
            (PrivateKey::make(RsaSize::Bits2048).unwrap(), PrivateKey::make(RsaSize::Bits2048).unwrap());
        assert_ne!(one.public_key(), two.public_key());
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        for bytes in [Vec::new(), vec![0x30, 0x00], vec![0xff; 600]] {
            let read = PrivateKey::from_pkcs8(&SecretBox::new(Box::new(bytes)));
            assert_eq!(read.err(), Some(KeyError::NotAnRsaKey));
        }
    }

    #[test]
    fn a_cut_key_is_refused() {
        let key = PrivateKey::make(RsaSize::Bits2048).unwrap();
        let whole = key.pkcs8().expose_secret();
        assert!(PrivateKey::read(whole).is_ok());
        assert!(PrivateKey::read(&whole[..whole.len() - 1]).is_err());
    }

    #[test]
    fn debug_shows_the_size_alone() {
        let key = PrivateKey::make(RsaSize::Bits2048).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey { size: Bits2048, .. }");
    }
}
