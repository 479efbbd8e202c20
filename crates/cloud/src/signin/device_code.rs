//! Signing in with a code on another page (RFC 8628).
//! No code is asked for before the caller wants one, a code is used once, and dropping the wait ends the polling.

use std::time::Duration;

use oauth2::basic::BasicClient;
use oauth2::{
    ClientId, DeviceAuthorizationUrl, EmptyExtraDeviceAuthorizationFields, Scope,
    StandardDeviceAuthorizationResponse, TokenUrl,
};
use time::OffsetDateTime;
use url::Url;

use super::exchange::Exchange;
use super::{Session, SignInError, endpoint, with_identity};
use crate::wire::Wire;

const LONGEST_LIFE: Duration = Duration::from_secs(3600);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const NEVER: Duration = Duration::from_secs(24 * 3600);

/// A code that waits to be typed.
pub struct DeviceCode {
    /// What the person types.
    pub user_code: String,
    /// Where it is typed; one of the addresses that the place knows.
    pub verification_uri: Url,
    /// When it ends.
    pub expires_at: OffsetDateTime,
    /// The pause between two questions.
    pub interval: Duration,
    tenant: String,
    asked: Vec<String>,
    claims: Option<String>,
    told: StandardDeviceAuthorizationResponse,
}

impl std::fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceCode").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// How the wait is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Time until the code ends.
    pub remaining: Duration,
    /// How often Microsoft was asked.
    pub polls: u32,
    /// How many of the last questions brought no answer; above zero means: no connection.
    pub unanswered: u32,
}

/// Asks for a code. `tenant` is `organizations`, a GUID or a domain; `locale` such as `de-DE` is the language of
/// Microsoft's page; `claims` answers a claims challenge.
///
/// # Errors
/// [`SignInError::UntrustedVerificationAddress`] when the server names a page outside the list, and every refusal.
pub async fn begin(
    wire: &Wire,
    tenant: &str,
    scopes: &[String],
    locale: &str,
    claims: Option<&str>,
) -> Result<DeviceCode, SignInError> {
    let mut address = endpoint(wire, tenant, "devicecode")?;
    address.query_pairs_mut().append_pair("mkt", locale);
    let asked = with_identity(wire, scopes);
    let client = BasicClient::new(ClientId::new(wire.place().client_id.clone()))
        .set_device_authorization_url(DeviceAuthorizationUrl::from_url(address));
    let exchange = Exchange::new(wire, None);
    let mut request = client.exchange_device_code().add_scopes(asked.iter().cloned().map(Scope::new));
    if let Some(claims) = claims {
        request = request.add_extra_param("claims", claims.to_owned());
    }
    let told: StandardDeviceAuthorizationResponse = request
        .request_async::<_, EmptyExtraDeviceAuthorizationFields>(&exchange)
        .await
        .map_err(|_| exchange.take_trouble())?;
    let verification_uri = told.verification_uri().url().clone();
    if !wire.place().accepts_verification(&verification_uri) {
        let host = verification_uri.host_str().unwrap_or("").to_owned();
        return Err(SignInError::UntrustedVerificationAddress { host });
    }
    if told.user_code().secret().is_empty() || told.device_code().secret().is_empty() {
        return Err(SignInError::Malformed { field: "user_code" });
    }
    Ok(DeviceCode {
        user_code: told.user_code().secret().clone(),
        verification_uri,
        expires_at: wire.now() + told.expires_in().min(LONGEST_LIFE),
        interval: told.interval(),
        tenant: tenant.to_owned(),
        asked,
        claims: claims.map(str::to_owned),
        told,
    })
}

impl DeviceCode {
    /// Waits until the person has signed in. `on_tick` is told about each question; a lost network is waited out.
    ///
    /// # Errors
    /// [`SignInError::Declined`], [`SignInError::Expired`], [`SignInError::BlockedByPolicy`],
    /// [`SignInError::CodeNotRecognised`], [`SignInError::WrongTenant`], and every other refusal.
    pub async fn wait(
        self,
        wire: &Wire,
        on_tick: &(dyn Fn(Waiting) + Send + Sync),
    ) -> Result<Session, SignInError> {
        let client = BasicClient::new(ClientId::new(wire.place().client_id.clone()))
            .set_token_uri(TokenUrl::from_url(endpoint(wire, &self.tenant, "token")?));
        let exchange = Exchange::new(wire, Some(self.expires_at));
        let pause = async |duration: Duration| {
            let (polls, unanswered) = exchange.count();
            let remaining = Duration::try_from(self.expires_at - wire.now()).unwrap_or_default();
            on_tick(Waiting { remaining, polls, unanswered });
            wire.clock().sleep(duration.min(remaining.max(Duration::from_millis(1)))).await;
        };
        let mut request = client.exchange_device_access_token(&self.told);
        if let Some(claims) = self.claims.clone() {
            request = request.add_extra_param("claims", claims);
        }
        let outcome = request
            .set_max_backoff_interval(LONGEST_PAUSE)
            .request_async(&exchange, |duration| Box::pin(pause(duration)), Some(NEVER))
            .await;
        // The crate's own error may carry an answer's raw bytes, so it is dropped unread.
        if outcome.is_err() {
            return Err(exchange.take_trouble());
        }
        Session::begin(wire, exchange.take_tokens()?, &self.asked, &self.tenant, None)
    }
}
