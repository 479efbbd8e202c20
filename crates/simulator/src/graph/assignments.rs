//! App role assignments: application permissions as they are granted.
//!
//! Rules are those of the pages "Grant an appRoleAssignment to a service principal" and its kin.

use serde_json::{Value, json};

use super::access;
use super::listing::{self, Row};
use super::operations::Key;
use super::principals::offers;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use crate::directory::{moments, seed};
use crate::world::{Table, same};

pub(crate) fn list(site: &mut Site, key: &Key, on_resource: bool) -> Outcome {
    let id = id_of(site.shown(Table::Principals, key)?);
    let (member, name) = side(on_resource);
    answer(site, member, &id, &format!("servicePrincipals('{id}')/{name}"))
}

/// What people hold of applications: nothing in this tenant.
pub(crate) fn of_person(site: &mut Site, user: &str) -> Outcome {
    answer(site, "principalId", user, &format!("users('{user}')/appRoleAssignments"))
}

pub(crate) fn one(site: &mut Site, key: &Key, of: &Key, on_resource: bool) -> Outcome {
    let assignment = find(site, key, of, on_resource)?;
    let id = id_of(site.shown(Table::Principals, key)?);
    let fragment = format!("servicePrincipals('{id}')/{}", side(on_resource).1);
    Ok(listing::single(site, &fragment, &Row::Kept(&assignment)))
}

pub(crate) fn create(site: &mut Site, key: &Key, on_resource: bool) -> Outcome {
    let subject = id_of(site.shown(Table::Principals, key)?);
    let (principal_id, resource_id) =
        (site.body_text("principalId").to_owned(), site.body_text("resourceId").to_owned());
    let role_id = site.body_text("appRoleId").to_owned();
    let named = if on_resource { &resource_id } else { &principal_id };
    if !subject.eq_ignore_ascii_case(named) {
        return Err(Refusal::bad("The id in the address does not agree with the body of the assignment."));
    }
    let world = &*site.world;
    let seen = |id: &str| world.seen(Table::Principals, id);
    let (Some(principal), Some(resource)) = (seen(&principal_id), seen(&resource_id)) else {
        return Err(Refusal::bad("Not a valid reference update."));
    };
    access::may_grant_role(site.caller, resource["appId"].as_str().unwrap_or_default())?;
    let is_default = role_id == "00000000-0000-0000-0000-000000000000"
        && crate::world::list(&resource["appRoles"]).next().is_none();
    if !offers(resource, "appRoles", &role_id) && !is_default {
        return Err(Refusal::bad("Permission being assigned was not found on application"));
    }
    let known = |found: &Value| {
        same(&found["principalId"], &principal_id)
            && same(&found["resourceId"], &resource_id)
            && same(&found["appRoleId"], &role_id)
    };
    if world.shelf(Table::Assignments).all_latest().any(known) {
        return Err(Refusal::bad("Permission being assigned already exists on the object"));
    }
    let [principal_name, resource_name] = [principal, resource].map(|one| one["displayName"].clone());
    let id = seed::grant_id(site.world);
    let now = site.world.now;
    let made = json!({"id": id, "deletedDateTime": null, "appRoleId": role_id, "createdDateTime": moments::write(now),
        "principalDisplayName": principal_name, "principalId": principal_id, "principalType": "ServicePrincipal",
        "resourceDisplayName": resource_name, "resourceId": resource_id});
    site.world.put(Table::Assignments, &id, Some(made.clone()));
    let fragment = format!("servicePrincipals('{subject}')/{}/$entity", side(on_resource).1);
    let mut shown = made;
    shown["createdDateTime"] = json!(moments::write_exact(now));
    Ok(site.created(&fragment, &id, "AppRoleAssignment", shown))
}

pub(crate) fn delete(site: &mut Site, key: &Key, of: &Key, on_resource: bool) -> Outcome {
    let assignment = find(site, key, of, on_resource)?;
    let resource =
        site.world.latest(Table::Principals, assignment["resourceId"].as_str().unwrap_or_default());
    let app_id = resource.and_then(|found| found["appId"].as_str()).unwrap_or_default().to_owned();
    access::may_grant_role(site.caller, &app_id)?;
    site.world.put(Table::Assignments, &id_of(&assignment), None);
    Ok(site.done())
}

fn side(on_resource: bool) -> (&'static str, &'static str) {
    if on_resource { ("resourceId", "appRoleAssignedTo") } else { ("principalId", "appRoleAssignments") }
}

fn answer(site: &Site, member: &'static str, id: &str, fragment: &str) -> Outcome {
    let wanted = id.to_owned();
    let rows = site.world.shelf(Table::Assignments).all_seen(site.world.view);
    Ok(listing::answer(
        site,
        fragment,
        rows.filter(move |found| same(&found[member], &wanted)).map(Row::Kept),
    ))
}

fn find(site: &Site, key: &Key, of: &Key, on_resource: bool) -> Result<Value, Refusal> {
    let subject = site.shown(Table::Principals, key)?;
    let found = site.world.seen(Table::Assignments, &of.value).cloned();
    // Ids of assignments tell capitals apart.
    found
        .filter(|found| found["id"] == of.value.as_str() && found[side(on_resource).0] == subject["id"])
        .ok_or_else(|| Refusal::absent(&of.value))
}
