//! Signing in as a person, by device code or by browser, and as an application.
//!
//! Tokens live in secret types in memory and end with the process. What is read out of a token is a label for people
//! and a pin for the tenant, never a permission to skip a check by Graph.

pub mod application;
pub mod browser;
mod claims;
pub mod device_code;
mod exchange;
mod form;
mod loopback;
pub mod password;
mod refusal;
mod session;

pub(crate) use exchange::secret as secret_text;
pub use refusal::{OauthRefusal, SignInError};
pub use session::{Account, Session};

use url::Url;

use crate::wire::Wire;

/// `{login}/{tenant}/oauth2/v2.0/{name}`; refuses a tenant that is neither a GUID nor a domain nor a word.
pub(crate) fn endpoint(wire: &Wire, tenant: &str, name: &str) -> Result<Url, SignInError> {
    let fits = !tenant.is_empty()
        && tenant.len() <= 253
        && tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
        && !tenant.starts_with('.');
    let malformed = SignInError::Malformed { field: "tenant" };
    if !fits {
        return Err(malformed);
    }
    wire.place().login.join(&format!("{tenant}/oauth2/v2.0/{name}")).map_err(|_| malformed)
}

/// The scopes of a step, with those that every sign-in of a person needs.
pub(crate) fn with_identity(wire: &Wire, scopes: &[String]) -> Vec<String> {
    let mut all: Vec<String> = scopes.iter().map(|scope| wire.place().scope(scope)).collect();
    for always in ["openid", "profile", "offline_access"] {
        if !all.iter().any(|scope| scope == always) {
            all.push(always.to_owned());
        }
    }
    all
}
