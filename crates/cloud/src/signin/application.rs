//! Signing in as the application itself (client credentials), to prove that a new credential works.
//! Each call asks for a fresh token: a kept one would show yesterday's roles.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

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
    let form = Form::new()
        .with("client_id", client_id)
        .with("scope", &wire.place().default_scope())
        .with("grant_type", "client_credentials")
        .with("client_secret", secret.expose_secret());
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
