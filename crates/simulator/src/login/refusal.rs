//! A refusal of the sign-in endpoints: an `error`, an AADSTS number and its text, in the body that the real
//! service sends.
//!
//! The texts follow recordings of the real service where there are any; clients must not read them.

use serde_json::{Map, Value, json};
use time::macros::format_description;

use crate::exchange::Reply;
use crate::rehearsal::Rehearsal;

#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub status: u16,
    pub error: &'static str,
    pub code: u32,
    pub message: String,
    pub suberror: Option<&'static str>,
    /// What another sign-in should bring, as JSON.
    pub claims: Option<String>,
}

impl Refusal {
    pub fn new(status: u16, error: &'static str, code: u32, message: impl Into<String>) -> Refusal {
        Refusal { status, error, code, message: message.into(), suberror: None, claims: None }
    }

    pub fn request(code: u32, message: impl Into<String>) -> Refusal {
        Refusal::new(400, "invalid_request", code, message)
    }

    pub fn grant(code: u32, message: impl Into<String>) -> Refusal {
        Refusal::new(400, "invalid_grant", code, message)
    }

    pub fn client(code: u32, message: impl Into<String>) -> Refusal {
        Refusal::new(401, "invalid_client", code, message)
    }

    pub fn scope(code: u32, message: impl Into<String>) -> Refusal {
        Refusal::new(400, "invalid_scope", code, message)
    }

    pub fn missing(parameter: &str) -> Refusal {
        Refusal::request(
            900144,
            format!("The request body must contain the following parameter: '{parameter}'."),
        )
    }

    pub fn blocked() -> Refusal {
        let message = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
        Refusal { suberror: Some("message_only"), ..Refusal::grant(53003, message) }
    }

    /// The number and the text as people see them.
    pub fn sentence(&self) -> String {
        format!("AADSTS{}: {}", self.code, self.message)
    }

    pub fn body(&self, rehearsal: &Rehearsal) -> Value {
        let now = rehearsal.clock.now();
        let timestamp = now
            .format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z"))
            .unwrap_or_default();
        let (trace, correlation) = (rehearsal.guid(), rehearsal.guid());
        let mut body = Map::new();
        body.insert("error".into(), json!(self.error));
        body.insert(
            "error_description".into(),
            json!(format!(
                "{} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
                self.sentence()
            )),
        );
        body.insert("error_codes".into(), json!([self.code]));
        body.insert("timestamp".into(), json!(timestamp));
        body.insert("trace_id".into(), json!(trace));
        body.insert("correlation_id".into(), json!(correlation));
        // The real service leaves the address out for these, and the polling answers.
        if ![70003, 700038, 70016].contains(&self.code) {
            body.insert("error_uri".into(), json!(format!("{}/error?code={}", rehearsal.origin, self.code)));
        }
        if let Some(suberror) = self.suberror {
            body.insert("suberror".into(), json!(suberror));
        }
        if let Some(claims) = &self.claims {
            body.insert("claims".into(), json!(claims));
        }
        Value::Object(body)
    }

    pub fn reply(&self, rehearsal: &Rehearsal) -> Reply {
        let request_id = rehearsal.guid();
        Reply::json(self.status, &self.body(rehearsal))
            .with("x-ms-request-id", &request_id)
            .with("pragma", "no-cache")
    }
}
