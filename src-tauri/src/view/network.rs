//! The way to Microsoft as the settings show it, and the connection test. A proxy's password never crosses: only whether one
//! is lent.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Trouble;

/// Which proxy is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyMode {
    /// What environment and system say.
    #[default]
    System,
    /// None.
    None,
    /// The one that is named.
    Address,
}

/// How Microsoft is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkSettings {
    /// Which proxy.
    pub proxy: ProxyMode,
    /// Its address, `http://host:port`; kept while another mode is chosen.
    pub address: Option<String>,
    /// Who signs in there.
    pub user: Option<String>,
    /// The file of a further authority. Only a native dialog sets it.
    pub ca_file: Option<String>,
}

/// The proxy as the page sets it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProxyChoice {
    /// Which one.
    pub proxy: ProxyMode,
    /// Its address.
    pub address: Option<String>,
    /// Who signs in there.
    pub user: Option<String>,
}

/// What became of a connection test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkTest {
    /// Login, then Graph.
    pub hosts: Vec<TestedHost>,
    /// The authority that looks into the connection, if one does.
    pub inspector: Option<String>,
    /// The script that the system chooses its proxy by, which is not run.
    pub script: Option<String>,
}

/// One host of the test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TestedHost {
    /// Its name.
    pub host: String,
    /// The proxy that the question went by.
    pub proxy: Option<String>,
    /// Whether the system named that proxy.
    pub by_system: bool,
    /// Who vouches for its certificate.
    pub issuer: Option<String>,
    /// Whether that is a public authority.
    pub is_public: bool,
    /// Why it was not reached, if it was not.
    pub trouble: Option<Trouble>,
}
