//! Strikes names of people, tenants and connections out of an export: each becomes a stable stand-in such as
//! `struck-3`, so that one still sees what belongs together. Ids, states and times stay.
//! It must never change the journal itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::event::{Entry, Event};

/// Keys whose text is a name, wherever they stand (our own events' fields and Graph's property names).
const NAME_KEYS: [&str; 17] = [
    "account",
    "by",
    "connection",
    "name",
    "tenant_name",
    "displayName",
    "display_name",
    "givenName",
    "given_name",
    "mail",
    "customer",
    "note",
    "surname",
    "tenant",
    "userPrincipalName",
    "user_principal_name",
    "upn",
];

/// The stand-ins of one export.
pub(crate) struct Strike {
    known: BTreeMap<String, String>,
}

impl Strike {
    /// Learns the names that the journal states in so many words, so that they are found inside longer text too.
    pub(crate) fn new(entries: &[Entry]) -> Self {
        let mut strike = Strike { known: BTreeMap::new() };
        for entry in entries {
            strike.stand_in(&entry.connection);
            match &entry.event {
                Event::Connected { name, .. } => drop(strike.stand_in(name)),
                Event::SignedIn { account, tenant_name, .. } => {
                    strike.stand_in(account);
                    strike.stand_in(tenant_name);
                }
                Event::Confirmed { by, .. } => drop(strike.stand_in(by)),
                Event::Noted { details, .. } => {
                    if let Some(customer) = details["customer"].as_str() {
                        strike.stand_in(customer);
                    }
                }
                _ => {}
            }
        }
        strike
    }

    /// The text with every known name and everything like a mail address replaced.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let mut known = self.known.iter().filter(|(name, _)| name.chars().count() >= 3).collect::<Vec<_>>();
        known.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let mut struck = text.to_owned();
        for (name, stand_in) in known {
            struck = struck.replace(name.as_str(), stand_in);
        }
        self.addresses(&struck)
    }

    /// The value with names struck at every depth: by key, by known name, and by the look of a mail address.
    pub(crate) fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(key, member)| {
                    let struck = match member {
                        Value::String(name) if NAME_KEYS.contains(&key.as_str()) => {
                            Value::String(self.stand_in(name))
                        }
                        other => self.value(other),
                    };
                    (self.text(key), struck)
                })
                .collect(),
            plain => plain.clone(),
        }
    }

    /// The stand-in of one name; an empty name stays empty.
    pub(crate) fn stand_in(&mut self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let next = self.known.len() + 1;
        self.known.entry(name.to_owned()).or_insert_with(|| format!("struck-{next}")).clone()
    }

    fn addresses(&mut self, text: &str) -> String {
        let inside = |letter: char| letter.is_alphanumeric() || "._%+-@#'".contains(letter);
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(inside) {
            let (before, from) = rest.split_at(start);
            let (word, after) = from.split_at(from.find(|letter| !inside(letter)).unwrap_or(from.len()));
            out.push_str(before);
            match word.find('@') {
                Some(at) if at > 0 && at + 1 < word.len() => out.push_str(&self.stand_in(word)),
                _ => out.push_str(word),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;

    fn entry(event: Event) -> Entry {
        Entry { seq: 1, at: OffsetDateTime::UNIX_EPOCH, connection: "TARGET at Muster".into(), event }
    }

    #[test]
    fn names_go_by_key_by_knowledge_and_by_look() {
        let confirmed = Event::Confirmed { step: "s".into(), by: "Erika Muster".into(), note: String::new() };
        let mut strike = Strike::new(&[entry(confirmed)]);
        let value = json!({
            "displayName": "Musteruniversität",
            "list": ["ops@uni.example", "seen by Erika Muster at 12:00 (TARGET at Muster)"],
            "id": "4b0e4c3a-0000-4000-8000-000000000001",
            "count": 3,
        });
        let struck = strike.value(&value);
        assert_eq!(struck["list"][1], "seen by struck-2 at 12:00 (struck-1)");
        assert_eq!((&struck["id"], &struck["count"]), (&value["id"], &value["count"]));
        let text = struck.to_string();
        for name in ["Muster", "Erika", "uni.example", "ops"] {
            assert!(value.to_string().contains(name) && !text.contains(name), "{name} in {text}");
        }
    }

    #[test]
    fn equal_names_have_equal_stand_ins() {
        let mut strike = Strike::new(&[]);
        let first = strike.text("a@b.example wrote to c@d.example");
        assert_eq!(first, "struck-1 wrote to struck-2");
        assert_eq!(strike.text("c@d.example"), "struck-2");
        assert_eq!(strike.text("@ alone, a@ and @b stay"), "@ alone, a@ and @b stay");
    }
}
