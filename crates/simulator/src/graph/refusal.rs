//! Refusals with the codes and texts of the real service.
//!
//! A refusal is a value on the way to an answer; nothing here decides whether to refuse.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::GraphAnswer;
use crate::directory::moments;

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub(crate) struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    pub details: Option<Value>,
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into(), details: None }
    }

    pub fn bad(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "Request_BadRequest", message)
    }

    /// What a client asked for in a way that OData does not know.
    pub fn query(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "BadRequest", message)
    }

    pub fn unsupported(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "Request_UnsupportedQuery", message)
    }

    /// Also what a replica answers that has not heard of the object yet.
    pub fn absent(id: &str) -> Refusal {
        Refusal::new(404, "Request_ResourceNotFound", absent_text(id))
    }

    /// The same as a 400, when the object is only referred to.
    pub fn absent_reference(id: &str) -> Refusal {
        Refusal::bad(absent_text(id))
    }

    pub fn segment(segment: &str) -> Refusal {
        Refusal::new(404, "BadRequest", format!("Resource not found for the segment '{segment}'."))
    }

    pub fn method(method: &str) -> Refusal {
        Refusal::new(
            405,
            "Request_BadRequest",
            format!("Specified HTTP method '{method}' is not allowed for the request target."),
        )
    }

    pub fn denied() -> Refusal {
        Refusal::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    /// What Exchange says where Entra would say `denied`.
    pub fn mailbox_denied() -> Refusal {
        Refusal::new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    }

    pub fn conflict(message: impl Into<String>) -> Refusal {
        Refusal::new(409, "Request_MultipleObjectsWithSameKeyValue", message)
    }

    pub fn with_details(mut self, details: Value) -> Refusal {
        self.details = Some(details);
        self
    }

    /// The body of Graph's page "Microsoft Graph error responses and resource types".
    pub fn answer(self, now: OffsetDateTime, request_id: &str, client_request_id: &str) -> GraphAnswer {
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": moments::write_bare(now),
                "request-id": request_id,
                "client-request-id": client_request_id,
            },
        });
        if let Some(details) = self.details {
            error["details"] = details;
        }
        GraphAnswer {
            status: self.status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Some(json!({"error": error})),
        }
    }
}

fn absent_text(id: &str) -> String {
    format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_body_has_the_documented_members() {
        let refusal = Refusal::absent("x").with_details(json!([]));
        let body = refusal.answer(OffsetDateTime::UNIX_EPOCH, "a", "b").body.unwrap();
        assert_eq!(body["error"]["code"], "Request_ResourceNotFound");
        assert_eq!(body["error"]["innerError"]["date"], "1970-01-01T00:00:00");
        assert_eq!(body["error"]["innerError"]["client-request-id"], "b");
        assert!(body["error"]["details"].is_array());
    }
}
