//! Who vouches for the server: the operating system's authorities, or one pinned key and then nobody else.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::error::{CertificateFault, HttpsError};
use super::shown::shown;
use super::staple;

/// SHA-256 of the `SubjectPublicKeyInfo` of a server's certificate (RFC 5280 §4.1.2.7).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pin([u8; 32]);

/// How the server's certificate is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// By the operating system's verifier, for the host's name.
    System {
        /// Authorities that count beside the system's.
        further: Vec<CertificateDer<'static>>,
    },
    /// By this key alone: name, dates and authority do not count, and a self-signed certificate is fine.
    Pinned(Pin),
}

impl Pin {
    /// Reads a pin as an offer names it (`tls_spki_s256`, base64url without `=`).
    ///
    /// # Errors
    /// [`HttpsError::Pin`] for anything but 32 bytes.
    pub fn parse(text: &str) -> Result<Pin, HttpsError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| HttpsError::Pin)?;
        bytes.try_into().map(Pin).map_err(|_| HttpsError::Pin)
    }

    fn of(certificate: &CertificateDer<'_>) -> Option<Pin> {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        let digest = digest(&SHA256, &parsed.subject_public_key_info());
        digest.as_ref().try_into().ok().map(Pin)
    }
}

impl std::fmt::Display for Pin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Pin({self})")
    }
}

impl Default for Trust {
    /// The operating system's authorities.
    fn default() -> Self {
        Trust::System { further: Vec::new() }
    }
}

/// TLS for one delivery, and the guard that stands at its door.
pub(super) fn configuration(trust: &Trust) -> Result<(ClientConfig, Arc<Guard>), HttpsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let judge = match trust {
        Trust::System { further } => {
            let made =
                rustls_platform_verifier::Verifier::new_with_extra_roots(further.clone(), provider.clone());
            Judge::System(Arc::new(made.map_err(|_| HttpsError::TrustStore)?))
        }
        Trust::Pinned(pin) => Judge::Pinned(*pin),
    };
    let guard = Arc::new(Guard {
        judge,
        provider: provider.clone(),
        seen: Mutex::default(),
        fault: Mutex::default(),
    });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpsError::Setup { reason: error.to_string() })?
        .dangerous()
        .with_custom_certificate_verifier(guard.clone())
        .with_no_client_auth();
    // A resumed session shows no certificate, and each connection shall show one.
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    Ok((config, guard))
}

#[derive(Debug)]
enum Judge {
    System(Arc<dyn ServerCertVerifier>),
    Pinned(Pin),
}

/// Judges each certificate before a byte of a request leaves, and holds the first key for the whole delivery.
#[derive(Debug)]
pub(super) struct Guard {
    judge: Judge,
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<Pin>>,
    fault: Mutex<Option<CertificateFault>>,
}

impl Guard {
    /// The key that the server showed.
    pub(super) fn seen(&self) -> Option<Pin> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the last certificate was refused; asking takes it away.
    pub(super) fn refusal(&self) -> Option<CertificateFault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn admit(
        &self,
        certificate: &CertificateDer<'_>,
        further: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        staple: &[u8],
        now: UnixTime,
    ) -> Result<(), CertificateFault> {
        let unreadable = || CertificateFault::Refused { reason: "it cannot be read".to_owned() };
        let pin = Pin::of(certificate).ok_or_else(unreadable)?;
        match &self.judge {
            Judge::System(verifier) => {
                verifier
                    .verify_server_cert(certificate, further, name, staple, now)
                    .map_err(|error| told(&error))?;
                if staple::says_revoked(staple) {
                    return Err(CertificateFault::Revoked);
                }
            }
            Judge::Pinned(wanted) if *wanted != pin => {
                return Err(CertificateFault::OtherKey { seen: pin.to_string() });
            }
            Judge::Pinned(_) => {}
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match *seen {
            Some(held) if held != pin => Err(CertificateFault::Changed),
            _ => {
                *seen = Some(pin);
                Ok(())
            }
        }
    }
}

impl ServerCertVerifier for Guard {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        further: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        staple: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.admit(certificate, further, name, staple, now).map_err(|fault| {
            *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
            Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
        })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The verifier's error in the words that lead to a remedy.
pub(super) fn told(error: &Error) -> CertificateFault {
    let Error::InvalidCertificate(fault) = error else {
        return CertificateFault::Refused { reason: shown(error.to_string().as_bytes(), 200) };
    };
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateFault::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::WrongName
        }
        CertificateError::UnknownIssuer => CertificateFault::Untrusted,
        CertificateError::Revoked => CertificateFault::Revoked,
        other => CertificateFault::Refused { reason: shown(other.to_string().as_bytes(), 200) },
    }
}
