//! The application access policy of Teams, which has no call in Graph: a fixed PowerShell script makes or extends it and
//! grants it. It is run here where PowerShell and its Teams module are found, or handed to the Teams admin; its
//! read-back is taken in either way. Whether it is in force is proved by a meeting (see `prove_meeting`).

use guide::{Action, Template};
use serde_json::{Value, json};

use super::Applied;
use super::by_script::{read_back, run_script};
use super::choose_users::resolved;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::role::TEAMS_ADMINS;
use crate::site::Site;
use crate::teams::Script;
use crate::trouble::{Code, Trouble};

pub(super) fn check_policy(
    site: &Site<'_>,
    application: &str,
    name: &Template,
    description: &Template,
) -> Result<Found, Trouble> {
    if site.output(application, "application-id").is_none() {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    }
    let name = site.render(name)?;
    let parameters = policy_parameters(site, application, &name, &site.render(description)?)?;
    let client = parameters["application-id"].clone();
    if let Some(result) = read_back(site)
        && result["policy-name"] == name.as_str()
        && result["policy-app-ids"].as_array().is_some_and(|ids| ids.contains(&client))
    {
        return Ok(Found::AsWanted(Proof {
            outputs: [("policy-name".to_owned(), name.clone())].into_iter().collect(),
            evidence: vec![Phrase::new("seen.policy").with("name", &name)],
            found: Value::Null,
        }));
    }
    let change = Change::new(Sign::Run, &name, Phrase::new("change.access-policy"));
    Ok(Found::Planned(draw(site, vec![change], parameters)))
}

pub(super) fn check_assignment(
    site: &Site<'_>,
    policy: &str,
    users: &str,
    to: &Template,
    group: Option<&Template>,
) -> Result<Found, Trouble> {
    let (Some(name), Some(ids)) = (site.output(policy, "policy-name"), resolved(site, users)) else {
        return Ok(Found::NeedsSteps(vec![policy.to_owned(), users.to_owned()]));
    };
    let scope = site.render(to)?;
    let group = match (scope.as_str(), group) {
        ("group", Some(template)) => Some(site.render(template)?),
        _ => None,
    };
    let parameters = assignment_parameters(site, policy, &name, &scope, &ids, group)?;
    if let Some(result) = read_back(site)
        && is_assigned(&result, &name, &scope, &ids)
    {
        let evidence = vec![Phrase::new("seen.assigned").with("name", &name).with("count", ids.len())];
        return Ok(Found::AsWanted(Proof { evidence, ..Proof::default() }));
    }
    let mut changes = match scope.as_str() {
        "everyone" => vec![Change::new(Sign::Run, "Global", Phrase::new("change.assign-everyone"))],
        "group" => vec![Change::new(
            Sign::Run,
            parameters["group-id"].as_str().unwrap_or_default(),
            Phrase::new("change.assign-group"),
        )],
        _ => ids
            .iter()
            .map(|id| Change::new(Sign::Run, id, Phrase::new("change.assign").with("name", &name)))
            .collect(),
    };
    changes.push(Change::new(Sign::Keep, &name, Phrase::new("change.one-policy-each")));
    Ok(Found::Planned(draw(site, changes, parameters)))
}

fn draw(site: &Site<'_>, changes: Vec<Change>, parameters: Value) -> Plan {
    Plan::draw(&site.step.id, changes, parameters).with_requests(0).by_any_of(&TEAMS_ADMINS).that_stays()
}

fn is_assigned(result: &Value, name: &str, scope: &str, ids: &[String]) -> bool {
    let holds = |id: &String| {
        result["assigned"].as_array().is_some_and(|list| {
            list.iter().any(|entry| entry["user-id"] == id.as_str() && entry["policy"] == name)
        })
    };
    match scope {
        "everyone" => result["global"] == name,
        "group" => result["group"] == name,
        _ => ids.iter().all(holds),
    }
}

/// The parameters of the script for one of these two steps, as one JSON value; ids and names only, never a secret.
pub(super) fn parameters(site: &Site<'_>, action: &Action) -> Result<Value, Trouble> {
    match action {
        Action::CreateAccessPolicy { application, name, description } => {
            policy_parameters(site, application, &site.render(name)?, &site.render(description)?)
        }
        Action::AssignAccessPolicy { policy, users, to, group } => {
            let name = site.needed(policy, "policy-name")?;
            let ids = resolved(site, users).ok_or_else(|| Trouble::new(Code::NotYet).with("step", users))?;
            let scope = site.render(to)?;
            let group = match (scope.as_str(), group) {
                ("group", Some(template)) => Some(site.render(template)?),
                _ => None,
            };
            assignment_parameters(site, policy, &name, &scope, &ids, group)
        }
        _ => Err(Trouble::defect("access-policy")),
    }
}

/// The parameters that take the policy back: from these people, and the application out of it.
pub(super) fn undoing(site: &Site<'_>, action: &Action) -> Result<Value, Trouble> {
    let mut parameters = parameters(site, action)?;
    parameters["action"] = json!("undo");
    Ok(parameters)
}

fn policy_parameters(
    site: &Site<'_>,
    application: &str,
    name: &str,
    description: &str,
) -> Result<Value, Trouble> {
    Ok(json!({
        "action": "policy", "application-id": site.needed(application, "application-id")?, "policy-name": name,
        "description": description, "scope": null, "user-ids": [], "group-id": null,
        "environment": site.room.wire.place().teams_environment,
    }))
}

fn assignment_parameters(
    site: &Site<'_>,
    policy: &str,
    name: &str,
    scope: &str,
    ids: &[String],
    group: Option<String>,
) -> Result<Value, Trouble> {
    let Some(Action::CreateAccessPolicy { application, .. }) =
        site.guide.step(policy).map(|step| &step.action)
    else {
        return Err(Trouble::defect("access-policy"));
    };
    Ok(json!({
        "action": "assign", "application-id": site.needed(application, "application-id")?, "policy-name": name,
        "description": null, "scope": scope, "user-ids": ids, "group-id": group,
        "environment": site.room.wire.place().teams_environment,
    }))
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let parameters: Value = plan.work()?;
    run_script(site, Script::Teams, &parameters).await?;
    Ok(Applied::Look)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_must_hold_the_policy() {
        let result = json!({ "assigned": [{ "user-id": "a", "policy": "P" }, { "user-id": "b", "policy": "Q" }], "global": null });
        let ids = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert!(is_assigned(&result, "P", "users", &ids(&["a"])));
        assert!(!is_assigned(&result, "P", "users", &ids(&["a", "b"])));
        assert!(!is_assigned(&result, "P", "everyone", &[]));
    }
}
