//! Lends the oauth2 crate our wire, and keeps its hands off the tokens.
//!
//! The crate drives the flows; its token types are plain strings that are never wiped, and one of its errors carries
//! the raw answer. So a token answer is caught here, moved into secret types, and the crate sees a stand-in.

use std::sync::{Mutex, MutexGuard};

use futures_util::future::BoxFuture;
use oauth2::http::{Response, StatusCode};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use time::OffsetDateTime;
use url::Url;
use zeroize::Zeroizing;

use super::SignInError;
use super::refusal::{RefusalBody, sort_body};
use crate::wire::{Incoming, Outgoing, Wire, WireError};

const STAND_IN: &str = r#"{"access_token":"kept-by-the-cloud-room","token_type":"Bearer"}"#;

/// What a token endpoint answers on success.
#[derive(Deserialize)]
pub(super) struct Tokens {
    #[serde(deserialize_with = "secret")]
    pub access_token: SecretString,
    #[serde(default, deserialize_with = "maybe_secret")]
    pub refresh_token: Option<SecretString>,
    #[serde(default, deserialize_with = "maybe_secret")]
    pub id_token: Option<SecretString>,
    pub expires_in: u64,
    #[serde(default)]
    pub scope: Option<String>,
}

/// Reads a token answer, or sorts the refusal.
pub(super) fn tokens(answer: &Incoming) -> Result<Tokens, SignInError> {
    if answer.status != 200 {
        return Err(sort_body(&answer.body));
    }
    if !answer.is_json() {
        return Err(SignInError::Malformed { field: "content-type" });
    }
    serde_json::from_slice(&answer.body).map_err(|_| SignInError::Malformed { field: "access_token" })
}

/// Marks an attempt that brought no answer; what it was is kept in the [`Exchange`].
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub(super) struct NoAnswer;

/// One conversation of the oauth2 crate with the sign-in host.
pub(super) struct Exchange<'w> {
    wire: &'w Wire,
    ends_at: Option<OffsetDateTime>,
    caught: Mutex<Caught>,
}

#[derive(Default)]
struct Caught {
    tokens: Option<Tokens>,
    stopped: Option<SignInError>,
    attempts: u32,
    lost: u32,
}

impl<'w> Exchange<'w> {
    /// `ends_at` is when polling gives up, by our clock.
    pub(super) fn new(wire: &'w Wire, ends_at: Option<OffsetDateTime>) -> Exchange<'w> {
        Exchange { wire, ends_at, caught: Mutex::new(Caught::default()) }
    }

    /// How many requests were sent, and how many of the last ones brought no answer.
    pub(super) fn count(&self) -> (u32, u32) {
        let caught = self.caught();
        (caught.attempts, caught.lost)
    }

    /// The tokens that were caught.
    pub(super) fn take_tokens(&self) -> Result<Tokens, SignInError> {
        let mut caught = self.caught();
        match (caught.tokens.take(), caught.stopped.take()) {
            (Some(tokens), _) => Ok(tokens),
            (None, Some(stopped)) => Err(stopped),
            (None, None) => Err(SignInError::Malformed { field: "token answer" }),
        }
    }

    /// Why the conversation ended without tokens.
    pub(super) fn take_trouble(&self) -> SignInError {
        self.caught().stopped.take().unwrap_or(SignInError::Malformed { field: "answer" })
    }

    fn caught(&self) -> MutexGuard<'_, Caught> {
        self.caught.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn pass(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        if self.ends_at.is_some_and(|end| self.wire.now() >= end) {
            return Ok(self.stop(SignInError::Expired));
        }
        let outgoing = match outgoing(request) {
            Ok(outgoing) => outgoing,
            Err(error) => return Ok(self.stop(error)),
        };
        self.caught().attempts += 1;
        match self.wire.send(outgoing).await {
            Ok(answer) if worth_another_try(answer.status) => {
                self.lose(SignInError::Unreachable(WireError::Unreachable {
                    host: self.wire.place().login.host_str().unwrap_or("").to_owned(),
                    reason: format!("it answers {}", answer.status),
                }))
            }
            Ok(answer) => {
                self.caught().lost = 0;
                Ok(self.judge(&answer))
            }
            Err(
                error @ (WireError::Unreachable { .. }
                | WireError::ProxyUnreachable { .. }
                | WireError::ProxyDropped { .. }
                | WireError::AnswerLost { .. }),
            ) => self.lose(error.into()),
            Err(error) => Ok(self.stop(error.into())),
        }
    }

    fn judge(&self, answer: &Incoming) -> HttpResponse {
        if answer.status != 200 {
            if let Some(waiting) = keeps_polling(&answer.body) {
                return reply(StatusCode::BAD_REQUEST, format!(r#"{{"error":"{waiting}"}}"#).into_bytes());
            }
            return self.stop(sort_body(&answer.body));
        }
        if !answer.is_json() {
            return self.stop(SignInError::Malformed { field: "content-type" });
        }
        match serde_json::from_slice::<Tokens>(&answer.body) {
            Ok(tokens) => {
                self.caught().tokens = Some(tokens);
                reply(StatusCode::OK, STAND_IN.as_bytes().to_vec())
            }
            // Not a token answer, so a device code answer: the crate reads that one.
            Err(_) => reply(StatusCode::OK, answer.body.to_vec()),
        }
    }

    fn lose(&self, error: SignInError) -> Result<HttpResponse, NoAnswer> {
        let mut caught = self.caught();
        caught.lost += 1;
        caught.stopped = Some(error);
        Err(NoAnswer)
    }

    fn stop(&self, error: SignInError) -> HttpResponse {
        self.caught().stopped = Some(error);
        reply(StatusCode::BAD_REQUEST, br#"{"error":"stopped"}"#.to_vec())
    }
}

impl<'c> AsyncHttpClient<'c> for Exchange<'_> {
    type Error = NoAnswer;
    type Future = BoxFuture<'c, Result<HttpResponse, NoAnswer>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.pass(request))
    }
}

fn outgoing(request: HttpRequest) -> Result<Outgoing<'static>, SignInError> {
    let (parts, body) = request.into_parts();
    Ok(Outgoing {
        method: reqwest::Method::POST,
        address: Url::parse(&parts.uri.to_string())
            .map_err(|_| SignInError::Malformed { field: "address" })?,
        headers: vec![("client-request-id".to_owned(), uuid::Uuid::new_v4().to_string())],
        bearer: None,
        body: Some(("application/x-www-form-urlencoded", Zeroizing::new(body))),
    })
}

fn keeps_polling(body: &[u8]) -> Option<&'static str> {
    let told = serde_json::from_slice::<RefusalBody>(body).ok()?.error?;
    ["authorization_pending", "slow_down"].into_iter().find(|known| *known == told)
}

fn worth_another_try(status: u16) -> bool {
    status == 429 || status >= 500
}

fn reply(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// Moves a JSON string into a secret type without an intermediate `String` where the text needs no unescaping.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    deserializer.deserialize_str(SecretVisitor)
}

fn maybe_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    struct Wrapped(SecretString);
    impl<'de> Deserialize<'de> for Wrapped {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            secret(deserializer).map(Wrapped)
        }
    }
    Ok(Option::<Wrapped>::deserialize(deserializer)?.map(|wrapped| wrapped.0))
}

struct SecretVisitor;

impl Visitor<'_> for SecretVisitor {
    type Value = SecretString;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SecretString, E> {
        if text.is_empty() { Err(E::custom("an empty text")) } else { Ok(SecretString::from(text)) }
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<SecretString, E> {
        Err(E::custom("bytes"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_two_waiting_answers_keep_polling() {
        assert_eq!(keeps_polling(br#"{"error":"authorization_pending"}"#), Some("authorization_pending"));
        assert_eq!(keeps_polling(br#"{"error":"slow_down"}"#), Some("slow_down"));
        assert_eq!(keeps_polling(br#"{"error":"expired_token"}"#), None);
        assert_eq!(keeps_polling(b"<html>"), None);
    }

    #[test]
    fn a_token_answer_needs_a_token() {
        let read = |text: &str| serde_json::from_str::<Tokens>(text);
        assert!(read(r#"{"access_token":"x","expires_in":3599}"#).unwrap().refresh_token.is_none());
        assert!(read(r#"{"access_token":"x","expires_in":1,"refresh_token":null}"#).is_ok());
        assert!(read(r#"{"access_token":"","expires_in":1}"#).is_err());
        assert!(read(r#"{"device_code":"x","expires_in":1}"#).is_err());
    }
}
