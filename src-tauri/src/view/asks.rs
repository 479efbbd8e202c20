//! What the admin is asked, and the answers on their way in.
//! A password is never among them: it is typed into a window of the system and does not cross.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::step::Risk;

/// One thing the admin is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    /// Name in the guide.
    pub id: String,
    /// Label.
    pub label: String,
    /// One line of help.
    pub help: Option<String>,
    /// What an answer looks like.
    pub example: Option<String>,
    /// What can be entered.
    pub kind: AskKind,
    /// It must be answered.
    pub required: bool,
    /// The answer in force, or the guide's default; several are separated by commas.
    pub value: Option<String>,
    /// True when the admin gave the answer.
    pub answered: bool,
}

/// What can be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum AskKind {
    /// One line of text.
    Text {
        /// Most characters.
        max: u32,
        /// What fits, where the text has a form.
        hint: Option<String>,
    },
    /// A whole number.
    Number {
        /// Smallest.
        min: u32,
        /// Largest.
        max: u32,
    },
    /// One of a few.
    Choice {
        /// The few.
        options: Vec<ChoiceOption>,
    },
    /// Several of a few.
    Choices {
        /// The few.
        options: Vec<ChoiceOption>,
    },
    /// Names of permissions of Microsoft Graph.
    Permissions {
        /// Application permissions; else delegated ones.
        application: bool,
        /// What is said about each of the answer in force.
        names: Vec<PermissionName>,
    },
    /// A file.
    File {
        /// Name of the file that was chosen, without its folder.
        file: Option<String>,
    },
    /// People of the tenant.
    Users {
        /// How many at most.
        most: Option<u32>,
    },
    /// A property of a user in the directory.
    UserField {
        /// Names as Microsoft Graph spells them.
        options: Vec<String>,
    },
    /// A file that the product exported.
    Csv {
        /// Name of the file that was read, without its folder.
        file: Option<String>,
    },
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceOption {
    /// The answer.
    pub value: String,
    /// What the admin sees.
    pub label: String,
}

/// A permission that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PermissionName {
    /// As it was typed.
    pub name: String,
    /// How much it allows; `None` when there is no such permission.
    pub risk: Option<Risk>,
    /// Why it cannot be asked for.
    pub fault: Option<String>,
}

/// What is said about an answer before it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// What would fit, when it does not.
    pub fault: Option<String>,
    /// Each permission of a list of them.
    pub names: Vec<PermissionName>,
}

/// An answer on its way in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answer {
    /// Name of the ask.
    pub ask: String,
    /// The answer, several separated by commas, spaces or lines; empty takes it back.
    pub value: String,
}
