//! Which addresses can be reached from the internet, which only from inside, and which are never connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// From everywhere.
    Public,
    /// Inside a network only (RFC 1918, RFC 4193, RFC 6598).
    Inside,
    /// This machine, its link with the metadata of clouds (RFC 3927), or nothing at all: never connected to, so that
    /// an address typed by somebody cannot turn the probe on what only this machine sees.
    Never,
}

pub(crate) fn reach(address: IpAddr) -> Reach {
    match address.to_canonical() {
        IpAddr::V4(address) => of_four(address),
        IpAddr::V6(address) => of_six(address),
    }
}

fn of_four(address: Ipv4Addr) -> Reach {
    let [first, second, ..] = address.octets();
    let none = first == 0 || address.is_broadcast() || address.is_multicast();
    // 168.63.129.16 is public by its number and the platform's own wire server inside a cloud.
    let platform = address == Ipv4Addr::new(168, 63, 129, 16);
    if none || platform || address.is_loopback() || address.is_link_local() {
        Reach::Never
    } else if address.is_private() || (first == 100 && (64..128).contains(&second)) {
        Reach::Inside
    } else {
        Reach::Public
    }
}

fn of_six(address: Ipv6Addr) -> Reach {
    // The metadata service of one cloud has an address of its own in the private block.
    let metadata = address == Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);
    let none = address.is_unspecified() || address.is_multicast();
    if none || metadata || address.is_loopback() || address.is_unicast_link_local() {
        Reach::Never
    } else if address.is_unique_local() {
        Reach::Inside
    } else {
        Reach::Public
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn all(addresses: &[&str], expected: Reach) {
        for address in addresses {
            assert_eq!(reach(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn the_internet_is_public() {
        all(
            &["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "2001:4860::8888"],
            Reach::Public,
        );
    }

    #[test]
    fn private_blocks_are_inside() {
        let inside = ["10.0.0.1", "172.16.0.1", "172.31.255.1", "192.168.1.1", "100.64.0.1", "fd12::1"];
        all(&inside, Reach::Inside);
        all(&["::ffff:10.0.0.1"], Reach::Inside);
    }

    #[test]
    fn this_machine_its_link_and_metadata_are_never_connected_to() {
        all(
            &["127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255"],
            Reach::Never,
        );
        all(&["::1", "::", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"], Reach::Never);
        all(&["168.63.129.16", "fd00:ec2::254"], Reach::Never);
    }
}
