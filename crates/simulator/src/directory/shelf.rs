//! Rows that remember since when they are true, so that a replica can be asked what it saw.
//!
//! It keeps documents and times and nothing else: it never looks into a document and never asks for the time.

use std::collections::HashMap;

use serde_json::Value;
use time::OffsetDateTime;

/// Documents by id, in the order in which they were first kept.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    rows: Vec<Row>,
    places: HashMap<String, usize>,
}

#[derive(Clone)]
struct Row {
    /// Oldest first; `None` is "gone since then".
    versions: Vec<(OffsetDateTime, Option<Value>)>,
}

impl Row {
    fn seen(&self, view: OffsetDateTime) -> Option<&Value> {
        self.versions.iter().rev().find(|(since, _)| *since <= view)?.1.as_ref()
    }
}

impl Shelf {
    /// Keeps a new version. What no view after `horizon` can see any more is forgotten.
    pub fn put(&mut self, id: &str, document: Option<Value>, now: OffsetDateTime, horizon: OffsetDateTime) {
        let key = id.to_lowercase();
        let place = *self.places.entry(key).or_insert_with(|| {
            self.rows.push(Row { versions: Vec::new() });
            self.rows.len() - 1
        });
        let Some(row) = self.rows.get_mut(place) else { return };
        row.versions.push((now, document));
        while row.versions.get(1).is_some_and(|(since, _)| *since <= horizon) {
            row.versions.remove(0);
        }
    }

    /// What a replica that is as far as `view` answers.
    pub fn seen(&self, id: &str, view: OffsetDateTime) -> Option<&Value> {
        self.row(id)?.seen(view)
    }

    /// The newest version, whoever sees it.
    pub fn latest(&self, id: &str) -> Option<&Value> {
        self.row(id)?.versions.last()?.1.as_ref()
    }

    /// Everything that a replica shows.
    pub fn all_seen(&self, view: OffsetDateTime) -> impl Iterator<Item = &Value> {
        self.rows.iter().filter_map(move |row| row.seen(view))
    }

    /// The newest version of everything.
    pub fn all_latest(&self) -> impl Iterator<Item = &Value> {
        self.rows.iter().filter_map(|row| row.versions.last()?.1.as_ref())
    }

    /// The same with the ids, in lower case.
    pub fn all_latest_by_id(&self) -> impl Iterator<Item = (&str, &Value)> {
        let latest = |place: usize| self.rows.get(place)?.versions.last()?.1.as_ref();
        self.places.iter().filter_map(move |(id, place)| Some((id.as_str(), latest(*place)?)))
    }

    fn row(&self, id: &str) -> Option<&Row> {
        let place = match self.places.get(id) {
            Some(place) => *place,
            None => *self.places.get(&id.to_lowercase())?,
        };
        self.rows.get(place)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;
    use time::Duration;

    use super::*;

    #[test]
    fn an_old_view_sees_the_old_row_and_a_new_one_the_new() {
        let start = OffsetDateTime::UNIX_EPOCH;
        let later = start + Duration::seconds(10);
        let mut shelf = Shelf::default();
        shelf.put("A", Some(json!(1)), start, start);
        shelf.put("a", Some(json!(2)), later, start);
        assert_eq!(shelf.seen("A", start), Some(&json!(1)));
        assert_eq!(shelf.seen("A", later), Some(&json!(2)));
        assert_eq!(shelf.seen("A", start - Duration::seconds(1)), None);
        assert_eq!(shelf.all_latest().count(), 1);
    }

    #[test]
    fn what_is_gone_stays_for_those_who_lag() {
        let start = OffsetDateTime::UNIX_EPOCH;
        let later = start + Duration::seconds(10);
        let mut shelf = Shelf::default();
        shelf.put("a", Some(json!(1)), start, start);
        shelf.put("a", None, later, start);
        assert!(shelf.seen("a", start).is_some());
        assert!(shelf.seen("a", later).is_none());
        assert!(shelf.latest("a").is_none());
    }

    #[test]
    fn versions_before_the_horizon_are_forgotten() {
        let start = OffsetDateTime::UNIX_EPOCH;
        let later = start + Duration::seconds(10);
        let mut shelf = Shelf::default();
        shelf.put("a", Some(json!(1)), start, start);
        shelf.put("a", Some(json!(2)), later, later);
        assert!(shelf.seen("a", start).is_none());
    }
}
