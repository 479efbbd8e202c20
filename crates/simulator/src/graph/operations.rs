//! The table of operations that this tenant knows: rights, query options and bodies of each.
//!
//! Embedded as `operations.json`. It matches paths and says what a call needs; it checks nothing itself.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::refusal::Refusal;
use super::route::{Route, Step};

/// What one call needs and takes.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    /// Each inner list holds alternatives; one of every list is needed. Empty: not for people.
    #[serde(default)]
    pub delegated: Vec<Vec<String>>,
    /// The same for applications.
    #[serde(default)]
    pub application: Vec<Vec<String>>,
    /// The role of Exchange that an application may have instead.
    pub exchange: Option<String>,
    /// Query options.
    #[serde(default)]
    pub query: Vec<String>,
    /// Heeds `ConsistencyLevel`.
    #[serde(default)]
    pub eventual: bool,
    /// The shape of the body.
    pub body: Option<String>,
    /// Members that a body must have; `a|b` is either.
    #[serde(default)]
    pub required: Vec<String>,
    /// The shape of the answer or of its rows.
    #[serde(rename = "type")]
    pub answers: Option<String>,
}

/// A key out of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub by: String,
    pub value: String,
}

/// An operation found for a request.
pub(crate) struct Matched {
    pub template: &'static str,
    pub method: &'static str,
    pub keys: Vec<Key>,
    pub operation: &'static Operation,
}

struct Entry {
    method: String,
    template: String,
    words: Vec<String>,
    operation: Operation,
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let table: HashMap<String, Operation> =
        serde_json::from_str(include_str!("../../operations.json")).unwrap_or_default();
    table
        .into_iter()
        .filter_map(|(name, operation)| {
            let (method, template) = name.split_once(' ')?;
            let words = template.split('/').skip(1).map(str::to_lowercase).collect();
            Some(Entry { method: method.to_owned(), template: template.to_owned(), words, operation })
        })
        .collect()
});

/// The operation behind a method and a path: 404 for an unknown path, 405 for a method that it does not have.
pub(crate) fn find(method: &str, route: &Route) -> Result<Matched, Refusal> {
    let mut path_known = false;
    let mut best: Option<(usize, &'static Entry)> = None;
    for entry in TABLE.iter() {
        let Some(score) = score(entry, route) else { continue };
        path_known = true;
        if entry.method.eq_ignore_ascii_case(method) && best.as_ref().is_none_or(|(known, _)| score > *known)
        {
            best = Some((score, entry));
        }
    }
    let Some((_, entry)) = best else {
        return Err(if path_known { Refusal::method(method) } else { unknown(route) });
    };
    let keys = entry
        .words
        .iter()
        .zip(&route.steps)
        .filter(|(word, _)| word.starts_with('{'))
        .map(|(_, step)| match step {
            Step::Word(value) => Key { by: "id".to_owned(), value: value.clone() },
            Step::Key { by, value } => Key { by: by.clone(), value: value.clone() },
        })
        .collect();
    Ok(Matched { template: &entry.template, method: &entry.method, keys, operation: &entry.operation })
}

/// How many steps agree literally, if all agree.
fn score(entry: &Entry, route: &Route) -> Option<usize> {
    if entry.words.len() != route.steps.len() {
        return None;
    }
    let mut literal = 0;
    for (word, step) in entry.words.iter().zip(&route.steps) {
        match (word.as_str(), step) {
            ("{unique}", Step::Key { by, .. }) if by == "uniquename" => literal += 1,
            ("{unique}", _) => return None,
            ("{id}", Step::Key { .. }) => {}
            ("{id}", Step::Word(value)) if !value.starts_with('$') && !value.starts_with("graph.") => {}
            (word, Step::Word(value)) if value.eq_ignore_ascii_case(word) => literal += 1,
            _ => return None,
        }
    }
    Some(literal)
}

fn unknown(route: &Route) -> Refusal {
    let first = route.steps.iter().find_map(|step| match step {
        Step::Word(word) => Some(word.as_str()),
        Step::Key { .. } => None,
    });
    let known = |word: &str| {
        TABLE.iter().any(|entry| entry.words.iter().any(|other| word.eq_ignore_ascii_case(other)))
    };
    let wrong = route.steps.iter().find_map(|step| match step {
        Step::Word(word) if !known(word) => Some(word.as_str()),
        _ => None,
    });
    Refusal::segment(wrong.or(first).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::graph::route;

    fn found(method: &str, path: &str) -> Result<Matched, Refusal> {
        find(method, &route::read(path).unwrap())
    }

    #[test]
    fn the_table_is_read_whole() {
        assert!(TABLE.len() > 110, "{}", TABLE.len());
    }

    #[test]
    fn literals_win_over_keys() {
        assert_eq!(found("GET", "/v1.0/users/$count").unwrap().template, "/users/$count");
        assert_eq!(found("GET", "/v1.0/Users/x").unwrap().template, "/users/{id}");
        assert_eq!(
            found("PATCH", "/v1.0/applications(uniqueName='a')").unwrap().template,
            "/applications/{unique}"
        );
        let by_app_id = found("PATCH", "/v1.0/applications(appId='a')").unwrap();
        assert_eq!((by_app_id.template, by_app_id.keys[0].by.as_str()), ("/applications/{id}", "appid"));
    }

    #[test]
    fn unknown_paths_and_methods_are_told_apart() {
        assert_eq!(found("GET", "/v1.0/nonsense").err().unwrap().status, 404);
        assert_eq!(found("GET", "/v1.0/users/x/nonsense").err().unwrap().status, 404);
        assert_eq!(found("PUT", "/v1.0/users").err().unwrap().status, 405);
    }
}
