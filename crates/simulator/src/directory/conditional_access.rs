//! Conditional Access policies and security defaults: what they are seeded with, and what they ask of an account
//! that signs in with a password alone (Microsoft's pages "Conditional Access: Conditions" and "Security defaults").
//!
//! Only policies in state `enabled` count; report-only ones and disabled ones are listed and ask nothing.

use serde_json::{Value, json};

use super::moments;
use crate::random::Random;
use crate::world::{Table, World, list, same};

/// The id of the one security defaults policy, in every tenant.
pub(crate) const SECURITY_DEFAULTS: &str = "00000000-0000-0000-0000-000000000005";
/// The built-in authentication strength "Multifactor authentication".
const MULTI_FACTOR_STRENGTH: &str = "00000000-0000-0000-0000-000000000002";

/// What stands between a password and a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    Nothing,
    /// The id of the policy that asks, none with security defaults.
    SecondFactor(Option<String>),
    Block,
}

/// What is asked of an account that signs in with its password. A block wins.
pub(crate) fn demand(world: &World, user: &str) -> Demand {
    let roles: Vec<&str> = world.people.roles_of(user).iter().map(|(id, _)| id.as_str()).collect();
    let groups = world.groups_of(user);
    let covers = |policy: &&Value| {
        policy["state"] == "enabled"
            && policy["conditions"]["authenticationFlows"].is_null()
            && includes(&policy["conditions"]["users"], user, &roles, &groups)
    };
    let mut found = Demand::Nothing;
    for policy in world.shelf(Table::ConditionalAccess).all_latest().filter(covers) {
        let controls = &policy["grantControls"];
        if list(&controls["builtInControls"]).any(|one| one == "block") {
            return Demand::Block;
        }
        if list(&controls["builtInControls"]).any(|one| one == "mfa")
            || !controls["authenticationStrength"].is_null()
        {
            found = Demand::SecondFactor(policy["id"].as_str().map(str::to_owned));
        }
    }
    if found == Demand::Nothing
        && world.latest(Table::Policies, SECURITY_DEFAULTS).is_some_and(|one| one["isEnabled"] == true)
    {
        return Demand::SecondFactor(None);
    }
    found
}

/// Whether the user condition of a policy covers somebody; what is excluded wins.
fn includes(users: &Value, user: &str, roles: &[&str], groups: &[String]) -> bool {
    let named = |side: &str| {
        list(&users[format!("{side}Users")]).any(|one| (side == "include" && one == "All") || same(one, user))
            || list(&users[format!("{side}Roles")]).any(|one| roles.iter().any(|role| same(one, role)))
            || list(&users[format!("{side}Groups")]).any(|one| groups.iter().any(|group| same(one, group)))
    };
    named("include") && !named("exclude")
}

/// Whom the seeded policies cover.
pub(crate) struct Whom {
    pub multi_factor: String,
    pub enrolment: String,
    pub blocked: Vec<String>,
    pub browser_only: String,
    /// Template ids of the roles of which a second factor is asked.
    pub roles: Vec<String>,
}

/// Seeds one policy of each kind that an admin meets.
pub(crate) fn furnish(world: &mut World, random: &mut Random, whom: &Whom) {
    let group = world.shelf(Table::Groups).all_latest().find(|one| one["displayName"] == "Rechenzentrum");
    let group: Vec<Value> = group.map(|one| one["id"].clone()).into_iter().collect();
    let everybody = json!({"includeUsers": ["All"]});
    let mfa = || controls(&["mfa"]);
    let mut device = policy(
        "Kein Gerätecode",
        "enabled",
        json!({"includeUsers": [whom.browser_only]}),
        controls(&["block"]),
    );
    device["conditions"]["authenticationFlows"] = json!({"transferMethods": "deviceCodeFlow"});
    let mut strength = controls(&[]);
    strength["authenticationStrength"] = json!({"id": MULTI_FACTOR_STRENGTH, "displayName": "Multifactor authentication",
        "policyType": "builtIn", "requirementsSatisfied": "mfa"});
    let all = [
        policy(
            "Zweiter Faktor für technische Konten",
            "enabled",
            json!({"includeUsers": [whom.multi_factor]}),
            mfa(),
        ),
        policy(
            "Starke Anmeldung für neue Konten",
            "enabled",
            json!({"includeUsers": [whom.enrolment]}),
            strength,
        ),
        policy("Zweiter Faktor für Rollen", "enabled", json!({"includeRoles": whom.roles}), mfa()),
        policy("Zweiter Faktor für das Rechenzentrum", "enabled", json!({"includeGroups": group}), mfa()),
        policy("Gesperrte Konten", "enabled", json!({"includeUsers": whom.blocked}), controls(&["block"])),
        device,
        policy(
            "Zweiter Faktor für alle (Test)",
            "enabledForReportingButNotEnforced",
            everybody.clone(),
            mfa(),
        ),
        policy("Wartungsfenster", "disabled", everybody, controls(&["block"])),
    ];
    let made = moments::write(world.now);
    for mut one in all {
        let id = random.guid();
        one["id"] = json!(id);
        one["createdDateTime"] = json!(made);
        world.put(Table::ConditionalAccess, &id, Some(one));
    }
    set_security_defaults(world, false);
}

/// Switches security defaults on or off.
pub(crate) fn set_security_defaults(world: &mut World, on: bool) {
    let policy = json!({"id": SECURITY_DEFAULTS, "displayName": "Security Defaults", "deletedDateTime": null,
        "description": "Security defaults is a set of basic identity security mechanisms recommended by Microsoft.",
        "isEnabled": on});
    world.put(Table::Policies, SECURITY_DEFAULTS, Some(policy));
}

fn policy(name: &str, state: &str, users: Value, grant: Value) -> Value {
    let mut whole = json!({"includeUsers": [], "excludeUsers": [], "includeGroups": [], "excludeGroups": [],
        "includeRoles": [], "excludeRoles": [], "includeGuestsOrExternalUsers": null,
        "excludeGuestsOrExternalUsers": null});
    super::documents::lay_over(&mut whole, &users);
    json!({"id": null, "templateId": null, "displayName": name, "createdDateTime": null, "modifiedDateTime": null,
        "state": state, "deletedDateTime": null, "partialEnablementStrategy": null, "sessionControls": null,
        "conditions": {"userRiskLevels": [], "signInRiskLevels": [], "clientAppTypes": ["all"],
            "servicePrincipalRiskLevels": [], "insiderRiskLevels": null, "clients": null, "platforms": null,
            "locations": null, "times": null, "deviceStates": null, "devices": null, "clientApplications": null,
            "authenticationFlows": null,
            "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [], "applicationFilter": null},
            "users": whole},
        "grantControls": grant})
}

fn controls(built_in: &[&str]) -> Value {
    json!({"operator": "OR", "builtInControls": built_in, "customAuthenticationFactors": [], "termsOfUse": [],
        "authenticationStrength": null})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_excluded_wins() {
        let users = json!({"includeUsers": ["All"], "excludeUsers": ["A"], "excludeRoles": ["r"], "excludeGroups": ["g"]});
        assert!(includes(&users, "b", &[], &[]));
        assert!(!includes(&users, "a", &[], &[]));
        assert!(!includes(&users, "b", &["r"], &[]));
        assert!(!includes(&users, "b", &[], &["g".to_owned()]));
        assert!(includes(&json!({"includeRoles": ["r"]}), "b", &["r"], &[]));
        assert!(includes(&json!({"includeGroups": ["g"]}), "b", &[], &["G".to_owned()]));
        assert!(!includes(&json!({"excludeUsers": ["All"]}), "b", &[], &[]));
    }
}
