//! The plans of a renewal's later stages: what the product gets, how the new credential is proven, which old one goes. Only
//! looking happens here; the first stage is the verb's own check beside the old credential.

use serde_json::json;

use super::removing::lists;
use crate::credential::CredentialKind;
use crate::handing;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Sign};
use crate::site::Site;
use crate::trouble::{Code, Trouble};

/// The product's fields that carry the credential of this step.
pub(crate) fn check_hand_over(site: &Site<'_>) -> Plan {
    let carries = |field: &&guide::Field| {
        handing::secret_step(site.guide, field).as_deref() == Some(site.step.id.as_str())
    };
    let words = &site.guide.texts.english.fields;
    let changes = site.guide.fields.iter().filter(carries).map(|field| {
        let label = words.get(&field.id).map_or(field.id.as_str(), |words| words.label.as_str());
        Change::new(Sign::Set, label, Phrase::new("change.field"))
    });
    let history = site.history();
    let hands_over = handing::hand_over_of(site.guide, &history, &site.step.id);
    let values = handing::digest(site.guide, &history, hands_over.and_then(handing::named));
    let work = json!({ "values": values });
    Plan::draw(&site.step.id, changes.collect(), work).with_requests(0).that_stays()
}

/// A sign-in with the new credential, and what the steps that use it would prove anew.
pub(crate) async fn check_proof(site: &Site<'_>, new: &str, users: &[Site<'_>]) -> Result<Plan, Trouble> {
    let note = Phrase::new("change.renewal-proof").with("key", new);
    let mut changes = vec![Change::new(Sign::Run, "client_credentials", note)];
    for user in users {
        if let Found::Planned(plan) = super::check(user).await? {
            changes.extend(plan.changes().iter().cloned());
        }
    }
    Ok(Plan::draw(&site.step.id, changes, json!({ "key": new })).with_requests(0).that_stays())
}

/// The removal of the old credential; none where the tenant does not list it any more.
///
/// # Errors
/// [`Code::CredentialUnknown`] when the tenant does not list the new one: then nothing may be removed.
pub(crate) async fn check_removal(
    site: &Site<'_>,
    register: &str,
    kind: CredentialKind,
    [old, new]: [&str; 2],
) -> Result<Option<Plan>, Trouble> {
    if !lists(site, register, kind, new).await? {
        return Err(Trouble::new(Code::CredentialUnknown).with("key", new).in_field("credential"));
    }
    if !lists(site, register, kind, old).await? {
        return Ok(None);
    }
    let changes = vec![
        Change::new(Sign::Remove, old, Phrase::new("change.renewal-remove")),
        Change::new(Sign::Keep, new, Phrase::new("change.renewal-keep")),
    ];
    Ok(Some(Plan::draw(&site.step.id, changes, json!({ "old": old, "new": new })).that_stays()))
}
