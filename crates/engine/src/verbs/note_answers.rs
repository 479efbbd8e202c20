//! Notes what a person answers: true while every required ask of the step has an answer in the right form.
//! The form was judged when the answer was given.

use serde_json::Value;

use crate::phrase::Phrase;
use crate::plan::{Found, Proof};
use crate::site::Site;

pub(super) fn check(site: &Site<'_>) -> Found {
    let open = site.open_asks();
    if !open.is_empty() {
        return Found::NeedsAnswers(open);
    }
    let asked = site.step.asks.iter().filter_map(|ask| Some((ask.clone(), site.answer(ask)?)));
    let answers: serde_json::Map<String, Value> = asked.collect();
    let evidence = vec![Phrase::new("seen.answers").with("count", answers.len())];
    Found::AsWanted(Proof { evidence, found: Value::Object(answers), ..Proof::default() })
}
