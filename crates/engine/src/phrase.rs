//! What the engine says to people, as a key with values; the sentences stand in `words/en.toml` and `words/de.toml`.
//! A phrase can be kept in the journal and told later in the other language. It never holds a secret.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use guide::Language;
use serde::{Deserialize, Serialize};

/// A sentence by key, with the values that stand in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Phrase {
    /// The key in the tables of words.
    pub key: String,
    /// The values for the places in braces.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Phrase {
    /// A sentence without values.
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), values: BTreeMap::new() }
    }

    /// The same sentence with one more value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.values.insert(name.to_owned(), value.to_string());
        self
    }

    /// The sentence in a language; an unknown key is shown as it is, so that nothing is lost.
    pub fn in_language(&self, language: Language) -> String {
        match words(language).get(&self.key) {
            Some(sentence) => fill(sentence, &self.values),
            None => self.key.clone(),
        }
    }
}

/// Whether both tables know this key.
#[cfg(test)]
pub(crate) fn is_known(key: &str) -> bool {
    words(Language::English).contains_key(key) && words(Language::German).contains_key(key)
}

fn words(language: Language) -> &'static BTreeMap<String, String> {
    static ENGLISH: LazyLock<BTreeMap<String, String>> =
        LazyLock::new(|| table(include_str!("../words/en.toml")));
    static GERMAN: LazyLock<BTreeMap<String, String>> =
        LazyLock::new(|| table(include_str!("../words/de.toml")));
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

fn table(source: &str) -> BTreeMap<String, String> {
    // The tables are compiled in and tested; an unreadable one is empty and every key then shows as itself.
    toml::from_str::<BTreeMap<String, BTreeMap<String, String>>>(source)
        .unwrap_or_default()
        .into_iter()
        .flat_map(|(group, sentences)| {
            sentences.into_iter().map(move |(key, sentence)| (format!("{group}.{key}"), sentence))
        })
        .collect()
}

fn fill(sentence: &str, values: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        match after.find('}') {
            Some(close) => {
                filled.push_str(values.get(&after[..close]).map_or("…", String::as_str));
                rest = &after[close + 1..];
            }
            None => {
                filled.push_str(&rest[open..]);
                return filled;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn places(sentence: &str) -> std::collections::BTreeSet<String> {
        sentence.split('{').skip(1).filter_map(|part| part.split('}').next()).map(str::to_owned).collect()
    }

    #[test]
    fn both_languages_know_the_same_keys_with_the_same_places() {
        let (english, german) = (words(Language::English), words(Language::German));
        assert!(english.len() > 50, "the table was not read");
        assert_eq!(english.keys().collect::<Vec<_>>(), german.keys().collect::<Vec<_>>());
        for (key, sentence) in english {
            assert_eq!(places(sentence), places(&german[key]), "places of {key}");
        }
    }

    #[test]
    fn every_key_that_the_engine_says_is_in_the_tables() {
        let mut said = 0;
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap();
                for part in source.split("Phrase::new(\"").skip(1) {
                    let key = part.split('"').next().unwrap();
                    if key.contains('.') && !key.starts_with("test.") {
                        said += 1;
                        assert!(is_known(key), "{} says {key}, which no table knows", path.display());
                    }
                }
            }
        }
        assert!(said > 30, "the scan found almost nothing: {said}");
    }

    #[test]
    fn values_are_filled_and_missing_ones_show_as_gaps() {
        let values = BTreeMap::from([("a".to_owned(), "{b}".to_owned())]);
        assert_eq!(fill("x {a} y {b} z {", &values), "x {b} y … z {");
    }

    #[test]
    fn an_unknown_key_is_shown_as_it_is() {
        assert_eq!(Phrase::new("test.nothing").in_language(Language::German), "test.nothing");
    }
}
