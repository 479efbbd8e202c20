//! From a name to addresses: by the system, or fixed for a rehearsal.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

use url::Host;

/// Where addresses come from.
#[derive(Debug, Clone)]
pub enum Resolver {
    /// The system's resolver, hosts file included. It may give inside addresses where a company's DNS is split.
    System,
    /// A fixed list, and no network for it.
    Fixed(Fixed),
}

/// Names with fixed addresses; every other name does not resolve, unless there is one place for all of them.
#[derive(Debug, Clone, Default)]
pub struct Fixed {
    places: BTreeMap<String, Place>,
    others: Option<Place>,
}

/// One name's answer: what is told about it, and where the connection really goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The addresses that the name is said to have. They are judged like real ones.
    pub told: Vec<IpAddr>,
    /// Where the connection goes, whatever port the address names.
    pub connect: SocketAddr,
}

impl Fixed {
    /// One more name.
    #[must_use]
    pub fn with(mut self, host: &str, place: Place) -> Fixed {
        self.places.insert(host.to_ascii_lowercase(), place);
        self
    }

    /// One place for every name that is not listed.
    #[must_use]
    pub fn others(mut self, place: Place) -> Fixed {
        self.others = Some(place);
        self
    }
}

impl Place {
    /// Told as a public address (of the block 203.0.113.0/24 that RFC 5737 keeps for documentation), served here: how
    /// a rehearsal stands in for a server on the internet.
    #[must_use]
    pub fn public(connect: SocketAddr) -> Place {
        Place { told: vec![IpAddr::from([203, 0, 113, 10])], connect }
    }
}

/// An address as told and where to go for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub told: IpAddr,
    pub connect: SocketAddr,
}

impl Resolver {
    /// The ways to a host; an address as host is its own way, unless the list names it.
    pub(crate) async fn ways(&self, host: &Host<&str>, port: u16) -> io::Result<Vec<Way>> {
        match self {
            Resolver::Fixed(fixed) => fixed.ways(host),
            Resolver::System => match host {
                Host::Ipv4(address) => Ok(vec![straight(SocketAddr::from((*address, port)))]),
                Host::Ipv6(address) => Ok(vec![straight(SocketAddr::from((*address, port)))]),
                Host::Domain(name) => {
                    let found = tokio::net::lookup_host((*name, port)).await?;
                    let mut ways: Vec<Way> = Vec::new();
                    for way in found.map(straight) {
                        if !ways.contains(&way) {
                            ways.push(way);
                        }
                    }
                    Ok(ways)
                }
            },
        }
    }
}

impl Fixed {
    fn ways(&self, host: &Host<&str>) -> io::Result<Vec<Way>> {
        let name = host.to_string();
        let place = self.places.get(&name).or(self.others.as_ref());
        let Some(place) = place else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "not among the fixed names"));
        };
        Ok(place.told.iter().map(|told| Way { told: *told, connect: place.connect }).collect())
    }
}

fn straight(address: SocketAddr) -> Way {
    Way { told: address.ip(), connect: address }
}
