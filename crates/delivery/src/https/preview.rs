//! What is shown before anything is sent. It holds no byte of the bundle.

use std::net::IpAddr;

use serde::Serialize;

use super::class::AddressClass;
use super::destination::Destination;
use super::parcel::Parcel;
use super::trust::Trust;

/// One address behind the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The address.
    pub address: IpAddr,
    /// What kind of place it is.
    pub class: AddressClass,
}

/// What goes where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The whole address.
    pub endpoint: String,
    /// The host that is called and that the certificate must name.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Every address behind the name; one of them is connected to and no other.
    pub places: Vec<Place>,
    /// The pinned key (SHA-256, base64url); `None` where the operating system's authorities vouch.
    pub pinned: Option<String>,
    /// How many authorities count beside the operating system's.
    pub further_authorities: usize,
    /// The bundle's id.
    pub jti: String,
    /// The bundle's size in bytes.
    pub bytes: usize,
    /// SHA-256 of the bundle, in hexadecimal.
    pub sha256: String,
}

impl Preview {
    pub(super) fn of(destination: &Destination, places: &[Place], parcel: &Parcel) -> Preview {
        let (pinned, further_authorities) = match &destination.trust {
            Trust::Pinned(pin) => (Some(pin.to_string()), 0),
            Trust::System { further } => (None, further.len()),
        };
        Preview {
            endpoint: destination.address.to_string(),
            host: destination.address.host(),
            port: destination.address.port(),
            places: places.to_vec(),
            pinned,
            further_authorities,
            jti: parcel.jti().to_owned(),
            bytes: parcel.size(),
            sha256: parcel.sha256(),
        }
    }
}
