//! Names how a PFX file (RFC 7292) is protected, from the file alone and without its passphrase.
//! It decrypts nothing, derives no key and never goes deeper than the format does.

use std::fmt;

use x509_parser::asn1_rs::{Any, Class, FromDer as _, Oid, Tag};

/// How a whole file is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithms {
    /// What covers the private key.
    pub key: Protection,
    /// What covers the certificates.
    pub certificates: Protection,
    /// What notices a change of the file.
    pub mac: Mac,
}

/// A cipher and the work before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// The cipher and the way its key comes from the passphrase.
    pub cipher: Cipher,
    /// The rounds of that way.
    pub iterations: u32,
}

/// The ciphers that Footbridge writes, and any other by its identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cipher {
    /// PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018).
    Aes256,
    /// pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 Appendix C).
    TripleDes,
    /// Another one: its object identifiers.
    Other(String),
}

/// The message authentication code of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mac {
    /// Its digest.
    pub digest: Digest,
    /// The rounds of its key.
    pub iterations: u32,
}

/// The digests that Footbridge uses, and any other by its identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digest {
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-1.
    Sha1,
    /// Another one: its object identifier.
    Other(String),
}

/// What a look into the file found.
pub(crate) struct Look<'a> {
    pub(crate) algorithms: Algorithms,
    /// EncryptedPrivateKeyInfo in DER (RFC 5958 §3), still encrypted.
    pub(crate) encrypted_key: &'a [u8],
}

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const PBES2: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";
const HMAC_SHA256: &str = "1.2.840.113549.2.9";
const AES_256_CBC: &str = "2.16.840.1.101.3.4.1.42";
const TRIPLE_DES: &str = "1.2.840.113549.1.12.1.3";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA1: &str = "1.3.14.3.2.26";

/// Reads a file of the shape that Footbridge writes: one encrypted set of certificates, one encrypted key, a MAC.
/// `None` for any other shape.
pub(crate) fn look(bytes: &[u8]) -> Option<Look<'_>> {
    let (rest, file) = Any::from_der(bytes).ok()?;
    let mut file = Fields::of(&file)?;
    (rest.is_empty() && file.number()? == 3).then_some(())?;
    let mut safe = file.sequence()?;
    let mac = mac(file.sequence()?)?;
    file.end()?;
    (safe.oid()? == DATA).then_some(())?;
    let mut contents = Fields::within(safe.wrapped_octets()?)?;
    let certificates = certificates(contents.sequence()?)?;
    let encrypted_key = key(contents.sequence()?)?;
    contents.end()?;
    let mut info = Fields::within(encrypted_key)?;
    let key = protection(info.sequence()?)?;
    Some(Look { algorithms: Algorithms { key, certificates, mac }, encrypted_key })
}

fn mac(mut mac: Fields<'_>) -> Option<Mac> {
    let mut digest_of = mac.sequence()?;
    let mut algorithm = digest_of.sequence()?;
    let digest = match algorithm.oid()?.as_str() {
        SHA256 => Digest::Sha256,
        SHA1 => Digest::Sha1,
        other => Digest::Other(other.to_owned()),
    };
    mac.next(Tag::OctetString)?;
    Some(Mac { digest, iterations: mac.number()? })
}

fn certificates(mut content: Fields<'_>) -> Option<Protection> {
    (content.oid()? == ENCRYPTED_DATA).then_some(())?;
    let mut data = Fields::within(content.wrapped()?)?;
    data.number()?;
    let mut info = data.sequence()?;
    (info.oid()? == DATA).then_some(())?;
    protection(info.sequence()?)
}

fn key(mut content: Fields<'_>) -> Option<&[u8]> {
    (content.oid()? == DATA).then_some(())?;
    let mut bags = Fields::within(content.wrapped_octets()?)?;
    let mut bag = bags.sequence()?;
    bags.end()?;
    (bag.oid()? == SHROUDED_KEY_BAG).then_some(())?;
    bag.wrapped()
}

fn protection(mut algorithm: Fields<'_>) -> Option<Protection> {
    match algorithm.oid()?.as_str() {
        PBES2 => pbes2(algorithm.sequence()?),
        name => {
            let mut parameters = algorithm.sequence()?;
            parameters.next(Tag::OctetString)?;
            let cipher = if name == TRIPLE_DES { Cipher::TripleDes } else { Cipher::Other(name.to_owned()) };
            Some(Protection { cipher, iterations: parameters.number()? })
        }
    }
}

fn pbes2(mut parameters: Fields<'_>) -> Option<Protection> {
    let mut derivation = parameters.sequence()?;
    let cipher = parameters.sequence()?.oid()?;
    (derivation.oid()? == PBKDF2).then_some(())?;
    let mut rounds = derivation.sequence()?;
    rounds.next(Tag::OctetString)?;
    let iterations = rounds.number()?;
    // The key length may stand between; without a function named, it is HMAC-SHA-1 (RFC 8018 §A.2).
    let function = match rounds.any()? {
        length if length.tag() == Tag::Integer => rounds.sequence()?.oid()?,
        function => Fields::of(&function)?.oid()?,
    };
    let cipher = match (function.as_str(), cipher.as_str()) {
        (HMAC_SHA256, AES_256_CBC) => Cipher::Aes256,
        (function, cipher) => Cipher::Other(format!("{PBES2} ({function}, {cipher})")),
    };
    Some(Protection { cipher, iterations })
}

/// The fields of one sequence, taken from the front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn of(sequence: &Any<'a>) -> Option<Fields<'a>> {
        (sequence.class() == Class::Universal && sequence.tag() == Tag::Sequence)
            .then_some(Fields(sequence.data))
    }

    /// The fields of the sequence that these bytes are.
    fn within(bytes: &'a [u8]) -> Option<Fields<'a>> {
        let (rest, sequence) = Any::from_der(bytes).ok()?;
        if rest.is_empty() { Fields::of(&sequence) } else { None }
    }

    fn any(&mut self) -> Option<Any<'a>> {
        let (rest, field) = Any::from_der(self.0).ok()?;
        self.0 = rest;
        Some(field)
    }

    fn next(&mut self, tag: Tag) -> Option<&'a [u8]> {
        let field = self.any()?;
        (field.class() == Class::Universal && field.tag() == tag).then_some(field.data)
    }

    fn sequence(&mut self) -> Option<Fields<'a>> {
        self.next(Tag::Sequence).map(Fields)
    }

    fn oid(&mut self) -> Option<String> {
        self.next(Tag::Oid).map(|bytes| Oid::new(bytes.into()).to_id_string())
    }

    fn number(&mut self) -> Option<u32> {
        self.any()?.u32().ok()
    }

    /// What is inside the next `[0] EXPLICIT`.
    fn wrapped(&mut self) -> Option<&'a [u8]> {
        let field = self.any()?;
        (field.class() == Class::ContextSpecific && field.tag() == Tag(0)).then_some(field.data)
    }

    fn wrapped_octets(&mut self) -> Option<&'a [u8]> {
        let mut inside = Fields(self.wrapped()?);
        let octets = inside.next(Tag::OctetString)?;
        inside.end().map(|()| octets)
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

impl fmt::Display for Algorithms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key: {}; certificates: {}; MAC: {}", self.key, self.certificates, self.mac)
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} iterations", self.cipher, self.iterations)
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cipher::Aes256 => "PBES2, PBKDF2-HMAC-SHA-256, AES-256-CBC",
            Cipher::TripleDes => "PBE-SHA1-3DES",
            Cipher::Other(name) => name,
        })
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.digest {
            Digest::Sha256 => "HMAC-SHA-256",
            Digest::Sha1 => "HMAC-SHA-1",
            Digest::Other(name) => name,
        };
        write!(f, "{name}, {} iterations", self.iterations)
    }
}
