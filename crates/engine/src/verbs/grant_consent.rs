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
    /// What is to be granted tenant-wide where nothing is so far.
    new: Vec<String>,
    edits: Vec<Edit>,
}

/// A grant that is there and is to say something else: both what it gains and what it loses, in one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Edit {
    id: String,
    before: String,
    after: String,
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
    let mut more = Vec::new();
    for permission in wanted.iter().filter(|permission| permission.kind == Kind::Delegated) {
        if !tenant_wide.is_some_and(|grant| has_scope(grant, &permission.value)) {
            more.push(permission.value.clone());
            changes.push(line(Sign::Add, permission));
        }
    }
    for permission in &unwanted {
        let of_api = look.grants.iter().filter(|grant| grant.resource_id == api.id);
        let holders = of_api.filter(|grant| has_scope(grant, &permission.value));
        changes.extend(holders.map(|_| line(Sign::Remove, permission)));
    }
    work.edits = edits(&look.grants, &api.id, &more, &unwanted);
    work.new = if tenant_wide.is_none() { more } else { Vec::new() };
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

/// How the grants that are there have to change.
fn edits(grants: &[OAuth2PermissionGrant], api: &str, more: &[String], unwanted: &[Permission]) -> Vec<Edit> {
    let tenant_wide = grants.iter().position(|grant| is_tenant_wide(grant, api));
    let edit = |(place, grant): (usize, &OAuth2PermissionGrant)| {
        let gains = if tenant_wide == Some(place) { more } else { &[] };
        let loses = |scope: &str| unwanted.iter().any(|permission| permission.value == scope);
        let before = grant.scope.clone().unwrap_or_default();
        let is_changed = !gains.is_empty() || before.split_whitespace().any(loses);
        let kept = before.split_whitespace().filter(|scope| !loses(scope));
        let after = kept.chain(gains.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
        is_changed.then(|| Edit { id: grant.id.clone(), before, after })
    };
    grants.iter().enumerate().filter(|(_, grant)| grant.resource_id == api).filter_map(edit).collect()
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
    if !work.new.is_empty() {
        writes.push(granting(&work));
    }
    for edit in &work.edits {
        let kept = json!({ "kind": "grant-set", "id": edit.id, "before": edit.before });
        let path = format!("/oauth2PermissionGrants/{}", edit.id);
        let call = match edit.after.is_empty() {
            true => Call::delete(path),
            false => Call::patch(path, json!({ "scope": edit.after })),
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

fn granting(work: &Work) -> Write {
    let body = json!({
        "clientId": work.principal, "consentType": "AllPrincipals", "principalId": null,
        "resourceId": work.api, "scope": work.new.join(" "),
    });
    let call = Call::post("/oauth2PermissionGrants".to_owned(), body);
    Write::new(call, |answer| json!({ "kind": "grant", "id": answer.body.clone().unwrap_or_default()["id"] }))
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
    // Where the same request took something out, its receipt says what was there before, and what is left now does not.
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

    fn edited(grants: &[(&str, &str)], more: &[&str], unwanted: &[&str]) -> Vec<String> {
        let grants = grants.iter().enumerate().map(|(place, (kind, scope))| {
            json!({ "id": place.to_string(), "clientId": "c", "consentType": kind, "resourceId": "r", "scope": scope })
        });
        let grants: Vec<OAuth2PermissionGrant> =
            grants.map(|grant| serde_json::from_value(grant).unwrap()).collect();
        let permission = |value: &&str| Permission {
            value: (*value).to_owned(),
            id: String::new(),
            kind: Kind::Delegated,
            says: String::new(),
        };
        let more: Vec<String> = more.iter().map(|scope| (*scope).to_owned()).collect();
        let unwanted: Vec<Permission> = unwanted.iter().map(permission).collect();
        edits(&grants, "r", &more, &unwanted)
            .into_iter()
            .map(|edit| format!("{}={}", edit.id, edit.after))
            .collect()
    }

    #[test]
    fn a_grant_gains_and_loses_in_one_request() {
        const ALL: &str = "AllPrincipals";
        assert_eq!(
            edited(&[(ALL, "User.Read openid")], &["Mail.Read"], &["User.Read"]),
            ["0=openid Mail.Read"]
        );
        assert_eq!(edited(&[(ALL, "User.Read")], &["Mail.Read"], &["User.Read"]), ["0=Mail.Read"]);
        // Several that go out of one grant go at once: the second request would bring back what the first took out.
        assert_eq!(edited(&[(ALL, "a b c")], &[], &["a", "c"]), ["0=b"]);
        assert_eq!(edited(&[(ALL, "User.Read")], &[], &["User.Read"]), ["0="]);
        // A person's own grant loses what is unwanted and gains nothing.
        assert_eq!(
            edited(&[("Principal", "User.Read x"), (ALL, "y")], &["z"], &["User.Read"]),
            ["0=x", "1=y z"]
        );
        assert!(edited(&[("Principal", "x"), (ALL, "y")], &[], &["User.Read"]).is_empty());
    }
}
