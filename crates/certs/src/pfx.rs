//! Writes key files under a passphrase: PFX (PKCS#12, RFC 7292) in a modern and a compatible form, and encrypted PKCS#8.
//! With `opening` the only module that knows p12-keystore. RC2-40 and an empty passphrase cannot be asked for, and no file
//! leaves before it was opened again.

use std::fmt;

use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKeyChain};
use secrecy::ExposeSecret as _;

use crate::algorithms::{Algorithms, Cipher, Digest, Protection, look};
use crate::certificate::Certificate;
use crate::key::PrivateKey;
use crate::opening::{self, OpenError};
use crate::passphrase::Passphrase;
use crate::pem;

/// Which programs the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// AES-256 and a MAC with SHA-256: Windows Server 2019 or later, Java, OpenSSL 3.
    Modern,
    /// 3DES and a MAC with SHA-1, for older readers. Weak, so only under a strong passphrase.
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

    fn is_that_of(self, found: &Algorithms, rounds: Iterations) -> bool {
        let (cipher, digest) = match self {
            Form::Modern => (Cipher::Aes256, Digest::Sha256),
            Form::Compatible => (Cipher::TripleDes, Digest::Sha1),
        };
        let as_asked = |found: &Protection| found.cipher == cipher && found.iterations == rounds.0;
        let sealed = found.mac.as_ref().is_some_and(|mac| mac.digest == digest && mac.iterations == rounds.0);
        let [key] = &found.keys[..] else { return false };
        sealed && as_asked(key) && found.certificates.iter().all(as_asked)
    }
}

/// How many rounds stand between the passphrase and a key: 2,048 to 600,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Iterations(u32);

impl Iterations {
    /// The fewest.
    pub const FEWEST: u32 = 2_048;
    /// The most: Windows refuses files with more.
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

/// Why a key file was not written. Never holds a passphrase or key bytes.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum PfxError {
    /// The count is out of range.
    #[error("the iteration count is {0}; use 2048 to 600000")]
    Iterations(u32),
    /// The compatible form under a passphrase that is easily guessed.
    #[error(
        "files for this destination are protected by 3DES, which is weak, so the passphrase must be strong: at least {} \
         characters and {} different ones, or let Footbridge make it",
        Passphrase::STRONG_LENGTH,
        Passphrase::STRONG_VARIETY
    )]
    WeakPassphrase,
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
}

/// A written PFX file. Its bytes hold the key under the passphrase; Debug shows the algorithms alone.
pub struct Pfx {
    bytes: Vec<u8>,
    algorithms: Algorithms,
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
        if form == Form::Compatible && !passphrase.is_strong() {
            return Err(PfxError::WeakPassphrase);
        }
        if !certificates.first().is_some_and(|first| first.is_for(key)) {
            return Err(PfxError::KeyAndCertificateDiffer);
        }
        let bytes = pack(key, certificates, alias, passphrase, form, iterations)?;
        let opened = Pfx::open(&bytes, passphrase).map_err(|_| PfxError::NotTheSame)?;
        let same = opened.key.as_ref().is_some_and(|read| read.is(key))
            && opened.certificates == certificates
            && form.is_that_of(&opened.algorithms, iterations);
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

    /// Names the algorithms of a file of any maker without opening it.
    ///
    /// # Errors
    /// [`OpenError::TooLarge`] or [`OpenError::NotAKeyFile`].
    pub fn inspect(bytes: &[u8]) -> Result<Algorithms, OpenError> {
        opening::inspect(bytes)
    }

    /// Opens a file of any maker whose algorithms are not forbidden.
    ///
    /// # Errors
    /// An [`OpenError`].
    pub fn open(bytes: &[u8], passphrase: &Passphrase) -> Result<opening::Opened, OpenError> {
        opening::open(bytes, passphrase.text())
    }
}

impl fmt::Debug for Pfx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pfx").field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}

/// The key as encrypted PKCS#8 in PEM (RFC 5958 §3): PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC. It was opened again
/// and compared before it is handed out.
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
    let [sealed] = &look.encrypted_keys[..] else { return Err(PfxError::NotWritten) };
    let again = opening::open_key(sealed, passphrase.text()).map_err(|_| PfxError::NotTheSame)?;
    if again.is(key) { Ok(pem::write(pem::ENCRYPTED_KEY, sealed)) } else { Err(PfxError::NotTheSame) }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use secrecy::SecretString;
    use time::macros::datetime;

    use super::*;
    use crate::{KeyKind, Order, OtherName, Purpose, Subject};

    fn pair(kind: KeyKind) -> (PrivateKey, Vec<Certificate>) {
        let key = PrivateKey::make(kind).unwrap();
        let subject = Subject::common_name("Minutes").unwrap();
        let other_names = vec![OtherName::read("a.example").unwrap()];
        let order = Order { subject, other_names, days: 30, purpose: Purpose::HttpsServer };
        let made = Certificate::self_signed(&key, &order, datetime!(2026-03-01 12:00 UTC)).unwrap();
        (key, vec![made])
    }

    fn rounds() -> Iterations {
        Iterations::new(2_048).unwrap()
    }

    fn chosen(text: &str) -> Passphrase {
        Passphrase::chosen(SecretString::from(text)).unwrap()
    }

    #[test]
    fn both_forms_open_again_and_name_themselves() {
        let passphrase = Passphrase::made().unwrap();
        for kind in [KeyKind::Rsa2048, KeyKind::P256] {
            let (key, chain) = pair(kind);
            for (form, words) in
                [(Form::Modern, "AES-256-CBC, 2048"), (Form::Compatible, "PBE-SHA1-3DES, 2048")]
            {
                let pfx = Pfx::write(&key, &chain, "minutes", &passphrase, form, rounds()).unwrap();
                assert!(form.is_that_of(pfx.algorithms(), rounds()));
                assert!(pfx.algorithms().to_string().contains(words), "{}", pfx.algorithms());
                let opened = Pfx::open(pfx.bytes(), &passphrase).unwrap();
                assert_eq!(opened.certificates, chain);
                assert_eq!(opened.alias.as_deref(), Some("minutes"));
                assert!(chain[0].is_for(&opened.key.unwrap()));
            }
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
    fn the_compatible_form_takes_only_a_strong_passphrase() {
        let (key, chain) = pair(KeyKind::P256);
        let write = |form, text: &str| Pfx::write(&key, &chain, "a", &chosen(text), form, rounds()).err();
        assert_eq!(write(Form::Compatible, "Summer2026!"), Some(PfxError::WeakPassphrase));
        assert_eq!(write(Form::Compatible, "aaaaaaaaaaaaaaaaaaaaaaaa"), Some(PfxError::WeakPassphrase));
        assert_eq!(write(Form::Compatible, "river-chair-cloud-41"), None);
        assert_eq!(write(Form::Modern, "Summer2026!"), None);
    }

    #[test]
    fn a_key_goes_only_with_its_own_certificate_and_a_fit_name() {
        let ((key, chain), (_, other)) = (pair(KeyKind::P256), pair(KeyKind::P256));
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
    fn an_encrypted_key_opens_again() {
        let (key, _) = pair(KeyKind::P256);
        let text = encrypted_key_pem(&key, &chosen("Größe 7"), rounds()).unwrap();
        let sealed = pem::read(pem::ENCRYPTED_KEY, &text).unwrap();
        assert!(opening::open_key(&sealed, chosen("Größe 7").text()).unwrap().is(&key));
        let wrong = opening::open_key(&sealed, chosen("Größe 8").text()).err();
        assert_eq!(wrong, Some(OpenError::WrongPassphrase));
    }

    #[test]
    fn debug_shows_no_bytes() {
        let (key, chain) = pair(KeyKind::P256);
        let made = Passphrase::made().unwrap();
        let pfx = Pfx::write(&key, &chain, "a", &made, Form::Modern, rounds()).unwrap();
        assert!(!format!("{pfx:?}").contains("bytes"));
    }
}
