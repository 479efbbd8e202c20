//! The small things that verbs are made of: audiences, APIs, permissions with conditions, pairs of fields.
//! Words only; what they mean to Microsoft is the engine's matter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Condition;

/// Who may sign in to an application (Graph `application` resource, `signInAudience`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Accounts of this directory only (`AzureADMyOrg`).
    SingleTenant,
    /// Accounts of any directory (`AzureADMultipleOrgs`).
    MultipleTenants,
    /// Accounts of any directory and personal ones (`AzureADandPersonalMicrosoftAccount`).
    MultipleTenantsAndPersonal,
    /// Personal accounts only (`PersonalMicrosoftAccount`).
    Personal,
}

impl Audience {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 4] =
        [Self::SingleTenant, Self::MultipleTenants, Self::MultipleTenantsAndPersonal, Self::Personal];

    /// The word for it in guides.
    pub fn word(self) -> &'static str {
        match self {
            Self::SingleTenant => "single-tenant",
            Self::MultipleTenants => "multiple-tenants",
            Self::MultipleTenantsAndPersonal => "multiple-tenants-and-personal",
            Self::Personal => "personal",
        }
    }

    /// The audience of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.word() == word)
    }
}

/// Who passes the lobby of a meeting (Graph `lobbyBypassSettings`, `scope`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Admitted {
    /// Everyone, also people without an account.
    Everyone,
    /// People of the own organisation.
    Organization,
    /// People of the own organisation and of those that it trusts.
    OrganizationAndFederated,
}

impl Admitted {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Organization, Self::OrganizationAndFederated, Self::Everyone];

    /// The word for it in guides.
    pub fn word(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Organization => "organization",
            Self::OrganizationAndFederated => "organization-and-federated",
        }
    }

    /// Who a word means.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|admitted| admitted.word() == word)
    }
}

/// What a chosen person needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// A Teams licence.
    TeamsLicence,
    /// No directory role.
    NoDirectoryRole,
    /// No second factor: neither security defaults nor a Conditional Access policy asks for one.
    NoMultiFactor,
    /// A password that does not expire.
    PasswordDoesNotExpire,
}

/// What a public address must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// Anything over HTTPS.
    Answer,
    /// The validation token of a Graph subscription as text, within ten seconds.
    ValidationToken,
}

/// A permission that is wanted only while its conditions hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OptionalPermission {
    /// Its published value.
    #[schemars(length(min = 1, max = 120))]
    pub permission: String,
    /// Which of the two kinds.
    pub kind: WantedKind,
    /// The conditions, all of which must hold.
    #[schemars(length(min = 1, max = 8))]
    pub when: Vec<Condition>,
}

/// The kind of a permission as guides write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WantedKind {
    /// Held by the application itself.
    Application,
    /// Borrowed from the signed-in person.
    Delegated,
}

impl From<WantedKind> for crate::PermissionKind {
    fn from(kind: WantedKind) -> Self {
        match kind {
            WantedKind::Application => Self::Application,
            WantedKind::Delegated => Self::Delegated,
        }
    }
}

/// An API whose permissions the catalogue knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// Microsoft Graph, `00000003-0000-0000-c000-000000000000`.
    MicrosoftGraph,
}

/// One pair of fields by which product and directory know the same person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MatchPair {
    /// The ask for the product's own field.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub local: String,
    /// The ask of the kind `user-field` for the directory's field.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub remote: String,
    /// The step that chooses the people on whom the pair is tried; without it a sample of the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub users: Option<String>,
    /// The ask of the kind `csv` with the product's own list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub csv: Option<String>,
}

/// Which fields a hand-over carries: `"all"`, or a list of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum HandedFields {
    /// Every field of the guide, in its order.
    Every(EveryField),
    /// These fields, in the guide's order: products ask for values at several places.
    Named(
        #[schemars(length(min = 1, max = 100), inner(regex(pattern = "^[a-z][a-z0-9-]{0,63}$")))] Vec<String>,
    ),
}

/// The word for every field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EveryField {
    /// `"all"`.
    All,
}

impl HandedFields {
    /// The ids of the fields, where they are named.
    pub fn named(&self) -> Option<&[String]> {
        match self {
            Self::Every(_) => None,
            Self::Named(ids) => Some(ids),
        }
    }
}
