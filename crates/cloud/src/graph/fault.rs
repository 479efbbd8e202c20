//! What can go wrong with a call, sorted by status and by what may have happened, never by the words of a message.
//! An error holds ids for support and a scrubbed sentence; it never holds a body.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use time::OffsetDateTime;

use super::call::Method;
use super::retry::pause_told;
use crate::signin::SignInError;
use crate::text::scrub;
use crate::wire::{Incoming, WireError};

/// The kinds of trouble, each with one reader in the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GraphFault {
    /// 401, or the session cannot be renewed.
    Unauthorized,
    /// 403: a role, permission or policy is missing.
    Forbidden,
    /// 404: not there, or not there yet.
    NotFound,
    /// 409: there already.
    Conflict,
    /// 400.
    BadRequest,
    /// 412.
    PreconditionFailed,
    /// 429 beyond patience.
    Throttled,
    /// 503, or another 5xx to a read.
    Busy,
    /// No connection; nothing was sent.
    Unreachable,
    /// Proxy or certificate bar the way, and trying again changes nothing; nothing was sent.
    Barred,
    /// Sent, and no answer came back: the change may have happened.
    AnswerLost,
    /// The answer is larger than 8 MiB.
    TooLarge,
    /// The answer is not JSON.
    NotJson,
    /// The answer lacks a required field.
    MissingField,
    /// A link or path leads to another host; it was not followed.
    ForeignLink,
    /// The work at hand may not make this call; it was not sent.
    NotPermitted,
    /// Pages that lead in a circle or never end.
    LinkLoop,
    /// In a batch: a call that this one depends on failed, so it was not made.
    DependencyFailed,
    /// Anything else.
    Other,
}

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{method} {path}: {message}")]
pub struct GraphError {
    /// The kind.
    pub kind: GraphFault,
    /// The HTTP status, where one came.
    pub status: Option<u16>,
    /// Graph's code, such as `Request_ResourceNotFound`.
    pub code: Option<String>,
    /// At most 512 characters, scrubbed.
    pub message: String,
    /// Microsoft's id of the request.
    pub request_id: Option<String>,
    /// Our id of the request.
    pub client_request_id: String,
    /// When, by Graph's clock as told, or else by ours.
    pub date: Option<String>,
    /// The claims challenge, as JSON, to sign in again with.
    pub claims: Option<String>,
    /// The path from `/applications…` on, without the query.
    pub path: String,
    /// The method.
    pub method: Method,
    /// How long Graph asked to wait, where it did.
    pub retry_after: Option<Duration>,
    /// What stood in the way of a connection.
    pub barrier: Option<Box<WireError>>,
}

impl GraphError {
    /// Whether the call may have changed something although it did not succeed. Look before doing it again.
    pub fn effect_unknown(&self) -> bool {
        let answered_well = self.status.is_some_and(|status| (200..300).contains(&status));
        let broke_inside = self.status.is_some_and(|status| status >= 500 && status != 503 && status != 501);
        self.method != Method::Get && (self.kind == GraphFault::AnswerLost || answered_well || broke_inside)
    }
}

/// What is known of a request before its answer.
#[derive(Clone)]
pub(crate) struct Context {
    pub method: Method,
    pub path: String,
    pub client_request_id: String,
    pub at: OffsetDateTime,
}

impl Context {
    pub(crate) fn error(&self, kind: GraphFault, message: &str) -> GraphError {
        GraphError {
            kind,
            status: None,
            code: None,
            message: message.to_owned(),
            request_id: None,
            client_request_id: self.client_request_id.clone(),
            date: self.at.format(&time::format_description::well_known::Rfc3339).ok(),
            claims: None,
            path: self.path.clone(),
            method: self.method,
            retry_after: None,
            barrier: None,
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    error: Option<Told>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Told {
    code: Option<String>,
    message: Option<String>,
    #[serde(rename = "innerError", alias = "innererror")]
    inner: Inner,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Inner {
    date: Option<String>,
    #[serde(rename = "request-id")]
    request_id: Option<String>,
}

/// An answer outside 2xx.
pub(crate) fn of_answer(context: &Context, incoming: &Incoming) -> GraphError {
    let told = serde_json::from_slice::<Envelope>(&incoming.body).ok().and_then(|envelope| envelope.error);
    let understood = told.is_some();
    let told = told.unwrap_or_default();
    let message = match &told.message {
        Some(message) if !message.is_empty() => scrub(message),
        _ if understood => format!("Graph answers {} without saying why", incoming.status),
        _ => format!(
            "status {} without Graph's error form; something in between may have answered",
            incoming.status
        ),
    };
    let error = context.error(kind_of(incoming.status, context.method), &message);
    GraphError {
        status: Some(incoming.status),
        code: told.code.map(|code| scrub(&code)),
        request_id: incoming.header("request-id").map(scrub).or(told.inner.request_id.map(|id| scrub(&id))),
        date: told.inner.date.map(|date| scrub(&date)).or(error.date),
        claims: incoming.header("www-authenticate").and_then(challenge),
        retry_after: incoming.header("retry-after").and_then(|text| pause_told(text, context.at)),
        ..error
    }
}

/// An item of a batch, or its absence.
pub(crate) fn of_item(
    context: &Context,
    status: u16,
    headers: &[(String, String)],
    body: &serde_json::Value,
) -> GraphError {
    let told = Envelope::deserialize(body).ok().and_then(|envelope| envelope.error).unwrap_or_default();
    let header =
        |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let message = told.message.map_or_else(|| format!("Graph answers {status}"), |message| scrub(&message));
    let error = context.error(kind_of(status, context.method), &message);
    GraphError {
        status: Some(status),
        code: told.code.map(|code| scrub(&code)),
        request_id: told
            .inner
            .request_id
            .map(|id| scrub(&id))
            .or_else(|| header("request-id").map(|id| scrub(id))),
        date: told.inner.date.map(|date| scrub(&date)).or(error.date),
        claims: header("www-authenticate").and_then(|text| challenge(text)),
        retry_after: header("retry-after").and_then(|text| pause_told(text, context.at)),
        ..error
    }
}

pub(crate) fn of_wire(context: &Context, error: &WireError) -> GraphError {
    let kind = match error {
        barred if barred.is_barred() => GraphFault::Barred,
        WireError::Unreachable { .. }
        | WireError::ProxyUnreachable { .. }
        | WireError::ProxySignIn { .. }
        | WireError::ProxyRefused { .. }
        | WireError::ProxyDropped { .. }
        | WireError::ProxyByScript { .. }
        | WireError::CertificateUntrusted { .. }
        | WireError::CertificateRefused { .. }
        | WireError::CertificateFile { .. }
        | WireError::Setup { .. } => GraphFault::Unreachable,
        WireError::AnswerLost { .. } => GraphFault::AnswerLost,
        // The change was made; only its answer was not read.
        WireError::TooLarge { .. } if context.method != Method::Get => GraphFault::AnswerLost,
        WireError::TooLarge { .. } => GraphFault::TooLarge,
        WireError::ForeignHost { .. } => GraphFault::ForeignLink,
    };
    GraphError { barrier: Some(Box::new(error.clone())), ..context.error(kind, &scrub(&error.to_string())) }
}

pub(crate) fn without_session(context: &Context, error: &SignInError) -> GraphError {
    let (kind, claims) = match error {
        SignInError::Unreachable(barrier) if barrier.is_barred() => (GraphFault::Barred, None),
        SignInError::Unreachable(_) => (GraphFault::Unreachable, None),
        SignInError::ClaimsChallenge { claims } => (GraphFault::Unauthorized, Some(claims.clone())),
        _ => (GraphFault::Unauthorized, None),
    };
    let barrier = match error {
        SignInError::Unreachable(barrier) => Some(Box::new(barrier.clone())),
        _ => None,
    };
    let code = error.aadsts().map(|number| format!("AADSTS{number}"));
    GraphError { code, claims, barrier, ..context.error(kind, &scrub(&error.to_string())) }
}

fn kind_of(status: u16, method: Method) -> GraphFault {
    match (status, method) {
        (400, _) => GraphFault::BadRequest,
        (401, _) => GraphFault::Unauthorized,
        (403, _) => GraphFault::Forbidden,
        (404, _) => GraphFault::NotFound,
        (409, _) => GraphFault::Conflict,
        (412, _) => GraphFault::PreconditionFailed,
        (424, _) => GraphFault::DependencyFailed,
        (429, _) => GraphFault::Throttled,
        (503, _) | (500 | 502 | 504, Method::Get) => GraphFault::Busy,
        // A gateway gave up waiting; what stands behind it may have gone on.
        (502 | 504, _) => GraphFault::AnswerLost,
        _ => GraphFault::Other,
    }
}

/// The claims out of `WWW-Authenticate: Bearer …, claims="<base64>"` (Microsoft's page "Claims challenges").
fn challenge(header: &str) -> Option<String> {
    let after = header.split("claims=\"").nth(1)?;
    let encoded = after.split('"').next()?;
    let trimmed = encoded.trim_end_matches('=');
    let decoded = STANDARD_NO_PAD
        .decode(trimmed)
        .or_else(|_| URL_SAFE_NO_PAD.decode(trimmed))
        .or_else(|_| STANDARD.decode(encoded))
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())?;
    serde_json::from_str::<serde_json::Value>(&decoded)
        .ok()
        .filter(serde_json::Value::is_object)
        .map(|_| decoded)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_claims_challenge_is_read() {
        let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
        for encoded in [STANDARD.encode(claims), URL_SAFE_NO_PAD.encode(claims)] {
            let header = format!("Bearer realm=\"\", error=\"insufficient_claims\", claims=\"{encoded}\"");
            assert_eq!(challenge(&header).as_deref(), Some(claims));
        }
        assert_eq!(challenge("Bearer realm=\"\""), None);
        assert_eq!(challenge("Bearer claims=\"!!\""), None);
        assert_eq!(challenge(&format!("Bearer claims=\"{}\"", STANDARD.encode("x"))), None);
    }

    #[test]
    fn a_gateway_that_gave_up_leaves_a_change_open() {
        assert_eq!(kind_of(504, Method::Post), GraphFault::AnswerLost);
        assert_eq!(kind_of(504, Method::Get), GraphFault::Busy);
        assert_eq!(kind_of(503, Method::Post), GraphFault::Busy);
        assert_eq!(kind_of(418, Method::Get), GraphFault::Other);
    }

    #[test]
    fn errors_know_whether_something_may_have_changed() {
        let context = |method| Context {
            method,
            path: "/x".into(),
            client_request_id: String::new(),
            at: OffsetDateTime::UNIX_EPOCH,
        };
        let error = |method, status| GraphError {
            status: Some(status),
            ..context(method).error(kind_of(status, method), "x")
        };
        assert!(error(Method::Post, 500).effect_unknown());
        assert!(error(Method::Post, 504).effect_unknown());
        assert!(error(Method::Post, 200).effect_unknown());
        assert!(!error(Method::Post, 503).effect_unknown());
        assert!(!error(Method::Post, 429).effect_unknown());
        assert!(!error(Method::Get, 500).effect_unknown());
        let lost = WireError::AnswerLost { host: "h".into(), reason: "r".into() };
        assert!(of_wire(&context(Method::Delete), &lost).effect_unknown());
        assert!(of_wire(&context(Method::Post), &WireError::TooLarge { host: "h".into() }).effect_unknown());
    }
}
