//! One request as it came in and one reply as it will go out, free of any HTTP library.
//!
//! Bodies are kept as bytes; who needs JSON or a form reads it here. Nothing in this file decides anything.

use serde_json::Value;
use url::form_urlencoded;

/// A request with its body read.
#[derive(Clone)]
pub(crate) struct Request {
    pub method: String,
    /// As sent, still percent-encoded, without the query.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Scheme, host and port that the client used, as `https://localhost:1234`.
    pub origin: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub fn asked(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The body as a form, whatever its content type says: clients differ.
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// Path segments in lower case, decoded, empty ones left out.
    pub fn segments(&self) -> Vec<String> {
        let decoded = percent_encoding::percent_decode_str(&self.path).decode_utf8_lossy().to_lowercase();
        decoded.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
    }
}

/// The first value under a name.
pub(crate) fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// What becomes of a reply on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Whole,
    /// Announce the whole length, send this many bytes, break the connection.
    CutAfter(usize),
    /// One byte at a time, with so many milliseconds before each.
    Trickled(u64),
    /// Break the connection without a byte.
    Dropped,
    /// The same by a reset.
    Reset,
    /// Nothing at all until the client goes away.
    Hung,
}

/// An answer.
#[derive(Clone)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub fate: Fate,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Reply {
        Reply::bytes(status, "application/json; charset=utf-8", body.to_string().into_bytes())
    }

    pub fn html(status: u16, page: String) -> Reply {
        Reply::bytes(status, "text/html; charset=utf-8", page.into_bytes())
            .with("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
            .with("x-frame-options", "DENY")
    }

    pub fn redirect(to: &str) -> Reply {
        Reply { status: 302, headers: Vec::new(), body: Vec::new(), fate: Fate::Whole }.with("location", to)
    }

    pub fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> Reply {
        Reply { status, headers: Vec::new(), body, fate: Fate::Whole }
            .with("content-type", content_type)
            .with("cache-control", "no-store")
    }

    pub fn dropped() -> Reply {
        Reply { status: 0, headers: Vec::new(), body: Vec::new(), fate: Fate::Dropped }
    }

    pub fn with(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body as JSON, for the log; text stays text, nothing stays null.
    pub fn body_as_json(&self) -> Value {
        as_json(&self.body)
    }
}

/// Bytes as a JSON value; what is not JSON becomes a string.
pub(crate) fn as_json(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}
