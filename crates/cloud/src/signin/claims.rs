//! Reads claims. An ID token comes straight from the token endpoint over TLS, which OpenID Connect Core §3.1.3.7
//! accepts in place of a signature check. A Graph access token belongs to Graph: what is read from it is a diagnostic,
//! and a token that cannot be read is no error.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::SignInError;

/// Claims of an ID token (Microsoft's page "ID token claims reference").
#[derive(Deserialize)]
pub(super) struct IdentityClaims {
    pub tid: Option<String>,
    pub oid: Option<String>,
    pub preferred_username: Option<String>,
    pub name: Option<String>,
    pub acct: Option<u8>,
    pub idp: Option<String>,
    pub iss: Option<String>,
    pub aud: Option<String>,
    pub nonce: Option<String>,
}

impl IdentityClaims {
    /// Whether the account is a guest: told by `acct`, by a foreign identity provider, or by the name's form.
    pub(super) fn guest(&self) -> bool {
        let foreign_provider = match (&self.idp, &self.iss) {
            (Some(provider), Some(issuer)) => provider_of(provider) != provider_of(issuer),
            _ => false,
        };
        let external_name = self.preferred_username.as_deref().is_some_and(|name| name.contains("#EXT#"));
        self.acct.map_or(foreign_provider || external_name, |kind| kind == 1)
    }
}

fn provider_of(address: &str) -> &str {
    address.trim_end_matches('/').trim_end_matches("/v2.0").rsplit('/').next().unwrap_or(address)
}

/// Claims of an access token that are shown, never trusted.
#[derive(Deserialize, Default)]
pub(super) struct AccessClaims {
    #[serde(default)]
    pub wids: Vec<String>,
    #[serde(default)]
    pub roles: Vec<String>,
    pub tid: Option<String>,
    pub oid: Option<String>,
    pub appid: Option<String>,
    pub azp: Option<String>,
    pub scp: Option<String>,
}

pub(super) fn identity(token: &SecretString) -> Result<IdentityClaims, SignInError> {
    payload(token)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or(SignInError::Malformed { field: "id_token" })
}

pub(super) fn access(token: &SecretString) -> AccessClaims {
    payload(token).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn payload(token: &SecretString) -> Option<Zeroizing<Vec<u8>>> {
    let mut parts = token.expose_secret().split('.');
    let (_, middle, _) = (parts.next()?, parts.next()?, parts.next()?);
    URL_SAFE_NO_PAD.decode(middle.trim_end_matches('=')).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn token(claims: &str) -> SecretString {
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims)).into()
    }

    #[test]
    fn roles_of_the_directory_are_a_diagnostic() {
        assert_eq!(access(&token(r#"{"wids":["a","b"],"exp":1.5}"#)).wids, ["a", "b"]);
        assert!(access(&"opaque".into()).wids.is_empty());
        assert!(access(&token("not json")).roles.is_empty());
    }

    #[test]
    fn an_unreadable_id_token_is_an_error() {
        assert!(identity(&"opaque".into()).is_err());
        assert_eq!(identity(&token(r#"{"tid":"t"}"#)).unwrap().tid.as_deref(), Some("t"));
    }

    #[test]
    fn guests_are_told_apart() {
        for (claims, guest) in [
            (r#"{"acct":1}"#, true),
            (r#"{"acct":0,"preferred_username":"x#EXT#@c.example"}"#, false),
            (r#"{"preferred_username":"x_b.example#EXT#@c.example"}"#, true),
            (
                r#"{"idp":"https://sts.windows.net/t1/","iss":"https://login.microsoftonline.com/t1/v2.0"}"#,
                false,
            ),
            (
                r#"{"idp":"https://sts.windows.net/t2/","iss":"https://login.microsoftonline.com/t1/v2.0"}"#,
                true,
            ),
            (r#"{"idp":"live.com","iss":"https://login.microsoftonline.com/t1/v2.0"}"#, true),
            ("{}", false),
        ] {
            assert_eq!(identity(&token(claims)).unwrap().guest(), guest, "{claims}");
        }
    }
}
