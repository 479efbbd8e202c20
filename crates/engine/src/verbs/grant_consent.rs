//! Grants the declared permissions for the whole tenant: one app role assignment for each application permission
//! (Graph page "servicePrincipal: appRoleAssignedTo"). Adds only what is missing, and takes away the delegated grant of
//! a permission that the vendor wants removed.

use cloud::model::OAuth2PermissionGrant;
use cloud::{Answer, Call};
use guide::Action;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Applied;
use super::set_permissions::{Kind, Permission, api, named, wanted};
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::role::{CONSENTERS, GRAPH_CONSENTERS};
use crate::site::{Site, Write};
use crate::trouble::Trouble;

#[derive(Serialize, Deserialize, Default)]
struct Work {
    principal: String,
    api: String,
    roles: Vec<(String, String)>,
    scopes: Vec<String>,
    grant: Option<(String, String)>,
    withdraw: Vec<(String, String, String)>,
}

/// The permissions that a set-permissions step wants, and those that it wants removed.
pub(super) async fn permissions(
    site: &Site<'_>,
    step: &str,
) -> Result<(Vec<Permission>, Vec<Permission>), Trouble> {
    let api = api(site).await?;
    let step = site.guide.step(step).ok_or_else(|| Trouble::defect("permissions"))?;
    let Action::SetPermissions { remove, .. } = &step.action else {
        return Err(Trouble::defect("permissions"));
    };
    let wanting = crate::wanting::wanting(site.guide, &site.history(), step);
    Ok((wanted(&api, &wanting)?, named(&api, remove, Kind::Delegated)?))
}

pub(super) async fn check(
    site: &Site<'_>,
    application: &str,
    permissions_step: &str,
) -> Result<Found, Trouble> {
    if site.output(application, "service-principal-id").is_none() {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    }
    let look = site.look(application).await?;
    let Some(principal) = look.service_principal else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let (wanted, unwanted) = permissions(site, permissions_step).await?;
    let api = api(site).await?;
    let mut work = Work { principal: principal.id, api: api.id.clone(), ..Work::default() };
    let mut changes = Vec::new();
    for permission in wanted.iter().filter(|permission| permission.kind == Kind::Application) {
        let is_granted = look
            .assignments
            .iter()
            .any(|have| have.app_role_id.eq_ignore_ascii_case(&permission.id) && have.resource_id == api.id);
        if !is_granted {
            work.roles.push((permission.id.clone(), permission.value.clone()));
            changes.push(line(Sign::Add, permission));
        }
    }
    let tenant_wide = look.grants.iter().find(|grant| is_tenant_wide(grant, &api.id));
    for permission in wanted.iter().filter(|permission| permission.kind == Kind::Delegated) {
        if !tenant_wide.is_some_and(|grant| has_scope(grant, &permission.value)) {
            work.scopes.push(permission.value.clone());
            changes.push(line(Sign::Add, permission));
        }
    }
    work.grant = tenant_wide.map(|grant| (grant.id.clone(), grant.scope.clone().unwrap_or_default()));
    for permission in &unwanted {
        for grant in look.grants.iter().filter(|grant| has_scope(grant, &permission.value)) {
            let before = grant.scope.clone().unwrap_or_default();
            let after = without(&before, &permission.value);
            work.withdraw.push((grant.id.clone(), before, after));
            changes.push(line(Sign::Remove, permission));
        }
    }
    if changes.is_empty() {
        let evidence = wanted
            .iter()
            .map(|permission| Phrase::new("seen.granted").with("name", &permission.value))
            .collect();
        return Ok(Found::AsWanted(Proof { evidence, ..Proof::default() }));
    }
    let consenters: &[_] = if work.roles.is_empty() { &CONSENTERS } else { &GRAPH_CONSENTERS };
    let plan = Plan::draw(&site.step.id, changes, json!(work)).by_any_of(consenters);
    Ok(Found::Planned(plan))
}

fn line(sign: Sign, permission: &Permission) -> Change {
    let note = match sign {
        Sign::Remove => Phrase::new("change.withdraw"),
        _ => Phrase::new("change.consent").with("says", &permission.says),
    };
    Change::new(sign, &permission.value, note).with_risk(super::set_permissions::risk(&permission.value))
}

pub(super) fn is_tenant_wide(grant: &OAuth2PermissionGrant, api: &str) -> bool {
    grant.resource_id == api && grant.consent_type == "AllPrincipals"
}

pub(super) fn has_scope(grant: &OAuth2PermissionGrant, value: &str) -> bool {
    grant.scope.as_deref().unwrap_or_default().split_whitespace().any(|scope| scope == value)
}

fn without(scopes: &str, value: &str) -> String {
    scopes.split_whitespace().filter(|scope| *scope != value).collect::<Vec<_>>().join(" ")
}

pub(super) async fn apply(site: &Site<'_>, application: &str, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let mut writes: Vec<Write> = Vec::new();
    for (role, _) in &work.roles {
        let body = json!({ "principalId": work.principal, "resourceId": work.api, "appRoleId": role });
        let call = Call::post(format!("/servicePrincipals/{}/appRoleAssignedTo", work.api), body);
        let principal = work.principal.clone();
        writes.push(Write::new(call, move |answer| assignment(&principal, answer)));
    }
    if !work.scopes.is_empty() {
        writes.push(delegated(&work));
    }
    for (id, before, after) in &work.withdraw {
        let kept = json!({ "kind": "grant-set", "id": id, "before": before });
        let call = match after.is_empty() {
            true => Call::delete(format!("/oauth2PermissionGrants/{id}")),
            false => Call::patch(format!("/oauth2PermissionGrants/{id}"), json!({ "scope": after })),
        };
        writes.push(Write::new(call, move |_| kept.clone()));
    }
    match site.write_and_look(writes, application).await {
        Ok(_) => Ok(Applied::Look),
        // A duplicate is refused with a text that may change: the grants themselves tell whether it is there.
        Err(trouble) => match super::check(site).await? {
            Found::AsWanted(_) => Ok(Applied::Look),
            _ => Err(trouble),
        },
    }
}

fn delegated(work: &Work) -> Write {
    let scopes = work.scopes.join(" ");
    match &work.grant {
        Some((id, before)) => {
            let kept = json!({ "kind": "grant-set", "id": id, "before": before });
            let scope = format!("{before} {scopes}").trim().to_owned();
            let call = Call::patch(format!("/oauth2PermissionGrants/{id}"), json!({ "scope": scope }));
            Write::new(call, move |_| kept.clone())
        }
        None => {
            let body = json!({
                "clientId": work.principal, "consentType": "AllPrincipals", "principalId": null,
                "resourceId": work.api, "scope": scopes,
            });
            let call = Call::post("/oauth2PermissionGrants".to_owned(), body);
            Write::new(
                call,
                |answer| json!({ "kind": "grant", "id": answer.body.clone().unwrap_or_default()["id"] }),
            )
        }
    }
}

fn assignment(principal: &str, answer: &Answer) -> Value {
    let body = answer.body.clone().unwrap_or_default();
    json!({ "kind": "assignment", "principal": principal, "id": body["id"] })
}

/// The receipts of what an approved plan granted and whose answers were lost, drawn from what the tenant shows now.
pub(crate) async fn granted(
    site: &Site<'_>,
    application: &str,
    permissions_step: &str,
    names: &[Value],
) -> Result<Vec<Value>, Trouble> {
    let look = site.look(application).await?;
    let (wanted, _) = permissions(site, permissions_step).await?;
    let api = api(site).await?;
    let was_added = |permission: &&Permission| names.iter().any(|name| *name == permission.value);
    let (roles, scopes): (Vec<&Permission>, Vec<&Permission>) =
        wanted.iter().filter(was_added).partition(|permission| permission.kind == Kind::Application);
    let is_ours = |role: &str| roles.iter().any(|permission| permission.id.eq_ignore_ascii_case(role));
    let mut receipts: Vec<Value> = look
        .assignments
        .iter()
        .filter(|one| one.resource_id == api.id && is_ours(&one.app_role_id))
        .map(|one| json!({ "kind": "assignment", "principal": one.principal_id, "id": one.id }))
        .collect();
    // A withdrawal may have changed the same grant: what its receipt says of before is right, and what is left now is not.
    let is_noted = |id: &str| {
        let history = site.history();
        ["grant", "grant-set"]
            .into_iter()
            .any(|kind| history.made(&site.step.id, kind).any(|made| made["id"] == id))
    };
    if let Some(grant) = look.grants.iter().find(|grant| is_tenant_wide(grant, &api.id))
        && !scopes.is_empty()
        && !is_noted(&grant.id)
    {
        let before = scopes
            .iter()
            .fold(grant.scope.clone().unwrap_or_default(), |left, scope| without(&left, &scope.value));
        receipts.push(match before.is_empty() {
            true => json!({ "kind": "grant", "id": grant.id }),
            false => json!({ "kind": "grant-set", "id": grant.id, "before": before }),
        });
    }
    Ok(receipts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_scope_is_a_whole_word() {
        let grant: OAuth2PermissionGrant = serde_json::from_value(json!({
            "id": "g", "clientId": "c", "consentType": "AllPrincipals", "resourceId": "r", "scope": "User.Read.All openid",
        }))
        .unwrap();
        assert!(!has_scope(&grant, "User.Read"));
        assert!(has_scope(&grant, "openid"));
        assert_eq!(without("User.Read openid", "User.Read"), "openid");
        assert_eq!(without("User.Read", "User.Read"), "");
    }
}
