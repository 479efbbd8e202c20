//! Where a bundle goes: the address, who vouches for the server, and the addresses behind the name, each judged.

use std::net::IpAddr;
use std::time::Duration;

use super::address::Address;
use super::class::AddressClass;
use super::error::HttpsError;
use super::means::{Means, within};
use super::preview::Place;
use super::shown::shown;
use super::trust::Trust;

const RESOLVING: Duration = Duration::from_secs(10);

/// Where to, and whom to trust there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The offer's `endpoint`.
    pub address: Address,
    /// Who vouches for the server.
    pub trust: Trust,
    /// Whether it may be this very machine, as in a rehearsal or when the product runs here.
    pub loopback: bool,
}

impl Destination {
    /// Reads what an offer says: the address, and the pinned key where there is one.
    ///
    /// # Errors
    /// [`HttpsError::Address`] or [`HttpsError::Pin`].
    pub fn of_offer(endpoint: &str, tls_spki_s256: Option<&str>) -> Result<Destination, HttpsError> {
        let address = Address::parse(endpoint).map_err(HttpsError::Address)?;
        let trust = match tls_spki_s256 {
            Some(text) => Trust::Pinned(super::trust::Pin::parse(text)?),
            None => Trust::default(),
        };
        Ok(Destination { address, trust, loopback: false })
    }

    /// Resolves the name, once, and judges every address behind it.
    pub(super) async fn places(&self, means: &Means) -> Result<Vec<Place>, HttpsError> {
        let host = self.address.host();
        let found = match host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => resolved(&host, means).await?,
        };
        let mut places: Vec<Place> = Vec::new();
        for address in found {
            let class = AddressClass::of(address);
            if !class.is_allowed(self.loopback) {
                return Err(match class {
                    AddressClass::Loopback => HttpsError::Loopback { host, address },
                    _ => HttpsError::Forbidden { host, address, class },
                });
            }
            if places.iter().all(|place| place.address != address) {
                places.push(Place { address, class });
            }
        }
        match places.is_empty() {
            true => Err(HttpsError::Resolve { host, reason: "no address".to_owned() }),
            false => Ok(places),
        }
    }
}

async fn resolved(host: &str, means: &Means) -> Result<Vec<IpAddr>, HttpsError> {
    let reason = match within(&*means.clock, RESOLVING, means.resolver.resolve(host)).await {
        Some(Ok(found)) => return Ok(found),
        Some(Err(error)) => shown(error.to_string().as_bytes(), 200),
        None => format!("no answer within {} seconds", RESOLVING.as_secs()),
    };
    Err(HttpsError::Resolve { host: host.to_owned(), reason })
}
