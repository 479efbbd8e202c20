//! The verbs: the closed list of what a step can make true, and what each verb puts out.
//! Names and shapes only; how a verb is carried out is the engine's matter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expected, HandedFields, MatchPair, Need, OptionalPermission, Resource, Template};

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
        /// Who may sign in: an [`Audience`] by its word, or a choice among them.
        audience: Template,
    },
    /// The application's and the directory's ids are known and read back.
    NoteIds {
        /// The step that registers the application; without it the last one before this step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: Option<String>,
    },
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
        /// Permissions that are wanted only while their conditions hold.
        #[serde(default)]
        #[schemars(length(max = 100))]
        optional: Vec<OptionalPermission>,
        /// Asks of the kind `permissions`, whose answers are wanted too.
        #[serde(default)]
        #[schemars(length(max = 20), inner(regex(pattern = "^[a-z][a-z0-9-]{0,63}$")))]
        asked: Vec<String>,
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
        /// The step that adds the secret or certificate which asks for the token; without it only the grants are read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        secret: Option<String>,
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
        /// What each of them needs.
        #[serde(default)]
        #[schemars(length(max = 8))]
        needs: Vec<Need>,
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
        /// Who must be able to pass the meeting's lobby: an [`Admitted`] by its word, or a choice among them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lobby: Option<Template>,
    },
    /// The fields by which product and directory know the same person are chosen and tried out.
    MatchFields {
        /// The pairs of fields.
        #[schemars(length(min = 1, max = 20))]
        pairs: Vec<MatchPair>,
        /// The step that registers the application which has to read the fields.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: Option<String>,
        /// The step that adds the secret or certificate with which it reads them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        secret: Option<String>,
    },
    /// The step's asks are answered, each in the right form.
    NoteAnswers {},
    /// A person has done it in the product and vouches for it.
    ConfirmDone {
        /// How many minutes it may take until the product shows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 600))]
        minutes: Option<u32>,
    },
    /// The end users have their page.
    HandOut {},
    /// The application lists these redirect addresses of the type Web; others are kept.
    SetRedirectUris {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The addresses; one whose ask is optional and unanswered is left out.
        #[schemars(length(min = 1, max = 20))]
        addresses: Vec<Template>,
        /// The host on which each address must be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<Template>,
    },
    /// Whether the application allows public client flows (Graph `application`, `isFallbackPublicClient`).
    SetPublicClient {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// Whether they are allowed.
        allowed: bool,
    },
    /// The public certificate that the product made is at the application.
    UploadCertificate {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The ask of the kind `file` that names the certificate's file.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        file: String,
    },
    /// A public address answers as Microsoft's cloud needs it.
    ProbeAddress {
        /// The https address.
        address: Template,
        /// What it must answer.
        expects: Expected,
        /// The device in front of it that is likely at fault when it does not answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behind: Option<Template>,
    },
    /// There are enough accounts that each subscribe for a limited number of people.
    PoolUsers {
        /// The step that chooses these accounts.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        carriers: String,
        /// The ask of the kind `csv` with the people who are to be served; without it everybody with Teams.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        csv: Option<String>,
        /// The ask for the heading of the column in that file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        column: Option<String>,
        /// The ask of the kind `user-field` by which the file knows people.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        field: String,
        /// How many people one account can serve.
        #[schemars(range(min = 1, max = 100_000))]
        most: u32,
    },
    /// Each chosen person signs in with user name and password at the public client.
    ProveSignIn {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The step that chooses the people.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        users: String,
        /// The step that sets the permissions which the token must carry.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        permissions: String,
    },
    /// The application sets the presence of one chosen person, reads it back and clears it.
    ProvePresence {
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
    /// The application sends one mail from a mailbox to itself.
    ProveMail {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The step that adds the secret or certificate.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        secret: String,
        /// The step that chooses the mailbox.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        mailbox: String,
    },
    /// A Teams meeting policy says who passes the lobby.
    SetLobby {
        /// `tenant` or `organisers`, or a choice between them.
        scope: Template,
        /// The step that chooses the organisers.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        users: String,
        /// The policy's name, for organisers.
        name: Template,
        /// Who passes: an [`Admitted`] by its word, or a choice among them.
        admitted: Template,
    },
    /// The application may use one mailbox only (Exchange: RBAC for Applications).
    LimitMailbox {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The step that chooses the mailbox.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        mailbox: String,
        /// Exchange's role for the application, such as `Application Mail.Send`.
        #[schemars(length(min = 1, max = 120))]
        role: String,
    },
    /// The Axigen server is new enough for the feature and the account type.
    AxigenVersion {
        /// `command-line` or `by-hand`, or a choice between them.
        way: Template,
        /// The server's host.
        host: Template,
        /// The port of its command line.
        port: Template,
        /// `tls` or `ssh-tunnel`, or a choice between them.
        connection: Template,
        /// The ask for the version as a person reads it.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        typed: String,
        /// The first version that has the feature.
        #[schemars(length(min = 1, max = 20))]
        least: String,
        /// The account type: an [`Audience`] by its word, or a choice among them.
        account_type: Template,
        /// The first version that allows other account types than personal ones.
        #[schemars(length(min = 1, max = 20))]
        other_types_from: String,
    },
    /// The Axigen server's OAuth connector holds the application's values, and the server-wide switch is on.
    AxigenConnector {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
        /// The step that adds the secret or certificate.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        secret: String,
        /// The step that asked for the version.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        version: String,
        /// The account type: an [`Audience`] by its word, or a choice among them.
        account_type: Template,
        /// The scopes, separated by blanks.
        #[schemars(length(min = 1, max = 400))]
        scopes: String,
        /// The base address to which Microsoft sends people back, where it differs from the host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        redirect_base: Option<Template>,
        /// The ask for the connector's name, where there is doubt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        connector: Option<String>,
    },
    /// The Axigen server allows the feature for a domain, a class of accounts or one account.
    AxigenPermission {
        /// The step that asked for the version.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        version: String,
        /// `domain`, `account-class` or `account`, or a choice among them.
        level: Template,
        /// The mail domain.
        domain: Template,
        /// The class or the account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Template>,
    },
    /// The application is gone at Microsoft; for 30 days it can be brought back.
    TakeDown {
        /// The step that registers the application.
        #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
        application: String,
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
            Action::NoteIds { .. } => "note-ids",
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
            Action::NoteAnswers {} => "note-answers",
            Action::ConfirmDone { .. } => "confirm-done",
            Action::HandOut {} => "hand-out",
            Action::SetRedirectUris { .. } => "set-redirect-uris",
            Action::SetPublicClient { .. } => "set-public-client",
            Action::UploadCertificate { .. } => "upload-certificate",
            Action::ProbeAddress { .. } => "probe-address",
            Action::PoolUsers { .. } => "pool-users",
            Action::ProveSignIn { .. } => "prove-sign-in",
            Action::ProvePresence { .. } => "prove-presence",
            Action::ProveMail { .. } => "prove-mail",
            Action::SetLobby { .. } => "set-lobby",
            Action::LimitMailbox { .. } => "limit-mailbox",
            Action::AxigenVersion { .. } => "axigen-version",
            Action::AxigenConnector { .. } => "axigen-connector",
            Action::AxigenPermission { .. } => "axigen-permission",
            Action::TakeDown { .. } => "take-down",
            Action::HandOver { .. } => "hand-over",
        }
    }

    /// What the verb puts out: the names that templates may use as `{step.output}`.
    pub fn outputs(&self) -> &'static [Output] {
        match self {
            Action::RegisterApplication { .. } => &REGISTERED,
            Action::NoteIds { .. } => &NOTED,
            Action::AddSecret { .. } => &SECRET,
            Action::AddCertificate { .. } => &CERTIFICATE,
            Action::CreateAccessPolicy { .. } | Action::SetLobby { .. } => &POLICY,
            Action::UploadCertificate { .. } => &UPLOADED,
            Action::PoolUsers { .. } => &POOLED,
            Action::AxigenVersion { .. } => &VERSION,
            Action::AxigenConnector { .. } => &CONNECTOR,
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
static CHOSEN: [Output; 3] = [open("count"), open("first-user-principal-name"), open("first-object-id")];
static UPLOADED: [Output; 4] = [
    open("certificate-key-id"),
    open("certificate-expires"),
    open("certificate-thumbprint"),
    open("certificate-subject"),
];
static POOLED: [Output; 2] = [open("counted"), open("needed")];
static VERSION: [Output; 1] = [open("version")];
static CONNECTOR: [Output; 1] = [open("connector-name")];
