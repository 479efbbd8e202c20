//! The house rules as tests: who imports whom, how long things may be, which words may not occur.
//! Each rule is a pure function over sources or over the crate graph, and each has a control that plants a bad case
//! and expects the same function to report it. It must never be loosened to let code pass; mend the code.

#![allow(clippy::unwrap_used)]

#[path = "house/code.rs"]
mod code;
#[path = "house/databases.rs"]
mod databases;
#[path = "house/goals.rs"]
mod goals;
#[path = "house/imports.rs"]
mod imports;
#[path = "house/installers.rs"]
mod installers;
#[path = "house/lengths.rs"]
mod lengths;
#[path = "house/manual.rs"]
mod manual;
#[path = "house/named.rs"]
mod named;
#[path = "house/names.rs"]
mod names;
#[path = "house/packages.rs"]
mod packages;
#[path = "house/plans.rs"]
mod plans;
#[path = "house/powershell.rs"]
mod powershell;
#[path = "house/secrets.rs"]
mod secrets;
#[path = "house/supply.rs"]
mod supply;
#[path = "house/tree.rs"]
mod tree;
#[path = "house/ui.rs"]
mod ui;
#[path = "house/weakenings.rs"]
mod weakenings;
#[path = "house/words.rs"]
mod words;

/// One breach of a rule: where, what, and the sentence that says why the rule exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// File and line, or crate.
    pub place: String,
    /// What was found there.
    pub what: String,
    /// Why that is not allowed.
    pub why: &'static str,
}

impl Breach {
    fn new(place: impl Into<String>, what: impl Into<String>, why: &'static str) -> Self {
        Self { place: place.into(), what: what.into(), why }
    }
}

/// Fails with every breach on a line of its own.
#[track_caller]
fn uphold(breaches: &[Breach]) {
    let lines: Vec<String> = breaches.iter().map(|b| format!("{}: {}. {}", b.place, b.what, b.why)).collect();
    assert!(lines.is_empty(), "\n{} breach(es) of the house rules:\n{}\n", lines.len(), lines.join("\n"));
}

/// The control of a rule: the planted case must be reported.
#[track_caller]
fn reported(breaches: &[Breach], part: &str) {
    let found = breaches.iter().any(|b| b.place.contains(part) || b.what.contains(part));
    assert!(found, "the rule did not see its control `{part}`: {breaches:?}");
}
