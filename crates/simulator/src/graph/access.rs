//! What a caller may do: permissions of the token, and the directory roles behind a person.
//!
//! Rules are those of Microsoft's pages "grant admin consent" and "built-in roles". It reads, it never changes.

use super::operations::Operation;
use super::refusal::Refusal;
use super::{Caller, CallerKind};
use crate::world::{Table, World};

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const PRIVILEGED_ROLE_ADMINISTRATOR: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";
const APPLICATION_ADMINISTRATOR: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
const CLOUD_APPLICATION_ADMINISTRATOR: &str = "158c047a-c907-4556-b7ef-446551a6b5f7";
const APPLICATION_DEVELOPER: &str = "cf1c38e5-3621-4004-a7cb-879624dced7c";
const HYBRID_IDENTITY_ADMINISTRATOR: &str = "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2";
const SECURITY_ADMINISTRATOR: &str = "194ae4cb-b126-40b2-bd5b-6091b380977d";
const SECURITY_READER: &str = "5d6b6bb7-de71-4623-b4af-96380a352509";
const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
const CONDITIONAL_ACCESS_ADMINISTRATOR: &str = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9";
const TEAMS_ADMINISTRATOR: &str = "69091246-20e8-4a56-aa4d-066075b2a7a8";
const TEAMS_COMMUNICATIONS_ADMINISTRATOR: &str = "baf37b3a-610e-45da-9e62-d9d1e5e8914b";
const GUEST: &str = "10dae51f-b6af-4016-8d66-8c2a99b929b3";

/// Types that only the directory scopes open, which is what acting as the user stands for.
const DIRECTORY_TYPES: [&str; 10] = [
    "application",
    "servicePrincipal",
    "user",
    "group",
    "directoryObject",
    "organization",
    "oAuth2PermissionGrant",
    "appRoleAssignment",
    "directoryRole",
    "passwordCredential",
];

/// Whether the token's permissions suffice for an operation.
pub(crate) fn check(world: &World, operation: &Operation, caller: &Caller) -> Result<(), Refusal> {
    let (needed, held) = match &caller.kind {
        CallerKind::User { scopes, .. } => (&operation.delegated, scopes),
        CallerKind::Application { roles, .. } => (&operation.application, roles),
    };
    let holds = |one: &String| held.iter().any(|other| other.eq_ignore_ascii_case(one));
    let is_directory = operation.answers.as_deref().is_none_or(|name| DIRECTORY_TYPES.contains(&name));
    let as_user =
        is_directory && !needed.is_empty() && held.iter().any(|one| one == "Directory.AccessAsUser.All");
    let by_exchange = match (&caller.kind, &operation.exchange) {
        (CallerKind::Application { app_id, service_principal_id, .. }, Some(role)) => {
            world.exchange.knows(app_id, service_principal_id, role)
        }
        _ => false,
    };
    if !as_user && !by_exchange && (needed.is_empty() || !needed.iter().all(|group| group.iter().any(holds)))
    {
        let of_exchange = operation.exchange.is_some();
        return Err(if of_exchange { Refusal::mailbox_denied() } else { Refusal::denied() });
    }
    if let CallerKind::User { object_id, .. } = &caller.kind
        && world.people.is_disabled(object_id)
    {
        return Err(Refusal::new(
            403,
            "Authorization_IdentityDisabled",
            "The identity of the calling user is disabled.",
        ));
    }
    Ok(())
}

/// Whether a person has one of these roles. Applications have what their permissions say.
fn has_role(caller: &Caller, wanted: &[&str]) -> bool {
    match &caller.kind {
        CallerKind::User { roles, .. } => roles.iter().any(|role| {
            role.eq_ignore_ascii_case(GLOBAL_ADMINISTRATOR)
                || wanted.iter().any(|one| role.eq_ignore_ascii_case(one))
        }),
        CallerKind::Application { .. } => true,
    }
}

pub(crate) fn is_guest(caller: &Caller) -> bool {
    matches!(&caller.kind, CallerKind::User { roles, .. } if roles.iter().any(|role| role == GUEST))
}

/// Application Administrator or Cloud Application Administrator.
pub(crate) fn administers_applications(caller: &Caller) -> bool {
    has_role(caller, &[APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR])
}

/// Who registers without an administrator's role owns what was made; else nobody could change it.
pub(crate) fn becomes_owner(caller: &Caller) -> Option<String> {
    match &caller.kind {
        CallerKind::User { object_id, .. } => (!administers_applications(caller)).then(|| object_id.clone()),
        CallerKind::Application { service_principal_id, roles, .. } => {
            let all = roles.iter().any(|role| role == "Application.ReadWrite.All");
            (!all).then(|| service_principal_id.clone())
        }
    }
}

fn require(allowed: bool) -> Result<(), Refusal> {
    if allowed { Ok(()) } else { Err(Refusal::denied()) }
}

/// Any member may register an application unless the tenant says otherwise.
pub(crate) fn may_register(world: &World, caller: &Caller) -> Result<(), Refusal> {
    let members_may = world
        .latest(Table::Policies, "authorization")
        .is_none_or(|policy| policy["defaultUserRolePermissions"]["allowedToCreateApps"] != false);
    require(
        administers_applications(caller)
            || has_role(caller, &[APPLICATION_DEVELOPER])
            || (members_may && !is_guest(caller)),
    )
}

/// Owners and the two application roles may change an application or service principal; an application that
/// holds only `Application.ReadWrite.OwnedBy` may change what it owns.
pub(crate) fn may_change(world: &World, caller: &Caller, object_id: &str) -> Result<(), Refusal> {
    let owns =
        |id: &str| world.ids(Table::Owners, object_id).iter().any(|owner| owner.eq_ignore_ascii_case(id));
    match &caller.kind {
        CallerKind::User { object_id: person, .. } => {
            require(administers_applications(caller) || owns(person))
        }
        CallerKind::Application { service_principal_id, roles, .. } => {
            let only_own = !roles
                .iter()
                .any(|role| role == "Application.ReadWrite.All" || role == "Directory.ReadWrite.All");
            require(
                !only_own
                    || owns(service_principal_id)
                    || service_principal_id.eq_ignore_ascii_case(object_id),
            )
        }
    }
}

/// Application roles of Microsoft Graph are for Privileged Role Administrators; those of other APIs also for
/// the two application roles.
pub(crate) fn may_grant_role(caller: &Caller, resource_app_id: &str) -> Result<(), Refusal> {
    const GRAPHS: [&str; 2] =
        ["00000003-0000-0000-c000-000000000000", "00000002-0000-0000-c000-000000000000"];
    let privileged = has_role(caller, &[PRIVILEGED_ROLE_ADMINISTRATOR]);
    require(privileged || (!GRAPHS.contains(&resource_app_id) && administers_applications(caller)))
}

/// Delegated permissions for everybody; for oneself, anybody.
pub(crate) fn may_grant_scope(caller: &Caller, principal: Option<&str>) -> Result<(), Refusal> {
    let for_oneself = match (&caller.kind, principal) {
        (CallerKind::User { object_id, .. }, Some(principal)) => object_id.eq_ignore_ascii_case(principal),
        _ => false,
    };
    require(
        for_oneself || has_role(caller, &[PRIVILEGED_ROLE_ADMINISTRATOR]) || administers_applications(caller),
    )
}

/// Policies of Conditional Access and security defaults are shown to those who guard or review the tenant.
pub(crate) fn may_see_conditional_access(caller: &Caller) -> Result<(), Refusal> {
    let roles = [SECURITY_ADMINISTRATOR, SECURITY_READER, GLOBAL_READER, CONDITIONAL_ACCESS_ADMINISTRATOR];
    if has_role(caller, &roles) {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "AccessDenied",
        "You cannot perform the requested operation, required scopes are missing in the token.",
    ))
}

/// Teams policies are assigned by those who administer Teams.
pub(crate) fn may_assign_teams_policies(caller: &Caller) -> Result<(), Refusal> {
    require(has_role(caller, &[TEAMS_ADMINISTRATOR, TEAMS_COMMUNICATIONS_ADMINISTRATOR]))
}

pub(crate) fn may_restore(caller: &Caller) -> Result<(), Refusal> {
    require(administers_applications(caller) || has_role(caller, &[HYBRID_IDENTITY_ADMINISTRATOR]))
}

pub(crate) fn may_change_policies(caller: &Caller) -> Result<(), Refusal> {
    require(administers_applications(caller) || has_role(caller, &[SECURITY_ADMINISTRATOR]))
}

/// Only the basic properties of other people, since the token holds nothing better than this.
pub(crate) fn sees_basics_only(caller: &Caller) -> bool {
    const WHOLE: [&str; 5] = [
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Directory.AccessAsUser.All",
    ];
    let held = match &caller.kind {
        CallerKind::User { scopes, .. } => scopes,
        CallerKind::Application { roles, .. } => roles,
    };
    !held.iter().any(|one| WHOLE.contains(&one.as_str()))
}

/// What a bare `User.Read` lets a person see of the organisation.
pub(crate) fn sees_organization_whole(caller: &Caller) -> bool {
    let held = match &caller.kind {
        CallerKind::User { scopes, .. } => scopes,
        CallerKind::Application { roles, .. } => roles,
    };
    held.iter().any(|one| one.starts_with("Organization.") || one.starts_with("Directory."))
}
