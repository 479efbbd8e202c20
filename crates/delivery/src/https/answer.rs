//! One answer of a product, within the limits, and the little of it that is understood.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::HeaderMap;
use time::OffsetDateTime;

use super::error::HttpsError;
use super::patience;
use super::shown::{LONGEST_SHOWN, shown};

/// What came back.
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub from: Option<SocketAddr>,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the content type says JSON.
    pub(super) fn is_json(&self) -> bool {
        let told = self.header("content-type").unwrap_or("");
        told.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json")
    }

    /// How many bytes the product says that it has.
    pub(super) fn offset(&self) -> Option<usize> {
        let told = self.header("upload-offset")?;
        let digits = !told.is_empty() && told.bytes().all(|byte| byte.is_ascii_digit());
        told.parse().ok().filter(|_| digits)
    }

    /// Whether a member of the JSON body holds this word.
    pub(super) fn says(&self, member: &str, word: &str) -> bool {
        let body: Option<serde_json::Value> =
            self.is_json().then(|| serde_json::from_slice(&self.body).ok()).flatten();
        body.is_some_and(|body| body.get(member).and_then(serde_json::Value::as_str) == Some(word))
    }

    pub(super) fn retry_after(&self, now: OffsetDateTime) -> Option<Duration> {
        patience::retry_after(self.header("retry-after")?, now)
    }

    /// The error for an answer that is none of the contract's.
    pub(super) fn strange(&self, host: String) -> HttpsError {
        HttpsError::NotAReceiver { host, status: self.status, shown: shown(&self.body, LONGEST_SHOWN) }
    }
}
