//! Service principals: list, read, make from an application, change, delete.
//!
//! Rules are those of the pages "Create serviceprincipal" and "Update serviceprincipal".

use serde_json::{Value, json};

use super::access;
use super::listing::{self, Row};
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use super::{applications, credentials, deleted};
use crate::directory::{documents, seed};
use crate::world::{Table, list as items, same};

pub(crate) fn list(site: &mut Site) -> Outcome {
    let site = &*site;
    let rows = site.world.shelf(Table::Principals).all_seen(site.world.view).map(Row::Kept);
    Ok(listing::answer(site, "servicePrincipals", rows))
}

pub(crate) fn one(site: &mut Site, key: &Key) -> Outcome {
    let found = site.shown(Table::Principals, key)?;
    Ok(listing::single(site, "servicePrincipals", &Row::Kept(found)))
}

/// The permissions that a service principal offers, by the name of the property: some clients read them so.
pub(crate) fn offered(site: &mut Site, key: &Key, name: &str) -> Outcome {
    let found = site.shown(Table::Principals, key)?;
    let fragment = format!("servicePrincipals('{}')/{name}", id_of(found));
    Ok(listing::answer(site, &fragment, items(&found[name]).map(Row::Kept)))
}

/// Sub-collections that are empty here.
pub(crate) fn nothing_listed(site: &mut Site, key: &Key) -> Outcome {
    site.shown(Table::Principals, key)?;
    let fragment = if site.request.path.contains("olicies") {
        "policies/appManagementPolicies"
    } else {
        "directoryObjects"
    };
    Ok(listing::answer(site, fragment, std::iter::empty()))
}

pub(crate) fn create(site: &mut Site) -> Outcome {
    let body = site.body().clone();
    let app_id = site.body_text("appId").to_owned();
    if uuid::Uuid::try_parse(&app_id).is_err() {
        return Err(Refusal::bad(
            "Invalid value specified for property 'appId' of resource 'ServicePrincipal'.",
        ));
    }
    let world = &*site.world;
    if world.shelf(Table::Principals).all_latest().any(|found| same(&found["appId"], &app_id)) {
        return Err(Refusal::conflict(format!(
            "The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use."
        )));
    }
    let id = site.world.random.guid();
    let now = site.world.now;
    let mut made = match backing(site, &app_id)? {
        Some(application) => {
            may_make(site, &application)?;
            let mut made = documents::principal(&id, &app_id, "", &site.world.tenant.id, now);
            applications::mirrored(&mut made, &application);
            made
        }
        None => {
            if !access::administers_applications(site.caller) {
                return Err(Refusal::denied());
            }
            match seed::of_microsoft(&app_id, &id, now) {
                Some(made) => made,
                None => return Err(without_application(&app_id)),
            }
        }
    };
    lay_over(site, &mut made, &body)?;
    site.world.put(Table::Principals, &id, Some(made.clone()));
    if let Some(owner) = access::becomes_owner(site.caller) {
        site.world.link(Table::Owners, &id, &owner, true);
    }
    let shown = crate::directory::credentials::masked(made);
    Ok(site.created("servicePrincipals/$entity", &id, "ServicePrincipal", shown))
}

/// The application that a new service principal is for. A replica that lags knows none and says so, in one
/// of the two ways of the real service.
fn backing(site: &mut Site, app_id: &str) -> Result<Option<Value>, Refusal> {
    let world = &mut *site.world;
    let seen = world
        .shelf(Table::Applications)
        .all_seen(world.view)
        .find(|found| same(&found["appId"], app_id))
        .cloned();
    if seen.is_some() {
        return Ok(seen);
    }
    if world.shelf(Table::Applications).all_latest().any(|found| same(&found["appId"], app_id)) {
        return Err(if world.random.next().is_multiple_of(4) {
            Refusal::new(
                403,
                "Authorization_RequestDenied",
                "When using this permission, the backing application of the service principal being created must in the local tenant",
            )
        } else {
            without_application(app_id)
        });
    }
    Ok(None)
}

fn without_application(app_id: &str) -> Refusal {
    Refusal::new(
        400,
        "NoBackingApplicationObject",
        format!(
            "The appId '{app_id}' of the service principal does not reference a valid application object."
        ),
    )
}

fn may_make(site: &Site, application: &Value) -> Result<(), Refusal> {
    access::may_change(site.world, site.caller, &id_of(application))
}

pub(crate) fn update(site: &mut Site, key: &Key) -> Outcome {
    let mut known = site.keyed_latest(Table::Principals, key)?;
    let id = id_of(&known);
    access::may_change(site.world, site.caller, &id)?;
    let body = site.body().clone();
    if body.get("appId").is_some_and(|app_id| *app_id != known["appId"]) {
        return Err(Refusal::bad("Property 'appId' is read-only and cannot be set."));
    }
    lay_over(site, &mut known, &body)?;
    site.world.put(Table::Principals, &id, Some(known));
    Ok(site.done())
}

pub(crate) fn delete(site: &mut Site, key: &Key) -> Outcome {
    let known = site.keyed_latest(Table::Principals, key)?;
    access::may_change(site.world, site.caller, &id_of(&known))?;
    deleted::bury(site.world, Table::Principals, known);
    Ok(site.done())
}

/// Lays a body over a service principal; certificates are looked at, passwords are not for bodies.
fn lay_over(site: &mut Site, principal: &mut Value, body: &Value) -> Result<(), Refusal> {
    let mut body = body.clone();
    let sent = body.as_object_mut().and_then(|members| {
        members.remove("passwordCredentials");
        members.remove("keyCredentials")
    });
    documents::lay_over(principal, &body);
    if let Some(sent) = sent {
        let keys = credentials::merge_keys(site.world, principal, &sent)?;
        principal["keyCredentials"] = keys;
    }
    Ok(())
}

/// Whether a service principal offers a permission that can be granted.
pub(crate) fn offers(principal: &Value, list: &str, id: &str) -> bool {
    items(&principal[list]).any(|one| same(&one["id"], id) && one["isEnabled"] != json!(false))
}
