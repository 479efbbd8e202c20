//! The application and its credentials (resource types application, passwordCredential, keyCredential).
//! There is no field for a secret's text: it exists in the answer of addPassword only and is read there.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::list;

/// An app registration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Object id.
    pub id: String,
    /// Client id.
    #[serde(default)]
    pub app_id: String,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The name that upserts go by.
    #[serde(default)]
    pub unique_name: Option<String>,
    /// Who may sign in, such as `AzureADMyOrg`.
    #[serde(default)]
    pub sign_in_audience: Option<String>,
    /// Free text.
    #[serde(default)]
    pub notes: Option<String>,
    /// Tags.
    #[serde(default, deserialize_with = "list")]
    pub tags: Vec<String>,
    /// Permissions that the application asks for; grants nothing by itself.
    #[serde(default, deserialize_with = "list")]
    pub required_resource_access: Vec<RequiredResourceAccess>,
    /// Secrets, without their text.
    #[serde(default, deserialize_with = "list")]
    pub password_credentials: Vec<PasswordCredential>,
    /// Certificates; `key` only when a single object is read with `$select`.
    #[serde(default, deserialize_with = "list")]
    pub key_credentials: Vec<KeyCredential>,
    /// Application id addresses.
    #[serde(default, deserialize_with = "list")]
    pub identifier_uris: Vec<String>,
    /// App roles that the application defines.
    #[serde(default, deserialize_with = "list")]
    pub app_roles: Vec<super::AppRole>,
    /// Owners, when asked for with `$expand=owners`.
    #[serde(default, deserialize_with = "list")]
    pub owners: Vec<super::DirectoryObject>,
    /// The web platform.
    #[serde(default)]
    pub web: Option<WebApplication>,
    /// The platform of public clients.
    #[serde(default)]
    pub public_client: Option<PublicClientApplication>,
    /// The API that the application offers.
    #[serde(default)]
    pub api: Option<ApiAccess>,
    /// Whether it may sign in as a public client.
    #[serde(default)]
    pub is_fallback_public_client: Option<bool>,
    /// Domain of the publisher.
    #[serde(default)]
    pub publisher_domain: Option<String>,
    /// When it was made.
    #[serde(default, with = "rfc3339::option")]
    pub created_date_time: Option<OffsetDateTime>,
    /// When it was deleted, in the recycle bin.
    #[serde(default, with = "rfc3339::option")]
    pub deleted_date_time: Option<OffsetDateTime>,
}

/// The web platform of an application.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebApplication {
    /// Redirect addresses.
    #[serde(default, deserialize_with = "list")]
    pub redirect_uris: Vec<String>,
    /// Home page.
    #[serde(default)]
    pub home_page_url: Option<String>,
    /// Address of the logout page.
    #[serde(default)]
    pub logout_url: Option<String>,
}

/// The public clients of an application.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicClientApplication {
    /// Redirect addresses.
    #[serde(default, deserialize_with = "list")]
    pub redirect_uris: Vec<String>,
}

/// The API that an application offers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiAccess {
    /// Delegated permissions that it defines.
    #[serde(default, deserialize_with = "list")]
    pub oauth2_permission_scopes: Vec<super::PermissionScope>,
    /// 1 or 2; the version of tokens that it wants.
    #[serde(default)]
    pub requested_access_token_version: Option<u8>,
}

/// Permissions of one API that an application asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequiredResourceAccess {
    /// Client id of the API.
    pub resource_app_id: String,
    /// The permissions.
    #[serde(default, deserialize_with = "list")]
    pub resource_access: Vec<ResourceAccess>,
}

/// One permission that an application asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ResourceAccess {
    /// Id of the app role or scope.
    pub id: String,
    /// `Role` or `Scope`.
    pub r#type: String,
}

/// A secret, without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordCredential {
    /// Key id.
    pub key_id: String,
    /// Display name; carries our marker.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The first characters of the text.
    #[serde(default)]
    pub hint: Option<String>,
    /// From when it is good.
    #[serde(default, with = "rfc3339::option")]
    pub start_date_time: Option<OffsetDateTime>,
    /// Until when it is good.
    #[serde(default, with = "rfc3339::option")]
    pub end_date_time: Option<OffsetDateTime>,
    /// A further identifier, mostly absent.
    #[serde(default)]
    pub custom_key_identifier: Option<String>,
}

/// A certificate of an application or service principal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyCredential {
    /// Key id; Graph makes it when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// `AsymmetricX509Cert`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// `Verify` or `Sign`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// Base64 of the certificate in DER. Sent as `null` for an entry that is to stay.
    #[serde(default)]
    pub key: Option<String>,
    /// Display name, at most 90 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The thumbprint, in one of two spellings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_key_identifier: Option<String>,
    /// From when it is good.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<OffsetDateTime>,
    /// Until when it is good.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<OffsetDateTime>,
}
