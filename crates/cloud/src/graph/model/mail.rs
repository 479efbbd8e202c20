//! A mail to send (page "user: sendMail").

use serde::Serialize;
use serde_json::{Value, json};

/// Body of `POST /users/{id}/sendMail`: a plain text to one address, not kept among what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OutgoingMail(Value);

impl OutgoingMail {
    /// A mail with this subject and text.
    pub fn plain(to: &str, subject: &str, text: &str) -> OutgoingMail {
        OutgoingMail(json!({
            "message": {
                "subject": subject,
                "body": { "contentType": "text", "content": text },
                "toRecipients": [{ "emailAddress": { "address": to } }],
            },
            "saveToSentItems": false,
        }))
    }
}
