//! One sign-in for many tenants: once at the admin's own tenant, and from there at each customer's, as far as that tenant
//! takes it. The tokens stay in the cloud room, each tenant's by itself.

use std::sync::Arc;

use cloud::signin::{browser, device_code};
use cloud::{BrowserSignIn, DeviceCode, Session, SignInError, Waiting};

use crate::desk::{Desk, lock};
use crate::site::SignedIn;
use crate::trouble::{Code, Trouble};

/// What the sign-in at home asks for. What the steps need is asked for at each customer.
const AT_HOME: &str = "User.Read";
/// Refusals that may pass by themselves (RFC 6749 §4.1.2.1).
const PASSING: [&str; 2] = ["temporarily_unavailable", "server_error"];

impl Desk {
    /// Asks for a device code at the admin's own tenant: its id, a domain of it, or none where the account tells.
    ///
    /// # Errors
    /// As [`Desk::begin_device_code`].
    pub async fn begin_home_code(&self, tenant: Option<&str>, locale: &str) -> Result<DeviceCode, Trouble> {
        self.may_take_codes()?;
        let scopes = [AT_HOME.to_owned()];
        Ok(device_code::begin(&self.room.wire, own(tenant), &scopes, locale, None).await?)
    }

    /// Waits until the code was used; the sign-in is then good for [`Desk::sign_in_from_home`]. Answers the account.
    ///
    /// # Errors
    /// As [`Desk::finish_device_code`].
    pub async fn finish_home_code(
        &self,
        code: DeviceCode,
        on_tick: &(dyn Fn(Waiting) + Send + Sync),
    ) -> Result<String, Trouble> {
        let session = code.wait(&self.room.wire, on_tick).await?;
        Ok(self.keep_home(session))
    }

    /// The same in the browser: opens the door for its answer.
    ///
    /// # Errors
    /// As [`Desk::begin_browser`].
    pub async fn begin_home_browser(&self, tenant: Option<&str>) -> Result<BrowserSignIn, Trouble> {
        let scopes = [AT_HOME.to_owned()];
        Ok(browser::begin(&self.room.wire, own(tenant), &scopes, None, None).await?)
    }

    /// Waits for the browser's answer. Answers the account.
    ///
    /// # Errors
    /// As [`Desk::finish_browser`].
    pub async fn finish_home_browser(&self, sign_in: BrowserSignIn) -> Result<String, Trouble> {
        let session = sign_in.wait(&self.room.wire).await?;
        Ok(self.keep_home(session))
    }

    /// Ends the sign-in at home. Those at the customers' tenants end by themselves or by [`Desk::sign_out`].
    pub fn leave_home(&self) {
        *lock(&self.room.home) = None;
    }

    /// Signs in at a connection's tenant with the sign-in that was made at home.
    ///
    /// # Errors
    /// [`Code::SignInNeeded`] when nobody signed in at home, [`Code::OwnSignInNeeded`] when the tenant does not take it:
    /// it does not know the account, nobody consented there, or its policy wants more.
    pub async fn sign_in_from_home(&self, connection: &str, tenant: &str) -> Result<SignedIn, Trouble> {
        let scopes = self.wanted_scopes(connection)?;
        let home = lock(&self.room.home).clone().ok_or_else(|| Trouble::new(Code::SignInNeeded))?;
        let session = home.at_tenant(&self.room.wire, tenant, &scopes).await.map_err(refused)?;
        let missing = session.missing(&scopes);
        if !missing.is_empty() {
            let why = missing.join(", ");
            return Err(Trouble::new(Code::OwnSignInNeeded).with("microsoft", "scope").with("message", why));
        }
        self.take_seat(connection, session, "home").await
    }

    fn keep_home(&self, session: Session) -> String {
        let account = session.account.user_principal_name.clone();
        *lock(&self.room.home) = Some(Arc::new(session));
        account
    }
}

fn own(tenant: Option<&str>) -> &str {
    tenant.unwrap_or("organizations")
}

/// What a person can mend by signing in there is told as that; what may pass, or is no refusal, as what it is.
fn refused(error: SignInError) -> Trouble {
    let is_own = match &error {
        SignInError::Refused(refusal) => !PASSING.contains(&refusal.error.as_str()),
        SignInError::BlockedByPolicy { .. } | SignInError::ClaimsChallenge { .. } | SignInError::Declined => {
            true
        }
        _ => false,
    };
    let trouble = Trouble::from(error);
    match is_own {
        true => Trouble { technical: trouble.technical, ..Trouble::new(Code::OwnSignInNeeded) },
        false => trouble,
    }
}

#[cfg(test)]
mod tests {
    use cloud::{OauthRefusal, WireError};

    use super::*;

    fn refusal(error: &str, aadsts: u32) -> SignInError {
        SignInError::Refused(Box::new(OauthRefusal {
            error: error.to_owned(),
            aadsts: Some(aadsts),
            description: "d".to_owned(),
            trace_id: None,
            correlation_id: None,
            timestamp: None,
        }))
    }

    #[test]
    fn what_a_person_can_mend_there_wants_a_sign_in_of_its_own() {
        for error in [
            refusal("invalid_grant", 50020),
            refusal("invalid_grant", 65001),
            refusal("interaction_required", 50076),
            SignInError::BlockedByPolicy { aadsts: 53003 },
            SignInError::ClaimsChallenge { claims: "{}".to_owned() },
        ] {
            assert_eq!(refused(error).code, Code::OwnSignInNeeded);
        }
        let passing = refused(refusal("temporarily_unavailable", 90033));
        assert_eq!(passing.code, Code::SignInRefused);
        let wire = WireError::Unreachable { host: "h".to_owned(), reason: "r".to_owned() };
        assert_eq!(refused(wire.into()).code, Code::Unreachable);
        let told = refused(refusal("invalid_grant", 50020)).technical.microsoft_code;
        assert_eq!(told.as_deref(), Some("AADSTS50020"));
    }
}
