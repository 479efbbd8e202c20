//! The doors: TCP, TLS, HTTP/1.1 and HTTP/2, turned into [`Request`] and back from [`Reply`].
//!
//! Nothing is decided here but sizes and what a broken connection looks like.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::exchange::{Fate, Reply, Request};

/// The largest body that is read.
const LARGEST: usize = 8 * 1024 * 1024;

/// Answers requests.
pub(crate) trait Answers: Send + Sync + 'static {
    fn answer(&self, request: Request) -> impl Future<Output = Reply> + Send;
}

/// Serves until `ended` changes.
pub(crate) async fn serve<A: Answers>(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    fallback_origin: String,
    answers: Arc<A>,
    mut ended: watch::Receiver<bool>,
) {
    let acceptor = tls.map(TlsAcceptor::from);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ended.changed() => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely; give the others time to finish.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (acceptor, answers, ended) = (acceptor.clone(), answers.clone(), ended.clone());
        let origin = fallback_origin.clone();
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            connection(stream, acceptor, origin, answers, ended).await;
        });
    }
}

async fn connection<A: Answers>(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    origin: String,
    answers: Arc<A>,
    mut ended: watch::Receiver<bool>,
) {
    let resetting = Arc::new(Resetting::of(&stream));
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let (answers, origin, resetting) = (answers.clone(), origin.clone(), resetting.clone());
        async move { one(request, &origin, answers.as_ref(), &resetting).await }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().half_close(true);
    let serving = async {
        match acceptor {
            Some(acceptor) => {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            }
            None => {
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            }
        }
    };
    tokio::select! {
        () = serving => {}
        _ = ended.changed() => {}
    }
}

/// A second handle on a connection, so that its close can be turned into a reset.
struct Resetting(Option<TcpStream>);

impl Resetting {
    #[cfg(unix)]
    fn of(stream: &TcpStream) -> Self {
        use std::os::fd::AsFd as _;
        let twin = stream.as_fd().try_clone_to_owned().ok().map(std::net::TcpStream::from);
        Self(twin.and_then(|twin| TcpStream::from_std(twin).ok()))
    }

    #[cfg(not(unix))]
    fn of(_: &TcpStream) -> Self {
        Self(None)
    }

    fn arm(&self) {
        if let Some(twin) = &self.0 {
            // Where it cannot be set, the connection breaks without a reset.
            let _ = twin.set_zero_linger();
        }
    }
}

/// The connection is to break; hyper closes it on an error of the service.
#[derive(Debug, thiserror::Error)]
#[error("the connection is broken on purpose")]
struct Broken;

async fn one<A: Answers>(
    request: hyper::Request<Incoming>,
    fallback_origin: &str,
    answers: &A,
    resetting: &Resetting,
) -> Result<hyper::Response<Outgoing>, Broken> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST).collect().await else {
        let reply = Reply::json(
            413,
            &serde_json::json!({"error": {"code": "RequestEntityTooLarge", "message": "The request is too large."}}),
        );
        return outgoing(reply);
    };
    let host = parts
        .uri
        .authority()
        .map(ToString::to_string)
        .or_else(|| parts.headers.get("host").and_then(|value| value.to_str().ok()).map(str::to_owned));
    let query = parts.uri.query().unwrap_or_default();
    let request = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect(),
        body: body.to_bytes().to_vec(),
        origin: origin(fallback_origin, host.as_deref()),
    };
    let reply = answers.answer(request).await;
    if reply.fate == Fate::Reset {
        resetting.arm();
    }
    outgoing(reply)
}

/// The origin that the client used, if it is one of ours; else the announced one.
fn origin(fallback: &str, host: Option<&str>) -> String {
    let scheme = fallback.split("://").next().unwrap_or("http");
    let Some(host) = host.map(str::to_lowercase) else { return fallback.to_owned() };
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    if name == "127.0.0.1" || crate::certificates::HOSTS.contains(&name) {
        format!("{scheme}://{host}")
    } else {
        fallback.to_owned()
    }
}

fn outgoing(reply: Reply) -> Result<hyper::Response<Outgoing>, Broken> {
    let (cut, between) = match reply.fate {
        Fate::Dropped | Fate::Reset | Fate::Hung => return Err(Broken),
        Fate::CutAfter(bytes) => (Some(bytes.min(reply.body.len())), None),
        Fate::Trickled(milliseconds) => (None, Some(Duration::from_millis(milliseconds))),
        Fate::Whole => (None, None),
    };
    let mut response = hyper::Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let whole = reply.body.len() as u64;
    let sent = match cut {
        Some(bytes) => Bytes::copy_from_slice(&reply.body[..bytes]),
        None => Bytes::from(reply.body),
    };
    let body = Outgoing { left: Some(sent), whole, cut: cut.is_some(), between, pause: None };
    response.body(body).map_err(|_| Broken)
}

/// A body that can break off before its announced end.
struct Outgoing {
    left: Option<Bytes>,
    whole: u64,
    cut: bool,
    /// The pause before each single byte, where the answer trickles.
    between: Option<Duration>,
    pause: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(between) = self.between
            && self.left.as_ref().is_some_and(|bytes| !bytes.is_empty())
        {
            let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(between)));
            if pause.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.pause = None;
            let byte = self.left.as_mut().map(|left| left.split_to(1)).unwrap_or_default();
            return Poll::Ready(Some(Ok(Frame::data(byte))));
        }
        if let Some(bytes) = self.left.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if !self.cut {
            return Poll::Ready(None);
        }
        // What was sent so far must have left before the connection breaks.
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_millis(50))));
        match pause.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(Broken))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && self.left.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.left.as_ref().map_or(0, |bytes| bytes.len() as u64);
        if left == 0 && !self.cut { SizeHint::with_exact(0) } else { SizeHint::with_exact(self.whole) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_become_the_origin() {
        let announced = "https://localhost:77";
        assert_eq!(origin(announced, Some("127.0.0.1:77")), "https://127.0.0.1:77");
        assert_eq!(origin(announced, Some("Login.MicrosoftOnline.com")), "https://login.microsoftonline.com");
        assert_eq!(origin(announced, Some("evil.example")), announced);
        assert_eq!(origin(announced, None), announced);
    }
}
