//! Entries that were read and verified once, ordered by connection, so that a question about one connection does not cost
//! a walk over all the others. It knows what the database looked like then, and must never be asked about another state.

use std::collections::HashMap;

use crate::event::Entry;

pub(crate) struct Verified {
    version: i64,
    entries: Vec<Entry>,
    /// Places in `entries`.
    places: HashMap<String, Vec<usize>>,
    /// In the order of their first entry.
    connections: Vec<String>,
}

impl Verified {
    /// All entries in order, and the number by which SQLite tells whether somebody else wrote since.
    pub(crate) fn new(version: i64, entries: Vec<Entry>) -> Self {
        let mut verified = Self {
            version,
            entries: Vec::with_capacity(entries.len()),
            places: HashMap::new(),
            connections: Vec::new(),
        };
        entries.into_iter().for_each(|entry| verified.add(entry));
        verified
    }

    pub(crate) fn is_of(&self, version: i64) -> bool {
        self.version == version
    }

    /// The same with one more entry; nothing when it is not the next one after what was verified.
    pub(crate) fn grown(mut self, version: i64, last: u64, entry: Entry) -> Option<Self> {
        let known = self.entries.last().map_or(0, |entry| entry.seq);
        if !self.is_of(version) || known != last {
            return None;
        }
        self.add(entry);
        Some(self)
    }

    pub(crate) fn all(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn of(&self, connection: &str) -> Vec<&Entry> {
        let places = self.places.get(connection).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.entries.get(*place)).collect()
    }

    pub(crate) fn connections(&self) -> &[String] {
        &self.connections
    }

    fn add(&mut self, entry: Entry) {
        match self.places.get_mut(&entry.connection) {
            Some(places) => places.push(self.entries.len()),
            None => {
                self.connections.push(entry.connection.clone());
                self.places.insert(entry.connection.clone(), vec![self.entries.len()]);
            }
        }
        self.entries.push(entry);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::OffsetDateTime;

    use super::*;
    use crate::event::Event;

    fn entry(seq: u64, connection: &str) -> Entry {
        let at = OffsetDateTime::UNIX_EPOCH;
        Entry { seq, at, connection: connection.to_owned(), event: Event::SignedOut {} }
    }

    #[test]
    fn each_connection_has_its_own_in_order() {
        let verified = Verified::new(1, vec![entry(1, "b"), entry(2, "a"), entry(3, "b")]);
        assert_eq!(verified.connections(), ["b", "a"]);
        assert_eq!(verified.of("b"), [&entry(1, "b"), &entry(3, "b")]);
        assert!(verified.of("c").is_empty());
        let verified = verified.grown(1, 3, entry(4, "c")).unwrap();
        assert_eq!(verified.of("c"), [&entry(4, "c")]);
        assert_eq!(verified.all().len(), 4);
    }

    #[test]
    fn it_grows_only_from_what_was_verified() {
        let verified = || Verified::new(1, vec![entry(1, "a")]);
        assert!(verified().grown(2, 1, entry(2, "a")).is_none());
        assert!(verified().grown(1, 2, entry(3, "a")).is_none());
        assert!(Verified::new(1, Vec::new()).grown(1, 0, entry(1, "a")).is_some());
    }
}
