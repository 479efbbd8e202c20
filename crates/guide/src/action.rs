//! The verbs: the closed list of what a step can make true, and what each verb puts out.
//! Names and shapes only; how a verb is carried out is the engine's matter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Template;

/// What a step makes true.
///
/// Each parameterless verb is an empty struct, because a unit variant of an enum with an inner tag would
/// accept unknown keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verb", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// A person has read what the vendor says first, and confirms it.
    ConfirmNotice {},
    /// An app registration with its service principal exists.
    RegisterApplication {
        /// The display name.
        name: Template,
        /// Who may sign in.
        audience: Audience,
    },
    /// The application's and the directory's ids are known and read back.
    NoteIds {},
    /// A client secret of the application exists and is held in the vault.
    AddSecret {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The lifetime in months, 1 to 24.
        months: Template,
        /// The description that the portal shows.
        description: Template,
    },
    /// A certificate of the application exists; its private key is held in the vault, its public part is uploaded.
    AddCertificate {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The lifetime in months, 1 to 24.
        months: Template,
        /// The description that the portal shows.
        description: Template,
    },
    /// The application declares exactly these permissions of an API.
    SetPermissions {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The API.
        resource: Resource,
        /// Application permissions by their published value.
        #[serde(rename = "application-permissions", default)]
        #[schemars(length(max = 100), inner(length(min = 1, max = 120)))]
        roles: Vec<String>,
        /// Delegated permissions by their published value.
        #[serde(default)]
        #[schemars(length(max = 100), inner(length(min = 1, max = 120)))]
        delegated: Vec<String>,
        /// Delegated permissions that are taken away.
        #[serde(default)]
        #[schemars(length(max = 100), inner(length(min = 1, max = 120)))]
        remove: Vec<String>,
    },
    /// An administrator has consented to what the application declares.
    GrantConsent {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The step that sets the permissions.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        permissions: String,
    },
    /// The grants, and the roles of a fresh token, are exactly the permissions.
    ConfirmGrants {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The step that sets the permissions.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        permissions: String,
        /// The step that adds the secret or certificate which asks for the token.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        secret: String,
    },
    /// A Teams application access policy names the application.
    CreateAccessPolicy {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The policy's name.
        name: Template,
        /// The policy's description.
        description: Template,
    },
    /// People of the directory are chosen and checked.
    ChooseUsers {
        /// The ask of the kind `users` that holds them.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        ask: String,
    },
    /// The policy applies to the chosen people, to a group, or to everyone.
    AssignAccessPolicy {
        /// The step that creates the policy.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        policy: String,
        /// The step that chooses the people.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        users: String,
        /// `users`, `group` or `everyone`, or a choice among them.
        to: Template,
        /// The group's object id, where the policy may go to a group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<Template>,
    },
    /// The application itself has made an online meeting for one of the chosen people, and deleted it.
    ProveMeeting {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The step that adds the secret or certificate.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        secret: String,
        /// The step that chooses the people.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        users: String,
    },
    /// The fields by which product and directory know the same person are chosen and tried out.
    MatchFields {
        /// The pairs of fields.
        #[schemars(length(min = 1, max = 20))]
        pairs: Vec<MatchPair>,
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The step that adds the secret or certificate with which the fields are read.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        secret: String,
    },
    /// The values are handed to the product, sealed or field by field.
    HandOver {
        /// Which fields.
        fields: HandedFields,
    },
}

impl Action {
    /// The verb's name as guides write it.
    pub fn verb(&self) -> &'static str {
        match self {
            Action::ConfirmNotice {} => "confirm-notice",
            Action::RegisterApplication { .. } => "register-application",
            Action::NoteIds {} => "note-ids",
            Action::AddSecret { .. } => "add-secret",
            Action::AddCertificate { .. } => "add-certificate",
            Action::SetPermissions { .. } => "set-permissions",
            Action::GrantConsent { .. } => "grant-consent",
            Action::ConfirmGrants { .. } => "confirm-grants",
            Action::CreateAccessPolicy { .. } => "create-access-policy",
            Action::ChooseUsers { .. } => "choose-users",
            Action::AssignAccessPolicy { .. } => "assign-access-policy",
            Action::ProveMeeting { .. } => "prove-meeting",
            Action::MatchFields { .. } => "match-fields",
            Action::HandOver { .. } => "hand-over",
        }
    }

    /// What the verb puts out: the names that templates may use as `{step.output}`.
    pub fn outputs(&self) -> &'static [Output] {
        match self {
            Action::RegisterApplication { .. } => &REGISTERED,
            Action::NoteIds {} => &NOTED,
            Action::AddSecret { .. } => &SECRET,
            Action::AddCertificate { .. } => &CERTIFICATE,
            Action::CreateAccessPolicy { .. } => &POLICY,
            Action::ChooseUsers { .. } => &CHOSEN,
            _ => &[],
        }
    }
}

/// A value that a verb puts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// The name after the dot in `{step.output}`.
    pub name: &'static str,
    /// Whether it is a secret; then only a field marked secret may name it.
    pub secret: bool,
}

/// Who may sign in to an application (Graph `application` resource, `signInAudience`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Accounts of this directory only (`AzureADMyOrg`).
    SingleTenant,
    /// Accounts of any directory (`AzureADMultipleOrgs`).
    MultipleTenants,
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

/// Which fields a hand-over carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HandedFields {
    /// Every field of the guide, in its order.
    All,
}

const fn open(name: &'static str) -> Output {
    Output { name, secret: false }
}

static REGISTERED: [Output; 4] = [
    open("application-id"),
    open("application-object-id"),
    open("service-principal-id"),
    open("directory-id"),
];
static NOTED: [Output; 2] = [open("application-id"), open("directory-id")];
static SECRET: [Output; 3] =
    [Output { name: "secret", secret: true }, open("secret-key-id"), open("secret-expires")];
static CERTIFICATE: [Output; 4] = [
    Output { name: "certificate", secret: true },
    open("certificate-key-id"),
    open("certificate-expires"),
    open("certificate-thumbprint"),
];
static POLICY: [Output; 1] = [open("policy-name")];
static CHOSEN: [Output; 1] = [open("count")];
