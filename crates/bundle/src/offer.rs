//! The offer: what a product's admin page hands out so that a bundle can be sealed to it (format page, "The offer").
//! It is untrusted text: at most 16 KiB, each member checked, nothing unknown taken. It never leads to a request.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::compact;
use crate::error::{BundleError, OfferFault};
use crate::keys::{PublicJwk, RecipientKey};
use crate::{CLOCK_TOLERANCE, LIFETIME};

/// The largest offer that is read, in bytes.
const LARGEST_OFFER: usize = 16 * 1024;

/// What begins the form of one line.
const LINE_PREFIX: &str = "offer1:";

/// A product's offer, version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The product's name.
    pub product: String,
    /// The product's installation.
    pub install_id: String,
    /// Where the product takes bundles over HTTPS; `None` where a person carries the file.
    pub endpoint: Option<String>,
    /// The key that bundles are sealed to.
    pub key: RecipientKey,
    /// At least 128 random bits, good for one bundle.
    pub nonce: String,
    /// The end of the offer, whole seconds.
    pub expires_at: OffsetDateTime,
    /// What the product takes, the first is liked best.
    pub accepts: Vec<Accepts>,
    /// The product's own certificate in PEM, public part only.
    pub cert_request: Option<String>,
    /// SHA-256 of the product's SSH host key, base64url.
    pub ssh_hostkey_s256: Option<String>,
    /// SHA-256 of the public key in the product's TLS certificate, base64url.
    pub tls_spki_s256: Option<String>,
}

/// A kind of credential that a product takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accepts {
    /// The product's own certificate goes to Microsoft; nothing secret travels.
    PublicCert,
    /// A certificate with its private key.
    Certificate,
    /// A client secret.
    Secret,
}

impl Offer {
    /// Reads either form, the line `offer1:…` or JSON, and checks everything but the clock.
    ///
    /// # Errors
    /// [`BundleError::Offer`] with the member that is wrong.
    pub fn parse(text: &str) -> Result<Offer, BundleError> {
        let text = text.trim();
        if text.len() > LARGEST_OFFER {
            return Err(fault("offer", OfferFault::TooLarge));
        }
        let json = match text.strip_prefix(LINE_PREFIX) {
            Some(line) => {
                let bytes = compact::decode(line).ok_or(fault("offer", OfferFault::Form))?;
                bytes.as_slice().to_vec()
            }
            None if text.starts_with('{') => text.as_bytes().to_vec(),
            None => return Err(fault("offer", OfferFault::Form)),
        };
        let read: OfferText =
            serde_json::from_slice(&json).map_err(|_| fault("offer", OfferFault::Members))?;
        read.check()
    }

    /// Refuses an offer that is past its end or claims more than 24 hours.
    ///
    /// # Errors
    /// [`BundleError::Offer`] for the member `exp`.
    pub fn check_time(&self, now: OffsetDateTime) -> Result<(), BundleError> {
        if now > self.expires_at {
            return Err(fault("exp", OfferFault::Expired));
        }
        if self.expires_at - now > LIFETIME + CLOCK_TOLERANCE {
            return Err(fault("exp", OfferFault::TooFarAhead));
        }
        Ok(())
    }

    /// The offer as JSON.
    ///
    /// # Errors
    /// [`BundleError::Cryptography`] never in practice: the members are plain text.
    pub fn to_json(&self) -> Result<String, BundleError> {
        let text = OfferText {
            v: 1,
            product: self.product.clone(),
            install_id: self.install_id.clone(),
            endpoint: self.endpoint.clone(),
            key: serde_json::from_str(&self.key.to_jwk()).map_err(|_| BundleError::Cryptography)?,
            nonce: self.nonce.clone(),
            exp: self.expires_at.unix_timestamp(),
            accepts: self.accepts.clone(),
            cert_request: self.cert_request.clone(),
            ssh_hostkey_s256: self.ssh_hostkey_s256.clone(),
            tls_spki_s256: self.tls_spki_s256.clone(),
        };
        serde_json::to_string(&text).map_err(|_| BundleError::Cryptography)
    }

    /// The offer as one line to paste.
    ///
    /// # Errors
    /// As [`Offer::to_json`].
    pub fn to_line(&self) -> Result<String, BundleError> {
        Ok(format!("{LINE_PREFIX}{}", compact::encode(self.to_json()?.as_bytes())))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferText {
    v: u64,
    product: String,
    install_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    key: serde_json::Map<String, serde_json::Value>,
    nonce: String,
    exp: i64,
    accepts: Vec<Accepts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cert_request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ssh_hostkey_s256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tls_spki_s256: Option<String>,
}

impl OfferText {
    fn check(self) -> Result<Offer, BundleError> {
        if self.v != 1 {
            return Err(fault("v", OfferFault::Version));
        }
        label("product", &self.product)?;
        label("install_id", &self.install_id)?;
        if let Some(endpoint) = &self.endpoint {
            https("endpoint", endpoint)?;
        }
        let key = PublicJwk::deserialize(serde_json::Value::Object(self.key))
            .map_err(|_| fault("key", OfferFault::Members))?
            .point()
            .map_err(|why| fault("key", OfferFault::Key(why)))?;
        nonce(&self.nonce)?;
        let expires_at =
            OffsetDateTime::from_unix_timestamp(self.exp).map_err(|_| fault("exp", OfferFault::Text))?;
        if self.accepts.is_empty() {
            return Err(fault("accepts", OfferFault::Nothing));
        }
        if let Some(pem) = &self.cert_request {
            certificate("cert_request", pem)?;
        }
        digest("ssh_hostkey_s256", self.ssh_hostkey_s256.as_deref())?;
        digest("tls_spki_s256", self.tls_spki_s256.as_deref())?;
        Ok(Offer {
            product: self.product,
            install_id: self.install_id,
            endpoint: self.endpoint,
            key: RecipientKey(key),
            nonce: self.nonce,
            expires_at,
            accepts: self.accepts,
            cert_request: self.cert_request,
            ssh_hostkey_s256: self.ssh_hostkey_s256,
            tls_spki_s256: self.tls_spki_s256,
        })
    }
}

fn fault(field: &'static str, why: OfferFault) -> BundleError {
    BundleError::Offer { field, why }
}

fn label(field: &'static str, text: &str) -> Result<(), BundleError> {
    let good = !text.trim().is_empty() && text.len() <= 256 && !text.chars().any(char::is_control);
    good.then_some(()).ok_or(fault(field, OfferFault::Text))
}

fn https(field: &'static str, address: &str) -> Result<(), BundleError> {
    let rest = address.strip_prefix("https://").ok_or(fault(field, OfferFault::NotHttps))?;
    let good = !rest.is_empty() && address.len() <= 2048 && rest.bytes().all(|byte| byte.is_ascii_graphic());
    good.then_some(()).ok_or(fault(field, OfferFault::Text))
}

fn nonce(text: &str) -> Result<(), BundleError> {
    let good =
        text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !good {
        return Err(fault("nonce", OfferFault::Text));
    }
    // 22 characters of base64url carry 132 bits: the shortest spelling of 128.
    (text.len() >= 22).then_some(()).ok_or(fault("nonce", OfferFault::Nonce))
}

fn certificate(field: &'static str, pem: &str) -> Result<(), BundleError> {
    let good = pem.trim_start().starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE KEY");
    good.then_some(()).ok_or(fault(field, OfferFault::Text))
}

fn digest(field: &'static str, text: Option<&str>) -> Result<(), BundleError> {
    let good = text.is_none_or(|text| compact::decode_exact::<32>(text).is_some());
    good.then_some(()).ok_or(fault(field, OfferFault::Text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::keys::OwnKey;
    use time::Duration;

    fn offer() -> Offer {
        Offer {
            product: "targetconnect".into(),
            install_id: "university-1".into(),
            endpoint: Some("https://product.example/bundle".into()),
            key: OwnKey::generate().unwrap().recipient().clone(),
            nonce: "q83vEjRWeJCrze8SNFZ4kA".into(),
            expires_at: OffsetDateTime::UNIX_EPOCH + Duration::days(20_000),
            accepts: vec![Accepts::PublicCert, Accepts::Secret],
            cert_request: None,
            ssh_hostkey_s256: Some(compact::encode(&[1; 32])),
            tls_spki_s256: None,
        }
    }

    fn wrong(json: &str) -> (&'static str, OfferFault) {
        match Offer::parse(json).expect_err(json) {
            BundleError::Offer { field, why } => (field, why),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn both_forms_are_read_back() {
        let offer = offer();
        assert_eq!(Offer::parse(&offer.to_json().unwrap()).unwrap(), offer);
        assert_eq!(Offer::parse(&format!(" {}\n", offer.to_line().unwrap())).unwrap(), offer);
        assert_eq!(RecipientKey::read(&offer.to_line().unwrap()).unwrap(), offer.key);
        assert_eq!(RecipientKey::read(&offer.to_json().unwrap()).unwrap(), offer.key);
    }

    #[test]
    fn each_member_is_checked_and_named() {
        let good = offer().to_json().unwrap();
        let cases = [
            (r#""v":1"#, r#""v":2"#, "v", OfferFault::Version),
            (r#""v":1"#, r#""v":1,"v":1"#, "offer", OfferFault::Members),
            (r#""v":1"#, r#""v":1,"more":1"#, "offer", OfferFault::Members),
            ("targetconnect", "", "product", OfferFault::Text),
            ("university-1", "a\\nb", "install_id", OfferFault::Text),
            ("https://", "http://", "endpoint", OfferFault::NotHttps),
            ("product.example", "product example", "endpoint", OfferFault::Text),
            ("P-256", "P-521", "key", OfferFault::Key(crate::KeyFault::NotP256)),
            (r#""kty":"EC""#, r#""kty":"EC","d":"AA""#, "key", OfferFault::Key(crate::KeyFault::Private)),
            ("q83vEjRWeJCrze8SNFZ4kA", "q83vEjRWeJCrze8SNFZ4k", "nonce", OfferFault::Nonce),
            ("q83vEjRWeJCrze8SNFZ4kA", "q83vEjRWeJCrze8SNFZ4 A", "nonce", OfferFault::Text),
            (r#"["public-cert","secret"]"#, "[]", "accepts", OfferFault::Nothing),
            (r#""secret""#, r#""password""#, "offer", OfferFault::Members),
            (r#""ssh_hostkey_s256":""#, r#""ssh_hostkey_s256":"A"#, "ssh_hostkey_s256", OfferFault::Text),
        ];
        for (from, to, field, why) in cases {
            let altered = good.replacen(from, to, 1);
            assert_ne!(altered, good, "{from}");
            assert_eq!(wrong(&altered), (field, why), "{from} -> {to}");
        }
        let private =
            good.replacen(r#""nonce""#, r#""cert_request":"-----BEGIN PRIVATE KEY-----","nonce""#, 1);
        assert_eq!(wrong(&private), ("cert_request", OfferFault::Text));
    }

    #[test]
    fn other_texts_are_no_offers() {
        for text in ["", "offer1:", "offer1:====", "offer2:AA", "[]", "hello"] {
            assert!(matches!(wrong(text), ("offer", OfferFault::Form | OfferFault::Members)), "{text}");
        }
        assert_eq!(wrong(&format!("{{{}", " ".repeat(LARGEST_OFFER) + "x")), ("offer", OfferFault::TooLarge));
    }

    #[test]
    fn an_offer_has_an_end() {
        let offer = offer();
        offer.check_time(offer.expires_at).unwrap();
        offer.check_time(offer.expires_at - Duration::hours(24)).unwrap();
        assert!(offer.check_time(offer.expires_at + Duration::seconds(1)).is_err());
        assert!(offer.check_time(offer.expires_at - Duration::hours(25)).is_err());
    }
}
