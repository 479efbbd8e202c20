//! Signing in with the browser: authorization code with PKCE S256 on a loopback port (RFC 7636, RFC 8252).
//! The listener is on 127.0.0.1 only, takes one matching answer within five minutes, and is gone afterwards.

use std::time::Duration;

use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::exchange::Exchange;
use super::loopback::{Door, Knock};
use super::refusal::sort_redirect;
use super::{Session, SignInError, endpoint, with_identity};
use crate::place::GRAPH_COMMAND_LINE_TOOLS;
use crate::wire::Wire;

const OPEN_FOR: Duration = Duration::from_secs(300);

/// A sign-in that waits for the browser.
pub struct BrowserSignIn {
    /// The page to open.
    pub authorize_url: Url,
    door: Door,
    tenant: String,
    asked: Vec<String>,
    claims: Option<String>,
    redirect: String,
    state: SecretString,
    nonce: String,
    verifier: SecretString,
}

impl std::fmt::Debug for BrowserSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrowserSignIn").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// Opens the loopback port and makes the address of Microsoft's page; opening it is the caller's matter. `claims`
/// answers a claims challenge.
///
/// # Errors
/// [`SignInError::NoLocalPort`] or [`SignInError::Malformed`].
pub async fn begin(
    wire: &Wire,
    tenant: &str,
    scopes: &[String],
    login_hint: Option<&str>,
    claims: Option<&str>,
) -> Result<BrowserSignIn, SignInError> {
    let door = Door::open().await?;
    let redirect = redirect_address(&wire.place().client_id, door.port());
    let asked = with_identity(wire, scopes);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let nonce = CsrfToken::new_random().secret().clone();
    let client = BasicClient::new(ClientId::new(wire.place().client_id.clone()))
        .set_auth_uri(AuthUrl::from_url(endpoint(wire, tenant, "authorize")?))
        .set_redirect_uri(redirect_url(&redirect)?);
    let mut request = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(asked.iter().cloned().map(Scope::new))
        .set_pkce_challenge(challenge)
        .add_extra_param("response_mode", "query")
        .add_extra_param("prompt", "select_account")
        .add_extra_param("nonce", nonce.clone());
    if let Some(hint) = login_hint {
        request = request.add_extra_param("login_hint", hint.to_owned());
    }
    if let Some(claims) = claims {
        request = request.add_extra_param("claims", claims.to_owned());
    }
    let (authorize_url, state) = request.url();
    Ok(BrowserSignIn {
        authorize_url,
        door,
        tenant: tenant.to_owned(),
        asked,
        claims: claims.map(str::to_owned),
        redirect,
        state: state.secret().as_str().into(),
        nonce,
        verifier: verifier.secret().as_str().into(),
    })
}

impl BrowserSignIn {
    /// Waits for the browser's answer, at most five minutes, and redeems it. The port is closed before the code is
    /// redeemed.
    ///
    /// # Errors
    /// [`SignInError::Expired`], [`SignInError::Declined`], [`SignInError::BlockedByPolicy`],
    /// [`SignInError::WrongTenant`], and every other refusal.
    pub async fn wait(self, wire: &Wire) -> Result<Session, SignInError> {
        let BrowserSignIn { door, tenant, asked, claims, redirect, state, nonce, verifier, .. } = self;
        let code = match door.first_knock(wire.clock().as_ref(), &state, OPEN_FOR).await? {
            Knock::Code(code) => code,
            Knock::Error { error, description } => return Err(sort_redirect(&error, description.as_deref())),
        };
        let client = BasicClient::new(ClientId::new(wire.place().client_id.clone()))
            .set_token_uri(TokenUrl::from_url(endpoint(wire, &tenant, "token")?))
            .set_redirect_uri(redirect_url(&redirect)?);
        let exchange = Exchange::new(wire, None);
        let mut request = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose_secret().to_owned()))
            .add_extra_param("scope", asked.join(" "));
        if let Some(claims) = claims {
            request = request.add_extra_param("claims", claims);
        }
        let outcome = request.request_async(&exchange).await;
        // The crate's own error may carry an answer's raw bytes, so it is dropped unread.
        if outcome.is_err() {
            return Err(exchange.take_trouble());
        }
        Session::begin(wire, exchange.take_tokens()?, &asked, &tenant, Some(&nonce))
    }
}

/// Microsoft's own client knows `http://localhost` only; an own registration has 127.0.0.1, which no name server can
/// lead elsewhere (RFC 8252 §8.3). Entra ignores the port of either.
fn redirect_address(client_id: &str, port: u16) -> String {
    let host = if client_id == GRAPH_COMMAND_LINE_TOOLS { "localhost" } else { "127.0.0.1" };
    format!("http://{host}:{port}")
}

fn redirect_url(address: &str) -> Result<RedirectUrl, SignInError> {
    RedirectUrl::new(address.to_owned()).map_err(|_| SignInError::Malformed { field: "redirect_uri" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_redirect_fits_the_registration() {
        assert_eq!(redirect_address(GRAPH_COMMAND_LINE_TOOLS, 7), "http://localhost:7");
        assert_eq!(redirect_address("6ec7af10-331f-4f93-ab3c-aa073ee64c91", 7), "http://127.0.0.1:7");
    }
}
