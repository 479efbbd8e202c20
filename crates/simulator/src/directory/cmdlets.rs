//! The Teams PowerShell module's part: New-, Set-, Get-, Grant- and Remove-CsApplicationAccessPolicy and
//! Get-CsOnlineUser, as documented, errors included.
//!
//! It changes the Teams state only. Parameters come as JSON, `@{Add=…}` as an object.

use serde_json::{Value, json};

use super::shelf::Shelf;
use crate::world::{Table, World, list, same};

/// Why a cmdlet failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum CmdletError {
    #[error(
        "The term '{0}' is not recognized as a name of a cmdlet, function, script file, or executable program."
    )]
    UnknownCmdlet(String),
    #[error("A parameter cannot be found that matches parameter name '{0}'.")]
    UnknownParameter(String),
    #[error("Cannot bind argument to parameter '{0}' because it is missing or not of the expected type.")]
    BadParameter(&'static str),
    #[error("Parameter set cannot be resolved using the specified named parameters.")]
    AmbiguousSet,
    #[error(
        "Cannot create a new policy instance because an instance with the same identity already exists: Tag:{0}."
    )]
    Exists(String),
    #[error("The specified policy \"Tag:{0}\" was not found.")]
    NoPolicy(String),
    #[error("Policy \"{0}\" is not a user policy. You can assign only a user policy to a specific user.")]
    NotAUserPolicy(String),
    #[error("Management object not found for identity \"{0}\".")]
    NoUser(String),
    #[error("The group \"{0}\" was not found in the directory.")]
    NoGroup(String),
    #[error("A group policy assignment with rank {0} already exists for this policy type.")]
    RankTaken(i64),
    #[error(
        "The policy \"Tag:{0}\" is currently assigned to one or more users or groups. Unassign it before removing it."
    )]
    InUse(String),
    #[error("The Global policy cannot be removed.")]
    Global,
}

impl CmdletError {
    fn category(&self) -> &'static str {
        match self {
            CmdletError::UnknownCmdlet(_)
            | CmdletError::NoPolicy(_)
            | CmdletError::NoUser(_)
            | CmdletError::NoGroup(_) => "ObjectNotFound",
            CmdletError::Exists(_) | CmdletError::RankTaken(_) => "ResourceExists",
            CmdletError::InUse(_) | CmdletError::Global | CmdletError::NotAUserPolicy(_) => {
                "InvalidOperation"
            }
            _ => "InvalidArgument",
        }
    }
}

type Output = Result<Vec<Value>, CmdletError>;

/// Runs one cmdlet.
pub(crate) fn run(world: &mut World, command: &Value) -> Value {
    let name = command["cmdlet"].as_str().unwrap_or_default();
    let parameters = command.get("parameters").cloned().unwrap_or_else(|| json!({}));
    let outcome = match name.to_lowercase().as_str() {
        "new-csapplicationaccesspolicy" => known(&parameters, &["Identity", "AppIds", "Description"])
            .and_then(|()| create(world, &parameters)),
        "set-csapplicationaccesspolicy" => known(&parameters, &["Identity", "AppIds", "Description"])
            .and_then(|()| change(world, &parameters)),
        "get-csapplicationaccesspolicy" => {
            known(&parameters, &["Identity", "Filter"]).and_then(|()| get(world, &parameters))
        }
        "grant-csapplicationaccesspolicy" => {
            known(&parameters, &["Identity", "PolicyName", "Global", "Group", "Rank", "PassThru"])
                .and_then(|()| grant(world, &parameters))
        }
        "remove-csapplicationaccesspolicy" => {
            known(&parameters, &["Identity", "Force"]).and_then(|()| remove(world, &parameters))
        }
        "get-csonlineuser" => known(&parameters, &["Identity", "ResultSize", "Filter"])
            .and_then(|()| online_user(world, &parameters)),
        _ => Err(CmdletError::UnknownCmdlet(name.to_owned())),
    };
    match outcome {
        Ok(output) => json!({"ok": true, "output": output}),
        Err(error) => {
            json!({"ok": false, "error": {"message": error.to_string(), "category": error.category()}})
        }
    }
}

/// A parameter, whatever the case of its name.
fn parameter<'a>(parameters: &'a Value, name: &str) -> Option<&'a Value> {
    parameters.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn known(parameters: &Value, names: &[&str]) -> Result<(), CmdletError> {
    let mut given = parameters.as_object().into_iter().flatten().map(|(name, _)| name);
    match given.find(|name| !names.iter().any(|known| known.eq_ignore_ascii_case(name))) {
        Some(name) => Err(CmdletError::UnknownParameter(name.clone())),
        None => Ok(()),
    }
}

fn text<'a>(parameters: &'a Value, name: &'static str) -> Result<&'a str, CmdletError> {
    parameter(parameters, name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or(CmdletError::BadParameter(name))
}

fn bare(identity: &str) -> &str {
    match identity.get(..4) {
        Some(head) if head.eq_ignore_ascii_case("tag:") => &identity[4..],
        _ => identity,
    }
}

fn keep(
    shelf: &mut Shelf,
    id: &str,
    value: Option<Value>,
    world_times: (time::OffsetDateTime, time::OffsetDateTime),
) {
    shelf.put(id, value, world_times.0, world_times.1);
}

/// Now, and the last moment that anybody may still ask about.
fn times(world: &World) -> (time::OffsetDateTime, time::OffsetDateTime) {
    (world.now, world.now - world.settings.teams_delay)
}

fn app_ids(value: &Value) -> Result<Vec<String>, CmdletError> {
    let items: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    };
    items
        .into_iter()
        .map(|item| {
            let id = item.as_str().filter(|id| uuid::Uuid::try_parse(id).is_ok());
            id.map(str::to_owned).ok_or(CmdletError::BadParameter("AppIds"))
        })
        .collect()
}

fn create(world: &mut World, parameters: &Value) -> Output {
    let name = bare(text(parameters, "Identity")?).to_owned();
    if world.teams.policies.latest(&name).is_some() {
        return Err(CmdletError::Exists(name));
    }
    let ids = app_ids(parameter(parameters, "AppIds").unwrap_or(&Value::Null))?;
    let description = parameter(parameters, "Description").cloned().unwrap_or(Value::Null);
    let policy = json!({"Identity": format!("Tag:{name}"), "AppIds": ids, "Description": description});
    let times = times(world);
    keep(&mut world.teams.policies, &name, Some(policy.clone()), times);
    Ok(vec![policy])
}

fn change(world: &mut World, parameters: &Value) -> Output {
    let name = parameter(parameters, "Identity").map_or(Ok("Global"), |_| text(parameters, "Identity"))?;
    let name = bare(name).to_owned();
    let global = json!({"Identity": "Global", "AppIds": [], "Description": null});
    let known = world.teams.policies.latest(&name).cloned();
    let Some(mut policy) = known.or_else(|| name.eq_ignore_ascii_case("global").then_some(global)) else {
        return Err(CmdletError::NoPolicy(name));
    };
    if let Some(wanted) = parameter(parameters, "AppIds") {
        let mut ids: Vec<String> =
            list(&policy["AppIds"]).filter_map(Value::as_str).map(str::to_owned).collect();
        if wanted.is_object() {
            let removed = app_ids(parameter(wanted, "Remove").unwrap_or(&Value::Null))?;
            ids.retain(|id| !removed.iter().any(|gone| gone.eq_ignore_ascii_case(id)));
            for id in app_ids(parameter(wanted, "Add").unwrap_or(&Value::Null))? {
                if !ids.iter().any(|there| there.eq_ignore_ascii_case(&id)) {
                    ids.push(id);
                }
            }
        } else {
            ids = app_ids(wanted)?;
        }
        policy["AppIds"] = json!(ids);
    }
    if let Some(description) = parameter(parameters, "Description") {
        policy["Description"] = description.clone();
    }
    let times = times(world);
    keep(&mut world.teams.policies, &name, Some(policy), times);
    Ok(Vec::new())
}

fn get(world: &World, parameters: &Value) -> Output {
    let mut all: Vec<Value> = world.teams.policies.all_latest().cloned().collect();
    if !all.iter().any(|policy| policy["Identity"] == "Global") {
        all.insert(0, json!({"Identity": "Global", "AppIds": [], "Description": null}));
    }
    if parameter(parameters, "Identity").is_some() {
        let name = bare(text(parameters, "Identity")?);
        all.retain(|policy| {
            policy["Identity"].as_str().is_some_and(|own| bare(own).eq_ignore_ascii_case(name))
        });
        if all.is_empty() {
            return Err(CmdletError::NoPolicy(name.to_owned()));
        }
    } else if parameter(parameters, "Filter").is_some() {
        let wanted = bare(text(parameters, "Filter")?).to_lowercase();
        let (head, open) = match wanted.strip_suffix('*') {
            Some(head) => (head, true),
            None => (wanted.as_str(), false),
        };
        let fits = |own: &str| if open { own.starts_with(head) } else { own == head };
        all.retain(|policy| policy["Identity"].as_str().is_some_and(|own| fits(&bare(own).to_lowercase())));
    }
    Ok(all)
}

fn grant(world: &mut World, parameters: &Value) -> Output {
    let times = times(world);
    let policy = match parameter(parameters, "PolicyName") {
        None => return Err(CmdletError::BadParameter("PolicyName")),
        Some(Value::Null) => None,
        Some(Value::String(empty)) if empty.is_empty() => None,
        Some(_) => Some(bare(text(parameters, "PolicyName")?).to_owned()),
    };
    if let Some(name) = &policy
        && world.teams.policies.latest(name).is_none()
    {
        return Err(CmdletError::NotAUserPolicy(name.clone()));
    }
    let value = policy.clone().map(Value::String);
    let global = parameter(parameters, "Global").is_some_and(|on| on != false);
    let (identity, group) = (parameter(parameters, "Identity"), parameter(parameters, "Group"));
    match (identity, group, global) {
        (Some(_), None, false) => {
            let wanted = text(parameters, "Identity")?;
            let seat = world.people.find(wanted).ok_or_else(|| CmdletError::NoUser(wanted.to_owned()))?;
            let id = world.people.field(seat, "id").as_str().unwrap_or_default().to_owned();
            keep(&mut world.teams.people, &id, value, times);
        }
        (None, None, true) => keep(&mut world.teams.tenant, "global", value, times),
        (None, Some(_), false) => grant_to_group(world, parameters, policy, times)?,
        _ => return Err(CmdletError::AmbiguousSet),
    }
    Ok(Vec::new())
}

fn grant_to_group(
    world: &mut World,
    parameters: &Value,
    policy: Option<String>,
    times: (time::OffsetDateTime, time::OffsetDateTime),
) -> Result<(), CmdletError> {
    let wanted = text(parameters, "Group")?;
    let found = world
        .shelf(Table::Groups)
        .all_latest()
        .find(|group| same(&group["id"], wanted) || same(&group["mail"], wanted))
        .and_then(|group| group["id"].as_str())
        .map(str::to_owned);
    let id = found.ok_or_else(|| CmdletError::NoGroup(wanted.to_owned()))?;
    let others = || world.teams.groups.all_latest().filter(|row| !same(&row["group"], &id));
    let rank = match parameter(parameters, "Rank") {
        Some(rank) => rank.as_i64().filter(|rank| *rank > 0).ok_or(CmdletError::BadParameter("Rank"))?,
        None => others().filter_map(|row| row["rank"].as_i64()).max().unwrap_or(0) + 1,
    };
    if policy.is_some() && others().any(|row| row["rank"] == rank) {
        return Err(CmdletError::RankTaken(rank));
    }
    let row = policy.map(|policy| json!({"group": id, "policy": policy, "rank": rank}));
    keep(&mut world.teams.groups, &id, row, times);
    Ok(())
}

fn remove(world: &mut World, parameters: &Value) -> Output {
    let name = bare(text(parameters, "Identity")?).to_owned();
    if name.eq_ignore_ascii_case("global") {
        return Err(CmdletError::Global);
    }
    if world.teams.policies.latest(&name).is_none() {
        return Err(CmdletError::NoPolicy(name));
    }
    let teams = &world.teams;
    let used = teams.people.all_latest().chain(teams.tenant.all_latest()).any(|policy| same(policy, &name))
        || teams.groups.all_latest().any(|row| same(&row["policy"], &name));
    if used {
        return Err(CmdletError::InUse(name));
    }
    let times = times(world);
    keep(&mut world.teams.policies, &name, None, times);
    Ok(Vec::new())
}

fn online_user(world: &World, parameters: &Value) -> Output {
    let seats: Vec<usize> = match parameter(parameters, "Identity") {
        Some(_) => {
            let wanted = text(parameters, "Identity")?;
            vec![world.people.find(wanted).ok_or_else(|| CmdletError::NoUser(wanted.to_owned()))?]
        }
        None => {
            let size =
                parameter(parameters, "ResultSize").and_then(Value::as_u64).unwrap_or(u64::MAX) as usize;
            (0..world.people.len()).take(size).collect()
        }
    };
    Ok(seats
        .into_iter()
        .map(|seat| {
            let field = |name: &str| world.people.field(seat, name);
            let id = field("id");
            let own = world.teams.people.latest(id.as_str().unwrap_or_default()).cloned().unwrap_or(Value::Null);
            json!({"Identity": id, "UserPrincipalName": field("userPrincipalName"), "DisplayName": field("displayName"),
                "AccountEnabled": field("accountEnabled"), "ApplicationAccessPolicy": own,
                "FeatureTypes": if world.people.has_teams(seat) { json!(["Teams"]) } else { json!([]) }})
        })
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::OffsetDateTime;

    use super::*;

    const APP: &str = "11111111-1111-4111-8111-111111111111";
    const OTHER: &str = "22222222-2222-4222-8222-222222222222";

    fn world() -> World {
        World::seeded(1, 30, 0, OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000))
    }

    fn call(world: &mut World, cmdlet: &str, parameters: Value) -> Value {
        run(world, &json!({"cmdlet": cmdlet, "parameters": parameters}))
    }

    fn somebody(world: &World, seat: usize) -> String {
        world.people.field(seat, "id").as_str().unwrap().to_owned()
    }

    #[test]
    fn a_policy_is_made_extended_and_read_back() {
        let mut world = world();
        let made = call(&mut world, "New-CsApplicationAccessPolicy", json!({"Identity": "P", "AppIds": APP}));
        assert_eq!(made["output"][0]["Identity"], "Tag:P");
        let again = call(&mut world, "New-CsApplicationAccessPolicy", json!({"Identity": "Tag:p"}));
        assert_eq!(again["error"]["category"], "ResourceExists");
        call(&mut world, "Set-CsApplicationAccessPolicy", json!({"Identity": "P", "AppIds": {"Add": OTHER}}));
        let read = call(&mut world, "Get-CsApplicationAccessPolicy", json!({"Identity": "P"}));
        assert_eq!(read["output"][0]["AppIds"], json!([APP, OTHER]));
        call(
            &mut world,
            "Set-CsApplicationAccessPolicy",
            json!({"Identity": "P", "AppIds": {"Remove": [APP]}}),
        );
        let read = call(&mut world, "Get-CsApplicationAccessPolicy", json!({}));
        assert_eq!(read["output"][1]["AppIds"], json!([OTHER]));
    }

    #[test]
    fn one_policy_a_person_and_null_takes_it_away() {
        let mut world = world();
        let user = somebody(&world, 3);
        for name in ["P", "Q"] {
            call(&mut world, "New-CsApplicationAccessPolicy", json!({"Identity": name, "AppIds": [APP]}));
            call(
                &mut world,
                "Grant-CsApplicationAccessPolicy",
                json!({"Identity": user, "PolicyName": name}),
            );
        }
        let shown = call(&mut world, "Get-CsOnlineUser", json!({"Identity": user}));
        assert_eq!(shown["output"][0]["ApplicationAccessPolicy"], "Q");
        let used = call(&mut world, "Remove-CsApplicationAccessPolicy", json!({"Identity": "Q"}));
        assert_eq!(used["ok"], false);
        call(&mut world, "Grant-CsApplicationAccessPolicy", json!({"Identity": user, "PolicyName": null}));
        let shown = call(&mut world, "Get-CsOnlineUser", json!({"Identity": user}));
        assert_eq!(shown["output"][0]["ApplicationAccessPolicy"], Value::Null);
        assert_eq!(
            call(&mut world, "Remove-CsApplicationAccessPolicy", json!({"Identity": "Q"}))["ok"],
            true
        );
    }

    #[test]
    fn groups_have_ranks() {
        let mut world = world();
        let groups: Vec<String> = world
            .shelf(Table::Groups)
            .all_latest()
            .map(|group| group["id"].as_str().unwrap().to_owned())
            .collect();
        call(&mut world, "New-CsApplicationAccessPolicy", json!({"Identity": "P", "AppIds": [APP]}));
        let first = call(
            &mut world,
            "Grant-CsApplicationAccessPolicy",
            json!({"Group": groups[0], "PolicyName": "P", "Rank": 1}),
        );
        assert_eq!(first["ok"], true);
        let taken = call(
            &mut world,
            "Grant-CsApplicationAccessPolicy",
            json!({"Group": groups[1], "PolicyName": "P", "Rank": 1}),
        );
        assert_eq!(taken["error"]["category"], "ResourceExists");
        let next = call(
            &mut world,
            "Grant-CsApplicationAccessPolicy",
            json!({"Group": groups[1], "PolicyName": "P"}),
        );
        assert_eq!(next["ok"], true);
    }

    #[test]
    fn wrong_calls_fail_as_the_module_does() {
        let mut world = world();
        let user = somebody(&world, 0);
        for (cmdlet, parameters, category) in [
            ("New-CsNonsense", json!({}), "ObjectNotFound"),
            ("New-CsApplicationAccessPolicy", json!({"AppIds": []}), "InvalidArgument"),
            ("New-CsApplicationAccessPolicy", json!({"Identity": "P", "AppIds": ["x"]}), "InvalidArgument"),
            ("New-CsApplicationAccessPolicy", json!({"Identity": "P", "Apps": []}), "InvalidArgument"),
            ("Set-CsApplicationAccessPolicy", json!({"Identity": "P"}), "ObjectNotFound"),
            ("Get-CsApplicationAccessPolicy", json!({"Identity": "P"}), "ObjectNotFound"),
            (
                "Grant-CsApplicationAccessPolicy",
                json!({"Identity": user, "PolicyName": "P"}),
                "InvalidOperation",
            ),
            (
                "Grant-CsApplicationAccessPolicy",
                json!({"Identity": "nobody", "PolicyName": null}),
                "ObjectNotFound",
            ),
            (
                "Grant-CsApplicationAccessPolicy",
                json!({"Group": "nobody", "PolicyName": null}),
                "ObjectNotFound",
            ),
            ("Grant-CsApplicationAccessPolicy", json!({"PolicyName": null}), "InvalidArgument"),
            ("Remove-CsApplicationAccessPolicy", json!({"Identity": "Global"}), "InvalidOperation"),
            ("Get-CsOnlineUser", json!({"Identity": "nobody"}), "ObjectNotFound"),
        ] {
            let answer = call(&mut world, cmdlet, parameters);
            assert_eq!(answer["error"]["category"], category, "{cmdlet} {answer}");
        }
    }
}
