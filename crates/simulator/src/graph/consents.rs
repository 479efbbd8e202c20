//! Delegated permission grants: one for each client, API and person or everybody.
//!
//! Rules are those of the pages "Create oAuth2PermissionGrant" and "Update oAuth2PermissionGrant".

use serde_json::{Value, json};

use super::access;
use super::listing::{self, Row};
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use crate::directory::seed;
use crate::world::{Table, list as items, same};

const FRAGMENT: &str = "oauth2PermissionGrants";

pub(crate) fn list(site: &mut Site) -> Outcome {
    answer(site, FRAGMENT, |_| true)
}

pub(crate) fn of_principal(site: &mut Site, key: &Key) -> Outcome {
    let id = id_of(site.shown(Table::Principals, key)?);
    answer(site, FRAGMENT, |found| same(&found["clientId"], &id))
}

pub(crate) fn of_person(site: &mut Site, user: &str) -> Outcome {
    answer(site, FRAGMENT, |found| same(&found["principalId"], user))
}

pub(crate) fn one(site: &mut Site, key: &Key) -> Outcome {
    let found = find(site, key)?;
    Ok(listing::single(site, FRAGMENT, &Row::Kept(&found)))
}

pub(crate) fn create(site: &mut Site) -> Outcome {
    let text = |name: &str| site.body_text(name).to_owned();
    let (client, resource, kind, scope) =
        (text("clientId"), text("resourceId"), text("consentType"), text("scope"));
    let principal = site.body()["principalId"].as_str().map(str::to_owned);
    match (kind.as_str(), &principal) {
        ("AllPrincipals", None) | ("Principal", Some(_)) => {}
        ("AllPrincipals" | "Principal", _) => {
            return Err(Refusal::bad(
                "Property principalId must be null when consentType is AllPrincipals, and set when it is Principal.",
            ));
        }
        _ => {
            return Err(Refusal::bad(
                "Invalid value specified for property 'consentType' of resource 'OAuth2PermissionGrant'.",
            ));
        }
    }
    access::may_grant_scope(site.caller, principal.as_deref())?;
    if site.world.seen(Table::Principals, &client).is_none() {
        return Err(Refusal::absent_reference(&client));
    }
    let Some(api) = site.world.seen(Table::Principals, &resource) else {
        return Err(Refusal::absent_reference(&resource));
    };
    known_scopes(api, &scope)?;
    if principal.as_deref().is_some_and(|person| site.world.people.find(person).is_none()) {
        return Err(Refusal::absent_reference(principal.as_deref().unwrap_or_default()));
    }
    let twin = |found: &Value| {
        same(&found["clientId"], &client)
            && same(&found["resourceId"], &resource)
            && match &principal {
                Some(person) => same(&found["principalId"], person),
                None => found["principalId"].is_null(),
            }
    };
    if site.world.shelf(Table::Grants).all_latest().any(twin) {
        return Err(Refusal::conflict("Permission entry already exists."));
    }
    let id = seed::grant_id(site.world);
    let made = json!({"clientId": client, "consentType": kind, "id": id, "principalId": principal, "resourceId": resource,
        "scope": scope.split_whitespace().collect::<Vec<_>>().join(" ")});
    site.world.put(Table::Grants, &id, Some(made.clone()));
    let mut answer = site.created("oauth2PermissionGrants/$entity", &id, "", made);
    let place = format!("{}/v2/{}/oauth2PermissionGrants/{id}", site.request.origin, site.world.tenant.id);
    answer.headers.retain(|(name, _)| name != "location");
    answer.headers.push(super::site::header("location", &place));
    Ok(answer)
}

pub(crate) fn update(site: &mut Site, key: &Key) -> Outcome {
    let seen = find(site, key)?;
    let mut found = site.world.latest(Table::Grants, &id_of(&seen)).cloned().unwrap_or(seen);
    access::may_grant_scope(site.caller, found["principalId"].as_str())?;
    let body = site.body();
    for fixed in ["clientId", "resourceId", "consentType", "principalId"] {
        if body.get(fixed).is_some_and(|value| *value != found[fixed]) {
            return Err(Refusal::bad(format!("Property '{fixed}' is read-only and cannot be set.")));
        }
    }
    if let Some(scope) = body["scope"].as_str() {
        if let Some(api) =
            site.world.latest(Table::Principals, found["resourceId"].as_str().unwrap_or_default())
        {
            known_scopes(api, scope)?;
        }
        found["scope"] = json!(scope.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    site.world.put(Table::Grants, &id_of(&found), Some(found));
    Ok(site.done())
}

pub(crate) fn delete(site: &mut Site, key: &Key) -> Outcome {
    let found = find(site, key)?;
    access::may_grant_scope(site.caller, found["principalId"].as_str())?;
    site.world.put(Table::Grants, &id_of(&found), None);
    Ok(site.done())
}

fn find(site: &Site, key: &Key) -> Result<Value, Refusal> {
    let found = site.world.seen(Table::Grants, &key.value).cloned();
    found.filter(|found| found["id"] == key.value.as_str()).ok_or_else(|| Refusal::absent(&key.value))
}

fn answer(site: &Site, fragment: &str, wanted: impl Fn(&Value) -> bool) -> Outcome {
    let rows = site
        .world
        .shelf(Table::Grants)
        .all_seen(site.world.view)
        .filter(|found| wanted(found))
        .map(Row::Kept);
    Ok(listing::answer(site, fragment, rows))
}

/// The sign-in permissions of OpenID Connect belong to every API.
fn known_scopes(api: &Value, scope: &str) -> Result<(), Refusal> {
    for value in scope.split_whitespace() {
        let openid = ["openid", "profile", "email", "offline_access"].contains(&value);
        if !openid && !items(&api["oauth2PermissionScopes"]).any(|one| same(&one["value"], value)) {
            return Err(Refusal::bad(format!(
                "The scope '{value}' is not a delegated permission of the resource."
            )));
        }
    }
    Ok(())
}
