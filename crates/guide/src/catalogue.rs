//! The catalogue of permissions that Microsoft publishes, each with a class of risk, compiled in.
//! A guide names a permission by its value; an id of its own, or a permission that is not here, is refused.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// How much harm a permission can do in wrong hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Basic profiles, or what any person may do for himself.
    Low,
    /// Reads or changes something of limited weight.
    Medium,
    /// Reads people's content, or changes what others rely on.
    High,
    /// Can take over the tenant.
    Highest,
}

/// Whether an application holds a permission itself or borrows it from a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum PermissionKind {
    /// Held by the application (`appRoles` of the API's service principal).
    #[serde(rename = "a")]
    Application,
    /// Borrowed from the signed-in person (`oauth2PermissionScopes`).
    #[serde(rename = "d")]
    Delegated,
}

/// A permission of Microsoft Graph.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Permission {
    /// The published value, such as `User.Read.All`.
    pub value: String,
    /// Application or delegated.
    pub kind: PermissionKind,
    /// The published id, which is the same in every tenant of the global cloud.
    pub id: String,
    /// The class of risk.
    pub risk: Risk,
    /// Whether only an administrator can consent.
    pub admin_consent: bool,
    /// What the consent page says of it, in Microsoft's English.
    pub says: String,
}

/// The permission of Microsoft Graph with this value and kind, spelled exactly so.
pub fn permission(value: &str, kind: PermissionKind) -> Option<&'static Permission> {
    CATALOGUE.get(&(kind, value.to_owned()))
}

/// Every permission of Microsoft Graph, by kind and value.
pub fn permissions() -> impl Iterator<Item = &'static Permission> {
    CATALOGUE.values()
}

#[derive(Deserialize)]
struct Published {
    permissions: Vec<Permission>,
}

static CATALOGUE: LazyLock<BTreeMap<(PermissionKind, String), Permission>> = LazyLock::new(|| {
    // The file is compiled in and a test reads it; an empty catalogue refuses every permission.
    let published: Vec<Permission> = serde_json::from_str(include_str!("../permissions.json"))
        .map(|published: Published| published.permissions)
        .unwrap_or_default();
    published.into_iter().map(|each| ((each.kind, each.value.clone()), each)).collect()
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn holds_every_published_permission() {
        assert_eq!(permissions().count(), 1523);
        assert!(
            permissions().all(|each| each.id.len() == 36 && !each.value.is_empty() && !each.says.is_empty())
        );
    }

    #[test]
    fn the_ids_are_the_published_ones() {
        let id = |value, kind| permission(value, kind).unwrap().id.as_str();
        let (application, delegated) = (PermissionKind::Application, PermissionKind::Delegated);
        assert_eq!(id("OnlineMeetings.ReadWrite.All", application), "b8bb2037-6e08-44ac-a4ea-4674e010e2a4");
        assert_eq!(id("User.ReadBasic.All", application), "97235f07-e226-4f63-ace3-39588e11d3a1");
        assert_eq!(id("User.Read", delegated), "e1fe6dd8-ba31-4d61-89e7-88639da4683d");
        assert!(permission("User.Read", application).is_none());
    }

    #[test]
    fn what_can_take_over_the_tenant_is_highest() {
        for value in [
            "RoleManagement.ReadWrite.Directory",
            "AppRoleAssignment.ReadWrite.All",
            "Application.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
            "Domain.ReadWrite.All",
        ] {
            assert_eq!(
                permission(value, PermissionKind::Application).unwrap().risk,
                Risk::Highest,
                "{value}"
            );
            let delegated = permission(value, PermissionKind::Delegated).unwrap();
            assert_eq!(delegated.risk, Risk::High, "{value}");
        }
        let risk = |value| permission(value, PermissionKind::Application).unwrap().risk;
        assert_eq!(risk("Mail.Send"), Risk::High);
        assert_eq!(risk("OnlineMeetings.ReadWrite.All"), Risk::Medium);
        assert_eq!(risk("User.ReadBasic.All"), Risk::Low);
    }
}
