//! Certificates: made self-signed, and read back from anybody. Only public parts are in here, so everything may be shown.
//! It does not judge whether a certificate is trusted, and it reads no clock: `now` is an argument.

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use time::OffsetDateTime;
use x509_parser::asn1_rs::Oid;
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::key::{KeyKind, PrivateKey};
use crate::order::Order;
use crate::pem;
use crate::subject::NameError;
use crate::thumbprint::{Thumbprints, hex};

/// Why there is no certificate.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum CertificateError {
    /// The lifetime is out of range.
    #[error("the lifetime is {0} days; use 1 to 3650")]
    Days(u32),
    /// A name does not serve.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A server certificate without other names: browsers do not look at the common name.
    #[error("a certificate for HTTPS needs the server's name; add one under other names")]
    NoServerName,
    /// An elliptic-curve key for the sign-in to Entra.
    #[error("{}; choose rsa2048, rsa3072 or rsa4096", KeyKind::NOT_FOR_ENTRA)]
    EntraTakesOnlyRsa,
    /// The library could not write or sign it.
    #[error("the certificate could not be made; try again")]
    NotMade,
    /// The bytes are not one certificate in DER or PEM, or something follows it.
    #[error("this is not a certificate")]
    NotACertificate,
}

/// A certificate, public part only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    subject: String,
    issuer: String,
    serial: String,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    public_key: Vec<u8>,
    key: String,
    other_names: Vec<String>,
    usages: Vec<&'static str>,
    is_authority: bool,
    key_id: Option<Vec<u8>>,
    authority_key_id: Option<Vec<u8>>,
}

/// The branch of ECDSA's signature algorithms (RFC 5758 §3.2).
const ECDSA: &str = "1.2.840.10045.4.";

/// What a look at a signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    Good,
    Bad,
    /// By an algorithm that is not known here, such as ECDSA on P-521.
    NotChecked,
}

impl Certificate {
    /// Makes a self-signed certificate (SHA-256, on P-384 SHA-384) that is valid from 15 minutes before `now`.
    ///
    /// # Errors
    /// A [`CertificateError`] that names the field.
    pub fn self_signed(
        key: &PrivateKey,
        order: &Order,
        now: OffsetDateTime,
    ) -> Result<Certificate, CertificateError> {
        let params = order.dated(key.kind(), now)?;
        let made = params.self_signed(key).map_err(|_| CertificateError::NotMade)?;
        Certificate::from_der(made.der())
    }

    /// Reads one certificate in DER.
    ///
    /// # Errors
    /// [`CertificateError::NotACertificate`].
    pub fn from_der(der: &[u8]) -> Result<Certificate, CertificateError> {
        let (rest, read) = X509Certificate::from_der(der).map_err(|_| CertificateError::NotACertificate)?;
        if !rest.is_empty() {
            return Err(CertificateError::NotACertificate);
        }
        let mut found = Certificate {
            der: der.to_vec(),
            subject: read.subject().to_string(),
            issuer: read.issuer().to_string(),
            serial: hex(read.raw_serial(), ""),
            not_before: read.validity().not_before.to_datetime(),
            not_after: read.validity().not_after.to_datetime(),
            public_key: read.public_key().subject_public_key.data.to_vec(),
            key: key_words(read.public_key()),
            other_names: Vec::new(),
            usages: Vec::new(),
            is_authority: false,
            key_id: None,
            authority_key_id: None,
        };
        read.extensions().iter().for_each(|extension| found.take(extension.parsed_extension()));
        Ok(found)
    }

    /// Reads one certificate in PEM.
    ///
    /// # Errors
    /// [`CertificateError::NotACertificate`].
    pub fn from_pem(text: &str) -> Result<Certificate, CertificateError> {
        let der = pem::read(pem::CERTIFICATE, text).ok_or(CertificateError::NotACertificate)?;
        Certificate::from_der(&der)
    }

    fn take(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::SubjectAlternativeName(names) => {
                self.other_names = names.general_names.iter().map(name_words).collect();
            }
            ParsedExtension::BasicConstraints(limits) => self.is_authority = limits.ca,
            ParsedExtension::SubjectKeyIdentifier(id) => self.key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::KeyUsage(usage) => {
                let named = [
                    (usage.digital_signature(), "digital signature"),
                    (usage.key_encipherment(), "key encipherment"),
                    (usage.key_agreement(), "key agreement"),
                    (usage.key_cert_sign(), "certificate signing"),
                ];
                self.usages.extend(named.into_iter().filter(|(has, _)| *has).map(|(_, name)| name));
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let named = [
                    (usage.server_auth, "server authentication"),
                    (usage.client_auth, "client authentication"),
                ];
                self.usages.extend(named.into_iter().filter(|(has, _)| *has).map(|(_, name)| name));
            }
            _ => {}
        }
    }

    /// The bytes of a `.cer` file.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The text of a `.pem` or `.crt` file.
    pub fn pem(&self) -> String {
        pem::write(pem::CERTIFICATE, &self.der)
    }

    /// The subject in words, such as `CN=Name, O=Company`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer in words; the subject itself where it is self-signed.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The serial number in hexadecimal.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The start of its life.
    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// The end of its life.
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// The kind and size of its key in words, such as `RSA 2048` or `ECDSA P-256`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether its key is one that Entra takes for application sign-in.
    pub fn is_rsa(&self) -> bool {
        self.key.starts_with("RSA ")
    }

    /// The other names in words, each with its kind, such as `DNS:server.example`.
    pub fn other_names(&self) -> &[String] {
        &self.other_names
    }

    /// What the key may be used for, as far as the certificate limits it.
    pub fn usages(&self) -> &[&'static str] {
        &self.usages
    }

    /// Whether it may sign other certificates.
    pub fn is_authority(&self) -> bool {
        self.is_authority
    }

    /// Whether subject and issuer are the same.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// The key id in hexadecimal: what the certificate says (RFC 5280 §4.2.1.2), else the SHA-1 of its public key, which is
    /// the way of that section to make one.
    pub fn key_id(&self) -> String {
        match &self.key_id {
            Some(id) => hex(id, ""),
            None => hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.public_key).as_ref(), ""),
        }
    }

    /// Its thumbprints.
    pub fn thumbprints(&self) -> Thumbprints {
        Thumbprints::of(&self.der)
    }

    /// SHA-256 of the SubjectPublicKeyInfo (RFC 7469 §2.4), base64url without padding: what pins a server by its key.
    pub fn public_key_s256(&self) -> String {
        // What is here was read before, so it reads again.
        let read = X509Certificate::from_der(&self.der).map(|(_, read)| {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, read.public_key().raw);
            base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, digest)
        });
        read.unwrap_or_default()
    }

    /// Whether this certificate holds the public half of `key`.
    pub fn is_for(&self, key: &PrivateKey) -> bool {
        self.public_key == key.public_key()
    }

    /// Whether both certificates hold the same public key: the later one is then the earlier one, renewed.
    pub fn has_same_key(&self, other: &Certificate) -> bool {
        self.public_key == other.public_key
    }

    /// Whether this certificate holds this public key.
    pub(crate) fn holds(&self, public_key: &[u8]) -> bool {
        self.public_key == public_key
    }

    /// Whether `issuer` can have issued this certificate, judged by names and key ids.
    pub(crate) fn names_issuer(&self, issuer: &Certificate) -> bool {
        let ids_fit = match (&self.authority_key_id, &issuer.key_id) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        self.issuer == issuer.subject && ids_fit
    }

    /// Whether `issuer` did sign this certificate.
    pub(crate) fn signed_by(&self, issuer: &Certificate) -> Signature {
        let read = |der| X509Certificate::from_der(der).map(|(_, read)| read);
        let (Ok(own), Ok(above)) = (read(&self.der), read(&issuer.der)) else { return Signature::Bad };
        match own.verify_signature(Some(above.public_key())) {
            Ok(()) => Signature::Good,
            // An ECDSA signature below an RSA key is no unknown algorithm: it cannot be that key's.
            Err(X509Error::SignatureUnsupportedAlgorithm)
                if own.signature_algorithm.algorithm.to_id_string().starts_with(ECDSA)
                    && !issuer.key.starts_with("ECDSA") =>
            {
                Signature::Bad
            }
            Err(X509Error::SignatureUnsupportedAlgorithm) => Signature::NotChecked,
            Err(_) => Signature::Bad,
        }
    }
}

/// The kind and size of a public key in words.
pub(crate) fn key_words(key: &SubjectPublicKeyInfo<'_>) -> String {
    let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(_)) => match curve.as_ref().map(Oid::to_id_string).as_deref() {
            Some("1.2.840.10045.3.1.7") => "ECDSA P-256".to_owned(),
            Some("1.3.132.0.34") => "ECDSA P-384".to_owned(),
            Some("1.3.132.0.35") => "ECDSA P-521".to_owned(),
            other => format!("ECDSA {}", other.unwrap_or("without a named curve")),
        },
        _ => key.algorithm.algorithm.to_id_string(),
    }
}

/// Another name in words, with its kind in front.
pub(crate) fn name_words(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(host) => format!("DNS:{host}"),
        GeneralName::RFC822Name(mail) => format!("email:{mail}"),
        GeneralName::URI(uri) => format!("URI:{uri}"),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = four.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            address.map_or_else(|_| "IP:?".to_owned(), |address| format!("IP:{address}"))
        }
        GeneralName::DirectoryName(name) => format!("name:{name}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::LazyLock;

    use time::macros::datetime;

    use super::*;
    use crate::order::Purpose;
    use crate::subject::{OtherName, Subject};

    static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::make(KeyKind::Rsa2048).unwrap());
    const NOW: OffsetDateTime = datetime!(2026-03-01 12:00:00.5 UTC);

    fn order() -> Order {
        Order {
            subject: Subject::read("CN=Minutes, O=Contöso, C=DE").unwrap(),
            other_names: Vec::new(),
            days: 365,
            purpose: Purpose::AppSignIn,
        }
    }

    fn made(order: &Order) -> Certificate {
        Certificate::self_signed(&KEY, order, NOW).unwrap()
    }

    #[test]
    fn the_pin_is_the_digest_of_the_whole_public_key_structure() {
        use base64::Engine as _;
        let key = PrivateKey::make(KeyKind::P256).unwrap();
        let wanted = Order {
            purpose: Purpose::HttpsServer,
            other_names: vec![OtherName::read("localhost").unwrap()],
            ..order()
        };
        let certificate = Certificate::self_signed(&key, &wanted, NOW).unwrap();
        // RFC 5480 §2: id-ecPublicKey with prime256v1, then the point as a bit string.
        let mut der = vec![0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
        der.extend([0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00]);
        der.extend_from_slice(key.public_key());
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der);
        let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
        assert_eq!(certificate.public_key_s256(), text);
    }

    #[test]
    fn it_names_its_subject_and_its_key() {
        let certificate = made(&order());
        assert_eq!(certificate.subject(), "CN=Minutes, O=Contöso, C=DE");
        assert!(certificate.is_for(&KEY));
        assert!(!certificate.is_for(&PrivateKey::make(KeyKind::Rsa2048).unwrap()));
    }

    #[test]
    fn it_lives_from_15_minutes_back_to_the_last_day() {
        let certificate = made(&order());
        assert_eq!(certificate.not_before(), datetime!(2026-03-01 11:45:00 UTC));
        assert_eq!(certificate.not_after(), datetime!(2027-03-01 12:00:00 UTC));
    }

    #[test]
    fn it_outlives_2049() {
        let now = datetime!(2049-12-31 23:59:59 UTC);
        let certificate = Certificate::self_signed(&KEY, &order(), now).unwrap();
        assert_eq!(certificate.not_after(), datetime!(2050-12-31 23:59:59 UTC));
    }

    #[test]
    fn lifetimes_have_limits() {
        for (days, fits) in [(0, false), (1, true), (3650, true), (3651, false), (u32::MAX, false)] {
            let result = Certificate::self_signed(&KEY, &Order { days, ..order() }, NOW);
            assert_eq!(result.is_ok(), fits, "{days}");
            assert!(fits || result == Err(CertificateError::Days(days)));
        }
    }

    #[test]
    fn it_comes_back_from_der_and_from_pem() {
        let certificate = made(&order());
        assert_eq!(Certificate::from_der(certificate.der()).unwrap(), certificate);
        assert_eq!(Certificate::from_pem(&certificate.pem()).unwrap(), certificate);
    }

    #[test]
    fn what_is_no_single_certificate_is_refused() {
        let mut longer = made(&order()).der().to_vec();
        longer.push(0);
        for bytes in [&[][..], b"0\x80", &longer, &longer[..longer.len() - 2]] {
            assert_eq!(Certificate::from_der(bytes), Err(CertificateError::NotACertificate));
        }
        assert_eq!(Certificate::from_pem("x"), Err(CertificateError::NotACertificate));
    }

    #[test]
    fn two_certificates_on_one_key_have_two_serial_numbers() {
        assert_ne!(made(&order()).serial(), made(&order()).serial());
    }

    #[test]
    fn an_app_certificate_signs_and_is_no_authority() {
        let certificate = made(&order());
        let (_, read) = X509Certificate::from_der(certificate.der()).unwrap();
        assert!(!read.is_ca());
        let usage = read.key_usage().unwrap().unwrap().value;
        assert!(usage.digital_signature() && !usage.key_encipherment() && !usage.key_cert_sign());
        let extended = read.extended_key_usage().unwrap().unwrap().value;
        assert!(extended.client_auth && !extended.server_auth);
        assert!(read.subject_alternative_name().unwrap().is_none());
    }

    #[test]
    fn a_server_certificate_carries_its_names() {
        let names = ["a.example", "10.0.0.7", "https://a.example/x", "it@a.example"];
        let other_names = names.iter().map(|name| OtherName::read(name).unwrap()).collect();
        let certificate = made(&Order { other_names, purpose: Purpose::HttpsServer, ..order() });
        let (_, read) = X509Certificate::from_der(certificate.der()).unwrap();
        let found = &read.subject_alternative_name().unwrap().unwrap().value.general_names;
        assert_eq!(
            found[..],
            [
                GeneralName::DNSName("a.example"),
                GeneralName::IPAddress(&[10, 0, 0, 7]),
                GeneralName::URI("https://a.example/x"),
                GeneralName::RFC822Name("it@a.example"),
            ]
        );
        assert!(read.extended_key_usage().unwrap().unwrap().value.server_auth);
    }

    #[test]
    fn a_server_certificate_without_names_is_refused() {
        let order = Order { purpose: Purpose::HttpsServer, ..order() };
        let refused = Certificate::self_signed(&KEY, &order, NOW);
        assert_eq!(refused, Err(CertificateError::NoServerName));
    }

    #[test]
    fn it_says_in_words_what_it_holds() {
        let names = ["a.example", "10.0.0.7", "::1", "https://a.example/x", "it@a.example"];
        let other_names = names.iter().map(|name| OtherName::read(name).unwrap()).collect();
        let certificate = made(&Order { other_names, purpose: Purpose::HttpsServer, ..order() });
        let wanted =
            ["DNS:a.example", "IP:10.0.0.7", "IP:::1", "URI:https://a.example/x", "email:it@a.example"];
        assert_eq!(certificate.other_names(), wanted);
        assert_eq!(certificate.usages(), ["digital signature", "key encipherment", "server authentication"]);
        assert_eq!((certificate.key(), certificate.is_self_issued()), ("RSA 2048", true));
        assert_eq!(certificate.key_id().len(), 40);
        assert_eq!(certificate.signed_by(&certificate), Signature::Good);
        assert_eq!(certificate.signed_by(&made(&order())), Signature::Good, "the same key signed both");
    }

    #[test]
    fn curves_sign_for_servers() {
        for (kind, words) in [(KeyKind::P256, "ECDSA P-256"), (KeyKind::P384, "ECDSA P-384")] {
            let key = PrivateKey::make(kind).unwrap();
            let other_names = vec![OtherName::read("a.example").unwrap()];
            let order = Order { other_names, purpose: Purpose::HttpsServer, ..order() };
            let certificate = Certificate::self_signed(&key, &order, NOW).unwrap();
            assert_eq!(certificate.key(), words);
            assert!(!certificate.is_rsa() && certificate.is_for(&key));
            assert_eq!(certificate.signed_by(&certificate), Signature::Good);
            assert_eq!(certificate.signed_by(&made(&super::tests::order())), Signature::Bad);
            assert_eq!(certificate.usages(), ["digital signature", "server authentication"]);
        }
    }
}
