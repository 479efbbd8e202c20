//! Reads what an admin brings: certificates, chains, keys and requests in PFX, PEM, DER or PKCS#7, whatever the file is called.
//! Every limit is checked before work is done, every refusal says what the file is, and nothing here panics on any bytes.

use secrecy::SecretString;

use crate::algorithms::{Cipher, look, look_at_key};
use crate::certificate::Certificate;
use crate::der;
use crate::key::{KeyError, PrivateKey};
use crate::opening::{self, MOST_CERTIFICATES, OpenError};
use crate::pem::{self, Block, Flaw};
use crate::pkcs7;
use crate::request::{Request, RequestError};

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 1024 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileForm {
    /// PKCS#12 (RFC 7292).
    Pfx,
    /// One or more blocks of text (RFC 7468).
    Pem,
    /// A certificate in DER.
    Certificate,
    /// A PKCS#7 envelope in DER.
    Pkcs7,
    /// A private key in DER: PKCS#8, PKCS#1 or SEC 1, encrypted or not.
    Key,
    /// A certificate request in DER.
    Request,
}

impl FileForm {
    /// The name in events and sentences.
    pub fn name(self) -> &'static str {
        match self {
            FileForm::Pfx => "pfx",
            FileForm::Pem => "pem",
            FileForm::Certificate => "certificate",
            FileForm::Pkcs7 => "pkcs7",
            FileForm::Key => "key",
            FileForm::Request => "request",
        }
    }
}

/// What was in a file.
#[derive(Debug)]
pub struct Contents {
    /// What the file is.
    pub form: FileForm,
    /// The private key, where it holds one.
    pub key: Option<PrivateKey>,
    /// Whether the key lay in the file without any protection.
    pub key_was_open: bool,
    /// The certificates as they stood in the file.
    pub certificates: Vec<Certificate>,
    /// The requests.
    pub requests: Vec<Request>,
    /// How the file or its key is protected, in words.
    pub protection: Option<String>,
    /// The name of the entry in a PFX.
    pub alias: Option<String>,
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum ContentsError {
    /// More than [`LARGEST_FILE`] bytes.
    #[error("the file is larger than 1 MiB; certificates and keys have a few thousand bytes")]
    TooLarge,
    /// None of the forms.
    #[error("this is not a certificate, key or request in PFX, PEM, DER or PKCS#7")]
    NotKnown,
    /// The passphrase is needed.
    #[error("the key in the file is protected; give its passphrase")]
    NeedsPassphrase,
    /// The key file was not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The key is of a kind that Footbridge does not use.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The request does not hold.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A block of a PEM file is damaged.
    #[error("the block `{0}` of the file is damaged; copy it anew, with its first and last line")]
    Damaged(String),
    /// A key encrypted in the way of OpenSSL before version 1.0 (RFC 1421), whose passphrase goes through MD5 once.
    #[error(
        "the block `{0}` is encrypted in the old way of OpenSSL, which is not read here; write it anew: \
         openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW"
    )]
    OldEncryption(String),
    /// More blocks or certificates than anybody needs.
    #[error("the file holds more than 100 certificates or blocks; split it")]
    TooMany,
    /// More than one private key.
    #[error("the file holds several private keys; give each in a file of its own")]
    SeveralKeys,
}

/// Reads a file. The passphrase may be empty, as others write such files; without one, what is protected is not opened.
///
/// # Errors
/// A [`ContentsError`]; [`ContentsError::NeedsPassphrase`] where a passphrase would help.
pub fn read(bytes: &[u8], passphrase: Option<&SecretString>) -> Result<Contents, ContentsError> {
    if bytes.len() > LARGEST_FILE {
        return Err(ContentsError::TooLarge);
    }
    if der::is_indefinite(bytes) {
        return Err(OpenError::OpenLengths.into());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN ") => from_pem(text, passphrase),
        _ => from_der(bytes, passphrase),
    }
}

fn empty(form: FileForm) -> Contents {
    Contents {
        form,
        key: None,
        key_was_open: false,
        certificates: Vec::new(),
        requests: Vec::new(),
        protection: None,
        alias: None,
    }
}

fn from_der(bytes: &[u8], passphrase: Option<&SecretString>) -> Result<Contents, ContentsError> {
    let mut found = empty(FileForm::Certificate);
    if look(bytes).is_some() {
        found.form = FileForm::Pfx;
        let passphrase = passphrase.ok_or(ContentsError::NeedsPassphrase)?;
        let opened = opening::open(bytes, passphrase)?;
        found.protection = Some(opened.algorithms.to_string());
        found.key_was_open = opened.algorithms.keys.iter().any(|key| key.cipher == Cipher::None);
        (found.key, found.certificates, found.alias) = (opened.key, opened.certificates, opened.alias);
    } else if let Ok(certificate) = Certificate::from_der(bytes) {
        found.certificates.push(certificate);
    } else if let Some(certificates) = pkcs7::read(bytes, MOST_CERTIFICATES) {
        (found.form, found.certificates) = (FileForm::Pkcs7, certificates);
    } else if look_at_key(bytes).is_some() {
        found.form = FileForm::Key;
        found.take_sealed_key(bytes, passphrase)?;
    } else {
        match (Request::from_der(bytes), PrivateKey::read(bytes)) {
            (Ok(request), _) => (found.form, found.requests) = (FileForm::Request, vec![request]),
            (_, Ok(key)) => {
                (found.form, found.key, found.key_was_open) = (FileForm::Key, Some(key), true);
            }
            (Err(RequestError::NotSigned), _) => return Err(RequestError::NotSigned.into()),
            (_, Err(KeyError::Size { bits })) => return Err(KeyError::Size { bits }.into()),
            _ => return Err(ContentsError::NotKnown),
        }
    }
    Ok(found)
}

fn from_pem(text: &str, passphrase: Option<&SecretString>) -> Result<Contents, ContentsError> {
    let blocks = pem::blocks(text, MOST_CERTIFICATES + 1).map_err(|flaw| match flaw {
        Flaw::Broken { label } => ContentsError::Damaged(label),
        Flaw::Headers { label } => ContentsError::OldEncryption(label),
        Flaw::TooMany => ContentsError::TooMany,
    })?;
    let mut found = empty(FileForm::Pem);
    for block in &blocks {
        found.take_block(block, passphrase)?;
    }
    match found.key.is_none() && found.certificates.is_empty() && found.requests.is_empty() {
        true => Err(ContentsError::NotKnown),
        false => Ok(found),
    }
}

impl Contents {
    fn take_block(&mut self, block: &Block, passphrase: Option<&SecretString>) -> Result<(), ContentsError> {
        let damaged = || ContentsError::Damaged(block.label.clone());
        match block.label.as_str() {
            pem::CERTIFICATE | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                self.certificates.push(Certificate::from_der(&block.der).map_err(|_| damaged())?);
            }
            pem::PKCS7 | "CMS" => {
                self.certificates.extend(pkcs7::read(&block.der, MOST_CERTIFICATES).ok_or_else(damaged)?);
            }
            pem::REQUEST | "NEW CERTIFICATE REQUEST" => self.requests.push(Request::from_der(&block.der)?),
            pem::ENCRYPTED_KEY => self.take_sealed_key(&block.der, passphrase)?,
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                let key = PrivateKey::read(&block.der)?;
                self.hold(key)?;
                self.key_was_open = true;
            }
            // "EC PARAMETERS" stands before keys that OpenSSL makes; other blocks are nobody's concern here.
            _ => {}
        }
        match self.certificates.len() > MOST_CERTIFICATES {
            true => Err(ContentsError::TooMany),
            false => Ok(()),
        }
    }

    fn take_sealed_key(
        &mut self,
        bytes: &[u8],
        passphrase: Option<&SecretString>,
    ) -> Result<(), ContentsError> {
        let protection = look_at_key(bytes).ok_or(OpenError::NotAKeyFile)?;
        let passphrase = passphrase.ok_or(ContentsError::NeedsPassphrase)?;
        self.hold(opening::open_key(bytes, passphrase)?)?;
        self.protection = Some(protection.to_string());
        Ok(())
    }

    fn hold(&mut self, key: PrivateKey) -> Result<(), ContentsError> {
        match self.key.replace(key) {
            Some(_) => Err(ContentsError::SeveralKeys),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::samples::{Authority, Leaf};
    use crate::{Form, Iterations, KeyKind, Passphrase, Pfx, encrypted_key_pem, pkcs7_der, pkcs7_pem};

    fn leaf() -> Leaf {
        Authority::root("Root").leaf("Leaf")
    }

    fn rounds() -> Iterations {
        Iterations::new(2_048).unwrap()
    }

    fn plain(bytes: &[u8]) -> Result<Contents, ContentsError> {
        read(bytes, None)
    }

    #[test]
    fn each_form_is_recognised_by_its_bytes() {
        let root = Authority::root("Root");
        let leaf = root.leaf("Leaf");
        let der = leaf.certificate.der();
        let found = plain(der).unwrap();
        assert_eq!((found.form, found.certificates.len()), (FileForm::Certificate, 1));
        let both = [leaf.certificate.clone(), root.certificate()];
        let found = plain(&pkcs7_der(&both)).unwrap();
        assert_eq!((found.form, &found.certificates[..]), (FileForm::Pkcs7, &both[..]));
        let found = plain(pkcs7_pem(&both).as_bytes()).unwrap();
        assert_eq!((found.form, &found.certificates[..]), (FileForm::Pem, &both[..]));
        let found = plain(leaf.key.pkcs8().expose_secret()).unwrap();
        assert_eq!((found.form, found.key_was_open), (FileForm::Key, true));
        assert!(found.key.unwrap().is(&leaf.key));
        let text = format!("{}{}", both[0].pem(), both[1].pem());
        assert_eq!(plain(text.as_bytes()).unwrap().certificates, both);
    }

    #[test]
    fn what_is_protected_opens_with_its_passphrase_only() {
        let (leaf, made) = (leaf(), Passphrase::made().unwrap());
        let chain = std::slice::from_ref(&leaf.certificate);
        let pfx = Pfx::write(&leaf.key, chain, "a", &made, Form::Compatible, rounds()).unwrap();
        let text = encrypted_key_pem(&leaf.key, &made, rounds()).unwrap();
        let sealed = pem::read(pem::ENCRYPTED_KEY, &text).unwrap();
        for (bytes, words) in [
            (pfx.bytes(), "3DES"),
            (text.as_bytes(), "AES-256-CBC, 2048"),
            (&sealed[..], "AES-256-CBC, 2048"),
        ] {
            assert_eq!(plain(bytes).err(), Some(ContentsError::NeedsPassphrase));
            let wrong = read(bytes, Some(&SecretString::from(""))).err();
            assert_eq!(wrong, Some(ContentsError::Open(OpenError::WrongPassphrase)));
            let found = read(bytes, Some(made.text())).unwrap();
            assert!(found.key.unwrap().is(&leaf.key) && !found.key_was_open);
            assert!(found.protection.unwrap().contains(words));
        }
    }

    #[test]
    fn refusals_say_what_the_file_is() {
        let leaf = leaf();
        assert_eq!(plain(b"hello").err(), Some(ContentsError::NotKnown));
        assert_eq!(plain(&[]).err(), Some(ContentsError::NotKnown));
        assert_eq!(plain(&vec![b'a'; LARGEST_FILE + 1]).err(), Some(ContentsError::TooLarge));
        assert_eq!(plain(&[0x30, 0x80]).err(), Some(ContentsError::Open(OpenError::OpenLengths)));
        let damaged = leaf.certificate.pem().replace("\nM", "\n!");
        assert_eq!(plain(damaged.as_bytes()).err(), Some(ContentsError::Damaged("CERTIFICATE".into())));
        let old =
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA==\n-----END RSA PRIVATE KEY-----";
        let refused = plain(old.as_bytes()).err();
        assert_eq!(refused, Some(ContentsError::OldEncryption("RSA PRIVATE KEY".into())));
        let key = pem::write("PRIVATE KEY", leaf.key.pkcs8().expose_secret());
        assert_eq!(plain(format!("{key}{key}").as_bytes()).err(), Some(ContentsError::SeveralKeys));
        let many = leaf.certificate.pem().repeat(102);
        assert_eq!(plain(many.as_bytes()).err(), Some(ContentsError::TooMany));
        let parameters = pem::write("EC PARAMETERS", &[6, 1, 0]);
        assert!(plain(format!("{parameters}{key}").as_bytes()).unwrap().key_was_open);
        assert_eq!(plain(parameters.as_bytes()).err(), Some(ContentsError::NotKnown));
    }

    #[test]
    fn a_request_comes_back() {
        let key = PrivateKey::make(KeyKind::P256).unwrap();
        let order = crate::Order {
            subject: crate::Subject::common_name("a").unwrap(),
            other_names: Vec::new(),
            days: 1,
            purpose: crate::Purpose::CompanyAuthority,
        };
        let request = Request::make(&key, &order).unwrap();
        assert_eq!(plain(request.der()).unwrap().requests, std::slice::from_ref(&request));
        assert_eq!(plain(request.pem().as_bytes()).unwrap().requests, [request]);
    }
}
