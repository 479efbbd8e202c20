//! Signing in with user name and password (RFC 6749 §4.3; Entra page "Resource Owner Password Credentials"), only to
//! prove that an account of a product's own can do so. Each call is one request: a second try would count towards the
//! lock-out of the account.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use super::form::Form;
use super::refusal::{OauthRefusal, told};
use super::session::{pin, value_of};
use super::{SignInError, claims, endpoint, exchange};
use crate::wire::{Outgoing, Wire};

/// What a sign-in with a password brought. The token itself is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordProof {
    /// Delegated permissions of the token, without the resource before them.
    pub scopes: Vec<String>,
    /// The tenant.
    pub tenant_id: String,
    /// The account's object id; empty where the token cannot be read.
    pub object_id: String,
    /// When the token would end.
    pub expires_at: OffsetDateTime,
}

impl PasswordProof {
    /// Which of these permissions the token lacks.
    pub fn missing(&self, needed: &[String]) -> Vec<String> {
        let has = |scope: &&String| !self.scopes.iter().any(|one| one.eq_ignore_ascii_case(scope));
        needed.iter().filter(has).cloned().collect()
    }
}

/// What stands between a password and a token (Microsoft's list of AADSTS error codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Hurdle {
    /// 50126, 50056.
    #[error("user name and password do not go together")]
    WrongPassword,
    /// 50034, 50020, 16003.
    #[error("there is no such account in this tenant")]
    UnknownAccount,
    /// 50055, 50144.
    #[error("the password has expired")]
    PasswordExpired,
    /// 50053.
    #[error("the account is locked after too many wrong passwords")]
    Locked,
    /// 50057.
    #[error("the account is disabled")]
    Disabled,
    /// 50076, 50074, 50158.
    #[error("a second factor is asked of this account")]
    SecondFactor,
    /// 50079, 50072.
    #[error("this account has to register a second factor")]
    SecondFactorMissing,
    /// 53003, 53000 to 53011, 530032 to 530035, 50005, 50097.
    #[error("a policy of the organisation blocks this sign-in")]
    Blocked,
    /// 65001, 90094.
    #[error("nobody has consented to the permissions of this application")]
    ConsentMissing,
    /// 7000218.
    #[error("the application does not allow public client flows")]
    PublicFlowsOff,
    /// 700016, 7000112.
    #[error("the application is not known in this tenant or is disabled there")]
    UnknownApplication,
    /// Any other number, or none.
    #[error("the sign-in was refused")]
    Other,
}

impl Hurdle {
    fn of(aadsts: Option<u32>) -> Hurdle {
        match aadsts {
            Some(50126 | 50056) => Hurdle::WrongPassword,
            Some(50034 | 50020 | 16003) => Hurdle::UnknownAccount,
            Some(50055 | 50144) => Hurdle::PasswordExpired,
            Some(50053) => Hurdle::Locked,
            Some(50057) => Hurdle::Disabled,
            Some(50074 | 50076 | 50158) => Hurdle::SecondFactor,
            Some(50072 | 50079) => Hurdle::SecondFactorMissing,
            Some(50005 | 50097 | 53000..=53011 | 530_032..=530_035) => Hurdle::Blocked,
            Some(65001 | 90094) => Hurdle::ConsentMissing,
            Some(7_000_218) => Hurdle::PublicFlowsOff,
            Some(700_016 | 7_000_112) => Hurdle::UnknownApplication,
            _ => Hurdle::Other,
        }
    }
}

/// Why a password brought no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Microsoft said no.
    #[error("{hurdle} ({refusal})")]
    Refused {
        /// What stands in the way.
        hurdle: Hurdle,
        /// What Microsoft said, with the AADSTS number.
        refusal: Box<OauthRefusal>,
    },
    /// No answer, or one that cannot be used.
    #[error(transparent)]
    Failed(SignInError),
}

impl PasswordError {
    /// The AADSTS number, where there is one.
    pub fn aadsts(&self) -> Option<u32> {
        match self {
            PasswordError::Refused { refusal, .. } => refusal.aadsts,
            PasswordError::Failed(error) => error.aadsts(),
        }
    }
}

impl<E: Into<SignInError>> From<E> for PasswordError {
    fn from(error: E) -> Self {
        PasswordError::Failed(error.into())
    }
}

/// Signs in once at the application `client_id` as `user` (user principal name) and tells what the token carries.
/// `scopes` are delegated permissions of Graph by value; none stands for all that was consented to.
///
/// # Errors
/// [`PasswordError::Refused`] with the hurdle; nothing is tried twice.
pub async fn password(
    wire: &Wire,
    tenant_id: &str,
    client_id: &str,
    scopes: &[String],
    user: &str,
    password: &SecretString,
) -> Result<PasswordProof, PasswordError> {
    let wanted: Vec<String> = scopes.iter().map(|scope| wire.place().scope(scope)).collect();
    let scope = if wanted.is_empty() { wire.place().default_scope() } else { wanted.join(" ") };
    let form = Form::new()
        .with("grant_type", "password")
        .with("client_id", client_id)
        .with("scope", &scope)
        .with("username", user)
        .with("password", password.expose_secret());
    let answer = wire
        .send(Outgoing {
            method: reqwest::Method::POST,
            address: endpoint(wire, tenant_id, "token")?,
            headers: vec![("client-request-id".to_owned(), uuid::Uuid::new_v4().to_string())],
            bearer: None,
            body: Some(form.body()),
        })
        .await?;
    if answer.status != 200 {
        let refusal = told(&answer.body)?;
        return Err(PasswordError::Refused {
            hurdle: Hurdle::of(refusal.aadsts),
            refusal: Box::new(refusal),
        });
    }
    let tokens = exchange::tokens(&answer)?;
    let read = claims::access(&tokens.access_token);
    let tenant = read.tid.unwrap_or_else(|| tenant_id.to_owned());
    pin(tenant_id, &tenant)?;
    let carried = read.scp.or(tokens.scope).unwrap_or_default();
    Ok(PasswordProof {
        scopes: carried.split_whitespace().map(|scope| value_of(wire, scope)).collect(),
        tenant_id: tenant,
        object_id: read.oid.unwrap_or_default(),
        expires_at: wire.now() + Duration::from_secs(tokens.expires_in),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_apart() {
        for (number, hurdle) in [
            (50126, Hurdle::WrongPassword),
            (50034, Hurdle::UnknownAccount),
            (50055, Hurdle::PasswordExpired),
            (50144, Hurdle::PasswordExpired),
            (50053, Hurdle::Locked),
            (50057, Hurdle::Disabled),
            (50076, Hurdle::SecondFactor),
            (50074, Hurdle::SecondFactor),
            (50079, Hurdle::SecondFactorMissing),
            (50072, Hurdle::SecondFactorMissing),
            (53003, Hurdle::Blocked),
            (530_035, Hurdle::Blocked),
            (65001, Hurdle::ConsentMissing),
            (7_000_218, Hurdle::PublicFlowsOff),
            (700_016, Hurdle::UnknownApplication),
            (90033, Hurdle::Other),
        ] {
            assert_eq!(Hurdle::of(Some(number)), hurdle, "{number}");
        }
        assert_eq!(Hurdle::of(None), Hurdle::Other);
    }
}
