//! What is answered to a question, by mode.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Bytes, Frame};
use hyper::{Method, Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::mode::{Echo, Mode};
use super::running::Shared;

/// A question that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The host that the client greeted with, in TLS.
    pub greeted: Option<String>,
    /// Its method.
    pub method: String,
    /// Path and query as they stood.
    pub target: String,
    /// The headers' names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// How many bytes came with it.
    pub body: usize,
}

/// The connection is to break; hyper closes it on an error.
#[derive(Debug, thiserror::Error)]
#[error("the connection is broken on purpose")]
pub(super) struct Broken;

pub(super) type Outgoing = Response<UnsyncBoxBody<Bytes, Broken>>;

pub(super) async fn answer(
    request: Request<hyper::body::Incoming>,
    greeted: Option<String>,
    shared: &Shared,
) -> Result<Outgoing, Broken> {
    let (parts, body) = request.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let seen = Seen {
        greeted,
        method: parts.method.as_str().to_owned(),
        target: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: headers.collect(),
        body: body.collect().await.map_err(|_| Broken)?.to_bytes().len(),
    };
    shared.see(seen);
    let raw = parts
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .find_map(|pair| pair.strip_prefix("validationToken="));
    let raw = raw.filter(|_| parts.method == Method::POST);
    match shared.mode() {
        Mode::Dropped => Err(Broken),
        Mode::Slow => {
            shared.hold().await;
            right(raw, &parts.method)
        }
        Mode::SlowBody => slow_body(raw, shared),
        Mode::Redirect(target) => {
            let response = Response::builder().status(302).header("location", target);
            response.body(whole(String::new())).map_err(|_| Broken)
        }
        Mode::Status(status) => reply(status, Some("text/html"), "<h1>A small page</h1>".into()),
        Mode::Huge => reply(200, Some("text/plain"), "x".repeat(8 * 1024 * 1024)),
        Mode::HugeHead => {
            let response = Response::builder().header("x-long", "x".repeat(1024 * 1024));
            response.body(whole(String::new())).map_err(|_| Broken)
        }
        Mode::WrongEcho(echo) => raw.map_or_else(|| right(raw, &parts.method), |raw| wrong(raw, echo)),
        _ => right(raw, &parts.method),
    }
}

/// The decoded token where one came; 202 to a notification, 200 to anything else.
fn right(raw: Option<&str>, method: &Method) -> Result<Outgoing, Broken> {
    match raw {
        Some(raw) => reply(200, Some("text/plain; charset=utf-8"), decoded(raw)),
        None if *method == Method::POST => reply(202, None, String::new()),
        None => reply(200, Some("text/html"), "<h1>A pretend product</h1>".into()),
    }
}

fn decoded(raw: &str) -> String {
    percent_decode_str(&raw.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn wrong(raw: &str, echo: Echo) -> Result<Outgoing, Broken> {
    let plain = Some("text/plain");
    let token = decoded(raw);
    match echo {
        Echo::Empty => reply(200, plain, String::new()),
        Echo::Encoded => reply(200, plain, raw.to_owned()),
        Echo::EncodedTwice => reply(200, plain, utf8_percent_encode(raw, NON_ALPHANUMERIC).to_string()),
        Echo::PlusesKept => reply(200, plain, percent_decode_str(raw).decode_utf8_lossy().into_owned()),
        Echo::HtmlEscaped => reply(200, plain, token.replace(':', "&#58;")),
        Echo::ScriptEscaped => reply(200, plain, token.replace(':', "\\u003a")),
        Echo::JsonQuoted => {
            reply(200, Some("application/json"), serde_json::Value::String(token).to_string())
        }
        Echo::LineEnd => reply(200, plain, format!("{token}\r\n")),
        Echo::Page => {
            reply(200, Some("text/html"), format!("<!doctype html><html><body>{token}</body></html>"))
        }
        Echo::Other => reply(200, plain, "OK".into()),
        Echo::AsHtml => reply(200, Some("text/html; charset=utf-8"), token),
        Echo::WithoutType => reply(200, None, token),
    }
}

/// Half of the token at once, and the rest once it is released.
fn slow_body(raw: Option<&str>, shared: &Shared) -> Result<Outgoing, Broken> {
    let text = raw.map(decoded).unwrap_or_default();
    let (first, second) = text.split_at(text.len() / 2);
    let shared = shared.clone();
    let body = Halves {
        parts: vec![Bytes::from(second.to_owned()), Bytes::from(first.to_owned())],
        held: Box::pin(async move { shared.hold().await }),
    };
    let response = Response::builder().header("content-type", "text/plain");
    response.header("content-length", text.len()).body(body.boxed_unsync()).map_err(|_| Broken)
}

/// A body whose last part waits.
struct Halves {
    /// The last one first.
    parts: Vec<Bytes>,
    held: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Body for Halves {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if self.parts.len() == 1 && self.held.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(self.parts.pop().map(|part| Ok(Frame::data(part))))
    }
}

fn whole(text: String) -> UnsyncBoxBody<Bytes, Broken> {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed_unsync()
}

fn reply(status: u16, content_type: Option<&str>, text: String) -> Result<Outgoing, Broken> {
    let mut response = Response::builder().status(status);
    if let Some(content_type) = content_type {
        response = response.header("content-type", content_type);
    }
    response.body(whole(text)).map_err(|_| Broken)
}
