//! The hand-over step: it is true when the values that stand now are those that were sealed and written.

use serde_json::{Value, json};

use crate::handing;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::Site;
use crate::trouble::Trouble;

pub(super) fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let history = site.history().clone();
    let values = handing::values(site.guide, &history);
    let missing = handing::missing_answers(site.guide, &history);
    if !missing.is_empty() {
        return Ok(Found::NeedsAnswers(missing));
    }
    if values.iter().any(|value| value.value == handing::Shown::Missing) {
        let steps = site.guide.steps.iter().filter(|step| step.id != site.step.id);
        let open =
            steps.filter(|step| history.proof(&step.id).is_none() && !step.action.outputs().is_empty());
        return Ok(Found::NeedsSteps(open.map(|step| step.id.clone()).collect()));
    }
    let digest = handing::digest(site.guide, &history);
    if let Some(handed) = &history.handed_over
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
