//! What passed: every exchange in memory for tests, and one JSON line for each Graph exchange in a file.
//!
//! A line has the members `method`, `url`, `request_headers`, `request_body`, `status`, `response_headers`,
//! `response_body`, bodies as JSON values. No line and no kept exchange ever holds a token or a secret: the
//! value of an Authorization header and every member that can carry one are struck before anything is kept.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::exchange::{Fate, Reply, Request, as_json, find};
use crate::faults::path_and_query;
use crate::packing::{weight_of_reply, weight_of_request};

/// The longest answer whose body is kept in memory.
const LONGEST_KEPT: usize = 128 * 1024;

/// The room that a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `/v1.0` and `/beta`.
    Graph,
    /// Sign-in endpoints and their pages.
    SignIn,
    /// Azure Resource Manager's one answer.
    Azure,
}

/// One exchange, without anything secret.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    /// The room.
    pub kind: Kind,
    /// HTTP method.
    pub method: String,
    /// Path and query from the first slash on.
    pub url: String,
    /// Whether an Authorization header was present. Its value is not kept.
    pub authorization: bool,
    /// The `grant_type` of a token request.
    pub grant_type: Option<String>,
    /// The `client_id` of a sign-in request.
    pub client_id: Option<String>,
    /// HTTP status; 0 when nothing was sent at all.
    pub status: u16,
    /// False when the connection was broken before the whole answer had left.
    pub answered: bool,
    /// The tenant's time.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Bytes of the request as HTTP/1.1 writes it, TLS left out.
    pub bytes_asked: usize,
    /// Bytes of the answer, packed where it went out packed.
    pub bytes_answered: usize,
    /// Graph only: the line of the traffic log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<Value>,
}

#[derive(Default)]
pub(crate) struct Traffic {
    kept: Vec<Exchange>,
    file: Option<File>,
}

impl Traffic {
    pub fn to_file(path: Option<&Path>) -> std::io::Result<Traffic> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Traffic { kept: Vec::new(), file })
    }

    /// `packed` is the reply as it went out, where that is not the reply itself; the log tells what it says.
    pub fn note(
        &mut self,
        kind: Kind,
        request: &Request,
        reply: &Reply,
        packed: Option<&Reply>,
        at: OffsetDateTime,
    ) {
        let form = if kind == Kind::SignIn { request.form() } else { Vec::new() };
        let is_told = kind == Kind::Graph && reply.status != 0;
        // A log on disk gets everything; what is kept in memory is copied often and leaves out the longest answers.
        let line = match &self.file {
            _ if !is_told => None,
            None if reply.body.len() > LONGEST_KEPT => {
                Some(line(request, &Reply { body: Vec::new(), ..reply.clone() }))
            }
            _ => Some(line(request, reply)),
        };
        if let (Some(file), Some(line)) = (&mut self.file, &line) {
            // A full disk must not stop the rehearsal; the log then ends.
            let _ = file.write_all(format!("{line}\n").as_bytes());
        }
        self.kept.push(Exchange {
            kind,
            method: request.method.clone(),
            url: if kind == Kind::Graph { path_and_query(request) } else { request.path.clone() },
            authorization: request.header("authorization").is_some(),
            grant_type: find(&form, "grant_type").map(str::to_owned),
            client_id: find(&form, "client_id").or(request.asked("client_id")).map(str::to_owned),
            status: reply.status,
            answered: reply.fate == Fate::Whole,
            at,
            bytes_asked: weight_of_request(request),
            bytes_answered: weight_of_reply(packed.unwrap_or(reply)),
            line,
        });
    }

    /// All but the first so many; all where fewer are left since a reset.
    pub fn kept(&self, but: usize) -> Vec<Exchange> {
        self.kept.get(but..).unwrap_or(&self.kept).to_vec()
    }

    pub fn count(&self) -> usize {
        self.kept.len()
    }

    pub fn clear(&mut self) {
        self.kept.clear();
    }
}

fn line(request: &Request, reply: &Reply) -> Value {
    let query: String = request
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect::<Vec<_>>()
        .join("&");
    let url = if query.is_empty() { request.path.clone() } else { format!("{}?{query}", request.path) };
    json!({
        "method": request.method,
        "url": url,
        "request_headers": headers(&request.headers),
        "request_body": struck(as_json(&request.body)),
        "status": reply.status,
        "response_headers": headers(&reply.headers),
        "response_body": struck(reply.body_as_json()),
    })
}

fn encoded(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'$').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}

fn headers(pairs: &[(String, String)]) -> Value {
    let mut all = Map::new();
    for (name, value) in pairs {
        let kept = match name.to_lowercase().as_str() {
            "authorization" => "Bearer <redacted>".to_owned(),
            "cookie" | "set-cookie" | "proxy-authorization" => "<redacted>".to_owned(),
            _ => value.clone(),
        };
        all.insert(name.clone(), Value::String(kept));
    }
    Value::Object(all)
}

/// Strikes every member that can carry a secret, at any depth.
fn struck(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| {
                    let kept =
                        if secret(&name) && !value.is_null() { json!("<redacted>") } else { struck(value) };
                    (name, kept)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(struck).collect()),
        other => other,
    }
}

fn secret(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "secrettext",
        "password",
        "client_secret",
        "client_assertion",
        "access_token",
        "refresh_token",
        "id_token",
        "device_code",
        "authorization",
        "proof",
    ];
    NAMES.contains(&name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_shape_of_the_exchange_and_no_secret_at_any_depth() {
        let request = Request {
            method: "POST".into(),
            path: "/v1.0/$batch".into(),
            query: vec![("$filter".into(), "a eq 'b'".into())],
            headers: vec![("authorization".into(), "Bearer canary-token".into())],
            body: br#"{"requests":[{"headers":{"Authorization":"canary-inner"}}]}"#.to_vec(),
            origin: String::new(),
        };
        let reply = Reply::json(
            200,
            &json!({"responses": [{"body": {"secretText": "canary-secret", "hint": "can"}}]}),
        );
        let line = line(&request, &reply);
        assert!(!line.to_string().contains("canary"), "{line}");
        assert_eq!(line["url"], "/v1.0/$batch?$filter=a%20eq%20%27b%27");
        assert_eq!(line["response_body"]["responses"][0]["body"]["hint"], "can");
        assert_eq!(line["request_headers"]["authorization"], "Bearer <redacted>");
    }
}
