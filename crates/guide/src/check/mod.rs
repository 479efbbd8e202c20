//! Judges the sense of a guide whose shape is right: names that nothing has, circles, secrets in the open,
//! texts that are missing. Each file here is one group of rules; none reads a file.

mod answering;
mod conditions;
mod names;
mod order;
mod texts;
mod values;

pub(crate) use answering::{answer_fault, list_fault};
pub(crate) use texts::{languages, texts};

use crate::page::{Faults, Page};
use crate::{Action, Admitted, Audience, Guide, Template, Trust};

/// Judges `guide.toml`.
pub(crate) fn structure(guide: &Guide, page: &Page<'_>, trust: Trust, faults: &mut Faults) {
    names::judge(guide, page, faults);
    conditions::judge(guide, page, faults);
    order::judge(guide, page, faults);
    values::judge(guide, page, trust, faults);
}

/// A parameter of a verb that names another step.
struct StepLink<'a> {
    /// The parameter, such as `application`.
    field: &'static str,
    /// The step it names.
    step: &'a str,
    /// The verbs of which this step must have one.
    verbs: &'static [&'static str],
}

fn step_links(action: &Action) -> Vec<StepLink<'_>> {
    let to = |field, step, verbs| StepLink { field, step, verbs };
    let application = |step| to("application", step, &["register-application"]);
    let permissions = |step| to("permissions", step, &["set-permissions"]);
    let secret = |step| to("secret", step, &["add-secret", "add-certificate"]);
    let users = |step| to("users", step, &["choose-users"]);
    let version = |step| to("version", step, &["axigen-version"]);
    match action {
        Action::AddSecret { application: a, .. }
        | Action::AddCertificate { application: a, .. }
        | Action::SetPermissions { application: a, .. }
        | Action::CreateAccessPolicy { application: a, .. }
        | Action::SetRedirectUris { application: a, .. }
        | Action::SetPublicClient { application: a, .. }
        | Action::UploadCertificate { application: a, .. }
        | Action::TakeDown { application: a } => vec![application(a)],
        Action::NoteIds { application: a } => a.iter().map(|a| application(a)).collect(),
        Action::GrantConsent { application: a, permissions: p } => vec![application(a), permissions(p)],
        Action::ConfirmGrants { application: a, permissions: p, secret: s } => {
            [application(a), permissions(p)].into_iter().chain(s.iter().map(|s| secret(s))).collect()
        }
        Action::AssignAccessPolicy { policy: p, users: u, .. } => {
            vec![to("policy", p, &["create-access-policy"]), users(u)]
        }
        Action::ProveMeeting { application: a, secret: s, users: u, .. }
        | Action::ProvePresence { application: a, secret: s, users: u } => {
            vec![application(a), secret(s), users(u)]
        }
        Action::ProveMail { application: a, secret: s, mailbox: m } => {
            vec![application(a), secret(s), to("mailbox", m, &["choose-users"])]
        }
        Action::MatchFields { application: a, secret: s, .. } => {
            a.iter().map(|a| application(a)).chain(s.iter().map(|s| secret(s))).collect()
        }
        Action::PoolUsers { carriers: c, .. } => vec![to("carriers", c, &["choose-users"])],
        Action::ProveSignIn { application: a, users: u, permissions: p } => {
            vec![application(a), users(u), permissions(p)]
        }
        Action::SetLobby { users: u, .. } => vec![users(u)],
        Action::LimitMailbox { application: a, mailbox: m, .. } => {
            vec![application(a), to("mailbox", m, &["choose-users"])]
        }
        Action::AxigenConnector { application: a, secret: s, version: v, .. } => {
            vec![application(a), secret(s), version(v)]
        }
        Action::AxigenPermission { version: v, .. } => vec![version(v)],
        Action::ConfirmNotice {}
        | Action::RegisterApplication { .. }
        | Action::NoteAnswers {}
        | Action::ConfirmDone { .. }
        | Action::HandOut {}
        | Action::ProbeAddress { .. }
        | Action::AxigenVersion { .. }
        | Action::ChooseUsers { .. }
        | Action::HandOver { .. } => Vec::new(),
    }
}

fn templates(action: &Action) -> Vec<(&'static str, &Template)> {
    fn and<'a>(
        first: impl IntoIterator<Item = (&'static str, &'a Template)>,
        name: &'static str,
        more: Option<&'a Template>,
    ) -> Vec<(&'static str, &'a Template)> {
        first.into_iter().chain(more.map(|template| (name, template))).collect()
    }
    match action {
        Action::RegisterApplication { name, audience } => vec![("name", name), ("audience", audience)],
        Action::AddSecret { months, description, .. }
        | Action::AddCertificate { months, description, .. } => {
            vec![("months", months), ("description", description)]
        }
        Action::CreateAccessPolicy { name, description, .. } => {
            vec![("name", name), ("description", description)]
        }
        Action::AssignAccessPolicy { to, group, .. } => and([("to", to)], "group", group.as_ref()),
        Action::ProveMeeting { lobby, .. } => and([], "lobby", lobby.as_ref()),
        Action::SetRedirectUris { addresses, host, .. } => {
            and(addresses.iter().map(|address| ("addresses", address)), "host", host.as_ref())
        }
        Action::ProbeAddress { address, behind, .. } => {
            and([("address", address)], "behind", behind.as_ref())
        }
        Action::SetLobby { scope, name, admitted, .. } => {
            vec![("scope", scope), ("name", name), ("admitted", admitted)]
        }
        Action::AxigenVersion { way, host, port, connection, account_type, .. } => vec![
            ("way", way),
            ("host", host),
            ("port", port),
            ("connection", connection),
            ("account-type", account_type),
        ],
        Action::AxigenConnector { account_type, redirect_base, .. } => {
            and([("account-type", account_type)], "redirect-base", redirect_base.as_ref())
        }
        Action::AxigenPermission { level, domain, name, .. } => {
            and([("level", level), ("domain", domain)], "name", name.as_ref())
        }
        _ => Vec::new(),
    }
}

/// The parameters of a verb that take one of a few words, literally or as a choice: (parameter, template, words).
fn word_choices(action: &Action) -> Vec<(&'static str, &Template, Vec<&'static str>)> {
    let audiences = || Audience::ALL.iter().map(|audience| audience.word()).collect();
    let admitted = || Admitted::ALL.iter().map(|admitted| admitted.word()).collect();
    match action {
        Action::RegisterApplication { audience, .. } => vec![("audience", audience, audiences())],
        Action::AssignAccessPolicy { to, .. } => vec![("to", to, vec!["users", "group", "everyone"])],
        Action::ProveMeeting { lobby: Some(lobby), .. } => vec![("lobby", lobby, admitted())],
        Action::SetLobby { scope, admitted: who, .. } => {
            vec![("scope", scope, vec!["tenant", "organisers"]), ("admitted", who, admitted())]
        }
        Action::AxigenVersion { way, connection, account_type, .. } => vec![
            ("way", way, vec!["command-line", "by-hand"]),
            ("connection", connection, vec!["tls", "ssh-tunnel"]),
            ("account-type", account_type, audiences()),
        ],
        Action::AxigenConnector { account_type, .. } => vec![("account-type", account_type, audiences())],
        Action::AxigenPermission { level, .. } => {
            vec![("level", level, vec!["domain", "account-class", "account"])]
        }
        _ => Vec::new(),
    }
}
