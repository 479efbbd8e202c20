//! What Microsoft's sign-in answers when it says no, sorted into the few cases that a person can act upon.
//! Sorting goes by `error` and by the AADSTS number; nobody matches on the text, and no body is kept.

use serde::Deserialize;

use crate::text::scrub;
use crate::wire::WireError;

/// Numbers that mean: the tenant's policy wants another way to sign in (Microsoft's list of AADSTS error codes).
const POLICY: [u32; 8] = [53003, 50005, 53000, 53001, 50097, 530_032, 530_034, 530_035];
/// The user pressed "no" on the page that asks for consent.
const CONSENT_DECLINED: u32 = 65004;

/// Why nobody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The person said no.
    #[error("the sign-in was declined")]
    Declined,
    /// The code, or the five minutes of the browser way, ran out.
    #[error("the sign-in took too long and has run out")]
    Expired,
    /// The tenant's Conditional Access does not allow this way to sign in.
    #[error("the organisation's policy blocks this way to sign in (AADSTS{aadsts})")]
    BlockedByPolicy {
        /// The number, such as 53003.
        aadsts: u32,
    },
    /// Microsoft does not know the device code.
    #[error("the sign-in page does not recognise this code")]
    CodeNotRecognised,
    /// Signed in, but into another tenant.
    #[error("signed in to tenant {found} instead of {expected}")]
    WrongTenant {
        /// The tenant that was meant.
        expected: String,
        /// The tenant of the answer.
        found: String,
    },
    /// A renewal that answers for another account than the one that signed in.
    #[error("the renewed sign-in is of another account; sign in again")]
    WrongAccount,
    /// More proof is wanted: sign in again with these claims.
    #[error("the organisation wants a further proof of who is signing in")]
    ClaimsChallenge {
        /// The claims, as JSON, for the next request.
        claims: String,
    },
    /// The server named a page outside the list as the page for the code.
    #[error("{host} is not a page where Microsoft asks for a code; do not open it")]
    UntrustedVerificationAddress {
        /// The host that was named.
        host: String,
    },
    /// The answer of the browser belongs to another request.
    #[error("the answer of the browser does not belong to this sign-in")]
    ForeignAnswer,
    /// The session has ended and cannot be renewed.
    #[error("the session has ended; sign in again")]
    SessionEnded,
    /// Any other refusal.
    #[error("{0}")]
    Refused(Box<OauthRefusal>),
    /// No answer could be had.
    #[error(transparent)]
    Unreachable(WireError),
    /// The answer lacks something, or holds something of the wrong kind.
    #[error("the answer of the sign-in cannot be used: {field}")]
    Malformed {
        /// What is missing or wrong.
        field: &'static str,
    },
    /// The loopback port for the browser's answer could not be opened.
    #[error("no local port can be opened for the browser's answer: {reason}")]
    NoLocalPort {
        /// What the operating system says.
        reason: String,
    },
}

impl SignInError {
    /// The AADSTS number, where there is one.
    pub fn aadsts(&self) -> Option<u32> {
        match self {
            SignInError::BlockedByPolicy { aadsts } => Some(*aadsts),
            SignInError::Refused(refusal) => refusal.aadsts,
            _ => None,
        }
    }
}

impl From<WireError> for SignInError {
    fn from(error: WireError) -> Self {
        SignInError::Unreachable(error)
    }
}

/// A refusal of the token or device code endpoint (Microsoft's page "OAuth 2.0 device authorization grant").
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sign-in was refused: {error}: {description}")]
pub struct OauthRefusal {
    /// The OAuth error name, such as `invalid_client`.
    pub error: String,
    /// The AADSTS number.
    pub aadsts: Option<u32>,
    /// At most 512 characters, scrubbed.
    pub description: String,
    /// Microsoft's trace id.
    pub trace_id: Option<String>,
    /// Microsoft's correlation id.
    pub correlation_id: Option<String>,
    /// When it was refused, as told.
    pub timestamp: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct RefusalBody {
    pub error: Option<String>,
    #[serde(default)]
    pub error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<u32>,
    #[serde(default)]
    trace_id: Option<String>,
    #[serde(default)]
    correlation_id: Option<String>,
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    claims: Option<String>,
}

/// The body of an error answer as it was told, unsorted.
pub(super) fn told(body: &[u8]) -> Result<OauthRefusal, SignInError> {
    let body: RefusalBody =
        serde_json::from_slice(body).map_err(|_| SignInError::Malformed { field: "error" })?;
    let error = body.error.clone().ok_or(SignInError::Malformed { field: "error" })?;
    Ok(kept(&error, body))
}

/// Sorts the body of an error answer.
pub(super) fn sort_body(body: &[u8]) -> SignInError {
    match serde_json::from_slice::<RefusalBody>(body) {
        Ok(body) => sort(body),
        Err(_) => SignInError::Malformed { field: "error" },
    }
}

/// Sorts an error that came as query parameters of the redirect.
pub(super) fn sort_redirect(error: &str, description: Option<&str>) -> SignInError {
    sort(RefusalBody {
        error: Some(error.to_owned()),
        error_description: description.map(str::to_owned),
        error_codes: Vec::new(),
        trace_id: None,
        correlation_id: None,
        timestamp: None,
        claims: None,
    })
}

fn sort(body: RefusalBody) -> SignInError {
    let Some(error) = body.error.clone() else { return SignInError::Malformed { field: "error" } };
    match number(&body) {
        Some(aadsts) if POLICY.contains(&aadsts) => return SignInError::BlockedByPolicy { aadsts },
        Some(CONSENT_DECLINED) => return SignInError::Declined,
        _ => {}
    }
    match error.as_str() {
        "authorization_declined" | "access_denied" => return SignInError::Declined,
        "expired_token" => return SignInError::Expired,
        "bad_verification_code" => return SignInError::CodeNotRecognised,
        _ => {}
    }
    if let Some(claims) = body.claims.clone().filter(|claims| !claims.is_empty()) {
        return SignInError::ClaimsChallenge { claims };
    }
    SignInError::Refused(Box::new(kept(&error, body)))
}

fn number(body: &RefusalBody) -> Option<u32> {
    body.error_codes.first().copied().or_else(|| number_in(body.error_description.as_deref()?))
}

fn kept(error: &str, body: RefusalBody) -> OauthRefusal {
    let aadsts = number(&body);
    let description = body.error_description.unwrap_or_default();
    OauthRefusal {
        error: scrub(error),
        aadsts,
        trace_id: body.trace_id.or_else(|| told_after(&description, "Trace ID:")),
        correlation_id: body.correlation_id.or_else(|| told_after(&description, "Correlation ID:")),
        timestamp: body.timestamp,
        description: scrub(&description),
    }
}

fn number_in(description: &str) -> Option<u32> {
    let after = description.split("AADSTS").nth(1)?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn told_after(description: &str, mark: &str) -> Option<String> {
    let word = description.split(mark).nth(1)?.split_whitespace().next()?;
    uuid::Uuid::try_parse(word).ok().map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sorted(text: &str) -> SignInError {
        sort_body(text.as_bytes())
    }

    #[test]
    fn a_refusal_keeps_what_support_asks_for() {
        let SignInError::Refused(refusal) = sorted(
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 3ca3abb1-c654-40b2-92da-35797e532ed1 Correlation ID: 6ec7af10-331f-4f93-ab3c-aa073ee64c91 Timestamp: 2026-08-13 21:24:29Z","error_codes":[7000215],"timestamp":"2026-08-13 21:24:29Z"}"#,
        ) else {
            panic!("not a refusal")
        };
        assert_eq!(refusal.aadsts, Some(7_000_215));
        assert_eq!(refusal.trace_id.as_deref(), Some("3ca3abb1-c654-40b2-92da-35797e532ed1"));
        assert_eq!(refusal.correlation_id.as_deref(), Some("6ec7af10-331f-4f93-ab3c-aa073ee64c91"));
        assert_eq!(refusal.timestamp.as_deref(), Some("2026-08-13 21:24:29Z"));
    }

    #[test]
    fn the_number_is_found_in_the_text_too() {
        assert_eq!(number_in("AADSTS53003: blocked"), Some(53003));
        assert_eq!(number_in("no number"), None);
        assert_eq!(number_in("AADSTS: none"), None);
    }

    #[test]
    fn names_and_numbers_are_sorted() {
        for (body, expected) in [
            (r#"{"error":"authorization_declined"}"#, SignInError::Declined),
            (r#"{"error":"access_denied"}"#, SignInError::Declined),
            (r#"{"error":"invalid_grant","error_codes":[65004]}"#, SignInError::Declined),
            (r#"{"error":"expired_token"}"#, SignInError::Expired),
            (r#"{"error":"bad_verification_code"}"#, SignInError::CodeNotRecognised),
            (
                r#"{"error":"interaction_required","claims":"{\"access_token\":{}}"}"#,
                SignInError::ClaimsChallenge { claims: r#"{"access_token":{}}"#.into() },
            ),
            ("not json", SignInError::Malformed { field: "error" }),
            ("{}", SignInError::Malformed { field: "error" }),
        ] {
            assert_eq!(sorted(body), expected, "{body}");
        }
    }

    #[test]
    fn each_policy_number_leads_to_the_other_way_in() {
        for number in [53003, 50005, 53000, 50097] {
            let body = format!(r#"{{"error":"access_denied","error_description":"AADSTS{number}: x"}}"#);
            assert_eq!(sorted(&body), SignInError::BlockedByPolicy { aadsts: number });
            assert_eq!(sorted(&body).aadsts(), Some(number));
        }
    }
}
