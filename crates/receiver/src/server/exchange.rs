//! One request and its answer, by the contract of docs/receiver-api.md. A refusal says nothing of its reason, every answer is
//! small JSON, and bytes are kept as they arrive.

use std::io;
use std::sync::{Arc, PoisonError};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use hyper::{Request, Response, StatusCode};
use tokio::time::timeout;

use super::Room;
use super::asked::Asked;
use super::uploads::{Hindered, Uploads};
use crate::intake::{Intake, Notice, Outcome};

type Answer = Response<Full<Bytes>>;

const REFUSED: &str = r#"{"error":"refused"}"#;
const CONFLICT: &str = r#"{"error":"conflict"}"#;
const WAITING: &str = r#"{"state":"waiting"}"#;
const UNKNOWN: &str = r#"{"error":"unknown"}"#;
const LATER: &str = r#"{"error":"later"}"#;

/// Seconds until a waiting sender asks again.
const ASK_AGAIN: u32 = 5;
/// Seconds until a sender tries again where too many others are at it.
const TRY_AGAIN: u32 = 60;

/// Answers a request. An error ends the connection without an answer.
pub(super) async fn answer(room: Arc<Room>, request: Request<Incoming>) -> io::Result<Answer> {
    let asked = Asked::read(request.method(), request.uri(), request.headers());
    let mut body = request.into_body();
    let asked = match asked {
        Ok(asked) => asked,
        Err(status) => {
            drain(&room, &mut body).await;
            return plain(status, if status == StatusCode::NOT_FOUND { UNKNOWN } else { REFUSED });
        }
    };
    let path = asked.path().to_owned();
    if !at_desk(&room, move |desk| desk.serves(&path)).await? {
        drain(&room, &mut body).await;
        return plain(StatusCode::NOT_FOUND, UNKNOWN);
    }
    match asked {
        Asked::Head { jti, .. } => head(&room, jti).await,
        Asked::Get { jti, .. } => get(&room, jti).await,
        Asked::Post { jti, length, .. } => post(&room, jti, length, &mut body).await,
        Asked::Put { jti, first, total, .. } => put(&room, jti, first, total, &mut body).await,
    }
}

async fn head(room: &Arc<Room>, jti: String) -> io::Result<Answer> {
    let partly = uploads(room, |uploads| uploads.length(&jti, room.intake.now()));
    let whole = at_desk(room, move |desk| desk.length(&jti)).await?;
    match whole.or(partly) {
        Some(length) => with_offset(StatusCode::OK, "", length),
        None => plain(StatusCode::NOT_FOUND, ""),
    }
}

async fn get(room: &Arc<Room>, jti: String) -> io::Result<Answer> {
    let number = jti.clone();
    match at_desk(room, move |desk| desk.look(&number)).await? {
        Outcome::Refused => plain(StatusCode::FORBIDDEN, REFUSED),
        other => told(room, &jti, other),
    }
}

async fn post(room: &Arc<Room>, jti: String, length: usize, body: &mut Incoming) -> io::Result<Answer> {
    let mut bytes = Vec::with_capacity(length);
    while let Some(piece) = next(room, body).await? {
        bytes.extend_from_slice(&piece);
    }
    arrived(room, jti, bytes).await
}

async fn put(
    room: &Arc<Room>,
    jti: String,
    first: usize,
    total: usize,
    body: &mut Incoming,
) -> io::Result<Answer> {
    let number = jti.clone();
    let whole = at_desk(room, move |desk| desk.length(&number)).await?;
    let begun = match whole {
        // The same bytes again are answered as the first time; the rest of something whole cannot be.
        Some(length) if first > 0 => Err(Hindered::Elsewhere(length)),
        _ => uploads(room, |uploads| uploads.begin(&jti, first, total, room.intake.now())),
    };
    if let Err(hindered) = begun {
        drain(room, body).await;
        return hinder(hindered);
    }
    let mut at = first;
    loop {
        match next(room, body).await {
            Ok(Some(piece)) => {
                let now = room.intake.now();
                if let Err(hindered) = uploads(room, |uploads| uploads.add(&jti, at, &piece, now)) {
                    drain(room, body).await;
                    return hinder(hindered);
                }
                at += piece.len();
            }
            Ok(None) => break,
            Err(cut) => {
                uploads(room, |uploads| uploads.drop_empty(&jti));
                return Err(cut);
            }
        }
    }
    match uploads(room, |uploads| uploads.complete(&jti)) {
        Some(bytes) => arrived(room, jti, bytes).await,
        None => hinder(Hindered::Elsewhere(at)),
    }
}

async fn arrived(room: &Arc<Room>, jti: String, bytes: Vec<u8>) -> io::Result<Answer> {
    // What is no text is refused at step 1, as is a text that is not ASCII.
    let text = String::from_utf8(bytes).unwrap_or_else(|_| "\u{fffd}".to_owned());
    let number = jti.clone();
    let outcome = at_desk(room, move |desk| desk.arrived(&number, text)).await?;
    told(room, &jti, outcome)
}

fn told(room: &Room, jti: &str, outcome: Outcome) -> io::Result<Answer> {
    match outcome {
        Outcome::Taken(receipt) => {
            let answer = made(Response::builder().status(StatusCode::OK), receipt);
            room.intake.tell(Notice::Receipt { jti: jti.to_owned() });
            answer
        }
        Outcome::Waiting => later(StatusCode::ACCEPTED, WAITING, ASK_AGAIN),
        Outcome::Refused => plain(StatusCode::BAD_REQUEST, REFUSED),
        Outcome::Conflict(length) => with_offset(StatusCode::CONFLICT, CONFLICT, length),
        Outcome::Unknown => plain(StatusCode::NOT_FOUND, UNKNOWN),
        Outcome::Full => later(StatusCode::TOO_MANY_REQUESTS, LATER, TRY_AGAIN),
        Outcome::Failed => later(StatusCode::SERVICE_UNAVAILABLE, LATER, ASK_AGAIN),
    }
}

fn hinder(hindered: Hindered) -> io::Result<Answer> {
    match hindered {
        Hindered::Elsewhere(length) => with_offset(StatusCode::CONFLICT, CONFLICT, length),
        Hindered::Full => later(StatusCode::TOO_MANY_REQUESTS, LATER, TRY_AGAIN),
    }
}

fn plain(status: StatusCode, body: &'static str) -> io::Result<Answer> {
    made(Response::builder().status(status), body)
}

fn with_offset(status: StatusCode, body: &'static str, length: usize) -> io::Result<Answer> {
    made(Response::builder().status(status).header("upload-offset", length), body)
}

fn later(status: StatusCode, body: &'static str, seconds: u32) -> io::Result<Answer> {
    made(Response::builder().status(status).header(RETRY_AFTER, seconds), body)
}

fn made(builder: hyper::http::response::Builder, body: impl Into<Bytes>) -> io::Result<Answer> {
    let builder = builder.header(CONTENT_TYPE, "application/json").header(CACHE_CONTROL, "no-store");
    builder.body(Full::new(body.into())).map_err(io::Error::other)
}

/// The next bytes of a body, or an error where they do not come in time.
async fn next(room: &Room, body: &mut Incoming) -> io::Result<Option<Bytes>> {
    let slow = |_| io::Error::from(io::ErrorKind::TimedOut);
    loop {
        match timeout(room.limits.idle, body.frame()).await.map_err(slow)? {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
            Some(Err(broken)) => return Err(io::Error::other(broken)),
        }
    }
}

/// Reads what a refused request still sends, up to the size of a bundle, so that its sender gets to read the answer.
async fn drain(room: &Room, body: &mut Incoming) {
    let mut read = 0;
    while let Ok(Some(piece)) = next(room, body).await {
        read += piece.len();
        if read > bundle::LARGEST_BUNDLE {
            return;
        }
    }
}

fn uploads<T>(room: &Room, work: impl FnOnce(&mut Uploads) -> T) -> T {
    work(&mut room.uploads.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Work over the memory, which waits for the disk, off the threads that wait for the network.
async fn at_desk<T: Send + 'static>(
    room: &Arc<Room>,
    work: impl FnOnce(&Intake) -> T + Send + 'static,
) -> io::Result<T> {
    let intake = Arc::clone(&room.intake);
    tokio::task::spawn_blocking(move || work(&intake)).await.map_err(io::Error::other)
}
