//! RSA by the book (RFC 8017), for servers that no library would run: a key of 1024 bits, a certificate with SHA-1.

use std::sync::Arc;

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use num_bigint::BigUint;
use rcgen::{KeyPair, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm as Named};
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use x509_parser::asn1_rs::{Any, FromDer as _};

/// Made for this test and used nowhere else.
const MODULUS_1024: &str = "dae6db93a07ecef2c91fde0c4f26aed47aae0ddaf94a510d562e5a60c0bdfde2734f9a3ecc2707b2646499e3d2613b953578fef9f7cd9be8972217737cab1610ce315e451b82e6504c0526d856ed452f195c6da02b24ad4523c37625dc78c5fe24652c39e57e0fe4cc02f2b8a555dc255adc845db14a6f3356a48f4dc7875ebf";
const EXPONENT_1024: &str = "6e097e7747467761341900d5cf33f2ce7c9ce1fa21366a67f9da73340faf71e05376c062b0dd2dd14f060315b2bb8de803693f43087e22d158a79a824338fd6da70c5fe6a9bc7ad23cdbf44bbd7822b2de581931202d9e6ef94830dc0c3bcbe228c40dddd1d225f326b5aeebdd3334ff513622f85b52d7541e97212e9a03d501";

#[derive(Debug, Clone)]
pub struct Rsa {
    modulus: BigUint,
    private: BigUint,
    public: Vec<u8>,
}

impl Rsa {
    pub fn of_1024_bits() -> Rsa {
        let number = |text: &str| BigUint::parse_bytes(text.replace(' ', "").as_bytes(), 16).unwrap();
        Rsa::new(number(MODULUS_1024), number(EXPONENT_1024))
    }

    /// The same arithmetic with a key that is long enough.
    pub fn of_2048_bits() -> Rsa {
        let made = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap().serialize_der();
        // PrivateKeyInfo > third member, octets > RSAPrivateKey > version, n, e, d (RFC 5958, RFC 8017 A.1.2).
        let outer = members(Any::from_der(&made).unwrap().1.data);
        let inner = members(Any::from_der(outer[2].data).unwrap().1.data);
        Rsa::new(BigUint::from_bytes_be(inner[1].data), BigUint::from_bytes_be(inner[3].data))
    }

    fn new(modulus: BigUint, private: BigUint) -> Rsa {
        let number = |value: &BigUint| der(2, &[&[0], value.to_bytes_be().as_slice()].concat());
        let public = der(0x30, &[number(&modulus), der(2, &[1, 0, 1])].concat());
        Rsa { modulus, private, public }
    }

    pub fn size(&self) -> usize {
        (self.modulus.bits() as usize).div_ceil(8)
    }

    fn raise(&self, encoded: &[u8]) -> Vec<u8> {
        let power = BigUint::from_bytes_be(encoded).modpow(&self.private, &self.modulus).to_bytes_be();
        [vec![0; self.size() - power.len()], power].concat()
    }

    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes (RFC 8017 §9.1.1).
    fn pss(&self, message: &[u8]) -> Vec<u8> {
        let (size, salt) = (self.size(), [7_u8; 32]);
        let hashed = digest(&SHA256, message);
        let hash = digest(&SHA256, &[&[0; 8], hashed.as_ref(), &salt].concat());
        let room = size - 32 - 1;
        let mut block = [vec![0; room - 33], vec![1], salt.to_vec()].concat();
        for (byte, mask) in block.iter_mut().zip(mask(hash.as_ref(), room)) {
            *byte ^= mask;
        }
        // The number of bits is a multiple of eight, so the highest bit of the block is cleared.
        block[0] &= 0x7f;
        self.raise(&[&block, hash.as_ref(), &[0xbc]].concat())
    }

    /// RSASSA-PKCS1-v1_5 (RFC 8017 §9.2) with the beginning of its `DigestInfo`.
    fn old(&self, algorithm: &'static Algorithm, begin: &[u8], message: &[u8]) -> Vec<u8> {
        let told = [begin, digest(algorithm, message).as_ref()].concat();
        let filling = vec![0xff; self.size() - told.len() - 3];
        self.raise(&[&[0, 1], filling.as_slice(), &[0], told.as_slice()].concat())
    }

    fn with_sha256(&self, message: &[u8]) -> Vec<u8> {
        let begin = [&[0x30, 0x31, 0x30, 0x0d, 6, 9], SHA256_OID.as_slice(), &[5, 0, 4, 32]].concat();
        self.old(&SHA256, &begin, message)
    }

    fn with_sha1(&self, message: &[u8]) -> Vec<u8> {
        let begin = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 20];
        self.old(&SHA1_FOR_LEGACY_USE_ONLY, &begin, message)
    }

    /// The certificate again, signed by this key with SHA-1 instead of SHA-256.
    pub fn weakened(&self, certificate: &[u8]) -> Vec<u8> {
        const STRONG: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
        let mut text = certificate.to_vec();
        let mut places = 0;
        while let Some(at) = text.windows(9).position(|window| window == STRONG) {
            text[at + 8] = 5;
            places += 1;
        }
        assert_eq!(places, 2, "inside what is signed and beside it");
        let outer = Any::from_der(&text).unwrap().1.data;
        let rest = Any::from_der(outer).unwrap().0;
        let signed = outer[..outer.len() - rest.len()].to_vec();
        let at = text.len() - self.size();
        text[at..].copy_from_slice(&self.with_sha1(&signed));
        text
    }
}

const SHA256_OID: [u8; 9] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// MGF1 with SHA-256 (RFC 8017 B.2.1).
fn mask(seed: &[u8], length: usize) -> Vec<u8> {
    let block = |counter: u32| digest(&SHA256, &[seed, &counter.to_be_bytes()].concat()).as_ref().to_vec();
    (0..).flat_map(block).take(length).collect()
}

fn members(mut rest: &[u8]) -> Vec<Any<'_>> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (further, member) = Any::from_der(rest).unwrap();
        found.push(member);
        rest = further;
    }
    found
}

/// One value of DER with its tag and length (X.690 §8.1).
pub fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let told = match length {
        0..=127 => vec![length as u8],
        128..=255 => vec![0x81, length as u8],
        _ => vec![0x82, (length >> 8) as u8, length as u8],
    };
    [&[tag], told.as_slice(), content].concat()
}

impl PublicKeyData for Rsa {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static Named {
        &PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for Rsa {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.with_sha256(message))
    }
}

impl SigningKey for Rsa {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SignatureScheme::RSA_PSS_SHA256).then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for Rsa {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.pss(message))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}

/// A server that signs its handshakes with such a key.
pub fn configuration(
    key: &Rsa,
    chain: Vec<rustls::pki_types::CertificateDer<'static>>,
) -> Arc<rustls::ServerConfig> {
    let certified = rustls::sign::CertifiedKey::new(chain, Arc::new(key.clone()));
    let resolver = rustls::sign::SingleCertAndKey::from(certified);
    Arc::new(crate::authority::builder().with_cert_resolver(Arc::new(resolver)))
}
