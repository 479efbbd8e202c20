//! The authorities that count as public.
//!
//! Never those of the system: a company's own authority is trusted on its desks and unknown to Microsoft's cloud.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Which authorities count.
#[derive(Clone)]
pub struct Roots {
    store: Arc<RootCertStore>,
}

/// Why given roots cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The text is no PEM, or one of its certificates is broken.
    #[error("the given roots cannot be read: {0}. Give certificates of authorities as PEM")]
    Unreadable(String),
    /// There is no certificate in it.
    #[error("the given roots hold no certificate. Give at least one authority as PEM")]
    Empty,
}

impl Roots {
    /// Mozilla's list of public authorities, as compiled in.
    #[must_use]
    pub fn public() -> Roots {
        let anchors = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
        Roots { store: Arc::new(anchors.collect()) }
    }

    /// These authorities and no others, from PEM: for a rehearsal.
    ///
    /// # Errors
    /// When the text holds no certificate or a broken one.
    pub fn given(pem: &str) -> Result<Roots, RootsError> {
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| RootsError::Unreadable(error.to_string()))?;
            store.add(certificate).map_err(|error| RootsError::Unreadable(error.to_string()))?;
        }
        if store.is_empty() { Err(RootsError::Empty) } else { Ok(Roots { store: Arc::new(store) }) }
    }

    pub(crate) fn store(&self) -> &RootCertStore {
        &self.store
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn there_are_public_roots() {
        assert!(Roots::public().store().len() > 100);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        assert!(matches!(Roots::given(""), Err(RootsError::Empty)));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(Roots::given(broken), Err(RootsError::Unreadable(_))));
    }
}
