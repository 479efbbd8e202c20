//! The connection test: both hosts of the cloud are asked without a token, and told is through what each was reached and
//! who vouches for the certificate that came.

use futures_util::future::join;
use url::Url;

use super::{Network, Way};
use crate::wire::{Issuer, Outgoing, Wire, WireError};

/// Documents that both hosts give to everybody.
const LOGIN_PATH: &str = "/common/v2.0/.well-known/openid-configuration";
const GRAPH_PATH: &str = "/v1.0/";

/// What a host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostRole {
    /// People and applications sign in there.
    Login,
    /// Microsoft Graph.
    Graph,
}

/// One host that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedHost {
    /// What it is for.
    pub role: HostRole,
    /// Its name, with the port where it is not the usual one.
    pub host: String,
    /// The way that the question took.
    pub way: Way,
    /// What came back.
    pub outcome: Result<Reached, WireError>,
}

/// A host that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The status of its answer. Any status is a sign that it was reached.
    pub status: u16,
    /// Who vouches for its certificate; without TLS nobody does.
    pub issuer: Option<Issuer>,
}

/// The whole test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkTrial {
    /// Login, then Graph.
    pub hosts: Vec<AskedHost>,
    /// The script that the system chooses its proxy by, which is not read.
    pub pac: Option<String>,
}

impl NetworkTrial {
    /// Whether both hosts were reached.
    pub fn is_good(&self) -> bool {
        self.hosts.iter().all(|asked| asked.outcome.is_ok())
    }

    /// The authority that looks into the connection, where it is not a public one.
    pub fn inspector(&self) -> Option<&str> {
        let issuers = self.hosts.iter().filter_map(|asked| asked.outcome.as_ref().ok()?.issuer.as_ref());
        issuers.filter(|issuer| !issuer.is_public).map(|issuer| issuer.name.as_str()).next()
    }
}

impl Wire {
    /// Asks both hosts, once each. Nothing that is secret leaves, save a lent password to the proxy.
    pub async fn trial(&self) -> NetworkTrial {
        let place = self.place();
        let (login, graph) = join(
            self.asked(HostRole::Login, &place.login, LOGIN_PATH),
            self.asked(HostRole::Graph, &place.graph, GRAPH_PATH),
        )
        .await;
        let by_script = login.way == Way::Direct && matches!(self.network().proxy, super::Proxy::System);
        let pac = if by_script { self.surroundings().pac().await } else { None };
        NetworkTrial { hosts: vec![login, graph], pac }
    }

    async fn asked(&self, role: HostRole, origin: &Url, path: &str) -> AskedHost {
        let mut address = origin.clone();
        address.set_path(path);
        let host = origin.host_str().unwrap_or_default();
        let shown = origin.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let way = self.way(&address);
        let outgoing =
            Outgoing { method: reqwest::Method::GET, address, headers: Vec::new(), bearer: None, body: None };
        let outcome = self.send(outgoing).await.map(|answer| Reached {
            status: answer.status,
            issuer: if origin.scheme() == "https" { self.issuer(host) } else { None },
        });
        AskedHost { role, host: shown, way, outcome }
    }
}

impl Network {
    /// A network without a proxy and without further authorities.
    pub fn direct() -> Self {
        Self { proxy: super::Proxy::None, ..Self::default() }
    }
}
