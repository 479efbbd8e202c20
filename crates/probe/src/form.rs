//! Whether an address has the form that Microsoft's cloud can call.

use rustls_pki_types::{IpAddr, ServerName};
use url::{Host, Url};

use crate::fault::{Fault, told};

/// What is wrong with the form, if anything.
pub(crate) fn fault(address: &Url) -> Option<Fault> {
    if address.scheme() != "https" {
        return Some(Fault::NotHttps { scheme: address.scheme().to_owned() });
    }
    if address.host().is_none() {
        return Some(Fault::NoHost);
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Some(Fault::HoldsUser);
    }
    if address.fragment().is_some() {
        return Some(Fault::HoldsFragment);
    }
    let host = told(address.host_str().unwrap_or_default(), 260);
    server_name(address).is_none().then_some(Fault::HostMalformed { host })
}

/// The host as certificates name it; none when no certificate could.
pub(crate) fn server_name(address: &Url) -> Option<ServerName<'static>> {
    match address.host()? {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).ok(),
        Host::Ipv4(four) => Some(ServerName::IpAddress(IpAddr::from(std::net::IpAddr::V4(four)))),
        Host::Ipv6(six) => Some(ServerName::IpAddress(IpAddr::from(std::net::IpAddr::V6(six)))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn code(address: &str) -> Option<&'static str> {
        fault(&Url::parse(address).unwrap()).map(|fault| fault.code())
    }

    #[test]
    fn a_notification_url_passes() {
        assert_eq!(code("https://pbx.example.com/example.com/microsoft365/subscriptions"), None);
        assert_eq!(code("https://pbx.example.com:8443/a?b=c"), None);
    }

    #[test]
    fn other_forms_are_told_apart() {
        assert_eq!(code("http://pbx.example.com/"), Some("address-not-https"));
        assert_eq!(code("mailto:a@example.com"), Some("address-not-https"));
        assert_eq!(code("https://user@pbx.example.com/"), Some("address-holds-user"));
        assert_eq!(code("https://:word@pbx.example.com/"), Some("address-holds-user"));
        assert_eq!(code("https://pbx.example.com/#part"), Some("address-holds-fragment"));
        assert_eq!(code("https://-pbx-.example.com/"), Some("address-host-malformed"));
    }
}
