//! The permissions of Microsoft Graph, Exchange Online and the Teams admin API, by value and id.
//!
//! Graph's are embedded as `permissions.json`, one row each: value, role or scope, id, name, admin, enabled.

use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Permission(String, String, String, String, bool, bool);

/// App roles and delegated permissions of Microsoft Graph, as its service principal shows them.
pub(crate) fn of_graph() -> (Value, Value) {
    let all: Vec<Permission> =
        serde_json::from_str(include_str!("../../permissions.json")).unwrap_or_default();
    let (mut roles, mut scopes) = (Vec::new(), Vec::new());
    for Permission(value, kind, id, name, admin, enabled) in &all {
        if kind == "role" {
            roles.push(role(id, value, name, *enabled));
        } else {
            scopes.push(scope(id, value, name, *admin, *enabled));
        }
    }
    (Value::Array(roles), Value::Array(scopes))
}

/// The same of Office 365 Exchange Online.
pub(crate) fn of_exchange() -> (Value, Value) {
    let roles = [
        ("dc50a0fb-09a3-484d-be87-e023b12c6440", "Exchange.ManageAsApp", "Manage Exchange As Application"),
        (
            "dc890d15-9560-4a4c-9b7f-a736ec74ec40",
            "full_access_as_app",
            "Use Exchange Web Services with full access to all mailboxes",
        ),
        ("5e5addcd-3e8d-4e90-baf5-964efab2b20a", "IMAP.AccessAsApp", "IMAP.AccessAsApp"),
        ("cb842b43-da6e-4506-86fe-bb12199c656d", "POP.AccessAsApp", "POP.AccessAsApp"),
        (
            "7146a1f0-8703-45b3-9eae-527a64c00995",
            "SMTP.SendAsApp",
            "Application access for sending emails via SMTP AUTH",
        ),
        ("b633e1c5-b582-4048-a93e-9f11b44c7e96", "Mail.Send", "Send mail as any user"),
        (
            "ef54d2bf-783f-4e0f-bca1-3210c0444d99",
            "Calendars.ReadWrite",
            "Read and write calendars in all mailboxes",
        ),
    ];
    let scopes = [
        ("76faac2a-0f20-42f1-928a-50de5b9dbe52", "SMTP.Send", "Send emails from mailboxes using SMTP AUTH"),
        (
            "195adc35-e27b-454b-a7ed-1ecdffa1c09f",
            "IMAP.AccessAsUser.All",
            "Read and write access to mailboxes via IMAP",
        ),
        (
            "fb698133-92fa-453e-a9ed-688e10f2e5ac",
            "POP.AccessAsUser.All",
            "Read and write access to mailboxes via POP",
        ),
        (
            "3b5f3d61-589b-4a3c-a359-5dd4b5ee5bd5",
            "EWS.AccessAsUser.All",
            "Access mailboxes via Exchange Web Services",
        ),
    ];
    (
        roles.iter().map(|(id, value, name)| role(id, value, name, true)).collect(),
        scopes.iter().map(|(id, value, name)| scope(id, value, name, false, true)).collect(),
    )
}

/// The same of the Skype and Teams Tenant Admin API.
pub(crate) fn of_teams_admin() -> (Value, Value) {
    let only = scope(
        "e60370c1-e451-437e-aa6e-d76df38e5f15",
        "user_impersonation",
        "Access Microsoft Teams and Skype for Business data as the signed in user",
        true,
        true,
    );
    (json!([]), json!([only]))
}

/// The same of the Windows Azure Service Management API.
pub(crate) fn of_azure() -> (Value, Value) {
    let only = scope(
        "41094075-9dad-400e-a0bd-54e686782033",
        "user_impersonation",
        "Access Azure Service Management as organization users",
        false,
        true,
    );
    (json!([]), json!([only]))
}

fn role(id: &str, value: &str, name: &str, enabled: bool) -> Value {
    json!({"allowedMemberTypes": ["Application"], "description": name, "displayName": name, "id": id,
        "isEnabled": enabled, "origin": "Application", "value": value})
}

fn scope(id: &str, value: &str, name: &str, admin: bool, enabled: bool) -> Value {
    json!({"adminConsentDescription": name, "adminConsentDisplayName": name, "id": id, "isEnabled": enabled,
        "type": if admin { "Admin" } else { "User" }, "userConsentDescription": name,
        "userConsentDisplayName": name, "value": value})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::list;

    #[test]
    fn graphs_permissions_are_all_there() {
        let (roles, scopes) = of_graph();
        assert_eq!(list(&roles).count() + list(&scopes).count(), 1523);
        let has = |all: &Value, value: &str, id: &str| {
            list(all).any(|one| one["value"] == value && one["id"] == id)
        };
        assert!(has(&roles, "User.Read.All", "df021288-bdef-4463-88db-98f22de89214"));
        assert!(has(&scopes, "User.Read", "e1fe6dd8-ba31-4d61-89e7-88639da4683d"));
        assert!(!has(&roles, "User.Read", "e1fe6dd8-ba31-4d61-89e7-88639da4683d"));
    }
}
