//! Limits an application to one mailbox by Exchange's own roles (Exchange page "Role Based Access Control for
//! Applications"). Such a role adds to what Entra granted and takes nothing from it: while the same permission is granted for
//! the whole tenant there, the step fails and says so. A fixed script does it and reads back what applies.

use serde_json::{Value, json};

use super::Applied;
use super::by_script::{read_back, run_script};
use super::set_permissions::{api, name_of};
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::role::EXCHANGE_ADMINS;
use crate::site::Site;
use crate::teams::Script;
use crate::trouble::{Code, Trouble};

/// Exchange's names of scopes and assignments have at most 64 characters (Exchange page "New-ManagementRoleAssignment").
const LONGEST_NAME: usize = 64;

/// The mailbox that a choose-users step resolved: object id and user principal name.
fn mailbox_of(site: &Site<'_>, step: &str) -> Option<(String, String)> {
    let history = site.history();
    let user = history.proof(step)?.found["users"][0].clone();
    let id = user["id"].as_str()?.to_owned();
    let name = user["user"].as_str().unwrap_or(&id).to_owned();
    Some((id, name))
}

/// Exchange's names for the connection of the Teams script's environment (page "Connect-ExchangeOnline").
fn environment(site: &Site<'_>) -> Option<&'static str> {
    match site.room.wire.place().teams_environment.as_deref()? {
        "TeamsGCCH" => Some("O365USGovGCCHigh"),
        "TeamsDOD" => Some("O365USGovDoD"),
        "TeamsChina" => Some("O365China"),
        _ => None,
    }
}

pub(super) fn parameters(
    site: &Site<'_>,
    application: &str,
    mailbox: &str,
    role: &str,
) -> Result<Value, Trouble> {
    let (_, name) = mailbox_of(site, mailbox)
        .ok_or_else(|| Trouble::new(Code::NotYet).with("step", mailbox).in_field("mailbox"))?;
    let scope: String = format!("Footbridge {} {}", site.guide.id, site.mark());
    let scope: String = scope.chars().take(LONGEST_NAME).collect();
    let assignment: String =
        format!("Footbridge {} {role}", site.mark()).chars().take(LONGEST_NAME).collect();
    Ok(json!({
        "action": "limit", "application-id": site.needed(application, "application-id")?,
        "service-principal-id": site.needed(application, "service-principal-id")?,
        "display-name": site.guide.product, "mailbox": name, "role": role, "scope-name": scope,
        "assignment-name": assignment, "environment": environment(site),
    }))
}

pub(super) async fn check(
    site: &Site<'_>,
    application: &str,
    mailbox: &str,
    role: &str,
) -> Result<Found, Trouble> {
    let is_known = site.output(application, "service-principal-id").is_some();
    let missing: Vec<String> = [(is_known, application), (mailbox_of(site, mailbox).is_some(), mailbox)]
        .into_iter()
        .filter(|(known, _)| !known)
        .map(|(_, step)| step.to_owned())
        .collect();
    if !missing.is_empty() {
        return Ok(Found::NeedsSteps(missing));
    }
    judge_grants(site, application, role).await?;
    let parameters = parameters(site, application, mailbox, role)?;
    if let Some(result) = read_back(site)
        && ["action", "scope-name", "role"].iter().all(|member| result[*member] == parameters[*member])
    {
        // What was wider may have been taken away since: only a new read-back can tell.
        if judge(&result).is_ok() && holds(&result) {
            return Ok(Found::AsWanted(proof(&result)));
        }
    }
    let text = |member: &str| parameters[member].as_str().unwrap_or_default().to_owned();
    let changes = vec![
        Change::new(Sign::Run, site.guide.product.clone(), Phrase::new("change.exchange-principal")),
        Change::new(
            Sign::Add,
            text("scope-name"),
            Phrase::new("change.exchange-scope").with("mailbox", text("mailbox")),
        ),
        Change::new(Sign::Add, role, Phrase::new("change.exchange-role").with("scope", text("scope-name"))),
    ];
    let plan = Plan::draw(&site.step.id, changes, parameters);
    Ok(Found::Planned(plan.with_requests(0).by_any_of(&EXCHANGE_ADMINS).that_stays()))
}

/// Refuses while Entra grants the same permission for every mailbox. Nobody signed in means that nobody can look; then the
/// read-back alone decides.
async fn judge_grants(site: &Site<'_>, application: &str, role: &str) -> Result<(), Trouble> {
    if site.seat().is_err() {
        return Ok(());
    }
    let look = site.look(application).await?;
    let api = api(site).await?;
    let permission = permission(role);
    let is_granted = look.assignments.iter().any(|have| {
        have.resource_id == api.id && name_of(&api, &have.app_role_id).as_deref() == Some(permission)
    });
    match is_granted {
        true => Err(Trouble::new(Code::GrantsAddUp).with("name", permission).in_field(permission)),
        false => Ok(()),
    }
}

/// `Application Mail.Send` is Exchange's name for what Entra calls `Mail.Send`.
fn permission(role: &str) -> &str {
    role.strip_prefix("Application ").unwrap_or(role)
}

/// Refuses when Exchange itself gives the role beyond the scope: `AllowedResourceScope` of another assignment.
fn judge(result: &Value) -> Result<(), Trouble> {
    let wider = authorizations(result)
        .find(|one| one["scope"] != result["scope-name"] && one["in-scope"] == true)
        .and_then(|one| one["scope"].as_str().filter(|scope| !scope.is_empty()).or(one["kind"].as_str()));
    match wider {
        Some(scope) => Err(Trouble::new(Code::MailboxNotLimited).with("scope", scope).in_field("role")),
        None => Ok(()),
    }
}

fn authorizations(result: &Value) -> impl Iterator<Item = &Value> {
    let of_role = |one: &&Value| one["role"] == result["role"];
    result["authorizations"].as_array().into_iter().flatten().filter(of_role)
}

fn holds(result: &Value) -> bool {
    authorizations(result).any(|one| one["scope"] == result["scope-name"] && one["in-scope"] == true)
}

fn proof(result: &Value) -> Proof {
    let text = |member: &str| result[member].as_str().unwrap_or_default().to_owned();
    let evidence = vec![
        Phrase::new("seen.mailbox-limited")
            .with("role", text("role"))
            .with("mailbox", text("mailbox"))
            .with("scope", text("scope-name")),
    ];
    Proof { evidence, found: json!({ "filter": result["filter"] }), ..Proof::default() }
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let parameters: Value = plan.work()?;
    judge(&run_script(site, Script::Exchange, &parameters).await?)?;
    Ok(Applied::Look)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn result(authorizations: Value) -> Value {
        json!({ "scope-name": "S", "role": "Application Mail.Send", "authorizations": authorizations })
    }

    fn line(scope: &str, inside: bool) -> Value {
        json!({ "role": "Application Mail.Send", "scope": scope, "kind": "CustomRecipientScope", "in-scope": inside })
    }

    #[test]
    fn only_the_scope_itself_proves_it() {
        assert!(holds(&result(json!([line("S", true)]))));
        assert!(!holds(&result(json!([line("S", false)]))));
        assert!(!holds(&result(json!([line("T", true)]))));
        assert!(!holds(&result(json!([]))));
    }

    #[test]
    fn another_assignment_of_the_same_role_that_reaches_the_mailbox_is_refused() {
        judge(&result(json!([line("S", true), line("T", false)]))).unwrap();
        let refused = judge(&result(json!([line("S", true), line("Organization", true)]))).unwrap_err();
        assert_eq!(
            (refused.code, refused.values["scope"].as_str()),
            (Code::MailboxNotLimited, "Organization")
        );
    }

    #[test]
    fn a_role_of_exchange_has_a_permission_of_entra_beside_it() {
        assert_eq!(permission("Application Mail.Send"), "Mail.Send");
    }
}
