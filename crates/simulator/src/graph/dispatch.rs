//! Which endpoint answers which operation.
//!
//! One line an operation and nothing else; an operation of the table without a line here is a test's failure.

use super::operations::Matched;
use super::refusal::Refusal;
use super::site::{Outcome, Site};
use super::{
    applications, assignments, conditional_access, consents, credentials, deleted, groups, mail, meetings,
    objects, organization, owners, policies, presence, principals, teams, users,
};
use crate::world::Table::{Applications, Principals};

pub(crate) fn dispatch(site: &mut Site, matched: &Matched) -> Outcome {
    let keys = matched.keys.as_slice();
    match (matched.method, matched.template, keys) {
        ("GET", "/organization", _) => organization::list(site),
        ("GET", "/organization/{id}", [id]) => organization::one(site, id),
        ("GET", "/domains", _) => organization::domains(site),
        ("GET", "/domains/{id}", [id]) => organization::domain(site, id),
        ("GET", "/subscribedSkus", _) => organization::skus(site),
        ("GET", "/subscribedSkus/{id}", [id]) => organization::sku(site, id),
        ("GET", "/directoryRoles", _) => organization::roles(site),
        ("GET", "/directoryRoles/{id}", [id]) => organization::role(site, id),
        ("GET", "/directoryRoles/{id}/members", [id]) => organization::role_members(site, id),

        ("GET", "/applications" | "/applications/$count", _) => applications::list(site),
        ("POST", "/applications", _) => applications::create(site),
        ("GET", "/applications/{id}", [id]) => applications::one(site, id),
        ("PATCH", "/applications/{id}", [id]) => applications::update(site, id),
        ("PATCH", "/applications/{unique}", [name]) => applications::upsert(site, name),
        ("DELETE", "/applications/{id}", [id]) => applications::delete(site, id),
        ("POST", "/applications/{id}/addPassword", [id]) => credentials::add_password(site, id),
        ("POST", "/applications/{id}/removePassword", [id]) => credentials::remove_password(site, id),
        (
            "GET",
            "/applications/{id}/extensionProperties" | "/applications/{id}/federatedIdentityCredentials",
            [id],
        ) => applications::nothing_listed(site, id),
        ("GET", "/applications/{id}/appManagementPolicies", [id]) => policies::of_application(site, id),
        ("GET", "/applications/{id}/appManagementPolicies/$ref", [id]) => policies::references(site, id),
        ("POST", "/applications/{id}/appManagementPolicies/$ref", [id]) => policies::assign(site, id),
        ("DELETE", "/applications/{id}/appManagementPolicies/{id}/$ref", [id, policy]) => {
            policies::take_away(site, id, policy)
        }

        ("GET", "/servicePrincipals" | "/servicePrincipals/$count", _) => principals::list(site),
        ("POST", "/servicePrincipals", _) => principals::create(site),
        ("GET", "/servicePrincipals/{id}", [id]) => principals::one(site, id),
        ("PATCH", "/servicePrincipals/{id}", [id]) => principals::update(site, id),
        ("DELETE", "/servicePrincipals/{id}", [id]) => principals::delete(site, id),
        ("GET", "/servicePrincipals/{id}/appRoles", [id]) => principals::offered(site, id, "appRoles"),
        ("GET", "/servicePrincipals/{id}/oauth2PermissionScopes", [id]) => {
            principals::offered(site, id, "oauth2PermissionScopes")
        }
        ("GET", "/servicePrincipals/{id}/memberOf" | "/servicePrincipals/{id}/transitiveMemberOf", [id])
        | ("GET", "/servicePrincipals/{id}/appManagementPolicies", [id]) => {
            principals::nothing_listed(site, id)
        }

        ("GET", template, [id]) if template.starts_with("/servicePrincipals/{id}/appRoleAssign") => {
            assignments::list(site, id, template.contains("AssignedTo"))
        }
        ("POST", template, [id]) if template.starts_with("/servicePrincipals/{id}/appRoleAssign") => {
            assignments::create(site, id, template.contains("AssignedTo"))
        }
        ("GET", template, [id, of]) if template.starts_with("/servicePrincipals/{id}/appRoleAssign") => {
            assignments::one(site, id, of, template.contains("AssignedTo"))
        }
        ("DELETE", template, [id, of]) if template.starts_with("/servicePrincipals/{id}/appRoleAssign") => {
            assignments::delete(site, id, of, template.contains("AssignedTo"))
        }

        ("GET", "/oauth2PermissionGrants", _) => consents::list(site),
        ("POST", "/oauth2PermissionGrants", _) => consents::create(site),
        ("GET", "/oauth2PermissionGrants/{id}", [id]) => consents::one(site, id),
        ("PATCH", "/oauth2PermissionGrants/{id}", [id]) => consents::update(site, id),
        ("DELETE", "/oauth2PermissionGrants/{id}", [id]) => consents::delete(site, id),
        ("GET", "/servicePrincipals/{id}/oauth2PermissionGrants", [id]) => consents::of_principal(site, id),

        ("POST", "/applications/{id}/owners/$ref", [id]) => owners::add(site, Applications, id),
        ("DELETE", "/applications/{id}/owners/{id}/$ref", [id, owner]) => {
            owners::remove(site, Applications, id, owner)
        }
        ("GET", template, [id]) if template.starts_with("/applications/{id}/owners") => {
            owners::list(site, Applications, id, template)
        }
        ("POST", "/servicePrincipals/{id}/owners/$ref", [id]) => owners::add(site, Principals, id),
        ("DELETE", "/servicePrincipals/{id}/owners/{id}/$ref", [id, owner]) => {
            owners::remove(site, Principals, id, owner)
        }
        ("GET", template, [id]) if template.starts_with("/servicePrincipals/{id}/owners") => {
            owners::list(site, Principals, id, template)
        }

        ("GET", "/users" | "/users/$count", _) => users::list(site),
        ("GET", template, _) if template.starts_with("/me") || template.starts_with("/users/{id}") => {
            people(site, matched)
        }
        (_, template, _)
            if ["/onlineMeetings", "/presence/", "/sendMail"].iter().any(|part| template.contains(part)) =>
        {
            people(site, matched)
        }
        ("POST", "/communications/getPresencesByUserId", _) => presence::many(site),

        ("GET", "/groups" | "/groups/$count", _) => groups::list(site),
        ("GET", "/groups/{id}", [id]) => groups::one(site, id),
        ("GET", template, [id]) if template.starts_with("/groups/{id}/") => {
            groups::people(site, id, template)
        }

        ("GET", "/directoryObjects/{id}", [id]) => objects::one(site, id),
        ("POST", "/directoryObjects/getByIds", _) => objects::by_ids(site),
        ("POST", "/directory/deletedItems/{id}/restore", [id]) => deleted::restore(site, id),
        ("DELETE", "/directory/deletedItems/{id}", [id]) => deleted::purge(site, id),
        ("GET", "/directory/deletedItems/{id}", [id]) => deleted::one(site, id),
        ("GET", template, []) if template.starts_with("/directory/deletedItems/") => {
            deleted::list(site, template)
        }

        _ => policy(site, matched),
    }
}

/// Policies: of applications, of the sign-in, of Teams.
fn policy(site: &mut Site, matched: &Matched) -> Outcome {
    match (matched.method, matched.template, matched.keys.as_slice()) {
        ("GET", "/admin/teams/policy/getPolicyId/{id}", _) => teams::policy_id(site),
        ("POST", "/admin/teams/policy/userAssignments/assign", _) => teams::assign(site, true),
        ("POST", "/admin/teams/policy/userAssignments/unassign", _) => teams::assign(site, false),

        ("GET", "/policies/defaultAppManagementPolicy", _) => policies::tenant_wide(site),
        ("PATCH", "/policies/defaultAppManagementPolicy", _) => policies::change_tenant_wide(site),
        ("GET", "/policies/identitySecurityDefaultsEnforcementPolicy", _) => {
            conditional_access::security_defaults(site)
        }
        ("GET", "/identity/conditionalAccess/policies", _) => conditional_access::list(site),
        ("GET", "/identity/conditionalAccess/policies/{id}", [id]) => conditional_access::one(site, id),
        ("GET", "/policies/authorizationPolicy", _) => policies::authorization(site),
        ("GET", "/policies/appManagementPolicies", _) => policies::list(site),
        ("POST", "/policies/appManagementPolicies", _) => policies::create(site),
        ("GET", "/policies/appManagementPolicies/{id}", [id]) => policies::one(site, id),
        ("PATCH", "/policies/appManagementPolicies/{id}", [id]) => policies::update(site, id),
        ("DELETE", "/policies/appManagementPolicies/{id}", [id]) => policies::delete(site, id),
        _ => Err(Refusal::new(501, "NotImplemented", "The rehearsal tenant does not answer this operation.")),
    }
}

/// Paths under `/me` and `/users/{id}`: the same endpoints with another first key.
fn people(site: &mut Site, matched: &Matched) -> Outcome {
    let (user, keys, rest) = match matched.template.strip_prefix("/me") {
        Some(rest) => (users::myself(site)?, matched.keys.as_slice(), rest),
        None => match matched.keys.split_first() {
            Some((first, others)) => {
                (users::find(site, first)?, others, matched.template.trim_start_matches("/users/{id}"))
            }
            None => return Err(Refusal::absent("")),
        },
    };
    match (matched.method, rest, keys) {
        ("GET", "", _) => users::one(site, &user),
        ("GET", "/licenseDetails", _) => users::licenses(site, &user),
        ("GET", "/appRoleAssignments", _) => assignments::of_person(site, &user),
        ("GET", "/oauth2PermissionGrants", _) => consents::of_person(site, &user),
        ("GET", "/ownedObjects", _) => users::owned(site, &user),
        ("GET", rest, _) if rest.to_lowercase().contains("memberof") => users::member_of(site, &user, rest),
        ("GET", "/presence", _) => presence::one(site, &user),
        ("POST", "/presence/setUserPreferredPresence", _) => presence::prefer(site, &user),
        ("POST", "/presence/clearUserPreferredPresence", _) => presence::clear(site, &user),
        ("POST", "/sendMail", _) => mail::send(site, &user),
        ("GET", "/onlineMeetings", _) => meetings::list(site, &user),
        ("POST", "/onlineMeetings", _) => meetings::create(site, &user),
        ("POST", "/onlineMeetings/createOrGet", _) => meetings::create_or_get(site, &user),
        ("GET", "/onlineMeetings/{id}", [id]) => meetings::one(site, &user, id),
        ("PATCH", "/onlineMeetings/{id}", [id]) => meetings::update(site, &user, id),
        ("DELETE", "/onlineMeetings/{id}", [id]) => meetings::delete(site, &user, id),
        _ => Err(Refusal::new(501, "NotImplemented", "The rehearsal tenant does not answer this operation.")),
    }
}
