//! What to put into a certificate or a request: whom it names, how long it lives, what it is for. The judgement of an
//! order stands here, the making elsewhere. It reads no clock: `now` is an argument.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SerialNumber};
use time::{Duration, OffsetDateTime};

use crate::certificate::CertificateError;
use crate::key::KeyKind;
use crate::subject::{OtherName, Subject};

/// How far the start reaches back, so that a server whose clock is behind does not say "not yet valid".
pub const BACK: Duration = Duration::minutes(15);
/// The longest lifetime in days.
pub const LONGEST_DAYS: u32 = 3650;

/// What the certificate is for; it picks the key usages (RFC 5280 §4.2.1.3 and §4.2.1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An application proves itself to Entra with it. RSA only.
    AppSignIn,
    /// A product's server answers HTTPS with it. Needs at least one other name.
    HttpsServer,
    /// A company's certificate authority issues it on a request: for the sign-in, and with other names for HTTPS, too.
    CompanyAuthority,
}

impl Purpose {
    /// All purposes, in the order in which they are offered.
    pub const ALL: [Purpose; 3] = [Purpose::AppSignIn, Purpose::HttpsServer, Purpose::CompanyAuthority];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::AppSignIn => "app",
            Purpose::HttpsServer => "server",
            Purpose::CompanyAuthority => "ca-request",
        }
    }

    /// The purpose of a name.
    pub fn named(name: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// What to put into a certificate.
#[derive(Debug, Clone)]
pub struct Order {
    /// Whom it names.
    pub subject: Subject,
    /// Further names.
    pub other_names: Vec<OtherName>,
    /// The lifetime from now, in days, 1 to [`LONGEST_DAYS`]. A request carries none: its authority decides.
    pub days: u32,
    /// What it is for.
    pub purpose: Purpose,
}

impl Order {
    /// Whether this order and a key of this kind fit together.
    ///
    /// # Errors
    /// A [`CertificateError`] that names the field.
    pub fn check(&self, key: KeyKind) -> Result<(), CertificateError> {
        if !(1..=LONGEST_DAYS).contains(&self.days) {
            return Err(CertificateError::Days(self.days));
        }
        if self.purpose == Purpose::HttpsServer && self.other_names.is_empty() {
            return Err(CertificateError::NoServerName);
        }
        match self.purpose == Purpose::AppSignIn && !key.is_rsa() {
            true => Err(CertificateError::EntraTakesOnlyRsa),
            false => Ok(()),
        }
    }

    /// What a self-signed certificate and a request have in common.
    pub(crate) fn params(&self, key: KeyKind) -> Result<CertificateParams, CertificateError> {
        self.check(key)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = self.subject.distinguished()?;
        params.subject_alt_names = self.other_names.iter().map(OtherName::san).collect::<Result<_, _>>()?;
        (params.key_usages, params.extended_key_usages) = self.usages(key);
        Ok(params)
    }

    /// The same with a lifetime and a serial number.
    pub(crate) fn dated(
        &self,
        key: KeyKind,
        now: OffsetDateTime,
    ) -> Result<CertificateParams, CertificateError> {
        let now = now.replace_nanosecond(0).map_err(|_| CertificateError::NotMade)?;
        let mut params = self.params(key)?;
        params.not_before = now.checked_sub(BACK).ok_or(CertificateError::NotMade)?;
        params.not_after =
            now.checked_add(Duration::days(i64::from(self.days))).ok_or(CertificateError::NotMade)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.serial_number = Some(serial()?);
        Ok(params)
    }

    fn usages(&self, key: KeyKind) -> (Vec<KeyUsagePurpose>, Vec<ExtendedKeyUsagePurpose>) {
        let serves = match self.purpose {
            Purpose::AppSignIn => false,
            Purpose::HttpsServer => true,
            Purpose::CompanyAuthority => !self.other_names.is_empty(),
        };
        let mut usages = vec![KeyUsagePurpose::DigitalSignature];
        // Only RSA keys can encipher a key (RFC 5480 §3).
        usages.extend((serves && key.is_rsa()).then_some(KeyUsagePurpose::KeyEncipherment));
        let mut extended = Vec::new();
        extended.extend(serves.then_some(ExtendedKeyUsagePurpose::ServerAuth));
        let signs_in = self.purpose != Purpose::HttpsServer;
        extended.extend(signs_in.then_some(ExtendedKeyUsagePurpose::ClientAuth));
        (usages, extended)
    }
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

    use super::*;

    fn order(purpose: Purpose, names: &[&str]) -> Order {
        Order {
            subject: Subject::common_name("a").unwrap(),
            other_names: names.iter().map(|name| OtherName::read(name).unwrap()).collect(),
            days: 30,
            purpose,
        }
    }

    #[test]
    fn entra_is_offered_rsa_only() {
        for kind in KeyKind::ALL {
            let judged = order(Purpose::AppSignIn, &[]).check(kind);
            assert_eq!(judged.is_ok(), kind.is_rsa());
            assert!(kind.is_rsa() || judged == Err(CertificateError::EntraTakesOnlyRsa));
            assert_eq!(order(Purpose::HttpsServer, &["a.example"]).check(kind), Ok(()));
            assert_eq!(order(Purpose::CompanyAuthority, &[]).check(kind), Ok(()));
        }
        let said = CertificateError::EntraTakesOnlyRsa.to_string();
        assert!(said.starts_with(KeyKind::NOT_FOR_ENTRA), "{said}");
    }

    #[test]
    fn a_company_is_asked_for_what_the_names_need() {
        use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
        let asked = |names: &[&str], kind| order(Purpose::CompanyAuthority, names).usages(kind);
        assert_eq!(asked(&[], KeyKind::Rsa2048), (vec![KeyUsagePurpose::DigitalSignature], vec![ClientAuth]));
        let (usages, extended) = asked(&["a.example"], KeyKind::Rsa2048);
        assert_eq!(usages, [KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment]);
        assert_eq!(extended, [ServerAuth, ClientAuth]);
        assert_eq!(asked(&["a.example"], KeyKind::P256).0, [KeyUsagePurpose::DigitalSignature]);
    }

    #[test]
    fn purposes_have_names() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::named(purpose.name()), Some(purpose));
        }
    }
}
