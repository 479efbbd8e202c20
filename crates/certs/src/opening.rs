//! Opens key files of any maker under their passphrase: PFX (RFC 7292) and encrypted PKCS#8 (RFC 5958). What a file asks for
//! is judged before any work is done: size, algorithms, rounds. RC2-40 is named and refused.

use p12_keystore::Pkcs12Archive;
use secrecy::{ExposeSecret as _, SecretString};

use crate::algorithms::{Algorithms, Cipher, Digest, Protection, look, look_at_key};
use crate::certificate::Certificate;
use crate::der::{self, CONTEXT_0, OCTETS, SEQUENCE, field};
use crate::key::{KeyError, PrivateKey};

/// The largest key file that is opened, in bytes. One of ours has about five thousand. It also bounds the work that sets
/// inside encrypted sets can ask for, which nobody sees before.
pub const LARGEST_KEY_FILE: usize = 256 * 1024;
/// The most rounds of one key derivation that are done for a foreign file.
pub const MOST_FOREIGN_ITERATIONS: u32 = 1_000_000;
/// The most rounds of all derivations of a file together.
const MOST_TOGETHER: u64 = 5_000_000;
/// The most certificates that are taken out of one file.
pub const MOST_CERTIFICATES: usize = 100;

/// What was in a key file.
#[derive(Debug)]
pub struct Opened {
    /// The key; `None` where the file holds certificates only.
    pub key: Option<PrivateKey>,
    /// The certificates as they stood in the file; in one of ours that of the key is first.
    pub certificates: Vec<Certificate>,
    /// The name of the entry.
    pub alias: Option<String>,
    /// How the file is protected.
    pub algorithms: Algorithms,
}

/// Why a key file was not opened. Never holds a passphrase or key bytes.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// More than [`LARGEST_KEY_FILE`] bytes.
    #[error("the key file is larger than 256 KiB; a key with its chain has a few thousand bytes")]
    TooLarge,
    /// Not a PFX and not an encrypted PKCS#8 key in DER.
    #[error("this is not a PFX file or an encrypted PKCS#8 key")]
    NotAKeyFile,
    /// Written in BER with lengths left open, as older versions of NSS and of the macOS keychain write.
    #[error(
        "the file is written in BER with open lengths; write it anew: openssl pkcs12 -in FILE -out FILE.pem, then import that"
    )]
    OpenLengths,
    /// RC2 with 40 bits.
    #[error(
        "the file is protected by RC2 with 40 bits, which anybody searches through within hours; take the key as exposed. \
         If it has to be read: openssl pkcs12 -legacy -in FILE -out FILE.pem, and import that"
    )]
    Rc2With40Bits,
    /// Another algorithm that is not read here.
    #[error(
        "the file is protected by an algorithm that is not read here ({0}); export it anew with AES-256 or 3DES"
    )]
    OtherAlgorithm(String),
    /// More rounds than any honest file has, or none at all.
    #[error("the file asks for {0} iterations; 1 to 1000000 each and 5000000 together are done")]
    Iterations(u64),
    /// Nothing would notice a change of the file.
    #[error(
        "the PFX file has no MAC, so nobody can say that it was not changed; export it anew under a passphrase"
    )]
    NoMac,
    /// The passphrase is another one, or the file was changed.
    #[error("the key file did not open: the passphrase is wrong or the file was changed")]
    WrongPassphrase,
    /// More than one key.
    #[error("the file holds {0} private keys; export each by itself")]
    SeveralKeys(usize),
    /// The key is of a kind that Footbridge does not use.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A certificate in the file cannot be read, or there are too many.
    #[error("the file opened, but a certificate in it cannot be read, or there are more than 100")]
    Certificates,
}

/// Names the algorithms of a PFX of any maker without opening it.
pub(crate) fn inspect(bytes: &[u8]) -> Result<Algorithms, OpenError> {
    if bytes.len() > LARGEST_KEY_FILE {
        return Err(OpenError::TooLarge);
    }
    if der::is_indefinite(bytes) {
        return Err(OpenError::OpenLengths);
    }
    look(bytes).map(|look| look.algorithms).ok_or(OpenError::NotAKeyFile)
}

/// Opens a PFX file.
pub(crate) fn open(bytes: &[u8], passphrase: &SecretString) -> Result<Opened, OpenError> {
    let algorithms = inspect(bytes)?;
    judge(&algorithms)?;
    let mut archive = unlock(bytes, passphrase)?;
    if archive.keys.len() > 1 {
        return Err(OpenError::SeveralKeys(archive.keys.len()));
    }
    if archive.certs.len() > MOST_CERTIFICATES {
        return Err(OpenError::Certificates);
    }
    let held = archive.keys.pop();
    let key = held.as_ref().map(|held| PrivateKey::read(held.key.as_der())).transpose()?;
    let certificates = archive
        .certs
        .iter()
        .map(|bag| Certificate::from_der(bag.cert.as_der()).map_err(|_| OpenError::Certificates))
        .collect::<Result<Vec<_>, _>>()?;
    let alias = held.and_then(|held| held.friendly_name);
    Ok(Opened { key, certificates, alias, algorithms })
}

/// Opens an EncryptedPrivateKeyInfo in DER (RFC 5958 §3).
pub(crate) fn open_key(bytes: &[u8], passphrase: &SecretString) -> Result<PrivateKey, OpenError> {
    if bytes.len() > LARGEST_KEY_FILE {
        return Err(OpenError::TooLarge);
    }
    let protection = look_at_key(bytes).ok_or(OpenError::NotAKeyFile)?;
    permitted(&protection)?;
    // The one reader of such keys takes them inside a PFX, so this one gets the smallest PFX around it.
    const SHROUDED: &[u8] = &[6, 11, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1, 2];
    const CONTENT: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
    let content = |inside: &[u8]| {
        field(SEQUENCE, &[CONTENT, &field(CONTEXT_0, &[&field(OCTETS, &[&field(SEQUENCE, &[inside])])])])
    };
    let bag = field(SEQUENCE, &[SHROUDED, &field(CONTEXT_0, &[bytes])]);
    let pfx = field(SEQUENCE, &[&[2, 1, 3], &content(&content(&bag))]);
    let archive = unlock(&pfx, passphrase)?;
    let [held] = &archive.keys[..] else { return Err(OpenError::NotAKeyFile) };
    Ok(PrivateKey::read(held.key.as_der())?)
}

fn unlock(bytes: &[u8], passphrase: &SecretString) -> Result<Pkcs12Archive, OpenError> {
    Pkcs12Archive::from_pkcs12(bytes, passphrase.expose_secret()).map_err(|_| OpenError::WrongPassphrase)
}

/// Whether what the file asks for is done at all.
fn judge(asked: &Algorithms) -> Result<(), OpenError> {
    asked.protections().try_for_each(permitted)?;
    let mac = asked.mac.as_ref().ok_or(OpenError::NoMac)?;
    if let Digest::Other(name) = &mac.digest {
        return Err(OpenError::OtherAlgorithm(name.clone()));
    }
    rounds(mac.iterations)?;
    let all: u64 = asked.protections().map(|one| u64::from(one.iterations)).sum();
    match all + u64::from(mac.iterations) {
        together if together > MOST_TOGETHER => Err(OpenError::Iterations(together)),
        _ => Ok(()),
    }
}

fn permitted(protection: &Protection) -> Result<(), OpenError> {
    match &protection.cipher {
        Cipher::None => Ok(()),
        Cipher::Aes256 | Cipher::TripleDes | Cipher::OtherAes(..) => rounds(protection.iterations),
        Cipher::Rc2With40Bits => Err(OpenError::Rc2With40Bits),
        Cipher::Other(name) => Err(OpenError::OtherAlgorithm(name.clone())),
    }
}

fn rounds(count: u32) -> Result<(), OpenError> {
    match (1..=MOST_FOREIGN_ITERATIONS).contains(&count) {
        true => Ok(()),
        false => Err(OpenError::Iterations(u64::from(count))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKeyChain};

    use super::*;
    use crate::samples::{Authority, Leaf};
    use crate::{Form, Iterations, Passphrase, Pfx};

    fn leaf() -> Leaf {
        Authority::root("Root").leaf("Leaf")
    }

    fn ours(leaf: &Leaf, passphrase: &Passphrase) -> Pfx {
        let rounds = Iterations::new(2_048).unwrap();
        let chain = std::slice::from_ref(&leaf.certificate);
        Pfx::write(&leaf.key, chain, "a", passphrase, Form::Modern, rounds).unwrap()
    }

    fn foreign(leaf: &Leaf, cipher: EncryptionAlgorithm, rounds: u32, mac_rounds: u32) -> Vec<u8> {
        let held = p12_keystore::PrivateKey::from_der(leaf.key.pkcs8().expose_secret()).unwrap();
        let certificate = p12_keystore::Certificate::from_der(leaf.certificate.der()).unwrap();
        let mut store = KeyStore::new();
        store.add_entry("a", KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new("a", held, [certificate])));
        let writer = store.writer("pass").encryption_algorithm(cipher).encryption_iterations(rounds);
        writer.mac_algorithm(MacAlgorithm::HmacSha1).mac_iterations(mac_rounds).write().unwrap()
    }

    fn opened(bytes: &[u8]) -> Result<Opened, OpenError> {
        open(bytes, &SecretString::from("pass"))
    }

    #[test]
    fn files_of_others_open() {
        let leaf = leaf();
        for cipher in [
            EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
            EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
        ] {
            let found = opened(&foreign(&leaf, cipher, 1, 1)).unwrap();
            assert!(found.key.unwrap().is(&leaf.key));
            assert_eq!(found.certificates, std::slice::from_ref(&leaf.certificate));
        }
    }

    #[test]
    fn wrong_passphrases_and_changed_files_do_not_open() {
        let (leaf, made) = (leaf(), Passphrase::made().unwrap());
        let pfx = ours(&leaf, &made);
        assert!(Pfx::open(pfx.bytes(), &made).is_ok());
        let wrong = Pfx::open(pfx.bytes(), &Passphrase::made().unwrap()).err();
        assert_eq!(wrong, Some(OpenError::WrongPassphrase));
        let mut changed = pfx.bytes().to_vec();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        assert!(Pfx::open(&changed, &made).is_err());
    }

    #[test]
    fn what_is_no_pfx_is_refused_without_a_panic() {
        let (leaf, made) = (leaf(), Passphrase::made().unwrap());
        let pfx = ours(&leaf, &made);
        for length in 0..pfx.bytes().len() {
            assert_eq!(Pfx::inspect(&pfx.bytes()[..length]), Err(OpenError::NotAKeyFile), "{length}");
        }
        assert_eq!(Pfx::inspect(&vec![0x30; LARGEST_KEY_FILE + 1]), Err(OpenError::TooLarge));
        assert_eq!(Pfx::inspect(&[0x30, 0x80, 2, 1, 3]), Err(OpenError::OpenLengths));
    }

    #[test]
    fn rounds_beyond_reason_are_refused_before_any_work() {
        let asked = |iterations, mac| Algorithms {
            keys: vec![Protection { cipher: Cipher::Aes256, iterations }],
            certificates: Vec::new(),
            mac: Some(crate::Mac { digest: Digest::Sha256, iterations: mac }),
        };
        assert_eq!(judge(&asked(1_000_000, 1_000_000)), Ok(()));
        assert_eq!(judge(&asked(1_000_001, 1)), Err(OpenError::Iterations(1_000_001)));
        assert_eq!(judge(&asked(1, 0)), Err(OpenError::Iterations(0)));
        let mut many = asked(1_000_000, 1_000_000);
        many.certificates = vec![many.keys[0].clone(); 4];
        assert_eq!(judge(&many), Err(OpenError::Iterations(6_000_000)));
        many.mac = None;
        assert_eq!(judge(&many), Err(OpenError::NoMac));
        let (aes, des) = (
            EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
            EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
        );
        for (cipher, digest_rounds) in [(aes, 1), (des, 1)] {
            // Three bytes take the place of three in the key's parameters, so that every length stays right.
            let mut bytes = foreign(&leaf(), cipher, 0x01_11_11, digest_rounds);
            let honest = inspect(&bytes).unwrap();
            while let Some(at) = bytes.windows(5).position(|window| window == [2, 3, 1, 0x11, 0x11]) {
                bytes[at + 2] = 0x7F;
            }
            assert_eq!(honest.keys[0].iterations, 0x01_11_11);
            assert_eq!(opened(&bytes).err(), Some(OpenError::Iterations(0x7F_11_11)));
        }
    }

    #[test]
    fn rc2_is_named_and_refused() {
        let bytes = foreign(&leaf(), EncryptionAlgorithm::PbeWithShaAnd40BitRc4Cbc, 2_048, 2_048);
        let found = inspect(&bytes).unwrap();
        assert_eq!(found.keys[0].cipher, Cipher::Rc2With40Bits);
        assert!(found.to_string().contains("RC2-40"));
        assert_eq!(opened(&bytes).err(), Some(OpenError::Rc2With40Bits));
    }
}
