//! Presence: read for one or many, preferred and cleared (pages "Get presence", "presence: setUserPreferredPresence").

use serde_json::{Value, json};

use super::listing::{self, Row};
use super::refusal::Refusal;
use super::site::{Outcome, Site};
use super::{CallerKind, GraphAnswer, users};
use crate::directory::{moments, presence};
use crate::world::list;

/// More ids than this are refused at once.
const MOST_IDS: usize = 650;

pub(crate) fn one(site: &Site, user: &str) -> Outcome {
    if !sees_everybody(site) && !users::is_caller(site, user) {
        return Err(forbidden());
    }
    let found = site.world.presence_of(user);
    Ok(listing::single(site, &format!("users('{user}')/presence"), &Row::Made(found)))
}

/// `POST /communications/getPresencesByUserId`: who is not there is left out.
pub(crate) fn many(site: &Site) -> Outcome {
    let ids: Vec<&str> = list(&site.body()["ids"]).filter_map(Value::as_str).collect();
    if ids.is_empty() || ids.len() > MOST_IDS {
        return Err(Refusal::query(format!("The number of ids must be between 1 and {MOST_IDS}.")));
    }
    let people = &site.world.people;
    let known = |id: &&str| uuid::Uuid::try_parse(id).is_ok() && people.find(id).is_some();
    let found: Vec<Value> = ids.into_iter().filter(known).map(|id| site.world.presence_of(id)).collect();
    Ok(site.json(200, "Collection(microsoft.graph.presence)", json!({"value": found})))
}

pub(crate) fn prefer(site: &mut Site, user: &str) -> Outcome {
    may_set(site, user)?;
    let (availability, activity) =
        (site.body_text("availability").to_owned(), site.body_text("activity").to_owned());
    if !presence::can_be_preferred(&availability, &activity) {
        return Err(Refusal::query(format!(
            "Availability '{availability}' and activity '{activity}' are not a supported combination."
        )));
    }
    let life = match site.body()["expirationDuration"].as_str() {
        Some(text) => moments::read_duration(text)
            .filter(|life| life.is_positive())
            .ok_or_else(|| Refusal::query("The expirationDuration is not a valid duration."))?,
        None => presence::usual_life(&availability),
    };
    site.world.prefer_presence(user, &availability, &activity, life);
    Ok(empty())
}

pub(crate) fn clear(site: &mut Site, user: &str) -> Outcome {
    may_set(site, user)?;
    site.world.clear_preferred_presence(user);
    Ok(empty())
}

/// 200 without a body, as these actions answer.
fn empty() -> GraphAnswer {
    GraphAnswer { status: 200, headers: Vec::new(), body: None }
}

fn sees_everybody(site: &Site) -> bool {
    match &site.caller.kind {
        CallerKind::User { scopes, .. } => scopes.iter().any(|one| one == "Presence.Read.All"),
        CallerKind::Application { .. } => true,
    }
}

fn may_set(site: &Site, user: &str) -> Result<(), Refusal> {
    let application = matches!(site.caller.kind, CallerKind::Application { .. });
    if application || users::is_caller(site, user) { Ok(()) } else { Err(forbidden()) }
}

fn forbidden() -> Refusal {
    Refusal::new(403, "Forbidden", "The caller may only act on a presence of their own.")
}
