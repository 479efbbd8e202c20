//! Proves by use that the application may set a presence: sets Busy for one chosen person, reads it back, and clears it
//! (Graph pages "presence: setUserPreferredPresence", "presence: clearUserPreferredPresence"). Microsoft shows a preferred
//! presence only while the person is signed in to Teams; it would end by itself after five minutes.

use cloud::{Answer, Call, Graph, GraphError};
use guide::Action;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Applied;
use super::confirm_grants::token_with;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::{Pause, Site};
use crate::trouble::{Code, Trouble};

/// The permission with which an application sets presences and reads them (Graph permissions reference).
const PERMISSION: &str = "Presence.ReadWrite.All";
/// What is set: no meeting of the person looks like it at once, and it takes nobody's calls away.
const AVAILABILITY: &str = "Busy";
/// The shortest time that Microsoft documents is five minutes.
const EXPIRES: &str = "PT5M";

#[derive(Serialize, Deserialize, PartialEq)]
struct Work {
    application: String,
    directory: String,
    key: String,
    user: String,
    name: String,
}

pub(super) fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let Action::ProvePresence { application, secret, users } = &site.step.action else {
        return Err(Trouble::defect("prove-presence"));
    };
    let (Some(client), Some(key), Some((user, name))) =
        (site.output(application, "application-id"), site.key_of_step(secret), first(site, users))
    else {
        return Ok(Found::NeedsSteps(vec![application.clone(), secret.clone(), users.clone()]));
    };
    let directory = site.needed(application, "directory-id")?;
    let work = Work { application: client, directory, key, user, name };
    if let Some(proof) = site.history().proof(&site.step.id)
        && proof.found == json!(work)
    {
        return Ok(Found::AsWanted(proof.clone()));
    }
    let changes = vec![Change::new(Sign::Run, &work.name, Phrase::new("change.presence"))];
    Ok(Found::Planned(Plan::draw(&site.step.id, changes, json!(work)).with_requests(3).that_stays()))
}

/// Object id and user principal name of the first chosen person.
pub(super) fn first(site: &Site<'_>, users: &str) -> Option<(String, String)> {
    let history = site.history();
    let user = &history.proof(users)?.found["users"][0];
    Some((user["id"].as_str()?.to_owned(), user["user"].as_str()?.to_owned()))
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let role = [PERMISSION.to_owned()];
    let token = token_with(site, &work.directory, &work.application, &work.key, &role).await?;
    let graph = site.as_application(token);
    let shown = set_and_see(site, &graph, &work.user).await;
    let cleared = send(site, &graph, &clearing(&work.user), "presence-cleared", &work.user).await;
    let (seen, ()) = (shown?, cleared?);
    if !seen {
        return Err(Trouble::new(Code::PresenceNotSeen).with("name", &work.name).in_field(work.name));
    }
    let evidence = vec![Phrase::new("seen.presence").with("name", &work.name)];
    Ok(Applied::Proved(Proof { evidence, found: json!(work), ..Proof::default() }))
}

/// Whether the presence was seen after it was set.
async fn set_and_see(site: &Site<'_>, graph: &Graph, user: &str) -> Result<bool, Trouble> {
    let body =
        json!({ "availability": AVAILABILITY, "activity": AVAILABILITY, "expirationDuration": EXPIRES });
    let setting = Call::post(format!("/users/{user}/presence/setUserPreferredPresence"), body);
    send(site, graph, &setting, "presence", user).await?;
    let mut pause = Pause::default();
    loop {
        let answer = graph.get(&format!("/users/{user}/presence")).await?;
        let shown = answer.body.as_ref().and_then(|body| body["availability"].as_str());
        if shown == Some(AVAILABILITY) {
            return Ok(true);
        }
        let Some(duration) = pause.next() else { return Ok(false) };
        site.sleep(duration).await;
    }
}

fn clearing(user: &str) -> Call {
    Call::post(format!("/users/{user}/presence/clearUserPreferredPresence"), json!({}))
}

/// Sends a change that can be sent twice without harm, until its answer arrives.
async fn send(site: &Site<'_>, graph: &Graph, call: &Call, kind: &str, user: &str) -> Result<(), Trouble> {
    let mut pause = Pause::default();
    loop {
        let answer: Result<Answer, GraphError> = graph.call(call).await;
        match answer {
            Ok(answer) => {
                let made: Value = json!({ "kind": kind, "user": user });
                return site.sent(call, &answer, made);
            }
            Err(error) if error.effect_unknown() => {
                let Some(duration) = pause.next() else { return Err(error.into()) };
                site.sleep(duration).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
