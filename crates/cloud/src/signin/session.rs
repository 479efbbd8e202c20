//! A person's session: who it is, what was granted, and the tokens, which never leave this room.
//! The tenant is pinned at sign-in; a renewal that answers for another tenant ends the session.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use super::exchange::Tokens;
use super::form::Form;
use super::{SignInError, claims, endpoint, exchange};
use crate::wire::{Outgoing, Wire};

const EARLY: Duration = Duration::from_secs(300);

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Display name.
    pub name: String,
    /// Sign-in name.
    pub user_principal_name: String,
    /// Object id in the tenant.
    pub object_id: String,
    /// The tenant, as a GUID.
    pub tenant_id: String,
    /// Whether the account is a guest in that tenant.
    pub guest: bool,
}

/// A signed-in person. Tokens are wiped when it is dropped.
pub struct Session {
    /// Who it is.
    pub account: Account,
    /// Permissions that were granted, by value, without the resource in front.
    pub scopes: Vec<String>,
    /// Template ids of active directory roles (`wids`); empty where the token cannot be read.
    pub directory_roles: Vec<String>,
    /// When the access token ends.
    pub expires_at: OffsetDateTime,
    access: SecretString,
    refresh: Option<SecretString>,
    asked: Vec<String>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("account", &self.account)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Renews the access token against the pinned tenant.
    ///
    /// # Errors
    /// [`SignInError::SessionEnded`] without a refresh token, [`SignInError::WrongTenant`] when the answer is for
    /// another tenant, [`SignInError::WrongAccount`] when it is for another account, and whatever the sign-in refuses with. The old token stays in place after an error.
    pub async fn refresh(&mut self, wire: &Wire) -> Result<(), SignInError> {
        let asked = self.asked.clone();
        let renewed = self.ask_again(wire, &self.account.tenant_id, &asked).await?;
        *self = renewed;
        Ok(())
    }

    /// A second session of the same person with other scopes, without signing in again.
    ///
    /// # Errors
    /// As [`Session::refresh`]; Microsoft may want the person's consent first.
    pub async fn with_scopes(&self, wire: &Wire, scopes: &[String]) -> Result<Session, SignInError> {
        self.ask_again(wire, &self.account.tenant_id, &super::with_identity(wire, scopes)).await
    }

    /// A session of the same person at another tenant, named by its GUID or a domain of it, without signing in again:
    /// refresh tokens "aren't tied to a resource or tenant" (Microsoft's page "Refresh tokens in the Microsoft identity
    /// platform"). This session stays as it is, and the new one has tokens of its own.
    ///
    /// # Errors
    /// As [`Session::refresh`]. A tenant that does not know the account (AADSTS50020), in which nobody consented
    /// (65001), or whose Conditional Access wants more refuses. [`SignInError::Malformed`] for a word such as
    /// `organizations`, which names no tenant, and for an answer that does not say whose it is.
    pub async fn at_tenant(
        &self,
        wire: &Wire,
        tenant: &str,
        scopes: &[String],
    ) -> Result<Session, SignInError> {
        if !tenant.contains('.') && uuid::Uuid::try_parse(tenant).is_err() {
            return Err(SignInError::Malformed { field: "tenant" });
        }
        self.ask_again(wire, tenant, &super::with_identity(wire, scopes)).await
    }

    /// Whether the token ends within five minutes.
    pub fn wants_renewal(&self, now: OffsetDateTime) -> bool {
        now + EARLY >= self.expires_at
    }

    /// Which of `needed` were not granted.
    pub fn missing(&self, needed: &[String]) -> Vec<String> {
        needed.iter().filter(|scope| !granted(&self.scopes, scope)).cloned().collect()
    }

    /// Which permissions were granted beyond `needed`; sign-in scopes such as `openid` do not count.
    pub fn surplus(&self, needed: &[String]) -> Vec<String> {
        let identity = ["openid", "profile", "offline_access", "email"];
        let beyond = |scope: &&String| !granted(needed, scope) && !identity.contains(&scope.as_str());
        self.scopes.iter().filter(beyond).cloned().collect()
    }

    /// The access token, renewed five minutes before its end.
    pub(crate) async fn token(&mut self, wire: &Wire) -> Result<SecretString, SignInError> {
        if self.wants_renewal(wire.now()) {
            match self.refresh(wire).await {
                Ok(()) => {}
                Err(error) if wire.now() >= self.expires_at => return Err(error),
                // Between the early renewal and the end the old token still serves, save where tenant or account changed.
                Err(error @ (SignInError::WrongTenant { .. } | SignInError::WrongAccount)) => {
                    return Err(error);
                }
                Err(_) => {}
            }
        }
        Ok(self.access.clone())
    }

    async fn ask_again(&self, wire: &Wire, tenant: &str, scopes: &[String]) -> Result<Session, SignInError> {
        let refresh = self.refresh.as_ref().ok_or(SignInError::SessionEnded)?;
        let form = Form::new()
            .with("client_id", &wire.place().client_id)
            .with("grant_type", "refresh_token")
            .with("refresh_token", refresh.expose_secret())
            .with("scope", &scopes.join(" "));
        let answer = wire
            .send(Outgoing {
                method: reqwest::Method::POST,
                address: endpoint(wire, tenant, "token")?,
                headers: vec![("client-request-id".to_owned(), uuid::Uuid::new_v4().to_string())],
                bearer: None,
                body: Some(form.body()),
            })
            .await?;
        let mut tokens = exchange::tokens(&answer)?;
        if tokens.refresh_token.is_none() {
            tokens.refresh_token = Some(refresh.clone());
        }
        let is_own = tenant == self.account.tenant_id;
        if is_own && tokens.id_token.is_none() {
            return Ok(Session::from_parts(wire, tokens, scopes, self.account.clone()));
        }
        let begun = Session::begin(wire, tokens, scopes, tenant, None)?;
        // At another tenant the same person has another id.
        if is_own && !begun.account.object_id.eq_ignore_ascii_case(&self.account.object_id) {
            return Err(SignInError::WrongAccount);
        }
        Ok(begun)
    }

    /// A session out of a first token answer; checks audience, nonce and tenant of the ID token.
    pub(super) fn begin(
        wire: &Wire,
        tokens: Tokens,
        asked: &[String],
        tenant: &str,
        nonce: Option<&str>,
    ) -> Result<Session, SignInError> {
        let id_token = tokens.id_token.as_ref().ok_or(SignInError::Malformed { field: "id_token" })?;
        let told = claims::identity(id_token)?;
        let client_id = &wire.place().client_id;
        if !told.aud.as_ref().is_some_and(|audience| audience.eq_ignore_ascii_case(client_id)) {
            return Err(SignInError::Malformed { field: "id_token.aud" });
        }
        if nonce.is_some() && told.nonce.as_deref() != nonce {
            return Err(SignInError::Malformed { field: "id_token.nonce" });
        }
        let guest = told.guest();
        let tenant_id = told.tid.ok_or(SignInError::Malformed { field: "id_token.tid" })?;
        pin(tenant, &tenant_id)?;
        let account = Account {
            name: told.name.or_else(|| told.preferred_username.clone()).unwrap_or_default(),
            user_principal_name: told.preferred_username.unwrap_or_default(),
            object_id: told.oid.ok_or(SignInError::Malformed { field: "id_token.oid" })?,
            tenant_id,
            guest,
        };
        Ok(Session::from_parts(wire, tokens, asked, account))
    }

    fn from_parts(wire: &Wire, tokens: Tokens, asked: &[String], account: Account) -> Session {
        let granted = tokens.scope.as_deref().map_or_else(|| asked.to_vec(), words);
        Session {
            account,
            scopes: granted.iter().map(|scope| value_of(wire, scope)).collect(),
            directory_roles: claims::access(&tokens.access_token).wids,
            expires_at: wire.now() + Duration::from_secs(tokens.expires_in),
            access: tokens.access_token,
            refresh: tokens.refresh_token,
            asked: asked.to_vec(),
        }
    }
}

/// Refuses a token of another tenant than the one that was named by its GUID.
pub(super) fn pin(expected: &str, found: &str) -> Result<(), SignInError> {
    let named_by_id = uuid::Uuid::try_parse(expected).is_ok();
    if named_by_id && !expected.eq_ignore_ascii_case(found) {
        return Err(SignInError::WrongTenant {
            expected: expected.to_owned(),
            found: crate::text::scrub(found),
        });
    }
    Ok(())
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A scope without the address of Graph before it.
pub(super) fn value_of(wire: &Wire, scope: &str) -> String {
    let resource = format!("{}/", crate::place::origin(&wire.place().graph));
    scope.strip_prefix(&resource).unwrap_or(scope).trim_start_matches('/').to_owned()
}

fn granted(list: &[String], scope: &str) -> bool {
    list.iter().any(|one| one.eq_ignore_ascii_case(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_named_by_id_is_pinned() {
        let (one, two) = ("6ec7af10-331f-4f93-ab3c-aa073ee64c91", "3ca3abb1-c654-40b2-92da-35797e532ed1");
        assert!(pin(one, &one.to_uppercase()).is_ok());
        assert!(matches!(pin(one, two), Err(SignInError::WrongTenant { .. })));
        assert!(pin("organizations", two).is_ok());
        assert!(pin("contoso.example", two).is_ok());
    }
}
