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

/// Something that is switched off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SwitchedOff {
    /// Its name in the file.
    pub name: String,
    /// What that is, in words.
    pub what: String,
}
