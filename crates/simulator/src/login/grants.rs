//! The grants of the token endpoint: device code, authorization code, refresh token and client credentials; the
//! one with a password has a file of its own. Each takes a client that is already proven.

use serde_json::Value;

use super::issue::{self, For, Proof};
use super::refusal::Refusal;
use super::resources::{Wish, wish};
use super::state::Outcome;
use super::tenants::{Authority, authority};
use super::token::Asked;
use super::{contexts, device};
use crate::exchange::find;
use crate::rehearsal::{Rehearsal, held};
use crate::tokens::encode;

/// RFC 8628 §3.4; `device_code`, or `code` as some clients spell it, or both.
pub(crate) fn device_code(rehearsal: &Rehearsal, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let code = asked
        .member("device_code")
        .or(asked.member("code"))
        .ok_or_else(|| Refusal::missing("device_code"))?;
    let now = rehearsal.clock.now();
    let unknown = || {
        Refusal::new(
            400,
            "bad_verification_code",
            70018,
            "Invalid verification code due to User typing in wrong user code for device code flow.",
        )
    };
    let (person, scopes, contexts) = {
        let mut sign_ins = held(&rehearsal.sign_ins);
        let device =
            sign_ins.devices.iter_mut().find(|device| device.device_code == code).ok_or_else(unknown)?;
        if device.client_id != asked.client.app_id {
            return Err(unknown());
        }
        let early = device.last_poll.is_some_and(|last| now - last < rehearsal.settings.poll_interval);
        device.last_poll = Some(now);
        match device.outcome.clone() {
            Outcome::Spent => return Err(unknown()),
            Outcome::Declined => {
                return Err(Refusal::new(
                    400,
                    "authorization_declined",
                    70017,
                    "OAuth 2.0 device flow error. The end user has denied the authorization request.",
                ));
            }
            Outcome::Refused(refusal) => return Err(refusal),
            _ if device.expires_at <= now => {
                return Err(Refusal::new(
                    400,
                    "expired_token",
                    70020,
                    "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
                ));
            }
            Outcome::Pending if early && rehearsal.settings.slow_down => {
                return Err(Refusal::new(
                    400,
                    "slow_down",
                    70016,
                    "OAuth 2.0 device flow error. Polling too fast.",
                ));
            }
            Outcome::Pending => {
                return Err(Refusal::new(
                    400,
                    "authorization_pending",
                    70016,
                    "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
                ));
            }
            Outcome::Approved(person) => {
                device.outcome = Outcome::Spent;
                (person, device.scopes.clone(), device.contexts.clone())
            }
        }
    };
    interactive(rehearsal, asked, &Granted { person, scopes: &scopes, contexts, nonce: None })
}

/// RFC 6749 §4.1.3 with PKCE (RFC 7636 §4.6).
pub(crate) fn authorization_code(rehearsal: &Rehearsal, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let code = asked.member("code").ok_or_else(|| Refusal::missing("code"))?;
    let uri = asked.member("redirect_uri").ok_or_else(|| Refusal::missing("redirect_uri"))?;
    let kept =
        held(&rehearsal.sign_ins).codes.get(code).cloned().ok_or_else(|| {
            Refusal::grant(70000, "The provided value for the 'code' parameter is not valid.")
        })?;
    if kept.client_id != asked.client.app_id {
        return Err(Refusal::grant(
            700005,
            "Provided Authorization Code is intended to use against other tenant or application, thus rejected.",
        ));
    }
    if kept.spent {
        return Err(Refusal::grant(
            54005,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
        ));
    }
    if kept.expires_at <= rehearsal.clock.now() {
        return Err(Refusal::grant(
            70008,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
        ));
    }
    // `http://localhost:1` and `http://localhost:1/` are one address: some clients send what the browser shows.
    let address = |text: &str| url::Url::parse(text).ok();
    if address(&kept.redirect_uri) != address(uri) {
        return Err(Refusal::grant(
            500112,
            format!(
                "The reply address '{uri}' does not match the reply address '{}' provided when requesting Authorization code.",
                kept.redirect_uri
            ),
        ));
    }
    if let Some((challenge, plain)) = &kept.challenge {
        let verifier = asked.member("code_verifier").unwrap_or_default();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        let given = if *plain { verifier.to_owned() } else { encode(digest.as_ref()) };
        if verifier.is_empty() || &given != challenge {
            return Err(Refusal::grant(
                501481,
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
            ));
        }
    }
    if let Some(code) = held(&rehearsal.sign_ins).codes.get_mut(code) {
        code.spent = true;
    }
    let scopes = asked_scopes(asked).unwrap_or(kept.scopes);
    let granted = Granted {
        person: kept.person,
        scopes: &scopes,
        contexts: kept.contexts,
        nonce: kept.nonce.as_deref(),
    };
    interactive(rehearsal, asked, &granted)
}

/// RFC 6749 §6; another API than at sign-in may be asked for.
pub(crate) fn refresh(rehearsal: &Rehearsal, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let token = asked.member("refresh_token").ok_or_else(|| Refusal::missing("refresh_token"))?;
    let kept = held(&rehearsal.sign_ins)
        .refreshes
        .get(token)
        .cloned()
        .filter(|kept| kept.client_id == asked.client.app_id)
        .ok_or_else(|| Refusal::grant(70000, "Provided grant is invalid or malformed."))?;
    let mut scopes = asked_scopes(asked).unwrap_or_else(|| kept.scopes.clone());
    if !scopes.iter().any(|scope| scope == "offline_access")
        && kept.scopes.iter().any(|scope| scope == "offline_access")
    {
        scopes.push("offline_access".to_owned());
    }
    device::admitted(rehearsal, kept.person, authority(rehearsal, asked.tenant)?)?;
    let granted = Granted { person: kept.person, scopes: &scopes, contexts: kept.contexts, nonce: None };
    interactive(rehearsal, asked, &granted)
}

/// RFC 6749 §4.4, with a secret or a certificate.
pub(crate) fn client_credentials(rehearsal: &Rehearsal, asked: &Asked<'_>) -> Result<Value, Refusal> {
    if matches!(authority(rehearsal, asked.tenant)?, Authority::Common | Authority::Consumers) {
        return Err(Refusal::request(
            9001023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
        ));
    }
    let scopes = if asked.v1 {
        let resource = asked.member("resource").ok_or_else(|| Refusal::missing("resource"))?;
        vec![format!("{}/.default", resource.trim_end_matches('/'))]
    } else {
        asked_scopes(asked).ok_or_else(|| Refusal::missing("scope"))?
    };
    if let Some(other) = scopes.iter().find(|scope| !scope.ends_with("/.default")) {
        return Err(Refusal::scope(
            1002012,
            format!(
                "The provided value for scope {other} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
            ),
        ));
    }
    let wish = wish(rehearsal, &scopes)?;
    let proof = if asked.proof == Proof::Certificate { Proof::Certificate } else { Proof::Secret };
    issue::for_application(rehearsal, &wish, &asked.client, proof)
}

/// The scopes of the form; a v1 request names a resource.
pub(super) fn asked_scopes(asked: &Asked<'_>) -> Option<Vec<String>> {
    if asked.v1 {
        return device::scopes(&asked.form, asked.request, true).ok();
    }
    let scopes: Vec<String> = find(&asked.form, "scope")?.split_whitespace().map(str::to_owned).collect();
    (!scopes.is_empty()).then_some(scopes)
}

/// What a grant stands for.
struct Granted<'a> {
    person: usize,
    scopes: &'a [String],
    contexts: Vec<String>,
    nonce: Option<&'a str>,
}

/// Somebody signed in on a page, where consent was asked for.
fn interactive(rehearsal: &Rehearsal, asked: &Asked<'_>, granted: &Granted<'_>) -> Result<Value, Refusal> {
    let wish = wish(rehearsal, granted.scopes)?;
    // Some clients repeat the claims at the token endpoint, some send them only there.
    let mut contexts = granted.contexts.clone();
    contexts.extend(contexts::asked(asked.member("claims")));
    contexts.dedup();
    let to = For {
        client: &asked.client,
        person: granted.person,
        tenant: asked.tenant,
        origin: &asked.request.origin,
        nonce: granted.nonce,
        contexts: &contexts,
        client_info: asked.member("client_info") == Some("1"),
        methods: &["pwd", "mfa"],
        proof: asked.proof,
        v1: asked.v1,
    };
    let scopes = issue::consent(rehearsal, &asked.client, granted.person, &wish)?;
    issue::for_person(rehearsal, &wish, &to, scopes)
}

/// Somebody gave a password, and these scopes were consented to before.
pub(super) fn for_person(
    rehearsal: &Rehearsal,
    asked: &Asked<'_>,
    person: usize,
    wish: &Wish,
    scopes: Vec<String>,
) -> Result<Value, Refusal> {
    let to = For {
        client: &asked.client,
        person,
        tenant: asked.tenant,
        origin: &asked.request.origin,
        nonce: None,
        contexts: &[],
        client_info: asked.member("client_info") == Some("1"),
        methods: &["pwd"],
        proof: asked.proof,
        v1: asked.v1,
    };
    issue::for_person(rehearsal, wish, &to, scopes)
}
