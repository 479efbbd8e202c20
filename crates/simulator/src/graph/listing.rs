//! Lists and single objects as they go out: chosen, sorted, cut into pages, with only what was selected.
//!
//! It reads documents; it never changes the directory.

use serde_json::{Map, Value, json};

use super::GraphAnswer;
use super::filter::{Fields, order};
use super::objects;
use super::query::{Expand, found_in, skip_token};
use super::shapes;
use super::site::Site;
use crate::directory::people::People;

/// Rows that nobody asked to be fewer.
const DEFAULT_PAGE: usize = 100;

/// One row of a list.
pub(crate) enum Row<'a> {
    Kept(&'a Value),
    Made(Value),
    Person(&'a People, usize),
}

impl Fields for Row<'_> {
    fn field(&self, name: &str) -> Value {
        match self {
            Row::Kept(document) => document[name].clone(),
            Row::Made(document) => document[name].clone(),
            Row::Person(people, seat) => people.field(*seat, name),
        }
    }
}

impl Row<'_> {
    fn whole(&self) -> Value {
        match self {
            Row::Kept(document) => (*document).clone(),
            Row::Made(document) => document.clone(),
            Row::Person(people, seat) => people.usual(*seat),
        }
    }
}

/// Answers a list, or its number when the path ends with `$count`.
pub(crate) fn answer<'a>(site: &Site, fragment: &str, rows: impl Iterator<Item = Row<'a>>) -> GraphAnswer {
    let options = &site.options;
    let chosen = rows.filter(|row| {
        options.filter.as_ref().is_none_or(|filter| filter.condition.holds(row))
            && (options.search.is_empty()
                || options
                    .search
                    .iter()
                    .any(|all| all.iter().all(|(name, text)| found_in(&row.field(name), text))))
    });
    if site.request.path.to_lowercase().ends_with("/$count") {
        return site.number(chosen.count());
    }
    let page = page_size(site);
    let (rows, total) = page_of(site, chosen, page);
    let more = rows.len() > page;
    let value: Vec<Value> = rows.iter().take(page).map(|row| dress(site, row, false)).collect();
    let mut body = Map::new();
    if options.count && options.from == 0 {
        body.insert("@odata.count".to_owned(), json!(total));
    }
    if more {
        body.insert("@odata.nextLink".to_owned(), json!(next_link(site, options.from + page)));
    }
    body.insert("value".to_owned(), Value::Array(value));
    let fragment = match &options.select {
        Some(names) => format!("{fragment}({})", names.join(",")),
        None => fragment.to_owned(),
    };
    site.json(200, &fragment, Value::Object(body))
}

/// Answers one object.
pub(crate) fn single(site: &Site, fragment: &str, row: &Row) -> GraphAnswer {
    let fragment = match &site.options.select {
        Some(names) => format!("{fragment}({})/$entity", names.join(",")),
        None => format!("{fragment}/$entity"),
    };
    site.json(200, &fragment, dress(site, row, true))
}

/// The rows of the page and one more if there are any, and the number of all when it was asked for.
fn page_of<'a>(site: &Site, chosen: impl Iterator<Item = Row<'a>>, page: usize) -> (Vec<Row<'a>>, usize) {
    let options = &site.options;
    if options.order.is_empty() && !options.count {
        return (chosen.skip(options.from).take(page + 1).collect(), 0);
    }
    let mut all: Vec<Row> = chosen.collect();
    let total = all.len();
    if !options.order.is_empty() {
        let mut keyed: Vec<(Vec<Value>, Row)> = all
            .into_iter()
            .map(|row| (options.order.iter().map(|(name, _)| row.field(name)).collect(), row))
            .collect();
        keyed.sort_by(|(one, _), (other, _)| {
            one.iter()
                .zip(other)
                .zip(&options.order)
                .map(|((one, other), (_, down))| {
                    let order = order(one, other).unwrap_or_else(|| other.is_null().cmp(&one.is_null()));
                    if *down { order.reverse() } else { order }
                })
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        all = keyed.into_iter().map(|(_, row)| row).collect();
    }
    (all.into_iter().skip(options.from).take(page + 1).collect(), total)
}

fn page_size(site: &Site) -> usize {
    let asked = site.options.top.unwrap_or(DEFAULT_PAGE);
    site.world.settings.page_size.map_or(asked, |limit| asked.min(limit.max(1)))
}

fn next_link(site: &Site, from: usize) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let mut query: Vec<String> = site
        .request
        .query
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"))
        .map(|(name, value)| format!("{}={}", name, encode(value)))
        .collect();
    query.push(format!("$skiptoken={}", skip_token(from)));
    format!("{}{}?{}", site.request.origin, site.request.path, query.join("&"))
}

/// Only what was selected, with what was expanded, secrets struck.
fn dress(site: &Site, row: &Row, alone: bool) -> Value {
    let shape = site.operation.answers.as_deref().unwrap_or_default();
    let names = site.options.select.as_deref();
    let keys_wanted = alone && names.is_some_and(|names| names.iter().any(|name| name == "keyCredentials"));
    let mut document = match names {
        Some(names) => picked(row, names, shape),
        None => row.whole(),
    };
    if !keys_wanted {
        document = crate::directory::credentials::masked(document);
    }
    for wanted in &site.options.expand {
        document[wanted.name.as_str()] = expanded(site, row, wanted);
    }
    document
}

/// Selected members; those of another type than a directory object's own are left out.
fn picked(row: &Row, names: &[String], shape: &str) -> Value {
    let mut document = Map::new();
    let kind = row.field("@odata.type");
    let own = kind.as_str().and_then(|kind| kind.strip_prefix("#microsoft.graph.")).unwrap_or(shape);
    if !kind.is_null() {
        document.insert("@odata.type".to_owned(), kind.clone());
    }
    for name in names {
        let Some(property) = shapes::property(own, name)
            .or_else(|| (own == shape).then(|| shapes::property(shape, name)).flatten())
        else {
            continue;
        };
        let found = row.field(name);
        document.insert(name.clone(), if found.is_null() { property.empty() } else { found });
    }
    Value::Object(document)
}

fn expanded(site: &Site, row: &Row, wanted: &Expand) -> Value {
    let id = row.field("id");
    let mut found = objects::behind(site, id.as_str().unwrap_or_default(), &wanted.name);
    if let (Some(names), Some(items)) = (&wanted.select, found.as_array_mut()) {
        for item in items {
            if let Some(members) = item.as_object_mut() {
                members.retain(|name, _| name.contains('@') || names.iter().any(|wanted| wanted == name));
            }
        }
    }
    found
}
