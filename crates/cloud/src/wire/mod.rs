//! The one HTTP client that speaks to Microsoft, and the one place where a token meets a request.
//!
//! No redirects, no cookies, no retries of its own. A request to any host but the place's two is refused before a
//! connection is made, and a token goes to Graph's origin only. Compressed answers are taken only where the caller asks
//! for them, and are unpacked here under the same cap as any answer.

mod reading;
mod trust;
mod tunnel;
mod unpacking;
mod witness;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use url::Url;
use zeroize::Zeroizing;

pub use witness::Issuer;

use crate::clock::Clock;
use crate::network::{Network, Proxy, Surroundings, Way};
use crate::place::{Place, is_loopback, plain, same_origin};
use witness::Witness;

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
    /// The proxy was not reached, so nothing was sent.
    #[error("the proxy {proxy} cannot be reached: {reason}")]
    ProxyUnreachable {
        /// The proxy's host and port.
        proxy: String,
        /// What the system says.
        reason: String,
    },
    /// The proxy wants user name and password (407), or does not take those that it was given.
    #[error("the proxy {proxy} asks for a sign-in")]
    ProxySignIn {
        /// The proxy's host and port.
        proxy: String,
        /// Whether it was given a name and a password.
        signed_in: bool,
    },
    /// The proxy opens no way to the host.
    #[error("the proxy {proxy} refuses the way to {host}")]
    ProxyRefused {
        /// The proxy's host and port.
        proxy: String,
        /// The host.
        host: String,
    },
    /// The proxy took the request for a way, and the connection broke before it stood.
    #[error("the proxy {proxy} dropped the connection to {host}: {reason}")]
    ProxyDropped {
        /// The proxy's host and port.
        proxy: String,
        /// The host.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// The system chooses its proxy by a script, which is not read, and without a proxy the host was not reached.
    #[error("{host} cannot be reached without a proxy, and the script {script} is not read: {reason}")]
    ProxyByScript {
        /// The host.
        host: String,
        /// The script's address.
        script: String,
        /// What the system says.
        reason: String,
    },
    /// This computer does not trust who signed the host's certificate; nothing was sent.
    #[error("the certificate of {host} was signed by {issuer}, which this computer does not trust")]
    CertificateUntrusted {
        /// The host.
        host: String,
        /// The authority at the end of the chain.
        issuer: String,
        /// The proxy in between, where one is known.
        proxy: Option<String>,
    },
    /// The host's certificate is not good for another reason; nothing was sent.
    #[error("the certificate of {host}, signed by {issuer}, is refused: {reason}")]
    CertificateRefused {
        /// The host.
        host: String,
        /// The authority at the end of the chain.
        issuer: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The answer is larger than 8 MiB.
    #[error("the answer of {host} is larger than 8 MiB")]
    TooLarge {
        /// The host.
        host: String,
    },
    /// The certificate file of the cloud file or of the settings cannot be used.
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

impl WireError {
    /// Whether trying again cannot help before somebody changed something: at the proxy, at the settings, or at what this
    /// computer trusts. Trying a refused password again could lock the account.
    pub fn is_barred(&self) -> bool {
        matches!(
            self,
            Self::ProxySignIn { .. }
                | Self::ProxyRefused { .. }
                | Self::ProxyByScript { .. }
                | Self::CertificateUntrusted { .. }
                | Self::CertificateRefused { .. }
        )
    }
}

/// A connection to one place. Clones share it.
#[derive(Clone)]
pub struct Wire {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    network: Network,
    surroundings: Surroundings,
    clock: Arc<dyn Clock>,
    /// By how much the clock of whoever answered last is ahead of ours.
    ahead: Mutex<Option<time::Duration>>,
    outside: reqwest::Client,
    loopback: reqwest::Client,
    /// A rehearsal without TLS has none.
    witness: Option<Arc<Witness>>,
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
    /// A client for `place` by the system's own network settings.
    ///
    /// # Errors
    /// As [`Wire::through`].
    pub fn new(place: Place, clock: Arc<dyn Clock>) -> Result<Wire, WireError> {
        Self::through(place, Network::default(), clock)
    }

    /// A client for `place`: the system's trust store, the place's own authority and the network's, by the network's
    /// proxy. Loopback hosts are reached directly.
    ///
    /// # Errors
    /// [`WireError::CertificateFile`] or [`WireError::Setup`].
    pub fn through(place: Place, network: Network, clock: Arc<dyn Clock>) -> Result<Wire, WireError> {
        let hosts = [&place.login, &place.graph];
        // A rehearsal without TLS trusts nobody, so it also works where the system has no trust store.
        let is_plain = hosts.iter().all(|host| host.scheme() == "http");
        let (base, witness) = if is_plain {
            (None, None)
        } else {
            let mut further = trust::authorities(place.ca_file.as_deref())?;
            further.extend(trust::authorities(network.ca_file.as_deref())?);
            let (config, witness) = witness::configuration(further)?;
            (Some(config), Some(witness))
        };
        let builder = || {
            let builder = client(&place);
            match &base {
                Some(config) => builder.tls_backend_preconfigured(config.clone()),
                None => builder.tls_certs_only([]),
            }
        };
        let built = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| WireError::Setup { reason: reading::cause(&error) })
        };
        let loopback = built(builder().no_proxy())?;
        let inside = hosts.iter().all(|host| is_loopback(host));
        let outside = if inside { loopback.clone() } else { built(network.equip(builder())?)? };
        let surroundings = Surroundings::read();
        let ahead = Mutex::new(None);
        let shared = Shared { place, network, surroundings, clock, ahead, outside, loopback, witness };
        Ok(Wire { shared: Arc::new(shared) })
    }

    /// The place that this client speaks to.
    pub fn place(&self) -> &Place {
        &self.shared.place
    }

    /// How this client reaches its hosts.
    pub fn network(&self) -> &Network {
        &self.shared.network
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.shared.surroundings
    }

    /// The way to an address.
    pub(crate) fn way(&self, address: &Url) -> Way {
        if is_loopback(address) {
            return Way::Loopback;
        }
        self.shared.network.way(&self.shared.surroundings, address)
    }

    /// Who vouched for the certificate that a host showed last.
    pub(crate) fn issuer(&self, host: &str) -> Option<Issuer> {
        self.shared.witness.as_ref()?.seen(host)
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
        let way = self.way(&outgoing.address);
        let client = if way == Way::Loopback { &self.shared.loopback } else { &self.shared.outside };
        let takes_gzip =
            outgoing.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept-encoding"));
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
        let incoming = match request.send().await {
            Ok(response) => {
                let read = reading::read(&host, response).await?;
                if takes_gzip { unpacking::unpacked(&host, read)? } else { read }
            }
            Err(error) => return Err(self.failure(&host, &way, &error).await),
        };
        if let Some(theirs) = incoming.header("date").and_then(reading::date) {
            *self.shared.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(theirs - self.now());
        }
        Ok(incoming)
    }

    async fn failure(&self, host: &str, way: &Way, error: &reqwest::Error) -> WireError {
        let shared = &self.shared;
        let issuer = || {
            let named =
                [Some(host), way.proxy().and_then(|proxy| proxy.rsplit_once(':')).map(|(host, _)| host)];
            named.into_iter().flatten().find_map(|host| self.issuer(host)).map(|issuer| issuer.name)
        };
        match reading::failure(host, way, issuer, error) {
            WireError::ProxySignIn { proxy, .. } => {
                let signed_in = match &shared.network.proxy {
                    Proxy::Address(set) => set.user().is_some() && shared.network.password.is_some(),
                    Proxy::System | Proxy::None => false,
                };
                WireError::ProxySignIn { proxy, signed_in }
            }
            WireError::Unreachable { host, reason }
                if *way == Way::Direct && shared.network.proxy == Proxy::System =>
            {
                match shared.surroundings.pac().await {
                    Some(script) => WireError::ProxyByScript { host, script, reason },
                    None => WireError::Unreachable { host, reason },
                }
            }
            told => told,
        }
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

/// What every client has in common.
fn client(place: &Place) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("footbridge/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(place.patience.connect)
        .read_timeout(place.patience.idle)
        .timeout(place.patience.whole)
        .pool_idle_timeout(Duration::from_secs(20))
}

fn bearer(token: &SecretString) -> Result<HeaderValue, WireError> {
    let text = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| WireError::Setup { reason: "the token is not fit for a header".to_owned() })?;
    value.set_sensitive(true);
    Ok(value)
}
