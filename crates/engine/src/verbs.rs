//! The verbs: each makes one kind of step true and has two halves. `check` only reads and alone can draw a plan;
//! `apply` consumes the plan. Which scopes and roles a verb needs is known here and not in the guide.

mod access_conditions;
mod access_policy;
mod answering;
mod axigen;
mod axigen_connector;
mod axigen_permission;
mod axigen_script;
mod axigen_version;
mod by_script;
mod calls;
mod certificate;
mod choose_users;
mod confirm_grants;
mod forewarning;
mod grant_consent;
mod hand_over;
mod limit_mailbox;
mod lobby;
mod match_fields;
mod needs;
mod note_answers;
mod pool;
mod probing;
mod product_certificate;
mod prove_mail;
mod prove_meeting;
mod prove_presence;
mod prove_sign_in;
mod public_client;
mod redirect_uris;
mod register_application;
mod removing;
mod renewal;
mod sealed;
mod secret;
mod set_permissions;
mod take_down;

use guide::{Action, Need};

use crate::plan::{Found, Plan, Proof};
use crate::role::{DirectoryRole, EXCHANGE_ADMINS, GRAPH_CONSENTERS, REGISTRARS, TEAMS_ADMINS};
use crate::site::Site;
use crate::trouble::Trouble;

pub(crate) use axigen_script::axigen_commands;
pub(crate) use by_script::{keep_result, script_parameters, undo_parameters};
pub(crate) use calls::{BRINGING_BACK, UNDO, calls};
pub(crate) use certificate::offer;
pub(crate) use choose_users::questions as questions_of_people;
pub(crate) use confirm_grants::token_with;
pub(crate) use grant_consent::granted;
pub(crate) use lobby::{ASSIGNED, ASSIGNING};
pub use match_fields::MatchLine;
pub(crate) use match_fields::match_table;
pub(crate) use product_certificate::UPLOADED;
pub(crate) use public_client::SWITCHED;
pub(crate) use redirect_uris::ADDED;
pub(crate) use removing::{lists, remove, removed};
pub(crate) use renewal::{check_hand_over, check_proof, check_removal};
use sealed::{Sealed, asked_days};
pub(crate) use sealed::{added_beside, is_made_beside};
pub(crate) use take_down::{TAKEN_DOWN, receipt};

/// Reads what is, and says what would change.
pub(crate) async fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    match &site.step.action {
        Action::ConfirmNotice {} | Action::HandOut {} => Ok(Found::NeedsPerson),
        Action::ConfirmDone { .. } => Ok(match site.open_asks() {
            open if open.is_empty() => Found::NeedsPerson,
            open => Found::NeedsAnswers(open),
        }),
        Action::NoteAnswers {} => Ok(note_answers::check(site)),
        Action::RegisterApplication { name, audience } => {
            register_application::check(site, name, audience).await
        }
        Action::NoteIds { application } => register_application::note_ids(site, application.as_deref()).await,
        Action::AddSecret { application, months, description } => {
            secret::check(site, application, months, description).await
        }
        Action::AddCertificate { application, months, description } => {
            certificate::check(site, application, months, description).await
        }
        Action::SetPermissions { application, remove, .. } => {
            set_permissions::check(site, application, remove).await
        }
        Action::GrantConsent { application, permissions } => {
            grant_consent::check(site, application, permissions).await
        }
        Action::ConfirmGrants { application, permissions, secret } => {
            confirm_grants::check(site, application, permissions, secret.as_deref()).await
        }
        Action::CreateAccessPolicy { application, name, description } => {
            access_policy::check_policy(site, application, name, description)
        }
        Action::ChooseUsers { ask, needs } => choose_users::check(site, ask, needs).await,
        Action::AssignAccessPolicy { policy, users, to, group } => {
            access_policy::check_assignment(site, policy, users, to, group.as_ref())
        }
        Action::ProveMeeting { application, secret, users, lobby } => {
            prove_meeting::check(site, application, secret, users, lobby.as_ref())
        }
        Action::SetRedirectUris { application, addresses, host } => {
            redirect_uris::check(site, application, addresses, host.as_ref()).await
        }
        Action::SetPublicClient { application, allowed } => {
            public_client::check(site, application, *allowed).await
        }
        Action::UploadCertificate { application, file } => {
            product_certificate::check(site, application, file).await
        }
        Action::SetLobby { scope, users, name, admitted } => {
            let wanted = lobby::Wanted { scope, users, name, admitted };
            lobby::check(site, &wanted).await
        }
        Action::LimitMailbox { application, mailbox, role } => {
            limit_mailbox::check(site, application, mailbox, role).await
        }
        Action::TakeDown { application } => take_down::check(site, application).await,
        Action::MatchFields { pairs, application, secret } => {
            match_fields::check(site, pairs, application.as_deref(), secret.as_deref()).await
        }
        Action::ProbeAddress { .. } => probing::check(site).await,
        Action::PoolUsers { .. } => pool::check(site).await,
        Action::ProveSignIn { .. } => prove_sign_in::check(site),
        Action::ProvePresence { .. } => prove_presence::check(site),
        Action::ProveMail { .. } => prove_mail::check(site).await,
        Action::AxigenVersion { .. } => axigen_version::check(site).await,
        Action::AxigenConnector { .. } => axigen_connector::check(site).await,
        Action::AxigenPermission { .. } => axigen_permission::check(site).await,
        Action::HandOver { .. } => hand_over::check(site),
    }
}

/// Carries a plan out. What a verb learns by doing (a meeting that was really made) comes back as its proof.
pub(crate) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    match &site.step.action {
        Action::RegisterApplication { .. } => register_application::apply(site, plan).await,
        Action::AddSecret { .. } => secret::apply(site, plan).await,
        Action::AddCertificate { .. } => certificate::apply(site, plan).await,
        Action::SetPermissions { application, .. } => set_permissions::apply(site, application, plan).await,
        Action::GrantConsent { application, .. } => grant_consent::apply(site, application, plan).await,
        Action::ConfirmGrants { .. } => confirm_grants::apply(site, plan).await,
        Action::CreateAccessPolicy { .. } | Action::AssignAccessPolicy { .. } => {
            access_policy::apply(site, plan).await
        }
        Action::ProveMeeting { .. } => prove_meeting::apply(site, plan).await,
        Action::ProveSignIn { .. } => prove_sign_in::apply(site, plan).await,
        Action::ProvePresence { .. } => prove_presence::apply(site, plan).await,
        Action::ProveMail { .. } => prove_mail::apply(site, plan).await,
        Action::AxigenConnector { .. } => axigen_connector::apply(site, plan).await,
        Action::AxigenPermission { .. } => axigen_permission::apply(site, plan).await,
        Action::SetRedirectUris { .. } => redirect_uris::apply(site, plan).await,
        Action::SetPublicClient { .. } => public_client::apply(site, plan).await,
        Action::UploadCertificate { .. } => product_certificate::apply(site, plan).await,
        Action::SetLobby { .. } => lobby::apply(site, plan).await,
        Action::LimitMailbox { .. } => limit_mailbox::apply(site, plan).await,
        Action::TakeDown { .. } => take_down::apply(site, plan).await,
        _ => Err(Trouble::defect("apply")),
    }
}

/// The names of the passwords that a step may be lent.
pub(crate) fn passwords(site: &Site<'_>) -> Vec<String> {
    match &site.step.action {
        Action::AxigenConnector { .. } | Action::AxigenPermission { .. } => vec![axigen::ADMIN.to_owned()],
        Action::ProveSignIn { users, .. } => prove_sign_in::names(site, users),
        _ => Vec::new(),
    }
}

/// How long a step may wait for Microsoft, as Microsoft documents it, and a little.
pub(crate) fn patience(action: &Action) -> time::Duration {
    match action {
        Action::ProveMail { .. } => prove_mail::PATIENCE,
        _ => prove_meeting::PATIENCE,
    }
}

/// How a plan was carried out.
pub(crate) enum Applied {
    /// Look at the tenant until it shows.
    Look,
    /// Doing was the proof.
    Proved(Proof),
    /// It has to be waited for.
    Found(Found),
}

/// The delegated scopes that a verb needs (Graph's permissions reference, least privileged first).
pub fn scopes(action: &Action) -> &'static [&'static str] {
    match action {
        Action::RegisterApplication { .. } | Action::NoteIds { .. } => {
            &["User.Read", "Application.ReadWrite.All"]
        }
        Action::AddSecret { .. } | Action::AddCertificate { .. } => {
            &["Application.ReadWrite.All", "Policy.Read.All"]
        }
        Action::SetPermissions { .. }
        | Action::SetRedirectUris { .. }
        | Action::SetPublicClient { .. }
        | Action::LimitMailbox { .. }
        | Action::TakeDown { .. } => &["Application.ReadWrite.All"],
        Action::UploadCertificate { .. } => &["Application.ReadWrite.All", "Policy.Read.All"],
        Action::SetLobby { .. } => &["User.Read.All", ASSIGNING],
        Action::ChooseUsers { needs, .. } if needs.contains(&Need::NoMultiFactor) => {
            &["User.Read.All", "Directory.Read.All", "Policy.Read.All"]
        }
        Action::ChooseUsers { needs, .. } if needs.contains(&Need::NoDirectoryRole) => {
            &["User.Read.All", "Directory.Read.All"]
        }
        Action::GrantConsent { .. } => &[
            "AppRoleAssignment.ReadWrite.All",
            "DelegatedPermissionGrant.ReadWrite.All",
            "Application.ReadWrite.All",
        ],
        Action::ConfirmGrants { .. } => {
            &["Application.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"]
        }
        Action::ChooseUsers { .. }
        | Action::MatchFields { .. }
        | Action::PoolUsers { .. }
        | Action::ProveMail { .. } => &["User.Read.All"],
        _ => &[],
    }
}

/// Any of these directory roles lets the account carry the verb out; empty where none is asked for.
pub fn roles(action: &Action) -> &'static [DirectoryRole] {
    match action {
        Action::RegisterApplication { .. }
        | Action::AddSecret { .. }
        | Action::AddCertificate { .. }
        | Action::SetPermissions { .. }
        | Action::SetRedirectUris { .. }
        | Action::SetPublicClient { .. }
        | Action::UploadCertificate { .. }
        | Action::TakeDown { .. } => &REGISTRARS,
        Action::GrantConsent { .. } => &GRAPH_CONSENTERS,
        Action::CreateAccessPolicy { .. } | Action::AssignAccessPolicy { .. } | Action::SetLobby { .. } => {
            &TEAMS_ADMINS
        }
        Action::LimitMailbox { .. } => &EXCHANGE_ADMINS,
        _ => &[],
    }
}
