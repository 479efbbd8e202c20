//! Proves by use that the application access policy is in force: with the application's own token an online meeting is
//! made for each operator and deleted (Graph page "onlineMeeting: createOrGet"). It stands in no calendar.
//! A refusal means *not yet* for half an hour and a little, the time that Microsoft documents for the policy.

use cloud::{Answer, Call, Graph, GraphError, GraphFault};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;

use super::Applied;
use super::choose_users::resolved;
use super::confirm_grants::token_with;
use crate::crash;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::{Pause, Site};
use crate::trouble::{Code, Trouble};

/// Half an hour as documented, and a little.
pub(super) const PATIENCE: Duration = Duration::minutes(35);

#[derive(Serialize, Deserialize, PartialEq)]
struct Work {
    application: String,
    directory: String,
    key: String,
    users: Vec<String>,
}

pub(super) fn check(site: &Site<'_>, application: &str, secret: &str, users: &str) -> Result<Found, Trouble> {
    let (Some(client), Some(key), Some(ids)) =
        (site.output(application, "application-id"), site.key_of_step(secret), resolved(site, users))
    else {
        return Ok(Found::NeedsSteps(vec![application.to_owned(), secret.to_owned(), users.to_owned()]));
    };
    let directory = site.needed(application, "directory-id")?;
    let work = Work { application: client, directory, key, users: ids };
    if let Some(proof) = site.history().proof(&site.step.id)
        && proof.found == json!(work)
    {
        return Ok(Found::AsWanted(proof.clone()));
    }
    let changes = work
        .users
        .iter()
        .map(|user| Change::new(Sign::Run, user, Phrase::new("change.test-meeting")))
        .collect();
    Ok(Found::Planned(Plan::draw(&site.step.id, changes, json!(work)).with_requests(2).that_stays()))
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let token = token_with(site, &work.directory, &work.application, &work.key, &[]).await?;
    let graph = site.as_application(token);
    delete(site, &graph, left_behind(site)).await?;
    let answers = make(site, &graph, &work.users).await?;
    let mut made = Vec::new();
    let mut refused = None;
    for (user, answer) in work.users.iter().zip(answers) {
        match answer {
            Ok(answer) => {
                let id =
                    answer.body.clone().unwrap_or_default()["id"].as_str().unwrap_or_default().to_owned();
                site.sent(
                    &meeting(site, user),
                    &answer,
                    json!({ "kind": "meeting", "user": user, "id": id }),
                )?;
                made.push((user.clone(), id));
            }
            Err(error) if error.kind == GraphFault::Forbidden => refused = Some(Trouble::from(error)),
            Err(error) => {
                delete(site, &graph, made).await?;
                return Err(Trouble::from(error).in_field(user.clone()));
            }
        }
    }
    crash::place("meeting.made");
    delete(site, &graph, made).await?;
    match refused {
        None => {
            let evidence = vec![Phrase::new("seen.meeting").with("count", work.users.len())];
            Ok(Applied::Proved(Proof { evidence, found: json!(work), ..Proof::default() }))
        }
        Some(trouble) => wait(site, trouble),
    }
}

/// Makes the meetings; where an answer is lost the same ones are asked for again, which makes none twice.
async fn make(
    site: &Site<'_>,
    graph: &Graph,
    users: &[String],
) -> Result<Vec<Result<Answer, GraphError>>, Trouble> {
    let mut pause = Pause::default();
    loop {
        let outcome = graph.batch(users.iter().map(|user| meeting(site, user)).collect()).await;
        let lost = match outcome {
            Ok(answers) => {
                match answers.iter().position(|answer| answer.as_ref().is_err_and(GraphError::effect_unknown))
                {
                    None => return Ok(answers),
                    Some(_) => Trouble::new(Code::AnswerLost),
                }
            }
            Err(error) if error.effect_unknown() => error.into(),
            Err(error) => return Err(error.into()),
        };
        let Some(duration) = pause.next() else { return Err(lost) };
        site.sleep(duration).await;
    }
}

fn wait(site: &Site<'_>, trouble: Trouble) -> Result<Applied, Trouble> {
    let since =
        site.history().step(&site.step.id).and_then(|step| step.pending_since).unwrap_or_else(|| site.now());
    let until = since + PATIENCE;
    if site.now() >= until {
        let mut ended = Trouble::new(Code::PolicyNotInForce);
        ended.technical = trouble.technical;
        return Err(ended);
    }
    Ok(Applied::Found(Found::Pending { why: Phrase::new("wait.teams-policy"), until }))
}

/// A meeting under an id of our own: when an answer gets lost, asking again gives the same one back.
fn meeting(site: &Site<'_>, user: &str) -> Call {
    let start = site.now();
    let text = |at: time::OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let body = json!({
        "externalId": format!("footbridge-{}-{user}", site.mark()),
        "subject": "Footbridge test, deleted at once",
        "startDateTime": text(start), "endDateTime": text(start + Duration::minutes(5)),
    });
    Call::post(format!("/users/{user}/onlineMeetings/createOrGet"), body)
}

/// Meetings of an earlier run that was interrupted between making and deleting.
fn left_behind(site: &Site<'_>) -> Vec<(String, String)> {
    let history = site.history();
    let ids = |kind: &'static str| -> Vec<(String, String)> {
        history
            .made(&site.step.id, kind)
            .filter_map(|made| Some((made["user"].as_str()?.to_owned(), made["id"].as_str()?.to_owned())))
            .collect()
    };
    let removed = ids("meeting-removed");
    ids("meeting").into_iter().filter(|meeting| !removed.contains(meeting)).collect()
}

async fn delete(site: &Site<'_>, graph: &Graph, meetings: Vec<(String, String)>) -> Result<(), Trouble> {
    let call = |(user, id): &(String, String)| Call::delete(format!("/users/{user}/onlineMeetings/{id}"));
    let mut open = meetings;
    let mut pause = Pause::default();
    while !open.is_empty() {
        let answers = graph.batch(open.iter().map(call).collect()).await;
        let mut late = Vec::new();
        for (place, meeting) in open.iter().enumerate() {
            let answer = match &answers {
                Ok(answers) => answers.get(place),
                Err(error) if error.effect_unknown() => None,
                Err(error) => return Err(error.clone().into()),
            };
            match answer {
                Some(Ok(answer)) => removed(site, &call(meeting), answer, meeting)?,
                Some(Err(error)) if error.kind == GraphFault::NotFound => {
                    removed(site, &call(meeting), &Answer::without_body(404, site.now()), meeting)?;
                }
                Some(Err(error)) if !error.effect_unknown() => return Err(error.clone().into()),
                _ => late.push(meeting.clone()),
            }
        }
        open = late;
        if !open.is_empty() {
            let Some(duration) = pause.next() else { return Err(Trouble::new(Code::AnswerLost)) };
            site.sleep(duration).await;
        }
    }
    Ok(())
}

fn removed(site: &Site<'_>, call: &Call, answer: &Answer, meeting: &(String, String)) -> Result<(), Trouble> {
    let kept: Value = json!({ "kind": "meeting-removed", "user": meeting.0, "id": meeting.1 });
    site.sent(call, answer, kept)
}
