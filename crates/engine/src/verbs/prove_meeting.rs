//! Proves by use that the application access policy is in force: with the application's own token an online meeting is
//! made for each operator and deleted (Graph page "onlineMeeting: createOrGet"). It stands in no calendar.
//! A refusal means *not yet* for half an hour and a little, the time that Microsoft documents for the policy. Where the step
//! names who passes the lobby, the made meeting has to say the same; a meeting policy is given a day to come into force.

use cloud::{Answer, Call, Graph, GraphError, GraphFault};
use guide::{Admitted, Template};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;

use super::Applied;
use super::choose_users::resolved;
use super::confirm_grants::{forget_own_way, own_way};
use crate::crash;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::{Pause, Site};
use crate::trouble::{Code, Trouble};

/// Half an hour as documented, and a little.
pub(super) const PATIENCE: Duration = Duration::minutes(35);
/// Microsoft's page "Assign policies to users and groups": a policy can take up to 24 hours.
const LOBBY_PATIENCE: Duration = Duration::hours(25);

#[derive(Serialize, Deserialize, PartialEq)]
struct Work {
    application: String,
    directory: String,
    key: String,
    users: Vec<String>,
    /// The scope of the lobby's bypass as Graph spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lobby: Option<String>,
}

pub(super) fn check(
    site: &Site<'_>,
    application: &str,
    secret: &str,
    users: &str,
    lobby: Option<&Template>,
) -> Result<Found, Trouble> {
    let (Some(client), Some(key), Some(ids)) =
        (site.output(application, "application-id"), site.key_of_step(secret), resolved(site, users))
    else {
        return Ok(Found::NeedsSteps(vec![application.to_owned(), secret.to_owned(), users.to_owned()]));
    };
    let directory = site.needed(application, "directory-id")?;
    let lobby = match lobby {
        Some(template) => Some(super::lobby::admitted(site, template)?),
        None => None,
    };
    let work = Work { application: client, directory, key, users: ids, lobby: lobby.map(bypass_scope) };
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
    let graph = own_way(site, &work.directory, &work.application, &work.key).await?;
    let outcome = meet(site, &work, &graph).await;
    if !matches!(outcome, Ok(Applied::Proved(_))) {
        forget_own_way(site).await?;
    }
    outcome
}

async fn meet(site: &Site<'_>, work: &Work, graph: &Graph) -> Result<Applied, Trouble> {
    delete(site, graph, left_behind(site)).await?;
    let answers = make(site, graph, &work.users).await?;
    let mut made = Vec::new();
    let (mut refused, mut failed, mut behind) = (None, None, None);
    for (user, answer) in work.users.iter().zip(answers) {
        match answer {
            Ok(answer) => {
                let Some(id) = id_of(&answer).map(str::to_owned) else {
                    failed = Some(Trouble::new(Code::AnswerLost).in_field(user.clone()));
                    continue;
                };
                let scope =
                    answer.body.as_ref().and_then(|body| body["lobbyBypassSettings"]["scope"].as_str());
                let scope = scope.unwrap_or("unknown");
                if work.lobby.as_ref().is_some_and(|wanted| wanted != scope) {
                    behind = Some((user.clone(), scope.to_owned()));
                }
                site.sent(
                    &meeting(site, user),
                    &answer,
                    json!({ "kind": "meeting", "user": user, "id": id }),
                )?;
                made.push((user.clone(), id));
            }
            Err(error) if error.kind == GraphFault::Forbidden => refused = Some(Trouble::from(error)),
            Err(error) => failed = Some(Trouble::from(error).in_field(user.clone())),
        }
    }
    crash::place("meeting.made");
    delete(site, graph, made).await?;
    if let Some(failed) = failed {
        return Err(failed);
    }
    match (refused, behind) {
        (None, None) => {
            let mut evidence = vec![Phrase::new("seen.meeting").with("count", work.users.len())];
            evidence.extend(work.lobby.as_ref().map(|scope| Phrase::new("seen.lobby").with("scope", scope)));
            Ok(Applied::Proved(Proof { evidence, found: json!(work), ..Proof::default() }))
        }
        (Some(trouble), _) => wait(site, trouble),
        (None, Some((user, scope))) => wait_for_lobby(site, work, &user, &scope),
    }
}

/// How Graph spells who passes (Graph page "lobbyBypassSettings").
fn bypass_scope(admitted: Admitted) -> String {
    match admitted {
        Admitted::Everyone => "everyone",
        Admitted::Organization => "organization",
        Admitted::OrganizationAndFederated => "organizationAndFederated",
    }
    .to_owned()
}

/// Makes the meetings; where an answer is lost the same ones are asked for again, which makes none twice. What is known when
/// patience ends is handed back, so that at least those can be deleted.
async fn make(
    site: &Site<'_>,
    graph: &Graph,
    users: &[String],
) -> Result<Vec<Result<Answer, GraphError>>, Trouble> {
    let mut pause = Pause::default();
    loop {
        let outcome = graph.batch(users.iter().map(|user| meeting(site, user)).collect()).await;
        match &outcome {
            Ok(answers) if answers.iter().any(is_lost) => {}
            Err(error) if error.effect_unknown() => {}
            _ => return Ok(outcome?),
        }
        let Some(duration) = pause.next() else { return Ok(outcome?) };
        site.sleep(duration).await;
    }
}

/// Whether a meeting may have been made that nobody can name, and so nobody could delete.
fn is_lost(answer: &Result<Answer, GraphError>) -> bool {
    match answer {
        Ok(answer) => id_of(answer).is_none(),
        Err(error) => error.effect_unknown(),
    }
}

fn id_of(answer: &Answer) -> Option<&str> {
    answer.body.as_ref()?["id"].as_str().filter(|id| !id.is_empty())
}

/// Since when the step waits: first for the one policy, then for the other.
fn waits_since(site: &Site<'_>) -> time::OffsetDateTime {
    site.history().step(&site.step.id).and_then(|step| step.pending_since).unwrap_or_else(|| site.now())
}

fn wait_for_lobby(site: &Site<'_>, work: &Work, user: &str, scope: &str) -> Result<Applied, Trouble> {
    let until = waits_since(site) + LOBBY_PATIENCE;
    let wanted = work.lobby.as_deref().unwrap_or_default();
    if site.now() >= until {
        return Err(Trouble::new(Code::LobbyNotInForce)
            .with("name", user)
            .with("found", scope)
            .with("wanted", wanted)
            .in_field("lobby"));
    }
    let why = Phrase::new("wait.lobby").with("found", scope).with("wanted", wanted);
    Ok(Applied::Found(Found::Pending { why, until }))
}

fn wait(site: &Site<'_>, trouble: Trouble) -> Result<Applied, Trouble> {
    let until = waits_since(site) + PATIENCE;
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
    // Without the header Graph hides newer scopes of the lobby (Graph page "lobbyBypassSettings").
    Call::post(format!("/users/{user}/onlineMeetings/createOrGet"), body)
        .header("Prefer", "include-unknown-enum-members")
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
                Some(Ok(answer)) if answer.status == 204 => removed(site, &call(meeting), answer, meeting)?,
                Some(Err(error)) if error.kind != GraphFault::NotFound && !error.effect_unknown() => {
                    return Err(error.clone().into());
                }
                Some(_) if is_gone(graph, meeting).await? => {
                    removed(site, &call(meeting), &Answer::without_body(404, site.now()), meeting)?;
                }
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

/// A 404 to a deletion may come from a replica that has not heard of the meeting yet, so the meeting itself is asked for.
async fn is_gone(graph: &Graph, (user, id): &(String, String)) -> Result<bool, Trouble> {
    match graph.get(&format!("/users/{user}/onlineMeetings/{id}?$select=id")).await {
        Ok(_) => Ok(false),
        Err(error) if error.kind == GraphFault::NotFound => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn removed(site: &Site<'_>, call: &Call, answer: &Answer, meeting: &(String, String)) -> Result<(), Trouble> {
    let kept: Value = json!({ "kind": "meeting-removed", "user": meeting.0, "id": meeting.1 });
    site.sent(call, answer, kept)
}
