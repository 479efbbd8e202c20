//! Graph's objects as types, as far as this product reads them (Graph reference v1.0, section "resources").
//! Unknown fields are ignored, because Graph sends more every month; fields that it may leave out are optional.

mod application;
mod conditional_access;
mod directory;
mod grant;
mod mail;
mod policy;
mod presence;
mod teams_policy;

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};

pub use application::{
    ApiAccess, Application, KeyCredential, PasswordCredential, PublicClientApplication,
    RequiredResourceAccess, ResourceAccess, WebApplication,
};
pub use conditional_access::{
    ApplicationCondition, ConditionalAccessPolicy, Conditions, GrantControls, SecurityDefaults, UserCondition,
};
pub use directory::{
    AssignedPlan, DirectoryObject, DirectoryRole, FederatedIdentityCredential, Group, LobbyBypassSettings,
    OnlineMeeting, Organization, User, VerifiedDomain,
};
pub use grant::{AppRole, AppRoleAssignment, OAuth2PermissionGrant, PermissionScope, ServicePrincipal};
pub use mail::OutgoingMail;
pub use policy::{
    AppManagementPolicy, AppManagementRestrictions, KeyRestriction, PasswordRestriction,
    TenantAppManagementPolicy,
};

pub use presence::{Availability, PreferredPresence, Presence};
pub use teams_policy::{TeamsPolicyAssignments, TeamsPolicyIdentifier};

use super::{GraphError, GraphFault, Reply};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items.
    pub value: Vec<T>,
    /// Where the list goes on; never followed outside this room.
    #[serde(rename = "@odata.nextLink", default, skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
    /// How many items there are in all, on the first page, when it was asked for.
    #[serde(rename = "@odata.count", default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Reply {
    /// The body as a type, straight from the buffer.
    pub(crate) fn typed<T: serde::de::DeserializeOwned>(&self) -> Result<T, GraphError> {
        if !self.incoming.is_json() {
            return Err(self.error(
                GraphFault::NotJson,
                "the answer is not JSON; something between here and Graph answered",
            ));
        }
        serde_json::from_slice(&self.incoming.body).map_err(|error| {
            let kind = if error.is_data() { GraphFault::MissingField } else { GraphFault::NotJson };
            self.error(kind, &crate::text::scrub(&error.to_string()))
        })
    }
}

/// A list that Graph may send as `null`.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// An id that may come as a number.
pub(crate) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Either;
    impl Visitor<'_> for Either {
        type Value = String;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a text or a number")
        }
        fn visit_str<E>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
        fn visit_u64<E>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }
    }
    deserializer.deserialize_any(Either)
}
