//! The workshop: what is kept, where it can be exported to, and what an export or import brought. Public parts only: no
//! private key and no passphrase has a place here.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::VaultMode;

/// Everything on the screen of certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Workshop {
    /// What is kept, by name.
    pub kept: Vec<KeptCertificate>,
    /// Where files can be opened.
    pub destinations: Vec<DestinationChoice>,
    /// The keys that can be made.
    pub keys: Vec<KeyChoice>,
    /// Where the keys of this process are really kept.
    pub vault: VaultMode,
    /// Whether a passphrase can be asked for natively here.
    pub asks: bool,
    /// What was just made or imported, by its id.
    pub fresh: Option<String>,
    /// What was just exported.
    pub exported: Option<Exported>,
}

/// A key that can be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeyChoice {
    /// Its name, such as `rsa2048`.
    pub id: String,
    /// For people.
    pub title: String,
    /// Whether Entra takes it for the sign-in of an application.
    pub for_entra: bool,
}

/// A place where exported files will be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DestinationChoice {
    /// Its name on the command line.
    pub id: String,
    /// The ends of the files' names.
    pub files: Vec<String>,
    /// Whether the files carry the private key.
    pub carries_key: bool,
}

/// One key with its public part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeptCertificate {
    /// Its id.
    pub id: String,
    /// The admin's name for it.
    pub name: String,
    /// The kind of key, for people.
    pub key: String,
    /// How it came to be kept.
    pub origin: KeptOrigin,
    /// When.
    pub made: String,
    /// The subject of the certificate or of the request.
    pub subject: String,
    /// Connections whose application has it.
    pub used_by: Vec<String>,
    /// Whether a request was made on the key.
    pub requested: bool,
    /// The certificate; none while the request waits for it.
    pub certificate: Option<CertificateFace>,
}

/// How a key came to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum KeptOrigin {
    /// Made here.
    Made,
    /// Made here with a request.
    Requested,
    /// Out of a file.
    Imported,
}

/// What is public of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CertificateFace {
    /// From when it is good.
    pub start: String,
    /// Until when.
    pub end: String,
    /// Whole days until then; negative afterwards.
    pub days_left: i32,
    /// How it stands.
    pub standing: Ending,
    /// Serial number.
    pub serial: String,
    /// Names beside the subject.
    pub other_names: Vec<String>,
    /// What it is for.
    pub usages: Vec<String>,
    /// Whether Entra takes it for the sign-in of an application.
    pub for_entra: bool,
    /// The thumbprint in short, for the list.
    pub short: String,
    /// All spellings, beside each other.
    pub prints: Vec<Print>,
    /// The chain, that of the key first.
    pub chain: Vec<ChainLink>,
    /// Who is missing above it.
    pub missing: Option<String>,
}

/// How a credential or certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Good for longer.
    Fine,
    /// Within 60 days.
    Due,
    /// Within 14 days.
    Soon,
    /// It has ended.
    Expired,
}

/// One spelling of a thumbprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Print {
    /// The name of the spelling.
    pub spelling: String,
    /// The text.
    pub text: String,
}

/// A certificate of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChainLink {
    /// Whom it names.
    pub subject: String,
    /// Until when it is good.
    pub end: String,
    /// Whether it is signed by itself.
    pub own: bool,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// Of what, by its id.
    pub certificate: String,
    /// The folder.
    pub folder: String,
    /// The files.
    pub files: Vec<ExportedFile>,
    /// The file that holds the passphrase that Footbridge made.
    pub passphrase_file: Option<String>,
}

/// A file that was written and opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExportedFile {
    /// Its name.
    pub name: String,
    /// How it is protected.
    pub algorithms: String,
}

/// What to make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateOrder {
    /// The admin's name for it.
    pub name: String,
    /// `app`, `server` or `ca-request`.
    pub purpose: String,
    /// A [`KeyChoice`].
    pub key: String,
    /// The lifetime in days.
    pub days: u32,
    /// The subject, such as `CN=minutes, O=Contoso`.
    pub subject: String,
    /// Further names, one each.
    pub other_names: Vec<String>,
}

/// What a pasted `customKeyIdentifier` says about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Compared {
    /// It is this one.
    Same,
    /// It is another one.
    Another,
    /// It is no thumbprint.
    NoThumbprint,
}
