//! People: lists, one person, memberships, licences.
//!
//! It never changes a person.

use serde_json::{Value, json};

use super::CallerKind;
use super::access;
use super::listing::{self, Row};
use super::objects::{describe, typed};
use super::operations::Key;
use super::organization;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use crate::directory::people::BASIC;
use crate::world::{Table, list as items, same};

pub(crate) fn list(site: &Site) -> Outcome {
    if access::is_guest(site.caller) {
        return Err(Refusal::denied());
    }
    let people = &site.world.people;
    let mut answer = listing::answer(site, "users", (0..people.len()).map(|seat| Row::Person(people, seat)));
    if access::sees_basics_only(site.caller)
        && let Some(rows) = answer.body.as_mut().and_then(|body| body["value"].as_array_mut())
    {
        rows.iter_mut().for_each(basics_only);
    }
    Ok(answer)
}

/// The id of the person who is asking.
pub(crate) fn myself(site: &Site) -> Result<String, Refusal> {
    match &site.caller.kind {
        CallerKind::User { object_id, .. } => {
            let seat = site.world.people.find(object_id).ok_or_else(|| Refusal::absent(object_id))?;
            Ok(text(site, seat, "id"))
        }
        CallerKind::Application { .. } => {
            Err(Refusal::query("/me request is only valid with delegated authentication flow."))
        }
    }
}

/// The id behind an object id or user principal name.
pub(crate) fn find(site: &Site, key: &Key) -> Result<String, Refusal> {
    if key.by != "id" && key.by != "userprincipalname" {
        return Err(Refusal::query("The key is not one of this resource."));
    }
    let seat = site.world.people.find(&key.value).ok_or_else(|| Refusal::absent(&key.value))?;
    Ok(text(site, seat, "id"))
}

pub(crate) fn one(site: &Site, user: &str) -> Outcome {
    let seat = site.world.people.find(user).ok_or_else(|| Refusal::absent(user))?;
    let own = is_caller(site, user);
    if !own {
        let only_me = matches!(&site.caller.kind, CallerKind::User { scopes, .. }
            if !scopes.iter().any(|one| one.starts_with("User.") && one.ends_with(".All") || one.starts_with("Directory.")));
        if only_me || access::is_guest(site.caller) {
            return Err(Refusal::denied());
        }
    }
    let mut answer = listing::single(site, "users", &Row::Person(&site.world.people, seat));
    if !own
        && access::sees_basics_only(site.caller)
        && let Some(body) = &mut answer.body
    {
        basics_only(body);
    }
    Ok(answer)
}

/// What `User.ReadBasic.All` does not show is null.
fn basics_only(person: &mut Value) {
    let Some(members) = person.as_object_mut() else { return };
    for (name, value) in members.iter_mut() {
        if !name.contains('@') && !BASIC.contains(&name.as_str()) {
            *value = if value.is_array() { json!([]) } else { Value::Null };
        }
    }
}

pub(crate) fn member_of(site: &Site, user: &str, rest: &str) -> Outcome {
    let kind = match rest.rsplit('.').next() {
        Some("directoryRole") => Some("#microsoft.graph.directoryRole"),
        Some("group") => Some("#microsoft.graph.group"),
        _ => None,
    };
    let fragment = match kind {
        Some("#microsoft.graph.directoryRole") => "directoryRoles",
        Some(_) => "groups",
        None => "directoryObjects",
    };
    let rows =
        memberships(site, user).into_iter().filter(|one| kind.is_none_or(|kind| one["@odata.type"] == kind));
    Ok(listing::answer(site, fragment, rows.map(Row::Made)))
}

/// Active directory roles and groups of a person, with their types.
pub(crate) fn memberships(site: &Site, user: &str) -> Vec<Value> {
    let world = &*site.world;
    let roles = world
        .people
        .roles_of(user)
        .iter()
        .map(|(template, name)| typed(organization::role_object(world, template, name), "directoryRole"));
    let groups = world
        .shelf(Table::Groups)
        .all_seen(world.view)
        .filter(|group| {
            world.ids(Table::Members, &id_of(group)).iter().any(|member| member.eq_ignore_ascii_case(user))
        })
        .map(|group| typed(group.clone(), "group"));
    roles.chain(groups).collect()
}

pub(crate) fn licenses(site: &Site, user: &str) -> Outcome {
    let people = &site.world.people;
    let seat = people.find(user).ok_or_else(|| Refusal::absent(user))?;
    let rows: Vec<Value> = if people.has_licence(seat) {
        vec![organization::licence(people.has_teams(seat))]
    } else {
        Vec::new()
    };
    Ok(listing::answer(site, &format!("users('{user}')/licenseDetails"), rows.into_iter().map(Row::Made)))
}

pub(crate) fn owned(site: &Site, user: &str) -> Outcome {
    let world = &*site.world;
    let owns = |one: &&Value| {
        items(world.seen(Table::Owners, &id_of(one)).unwrap_or(&Value::Null)).any(|id| same(id, user))
    };
    let rows: Vec<Value> = [Table::Applications, Table::Principals]
        .into_iter()
        .flat_map(|table| world.shelf(table).all_seen(world.view).filter(owns))
        .filter_map(|one| describe(site, &id_of(one)))
        .collect();
    Ok(listing::answer(site, "directoryObjects", rows.into_iter().map(Row::Made)))
}

pub(crate) fn is_caller(site: &Site, user: &str) -> bool {
    matches!(&site.caller.kind, CallerKind::User { object_id, .. } if object_id.eq_ignore_ascii_case(user))
}

fn text(site: &Site, seat: usize, name: &str) -> String {
    site.world.people.field(seat, name).as_str().unwrap_or_default().to_owned()
}
