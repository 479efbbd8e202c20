//! Assigning a Teams policy to people through Graph (pages "teamsPolicyAssignment: getPolicyId",
//! "teamsPolicyUserAssignment: assign" and "unassign"). It assigns policies that are there and makes none.

use serde::{Deserialize, Serialize};

use super::super::call::literal;

const KIND: &str = "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment";

/// A policy by its name and by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamsPolicyIdentifier {
    /// Such as `Tag:AllOn`.
    pub name: String,
    /// What an assignment names it by.
    pub policy_id: String,
}

impl TeamsPolicyIdentifier {
    /// The path that answers the ids of the policies of this type and name: a list, empty where there is none.
    pub fn path(policy_type: &str, name: &str) -> String {
        format!("/admin/teams/policy/getPolicyId(type={},name={})", literal(policy_type), literal(name))
    }
}

/// Body of `assign` and `unassign`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TeamsPolicyAssignments {
    value: Vec<TeamsPolicyAssignment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamsPolicyAssignment {
    #[serde(rename = "@odata.type")]
    kind: &'static str,
    user_id: String,
    policy_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_id: Option<String>,
}

impl TeamsPolicyAssignments {
    /// Where an assignment is posted.
    pub const ASSIGN: &str = "/admin/teams/policy/userAssignments/assign";
    /// Where it is taken back.
    pub const UNASSIGN: &str = "/admin/teams/policy/userAssignments/unassign";

    /// One policy to these people (object ids); without a policy, for taking theirs away.
    pub fn of(policy_type: &str, policy_id: Option<&str>, user_ids: &[String]) -> TeamsPolicyAssignments {
        let one = |user: &String| TeamsPolicyAssignment {
            kind: KIND,
            user_id: user.clone(),
            policy_type: policy_type.to_owned(),
            policy_id: policy_id.map(str::to_owned),
        };
        TeamsPolicyAssignments { value: user_ids.iter().map(one).collect() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn bodies_and_paths_are_the_documented_ones() {
        let users = ["u".to_owned()];
        let body = serde_json::to_value(TeamsPolicyAssignments::of("TeamsMeetingPolicy", Some("p"), &users))
            .unwrap();
        assert_eq!(
            body,
            serde_json::json!({"value": [{"@odata.type": KIND, "userId": "u", "policyType": "TeamsMeetingPolicy", "policyId": "p"}]})
        );
        let back =
            serde_json::to_value(TeamsPolicyAssignments::of("TeamsMeetingPolicy", None, &users)).unwrap();
        assert!(back["value"][0].get("policyId").is_none());
        assert_eq!(
            TeamsPolicyIdentifier::path("TeamsMeetingPolicy", "O'Lobby"),
            "/admin/teams/policy/getPolicyId(type='TeamsMeetingPolicy',name='O%27%27Lobby')"
        );
    }
}
