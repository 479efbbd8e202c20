//! Who is likely at fault: a closed list, so that each has its words in both languages.

/// The device, or the entry, at which to look first. It is a likelihood, not a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// The address as it was typed.
    Address,
    /// The public entry of the name.
    Dns,
    /// The firewall, or the port forwarding on it.
    Firewall,
    /// What ends TLS in front of the product: reverse proxy, load balancer, or the product itself where none is.
    ReverseProxy,
    /// The product's own server behind it.
    AppPlatform,
    /// The desk that asks: no network, or an inspection of encrypted traffic on its way out.
    Desk,
}

impl Device {
    /// Every device.
    pub const ALL: [Device; 6] = [
        Device::Address,
        Device::Dns,
        Device::Firewall,
        Device::ReverseProxy,
        Device::AppPlatform,
        Device::Desk,
    ];

    /// The stable name for words and reports.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Device::Address => "address",
            Device::Dns => "dns",
            Device::Firewall => "firewall",
            Device::ReverseProxy => "reverse-proxy",
            Device::AppPlatform => "app-platform",
            Device::Desk => "desk",
        }
    }
}
