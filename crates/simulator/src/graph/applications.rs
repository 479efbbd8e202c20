//! Application registrations: list, read, register, change, upsert by unique name, delete softly.
//!
//! Credentials, owners and policies of an application have files of their own.

use serde_json::{Value, json};

use super::access;
use super::audiences;
use super::credentials;
use super::deleted;
use super::listing::{self, Row};
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use crate::directory::{documents, moments};
use crate::graph::CallerKind;
use crate::world::{Table, World, list as items, same};

const AUDIENCES: [&str; 4] =
    ["AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"];

/// Members that only the service writes.
const COMPUTED: [&str; 7] = [
    "appId",
    "createdDateTime",
    "deletedDateTime",
    "publisherDomain",
    "applicationTemplateId",
    "disabledByMicrosoftStatus",
    "verifiedPublisher",
];

pub(crate) fn list(site: &Site) -> Outcome {
    let world = &*site.world;
    let rows = world.shelf(Table::Applications).all_seen(world.view).map(Row::Kept);
    Ok(listing::answer(site, "applications", rows))
}

pub(crate) fn one(site: &Site, key: &Key) -> Outcome {
    let found = site.shown(Table::Applications, key)?;
    Ok(listing::single(site, "applications", &Row::Kept(found)))
}

/// Collections that no application of this tenant has anything in.
pub(crate) fn nothing_listed(site: &Site, key: &Key) -> Outcome {
    let found = site.shown(Table::Applications, key)?;
    let last = site.request.path.rsplit('/').next().unwrap_or_default();
    Ok(listing::answer(site, &format!("applications('{}')/{last}", id_of(found)), std::iter::empty()))
}

pub(crate) fn create(site: &mut Site) -> Outcome {
    let made = register(site, None)?;
    Ok(answer_made(site, made))
}

pub(crate) fn update(site: &mut Site, key: &Key) -> Outcome {
    let application = site.keyed_latest(Table::Applications, key)?;
    change(site, application)
}

/// `PATCH /applications(uniqueName='…')`; with `Prefer: create-if-missing` it registers what is not there.
pub(crate) fn upsert(site: &mut Site, name: &Key) -> Outcome {
    let world = &*site.world;
    let found = world
        .shelf(Table::Applications)
        .all_latest()
        .find(|one| same(&one["uniqueName"], &name.value))
        .cloned();
    if let Some(found) = found {
        return change(site, found);
    }
    let create = site
        .request
        .header("prefer")
        .is_some_and(|prefer| prefer.to_lowercase().contains("create-if-missing"));
    if !create {
        return Err(Refusal::absent(&name.value));
    }
    let made = register(site, Some(&name.value))?;
    Ok(answer_made(site, made))
}

pub(crate) fn delete(site: &mut Site, key: &Key) -> Outcome {
    let application = site.keyed_latest(Table::Applications, key)?;
    access::may_change(site.world, site.caller, &id_of(&application))?;
    let app_id = application["appId"].as_str().unwrap_or_default().to_owned();
    let principal =
        site.world.shelf(Table::Principals).all_latest().find(|one| same(&one["appId"], &app_id)).cloned();
    deleted::bury(site.world, Table::Applications, application);
    if let Some(principal) = principal {
        deleted::bury(site.world, Table::Principals, principal);
    }
    Ok(site.done())
}

fn answer_made(site: &Site, mut made: Value) -> super::GraphAnswer {
    made["createdDateTime"] = json!(moments::write_exact(site.world.now));
    let id = id_of(&made);
    let made = crate::directory::credentials::masked(made);
    site.created("applications/$entity", &id, "Application", made)
}

fn register(site: &mut Site, unique_name: Option<&str>) -> Result<Value, Refusal> {
    access::may_register(site.world, site.caller)?;
    let mut body = site.body().clone();
    if let Some(name) = unique_name {
        if !body["uniqueName"].is_null() && !same(&body["uniqueName"], name) {
            return Err(Refusal::bad("The uniqueName of the body differs from the key of the request."));
        }
        body["uniqueName"] = json!(name);
    }
    if body["displayName"].as_str().is_none_or(str::is_empty) {
        return Err(Refusal::bad(
            "A value is required for property 'displayName' of resource 'Application'.",
        ));
    }
    if items(&body["passwordCredentials"]).next().is_some() {
        return Err(Refusal::bad(
            "Property 'passwordCredentials' cannot be set on create. Use the addPassword action.",
        ));
    }
    let keys = body.as_object_mut().and_then(|members| members.remove("keyCredentials"));
    let (id, app_id) = (site.world.random.guid(), site.world.random.guid());
    let mut application = documents::application(&id, &app_id, &site.world.tenant.domain, site.world.now);
    check(site.world, &application, &body)?;
    documents::lay_over(&mut application, &body);
    audiences::complete_version(&mut application, &body);
    complete(&mut application);
    audiences::check(&application)?;
    if let Some(keys) = keys {
        let checked = credentials::merge_keys(site.world, &application, &keys)?;
        application["keyCredentials"] = checked;
    }
    site.world.put(Table::Applications, &id, Some(application.clone()));
    let owner = match &site.caller.kind {
        CallerKind::User { object_id, .. } if !access::administers_applications(site.caller) => {
            Some(object_id.clone())
        }
        CallerKind::Application { service_principal_id, .. } => Some(service_principal_id.clone()),
        CallerKind::User { .. } => None,
    };
    if let Some(owner) = owner {
        site.world.link(Table::Owners, &id, &owner, true);
    }
    Ok(application)
}

fn change(site: &mut Site, mut application: Value) -> Outcome {
    access::may_change(site.world, site.caller, &id_of(&application))?;
    let mut body = site.body().clone();
    if items(&body["passwordCredentials"]).next().is_some()
        && body["passwordCredentials"] != application["passwordCredentials"]
    {
        return Err(Refusal::bad(
            "Property 'passwordCredentials' cannot be changed. Use the addPassword and removePassword actions.",
        ));
    }
    let keys = body.as_object_mut().and_then(|members| {
        members.remove("passwordCredentials");
        members.remove("keyCredentials")
    });
    if !body["uniqueName"].is_null()
        && !application["uniqueName"].is_null()
        && !application["uniqueName"].as_str().is_some_and(|own| same(&body["uniqueName"], own))
    {
        return Err(Refusal::bad("Property 'uniqueName' is read-only and cannot be set."));
    }
    check(site.world, &application, &body)?;
    documents::lay_over(&mut application, &body);
    complete(&mut application);
    audiences::check(&application)?;
    if let Some(keys) = keys {
        application["keyCredentials"] = credentials::merge_keys(site.world, &application, &keys)?;
    }
    site.world.put(Table::Applications, &id_of(&application), Some(application.clone()));
    mirror(site.world, &application);
    Ok(site.done())
}

/// What a service principal takes over from its application.
pub(crate) fn mirrored(principal: &mut Value, application: &Value) {
    for name in ["displayName", "appRoles", "notes", "signInAudience", "info"] {
        principal[name] = application[name].clone();
    }
    principal["appDisplayName"] = application["displayName"].clone();
    principal["appDescription"] = application["description"].clone();
    principal["oauth2PermissionScopes"] = application["api"]["oauth2PermissionScopes"].clone();
    principal["homepage"] = application["web"]["homePageUrl"].clone();
    principal["logoutUrl"] = application["web"]["logoutUrl"].clone();
    principal["replyUrls"] = ["web", "spa", "publicClient"]
        .iter()
        .flat_map(|kind| items(&application[*kind]["redirectUris"]).cloned())
        .collect();
    principal["servicePrincipalNames"] = std::iter::once(&application["appId"])
        .chain(items(&application["identifierUris"]))
        .cloned()
        .collect();
}

fn mirror(world: &mut World, application: &Value) {
    let Some(app_id) = application["appId"].as_str() else { return };
    let Some(mut principal) =
        world.shelf(Table::Principals).all_latest().find(|one| same(&one["appId"], app_id)).cloned()
    else {
        return;
    };
    let before = principal.clone();
    mirrored(&mut principal, application);
    if principal != before {
        world.put(Table::Principals, &id_of(&before), Some(principal));
    }
}

/// Members that the service adds to what a caller listed.
fn complete(application: &mut Value) {
    if let Some(roles) = application["appRoles"].as_array_mut() {
        for role in roles {
            role["origin"] = json!("Application");
        }
    }
}

/// Rules of the directory for what a caller sent (limits as on the page "Update application").
fn check(world: &World, application: &Value, body: &Value) -> Result<(), Refusal> {
    for name in COMPUTED {
        if body.get(name).is_some_and(|sent| *sent != application[name]) {
            return Err(Refusal::bad(format!("Property '{name}' is read-only and cannot be set.")));
        }
    }
    if body.get("signInAudience").is_some_and(|one| !AUDIENCES.iter().any(|known| one == known)) {
        return Err(Refusal::bad(
            "Invalid value specified for property 'signInAudience' of resource 'Application'.",
        ));
    }
    if let Some(name) = body["uniqueName"].as_str() {
        let own = application["id"].as_str().unwrap_or_default();
        let taken = world
            .shelf(Table::Applications)
            .all_latest()
            .any(|one| same(&one["uniqueName"], name) && !same(&one["id"], own));
        if taken {
            return Err(Refusal::conflict(
                "Another object with the same value for property uniqueName already exists.",
            ));
        }
    }
    check_identifiers(world, application, body)?;
    check_access(world, body)
}

fn check_identifiers(world: &World, application: &Value, body: &Value) -> Result<(), Refusal> {
    let app_id = application["appId"].as_str().unwrap_or_default();
    for uri in items(&body["identifierUris"]).filter_map(Value::as_str) {
        let ours = uri
            .strip_prefix("api://")
            .is_some_and(|rest| rest.contains(app_id) || rest.contains(&world.tenant.id))
            || uri.contains(&world.tenant.domain);
        if !ours {
            return Err(Refusal::bad(
                "Values of identifierUris property must use a verified domain of the organization or its subdomain, or contain the application or tenant id.",
            ));
        }
        let taken = world.shelf(Table::Applications).all_latest().any(|one| {
            !same(&one["appId"], app_id) && items(&one["identifierUris"]).any(|other| same(other, uri))
        });
        if taken {
            return Err(Refusal::conflict(
                "Another object with the same value for property identifierUris already exists.",
            ));
        }
    }
    Ok(())
}

/// At most 50 APIs and 400 permissions, each one that its API really has.
fn check_access(world: &World, body: &Value) -> Result<(), Refusal> {
    let apis: Vec<&Value> = items(&body["requiredResourceAccess"]).collect();
    let permissions: usize = apis.iter().map(|api| items(&api["resourceAccess"]).count()).sum();
    if apis.len() > 50 || permissions > 400 {
        return Err(Refusal::bad(
            "The size of the property 'requiredResourceAccess' has exceeded the limit allowed: 50 resources and 400 permissions.",
        ));
    }
    for (place, api) in apis.iter().enumerate() {
        let app_id = api["resourceAppId"].as_str().unwrap_or_default();
        if uuid::Uuid::try_parse(app_id).is_err()
            || apis[..place].iter().any(|other| same(&other["resourceAppId"], app_id))
        {
            return Err(Refusal::bad(
                "Invalid value specified for property 'resourceAppId' of resource 'RequiredResourceAccess'.",
            ));
        }
        let principal = world.shelf(Table::Principals).all_latest().find(|one| same(&one["appId"], app_id));
        for access in items(&api["resourceAccess"]) {
            let kind = match access["type"].as_str() {
                Some("Role") => "appRoles",
                Some("Scope") => "oauth2PermissionScopes",
                _ => {
                    return Err(Refusal::bad(
                        "Invalid value specified for property 'type' of resource 'ResourceAccess'.",
                    ));
                }
            };
            let known = |principal: &Value| items(&principal[kind]).any(|one| one["id"] == access["id"]);
            if principal.is_some_and(|principal| !known(principal)) {
                return Err(Refusal::bad(format!(
                    "The permission {} was not found on the resource {app_id}.",
                    access["id"]
                )));
            }
        }
    }
    Ok(())
}
