//! Takes the application away at Microsoft. It goes to the deleted items with everything that hangs on it, and for 30 days
//! it can be brought back (Graph page "directory: deletedItems"). What other admins made by script stays, and is named.

use cloud::Call;
use guide::Guide;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Applied;
use super::set_permissions::{api, name_of};
use crate::history::History;
use crate::look::Look;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::role::REGISTRARS;
use crate::site::{Site, Write};
use crate::teams::Script;
use crate::trouble::{Code, Trouble};

/// What the journal calls it.
pub(crate) const TAKEN_DOWN: &str = "application-removed";

#[derive(Serialize, Deserialize)]
struct Work {
    object: String,
    application: String,
    principal: Option<String>,
}

pub(super) async fn check(site: &Site<'_>, application: &str) -> Result<Found, Trouble> {
    let Some(object) = known_object(site, application) else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let look = site.look(application).await?;
    let Some(registered) = &look.application else {
        let evidence = vec![Phrase::new("seen.taken-down").with("id", &object)];
        return Ok(Found::AsWanted(Proof { evidence, ..Proof::default() }));
    };
    let work = Work {
        object,
        application: registered.app_id.clone(),
        principal: look.service_principal.as_ref().map(|principal| principal.id.clone()),
    };
    let mut changes = going(site, &look).await?;
    changes.extend(staying(site.guide, &site.history()));
    Ok(Found::Planned(Plan::draw(&site.step.id, changes, json!(work)).by_any_of(&REGISTRARS)))
}

fn known_object(site: &Site<'_>, application: &str) -> Option<String> {
    let adopted = site.history().step(application).and_then(|step| step.adopted.clone());
    let adopted = adopted.and_then(|object| object["id"].as_str().map(str::to_owned));
    site.output(application, "application-object-id").or(adopted)
}

/// Everything that goes with the application.
async fn going(site: &Site<'_>, look: &Look) -> Result<Vec<Change>, Trouble> {
    let gone = |name: &str, note: &str| Change::new(Sign::Remove, name, Phrase::new(note));
    let mut changes = Vec::new();
    let Some(application) = &look.application else { return Ok(changes) };
    let name = application.display_name.as_deref().unwrap_or_default();
    changes.push(gone(name, "change.take-down"));
    if look.service_principal.is_some() {
        changes.push(gone(name, "change.service-principal"));
    }
    for secret in &application.password_credentials {
        let name = secret.display_name.as_deref().unwrap_or(&secret.key_id);
        changes.push(gone(name, "change.take-down-secret"));
    }
    for certificate in &application.key_credentials {
        let name = certificate.display_name.as_deref().or(certificate.key_id.as_deref()).unwrap_or_default();
        changes.push(gone(name, "change.take-down-certificate"));
    }
    let api = api(site).await?;
    for assignment in &look.assignments {
        let name = name_of(&api, &assignment.app_role_id).unwrap_or_else(|| assignment.app_role_id.clone());
        changes.push(gone(&name, "change.take-down-grant"));
    }
    let scopes = look.grants.iter().flat_map(|grant| {
        grant.scope.as_deref().unwrap_or_default().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    });
    changes.extend(scopes.map(|scope| gone(&scope, "change.take-down-delegated")));
    Ok(changes)
}

/// What a script made stays where it is; the same script takes it back.
fn staying(guide: &Guide, history: &History) -> Vec<Change> {
    let by_script = guide.steps.iter().filter_map(|step| Some((step, Script::of(&step.action)?)));
    let made = by_script.filter(|(step, _)| history.step(&step.id).is_some_and(|past| past.teams.is_some()));
    made.map(|(step, script)| {
        let result = &history.steps[&step.id].teams.as_ref().map(|details| details["result"].clone());
        let result = result.as_ref();
        let name = result.and_then(|result| result["policy-name"].as_str().or(result["scope-name"].as_str()));
        let note = Phrase::new("change.stays").with("script", script.file_name()).with("step", &step.id);
        Change::new(Sign::Keep, name.unwrap_or(&step.id), note)
    })
    .collect()
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let call = Call::delete(format!("/applications/{}", work.object));
    let kept = receipt(&work.object, &work.application, work.principal.as_deref());
    let mut write = Write::new(call, move |_| kept.clone());
    write.fresh = false;
    match site.write(vec![write]).await {
        // What is gone already is gone; `claim` journals it, and the look that follows tells.
        Err(trouble) if matches!(trouble.code, Code::AnswerLost | Code::NotFound) => Ok(Applied::Look),
        other => other.map(|_| Applied::Look),
    }
}

/// What bringing it back needs.
pub(crate) fn receipt(object: &str, application: &str, principal: Option<&str>) -> serde_json::Value {
    json!({ "kind": TAKEN_DOWN, "id": object, "application-id": application, "principal": principal })
}
