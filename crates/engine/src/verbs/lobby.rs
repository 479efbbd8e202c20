//! Who passes the lobby of meetings: `AutoAdmittedUsers` of a Teams meeting policy. Graph can assign such a policy and
//! neither make nor change one, so the fixed script does that; people are assigned through Graph where the tenant offers it
//! (Graph page "teamsPolicyUserAssignment: assign", global cloud only), else by the script. Either the tenant's own policy is
//! changed, which is every meeting of the tenant, or named organisers get one of their own.

use cloud::{Call, GraphError, GraphFault};
use guide::{Admitted, Template};
use serde_json::{Value, json};

use super::Applied;
use super::by_script::{keep_result, read_back, run_script};
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::role::TEAMS_ADMINS;
use crate::site::{Pause, Site};
use crate::teams::Script;
use crate::trouble::{Code, Trouble};

/// What assigning through Graph needs (the page's least privilege).
pub(crate) const ASSIGNING: &str = "TeamsPolicyUserAssign.ReadWrite.All";
/// What the journal calls an assignment by Graph.
pub(crate) const ASSIGNED: &str = "meeting-policy-assigned";

/// The parameters of the step.
pub(super) struct Wanted<'a> {
    pub scope: &'a Template,
    pub users: &'a str,
    pub name: &'a Template,
    pub admitted: &'a Template,
}

/// Who passes, by the word that the answers give.
pub(super) fn admitted(site: &Site<'_>, template: &Template) -> Result<Admitted, Trouble> {
    let word = site.render(template)?;
    Admitted::of_word(&word)
        .ok_or_else(|| Trouble::new(Code::AnswerInvalid).with("value", &word).in_field(template.source()))
}

/// How Teams spells it (Teams page "Set-CsTeamsMeetingPolicy", `AutoAdmittedUsers`).
fn auto_admitted(admitted: Admitted) -> &'static str {
    match admitted {
        Admitted::Everyone => "Everyone",
        Admitted::Organization => "EveryoneInCompany",
        Admitted::OrganizationAndFederated => "EveryoneInSameAndFederatedCompany",
    }
}

fn is_for_tenant(site: &Site<'_>, scope: &Template) -> Result<bool, Trouble> {
    match site.render(scope)?.as_str() {
        "tenant" => Ok(true),
        "organisers" => Ok(false),
        other => Err(Trouble::new(Code::AnswerInvalid).with("value", other).in_field(scope.source())),
    }
}

/// The people that a choose-users step resolved: object id and name.
fn organisers(site: &Site<'_>, step: &str) -> Option<Vec<(String, String)>> {
    let history = site.history();
    let users = history.proof(step)?.found["users"].as_array()?.clone();
    let person = |user: &Value| {
        let name = user["user"].as_str().or(user["name"].as_str()).unwrap_or_default();
        Some((user["id"].as_str()?.to_owned(), name.to_owned()))
    };
    Some(users.iter().filter_map(person).collect())
}

/// The parameters of the script.
pub(super) fn parameters(site: &Site<'_>, wanted: &Wanted<'_>) -> Result<Value, Trouble> {
    let admitted = auto_admitted(admitted(site, wanted.admitted)?);
    let environment = &site.room.wire.place().teams_environment;
    if is_for_tenant(site, wanted.scope)? {
        return Ok(json!({
            "action": "lobby-tenant", "application-id": "", "policy-name": "Global", "admitted": admitted,
            "environment": environment,
        }));
    }
    let people = organisers(site, wanted.users);
    let people =
        people.ok_or_else(|| Trouble::new(Code::NotYet).with("step", wanted.users).in_field("users"))?;
    let ids: Vec<String> = people.into_iter().map(|(id, _)| id).collect();
    Ok(json!({
        "action": "lobby-policy", "application-id": "", "policy-name": site.render(wanted.name)?,
        "admitted": admitted, "user-ids": ids, "grant": true, "environment": environment,
    }))
}

/// The parameters that give the tenant its old value back, or each organiser the old policy.
pub(super) fn undoing(site: &Site<'_>) -> Result<Value, Trouble> {
    let result = read_back(site)
        .ok_or_else(|| Trouble::new(Code::NotYet).with("step", &site.step.id).in_field("result"))?;
    let restore: Vec<Value> = result["assigned"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| json!({ "user-id": entry["user-id"], "policy": entry["before"] }))
        .collect();
    Ok(json!({
        "action": "lobby-undo", "application-id": "", "policy-name": result["policy-name"],
        "before": result["before"], "restore": restore,
        "environment": site.room.wire.place().teams_environment,
    }))
}

pub(super) async fn check(site: &Site<'_>, wanted: &Wanted<'_>) -> Result<Found, Trouble> {
    let is_for_tenant = is_for_tenant(site, wanted.scope)?;
    if !is_for_tenant && organisers(site, wanted.users).is_none() {
        return Ok(Found::NeedsSteps(vec![wanted.users.to_owned()]));
    }
    let parameters = parameters(site, wanted)?;
    if let Some(result) = read_back(site)
        && is_so(&result, &parameters)
    {
        return Ok(Found::AsWanted(proof(&result, &parameters)));
    }
    let changes = match is_for_tenant {
        true => of_tenant(site, &parameters).await?,
        false => of_organisers(site, wanted.users, &parameters),
    };
    let plan = Plan::draw(&site.step.id, changes, parameters);
    Ok(Found::Planned(plan.with_requests(0).by_any_of(&TEAMS_ADMINS).that_stays()))
}

/// Every meeting of the tenant: how many people that is, the tenant tells.
async fn of_tenant(site: &Site<'_>, parameters: &Value) -> Result<Vec<Change>, Trouble> {
    let admitted = parameters["admitted"].as_str().unwrap_or_default();
    let note = match count(site).await? {
        Some(count) => Phrase::new("change.lobby-tenant").with("count", count),
        None => Phrase::new("change.lobby-tenant-uncounted"),
    };
    Ok(vec![
        Change::new(Sign::Set, "Global", note.with("admitted", admitted)),
        Change::new(Sign::Keep, "AutoAdmittedUsers", Phrase::new("change.lobby-noted")),
    ])
}

/// How many accounts the tenant has, where the signed-in account may count them (Graph page "Advanced query capabilities").
async fn count(site: &Site<'_>) -> Result<Option<u64>, Trouble> {
    let Ok(seat) = site.seat() else { return Ok(None) };
    let call = Call::get("/users?$count=true&$top=1&$select=id").header("ConsistencyLevel", "eventual");
    match seat.graph.call(&call).await {
        Ok(answer) => Ok(answer.body.and_then(|body| body["@odata.count"].as_u64())),
        Err(error) if error.kind == GraphFault::Forbidden => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn of_organisers(site: &Site<'_>, users: &str, parameters: &Value) -> Vec<Change> {
    let name = parameters["policy-name"].as_str().unwrap_or_default();
    let admitted = parameters["admitted"].as_str().unwrap_or_default();
    let policy = Phrase::new("change.lobby-policy").with("admitted", admitted);
    let mut changes = vec![Change::new(Sign::Run, name, policy)];
    let people = organisers(site, users).unwrap_or_default();
    changes.extend(people.into_iter().map(|(_, person)| {
        Change::new(Sign::Set, person, Phrase::new("change.lobby-organiser").with("name", name))
    }));
    changes.push(Change::new(Sign::Keep, name, Phrase::new("change.one-meeting-policy-each")));
    changes
}

/// Whether a read-back says what these parameters ask for.
fn is_so(result: &Value, parameters: &Value) -> bool {
    let holds = |user: &Value| {
        result["assigned"].as_array().is_some_and(|list| {
            list.iter().any(|entry| entry["user-id"] == *user && entry["policy"] == parameters["policy-name"])
        })
    };
    ["action", "policy-name", "admitted"].iter().all(|member| result[*member] == parameters[*member])
        && parameters["user-ids"].as_array().into_iter().flatten().all(holds)
}

fn proof(result: &Value, parameters: &Value) -> Proof {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&parameters["policy-name"]);
    let mut evidence = vec![
        Phrase::new("seen.lobby-policy").with("name", &name).with("admitted", text(&result["admitted"])),
    ];
    if let Some(before) = result["before"].as_str() {
        evidence.push(Phrase::new("seen.lobby-before").with("before", before));
    }
    let count = parameters["user-ids"].as_array().map(Vec::len);
    if let Some(count) = count {
        let key = if result["by-graph"] == true { "seen.lobby-assigned-by-graph" } else { "seen.assigned" };
        evidence.push(Phrase::new(key).with("name", &name).with("count", count));
    }
    let lost: Vec<String> = result["overwritten"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| format!("{} ({})", text(&entry["user-id"]), text(&entry["policy"])))
        .collect();
    if !lost.is_empty() {
        evidence.push(Phrase::new("seen.lobby-overwritten").with("names", lost.join(", ")));
    }
    let outputs = [("policy-name".to_owned(), name)].into_iter().collect();
    Proof { outputs, evidence, found: Value::Null }
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let parameters: Value = plan.work()?;
    if parameters["action"] == "lobby-policy" && may_assign(site) {
        let mut made = parameters.clone();
        made["grant"] = json!(false);
        let result = run_script(site, Script::Teams, &made).await?;
        if assign(site, &parameters).await? {
            keep_result(site, Script::Teams, &assigned(result, &parameters), &parameters)?;
            return Ok(Applied::Look);
        }
    }
    run_script(site, Script::Teams, &parameters).await?;
    Ok(Applied::Look)
}

/// Whether the session may assign through Graph. In other clouds than the global one the call does not exist.
fn may_assign(site: &Site<'_>) -> bool {
    let is_global = site.room.wire.place().teams_environment.is_none();
    is_global && site.seat().is_ok_and(|seat| seat.who.scopes.iter().any(|scope| scope == ASSIGNING))
}

/// The script's read-back with what Graph took on afterwards.
fn assigned(mut result: Value, parameters: &Value) -> Value {
    for entry in result["assigned"].as_array_mut().into_iter().flatten() {
        entry["policy"] = parameters["policy-name"].clone();
    }
    result["format"] = json!(1);
    result["application-id"] = json!("");
    result["by-graph"] = json!(true);
    result
}

/// Assigns the policy through Graph. `false` where the tenant does not offer it: then the script does.
async fn assign(site: &Site<'_>, parameters: &Value) -> Result<bool, Trouble> {
    let graph = &site.seat()?.graph;
    let name = parameters["policy-name"].as_str().unwrap_or_default();
    let path = format!(
        "/admin/teams/policy/getPolicyId(type='TeamsMeetingPolicy',name={})",
        crate::look::quoted(name)
    );
    let mut pause = Pause::default();
    let id = loop {
        let answer = match graph.call(&Call::get(path.clone())).await {
            Ok(answer) => answer.body.unwrap_or_default(),
            Err(error) if is_not_offered(&error) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if let Some(id) = answer["value"][0]["policyId"].as_str().map(str::to_owned) {
            break id;
        }
        // Made a moment ago, and not known there yet.
        let Some(duration) = pause.next().filter(|duration| duration.as_secs() <= 8) else {
            return Ok(false);
        };
        site.sleep(duration).await;
    };
    let users = parameters["user-ids"].as_array().cloned().unwrap_or_default();
    let entry = |user: &Value| {
        json!({ "@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
            "userId": user, "policyType": "TeamsMeetingPolicy", "policyId": id })
    };
    let body = json!({ "value": users.iter().map(entry).collect::<Vec<_>>() });
    let call = Call::post("/admin/teams/policy/userAssignments/assign", body);
    match graph.call(&call).await {
        Ok(answer) => {
            site.sent(&call, &answer, json!({ "kind": ASSIGNED, "users": users, "name": name }))?;
            Ok(true)
        }
        // Assigning the same policy twice does no harm, so an answer that got lost is made up for by the script.
        Err(error) if is_not_offered(&error) || error.effect_unknown() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn is_not_offered(error: &GraphError) -> bool {
    matches!(error.kind, GraphFault::Forbidden | GraphFault::NotFound | GraphFault::BadRequest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Value {
        json!({ "action": "lobby-policy", "policy-name": "P", "admitted": "Everyone", "user-ids": ["a", "b"] })
    }

    #[test]
    fn every_organiser_must_hold_the_policy_and_the_policy_must_say_so() {
        let result = |admitted: &str, second: &str| {
            json!({ "action": "lobby-policy", "policy-name": "P", "admitted": admitted,
                "assigned": [{ "user-id": "a", "policy": "P" }, { "user-id": "b", "policy": second }] })
        };
        assert!(is_so(&result("Everyone", "P"), &parameters()));
        assert!(!is_so(&result("Everyone", "Q"), &parameters()));
        assert!(!is_so(&result("EveryoneInCompany", "P"), &parameters()));
    }

    #[test]
    fn what_graph_took_on_counts_as_assigned_and_is_told_as_such() {
        let before = json!({ "action": "lobby-policy", "policy-name": "P", "admitted": "Everyone",
            "assigned": [{ "user-id": "a", "policy": null }, { "user-id": "b", "policy": "Q", "before": "Q" }],
            "overwritten": [{ "user-id": "b", "policy": "Q" }] });
        let result = assigned(before, &parameters());
        assert!(is_so(&result, &parameters()));
        let keys: Vec<String> =
            proof(&result, &parameters()).evidence.into_iter().map(|one| one.key).collect();
        assert_eq!(keys, ["seen.lobby-policy", "seen.lobby-assigned-by-graph", "seen.lobby-overwritten"]);
    }
}
