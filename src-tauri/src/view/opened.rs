//! What the app was opened with from the file manager. Everything here is what anybody can see of the file.

use serde::Serialize;
use ts_rs::TS;

use super::own_guides::OwnGuide;

/// A file that was opened with the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum OpenedFile {
    /// A guide; it is not in use yet.
    Guide {
        /// The guide as the picker shows it.
        guide: OwnGuide,
    },
    /// A sealed bundle; it is not opened here.
    Bundle {
        /// What can be told of it.
        bundle: SealedFile,
    },
}

/// What anybody can see of a sealed bundle. Nothing of it is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SealedFile {
    /// Where it lies.
    pub path: String,
    /// Its size.
    pub bytes: u32,
    /// The fingerprint of the key that opens it; none where a passphrase does.
    pub fingerprint: Option<String>,
    /// The command that opens it, where key or passphrase is.
    pub command: String,
}
