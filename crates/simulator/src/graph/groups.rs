//! Groups: lists, one group, its members and owners. Read only.

use super::listing::{self, Row};
use super::objects;
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site};
use crate::world::Table;

pub(crate) fn list(site: &Site) -> Outcome {
    let world = &*site.world;
    Ok(listing::answer(site, "groups", world.shelf(Table::Groups).all_seen(world.view).map(Row::Kept)))
}

pub(crate) fn one(site: &Site, key: &Key) -> Outcome {
    let found = site.world.seen(Table::Groups, &key.value).ok_or_else(|| Refusal::absent(&key.value))?;
    Ok(listing::single(site, "groups", &Row::Kept(found)))
}

/// `/groups/{id}/members` and `/owners`, with a cast or a count behind them.
pub(crate) fn people(site: &Site, key: &Key, template: &str) -> Outcome {
    if site.world.seen(Table::Groups, &key.value).is_none() {
        return Err(Refusal::absent(&key.value));
    }
    let table = if template.contains("/members") { Table::Members } else { Table::Owners };
    let only_users = template.ends_with("graph.user");
    let fragment = if only_users { "users" } else { "directoryObjects" };
    let ids = site.world.ids(table, &key.value);
    let rows = ids
        .iter()
        .filter_map(|id| objects::describe(site, id))
        .filter(|one| !only_users || one["@odata.type"] == "#microsoft.graph.user")
        .map(Row::Made);
    Ok(listing::answer(site, fragment, rows))
}
