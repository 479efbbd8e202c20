//! The product's side of a renewal: it holds one credential and signs in with it at any time. It knows what was handed to
//! it and nothing else of Footbridge.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cloud::signin::application::{self, ApplicationToken, AssertionSigner};
use cloud::{Place, SignInError, Wire};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

use crate::TenantClock;

/// A product with the credential that it was given last.
pub struct Product {
    place: Place,
    clock: Arc<TenantClock>,
    directory: String,
    client: String,
    held: Mutex<Arc<SecretString>>,
}

struct Certificate {
    key: certs::PrivateKey,
    certificate: certs::Certificate,
}

impl AssertionSigner for Certificate {
    fn thumbprint(&self) -> String {
        self.certificate.thumbprints().x5t_s256()
    }

    fn sign(&self, signed: &[u8]) -> Option<Vec<u8>> {
        certs::sign_ps256(&self.key, signed).ok()
    }
}

/// Reads a private key and a certificate in PEM, as they are handed over.
fn certificate(text: &str) -> Option<Certificate> {
    let (_, after) = text.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, rest) = after.split_once("-----END PRIVATE KEY-----")?;
    let der = STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).unwrap();
    let key = certs::PrivateKey::from_pkcs8(&SecretBox::new(Box::new(der))).unwrap();
    Some(Certificate { key, certificate: certs::Certificate::from_pem(rest).unwrap() })
}

impl Product {
    /// A product with its first credential.
    #[must_use]
    pub fn new(
        place: Place,
        clock: Arc<TenantClock>,
        directory: String,
        client: String,
        held: SecretString,
    ) -> Self {
        Self { place, clock, directory, client, held: Mutex::new(Arc::new(held)) }
    }

    /// It got another one.
    ///
    /// # Panics
    /// When another thread panicked with it.
    pub fn takes(&self, credential: SecretString) {
        *self.held.lock().unwrap() = Arc::new(credential);
    }

    /// Signs in with what it has.
    ///
    /// # Errors
    /// What the tenant says.
    ///
    /// # Panics
    /// When the place cannot be spoken to at all.
    pub async fn signs_in(&self) -> Result<ApplicationToken, SignInError> {
        let held = self.held.lock().unwrap().clone();
        let wire = Wire::new(self.place.clone(), self.clock.clone()).unwrap();
        let (directory, client) = (self.directory.as_str(), self.client.as_str());
        match certificate(held.expose_secret()) {
            Some(pair) => application::token_by_certificate(&wire, directory, client, &pair).await,
            None => application::token(&wire, directory, client, &held).await,
        }
    }

    /// The same from a thread that cannot wait: at a named place in the middle of the desk's work.
    ///
    /// # Panics
    /// When no thread can be started.
    pub fn signs_in_at_once(self: &Arc<Self>) -> Result<(), SignInError> {
        let product = self.clone();
        let tries = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(product.signs_in()).map(|_| ())
        });
        tries.join().unwrap()
    }
}
