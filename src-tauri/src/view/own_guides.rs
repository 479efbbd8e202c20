//! Guides that are not built in, with who made them and what they can ask for; and steps that pass between two admins.
//! Everything here is public: names, fingerprints, paths and ids.

use serde::Serialize;
use ts_rs::TS;

use super::step::Risk;

/// Who made a guide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Maker {
    /// It came with the app.
    BuiltIn {},
    /// Somebody whose key was pinned here.
    Signed {
        /// The name under which the key was pinned.
        name: String,
        /// The key's fingerprint.
        fingerprint: String,
    },
    /// Nobody vouches for it.
    NotVerified {
        /// The fingerprint of the key that signed it, where one did.
        fingerprint: Option<String>,
    },
}

/// A guide that was opened, before anything is done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwnGuide {
    /// Name of the guide.
    pub id: String,
    /// The product.
    pub product: String,
    /// Who makes the product, as the guide says.
    pub vendor: String,
    /// What the connection is for, in a few words.
    pub purpose: String,
    /// Version of the guide.
    pub version: String,
    /// Number of steps.
    pub steps: u32,
    /// Where it lies.
    pub path: String,
    /// Who made it.
    pub maker: Maker,
    /// What it can ask for, the most powerful first.
    pub permissions: Vec<AskedPermission>,
    /// It lets the admin add permissions of his own.
    pub asks_for_more: bool,
    /// It can be used already, exactly so.
    pub in_use: bool,
}

/// A permission that a guide can ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AskedPermission {
    /// Its published name.
    pub name: String,
    /// The application holds it itself; else it borrows it from a person.
    pub application: bool,
    /// How much it allows.
    pub risk: Risk,
    /// Whether it is asked for depends on the answers.
    pub depends: bool,
}

/// A guide that was in use and cannot be read any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LostGuide {
    /// Name of the guide.
    pub id: String,
    /// Where it lay.
    pub path: String,
    /// Why it is not in use.
    pub why: String,
}

/// How much of a guide the app does: rows of the vendor's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Done by the app.
    pub automatic: u32,
    /// Looked at, or proven by use.
    pub checked: u32,
    /// Done by a person.
    pub by_hand: u32,
    /// Only to be read.
    pub read: u32,
}

/// A step that was put into a file for another admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PassedOn {
    /// Where the file is; `None` when the admin closed the dialog.
    pub path: Option<String>,
    /// The fingerprint that the other admin compares.
    pub fingerprint: String,
}

/// Where a connection comes from that was made out of such a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TakenOver {
    /// The account that asks.
    pub asked_by: String,
    /// Directory (tenant) ID for which it is.
    pub tenant: String,
    /// The fingerprint of the sender's key.
    pub fingerprint: String,
}
