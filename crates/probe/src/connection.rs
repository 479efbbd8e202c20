//! From a host to an open connection: lookup, judgement of the addresses, TCP.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use url::{Host, Url};

use crate::fault::{Fault, listed, told};
use crate::means::{Means, within};
use crate::reach::{Reach, reach};
use crate::report::{Report, Step};
use crate::resolver::Way;

/// An open connection and the way that led to it, for a second look.
pub(crate) struct Connected {
    pub stream: TcpStream,
    pub way: Way,
}

pub(crate) async fn open(address: &Url, means: &Means, report: &mut Report) -> Option<Connected> {
    let host = address.host()?;
    let port = address.port_or_known_default()?;
    let ways = resolved(&host, port, means, report).await?;
    let mut worst = None;
    for way in ways {
        match connect(way, port, means).await {
            Ok(stream) => {
                report.good(Step::Connection, vec![("address", shown(way, port))]);
                return Some(Connected { stream, way });
            }
            // The desk may have no network for one family of addresses; what another address says counts more.
            Err(fault) if worst.is_none() || matches!(worst, Some(Fault::NoNetwork { .. })) => {
                worst = Some(fault);
            }
            Err(_) => {}
        }
    }
    report.note(Step::Connection, worst, Vec::new());
    None
}

async fn resolved(host: &Host<&str>, port: u16, means: &Means, report: &mut Report) -> Option<Vec<Way>> {
    let name = host.to_string();
    let looked_up = within(&means.sleep, means.patience.lookup, means.resolver.ways(host, port)).await;
    let ways = match looked_up {
        None => {
            let seconds = means.patience.lookup.as_secs();
            report.note(Step::Name, Some(Fault::LookupTimedOut { host: name, seconds }), Vec::new())?;
            return None;
        }
        Some(Ok(ways)) if !ways.is_empty() => ways,
        Some(outcome) => {
            let reason =
                outcome.err().map_or_else(|| "no address".into(), |error| told(&error.to_string(), 200));
            report.note(Step::Name, Some(Fault::NameNotFound { host: name, reason }), Vec::new())?;
            return None;
        }
    };
    let addresses: Vec<_> = ways.iter().map(|way| way.told).collect();
    let seen = vec![("addresses", listed(&addresses))];
    let usable: Vec<Way> = ways.into_iter().filter(|way| reach(way.told) != Reach::Never).collect();
    if usable.is_empty() {
        report.note(Step::Name, Some(Fault::NeverReachable { host: name, addresses }), seen)?;
        return None;
    }
    if usable.iter().any(|way| reach(way.told) == Reach::Public) {
        report.good(Step::Name, seen);
        return Some(usable);
    }
    let fault = Fault::InsideOnly { host: name, addresses };
    if matches!(host, Host::Domain(_)) {
        report.warn(Step::Name, fault, seen);
        return Some(usable);
    }
    report.note(Step::Name, Some(fault), seen)?;
    None
}

async fn connect(way: Way, port: u16, means: &Means) -> Result<TcpStream, Fault> {
    let address = shown(way, port);
    let patience = means.patience.connection;
    match within(&means.sleep, patience, TcpStream::connect(way.connect)).await {
        Some(Ok(stream)) => {
            // Questions are short; waiting to fill a packet would only cost time.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
        Some(Err(error)) => Err(fault(address, patience, &error)),
        None => Err(Fault::ConnectionTimedOut { address, seconds: patience.as_secs() }),
    }
}

/// A second connection on the same way, without a word about it in the report.
pub(crate) async fn again(way: Way, means: &Means) -> Option<TcpStream> {
    within(&means.sleep, means.patience.connection, TcpStream::connect(way.connect)).await?.ok()
}

pub(crate) fn shown(way: Way, port: u16) -> String {
    std::net::SocketAddr::new(way.told, port).to_string()
}

fn fault(address: String, patience: Duration, error: &io::Error) -> Fault {
    let reason = told(&error.to_string(), 200);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Fault::ConnectionRefused { address },
        io::ErrorKind::TimedOut => Fault::ConnectionTimedOut { address, seconds: patience.as_secs() },
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::PermissionDenied => Fault::NoNetwork { address, reason },
        _ => Fault::Unreachable { address, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_failure_name_their_device() {
        use crate::device::Device;
        let device = |kind: io::ErrorKind| {
            fault("203.0.113.10:443".into(), Duration::from_secs(10), &io::Error::from(kind)).device()
        };
        assert_eq!(device(io::ErrorKind::ConnectionRefused), Device::ReverseProxy);
        assert_eq!(device(io::ErrorKind::TimedOut), Device::Firewall);
        assert_eq!(device(io::ErrorKind::HostUnreachable), Device::Firewall);
        assert_eq!(device(io::ErrorKind::NetworkUnreachable), Device::Desk);
    }
}
