//! What a policy can switch off: a closed list. Each is refused in this room, where its work begins, and named nowhere else.

use crate::phrase::Phrase;

/// Something that can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Guides that are neither built in nor in the policy's folder.
    OwnGuides,
    /// Clouds out of a file.
    CloudFile,
    /// Another proxy than the system's, and further authorities.
    ProxySettings,
    /// The sign-in by a code that is typed elsewhere.
    DeviceCode,
    /// Giving anything to a product's server over the network.
    Push,
    /// Copying or showing a secret, and files that a passphrase opens.
    SecretExport,
    /// The support report.
    SupportReport,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::OwnGuides,
        Self::CloudFile,
        Self::ProxySettings,
        Self::DeviceCode,
        Self::Push,
        Self::SecretExport,
        Self::SupportReport,
    ];

    /// Its name in a policy file.
    pub fn name(self) -> &'static str {
        match self {
            Self::OwnGuides => "own-guides",
            Self::CloudFile => "cloud-file",
            Self::ProxySettings => "proxy-settings",
            Self::DeviceCode => "device-code",
            Self::Push => "push",
            Self::SecretExport => "secret-export",
            Self::SupportReport => "support-report",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.name() == name)
    }

    /// What is switched off with it, in words.
    pub fn phrase(self) -> Phrase {
        match self {
            Self::OwnGuides => Phrase::new("policy.off-own-guides"),
            Self::CloudFile => Phrase::new("policy.off-cloud-file"),
            Self::ProxySettings => Phrase::new("policy.off-proxy-settings"),
            Self::DeviceCode => Phrase::new("policy.off-device-code"),
            Self::Push => Phrase::new("policy.off-push"),
            Self::SecretExport => Phrase::new("policy.off-secret-export"),
            Self::SupportReport => Phrase::new("policy.off-support-report"),
        }
    }
}
