//! Which calls to Graph each verb may make, whatever the token would allow: its own changes and the common readings. The list
//! is enforced by the one client that holds the token.

use cloud::Method::{Delete, Get, Patch, Post};
use cloud::Permitted;
use guide::Action;

/// A verb's changes, and what every step may read.
macro_rules! calls {
    ($($method:ident $path:literal),* $(,)?) => {
        const {
            &[
            $(Permitted::new($method, $path),)*
            Permitted::new(Get, "/applications/**"),
            Permitted::new(Get, "/applications(*)/**"),
            Permitted::new(Get, "/servicePrincipals/**"),
            Permitted::new(Get, "/servicePrincipals(*)/**"),
            Permitted::new(Get, "/oauth2PermissionGrants/**"),
            Permitted::new(Get, "/policies/**"),
            Permitted::new(Get, "/identity/conditionalAccess/policies"),
            Permitted::new(Get, "/users/**"),
            Permitted::new(Get, "/directory/deletedItems/**"),
            Permitted::new(Get, "/admin/teams/policy/*"),
            ]
        }
    };
}

/// The calls of a step with this verb.
pub(crate) fn calls(action: &Action) -> &'static [Permitted] {
    match action {
        Action::RegisterApplication { .. } => calls![
            Patch "/applications(*)",
            Patch "/applications/*",
            Post "/servicePrincipals",
            Post "/applications/*/owners/$ref",
        ],
        Action::AddSecret { .. } => calls![
            Post "/applications/*/addPassword",
            Post "/applications/*/removePassword",
        ],
        Action::AddCertificate { .. }
        | Action::UploadCertificate { .. }
        | Action::SetPermissions { .. }
        | Action::SetRedirectUris { .. }
        | Action::SetPublicClient { .. } => calls![Patch "/applications/*"],
        Action::GrantConsent { .. } => calls![
            Post "/servicePrincipals/*/appRoleAssignedTo",
            Post "/oauth2PermissionGrants",
            Patch "/oauth2PermissionGrants/*",
            Delete "/oauth2PermissionGrants/*",
        ],
        Action::TakeDown { .. } => calls![Delete "/applications/*"],
        Action::SetLobby { .. } => calls![Post "/admin/teams/policy/userAssignments/assign"],
        Action::ProveMeeting { .. } => calls![
            Post "/users/*/onlineMeetings/createOrGet",
            Delete "/users/*/onlineMeetings/*",
        ],
        Action::ProvePresence { .. } => calls![
            Post "/users/*/presence/setUserPreferredPresence",
            Post "/users/*/presence/clearUserPreferredPresence",
        ],
        Action::ProveMail { .. } => calls![Post "/users/*/sendMail"],
        _ => calls![],
    }
}

/// The calls of an undo: each takes back one thing that a step makes.
pub(crate) const UNDO: &[Permitted] = calls![
    Delete "/applications/*",
    Delete "/servicePrincipals/*",
    Delete "/applications/*/owners/*/$ref",
    Post "/applications/*/removePassword",
    Patch "/applications/*",
    Delete "/servicePrincipals/*/appRoleAssignments/*",
    Delete "/servicePrincipals/*/appRoleAssignedTo/*",
    Delete "/oauth2PermissionGrants/*",
    Patch "/oauth2PermissionGrants/*",
];

/// The calls that bring an application back.
pub(crate) const BRINGING_BACK: &[Permitted] = calls![Post "/directory/deletedItems/*/restore"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_verb_that_adds_a_secret_may_add_one() {
        let adds = Permitted::new(Post, "/applications/*/addPassword");
        let guide = guide::find("targetconnect").unwrap();
        let secret = guide.step("secret").unwrap().action.clone();
        assert!(calls(&secret).contains(&adds));
        assert!(!calls(&Action::TakeDown { application: "register".into() }).contains(&adds));
        assert!(!UNDO.contains(&adds));
        let reads = calls(&Action::ConfirmNotice {});
        assert!(!reads.is_empty() && reads.iter().all(|one| calls(&secret).contains(one)));
    }
}
