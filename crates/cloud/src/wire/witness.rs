//! Sees each certificate before the system's verifier judges it, and remembers who vouches for it, so that a refusal can
//! name the authority and a connection test can tell a public authority from one that looks into the traffic.
//! The verdict is the system's alone.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Name};

use super::WireError;
use crate::text::scrub;

/// Mozilla's list. The system's store cannot tell: a company's authority stands in it like any other.
static PUBLIC: LazyLock<RootCertStore> =
    LazyLock::new(|| webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect());

/// Who vouches for a server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The name of the authority at the end of the chain.
    pub name: String,
    /// Whether it is one of the public authorities. Microsoft's own certificates end at one.
    pub is_public: bool,
}

#[derive(Debug)]
pub(super) struct Witness {
    judge: Arc<dyn ServerCertVerifier>,
    provider: Arc<CryptoProvider>,
    seen: Mutex<HashMap<String, Issuer>>,
}

/// TLS as the system judges it, with further authorities beside, and the witness of it.
pub(super) fn configuration(
    further: Vec<CertificateDer<'static>>,
) -> Result<(ClientConfig, Arc<Witness>), WireError> {
    let setup = |error: Error| WireError::Setup { reason: scrub(&error.to_string()) };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let judge =
        rustls_platform_verifier::Verifier::new_with_extra_roots(further, provider.clone()).map_err(setup)?;
    let witness =
        Arc::new(Witness { judge: Arc::new(judge), provider: provider.clone(), seen: Mutex::default() });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(witness.clone())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((config, witness))
}

impl Witness {
    /// Who vouched for the certificate that a host showed last.
    pub(super) fn seen(&self, host: &str) -> Option<Issuer> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(host).cloned()
    }

    fn note(&self, chain: &[&CertificateDer<'_>], name: &ServerName<'_>, now: UnixTime) {
        let issuer = Issuer { name: authority(chain), is_public: self.is_public(chain, now) };
        let host = name.to_str().into_owned();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(host, issuer);
    }

    fn is_public(&self, chain: &[&CertificateDer<'_>], now: UnixTime) -> bool {
        let Some((first, sent)) = chain.split_first() else { return false };
        let Ok(own) = ParsedCertificate::try_from(*first) else { return false };
        let sent: Vec<CertificateDer<'_>> = sent.iter().map(|der| (*der).clone()).collect();
        let algorithms = self.provider.signature_verification_algorithms.all;
        match verify_server_cert_signed_by_trust_anchor(&own, &PUBLIC, &sent, now, algorithms) {
            Ok(()) => true,
            // A wrong clock makes no public authority a private one.
            Err(Error::InvalidCertificate(fault)) => matches!(
                fault,
                CertificateError::Expired
                    | CertificateError::ExpiredContext { .. }
                    | CertificateError::NotValidYet
                    | CertificateError::NotValidYetContext { .. }
            ),
            Err(_) => false,
        }
    }
}

/// The name at the end of what was sent. Each step upwards uses up one certificate, so that a ring of issuers ends.
fn authority(chain: &[&CertificateDer<'_>]) -> String {
    let parsed: Vec<X509Certificate<'_>> = chain
        .iter()
        .filter_map(|der| X509Certificate::from_der(der).ok())
        .map(|(_, parsed)| parsed)
        .collect();
    let Some(mut top) = parsed.first() else { return String::new() };
    for _ in 1..parsed.len() {
        let is_own = top.subject().as_raw() == top.issuer().as_raw();
        match parsed.iter().find(|above| above.subject().as_raw() == top.issuer().as_raw()) {
            Some(above) if !is_own => top = above,
            _ => break,
        }
    }
    name(top.issuer())
}

/// Its common name, or else all of it.
fn name(told: &X509Name<'_>) -> String {
    let common = told.iter_common_name().next().and_then(|name| name.as_str().ok());
    let short: String = common.map_or_else(|| told.to_string(), str::to_owned).chars().take(200).collect();
    scrub(&short)
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        further: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        staple: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<&CertificateDer<'_>> = std::iter::once(certificate).chain(further).collect();
        self.note(&chain, name, now);
        self.judge.verify_server_cert(certificate, further, name, staple, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// A chain of the real internet, as a public server sent it in the summer of 2026.
#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;

    const SENT: [&[u8]; 3] = [
        include_bytes!("../../../probe/tests/recorded/letsencrypt-org-1.der"),
        include_bytes!("../../../probe/tests/recorded/letsencrypt-org-2.der"),
        include_bytes!("../../../probe/tests/recorded/letsencrypt-org-3.der"),
    ];

    fn issuer(chain: &[CertificateDer<'_>]) -> Issuer {
        let own = rcgen::generate_simple_self_signed(vec!["trusted.example".into()]).unwrap();
        let (_, witness) = configuration(vec![own.cert.der().clone()]).unwrap();
        let (_, first) = X509Certificate::from_der(&chain[0]).unwrap();
        let end = first.validity().not_after.timestamp();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(end.unsigned_abs() - 3600));
        let name = ServerName::try_from("login.example").unwrap();
        let chain: Vec<&CertificateDer<'_>> = chain.iter().collect();
        witness.note(&chain, &name, at);
        assert_eq!(witness.seen("other.example"), None);
        witness.seen("login.example").unwrap()
    }

    #[test]
    fn a_public_authority_is_known_and_any_other_is_named() {
        let chain: Vec<CertificateDer<'_>> = SENT.iter().map(|der| CertificateDer::from(*der)).collect();
        let seen = issuer(&chain);
        assert!(seen.is_public && !seen.name.is_empty(), "{seen:?}");

        let key = rcgen::KeyPair::generate().unwrap();
        let mut root = rcgen::CertificateParams::new(Vec::new()).unwrap();
        root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        root.distinguished_name.push(rcgen::DnType::CommonName, "Example Corp Root CA");
        let authority = rcgen::Issuer::new(root, key);
        let own = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new(vec!["login.example".into()]).unwrap();
        let leaf = leaf.signed_by(&own, &authority).unwrap();
        let seen = issuer(&[leaf.der().clone()]);
        assert_eq!(seen, Issuer { name: "Example Corp Root CA".to_owned(), is_public: false });
    }
}
