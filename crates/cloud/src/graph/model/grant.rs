//! Service principals and what was granted to them (resource types servicePrincipal, appRoleAssignment,
//! oAuth2PermissionGrant).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::list;

/// An application's presence in a tenant; the portal calls it an enterprise application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// Object id.
    pub id: String,
    /// Client id.
    #[serde(default)]
    pub app_id: String,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Permissions for applications that it offers.
    #[serde(default, deserialize_with = "list")]
    pub app_roles: Vec<AppRole>,
    /// Delegated permissions that it offers.
    #[serde(default, deserialize_with = "list")]
    pub oauth2_permission_scopes: Vec<PermissionScope>,
    /// Whether it may sign in.
    #[serde(default)]
    pub account_enabled: Option<bool>,
    /// The tenant in which its application is registered.
    #[serde(default)]
    pub app_owner_organization_id: Option<String>,
    /// Whether people need an assignment.
    #[serde(default)]
    pub app_role_assignment_required: Option<bool>,
    /// `Application`, `ManagedIdentity` or `Legacy`.
    #[serde(default)]
    pub service_principal_type: Option<String>,
    /// Names that it is found by.
    #[serde(default, deserialize_with = "list")]
    pub service_principal_names: Vec<String>,
    /// Secrets, without their text.
    #[serde(default, deserialize_with = "list")]
    pub password_credentials: Vec<super::PasswordCredential>,
    /// Certificates.
    #[serde(default, deserialize_with = "list")]
    pub key_credentials: Vec<super::KeyCredential>,
    /// Tags.
    #[serde(default, deserialize_with = "list")]
    pub tags: Vec<String>,
}

/// A permission for applications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRole {
    /// Id.
    pub id: String,
    /// The value, such as `User.Read.All`; absent for some default roles.
    #[serde(default)]
    pub value: Option<String>,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Description.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it can be granted.
    #[serde(default)]
    pub is_enabled: bool,
    /// `Application`, `User`, or both.
    #[serde(default, deserialize_with = "list")]
    pub allowed_member_types: Vec<String>,
}

/// A delegated permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionScope {
    /// Id.
    pub id: String,
    /// The value, such as `User.Read`.
    #[serde(default)]
    pub value: Option<String>,
    /// What an admin reads when consenting.
    #[serde(default)]
    pub admin_consent_display_name: Option<String>,
    /// `User` or `Admin`: who may consent.
    #[serde(default)]
    pub r#type: Option<String>,
    /// Whether it can be granted.
    #[serde(default)]
    pub is_enabled: bool,
}

/// An app role that was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRoleAssignment {
    /// Id of the grant.
    #[serde(default)]
    pub id: String,
    /// Which role.
    pub app_role_id: String,
    /// To whom: object id of a service principal, user or group.
    pub principal_id: String,
    /// Name of the principal.
    #[serde(default)]
    pub principal_display_name: Option<String>,
    /// Of which API: object id of its service principal.
    pub resource_id: String,
    /// Name of the API.
    #[serde(default)]
    pub resource_display_name: Option<String>,
    /// When.
    #[serde(default, with = "rfc3339::option")]
    pub created_date_time: Option<OffsetDateTime>,
}

/// Delegated permissions that were granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuth2PermissionGrant {
    /// Id of the grant.
    #[serde(default)]
    pub id: String,
    /// To which application: object id of its service principal.
    pub client_id: String,
    /// `AllPrincipals` or `Principal`.
    pub consent_type: String,
    /// For which user, with `Principal`.
    #[serde(default)]
    pub principal_id: Option<String>,
    /// Of which API: object id of its service principal.
    pub resource_id: String,
    /// Values with blanks between.
    #[serde(default)]
    pub scope: Option<String>,
}

impl OAuth2PermissionGrant {
    /// The values of `scope`.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.scope.as_deref().unwrap_or("").split_whitespace()
    }
}
