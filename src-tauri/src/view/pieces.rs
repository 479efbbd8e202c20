//! The parts of a screen that only some kinds of step have: people, Teams, matching, hand-over.
//! No secret and no passphrase is among them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The part of a step's screen that only its kind has.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Piece {
    /// Nothing more.
    Plain {},
    /// People of the tenant.
    People(People),
    /// A script for Teams.
    Teams(Teams),
    /// Fields that must meet.
    Match(Match),
    /// Something that a person does in the product.
    Done(Done),
    /// Answers that are only kept.
    Answers {},
    /// A page for the end users.
    HandOut {},
    /// Commands for the product's own command line.
    Commands(Commands),
    /// The last step.
    HandOver(HandOver),
}

/// Something that a person does in the product, and how long it may take there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// The product may take so long.
    pub minutes: Option<u32>,
    /// Since when it is waited for.
    pub since: Option<String>,
    /// Until when, by the guide.
    pub until: Option<String>,
}

/// Commands for the product's own command line, as an admin can paste them. A placeholder stands for the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Commands {
    /// The commands, one a line.
    pub text: String,
}

/// Who was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct People {
    /// The chosen ones.
    pub chosen: Vec<Person>,
    /// How many there can be.
    pub most: Option<u32>,
}

/// One account of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Object id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// User principal name.
    pub user_principal_name: String,
    /// The account can sign in.
    pub enabled: bool,
    /// A guest of the tenant.
    pub guest: bool,
    /// Has a Teams licence; `None` when it could not be seen.
    pub teams: Option<bool>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PeopleFound {
    /// The people.
    pub people: Vec<Person>,
    /// There are more than these.
    pub more: bool,
}

/// What became of a pasted or imported list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PeopleRead {
    /// Those that were found.
    pub found: Vec<Person>,
    /// Lines that matched nobody, with their number.
    pub missing: Vec<MissedLine>,
    /// Lines that named somebody twice.
    pub doubled: u32,
}

/// A line that matched nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MissedLine {
    /// Number of the line, from 1.
    pub line: u32,
    /// What stands there, cut to 120 characters.
    pub text: String,
    /// Why it matched nobody.
    pub why: String,
}

/// The script that makes the Teams policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Teams {
    /// The whole script, as it would run.
    pub script: String,
    /// It is for the Exchange administrator; else for the Teams administrator.
    pub for_exchange: bool,
    /// The PowerShell module that it needs.
    pub module_name: String,
    /// Name the file gets.
    pub file_name: String,
    /// Version of PowerShell on this computer, if it has one.
    pub powershell: Option<String>,
    /// Version of that module, if it is there.
    pub module: Option<String>,
    /// Who would lose another policy.
    pub overwritten: Vec<String>,
    /// What the last result said.
    pub result: Option<String>,
}

/// How well fields meet.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Match {
    /// One for each pair of fields.
    pub pairs: Vec<MatchPair>,
}

/// A field of the product and a field of the directory.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MatchPair {
    /// Ask of the directory's field.
    pub ask: String,
    /// What the pair is for.
    pub label: String,
    /// The product's field.
    pub local: Option<String>,
    /// The chosen directory field.
    pub remote: Option<String>,
    /// How many people were looked at.
    pub people: u32,
    /// What each field looks like over those people.
    pub fields: Vec<FieldFit>,
    /// What the product's export says.
    pub import: Option<ImportFit>,
}

/// How a directory field looks over real people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FieldFit {
    /// Name as Microsoft Graph spells it.
    pub field: String,
    /// People who have it.
    pub filled: u32,
    /// People who have it not.
    pub empty: u32,
    /// Values that more than one person has.
    pub doubled: u32,
    /// The app's own token can read it; `None` when not tried.
    pub readable: Option<bool>,
}

/// How the product's export meets the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportFit {
    /// Rows of the file.
    pub rows: u32,
    /// Rows that found their person.
    pub matched: u32,
    /// Rows that found nobody.
    pub missed: Vec<MissedLine>,
}

/// The last step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HandOver {
    /// The product's fields in the product's order.
    pub fields: Vec<HandOverField>,
    /// What was proven last.
    pub proofs: Vec<Proof>,
    /// Files that were written.
    pub receipts: Vec<Receipt>,
    /// A passphrase waits in the core and can be shown natively.
    pub passphrase_ready: bool,
    /// A push to the product was begun and its receipt has not come.
    pub push_begun: bool,
}

/// One field of the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HandOverField {
    /// Name in the guide.
    pub id: String,
    /// The vendor's row.
    pub row: String,
    /// The product's own label.
    pub label: String,
    /// Where it is entered, in the product's own words.
    pub place: Option<String>,
    /// The value; never there for a secret.
    pub text: Option<String>,
    /// A secret: only the core can copy it.
    pub secret: bool,
    /// The value is known.
    pub filled: bool,
}

/// One thing that was proven by use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// What was proven.
    pub what: String,
    /// When; `None` when it was not proven yet.
    pub at: Option<String>,
}

/// A file that left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// When.
    pub at: String,
    /// How: as a file, over HTTPS, over SFTP, by a command line, by hand.
    pub how: String,
    /// Where it lies.
    pub path: Option<String>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: Option<String>,
}

/// To whom a file is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Seal {
    /// An app-made passphrase that is told separately.
    Passphrase {},
    /// The receiver's public key.
    Recipient {
        /// A JWK or a PEM text.
        key: String,
    },
    /// The key in the offer that was taken.
    Offer {},
}
