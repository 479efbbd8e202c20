//! The way to Microsoft, for people: what stood in it, and the connection test. It opens no vault and no journal, so that it
//! helps before anything else works.

use std::sync::Arc;

use cloud::network::HostRole;
use cloud::{Clock, Issuer, Network, Place, Way, Wire, WireError};

use crate::machine_policy::MachinePolicy;
use crate::phrase::Phrase;
use crate::trouble::{Code, Trouble};

/// The connection test: what became of both hosts.
#[derive(Debug, Clone)]
pub struct NetworkView {
    /// Login, then Graph.
    pub hosts: Vec<HostView>,
    /// The script that the system chooses its proxy by. It is not read.
    pub script: Option<String>,
    /// The authority that looks into the connection, where the certificate comes from no public one.
    pub inspector: Option<String>,
}

/// One host of the test.
#[derive(Debug, Clone)]
pub struct HostView {
    /// `login` or `graph`.
    pub role: &'static str,
    /// The host.
    pub host: String,
    /// The way that the question took.
    pub way: Way,
    /// The status of the answer, or why there is none.
    pub outcome: Result<u16, Box<Trouble>>,
    /// Who vouches for its certificate.
    pub issuer: Option<Issuer>,
}

impl NetworkView {
    /// Whether both hosts were reached.
    pub fn is_good(&self) -> bool {
        self.hosts.iter().all(|host| host.outcome.is_ok())
    }
}

/// Asks both hosts of a cloud by a network, without a token.
///
/// # Errors
/// When a certificate file cannot be read, or the policy of this machine does not allow this way.
pub async fn try_network(
    place: Place,
    network: Network,
    clock: Arc<dyn Clock>,
    policy: &MachinePolicy,
) -> Result<NetworkView, Trouble> {
    policy.judge(&place, &network)?;
    let trial = wire_to(place, network, clock)?.trial().await;
    let inspector = trial.inspector().map(str::to_owned);
    let hosts = trial.hosts.into_iter().map(|asked| {
        let (outcome, issuer) = match asked.outcome {
            Ok(reached) => (Ok(reached.status), reached.issuer),
            Err(error) => {
                let wrong = barrier(&error);
                (Err(Box::new(wrong.unwrap_or_else(|| unreachable(&asked.host, &error)))), None)
            }
        };
        let role = match asked.role {
            HostRole::Login => "login",
            HostRole::Graph => "graph",
        };
        HostView { role, host: asked.host, way: asked.way, outcome, issuer }
    });
    Ok(NetworkView { hosts: hosts.collect(), script: trial.pac, inspector })
}

fn unreachable(host: &str, error: &WireError) -> Trouble {
    let mut trouble = Trouble::new(Code::Unreachable).with("path", host);
    trouble.technical.message = Some(error.to_string());
    trouble
}

pub(crate) fn wire_to(place: Place, network: Network, clock: Arc<dyn Clock>) -> Result<Wire, Trouble> {
    Wire::through(place, network, clock)
        .map_err(|error| Trouble::new(Code::FileInvalid).with("why", error).in_field("ca_file"))
}

/// The same on a thread of its own while `meanwhile` runs here: to read the machine's authorities takes about as long as
/// the keyring takes to answer.
pub(crate) fn wire_meanwhile<T>(
    (place, network, clock): (Place, Network, Arc<dyn Clock>),
    meanwhile: impl FnOnce() -> T,
) -> (Result<Wire, Trouble>, T) {
    std::thread::scope(|scope| {
        let wire = scope.spawn(move || wire_to(place, network, clock));
        let done = meanwhile();
        (wire.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), done)
    })
}

/// What stood in the way, where it was the proxy, the system's settings or a certificate.
pub(crate) fn barrier(error: &WireError) -> Option<Trouble> {
    let trouble = match error {
        WireError::ProxyUnreachable { proxy, .. } => {
            Trouble::new(Code::ProxyUnreachable).with("proxy", proxy).in_field("proxy")
        }
        WireError::ProxySignIn { proxy, signed_in } => {
            let trouble = Trouble::new(Code::ProxySignIn).with("proxy", proxy).in_field("proxy-user");
            let detail = if *signed_in { "network.sign-in-refused" } else { "network.sign-in-missing" };
            trouble.because(Phrase::new(detail))
        }
        WireError::ProxyRefused { proxy, host } => {
            Trouble::new(Code::ProxyRefused).with("proxy", proxy).with("host", host).in_field("proxy")
        }
        WireError::ProxyDropped { proxy, host, .. } => {
            Trouble::new(Code::ProxyDropped).with("proxy", proxy).with("host", host).in_field("proxy")
        }
        WireError::ProxyByScript { host, script, .. } => {
            Trouble::new(Code::ProxyByScript).with("host", host).with("script", script).in_field("proxy")
        }
        WireError::CertificateUntrusted { host, issuer, proxy } => {
            let trouble = Trouble::new(Code::ServerCertificateUntrusted)
                .with("host", host)
                .with("issuer", issuer)
                .in_field("ca-file");
            match proxy {
                Some(proxy) => trouble.because(Phrase::new("network.inspected-by").with("proxy", proxy)),
                None => trouble.because(Phrase::new("network.inspected")),
            }
        }
        WireError::CertificateRefused { host, issuer, .. } => {
            Trouble::new(Code::ServerCertificateRefused).with("host", host).with("issuer", issuer)
        }
        _ => return None,
    };
    let mut trouble = trouble;
    trouble.technical.message = Some(error.to_string());
    Some(trouble)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use guide::Language;

    use super::*;

    #[test]
    fn each_barrier_says_what_stands_in_the_way_and_what_to_do() {
        let text = || "x.example:8080".to_owned();
        for (error, code, named) in [
            (
                WireError::ProxyUnreachable { proxy: text(), reason: "r".into() },
                Code::ProxyUnreachable,
                "x.example:8080",
            ),
            (WireError::ProxySignIn { proxy: text(), signed_in: true }, Code::ProxySignIn, "x.example:8080"),
            (
                WireError::ProxyRefused { proxy: text(), host: "h".into() },
                Code::ProxyRefused,
                "x.example:8080",
            ),
            (
                WireError::ProxyDropped { proxy: text(), host: "h".into(), reason: "r".into() },
                Code::ProxyDropped,
                "x.example:8080",
            ),
            (
                WireError::ProxyByScript { host: "h".into(), script: "http://s/".into(), reason: "r".into() },
                Code::ProxyByScript,
                "http://s/",
            ),
            (
                WireError::CertificateUntrusted {
                    host: "h".into(),
                    issuer: "Example Corp Root CA".into(),
                    proxy: Some(text()),
                },
                Code::ServerCertificateUntrusted,
                "Example Corp Root CA",
            ),
            (
                WireError::CertificateRefused { host: "h".into(), issuer: "I".into(), reason: "r".into() },
                Code::ServerCertificateRefused,
                "I",
            ),
        ] {
            let trouble = barrier(&error).unwrap();
            assert_eq!(trouble.code, code);
            for language in Language::ALL {
                let what = trouble.what(language);
                assert!(what.contains(named) && !what.contains('{'), "{what}");
                assert!(!trouble.next(language).is_empty() && !trouble.next(language).contains('{'));
            }
        }
        assert!(barrier(&WireError::TooLarge { host: "h".into() }).is_none());
    }
}
