//! What the tenant asks of a sign-in (resource types conditionalAccessPolicy and
//! identitySecurityDefaultsEnforcementPolicy), as far as an account with a password alone is concerned.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::list;

/// Security defaults of the tenant: where they are on, everybody needs a second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityDefaults {
    /// Whether they are on.
    #[serde(default)]
    pub is_enabled: bool,
}

/// A Conditional Access policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionalAccessPolicy {
    /// Id.
    pub id: String,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// `enabled`, `disabled` or `enabledForReportingButNotEnforced`.
    #[serde(default)]
    pub state: Option<String>,
    /// When it applies.
    #[serde(default)]
    pub conditions: Option<Conditions>,
    /// What it asks.
    #[serde(default)]
    pub grant_controls: Option<GrantControls>,
}

/// When a policy applies.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conditions {
    /// Whom it covers.
    #[serde(default)]
    pub users: Option<UserCondition>,
    /// Which applications it covers.
    #[serde(default)]
    pub applications: Option<ApplicationCondition>,
    /// Where it applies; none is everywhere.
    #[serde(default)]
    pub locations: Option<Value>,
    /// Which flows it is limited to, such as the device code flow; none is all of them.
    #[serde(default)]
    pub authentication_flows: Option<Value>,
}

/// Whom a policy covers, by object ids and by template ids of roles. `All`, `None` and `GuestsOrExternalUsers` can
/// stand among the users.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserCondition {
    /// Covered people.
    #[serde(deserialize_with = "list")]
    pub include_users: Vec<String>,
    /// People who are not, whatever includes them.
    #[serde(deserialize_with = "list")]
    pub exclude_users: Vec<String>,
    /// Covered groups.
    #[serde(deserialize_with = "list")]
    pub include_groups: Vec<String>,
    /// Groups that are not.
    #[serde(deserialize_with = "list")]
    pub exclude_groups: Vec<String>,
    /// Covered roles.
    #[serde(deserialize_with = "list")]
    pub include_roles: Vec<String>,
    /// Roles that are not.
    #[serde(deserialize_with = "list")]
    pub exclude_roles: Vec<String>,
}

/// Which applications a policy covers, by client id; `All` and `Office365` can stand among them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationCondition {
    /// Covered applications.
    #[serde(deserialize_with = "list")]
    pub include_applications: Vec<String>,
    /// Applications that are not.
    #[serde(deserialize_with = "list")]
    pub exclude_applications: Vec<String>,
}

/// What a policy asks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantControls {
    /// `AND` or `OR`.
    #[serde(default)]
    pub operator: Option<String>,
    /// Such as `mfa` or `block`.
    #[serde(default, deserialize_with = "list")]
    pub built_in_controls: Vec<String>,
    /// A strength of sign-in that is asked for; each of the built-in ones needs a second factor.
    #[serde(default)]
    pub authentication_strength: Option<Value>,
}

impl UserCondition {
    /// Whether somebody is covered, by object id, template ids of roles and ids of groups. What is excluded wins.
    pub fn covers(&self, user: &str, roles: &[String], groups: &[String]) -> bool {
        let in_any = |list: &[String], own: &[String]| {
            list.iter().any(|one| own.iter().any(|other| one.eq_ignore_ascii_case(other)))
        };
        let named = |list: &[String]| list.iter().any(|one| one.eq_ignore_ascii_case(user));
        let included = named(&self.include_users)
            || self.include_users.iter().any(|one| one.eq_ignore_ascii_case("All"))
            || in_any(&self.include_groups, groups)
            || in_any(&self.include_roles, roles);
        let excluded = named(&self.exclude_users)
            || in_any(&self.exclude_groups, groups)
            || in_any(&self.exclude_roles, roles);
        included && !excluded
    }
}

impl ConditionalAccessPolicy {
    /// Whether it is in force; a report-only policy is not.
    pub fn is_in_force(&self) -> bool {
        self.state.as_deref() == Some("enabled")
    }

    /// Whether it is in force and covers somebody in every flow, not in one kind of sign-in only.
    pub fn covers(&self, user: &str, roles: &[String], groups: &[String]) -> bool {
        let Some(conditions) = &self.conditions else { return false };
        let every_flow = conditions.authentication_flows.as_ref().is_none_or(Value::is_null);
        let users = conditions.users.as_ref();
        self.is_in_force() && every_flow && users.is_some_and(|users| users.covers(user, roles, groups))
    }

    /// Whether it asks for a second factor, by itself or as the strength of the sign-in.
    pub fn asks_second_factor(&self) -> bool {
        self.grant_controls.as_ref().is_some_and(|controls| {
            controls.built_in_controls.iter().any(|one| one == "mfa")
                || controls.authentication_strength.as_ref().is_some_and(|strength| !strength.is_null())
        })
    }

    /// Whether it lets nobody in.
    pub fn blocks(&self) -> bool {
        let controls = self.grant_controls.as_ref();
        controls.is_some_and(|controls| controls.built_in_controls.iter().any(|one| one == "block"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn policy(state: &str, users: Value, controls: Value) -> ConditionalAccessPolicy {
        let whole = json!({"id": "p", "displayName": "P", "state": state, "sessionControls": null,
            "conditions": {"clientAppTypes": ["all"], "users": users, "platforms": null}, "grantControls": controls});
        serde_json::from_value(whole).unwrap()
    }

    fn owned(all: &[&str]) -> Vec<String> {
        all.iter().map(|one| (*one).to_owned()).collect()
    }

    #[test]
    fn whom_a_policy_covers() {
        let mfa = json!({"operator": "OR", "builtInControls": ["mfa"], "authenticationStrength": null});
        let all = json!({"includeUsers": ["All"], "excludeUsers": ["x"], "excludeGroups": ["g"], "excludeRoles": null});
        let everybody = policy("enabled", all.clone(), mfa.clone());
        assert!(everybody.covers("a", &[], &[]) && everybody.asks_second_factor() && !everybody.blocks());
        assert!(!everybody.covers("X", &[], &[]));
        assert!(!everybody.covers("a", &[], &owned(&["G"])));
        for state in ["disabled", "enabledForReportingButNotEnforced"] {
            assert!(!policy(state, all.clone(), mfa.clone()).covers("a", &[], &[]));
        }
        let roles = policy("enabled", json!({"includeRoles": ["r"]}), mfa.clone());
        assert!(roles.covers("a", &owned(&["R"]), &[]) && !roles.covers("a", &[], &[]));
        let none = policy("enabled", json!({"includeUsers": ["None"]}), mfa);
        assert!(!none.covers("a", &[], &[]));
    }

    #[test]
    fn a_strength_is_a_second_factor_and_one_flow_is_not_every_flow() {
        let strength = json!({"builtInControls": [], "authenticationStrength": {"id": "s"}});
        let mut strong = policy("enabled", json!({"includeUsers": ["a"]}), strength);
        assert!(strong.asks_second_factor() && strong.covers("a", &[], &[]));
        strong.conditions.as_mut().unwrap().authentication_flows =
            Some(json!({"transferMethods": "deviceCodeFlow"}));
        assert!(!strong.covers("a", &[], &[]));
        let blocking =
            policy("enabled", json!({"includeUsers": ["a"]}), json!({"builtInControls": ["block"]}));
        assert!(blocking.blocks() && !blocking.asks_second_factor());
        assert!(!policy("enabled", json!({"includeUsers": ["a"]}), Value::Null).asks_second_factor());
    }
}
