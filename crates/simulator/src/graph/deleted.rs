//! Soft-deleted objects: list, look, restore, delete for good.
//!
//! An application takes its service principal along, both ways.

use serde_json::{Value, json};
use time::Duration;

use super::access;
use super::listing::{self, Row};
use super::objects::typed;
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use crate::directory::moments;
use crate::world::{Table, World, same};

/// How long a deleted object can be restored (page "Delete application").
const KEPT: Duration = Duration::days(30);

/// Moves an object to the deleted ones.
pub(crate) fn bury(world: &mut World, table: Table, mut document: Value) {
    let id = id_of(&document);
    document["deletedDateTime"] = json!(moments::write(world.now));
    let kind = if table == Table::Applications { "application" } else { "servicePrincipal" };
    world.put(table, &id, None);
    world.put(Table::Deleted, &id, Some(typed(document, kind)));
}

pub(crate) fn list(site: &Site, template: &str) -> Outcome {
    let kind = template.trim_end_matches("/$count").rsplit('.').next().unwrap_or_default();
    let fragment = match kind {
        "application" => "applications",
        "servicePrincipal" => "servicePrincipals",
        "user" => "users",
        _ => "groups",
    };
    let wanted = format!("#microsoft.graph.{kind}");
    let world = &*site.world;
    let rows = world
        .shelf(Table::Deleted)
        .all_seen(world.view)
        .filter(|one| one["@odata.type"] == wanted.as_str() && is_kept(world, one));
    Ok(listing::answer(site, fragment, rows.map(Row::Kept)))
}

pub(crate) fn one(site: &Site, key: &Key) -> Outcome {
    Ok(listing::single(site, "directoryObjects", &Row::Made(buried(site, key)?)))
}

pub(crate) fn restore(site: &mut Site, key: &Key) -> Outcome {
    access::may_restore(site.caller)?;
    let found = buried(site, key)?;
    if let Some(name) = found["uniqueName"].as_str()
        && site.world.shelf(Table::Applications).all_latest().any(|one| same(&one["uniqueName"], name))
    {
        return Err(Refusal::conflict(
            "Another object with the same value for property uniqueName already exists.",
        ));
    }
    let mut restored = vec![found.clone()];
    if is_application(&found) {
        restored.extend(principal_of(site.world, &found));
    }
    for document in restored {
        let table = if is_application(&document) { Table::Applications } else { Table::Principals };
        let id = id_of(&document);
        site.world.put(Table::Deleted, &id, None);
        site.world.put(table, &id, Some(alive(document)));
    }
    let shown = crate::directory::credentials::masked(alive(found.clone()));
    let kind = if is_application(&found) { "application" } else { "servicePrincipal" };
    Ok(site.acted("directoryObjects/$entity", typed(shown, kind)))
}

pub(crate) fn purge(site: &mut Site, key: &Key) -> Outcome {
    access::may_restore(site.caller)?;
    let found = buried(site, key)?;
    let mut gone = vec![found.clone()];
    if is_application(&found) {
        gone.extend(principal_of(site.world, &found));
    }
    for document in gone {
        let id = id_of(&document);
        site.world.put(Table::Deleted, &id, None);
        forget_grants(site.world, &id);
    }
    Ok(site.done())
}

fn forget_grants(world: &mut World, principal: &str) {
    for (table, member) in [(Table::Assignments, "principalId"), (Table::Grants, "clientId")] {
        let ids: Vec<String> =
            world.shelf(table).all_latest().filter(|one| same(&one[member], principal)).map(id_of).collect();
        for id in ids {
            world.put(table, &id, None);
        }
    }
}

fn buried(site: &Site, key: &Key) -> Result<Value, Refusal> {
    let found = site.world.seen(Table::Deleted, &key.value).filter(|one| is_kept(site.world, one));
    found.cloned().ok_or_else(|| Refusal::absent(&key.value))
}

/// What was deleted longer ago is gone for good.
fn is_kept(world: &World, document: &Value) -> bool {
    document["deletedDateTime"].as_str().and_then(moments::read).is_some_and(|since| world.now < since + KEPT)
}

fn is_application(document: &Value) -> bool {
    document["@odata.type"] == "#microsoft.graph.application"
}

fn principal_of(world: &World, application: &Value) -> Option<Value> {
    let own = |one: &&Value| !is_application(one) && one["appId"] == application["appId"];
    world.shelf(Table::Deleted).all_latest().find(own).cloned()
}

fn alive(mut document: Value) -> Value {
    document["deletedDateTime"] = Value::Null;
    if let Some(members) = document.as_object_mut() {
        members.remove("@odata.type");
    }
    document
}
