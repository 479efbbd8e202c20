//! What kind of place an address is, and whether a bundle may go there.
//!
//! Facts are from the registries of special-purpose addresses (RFC 6890) and of the clouds' metadata services. An IPv4
//! address inside an IPv6 one is judged as what it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

/// What kind of place an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressClass {
    /// On the internet.
    Public,
    /// Inside a network (RFC 1918, RFC 4193, RFC 6598, RFC 2544): allowed, and named before sending.
    Private,
    /// This very machine: allowed where the caller says so.
    Loopback,
    /// On the link only (RFC 3927, RFC 4291 §2.5.6), where clouds keep their metadata: never.
    LinkLocal,
    /// A cloud's metadata or platform service at another address: never.
    Metadata,
    /// Many machines at once (RFC 5771, RFC 4291 §2.7): never.
    Multicast,
    /// No machine, or one that cannot be (`0.0.0.0/8`, `::`, `240.0.0.0/4`): never.
    Unspecified,
    /// A tunnel's or translator's address around this machine or around what cannot be read (RFC 3056, 4380, 8215): never.
    Translated,
}

impl AddressClass {
    /// The class of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> AddressClass {
        match address.to_canonical() {
            IpAddr::V4(address) => of_four(address),
            IpAddr::V6(address) => of_six(address),
        }
    }

    /// Whether a connection may be made; to this machine only where `loopback` says so.
    pub(super) fn is_allowed(self, loopback: bool) -> bool {
        match self {
            AddressClass::Public | AddressClass::Private => true,
            AddressClass::Loopback => loopback,
            _ => false,
        }
    }

    /// The class in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            AddressClass::Public => "on the internet",
            AddressClass::Private => "inside a private network",
            AddressClass::Loopback => "this machine itself",
            AddressClass::LinkLocal => "a link-local address",
            AddressClass::Metadata => "a cloud's metadata service",
            AddressClass::Multicast => "a multicast address",
            AddressClass::Unspecified => "no machine's address",
            AddressClass::Translated => "a tunnel's address",
        }
    }
}

/// Platform services of clouds that are no link-local addresses: Azure, Alibaba, Oracle.
const METADATA: [Ipv4Addr; 3] =
    [Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192)];

/// The same by IPv6: Amazon, Google.
const METADATA_SIX: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254),
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254),
];

fn of_four(address: Ipv4Addr) -> AddressClass {
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let measuring = first == 198 && (18..20).contains(&second);
    match address {
        _ if METADATA.contains(&address) => AddressClass::Metadata,
        _ if address.is_link_local() => AddressClass::LinkLocal,
        _ if address.is_loopback() => AddressClass::Loopback,
        _ if address.is_multicast() => AddressClass::Multicast,
        _ if first == 0 || first >= 240 => AddressClass::Unspecified,
        _ if (first, second, third) == (192, 0, 0) => AddressClass::Translated,
        _ if address.is_private() || shared || measuring => AddressClass::Private,
        _ => AddressClass::Public,
    }
}

fn of_six(address: Ipv6Addr) -> AddressClass {
    let segments = address.segments();
    match segments {
        _ if METADATA_SIX.contains(&address) => AddressClass::Metadata,
        _ if address.is_unspecified() => AddressClass::Unspecified,
        _ if address.is_loopback() => AddressClass::Loopback,
        _ if address.is_multicast() => AddressClass::Multicast,
        _ if address.is_unicast_link_local() => AddressClass::LinkLocal,
        // The old embedded form (RFC 4291 §2.5.5.1), NAT64 (RFC 6052 §2.1) and 6to4 (RFC 3056 §2).
        [0, 0, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            embedded(high, low)
        }
        // Teredo (RFC 4380) hides its address, and in RFC 8215's block only its owner knows where it is.
        [0x2001, 0, ..] | [0x64, 0xff9b, 1, ..] => AddressClass::Translated,
        // Unique local, and the site-local block that came before it.
        [first, ..] if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfec0 => AddressClass::Private,
        _ => AddressClass::Public,
    }
}

fn embedded(high: u16, low: u16) -> AddressClass {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    match of_four(Ipv4Addr::new(a, b, c, d)) {
        AddressClass::Loopback => AddressClass::Translated,
        class => class,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn all(class: AddressClass, addresses: &[&str]) {
        for address in addresses {
            assert_eq!(AddressClass::of(address.parse().unwrap()), class, "{address}");
        }
    }

    #[test]
    fn each_address_has_its_class() {
        use AddressClass::{
            LinkLocal, Loopback, Metadata, Multicast, Private, Public, Translated, Unspecified,
        };
        all(Public, &["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "193.0.0.1"]);
        all(Public, &["2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "198.20.0.1"]);
        all(Private, &["10.0.0.1", "172.16.0.1", "172.31.255.1", "192.168.1.1", "100.64.0.1", "198.18.0.1"]);
        all(Private, &["fd12::1", "fec0::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1"]);
        all(Loopback, &["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"]);
        all(LinkLocal, &["169.254.169.254", "169.254.0.1", "fe80::1", "febf::1", "::ffff:169.254.169.254"]);
        all(LinkLocal, &["64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254"]);
        all(Metadata, &["168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"]);
        all(Metadata, &["::ffff:168.63.129.16", "2002:a83f:8110::1", "64:ff9b::6464:64c8"]);
        all(Multicast, &["224.0.0.1", "239.255.255.250", "ff02::1", "::ffff:224.0.0.1", "2002:e000:1::"]);
        all(Unspecified, &["0.0.0.0", "0.1.2.3", "255.255.255.255", "240.0.0.1", "::", "::ffff:0.0.0.0"]);
        all(Unspecified, &["64:ff9b::", "2002::1", "64:ff9b::ffff:ffff"]);
        all(Translated, &["64:ff9b::7f00:1", "2002:7f00:1::1", "::127.0.0.1", "2001:0:1::1", "64:ff9b:1::1"]);
    }

    #[test]
    fn only_three_kinds_are_ever_called() {
        use AddressClass::{
            LinkLocal, Loopback, Metadata, Multicast, Private, Public, Translated, Unspecified,
        };
        for class in [LinkLocal, Metadata, Multicast, Unspecified, Translated] {
            assert!(!class.is_allowed(true) && !class.is_allowed(false), "{class:?}");
        }
        assert!(Public.is_allowed(false) && Private.is_allowed(false));
        assert!(Loopback.is_allowed(true) && !Loopback.is_allowed(false));
    }
}
