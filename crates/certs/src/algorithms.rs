//! Names how a key file is protected, from the file alone and without its passphrase: PFX (RFC 7292) and encrypted
//! PKCS#8 (RFC 5958). It decrypts nothing, derives no key and never goes deeper than the formats do.

use std::fmt;

use x509_parser::asn1_rs::Tag;

use crate::der::Fields;

/// How a whole PFX file is protected, as far as it shows without the passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithms {
    /// What covers each private key that is not inside an encrypted set.
    pub keys: Vec<Protection>,
    /// What covers each set of certificates; such a set may hold keys, too.
    pub certificates: Vec<Protection>,
    /// What notices a change of the file.
    pub mac: Option<Mac>,
}

/// A cipher and the work before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// The cipher and the way its key comes from the passphrase.
    pub cipher: Cipher,
    /// The rounds of that way; 0 where nothing is encrypted.
    pub iterations: u32,
}

/// The ciphers of key files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cipher {
    /// PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018): what Footbridge writes by default.
    Aes256,
    /// pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 Appendix C): what Footbridge writes for older readers.
    TripleDes,
    /// PBES2 with another pair that is read: PBKDF2 with HMAC-SHA-256, -384 or -512 and AES in CBC mode.
    OtherAes(&'static str, &'static str),
    /// pbeWithSHAAnd40BitRC2-CBC: 40 bits, searched through within hours. Never written, never opened.
    Rc2With40Bits,
    /// Nothing.
    None,
    /// Another one: its object identifiers. Not opened.
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

/// The digests of a MAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digest {
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-1.
    Sha1,
    /// HMAC with another digest of the SHA-2 family that is read.
    OtherSha2(&'static str),
    /// Another one: its object identifier. Not opened.
    Other(String),
}

/// What a look into the file found.
pub(crate) struct Look<'a> {
    pub(crate) algorithms: Algorithms,
    /// Each EncryptedPrivateKeyInfo in DER (RFC 5958 §3), still encrypted.
    pub(crate) encrypted_keys: Vec<&'a [u8]>,
}

pub(crate) const CONTENT: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED: &str = "1.2.840.113549.1.7.6";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const PBES2: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";
const TRIPLE_DES: &str = "1.2.840.113549.1.12.1.3";
const RC2_40: &str = "1.2.840.113549.1.12.1.6";

/// The functions of PBKDF2 that are read (RFC 8018 §B.1.2).
const FUNCTIONS: [(&str, &str); 3] = [
    ("1.2.840.113549.2.9", "HMAC-SHA-256"),
    ("1.2.840.113549.2.10", "HMAC-SHA-384"),
    ("1.2.840.113549.2.11", "HMAC-SHA-512"),
];
/// The ciphers of PBES2 that are read (RFC 8018 §B.2.5).
const CIPHERS: [(&str, &str); 3] = [
    ("2.16.840.1.101.3.4.1.2", "AES-128-CBC"),
    ("2.16.840.1.101.3.4.1.22", "AES-192-CBC"),
    ("2.16.840.1.101.3.4.1.42", "AES-256-CBC"),
];
/// The digests of a MAC beside SHA-1 and SHA-256 that are read.
const DIGESTS: [(&str, &str); 3] = [
    ("2.16.840.1.101.3.4.2.4", "HMAC-SHA-224"),
    ("2.16.840.1.101.3.4.2.2", "HMAC-SHA-384"),
    ("2.16.840.1.101.3.4.2.3", "HMAC-SHA-512"),
];

/// The most sets and bags that are looked at; a file of ours has two.
const MOST_PARTS: usize = 200;

/// Reads the frame of a PFX file of any maker. `None` where these bytes are no PFX in DER.
pub(crate) fn look(bytes: &[u8]) -> Option<Look<'_>> {
    let mut file = Fields::within(bytes)?;
    (file.number()? == 3).then_some(())?;
    let mut safe = file.sequence()?;
    (safe.oid()? == CONTENT).then_some(())?;
    let mut contents = Fields::within(safe.wrapped_octets()?)?;
    let mac = if file.is_empty() { None } else { Some(mac(file.sequence()?)?) };
    file.end()?;
    let mut found = Look {
        algorithms: Algorithms { keys: Vec::new(), certificates: Vec::new(), mac },
        encrypted_keys: Vec::new(),
    };
    let mut parts = 0;
    while !contents.is_empty() {
        let mut content = contents.sequence()?;
        match content.oid()?.as_str() {
            ENCRYPTED => found.algorithms.certificates.push(encrypted(content)?),
            CONTENT => parts += open_bags(content.wrapped_octets()?, &mut found)?,
            other => found.algorithms.certificates.push(unknown(other)),
        }
        parts += 1;
        (parts <= MOST_PARTS).then_some(())?;
    }
    Some(found)
}

/// How an EncryptedPrivateKeyInfo is protected. `None` where these bytes are none.
pub(crate) fn look_at_key(bytes: &[u8]) -> Option<Protection> {
    let mut fields = Fields::within(bytes)?;
    let found = protection(fields.sequence()?)?;
    fields.next(Tag::OctetString)?;
    fields.end().map(|()| found)
}

fn mac(mut mac: Fields<'_>) -> Option<Mac> {
    let mut digest_of = mac.sequence()?;
    let name = digest_of.sequence()?.oid()?;
    let other = || DIGESTS.iter().find(|(oid, _)| *oid == name);
    let digest = match name.as_str() {
        "2.16.840.1.101.3.4.2.1" => Digest::Sha256,
        "1.3.14.3.2.26" => Digest::Sha1,
        _ => other().map_or_else(|| Digest::Other(name.clone()), |(_, words)| Digest::OtherSha2(words)),
    };
    mac.next(Tag::OctetString)?;
    // One round where none is named (RFC 7292 §4).
    let iterations = if mac.is_empty() { 1 } else { mac.number()? };
    Some(Mac { digest, iterations })
}

fn encrypted(mut content: Fields<'_>) -> Option<Protection> {
    let mut set = Fields::within(content.wrapped()?)?;
    set.number()?;
    let mut inside = set.sequence()?;
    (inside.oid()? == CONTENT).then_some(())?;
    protection(inside.sequence()?)
}

/// The bags of a set that is not encrypted; answers how many there are.
fn open_bags<'a>(bytes: &'a [u8], found: &mut Look<'a>) -> Option<usize> {
    let mut bags = Fields::within(bytes)?;
    let mut count = 0;
    let open = || Protection { cipher: Cipher::None, iterations: 0 };
    while !bags.is_empty() {
        let mut bag = bags.sequence()?;
        match bag.oid()?.as_str() {
            SHROUDED_KEY_BAG => {
                let key = bag.wrapped()?;
                found.algorithms.keys.push(look_at_key(key)?);
                found.encrypted_keys.push(key);
            }
            KEY_BAG => found.algorithms.keys.push(open()),
            CERTIFICATE_BAG => found.algorithms.certificates.push(open()),
            other => found.algorithms.certificates.push(unknown(other)),
        }
        count += 1;
        (count <= MOST_PARTS).then_some(())?;
    }
    Some(count)
}

fn unknown(name: &str) -> Protection {
    Protection { cipher: Cipher::Other(name.to_owned()), iterations: 0 }
}

fn protection(mut algorithm: Fields<'_>) -> Option<Protection> {
    let name = algorithm.oid()?;
    if name == PBES2 {
        return pbes2(algorithm.sequence()?);
    }
    let cipher = match name.as_str() {
        TRIPLE_DES => Cipher::TripleDes,
        RC2_40 => Cipher::Rc2With40Bits,
        _ => return Some(unknown(&name)),
    };
    let mut parameters = algorithm.sequence()?;
    parameters.next(Tag::OctetString)?;
    Some(Protection { cipher, iterations: parameters.number()? })
}

fn pbes2(mut parameters: Fields<'_>) -> Option<Protection> {
    let mut derivation = parameters.sequence()?;
    let cipher = parameters.sequence()?.oid()?;
    let derived_by = derivation.oid()?;
    if derived_by != PBKDF2 {
        return Some(unknown(&format!("{PBES2} ({derived_by}, {cipher})")));
    }
    let mut rounds = derivation.sequence()?;
    rounds.next(Tag::OctetString)?;
    let iterations = rounds.number()?;
    // The key length may stand between; without a function named, it is HMAC-SHA-1 (RFC 8018 §A.2).
    let function = match rounds.is_empty() {
        true => String::from("1.2.840.113549.2.7"),
        false => match rounds.any()? {
            length if length.tag() == Tag::Integer && rounds.is_empty() => String::from("1.2.840.113549.2.7"),
            length if length.tag() == Tag::Integer => rounds.sequence()?.oid()?,
            function => Fields::of(&function)?.oid()?,
        },
    };
    let named = |table: &[(&str, &'static str)], oid: &str| {
        table.iter().find(|(known, _)| *known == oid).map(|(_, words)| *words)
    };
    let cipher = match (named(&FUNCTIONS, &function), named(&CIPHERS, &cipher)) {
        (Some("HMAC-SHA-256"), Some("AES-256-CBC")) => Cipher::Aes256,
        (Some(function), Some(cipher)) => Cipher::OtherAes(function, cipher),
        _ => Cipher::Other(format!("{PBES2} ({function}, {cipher})")),
    };
    Some(Protection { cipher, iterations })
}

impl Algorithms {
    /// Every cipher with its rounds, keys first.
    pub fn protections(&self) -> impl Iterator<Item = &Protection> {
        self.keys.iter().chain(&self.certificates)
    }
}

impl fmt::Display for Algorithms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, protections) in [("key", &self.keys), ("certificates", &self.certificates)] {
            let mut told: Vec<&Protection> = Vec::new();
            for protection in protections {
                if !told.contains(&protection) {
                    told.push(protection);
                    write!(f, "{what}: {protection}; ")?;
                }
            }
        }
        match &self.mac {
            Some(mac) => write!(f, "MAC: {mac}"),
            None => f.write_str("no MAC"),
        }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.iterations {
            0 => write!(f, "{}", self.cipher),
            iterations => write!(f, "{}, {iterations} iterations", self.cipher),
        }
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cipher::Aes256 => f.write_str("PBES2, PBKDF2-HMAC-SHA-256, AES-256-CBC"),
            Cipher::TripleDes => f.write_str("PBE-SHA1-3DES"),
            Cipher::OtherAes(function, cipher) => write!(f, "PBES2, PBKDF2-{function}, {cipher}"),
            Cipher::Rc2With40Bits => f.write_str("PBE-SHA1-RC2-40"),
            Cipher::None => f.write_str("not encrypted"),
            Cipher::Other(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.digest {
            Digest::Sha256 => "HMAC-SHA-256",
            Digest::Sha1 => "HMAC-SHA-1",
            Digest::OtherSha2(name) => name,
            Digest::Other(name) => name,
        };
        write!(f, "{name}, {} iterations", self.iterations)
    }
}
