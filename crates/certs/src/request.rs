//! Requests for a certificate (PKCS#10, RFC 2986): made on a key for a company's authority, and read back. A request names
//! what is wanted; nothing of it binds the authority.

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;

use crate::certificate::{Certificate, CertificateError, key_words, name_words};
use crate::key::PrivateKey;
use crate::order::Order;
use crate::pem;

/// A request, public part only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    der: Vec<u8>,
    subject: String,
    key: String,
    other_names: Vec<String>,
    public_key: Vec<u8>,
}

/// Why a request cannot be read.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
pub enum RequestError {
    /// The bytes are not one request.
    #[error("this is not a certificate request")]
    NotARequest,
    /// The request is not signed by the key in it, so nobody has proven to hold that key.
    #[error("the certificate request is not signed by its own key; make a new one")]
    NotSigned,
}

impl Request {
    /// Makes a request on a key, with the names and the key usages that the order's purpose needs.
    ///
    /// # Errors
    /// A [`CertificateError`] that names the field.
    pub fn make(key: &PrivateKey, order: &Order) -> Result<Request, CertificateError> {
        let made = order.params(key.kind())?.serialize_request(key).map_err(|_| CertificateError::NotMade)?;
        Request::from_der(made.der()).map_err(|_| CertificateError::NotMade)
    }

    /// Reads one request in DER, and checks that it is signed by its own key.
    ///
    /// # Errors
    /// A [`RequestError`].
    pub fn from_der(der: &[u8]) -> Result<Request, RequestError> {
        let (rest, read) = X509CertificationRequest::from_der(der).map_err(|_| RequestError::NotARequest)?;
        if !rest.is_empty() {
            return Err(RequestError::NotARequest);
        }
        read.verify_signature().map_err(|_| RequestError::NotSigned)?;
        let asked = &read.certification_request_info;
        let other_names =
            read.requested_extensions().into_iter().flatten().find_map(|extension| match extension {
                ParsedExtension::SubjectAlternativeName(names) => {
                    Some(names.general_names.iter().map(name_words).collect())
                }
                _ => None,
            });
        Ok(Request {
            der: der.to_vec(),
            subject: asked.subject.to_string(),
            key: key_words(&asked.subject_pki),
            other_names: other_names.unwrap_or_default(),
            public_key: asked.subject_pki.subject_public_key.data.to_vec(),
        })
    }

    /// The bytes of the request.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The text of a `.csr` file.
    pub fn pem(&self) -> String {
        pem::write(pem::REQUEST, &self.der)
    }

    /// The subject that is asked for, in words.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The kind and size of its key in words.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The other names that are asked for, in words.
    pub fn other_names(&self) -> &[String] {
        &self.other_names
    }

    /// Whether the request was made on this key.
    pub fn is_for(&self, key: &PrivateKey) -> bool {
        self.public_key == key.public_key()
    }

    /// Whether this certificate was issued on the key of the request.
    pub fn is_answered_by(&self, certificate: &Certificate) -> bool {
        certificate.holds(&self.public_key)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::key::KeyKind;
    use crate::order::Purpose;
    use crate::subject::{OtherName, Subject};

    fn order(names: &[&str]) -> Order {
        Order {
            subject: Subject::read("CN=Minutes, O=Contoso").unwrap(),
            other_names: names.iter().map(|name| OtherName::read(name).unwrap()).collect(),
            days: 1,
            purpose: Purpose::CompanyAuthority,
        }
    }

    #[test]
    fn a_request_says_what_is_wanted_and_is_signed() {
        for (kind, words) in
            [(KeyKind::Rsa2048, "RSA 2048"), (KeyKind::P256, "ECDSA P-256"), (KeyKind::P384, "ECDSA P-384")]
        {
            let key = PrivateKey::make(kind).unwrap();
            let request = Request::make(&key, &order(&["a.example", "10.0.0.7"])).unwrap();
            assert_eq!((request.subject(), request.key()), ("CN=Minutes, O=Contoso", words));
            assert_eq!(request.other_names(), ["DNS:a.example", "IP:10.0.0.7"]);
            assert!(request.is_for(&key));
            assert_eq!(Request::from_der(request.der()), Ok(request));
        }
    }

    #[test]
    fn the_usages_of_the_purpose_are_asked_for() {
        let key = PrivateKey::make(KeyKind::Rsa2048).unwrap();
        let request = Request::make(&key, &order(&["a.example"])).unwrap();
        let (_, read) = X509CertificationRequest::from_der(request.der()).unwrap();
        let asked: Vec<_> = read.requested_extensions().unwrap().collect();
        let count = |wanted: fn(&ParsedExtension<'_>) -> bool| asked.iter().filter(|one| wanted(one)).count();
        let signs = count(|one| matches!(one, ParsedExtension::KeyUsage(usage) if usage.digital_signature()));
        let both = count(
            |one| matches!(one, ParsedExtension::ExtendedKeyUsage(usage) if usage.server_auth && usage.client_auth),
        );
        assert_eq!((signs, both), (1, 1), "{asked:?}");
    }

    #[test]
    fn a_changed_request_is_refused() {
        let key = PrivateKey::make(KeyKind::P256).unwrap();
        let mut bytes = Request::make(&key, &order(&[])).unwrap().der().to_vec();
        let at = bytes.windows(7).position(|window| window == b"Minutes").unwrap();
        bytes[at] = b'm';
        assert_eq!(Request::from_der(&bytes), Err(RequestError::NotSigned));
        assert_eq!(Request::from_der(&bytes[..50]), Err(RequestError::NotARequest));
    }
}
