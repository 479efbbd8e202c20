//! What a change at the command line leaves behind for the journal: names, never values.

use serde::Serialize;

/// How far the client secret could be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretReadBack {
    /// None was sent: it was there already, or it is not part of this change.
    NotSent,
    /// The server shows exactly what was sent.
    Equal,
    /// The server hides it, so only its sending was accepted.
    Hidden,
}

/// Proof of a change that was made, read back and saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The server's version.
    pub version: String,
    /// What was changed: the connector's name, or the domain with its class or account.
    pub subject: String,
    /// The names of the fields that were changed; empty where all were as wanted, and then nothing was written.
    pub changed: Vec<String>,
    /// Whether the running configuration was written to the server's disk by this change.
    pub saved: bool,
    /// How far the secret could be read back.
    pub secret: SecretReadBack,
}
