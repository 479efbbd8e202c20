//! The hand-over step: it is true when the values that stand now are those that were sealed and written.

use serde_json::{Value, json};

use crate::handing;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::Site;
use crate::trouble::Trouble;

pub(super) fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let history = site.history().clone();
    let named = handing::named(site.step);
    let values = handing::values(site.guide, &history, named);
    let missing = handing::missing_answers(site.guide, &history, named);
    if !missing.is_empty() {
        return Ok(Found::NeedsAnswers(missing));
    }
    if values.iter().any(|value| value.value == handing::Shown::Missing) {
        let missing = |field: &&guide::Field| {
            values.iter().any(|value| value.id == field.id && value.value == handing::Shown::Missing)
        };
        let fields = handing::fields(site.guide, &history, named).filter(missing);
        let mut open: Vec<String> =
            fields.flat_map(|field| field.value.references()).filter_map(made_by).collect();
        open.dedup();
        return Ok(Found::NeedsSteps(open));
    }
    let digest = handing::digest(site.guide, &history, named);
    if let Some(handed) = history.handed_over.get(&site.step.id)
        && handed.receipt["values"] == digest.as_str()
    {
        let evidence = vec![
            Phrase::new("seen.handed-over")
                .with("path", handed.receipt["path"].as_str().unwrap_or_default())
                .with("sha256", handed.receipt["sha256"].as_str().unwrap_or_default()),
        ];
        return Ok(Found::AsWanted(Proof { evidence, found: Value::Null, ..Proof::default() }));
    }
    let changes = values
        .iter()
        .map(|value| {
            let label = site
                .guide
                .texts
                .english
                .fields
                .get(&value.id)
                .map_or(value.id.as_str(), |field| &field.label);
            Change::new(Sign::Add, label, Phrase::new("change.field"))
        })
        .collect();
    Ok(Found::Planned(
        Plan::draw(&site.step.id, changes, json!({ "values": digest })).with_requests(0).that_stays(),
    ))
}

fn made_by(reference: &guide::Reference) -> Option<String> {
    match reference {
        guide::Reference::Output { step, .. } => Some(step.clone()),
        guide::Reference::Answer(_) => None,
    }
}
