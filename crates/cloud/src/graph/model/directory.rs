//! People and the tenant itself (resource types organization, user, group, directoryRole, onlineMeeting).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::list;

/// The tenant. With `User.Read` alone only these three fields come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// The tenant id.
    pub id: String,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Domains.
    #[serde(default, deserialize_with = "list")]
    pub verified_domains: Vec<VerifiedDomain>,
}

/// A domain of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedDomain {
    /// The name.
    pub name: String,
    /// Whether new users get it.
    #[serde(default)]
    pub is_default: bool,
    /// Whether it is the `onmicrosoft` domain.
    #[serde(default)]
    pub is_initial: bool,
}

/// A user. Fields that were not selected are absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Object id.
    pub id: String,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Sign-in name.
    #[serde(default)]
    pub user_principal_name: Option<String>,
    /// Mail address.
    #[serde(default)]
    pub mail: Option<String>,
    /// Whether the account may sign in.
    #[serde(default)]
    pub account_enabled: Option<bool>,
    /// Employee id.
    #[serde(default)]
    pub employee_id: Option<String>,
    /// `Member` or `Guest`.
    #[serde(default)]
    pub user_type: Option<String>,
    /// Licences.
    #[serde(default, deserialize_with = "list")]
    pub assigned_plans: Vec<AssignedPlan>,
    /// Every other field that was selected, for matching identities by a field of the admin's choice.
    #[serde(flatten)]
    pub further: serde_json::Map<String, Value>,
}

impl User {
    /// Whether the password has no end of its own; `passwordPolicies` has to be selected.
    pub fn password_never_expires(&self) -> bool {
        let policies = self.field("passwordPolicies").unwrap_or_default();
        policies.split(',').any(|one| one.trim().eq_ignore_ascii_case("DisablePasswordExpiration"))
    }

    /// A field by Graph's name for it, when it is a text that is not empty.
    pub fn field(&self, name: &str) -> Option<&str> {
        let known = match name {
            "id" => Some(self.id.as_str()),
            "displayName" => self.display_name.as_deref(),
            "userPrincipalName" => self.user_principal_name.as_deref(),
            "mail" => self.mail.as_deref(),
            "employeeId" => self.employee_id.as_deref(),
            "userType" => self.user_type.as_deref(),
            other => {
                let mut parts = other.split('/');
                let first = parts.next().and_then(|part| self.further.get(part));
                parts
                    .fold(first, |value, part| value.and_then(|value| value.get(part)))
                    .and_then(Value::as_str)
            }
        };
        known.filter(|text| !text.is_empty())
    }
}

/// A licence's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignedPlan {
    /// Such as `Enabled`.
    #[serde(default)]
    pub capability_status: Option<String>,
    /// Such as `TeamspaceAPI`.
    #[serde(default)]
    pub service: Option<String>,
    /// Id of the plan.
    #[serde(default)]
    pub service_plan_id: Option<String>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Object id.
    pub id: String,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Mail address.
    #[serde(default)]
    pub mail: Option<String>,
    /// Whether it can be granted rights.
    #[serde(default)]
    pub security_enabled: Option<bool>,
}

/// Any object of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryObject {
    /// Object id.
    pub id: String,
    /// Such as `#microsoft.graph.user`.
    #[serde(rename = "@odata.type", default)]
    pub kind: Option<String>,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Sign-in name, when it is a user.
    #[serde(default)]
    pub user_principal_name: Option<String>,
}

/// An active directory role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryRole {
    /// Object id in this tenant.
    pub id: String,
    /// Template id, the same in every tenant; what `wids` holds.
    #[serde(default)]
    pub role_template_id: Option<String>,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
}

/// A trust in tokens of somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FederatedIdentityCredential {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whose tokens.
    pub issuer: String,
    /// Of which subject.
    #[serde(default)]
    pub subject: Option<String>,
    /// For whom.
    #[serde(default, deserialize_with = "list")]
    pub audiences: Vec<String>,
}

/// An online meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnlineMeeting {
    /// Id.
    pub id: String,
    /// Address to join.
    #[serde(default)]
    pub join_web_url: Option<String>,
    /// Subject.
    #[serde(default)]
    pub subject: Option<String>,
    /// Beginning.
    #[serde(default, with = "rfc3339::option")]
    pub start_date_time: Option<OffsetDateTime>,
    /// End.
    #[serde(default, with = "rfc3339::option")]
    pub end_date_time: Option<OffsetDateTime>,
    /// Who passes the lobby.
    #[serde(default)]
    pub lobby_bypass_settings: Option<LobbyBypassSettings>,
}

/// Who passes the lobby of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LobbyBypassSettings {
    /// `organizer`, `organization`, `organizationAndFederated`, `everyone`; `invited` and `organizationExcludingGuests`
    /// come as `unknownFutureValue` unless they are asked for with `Prefer: include-unknown-enum-members`.
    #[serde(default)]
    pub scope: Option<String>,
    /// Whether callers by telephone pass it.
    #[serde(default)]
    pub is_dial_in_bypass_enabled: Option<bool>,
}
