//! Key files under a passphrase: PFX (PKCS#12, RFC 7292) in a modern and a compatible form, and encrypted PKCS#8.
//! The only module that knows p12-keystore. RC2-40 and an empty passphrase cannot be asked for, and no file leaves
//! before it was opened again.

use std::fmt;

use p12_keystore::{
    EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, Pkcs12Archive, PrivateKeyChain,
};
use secrecy::ExposeSecret as _;

use crate::algorithms::{Algorithms, Cipher, Digest, look};
use crate::certificate::Certificate;
use crate::key::PrivateKey;
use crate::passphrase::Passphrase;
use crate::pem;

/// The largest file that is opened, in bytes. One of ours has about five thousand.
pub const LARGEST: usize = 64 * 1024;

/// Which programs the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// AES-256 and a MAC with SHA-256: Windows Server 2019 or later, Java, OpenSSL 3.
    Modern,
    /// 3DES and a MAC with SHA-1, for older readers. Weak, so only under a passphrase that Footbridge made.
    Compatible,
}

impl Form {
    /// The rounds to use when nothing else is asked. The key, the certificates and the MAC each take as many, and
    /// some readers limit the sum, so it stays well below the most that [`Iterations`] allows.
    pub fn usual(self) -> Iterations {
        Iterations(match self {
            Form::Modern => 100_000,
            Form::Compatible => 10_000,
        })
    }

    fn ciphers(self) -> (EncryptionAlgorithm, MacAlgorithm) {
        match self {
            Form::Modern => (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256),
            Form::Compatible => (EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1),
        }
    }

    fn is_that_of(self, found: &Algorithms) -> bool {
        let (cipher, digest) = match self {
            Form::Modern => (Cipher::Aes256, Digest::Sha256),
            Form::Compatible => (Cipher::TripleDes, Digest::Sha1),
        };
        found.key.cipher == cipher && found.certificates.cipher == cipher && found.mac.digest == digest
    }
}

/// How many rounds stand between the passphrase and a key: 2,048 to 600,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Iterations(u32);

impl Iterations {
    /// The fewest.
    pub const FEWEST: u32 = 2_048;
    /// The most.
    pub const MOST: u32 = 600_000;

    /// Takes a count.
    ///
    /// # Errors
    /// [`PfxError::Iterations`] when it is out of range.
    pub fn new(count: u32) -> Result<Iterations, PfxError> {
        match (Iterations::FEWEST..=Iterations::MOST).contains(&count) {
            true => Ok(Iterations(count)),
            false => Err(PfxError::Iterations(count)),
        }
    }

    /// The count.
    pub fn count(self) -> u32 {
        self.0
    }
}

/// Why a file was not written or not opened. Never holds a passphrase or key bytes.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum PfxError {
    /// The count is out of range.
    #[error("the iteration count is {0}; use 2048 to 600000")]
    Iterations(u32),
    /// The compatible form under a passphrase that was not made here.
    #[error("the compatible form is weak, so its passphrase must be one that Footbridge makes")]
    NeedsMadePassphrase,
    /// The first certificate does not hold the key's public half, or there is none.
    #[error("the key does not belong to the certificate; give the certificate of this key")]
    KeyAndCertificateDiffer,
    /// The name of the entry is empty, too long or has characters that the format cannot hold.
    #[error("the name in the file must have 1 to 64 characters without line ends or picture characters")]
    Alias,
    /// The library could not write it.
    #[error("the key file could not be written; try again")]
    NotWritten,
    /// What was written did not open to what went in. It is not handed out.
    #[error("the key file did not open again as it was written, so it was thrown away; try again")]
    NotTheSame,
    /// More than [`LARGEST`] bytes.
    #[error("the key file is larger than 64 KiB; this version opens only files that Footbridge made")]
    TooLarge,
    /// Not the shape of a file that Footbridge writes.
    #[error("this is not a key file that Footbridge made")]
    NotOurs,
    /// Other algorithms or counts than Footbridge writes.
    #[error("the key file is protected by {0}; this version opens only files that Footbridge made")]
    OtherAlgorithms(Box<Algorithms>),
    /// The passphrase is another one, or the file was changed.
    #[error("the key file did not open: the passphrase is wrong or the file was changed")]
    WrongPassphrase,
}

/// A written PFX file. Its bytes hold the key under the passphrase; Debug shows the algorithms alone.
pub struct Pfx {
    bytes: Vec<u8>,
    algorithms: Algorithms,
}

/// What was in a PFX file.
#[derive(Debug)]
pub struct Opened {
    /// The key.
    pub key: PrivateKey,
    /// Its certificate first, then those above it as they stood in the file.
    pub certificates: Vec<Certificate>,
    /// The name of the entry.
    pub alias: Option<String>,
    /// How the file is protected.
    pub algorithms: Algorithms,
}

impl Pfx {
    /// Writes the key and its certificates, opens the result again and compares.
    ///
    /// The first certificate must belong to the key. `alias` is the name other programs show for the entry.
    /// Takes about six times as long as the rounds need, so keep it off the thread that draws.
    ///
    /// # Errors
    /// A [`PfxError`]; nothing is handed out that did not open again.
    pub fn write(
        key: &PrivateKey,
        certificates: &[Certificate],
        alias: &str,
        passphrase: &Passphrase,
        form: Form,
        iterations: Iterations,
    ) -> Result<Pfx, PfxError> {
        if form == Form::Compatible && !passphrase.is_made_here() {
            return Err(PfxError::NeedsMadePassphrase);
        }
        if !certificates.first().is_some_and(|first| first.is_for(key)) {
            return Err(PfxError::KeyAndCertificateDiffer);
        }
        let bytes = pack(key, certificates, alias, passphrase, form, iterations)?;
        let opened = Pfx::open(&bytes, passphrase).map_err(|_| PfxError::NotTheSame)?;
        let found = &opened.algorithms;
        let same = opened.key.pkcs8().expose_secret() == key.pkcs8().expose_secret()
            && opened.certificates == certificates
            && form.is_that_of(found)
            && counts(found) == [iterations.0; 3];
        if same { Ok(Pfx { bytes, algorithms: opened.algorithms }) } else { Err(PfxError::NotTheSame) }
    }

    /// The bytes of the `.pfx` file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How it is protected, as read back from the bytes.
    pub fn algorithms(&self) -> &Algorithms {
        &self.algorithms
    }

    /// Names the algorithms of a file without opening it.
    ///
    /// # Errors
    /// [`PfxError::TooLarge`] or [`PfxError::NotOurs`].
    pub fn inspect(bytes: &[u8]) -> Result<Algorithms, PfxError> {
        if bytes.len() > LARGEST {
            return Err(PfxError::TooLarge);
        }
        look(bytes).map(|look| look.algorithms).ok_or(PfxError::NotOurs)
    }

    /// Opens a file that Footbridge wrote. Foreign algorithms and counts are refused before any work is done.
    ///
    /// # Errors
    /// A [`PfxError`].
    pub fn open(bytes: &[u8], passphrase: &Passphrase) -> Result<Opened, PfxError> {
        let algorithms = Pfx::inspect(bytes)?;
        let ours = Form::Modern.is_that_of(&algorithms) || Form::Compatible.is_that_of(&algorithms);
        if !ours || counts(&algorithms).iter().any(|count| Iterations::new(*count).is_err()) {
            return Err(PfxError::OtherAlgorithms(Box::new(algorithms)));
        }
        let archive =
            Pkcs12Archive::from_pkcs12(bytes, passphrase.plain()).map_err(|_| PfxError::WrongPassphrase)?;
        let [entry] = &archive.keys[..] else { return Err(PfxError::NotOurs) };
        let key = PrivateKey::read(entry.key.as_der()).map_err(|_| PfxError::NotOurs)?;
        let certificates = archive
            .certs
            .iter()
            .map(|bag| Certificate::from_der(bag.cert.as_der()).map_err(|_| PfxError::NotOurs))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Opened { key, certificates, alias: entry.friendly_name.clone(), algorithms })
    }
}

impl fmt::Debug for Pfx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pfx").field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}

/// The key as encrypted PKCS#8 in PEM (RFC 5958 §3): PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC.
///
/// # Errors
/// A [`PfxError`].
pub fn encrypted_key_pem(
    key: &PrivateKey,
    passphrase: &Passphrase,
    iterations: Iterations,
) -> Result<String, PfxError> {
    // The key bag of a modern PFX is this very structure (RFC 7292 §4.2.2), so no second library is needed.
    let bytes = pack(key, &[], "key", passphrase, Form::Modern, iterations)?;
    let look = look(&bytes).ok_or(PfxError::NotWritten)?;
    Ok(pem::write(pem::ENCRYPTED_KEY, look.encrypted_key))
}

fn pack(
    key: &PrivateKey,
    certificates: &[Certificate],
    alias: &str,
    passphrase: &Passphrase,
    form: Form,
    iterations: Iterations,
) -> Result<Vec<u8>, PfxError> {
    let spellable = |letter: char| !letter.is_control() && u32::from(letter) <= 0xFFFF;
    if !(1..=64).contains(&alias.trim().chars().count()) || !alias.chars().all(spellable) {
        return Err(PfxError::Alias);
    }
    let held =
        p12_keystore::PrivateKey::from_der(key.pkcs8().expose_secret()).map_err(|_| PfxError::NotWritten)?;
    let chain = certificates
        .iter()
        .map(|certificate| p12_keystore::Certificate::from_der(certificate.der()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| PfxError::NotWritten)?;
    // Windows and OpenSSL pair the key with its certificate by the SHA-1 thumbprint.
    let pairing = certificates.first().map_or_else(|| vec![1], |first| first.thumbprints().sha1().to_vec());
    let mut store = KeyStore::new();
    store.add_entry(alias, KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(pairing, held, chain)));
    let (cipher, mac) = form.ciphers();
    store
        .writer(passphrase.plain())
        .encryption_algorithm(cipher)
        .encryption_iterations(iterations.0)
        .mac_algorithm(mac)
        .mac_iterations(iterations.0)
        .write()
        .map_err(|_| PfxError::NotWritten)
}

fn counts(found: &Algorithms) -> [u32; 3] {
    [found.key.iterations, found.certificates.iterations, found.mac.iterations]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use secrecy::SecretString;
    use time::macros::datetime;

    use super::*;
    use crate::{Order, Purpose, RsaSize, Subject};

    fn pair() -> (PrivateKey, Vec<Certificate>) {
        let key = PrivateKey::make(RsaSize::Bits2048).unwrap();
        let subject = Subject::common_name("Minutes").unwrap();
        let order = Order { subject, other_names: Vec::new(), days: 30, purpose: Purpose::AppSignIn };
        let made = Certificate::self_signed(&key, &order, datetime!(2026-03-01 12:00 UTC)).unwrap();
        (key, vec![made])
    }

    fn rounds() -> Iterations {
        Iterations::new(2_048).unwrap()
    }

    #[test]
    fn both_forms_open_again_and_name_themselves() {
        let (key, chain) = pair();
        let passphrase = Passphrase::made().unwrap();
        for (form, words) in [(Form::Modern, "AES-256-CBC, 2048"), (Form::Compatible, "PBE-SHA1-3DES, 2048")]
        {
            let pfx = Pfx::write(&key, &chain, "minutes", &passphrase, form, rounds()).unwrap();
            assert!(form.is_that_of(pfx.algorithms()));
            assert!(pfx.algorithms().to_string().contains(words), "{}", pfx.algorithms());
            let opened = Pfx::open(pfx.bytes(), &passphrase).unwrap();
            assert_eq!(opened.certificates, chain);
            assert_eq!(opened.alias.as_deref(), Some("minutes"));
            assert!(chain[0].is_for(&opened.key));
        }
    }

    #[test]
    fn iterations_have_limits() {
        for (count, fits) in [(0, false), (2_047, false), (2_048, true), (600_000, true), (600_001, false)] {
            assert_eq!(Iterations::new(count).is_ok(), fits, "{count}");
        }
        assert!([Form::Modern, Form::Compatible].iter().all(|form| Iterations::new(form.usual().0).is_ok()));
    }

    #[test]
    fn the_compatible_form_takes_no_chosen_passphrase() {
        let (key, chain) = pair();
        let chosen = Passphrase::chosen(SecretString::from("chosen")).unwrap();
        let write = |form| Pfx::write(&key, &chain, "a", &chosen, form, rounds()).err();
        assert_eq!(write(Form::Compatible), Some(PfxError::NeedsMadePassphrase));
        assert_eq!(write(Form::Modern), None);
    }

    #[test]
    fn a_key_goes_only_with_its_own_certificate_and_a_fit_name() {
        let ((key, chain), (_, other)) = (pair(), pair());
        let made = Passphrase::made().unwrap();
        let write = |chain: &[Certificate], alias| {
            Pfx::write(&key, chain, alias, &made, Form::Modern, rounds()).err()
        };
        assert_eq!(write(&other, "a"), Some(PfxError::KeyAndCertificateDiffer));
        assert_eq!(write(&[], "a"), Some(PfxError::KeyAndCertificateDiffer));
        for alias in ["", " ", "a\nb", "🔑"] {
            assert_eq!(write(&chain, alias), Some(PfxError::Alias), "{alias:?}");
        }
        assert_eq!(write(&chain, "Größe"), None);
    }

    #[test]
    fn wrong_passphrases_and_changed_files_do_not_open() {
        let (key, chain) = pair();
        let made = Passphrase::made().unwrap();
        let pfx = Pfx::write(&key, &chain, "a", &made, Form::Modern, rounds()).unwrap();
        let wrong = Pfx::open(pfx.bytes(), &Passphrase::made().unwrap()).err();
        assert_eq!(wrong, Some(PfxError::WrongPassphrase));
        let mut changed = pfx.bytes().to_vec();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        assert!(Pfx::open(&changed, &made).is_err());
    }

    #[test]
    fn what_is_no_pfx_of_ours_is_refused_without_a_panic() {
        let (key, chain) = pair();
        let made = Passphrase::made().unwrap();
        let pfx = Pfx::write(&key, &chain, "a", &made, Form::Modern, rounds()).unwrap();
        for length in 0..pfx.bytes().len() {
            assert_eq!(Pfx::inspect(&pfx.bytes()[..length]), Err(PfxError::NotOurs), "{length}");
        }
        assert_eq!(Pfx::inspect(&vec![0x30; LARGEST + 1]), Err(PfxError::TooLarge));
    }

    #[test]
    fn foreign_counts_are_refused_before_any_work() {
        let (key, chain) = pair();
        let made = Passphrase::made().unwrap();
        let bytes = pack(&key, &chain, "a", &made, Form::Modern, Iterations(2)).unwrap();
        assert!(matches!(Pfx::open(&bytes, &made), Err(PfxError::OtherAlgorithms(_))));
    }

    #[test]
    fn rc2_is_named_and_refused() {
        let (key, chain) = pair();
        let held = p12_keystore::PrivateKey::from_der(key.pkcs8().expose_secret()).unwrap();
        let certificate = p12_keystore::Certificate::from_der(chain[0].der()).unwrap();
        let mut store = KeyStore::new();
        store.add_entry("a", KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new("a", held, [certificate])));
        let made = Passphrase::made().unwrap();
        let writer = store.writer(made.plain());
        let bytes =
            writer.encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd40BitRc4Cbc).write().unwrap();
        let found = Pfx::inspect(&bytes).unwrap();
        assert_eq!(found.key.cipher, Cipher::Other("1.2.840.113549.1.12.1.6".to_owned()));
        assert!(matches!(Pfx::open(&bytes, &made), Err(PfxError::OtherAlgorithms(_))));
    }

    #[test]
    fn debug_shows_no_bytes() {
        let (key, chain) = pair();
        let made = Passphrase::made().unwrap();
        let pfx = Pfx::write(&key, &chain, "a", &made, Form::Modern, rounds()).unwrap();
        assert!(!format!("{pfx:?}").contains("bytes"));
    }
}
