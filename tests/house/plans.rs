//! Who may draw a plan: a verb, while it checks. The compiler keeps plans inside the engine; this keeps them with verbs.

use crate::code::{bare, functions, line_of, without_tests};
use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

const DRAW: &str = "Plan::draw(";
const WHY: &str =
    "Only a verb's check can draw a plan: what is applied is what was looked at and shown, and nothing else";

/// Everything that draws a plan outside a verb, or in a verb's half that writes.
fn drawn_elsewhere(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|s| s.is(".rs")) {
        let code = without_tests(&bare(&source.text));
        for (at, _) in code.match_indices(DRAW) {
            let line = line_of(&code, at);
            let inside = functions(&code).into_iter().rfind(|function| function.line <= line);
            let writes = inside.as_ref().is_none_or(|function| function.name == "apply");
            if writes || !source.path.starts_with("crates/engine/src/verbs/") {
                breaches.push(Breach::new(format!("{}:{line}", source.path), "draws a plan", WHY));
            }
        }
    }
    breaches
}

#[test]
fn only_a_verb_that_checks_draws_a_plan() {
    let sources = tree::product();
    assert!(sources.iter().any(|s| s.text.contains(DRAW)), "nothing draws a plan: the rule looks at nothing");
    uphold(&drawn_elsewhere(&sources));
}

#[test]
fn control_a_plan_drawn_elsewhere_is_seen() {
    let shell = Source::planted("crates/engine/src/desk.rs", "fn run() { Plan::draw(a, b, c); }\n");
    reported(&drawn_elsewhere(&[shell]), "desk.rs:1");
}

#[test]
fn control_a_plan_drawn_while_applying_is_seen() {
    let text = "fn check() { Plan::draw(a, b, c); }\nfn apply() {\n    Plan::draw(a, b, c);\n}\n";
    let breaches = drawn_elsewhere(&[Source::planted("crates/engine/src/verbs/x.rs", text)]);
    assert_eq!(breaches.len(), 1);
    reported(&breaches, "x.rs:3");
}
