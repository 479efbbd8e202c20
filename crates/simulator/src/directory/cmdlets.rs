//! The Teams PowerShell module's part: New-, Set-, Get-, Grant- and Remove- of CsApplicationAccessPolicy and
//! CsTeamsMeetingPolicy, and Get-CsOnlineUser, as documented, errors included.
//!
//! It changes the Teams state only. Parameters come as JSON, `@{Add=…}` as an object.

use serde_json::{Value, json};

use super::meeting_policies;
use super::parameters::{self, CmdletError, Output, known, parameter, text};
use super::policy_family::{self, Family, bare, is_global};
use crate::world::{World, list};

/// Runs one cmdlet.
pub(crate) fn run(world: &mut World, command: &Value) -> Value {
    let name = command["cmdlet"].as_str().unwrap_or_default();
    let given = command.get("parameters").cloned().unwrap_or_else(|| json!({}));
    let lower = name.to_lowercase();
    let families = [("csapplicationaccesspolicy", Family::Access), ("csteamsmeetingpolicy", Family::Meeting)];
    let of_policy = families.iter().find_map(|(noun, family)| {
        let verb = lower.strip_suffix(noun)?.strip_suffix('-')?;
        Some((verb, *family))
    });
    let outcome = match of_policy {
        Some((verb, family)) => on_policy(world, verb, family, &given),
        None if lower == "get-csonlineuser" => {
            known(&given, &["Identity", "ResultSize", "Filter"]).and_then(|()| online_user(world, &given))
        }
        None => Err(CmdletError::UnknownCmdlet(name.to_owned())),
    };
    parameters::answer(match outcome {
        Err(CmdletError::UnknownCmdlet(_)) => Err(CmdletError::UnknownCmdlet(name.to_owned())),
        other => other,
    })
}

fn on_policy(world: &mut World, verb: &str, family: Family, given: &Value) -> Output {
    const GRANT: [&str; 6] = ["Identity", "PolicyName", "Global", "Group", "Rank", "PassThru"];
    let written: &[&str] = match family {
        Family::Access => &["Identity", "AppIds", "Description"],
        Family::Meeting => &meeting_policies::PARAMETERS,
    };
    match (verb, family) {
        ("new" | "set", _) => known(given, written)?,
        ("get", _) => known(given, &["Identity", "Filter"])?,
        ("grant", _) => known(given, &GRANT)?,
        ("remove", _) => known(given, &["Identity", "Force", "Confirm"])?,
        _ => return Err(CmdletError::UnknownCmdlet(verb.to_owned())),
    }
    match (verb, family) {
        ("new", Family::Access) => create(world, given),
        ("set", Family::Access) => change(world, given),
        ("new", Family::Meeting) => meeting_policies::create(world, given),
        ("set", Family::Meeting) => meeting_policies::change(world, given),
        ("get", _) => {
            let all = policy_family::get(world, family, untouched(), given)?;
            Ok(all.into_iter().map(meeting_policies::shown).collect())
        }
        ("grant", _) => policy_family::grant(world, family, given),
        _ => policy_family::remove(world, family, given),
    }
}

/// The Global application access policy before anybody changed it.
fn untouched() -> Value {
    json!({"Identity": "Global", "AppIds": [], "Description": null})
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
    world.keep_policy(Family::Access, &name, Some(policy.clone()));
    Ok(vec![policy])
}

fn change(world: &mut World, parameters: &Value) -> Output {
    let name = parameter(parameters, "Identity").map_or(Ok("Global"), |_| text(parameters, "Identity"))?;
    let name = bare(name).to_owned();
    let known = world.teams.policies.latest(&name).cloned();
    let Some(mut policy) = known.or_else(|| is_global(&name).then(untouched)) else {
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
    world.keep_policy(Family::Access, &name, Some(policy));
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
            let own = |family: Family| {
                let found = world.policies(family).people.latest(id.as_str().unwrap_or_default());
                found.cloned().unwrap_or(Value::Null)
            };
            json!({"Identity": id, "UserPrincipalName": field("userPrincipalName"), "DisplayName": field("displayName"),
                "AccountEnabled": field("accountEnabled"), "ApplicationAccessPolicy": own(Family::Access),
                "TeamsMeetingPolicy": own(Family::Meeting),
                "FeatureTypes": if world.people.has_teams(seat) { json!(["Teams"]) } else { json!([]) }})
        })
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::OffsetDateTime;

    use super::*;
    use crate::world::Table;

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
