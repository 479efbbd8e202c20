//! Private keys: made here, or read back from PKCS#8, PKCS#1 or SEC 1. The private half lives in wiped memory and leaves
//! only through `pkcs8()`; nothing here prints, writes a file or knows about certificates.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use secrecy::{ExposeSecret as _, SecretBox};

/// The keys that Footbridge makes. Entra takes the RSA ones only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with 2048 bits: opens everywhere, made in about a tenth of a second.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits: making one can take some seconds, so keep it off the thread that draws.
    Rsa4096,
    /// ECDSA on P-256, for product servers.
    P256,
    /// ECDSA on P-384, for product servers.
    P384,
}

impl KeyKind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [KeyKind; 5] =
        [KeyKind::Rsa2048, KeyKind::Rsa3072, KeyKind::Rsa4096, KeyKind::P256, KeyKind::P384];

    /// What is to be said beside an elliptic-curve key (Entra answers AADSTS5002738 to one).
    pub const NOT_FOR_ENTRA: &'static str = "Entra takes only RSA keys for application sign-in: it accepts the upload of an \
         elliptic-curve certificate and then refuses every sign-in with it";

    /// The name on the command line, such as `rsa2048`.
    pub fn name(self) -> &'static str {
        match self {
            KeyKind::Rsa2048 => "rsa2048",
            KeyKind::Rsa3072 => "rsa3072",
            KeyKind::Rsa4096 => "rsa4096",
            KeyKind::P256 => "p256",
            KeyKind::P384 => "p384",
        }
    }

    /// The kind of a name.
    pub fn named(name: &str) -> Option<KeyKind> {
        KeyKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is an RSA key.
    pub fn is_rsa(self) -> bool {
        self.rsa_bits().is_some()
    }

    fn rsa_bits(self) -> Option<usize> {
        match self {
            KeyKind::Rsa2048 => Some(2048),
            KeyKind::Rsa3072 => Some(3072),
            KeyKind::Rsa4096 => Some(4096),
            KeyKind::P256 | KeyKind::P384 => None,
        }
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// The cryptographic library could not make one.
    #[error("the key could not be made: the cryptographic library refused; try again")]
    NotMade,
    /// The bytes are no RSA or EC private key, or its numbers do not fit together.
    #[error(
        "this is not a private key that Footbridge uses; it takes RSA (2048, 3072 or 4096 bits), P-256 and P-384"
    )]
    NotAKey,
    /// The key has a size that Footbridge does not use.
    #[error("this RSA key has {bits} bits; use one of 2048, 3072 or 4096")]
    Size {
        /// The length of the modulus that was found.
        bits: usize,
    },
}

/// A private key. It has no Display, no Clone and no Serialize, and its Debug shows the kind alone.
pub struct PrivateKey {
    pair: Pair,
    pkcs8: SecretBox<Vec<u8>>,
    kind: KeyKind,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

const CURVES: [(KeyKind, &EcdsaSigningAlgorithm); 2] =
    [(KeyKind::P256, &ECDSA_P256_SHA256_ASN1_SIGNING), (KeyKind::P384, &ECDSA_P384_SHA384_ASN1_SIGNING)];

impl PrivateKey {
    /// Makes a new key with the system's randomness. Takes up to several seconds for RSA.
    ///
    /// # Errors
    /// [`KeyError::NotMade`] when the library fails.
    pub fn make(kind: KeyKind) -> Result<PrivateKey, KeyError> {
        let rsa = |size| RsaKeyPair::generate(size).map_err(|_| KeyError::NotMade).and_then(hold_rsa);
        match kind {
            KeyKind::Rsa2048 => rsa(KeySize::Rsa2048),
            KeyKind::Rsa3072 => rsa(KeySize::Rsa3072),
            KeyKind::Rsa4096 => rsa(KeySize::Rsa4096),
            KeyKind::P256 | KeyKind::P384 => {
                let curve = CURVES.iter().find(|(curve, _)| *curve == kind).ok_or(KeyError::NotMade)?;
                hold_ec(kind, EcdsaKeyPair::generate(curve.1).map_err(|_| KeyError::NotMade)?)
            }
        }
    }

    /// Reads an unprotected PKCS#8 key in DER.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`] or [`KeyError::Size`].
    pub fn from_pkcs8(der: &SecretBox<Vec<u8>>) -> Result<PrivateKey, KeyError> {
        PrivateKey::read(der.expose_secret())
    }

    /// The key as unprotected PKCS#8 in DER (RFC 5958), still in its wiped box: for the vault.
    pub fn pkcs8(&self) -> &SecretBox<Vec<u8>> {
        &self.pkcs8
    }

    /// The kind of the key.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public half as it stands in a certificate: RSAPublicKey in DER (RFC 8017 §A.1.1), or the point of the curve.
    pub fn public_key(&self) -> &[u8] {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::Ec(pair) => pair.public_key().as_ref(),
        }
    }

    /// Whether it is the same key.
    pub fn is(&self, other: &PrivateKey) -> bool {
        self.pkcs8.expose_secret() == other.pkcs8.expose_secret()
    }

    /// Reads PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 §A.1.2) or SEC 1 (RFC 5915) in DER.
    pub(crate) fn read(der: &[u8]) -> Result<PrivateKey, KeyError> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
            return hold_rsa(pair);
        }
        for (kind, curve) in CURVES {
            if let Ok(pair) = EcdsaKeyPair::from_private_key_der(curve, der) {
                return hold_ec(kind, pair);
            }
        }
        Err(KeyError::NotAKey)
    }
}

fn hold_rsa(pair: RsaKeyPair) -> Result<PrivateKey, KeyError> {
    let bits = pair.public_modulus_len() * 8;
    let kind = KeyKind::ALL.into_iter().find(|kind| kind.rsa_bits() == Some(bits));
    let kind = kind.ok_or(KeyError::Size { bits })?;
    let der = pair.as_der().map_err(|_| KeyError::NotMade)?;
    let pkcs8 = SecretBox::new(Box::new(der.as_ref().to_vec()));
    Ok(PrivateKey { pair: Pair::Rsa(pair), pkcs8, kind })
}

fn hold_ec(kind: KeyKind, pair: EcdsaKeyPair) -> Result<PrivateKey, KeyError> {
    let der = pair.to_pkcs8v1().map_err(|_| KeyError::NotMade)?;
    let pkcs8 = SecretBox::new(Box::new(der.as_ref().to_vec()));
    Ok(PrivateKey { pair: Pair::Ec(pair), pkcs8, kind })
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("kind", &self.kind).finish_non_exhaustive()
    }
}

// rcgen's own KeyPair keeps a second copy of the private key; signing through these keeps one.
impl rcgen::PublicKeyData for PrivateKey {
    fn der_bytes(&self) -> &[u8] {
        self.public_key()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self.kind {
            KeyKind::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyKind::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => &rcgen::PKCS_RSA_SHA256,
        }
    }
}

impl rcgen::SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let refused = |_| rcgen::Error::RingUnspecified;
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(refused)?;
                Ok(signature)
            }
            Pair::Ec(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(refused)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_kind_is_what_it_says_and_comes_back_from_its_bytes() {
        for kind in KeyKind::ALL {
            let key = PrivateKey::make(kind).unwrap();
            assert_eq!((key.kind(), KeyKind::named(kind.name())), (kind, Some(kind)));
            let again = PrivateKey::from_pkcs8(key.pkcs8()).unwrap();
            assert_eq!(again.public_key(), key.public_key());
            assert!(again.is(&key));
        }
        assert_eq!(KeyKind::named("dsa"), None);
    }

    #[test]
    fn two_keys_differ() {
        let (one, two) = (PrivateKey::make(KeyKind::P256).unwrap(), PrivateKey::make(KeyKind::P256).unwrap());
        assert_ne!(one.public_key(), two.public_key());
        assert!(!one.is(&two));
    }

    #[test]
    fn sec1_and_pkcs1_are_read() {
        let key = PrivateKey::make(KeyKind::P384).unwrap();
        let Pair::Ec(pair) = &key.pair else { panic!("not a curve") };
        let sec1 = pair.private_key().as_der().unwrap();
        assert!(PrivateKey::read(sec1.as_ref()).unwrap().is(&key));
        let key = PrivateKey::make(KeyKind::Rsa2048).unwrap();
        // PKCS#8 holds PKCS#1 as its octet string behind 26 bytes of head.
        let pkcs1 = &key.pkcs8().expose_secret()[26..];
        assert!(PrivateKey::read(pkcs1).unwrap().is(&key));
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        for bytes in [Vec::new(), vec![0x30, 0x00], vec![0xff; 600]] {
            let read = PrivateKey::from_pkcs8(&SecretBox::new(Box::new(bytes)));
            assert_eq!(read.err(), Some(KeyError::NotAKey));
        }
    }

    #[test]
    fn a_cut_key_is_refused() {
        for kind in [KeyKind::Rsa2048, KeyKind::P256] {
            let key = PrivateKey::make(kind).unwrap();
            let whole = key.pkcs8().expose_secret();
            assert!(PrivateKey::read(whole).is_ok());
            assert!(PrivateKey::read(&whole[..whole.len() - 1]).is_err());
        }
    }

    #[test]
    fn debug_shows_the_kind_alone() {
        let key = PrivateKey::make(KeyKind::Rsa2048).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey { kind: Rsa2048, .. }");
    }
}
