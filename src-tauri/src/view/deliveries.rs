//! What stands between the sealed values and the product: its offer, and a server that takes files.
//! Nothing here is secret: an offer is shown without its nonce, and keys and passwords are asked for natively.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A product's offer that was taken for a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The product's installation, in its own words.
    pub installation: String,
    /// The key's fingerprint, in groups.
    pub fingerprint: String,
    /// Credentials that it takes, the first is liked best.
    pub accepts: Vec<Accepted>,
    /// Where it takes bundles over HTTPS.
    pub endpoint: Option<String>,
    /// When it ends.
    pub ends: String,
    /// It has ended.
    pub ended: bool,
    /// A bundle answered it already.
    pub used: bool,
    /// It brings a certificate whose key stays with the product.
    pub certificate: bool,
}

/// A kind of credential that a product takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Accepted {
    /// Its own certificate, sent to Microsoft.
    OwnCertificate,
    /// A certificate with its key.
    Certificate,
    /// A client secret.
    Secret,
}

/// A folder of a server that takes files over SFTP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sftp {
    /// `sftp://user@host:port/folder`.
    pub address: String,
    /// What proves the account.
    pub proof: SftpProof,
}

/// What proves the account of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SftpProof {
    /// A key that the SSH agent holds.
    Agent,
    /// A key file, chosen natively.
    Key,
    /// A password, typed natively.
    Password,
}
