//! Reads Conditional Access policies (Graph page "conditionalAccessPolicy") for one question: does a sign-in of this account
//! with user name and password meet one that asks for a second factor, or that blocks it?
//! Conditions that nobody can judge from here (place, device, risk) count as met: a policy that may ask is named.

use serde_json::Value;

/// What an account belongs to.
#[derive(Debug, Default)]
pub(super) struct Membership {
    /// Template ids of its directory roles.
    pub roles: Vec<String>,
    /// Object ids of its groups, also by way of other groups.
    pub groups: Vec<String>,
}

/// What stands between a password and a token, with the policy's name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Demand {
    Nothing,
    SecondFactor(String),
    Block(String),
}

/// The policies of a tenant.
pub(super) struct Policies(Vec<Value>);

impl From<Vec<Value>> for Policies {
    fn from(all: Vec<Value>) -> Self {
        Self(all)
    }
}

impl Policies {
    /// The first policy that blocks the account, else the first that asks it for a second factor.
    pub fn demand(&self, user: &str, membership: &Membership) -> Demand {
        let mut found = Demand::Nothing;
        for policy in self.0.iter().filter(|policy| concerns(policy, user, membership)) {
            let name = || policy["displayName"].as_str().unwrap_or_default().to_owned();
            let controls = &policy["grantControls"];
            if holds(&controls["builtInControls"], "block") {
                return Demand::Block(name());
            }
            let asks =
                holds(&controls["builtInControls"], "mfa") || !controls["authenticationStrength"].is_null();
            if asks && found == Demand::Nothing {
                found = Demand::SecondFactor(name());
            }
        }
        found
    }
}

/// Whether an enabled policy is about sign-ins of this account to resources. One about device codes, workload identities or
/// user actions only is not.
fn concerns(policy: &Value, user: &str, membership: &Membership) -> bool {
    let conditions = &policy["conditions"];
    let flows = &conditions["authenticationFlows"]["transferMethods"];
    let is_about_flows = flows.as_str().is_some_and(|methods| !methods.is_empty() && methods != "none");
    let workloads = &conditions["clientApplications"]["includeServicePrincipals"];
    let is_about_workloads = workloads.as_array().is_some_and(|list| !list.is_empty());
    let resources = conditions["applications"]["includeApplications"].as_array();
    let is_about_resources = resources.is_none_or(|list| list.iter().any(|one| one != "None"));
    policy["state"] == "enabled"
        && !is_about_flows
        && !is_about_workloads
        && is_about_resources
        && is_named(&conditions["users"], "include", user, membership)
        && !is_named(&conditions["users"], "exclude", user, membership)
}

fn is_named(users: &Value, side: &str, user: &str, membership: &Membership) -> bool {
    let list = |kind: &str| &users[format!("{side}{kind}")];
    holds(list("Users"), "All")
        || holds(list("Users"), user)
        || membership.roles.iter().any(|role| holds(list("Roles"), role))
        || membership.groups.iter().any(|group| holds(list("Groups"), group))
}

fn holds(list: &Value, wanted: &str) -> bool {
    let mut all = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    all.any(|one| one.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(state: &str, users: Value, controls: Value) -> Value {
        json!({ "displayName": "P", "state": state, "grantControls": controls,
            "conditions": { "users": users, "applications": { "includeApplications": ["All"] } } })
    }

    fn demand(policy: Value) -> Demand {
        let membership = Membership { roles: vec!["role".into()], groups: vec!["group".into()] };
        Policies(vec![policy]).demand("anna", &membership)
    }

    #[test]
    fn a_policy_counts_when_it_names_the_account_its_group_or_its_role_and_excludes_neither() {
        let mfa = json!({ "builtInControls": ["mfa"] });
        for users in [
            json!({ "includeUsers": ["All"] }),
            json!({ "includeUsers": ["ANNA"] }),
            json!({ "includeGroups": ["group"] }),
            json!({ "includeRoles": ["role"] }),
        ] {
            assert_eq!(demand(policy("enabled", users, mfa.clone())), Demand::SecondFactor("P".into()));
        }
        for users in [
            json!({ "includeUsers": ["All"], "excludeUsers": ["anna"] }),
            json!({ "includeUsers": ["All"], "excludeGroups": ["group"] }),
            json!({ "includeUsers": ["All"], "excludeRoles": ["role"] }),
            json!({ "includeUsers": ["somebody"] }),
            json!({}),
        ] {
            assert_eq!(demand(policy("enabled", users, mfa.clone())), Demand::Nothing);
        }
    }

    #[test]
    fn only_what_is_enabled_and_asks_for_a_factor_or_blocks_counts() {
        let all = json!({ "includeUsers": ["All"] });
        let ask = |state: &str, controls: Value| demand(policy(state, all.clone(), controls));
        let mfa = json!({ "builtInControls": ["mfa"] });
        assert_eq!(ask("enabledForReportingButNotEnforced", mfa.clone()), Demand::Nothing);
        assert_eq!(ask("disabled", mfa), Demand::Nothing);
        assert_eq!(ask("enabled", json!({ "builtInControls": ["compliantDevice"] })), Demand::Nothing);
        let strength = json!({ "builtInControls": [], "authenticationStrength": { "id": "2" } });
        assert_eq!(ask("enabled", strength), Demand::SecondFactor("P".into()));
        assert_eq!(ask("enabled", json!({ "builtInControls": ["block"] })), Demand::Block("P".into()));
    }

    #[test]
    fn policies_about_something_else_than_a_sign_in_with_a_password_do_not_count() {
        let mfa = json!({ "builtInControls": ["mfa"] });
        let about = |member: &str, value: Value| {
            let mut policy = policy("enabled", json!({ "includeUsers": ["All"] }), mfa.clone());
            policy["conditions"][member] = value;
            demand(policy)
        };
        assert_eq!(
            about("authenticationFlows", json!({ "transferMethods": "deviceCodeFlow" })),
            Demand::Nothing
        );
        assert_eq!(
            about("clientApplications", json!({ "includeServicePrincipals": ["x"] })),
            Demand::Nothing
        );
        assert_eq!(about("applications", json!({ "includeApplications": [] })), Demand::Nothing);
        assert_eq!(
            about("platforms", json!({ "includePlatforms": ["all"] })),
            Demand::SecondFactor("P".into())
        );
    }
}
