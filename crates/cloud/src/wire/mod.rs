//! The one HTTP client that speaks to Microsoft, and the one place where a token meets a request.
//!
//! No redirects, no cookies, no compression, no retries of its own. A request to any host but the place's two is
//! refused before a connection is made, and a token goes to Graph's origin only.

mod reading;
mod trust;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use url::Url;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::place::{Place, is_loopback, plain, same_origin};

/// The largest answer that is read, in bytes.
pub const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// Why a request brought no answer. Never carries a body or an address with a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The address is not one of the place's hosts; nothing was sent.
    #[error("{host} is not a host of this cloud; nothing was sent")]
    ForeignHost {
        /// The host that was asked for.
        host: String,
    },
    /// No connection came about, so nothing was sent.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// The host.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// The request may have arrived, and no whole answer came back.
    #[error("the answer of {host} was lost: {reason}")]
    AnswerLost {
        /// The host.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// The answer is larger than 8 MiB.
    #[error("the answer of {host} is larger than 8 MiB")]
    TooLarge {
        /// The host.
        host: String,
    },
    /// The certificate file of the cloud file cannot be used.
    #[error("{path}: no certificate in PEM can be read from this file")]
    CertificateFile {
        /// The file.
        path: std::path::PathBuf,
    },
    /// The client could not be built.
    #[error("the HTTP client cannot be made: {reason}")]
    Setup {
        /// What is wrong.
        reason: String,
    },
}

/// A connection to one place. Clones share it.
#[derive(Clone)]
pub struct Wire {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    clock: Arc<dyn Clock>,
    /// By how much the clock of whoever answered last is ahead of ours.
    ahead: Mutex<Option<time::Duration>>,
    outside: reqwest::Client,
    loopback: reqwest::Client,
}

/// One request.
pub(crate) struct Outgoing<'a> {
    pub method: reqwest::Method,
    pub address: Url,
    pub headers: Vec<(String, String)>,
    pub bearer: Option<&'a SecretString>,
    pub body: Option<(&'static str, Zeroizing<Vec<u8>>)>,
}

/// One answer, its body in a buffer that wipes itself.
pub(crate) struct Incoming {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Zeroizing<Vec<u8>>,
}

impl Incoming {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the content type says JSON.
    pub(crate) fn is_json(&self) -> bool {
        let told = self.header("content-type").unwrap_or("").to_ascii_lowercase();
        let kind = told.split(';').next().unwrap_or("").trim();
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("place", &self.shared.place.name).finish_non_exhaustive()
    }
}

impl Wire {
    /// A client for `place`: the system's trust store and the place's own authority, the proxy from the environment.
    /// Loopback hosts are reached directly.
    ///
    /// # Errors
    /// [`WireError::CertificateFile`] or [`WireError::Setup`].
    pub fn new(place: Place, clock: Arc<dyn Clock>) -> Result<Wire, WireError> {
        let authorities = trust::authorities(place.ca_file.as_deref())?;
        let build = |direct: bool, plain_only: bool| {
            let mut builder = reqwest::Client::builder()
                .user_agent(concat!("footbridge/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(place.patience.connect)
                .read_timeout(place.patience.idle)
                .timeout(place.patience.whole)
                .pool_idle_timeout(Duration::from_secs(20))
                .tls_version_min(reqwest::tls::Version::TLS_1_2);
            builder = if plain_only {
                builder.tls_certs_only([])
            } else {
                builder.tls_certs_merge(authorities.iter().cloned())
            };
            if direct {
                builder = builder.no_proxy();
            }
            builder.build().map_err(|error| WireError::Setup { reason: reading::cause(&error) })
        };
        let hosts = [&place.login, &place.graph];
        // A rehearsal without TLS trusts nobody, so it also works where the system has no trust store.
        let loopback = build(true, hosts.iter().all(|host| host.scheme() == "http"))?;
        let inside = hosts.iter().all(|host| is_loopback(host));
        let outside = if inside { loopback.clone() } else { build(false, false)? };
        Ok(Wire { shared: Arc::new(Shared { place, clock, ahead: Mutex::new(None), outside, loopback }) })
    }

    /// The place that this client speaks to.
    pub fn place(&self) -> &Place {
        &self.shared.place
    }

    /// The clock by which this room waits and judges expiry.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.shared.clock.now()
    }

    /// By how much Microsoft's clock is ahead of this one, as the last answer told it (`Date`, RFC 9110 §6.6.1); negative where
    /// it is behind, nothing before the first answer.
    pub fn ahead(&self) -> Option<time::Duration> {
        *self.shared.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one request, once, and reads its answer within the limits.
    pub(crate) async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, WireError> {
        self.permit(&outgoing)?;
        let host = outgoing.address.host_str().unwrap_or("").to_owned();
        let client =
            if is_loopback(&outgoing.address) { &self.shared.loopback } else { &self.shared.outside };
        let mut request =
            client.request(outgoing.method, outgoing.address).header(ACCEPT, "application/json");
        for (name, value) in outgoing.headers {
            let setup = |reason: &str| WireError::Setup { reason: reason.to_owned() };
            let name = HeaderName::try_from(name).map_err(|_| setup("a header's name is not one"))?;
            if name == AUTHORIZATION {
                return Err(setup("a caller may not set the authorization header"));
            }
            request = request.header(
                name,
                HeaderValue::try_from(value).map_err(|_| setup("a header's value is not one"))?,
            );
        }
        if let Some(token) = outgoing.bearer {
            request = request.header(AUTHORIZATION, bearer(token)?);
        }
        if let Some((kind, body)) = outgoing.body {
            request = request.header(CONTENT_TYPE, kind).body(body.to_vec());
        }
        let response = request.send().await.map_err(|error| reading::failure(&host, &error))?;
        let incoming = reading::read(&host, response).await?;
        if let Some(theirs) = incoming.header("date").and_then(reading::date) {
            *self.shared.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(theirs - self.now());
        }
        Ok(incoming)
    }

    fn permit(&self, outgoing: &Outgoing<'_>) -> Result<(), WireError> {
        let place = &self.shared.place;
        let to_graph = same_origin(&outgoing.address, &place.graph);
        let to_login = same_origin(&outgoing.address, &place.login) && outgoing.bearer.is_none();
        if plain(&outgoing.address) && (to_graph || to_login) {
            return Ok(());
        }
        Err(WireError::ForeignHost { host: outgoing.address.host_str().unwrap_or("").to_owned() })
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, WireError> {
    let text = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| WireError::Setup { reason: "the token is not fit for a header".to_owned() })?;
    value.set_sensitive(true);
    Ok(value)
}
