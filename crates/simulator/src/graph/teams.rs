//! Teams policies through Graph: the id behind a name, and assigning to a person (pages "teamsPolicyAssignment:
//! getPolicyId", "teamsPolicyUserAssignment: assign" and "unassign").
//!
//! Policies are neither made nor changed here, and application access policies are not among those that it takes.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::access;
use super::refusal::Refusal;
use super::site::{Outcome, Site};
use crate::world::list;

/// The one type of policy of this tenant that can be assigned so.
const ASSIGNABLE: &str = "TeamsMeetingPolicy";

/// `GET /admin/teams/policy/getPolicyId(type='…',name='…')`: an empty list where there is no such policy.
pub(crate) fn policy_id(site: &Site) -> Outcome {
    allowed(site)?;
    let path = percent_decode_str(&site.request.path).decode_utf8_lossy().into_owned();
    let (kind, name) = (argument(&path, "type"), argument(&path, "name"));
    let (Some(kind), Some(name)) = (kind, name) else {
        return Err(Refusal::query("The parameters 'type' and 'name' are required."));
    };
    assignable(&kind)?;
    let found = site.world.meeting_policy(&name);
    let row = |policy: &Value| json!({"name": policy["Identity"], "policyId": policy["PolicyId"]});
    let value: Vec<Value> = found.map(row).into_iter().collect();
    Ok(site.json(
        200,
        "Collection(microsoft.graph.teamsAdministration.policyIdentifierDetail)",
        json!({"value": value}),
    ))
}

/// `assign` and `unassign`: all of a request or nothing of it.
pub(crate) fn assign(site: &mut Site, give: bool) -> Outcome {
    allowed(site)?;
    let body = site.body().clone();
    let mut wanted = Vec::new();
    for one in list(&body["value"]) {
        assignable(one["policyType"].as_str().unwrap_or_default())?;
        let user = one["userId"].as_str().unwrap_or_default();
        let seat = site.world.people.find(user).filter(|_| uuid::Uuid::try_parse(user).is_ok());
        if seat.is_none() {
            return Err(Refusal::query(format!("The user '{user}' was not found.")));
        }
        let policy = match one["policyId"].as_str().filter(|_| give) {
            Some(id) => {
                let found = site.world.meeting_policy(id).filter(|policy| policy["PolicyId"] == id);
                let name = found.and_then(|policy| policy["Identity"].as_str()?.strip_prefix("Tag:"));
                Some(
                    name.ok_or_else(|| Refusal::query(format!("The policy '{id}' was not found.")))?
                        .to_owned(),
                )
            }
            None if give => return Err(Refusal::query("A value is required for property 'policyId'.")),
            None => None,
        };
        wanted.push((user.to_owned(), policy));
    }
    if wanted.is_empty() {
        return Err(Refusal::query("The collection 'value' must not be empty."));
    }
    let (now, horizon) = site.world.teams_times();
    for (user, policy) in wanted {
        site.world.meeting_policies.people.put(&user, policy.map(Value::String), now, horizon);
    }
    Ok(site.done())
}

/// A tenant where this is not offered knows the path no better than a wrong one.
fn allowed(site: &Site) -> Result<(), Refusal> {
    if !site.world.teams_by_graph {
        return Err(Refusal::segment("policy"));
    }
    access::may_assign_teams_policies(site.caller)
}

fn assignable(kind: &str) -> Result<(), Refusal> {
    if kind.eq_ignore_ascii_case(ASSIGNABLE) {
        return Ok(());
    }
    Err(Refusal::query(format!("The policy type '{kind}' is not supported.")))
}

/// An argument of a function call in a path, in quotes that are doubled inside.
fn argument(path: &str, name: &str) -> Option<String> {
    let inside = path.split_once('(')?.1.strip_suffix(')')?;
    let mut rest = inside;
    loop {
        let (key, after) = rest.split_once("='")?;
        let end = closing(after)?;
        if key.trim_start_matches(',').trim().eq_ignore_ascii_case(name) {
            return Some(after[..end].replace("''", "'"));
        }
        rest = &after[end + 1..];
    }
}

fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut place = 0;
    while place < bytes.len() {
        match (bytes[place], bytes.get(place + 1)) {
            (b'\'', Some(b'\'')) => place += 2,
            (b'\'', _) => return Some(place),
            _ => place += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_with_their_quotes() {
        let path =
            "/v1.0/admin/teams/policy/getPolicyId(type='TeamsMeetingPolicy', name='O''Brien, (A)=''b''')";
        assert_eq!(argument(path, "type").as_deref(), Some("TeamsMeetingPolicy"));
        assert_eq!(argument(path, "name").as_deref(), Some("O'Brien, (A)='b'"));
        assert_eq!(argument(path, "other"), None);
        assert_eq!(argument("/getPolicyId(type='open)", "type"), None);
    }
}
