//! Owners of applications and service principals.
//!
//! An owner is a person or a service principal, named by the last part of an `@odata.id` address.

use super::access;
use super::listing::{self, Row};
use super::objects;
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use crate::world::Table;

pub(crate) fn list(site: &Site, table: Table, key: &Key, template: &str) -> Outcome {
    let owned = id_of(site.shown(table, key)?);
    let ids = site.world.ids(Table::Owners, &owned);
    let kind = match template.rsplit('/').next() {
        Some("graph.user") => "#microsoft.graph.user",
        Some("graph.servicePrincipal") => "#microsoft.graph.servicePrincipal",
        Some("$ref") => return Ok(references(site, &ids)),
        _ => "",
    };
    let rows = ids
        .iter()
        .filter_map(|id| objects::describe(site, id))
        .filter(|owner| kind.is_empty() || owner["@odata.type"] == kind)
        .map(Row::Made);
    let fragment = match kind {
        "#microsoft.graph.user" => "users",
        "#microsoft.graph.servicePrincipal" => "servicePrincipals",
        _ => "directoryObjects",
    };
    Ok(listing::answer(site, fragment, rows))
}

/// Addresses instead of objects.
pub(crate) fn references(site: &Site, ids: &[String]) -> super::GraphAnswer {
    let address = |id: &String| format!("{}/{}/directoryObjects/{id}", site.request.origin, site.version);
    let value: Vec<String> = ids.iter().map(address).collect();
    site.json(200, "Collection($ref)", serde_json::json!({"value": value}))
}

pub(crate) fn add(site: &mut Site, table: Table, key: &Key) -> Outcome {
    let owned = id_of(site.shown(table, key)?);
    access::may_change(site.world, site.caller, &owned)?;
    let owner = named(site)?;
    let known = objects::describe(site, &owner).is_some_and(|found| {
        found["@odata.type"] == "#microsoft.graph.user"
            || found["@odata.type"] == "#microsoft.graph.servicePrincipal"
    });
    if !known {
        return Err(Refusal::absent(&owner));
    }
    if site.world.ids(Table::Owners, &owned).len() >= 100 {
        return Err(Refusal::bad("The number of owners has reached its limit of 100."));
    }
    if !site.world.link(Table::Owners, &owned, &owner, true) {
        return Err(Refusal::bad(
            "One or more added object references already exist for the following modified properties: 'owners'.",
        ));
    }
    Ok(site.done())
}

pub(crate) fn remove(site: &mut Site, table: Table, key: &Key, owner: &Key) -> Outcome {
    let owned = id_of(site.shown(table, key)?);
    access::may_change(site.world, site.caller, &owned)?;
    if !site.world.link(Table::Owners, &owned, &owner.value, false) {
        return Err(Refusal::absent(&owner.value));
    }
    Ok(site.done())
}

/// The id at the end of the address in the body.
pub(crate) fn named(site: &Site) -> Result<String, Refusal> {
    const COLLECTIONS: [&str; 5] =
        ["directoryobjects", "users", "serviceprincipals", "policies", "appmanagementpolicies"];
    let address = site.body_text("@odata.id");
    let parts: Vec<&str> = address.split('/').collect();
    let absolute = address.starts_with("https://") || address.starts_with("http://");
    let fits = absolute
        && parts.iter().any(|part| *part == "v1.0" || *part == "beta")
        && parts.iter().rev().nth(1).is_some_and(|part| COLLECTIONS.contains(&part.to_lowercase().as_str()));
    match parts.last() {
        Some(id) if fits && !id.is_empty() => Ok((*id).to_owned()),
        _ => Err(Refusal::query("A valid @odata.id with the address of a directory object is required.")),
    }
}
