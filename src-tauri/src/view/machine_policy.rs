//! What is laid down for this machine, as the settings show it.

use serde::Serialize;
use ts_rs::TS;

/// What is laid down for this machine; it cannot be changed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MachinePolicy {
    /// The file that says so.
    pub path: String,
    /// Whether it names the cloud.
    pub cloud: bool,
    /// Whether it names the client to sign in with.
    pub client_id: bool,
    /// Whether it names the language.
    pub language: bool,
    /// Its folder of guides.
    pub guides_folder: Option<String>,
    /// What it switches off.
    pub off: Vec<SwitchedOff>,
}

/// What a policy can switch off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Guides that are neither built in nor in the policy's folder.
    OwnGuides,
    /// Clouds out of a file.
    CloudFile,
    /// Another proxy than the system's, and further authorities.
    ProxySettings,
    /// The sign-in by a code.
    DeviceCode,
    /// Giving anything to a product's server over the network.
    Push,
    /// Copying or showing a secret, and files that a passphrase opens.
    SecretExport,
    /// The support report.
    SupportReport,
}

impl From<engine::Feature> for Feature {
    fn from(feature: engine::Feature) -> Self {
        match feature {
            engine::Feature::OwnGuides => Self::OwnGuides,
            engine::Feature::CloudFile => Self::CloudFile,
            engine::Feature::ProxySettings => Self::ProxySettings,
            engine::Feature::DeviceCode => Self::DeviceCode,
            engine::Feature::Push => Self::Push,
            engine::Feature::SecretExport => Self::SecretExport,
            engine::Feature::SupportReport => Self::SupportReport,
        }
    }
}

/// Something that is switched off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SwitchedOff {
    /// Its name in the file.
    pub name: Feature,
    /// What that is, in words.
    pub what: String,
}
