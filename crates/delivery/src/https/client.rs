//! One HTTP client for one delivery: it reaches the judged addresses and nothing else, and sends each request once, on
//! a connection of its own.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response};
use url::Url;

use super::answer::Answer;
use super::destination::Destination;
use super::error::HttpsError;
use super::means::{Clock, within};
use super::preview::Place;
use super::shown::shown;
use super::trust::{Guard, configuration};

const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30);
/// More than any product sends, and few enough for a bomb of headers to end soon.
const MOST_HEADERS: usize = 64;

/// Why a request brought no answer.
#[derive(Debug)]
pub(super) enum Broken {
    /// Trying again changes nothing.
    Final(HttpsError),
    /// No connection, so nothing was sent.
    Unreachable(String),
    /// The request may have arrived.
    Lost(String),
}

/// One request.
pub(super) struct Outgoing {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(HeaderName, String)>,
    pub body: Option<Vec<u8>>,
    /// How many bytes of an answer are read.
    pub limit: usize,
}

pub(super) struct Client {
    http: reqwest::Client,
    guard: Arc<Guard>,
    host: String,
}

/// Nothing is resolved behind the back of what was judged.
struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err(io::Error::other("only judged addresses are connected to").into()) })
    }
}

impl Client {
    pub(super) fn new(destination: &Destination, places: &[Place]) -> Result<Client, HttpsError> {
        let (tls, guard) = configuration(&destination.trust)?;
        let host = destination.address.host();
        let port = destination.address.port();
        let judged: Vec<SocketAddr> =
            places.iter().map(|place| SocketAddr::from((place.address, port))).collect();
        let http = reqwest::Client::builder()
            .user_agent(concat!("footbridge/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .http1_only()
            .http1_max_headers(MOST_HEADERS)
            .dns_resolver(Arc::new(NoNames))
            .resolve_to_addrs(&host, &judged)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT)
            .build()
            .map_err(|error| HttpsError::Setup { reason: cause(&error) })?;
        Ok(Client { http, guard, host })
    }

    /// The key that the server showed, base64url of its SHA-256.
    pub(super) fn key(&self) -> Option<String> {
        self.guard.seen().map(|pin| pin.to_string())
    }

    pub(super) fn host(&self) -> String {
        self.host.clone()
    }

    /// Sends one request, once, and reads its answer within the limits of size and time.
    pub(super) async fn send(&self, clock: &dyn Clock, outgoing: Outgoing) -> Result<Answer, Broken> {
        let slow = || Broken::Lost(format!("no whole answer within {} seconds", WHOLE.as_secs()));
        within(clock, WHOLE, self.exchange(outgoing)).await.ok_or_else(slow)?
    }

    async fn exchange(&self, outgoing: Outgoing) -> Result<Answer, Broken> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        for (name, value) in outgoing.headers {
            let value = HeaderValue::try_from(value).map_err(|_| {
                Broken::Final(HttpsError::Setup { reason: "a header's value is not one".to_owned() })
            })?;
            headers.insert(name, value);
        }
        let mut request = self.http.request(outgoing.method, outgoing.url).headers(headers);
        if let Some(body) = outgoing.body {
            request = request.body(body);
        }
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        self.read(response, outgoing.limit).await
    }

    async fn read(&self, mut response: Response, limit: usize) -> Result<Answer, Broken> {
        let host = || self.host.clone();
        let mut answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            from: response.remote_addr(),
            body: Vec::new(),
        };
        if (300..400).contains(&answer.status) {
            let location = shown(answer.header("location").unwrap_or("").as_bytes(), 200);
            return Err(Broken::Final(HttpsError::Redirected {
                host: host(),
                status: answer.status,
                location,
            }));
        }
        if answer.header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
            return Err(Broken::Final(HttpsError::Compressed { host: host() }));
        }
        let too_large = || Broken::Final(HttpsError::AnswerTooLarge { host: host(), limit });
        while let Some(piece) = response.chunk().await.map_err(|error| Broken::Lost(cause(&error)))? {
            if answer.body.len() + piece.len() > limit {
                return Err(too_large());
            }
            answer.body.extend_from_slice(&piece);
        }
        Ok(answer)
    }

    /// Sorts what went wrong: what TLS refused is final, what never connected was not sent, the rest may have arrived.
    fn failure(&self, error: &reqwest::Error) -> Broken {
        let host = self.host.clone();
        if let Some(fault) = self.guard.refusal() {
            return Broken::Final(HttpsError::Certificate { host, fault });
        }
        let spoken = within_error::<hyper::Error>(error);
        if spoken.is_some_and(hyper::Error::is_parse_too_large) {
            return Broken::Final(HttpsError::AnswerTooLarge { host, limit: super::LARGEST_ANSWER });
        }
        if spoken.is_some_and(hyper::Error::is_parse) {
            return Broken::Final(HttpsError::NotHttp { host });
        }
        match within_error::<rustls::Error>(error) {
            Some(rustls::Error::PeerIncompatible(
                rustls::PeerIncompatible::ServerDoesNotSupportTls12Or13
                | rustls::PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ))
            | Some(rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)) => {
                Broken::Final(HttpsError::TlsTooOld { host })
            }
            Some(fault @ rustls::Error::InvalidCertificate(_)) => {
                Broken::Final(HttpsError::Certificate { host, fault: super::trust::told(fault) })
            }
            Some(other) if error.is_connect() => {
                let reason = shown(other.to_string().as_bytes(), 200);
                Broken::Final(HttpsError::Tls { host, reason })
            }
            _ if error.is_connect() || error.is_builder() => Broken::Unreachable(cause(error)),
            _ => Broken::Lost(cause(error)),
        }
    }
}

/// A library's own error inside an HTTP error. An error of the system hides what it carries from `source`.
fn within_error<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut inner: Option<&(dyn Error + 'static)> = error.source();
    while let Some(cause) = inner {
        if let Some(found) = cause.downcast_ref::<E>() {
            return Some(found);
        }
        let carried = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner = match carried {
            Some(carried) => Some(carried),
            None => cause.source(),
        };
    }
    None
}

/// The innermost cause, which names no address.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut inner: Option<&(dyn Error + 'static)> = error.source();
    let mut told = "the connection broke".to_owned();
    while let Some(cause) = inner {
        told = cause.to_string();
        inner = cause.source();
    }
    shown(told.as_bytes(), 200)
}
