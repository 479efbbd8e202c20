//! Signing in as the application itself (client credentials), to prove that a new credential works.
//! Each call asks for a fresh token: a kept one would show yesterday's roles.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::form::Form;
use super::session::pin;
use super::{SignInError, claims, endpoint, exchange};
use crate::wire::{Outgoing, Wire};

/// A token of an application, with what can be read from it.
pub struct ApplicationToken {
    /// App roles by value. Empty when nothing was granted yet: a token alone proves nothing.
    pub roles: Vec<String>,
    /// The tenant.
    pub tenant_id: String,
    /// The application's client id.
    pub application_id: String,
    /// The service principal's object id; empty where the token cannot be read.
    pub object_id: String,
    /// When it ends.
    pub expires_at: OffsetDateTime,
    access: SecretString,
}

impl std::fmt::Debug for ApplicationToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApplicationToken")
            .field("application_id", &self.application_id)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

impl ApplicationToken {
    pub(crate) fn access(&self) -> &SecretString {
        &self.access
    }
}

/// Signs a client assertion with the private key of a certificate. The key itself never enters this room.
pub trait AssertionSigner: Send + Sync {
    /// SHA-256 over the certificate's DER, base64url without padding (`x5t#S256`, RFC 7515 §4.1.8).
    fn thumbprint(&self) -> String;

    /// RSASSA-PSS with SHA-256 (`PS256`, RFC 7518 §3.5) over the bytes; `None` when the key refuses.
    fn sign(&self, signed: &[u8]) -> Option<Vec<u8>>;
}

/// A fresh token for Graph with everything that was granted to the application.
///
/// # Errors
/// [`SignInError::Refused`] with the AADSTS number; 7000215 and 700016 are usual for a while after creation.
pub async fn token(
    wire: &Wire,
    tenant_id: &str,
    client_id: &str,
    secret: &SecretString,
) -> Result<ApplicationToken, SignInError> {
    let form = base(wire, client_id).with("client_secret", secret.expose_secret());
    ask(wire, tenant_id, client_id, form).await
}

/// The same, proven by a certificate: a client assertion (RFC 7523 §2.2) with `PS256` and `x5t#S256`, good for five
/// minutes (Entra page "Certificate credentials").
///
/// # Errors
/// As [`token`]; 700027 is usual for a while after the upload. [`SignInError::Malformed`] when the key cannot sign.
pub async fn token_by_certificate(
    wire: &Wire,
    tenant_id: &str,
    client_id: &str,
    signer: &dyn AssertionSigner,
) -> Result<ApplicationToken, SignInError> {
    let assertion = assertion(wire, tenant_id, client_id, signer)?;
    let form = base(wire, client_id)
        .with("client_assertion_type", ASSERTION_TYPE)
        .with("client_assertion", &assertion);
    ask(wire, tenant_id, client_id, form).await
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Entra takes up to ten minutes; five leave room for a clock that is a little off.
const ASSERTION_LIFE: Duration = Duration::from_secs(300);

/// An assertion is a credential for its five minutes, so it is wiped like one.
fn assertion(
    wire: &Wire,
    tenant_id: &str,
    client_id: &str,
    signer: &dyn AssertionSigner,
) -> Result<Zeroizing<String>, SignInError> {
    let now = wire.now().unix_timestamp();
    let life = i64::try_from(ASSERTION_LIFE.as_secs()).unwrap_or(300);
    let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": signer.thumbprint() });
    let claims = json!({
        "aud": endpoint(wire, tenant_id, "token")?.as_str(), "iss": client_id, "sub": client_id,
        "jti": uuid::Uuid::new_v4().to_string(), "iat": now, "nbf": now, "exp": now + life,
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature =
        signer.sign(signed.as_bytes()).ok_or(SignInError::Malformed { field: "client_assertion" })?;
    Ok(Zeroizing::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

fn base(wire: &Wire, client_id: &str) -> Form {
    Form::new()
        .with("client_id", client_id)
        .with("scope", &wire.place().default_scope())
        .with("grant_type", "client_credentials")
}

async fn ask(
    wire: &Wire,
    tenant_id: &str,
    client_id: &str,
    form: Form,
) -> Result<ApplicationToken, SignInError> {
    let answer = wire
        .send(Outgoing {
            method: reqwest::Method::POST,
            address: endpoint(wire, tenant_id, "token")?,
            headers: vec![("client-request-id".to_owned(), uuid::Uuid::new_v4().to_string())],
            bearer: None,
            body: Some(form.body()),
        })
        .await?;
    let tokens = exchange::tokens(&answer)?;
    let told = claims::access(&tokens.access_token);
    let tenant = told.tid.unwrap_or_else(|| tenant_id.to_owned());
    pin(tenant_id, &tenant)?;
    Ok(ApplicationToken {
        roles: told.roles,
        tenant_id: tenant,
        application_id: told.appid.or(told.azp).unwrap_or_else(|| client_id.to_owned()),
        object_id: told.oid.unwrap_or_default(),
        expires_at: wire.now() + Duration::from_secs(tokens.expires_in),
        access: tokens.access_token,
    })
}
