//! Self-signed certificates: ordered, made, read back. Only public parts are in here, so everything may be shown.
//! It does not judge whether a certificate is trusted, and it reads no clock: `now` is an argument.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SerialNumber};
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use crate::key::PrivateKey;
use crate::pem;
use crate::subject::{NameError, OtherName, Subject};
use crate::thumbprint::Thumbprints;

/// How far the start reaches back, so that a server whose clock is behind does not say "not yet valid".
pub const BACK: Duration = Duration::minutes(15);
/// The longest lifetime in days.
pub const LONGEST_DAYS: u32 = 3650;

/// What the certificate is for; it picks the key usages (RFC 5280 §4.2.1.3 and §4.2.1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An application proves itself to Entra with it.
    AppSignIn,
    /// A product's server answers HTTPS with it. Needs at least one other name.
    HttpsServer,
}

/// What to put into a certificate.
#[derive(Debug, Clone)]
pub struct Order {
    /// Whom it names.
    pub subject: Subject,
    /// Further names.
    pub other_names: Vec<OtherName>,
    /// The lifetime from now, in days, 1 to [`LONGEST_DAYS`].
    pub days: u32,
    /// What it is for.
    pub purpose: Purpose,
}

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
    serial: String,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    public_key: Vec<u8>,
}

impl Certificate {
    /// Makes a self-signed certificate (SHA-256 with RSA) that is valid from 15 minutes before `now`.
    ///
    /// # Errors
    /// A [`CertificateError`] that names the field.
    pub fn self_signed(
        key: &PrivateKey,
        order: &Order,
        now: OffsetDateTime,
    ) -> Result<Certificate, CertificateError> {
        if !(1..=LONGEST_DAYS).contains(&order.days) {
            return Err(CertificateError::Days(order.days));
        }
        if order.purpose == Purpose::HttpsServer && order.other_names.is_empty() {
            return Err(CertificateError::NoServerName);
        }
        let params = params(order, now)?;
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
        Ok(Certificate {
            der: der.to_vec(),
            subject: read.subject().to_string(),
            serial: read.raw_serial().iter().map(|byte| format!("{byte:02X}")).collect(),
            not_before: read.validity().not_before.to_datetime(),
            not_after: read.validity().not_after.to_datetime(),
            public_key: read.public_key().subject_public_key.data.to_vec(),
        })
    }

    /// Reads one certificate in PEM.
    ///
    /// # Errors
    /// [`CertificateError::NotACertificate`].
    pub fn from_pem(text: &str) -> Result<Certificate, CertificateError> {
        let der = pem::read(pem::CERTIFICATE, text).ok_or(CertificateError::NotACertificate)?;
        Certificate::from_der(&der)
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

    /// Its thumbprints.
    pub fn thumbprints(&self) -> Thumbprints {
        Thumbprints::of(&self.der)
    }

    /// Whether this certificate holds the public half of `key`.
    pub fn is_for(&self, key: &PrivateKey) -> bool {
        self.public_key == key.public_key()
    }
}

fn params(order: &Order, now: OffsetDateTime) -> Result<CertificateParams, CertificateError> {
    let now = now.replace_nanosecond(0).map_err(|_| CertificateError::NotMade)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = order.subject.distinguished()?;
    params.subject_alt_names = order.other_names.iter().map(OtherName::san).collect::<Result<_, _>>()?;
    params.not_before = now.checked_sub(BACK).ok_or(CertificateError::NotMade)?;
    params.not_after =
        now.checked_add(Duration::days(i64::from(order.days))).ok_or(CertificateError::NotMade)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.serial_number = Some(serial()?);
    (params.key_usages, params.extended_key_usages) = match order.purpose {
        Purpose::AppSignIn => {
            (vec![KeyUsagePurpose::DigitalSignature], vec![ExtendedKeyUsagePurpose::ClientAuth])
        }
        Purpose::HttpsServer => (
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment],
            vec![ExtendedKeyUsagePurpose::ServerAuth],
        ),
    };
    Ok(params)
}

/// 126 random bits in 16 bytes. rcgen would take it from the key, and a second certificate on one key
/// would then have the same issuer and serial number (forbidden by RFC 5280 §4.1.2.2).
fn serial() -> Result<SerialNumber, CertificateError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| CertificateError::NotMade)?;
    bytes[0] = bytes[0] & 0x7F | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::LazyLock;

    use time::macros::datetime;
    use x509_parser::extensions::GeneralName;

    use super::*;
    use crate::key::RsaSize;

    static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::make(RsaSize::Bits2048).unwrap());
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
    fn it_names_its_subject_and_its_key() {
        let certificate = made(&order());
        assert_eq!(certificate.subject(), "CN=Minutes, O=Contöso, C=DE");
        assert!(certificate.is_for(&KEY));
        assert!(!certificate.is_for(&PrivateKey::make(RsaSize::Bits2048).unwrap()));
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
}
