//! Directory objects of any kind by their id, and what stands behind a navigation property.
//!
//! It reads as far as the present replica sees.

use serde_json::{Value, json};

use super::listing::{self, Row};
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site};
use crate::directory::credentials::masked;
use crate::world::{Table, list, same};

const KINDS: [(Table, &str); 3] =
    [(Table::Applications, "application"), (Table::Principals, "servicePrincipal"), (Table::Groups, "group")];

/// An object of any kind with its `@odata.type`, as a mixed list shows it.
pub(crate) fn describe(site: &Site, id: &str) -> Option<Value> {
    let world = &*site.world;
    if let Some(seat) = world.people.find(id) {
        return Some(typed(world.people.usual(seat), "user"));
    }
    KINDS
        .iter()
        .find_map(|(table, kind)| world.seen(*table, id).map(|found| typed(masked(found.clone()), kind)))
}

/// A document with its type in front.
pub(crate) fn typed(document: Value, kind: &str) -> Value {
    let mut whole = json!({"@odata.type": format!("#microsoft.graph.{kind}")});
    if let (Some(whole), Value::Object(members)) = (whole.as_object_mut(), document) {
        whole.extend(members);
    }
    whole
}

pub(crate) fn one(site: &mut Site, key: &Key) -> Outcome {
    let found = describe(site, &key.value).ok_or_else(|| Refusal::absent(&key.value))?;
    Ok(listing::single(site, "directoryObjects", &Row::Made(found)))
}

/// `POST /directoryObjects/getByIds`: what is not there is left out.
pub(crate) fn by_ids(site: &mut Site) -> Outcome {
    let site = &*site;
    let types: Vec<String> = list(&site.body()["types"])
        .filter_map(Value::as_str)
        .map(|kind| format!("#microsoft.graph.{}", kind.to_lowercase()))
        .collect();
    let wanted = |found: &Value| {
        let kind = found["@odata.type"].as_str().unwrap_or_default().to_lowercase();
        types.is_empty() || types.iter().any(|one| *one == kind || one == "#microsoft.graph.directoryobject")
    };
    if list(&site.body()["ids"]).count() > 1000 {
        return Err(Refusal::bad("Too many ids: at most 1000."));
    }
    let found: Vec<Value> = list(&site.body()["ids"])
        .filter_map(Value::as_str)
        .filter_map(|id| describe(site, id))
        .filter(wanted)
        .collect();
    Ok(listing::answer(site, "directoryObjects", found.into_iter().map(Row::Made)))
}

/// The objects behind a navigation property, for `$expand`.
pub(crate) fn behind(site: &Site, id: &str, name: &str) -> Value {
    let world = &*site.world;
    let rows = |table: Table, member: &str| -> Value {
        world.shelf(table).all_seen(world.view).filter(|found| same(&found[member], id)).cloned().collect()
    };
    match name {
        "owners" => world.ids(Table::Owners, id).iter().filter_map(|owner| describe(site, owner)).collect(),
        "members" => {
            world.ids(Table::Members, id).iter().filter_map(|member| describe(site, member)).collect()
        }
        "appRoleAssignments" => rows(Table::Assignments, "principalId"),
        "appRoleAssignedTo" => rows(Table::Assignments, "resourceId"),
        "oauth2PermissionGrants" => rows(Table::Grants, "clientId"),
        "manager" | "createdOnBehalfOf" => Value::Null,
        _ => json!([]),
    }
}
