//! What the server answers TLS with: a certificate of the admin's, or the one that the offer was made with.

use std::sync::Arc;

use certs::{Certificate, PrivateKey};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use secrecy::ExposeSecret as _;

use crate::memory::OwnCertificate;

/// A certificate with its key, ready for TLS.
#[derive(Clone)]
pub struct Identity {
    pub(super) config: Arc<ServerConfig>,
    public_key_s256: String,
}

/// Why a certificate does not serve.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file cannot be read as what it should be.
    #[error(transparent)]
    Contents(#[from] certs::ContentsError),
    /// A certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] certs::CertificateError),
    /// There is no key in the key's file.
    #[error("the file of the key holds no private key")]
    NoKey,
    /// There is no certificate in its file.
    #[error("the file of the certificate holds none")]
    NoCertificate,
    /// Both do not belong together.
    #[error(
        "the key does not belong to the certificate; the certificate of the server comes first in its file"
    )]
    Differ,
    /// The TLS library does not take them.
    #[error("TLS cannot use this certificate: {0}")]
    Tls(#[from] rustls::Error),
}

impl Identity {
    /// From the bytes of two files: the chain, the server's own certificate first, and its key without a passphrase.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn read(chain: &[u8], key: &[u8]) -> Result<Identity, IdentityError> {
        let key = certs::read(key, None)?.key.ok_or(IdentityError::NoKey)?;
        Identity::of(&certs::read(chain, None)?.certificates, &key)
    }

    /// From what was made here.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn own(own: &OwnCertificate) -> Result<Identity, IdentityError> {
        Identity::of(&[Certificate::from_pem(&own.pem)?], &own.key)
    }

    /// SHA-256 of the public key, base64url: what an offer names as `tls_spki_s256`.
    pub fn public_key_s256(&self) -> &str {
        &self.public_key_s256
    }

    fn of(chain: &[Certificate], key: &PrivateKey) -> Result<Identity, IdentityError> {
        let first = chain.first().ok_or(IdentityError::NoCertificate)?;
        if !first.is_for(key) {
            return Err(IdentityError::Differ);
        }
        let public_key_s256 = first.public_key_s256();
        let chain = chain.iter().map(|one| CertificateDer::from(one.der().to_vec())).collect();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.pkcs8().expose_secret().clone()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Identity { config: Arc::new(config), public_key_s256 })
    }
}
