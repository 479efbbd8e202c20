//! Judges the sense of a guide whose shape is right: names that nothing has, circles, secrets in the open,
//! texts that are missing. Each file here is one group of rules; none reads a file.

mod names;
mod order;
mod texts;
mod values;

pub(crate) use texts::{languages, texts};
pub(crate) use values::default_fault;

use crate::page::{Faults, Page};
use crate::{Action, Guide, Template, Trust};

/// Judges `guide.toml`.
pub(crate) fn structure(guide: &Guide, page: &Page<'_>, trust: Trust, faults: &mut Faults) {
    names::judge(guide, page, faults);
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
    let application = |step| StepLink { field: "application", step, verbs: &["register-application"] };
    let permissions = |step| StepLink { field: "permissions", step, verbs: &["set-permissions"] };
    let secret = |step| StepLink { field: "secret", step, verbs: &["add-secret", "add-certificate"] };
    let users = |step| StepLink { field: "users", step, verbs: &["choose-users"] };
    let policy = |step| StepLink { field: "policy", step, verbs: &["create-access-policy"] };
    match action {
        Action::AddSecret { application: a, .. }
        | Action::AddCertificate { application: a, .. }
        | Action::SetPermissions { application: a, .. }
        | Action::CreateAccessPolicy { application: a, .. } => vec![application(a)],
        Action::GrantConsent { application: a, permissions: p } => vec![application(a), permissions(p)],
        Action::ConfirmGrants { application: a, permissions: p, secret: s } => {
            vec![application(a), permissions(p), secret(s)]
        }
        Action::AssignAccessPolicy { policy: p, users: u, .. } => vec![policy(p), users(u)],
        Action::ProveMeeting { application: a, secret: s, users: u } => {
            vec![application(a), secret(s), users(u)]
        }
        Action::MatchFields { application: a, secret: s, .. } => vec![application(a), secret(s)],
        Action::ConfirmNotice {}
        | Action::RegisterApplication { .. }
        | Action::NoteIds {}
        | Action::ChooseUsers { .. }
        | Action::HandOver { .. } => Vec::new(),
    }
}

fn templates(action: &Action) -> Vec<(&'static str, &Template)> {
    match action {
        Action::RegisterApplication { name, .. } => vec![("name", name)],
        Action::AddSecret { months, description, .. }
        | Action::AddCertificate { months, description, .. } => {
            vec![("months", months), ("description", description)]
        }
        Action::CreateAccessPolicy { name, description, .. } => {
            vec![("name", name), ("description", description)]
        }
        Action::AssignAccessPolicy { to, group, .. } => {
            let group = group.iter().map(|group| ("group", group));
            [("to", to)].into_iter().chain(group).collect()
        }
        _ => Vec::new(),
    }
}
