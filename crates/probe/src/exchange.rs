//! The one question over HTTP/1.1, and the judgement of its answer.

use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION};
use hyper::rt::{Read, Write};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use url::{Position, Url};

use crate::echo;
use crate::fault::{Fault, told};
use crate::handshake::{Secured, rustls_cause};
use crate::means::{Means, within};
use crate::question::{Expects, Question};
use crate::report::{Report, Step};
use crate::token;

/// How much of an answer is read. A right one is as long as the token.
const MOST_BODY: usize = 4 * 1024;
/// How long the head of an answer may be.
const MOST_HEAD: usize = 64 * 1024;

/// As much of an answer as counts.
pub(crate) struct Answer {
    pub status: u16,
    content_type: String,
    location: String,
    body: Vec<u8>,
    cut: bool,
}

pub(crate) async fn ask(
    question: &Question,
    secured: Secured,
    means: &Means,
    report: &mut Report,
) -> Option<()> {
    let token = token::token(means.random);
    let (request, most) = match question.expects {
        Expects::Answer => (get(&question.address), 0),
        Expects::ValidationToken => (post(&token::asked(&question.address, &token)), MOST_BODY),
    };
    let patience = means.patience.answer;
    let outcome = match request {
        Ok(request) => {
            within(&means.sleep, patience, over(TokioIo::new(secured.stream), request, most)).await
        }
        Err(fault) => Some(Err(fault)),
    };
    let answer = match outcome {
        Some(Ok(answer)) => answer,
        Some(Err(fault)) => return report.note(Step::Answer, Some(fault), Vec::new()),
        None => return report.note(Step::Answer, Some(too_slow(patience)), Vec::new()),
    };
    let seen = vec![("status", answer.status.to_string())];
    match question.expects {
        Expects::Answer => judge_any(&answer, &question.address, seen, report),
        Expects::ValidationToken => {
            report.note(Step::Answer, status_fault(&answer, &question.address), seen)?;
            report.note(Step::Echo, echo_fault(&answer, &token), Vec::new())
        }
    }
}

fn too_slow(patience: Duration) -> Fault {
    Fault::AnswerTimedOut { seconds: patience.as_secs() }
}

/// Any answer will do, but a proxy's word that nothing is behind it; what may be a mistake is a warning.
fn judge_any(
    answer: &Answer,
    address: &Url,
    seen: Vec<crate::fault::Value>,
    report: &mut Report,
) -> Option<()> {
    match status_fault(answer, address) {
        Some(fault @ Fault::BehindSilent { .. }) => report.note(Step::Answer, Some(fault), seen),
        Some(fault @ (Fault::Redirect { .. } | Fault::PathUnknown { .. })) => {
            report.warn(Step::Answer, fault, seen);
            Some(())
        }
        _ => report.note(Step::Answer, None, seen),
    }
}

/// What the status says, other than 200.
fn status_fault(answer: &Answer, address: &Url) -> Option<Fault> {
    let status = answer.status;
    match status {
        200 => None,
        300..=399 => {
            // The whole address is what a person can act on, so a relative one is completed.
            let target =
                address.join(&answer.location).map_or_else(|_| answer.location.clone(), String::from);
            Some(Fault::Redirect { status, target: told(&target, 300) })
        }
        404 | 410 => Some(Fault::PathUnknown { status }),
        401 | 403 | 407 => Some(Fault::SignInAsked { status }),
        502..=504 => Some(Fault::BehindSilent { status }),
        _ => Some(Fault::OtherStatus { status }),
    }
}

fn echo_fault(answer: &Answer, token: &str) -> Option<Fault> {
    if answer.cut {
        return Some(Fault::AnswerTooLong { most: MOST_BODY });
    }
    let content_type = told(&answer.content_type, 100);
    if let Some(echo) = echo::wrong(&answer.body, token) {
        let begins = told(&String::from_utf8_lossy(&answer.body), 300);
        return Some(Fault::WrongEcho { echo, content_type, begins });
    }
    let essence = answer.content_type.split(';').next().unwrap_or_default().trim();
    (!essence.eq_ignore_ascii_case("text/plain")).then_some(Fault::WrongContentType { content_type })
}

/// A GET without a body, as a browser that is sent to the address asks.
pub(crate) fn get(address: &Url) -> Result<Request<Empty<Bytes>>, Fault> {
    request(Method::GET, address, None)
}

/// A POST as Microsoft Graph sends it to validate a notification URL: plain text, and no text.
fn post(address: &Url) -> Result<Request<Empty<Bytes>>, Fault> {
    request(Method::POST, address, Some("text/plain; charset=utf-8"))
}

fn request(
    method: Method,
    address: &Url,
    content_type: Option<&str>,
) -> Result<Request<Empty<Bytes>>, Fault> {
    let host = &address[Position::BeforeHost..Position::AfterPort];
    let target = &address[Position::BeforePath..Position::AfterQuery];
    let mut request = Request::builder().method(method).uri(target).header(HOST, host);
    if let Some(content_type) = content_type {
        // Without a length some servers refuse a POST (411), and Microsoft sends one.
        request = request.header(CONTENT_TYPE, content_type).header(CONTENT_LENGTH, 0);
    }
    request.body(Empty::new()).map_err(|error| Fault::AnswerBroken { reason: told(&error.to_string(), 200) })
}

/// Asks over an open connection and reads at most so much of the answer.
pub(crate) async fn over<T: Read + Write + Unpin>(
    stream: T,
    request: Request<Empty<Bytes>>,
    most: usize,
) -> Result<Answer, Fault> {
    let mut client = hyper::client::conn::http1::Builder::new();
    client.max_buf_size(MOST_HEAD);
    let (mut sender, connection) = client.handshake(stream).await.map_err(|error| broken(&error))?;
    let asking = async {
        let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
        read(response, most).await
    };
    // The server may end the connection before its answer was taken from it; the answer counts.
    let driving = async {
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        answer = asking => answer,
        () = driving => Err(Fault::AnswerBroken { reason: String::new() }),
    }
}

async fn read(response: Response<hyper::body::Incoming>, most: usize) -> Result<Answer, Fault> {
    let header = |name| {
        let value = response.headers().get(name);
        value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
    };
    let (content_type, location) = (header(CONTENT_TYPE), header(LOCATION));
    let status = response.status().as_u16();
    let (mut body, mut kept, mut cut) = (response.into_body(), Vec::new(), false);
    while most > 0 && !cut {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|error| broken(&error))?;
        let bytes = frame.data_ref().map(AsRef::as_ref).unwrap_or_default();
        cut = kept.len() + bytes.len() > most;
        kept.extend(bytes.iter().take(most - kept.len()));
    }
    Ok(Answer { status, content_type, location, body: kept, cut })
}

/// A client certificate that the server asks for is only refused once something is asked, in TLS 1.3.
fn broken(error: &hyper::Error) -> Fault {
    let source = std::error::Error::source(error);
    let alert = source.and_then(|source| source.downcast_ref::<std::io::Error>()).and_then(rustls_cause);
    match alert {
        Some(rustls::Error::AlertReceived(alert)) => Fault::TlsRefused { alert: format!("{alert:?}") },
        _ => {
            let reason = source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
            Fault::AnswerBroken { reason: told(&reason, 200) }
        }
    }
}
