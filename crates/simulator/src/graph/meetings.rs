//! Online meetings, and the Teams application access policy that stands before them.
//!
//! An application may act for a person only when a policy that covers the person lists it, and only once the
//! policy is old enough (documented: up to 30 minutes).

use serde_json::{Value, json};
use time::Duration;

use super::CallerKind;
use super::listing::{self, Row};
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use super::users;
use crate::directory::documents::lay_over;
use crate::directory::moments;
use crate::world::{Table, same};

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(crate) fn list(site: &Site, user: &str) -> Outcome {
    may_act(site, user)?;
    if site.options.filter.is_none() {
        return Err(Refusal::new(
            400,
            "InvalidArgument",
            "Filter expression expected - /onlineMeetings?$filter=joinWebUrl eq '{joinWebUrl}'.",
        ));
    }
    let rows =
        site.world.shelf(Table::Meetings).all_latest().filter(|one| same(&one["organizer"], user)).cloned();
    Ok(listing::answer(site, &address(user), rows.map(|one| Row::Made(shown(site, one)))))
}

pub(crate) fn create(site: &mut Site, user: &str) -> Outcome {
    may_act(site, user)?;
    let now = site.world.now;
    let body = site.body().clone();
    let time = |name: &str| body[name].as_str().and_then(moments::read);
    let start = time("startDateTime").unwrap_or(now);
    let end = time("endDateTime").unwrap_or(start + Duration::hours(1));
    if end < start {
        return Err(Refusal::new(
            400,
            "InvalidArgument",
            "The end time of the meeting is before its start time.",
        ));
    }
    let id = format!("MSo{}", site.world.random.letters(LETTERS, 85));
    let thread = format!("19:meeting_{}@thread.v2", site.world.random.letters(LETTERS, 48));
    let number: String = site.world.random.letters(b"123456789", 12);
    let join = format!(
        "https://teams.microsoft.com/l/meetup-join/{}/0?context=rehearsal",
        thread.replace(':', "%3a").replace('@', "%40")
    );
    let upn = site
        .world
        .people
        .find(user)
        .map(|seat| site.world.people.field(seat, "userPrincipalName"))
        .unwrap_or_default();
    let (scope, dial_in) = site.world.lobby_of(user);
    let mut meeting = json!({
        "id": id, "creationDateTime": moments::write_exact(now), "startDateTime": moments::write(start),
        "endDateTime": moments::write(end), "joinWebUrl": join, "subject": null, "isBroadcast": false,
        "autoAdmittedUsers": null, "allowAttendeeToEnableCamera": true, "allowAttendeeToEnableMic": true,
        "allowMeetingChat": "enabled", "allowedPresenters": "everyone", "allowTeamworkReactions": true,
        "recordAutomatically": false, "isEntryExitAnnounced": true, "externalId": null,
        "videoTeleconferenceId": null, "audioConferencing": null,
        "meetingOptionsWebUrl": format!("https://teams.microsoft.com/meetingOptions/?organizerId={user}"),
        "chatInfo": {"threadId": thread, "messageId": "0", "replyChainMessageId": null},
        "joinMeetingIdSettings": {"isPasscodeRequired": false, "joinMeetingId": number, "passcode": null},
        "lobbyBypassSettings": {"scope": scope, "isDialInBypassEnabled": dial_in},
        "participants": {"organizer": {"upn": upn, "role": "presenter", "identity": {"user": {"id": user,
            "displayName": null}}}, "attendees": []},
    });
    if let Some(members) = meeting.as_object_mut() {
        members.remove("autoAdmittedUsers");
    }
    lay_over(&mut meeting, &without_times(&body));
    let mut kept = meeting.clone();
    kept["organizer"] = json!(user);
    site.world.put(Table::Meetings, &id, Some(kept));
    let shown = as_version_knows(site, meeting);
    Ok(site.created(&format!("{}/$entity", address(user)), &id, "", shown))
}

/// The meeting of this external id and organizer, made where there is none (Graph page "onlineMeeting: createOrGet").
pub(crate) fn create_or_get(site: &mut Site, user: &str) -> Outcome {
    may_act(site, user)?;
    let wanted = site.body()["externalId"].clone();
    let is_it = |one: &&Value| same(&one["organizer"], user) && one["externalId"] == wanted;
    let found = site.world.shelf(Table::Meetings).all_latest().find(is_it).cloned();
    match found {
        Some(found) => Ok(site.json(200, &format!("{}/$entity", address(user)), shown(site, found))),
        None => create(site, user),
    }
}

pub(crate) fn one(site: &Site, user: &str, key: &Key) -> Outcome {
    let found = find(site, user, key)?;
    Ok(listing::single(site, &address(user), &Row::Made(shown(site, found))))
}

pub(crate) fn update(site: &mut Site, user: &str, key: &Key) -> Outcome {
    let mut found = find(site, user, key)?;
    lay_over(&mut found, site.body());
    let id = id_of(&found);
    site.world.put(Table::Meetings, &id, Some(found.clone()));
    Ok(site.json(200, &format!("{}/$entity", address(user)), shown(site, found)))
}

pub(crate) fn delete(site: &mut Site, user: &str, key: &Key) -> Outcome {
    let id = id_of(&find(site, user, key)?);
    site.world.put(Table::Meetings, &id, None);
    Ok(site.done())
}

fn address(user: &str) -> String {
    format!("users('{user}')/onlineMeetings")
}

/// v1.0 shows two scopes that came later as `unknownFutureValue`, unless asked for them.
fn as_version_knows(site: &Site, mut meeting: Value) -> Value {
    let wants_all =
        site.request.header("prefer").is_some_and(|prefer| prefer.contains("include-unknown-enum-members"));
    let scope = &meeting["lobbyBypassSettings"]["scope"];
    let later = scope == "invited" || scope == "organizationExcludingGuests";
    if later && !wants_all && site.version != "beta" {
        meeting["lobbyBypassSettings"]["scope"] = json!("unknownFutureValue");
    }
    meeting
}

fn shown(site: &Site, meeting: Value) -> Value {
    let mut meeting = as_version_knows(site, meeting);
    if let Some(members) = meeting.as_object_mut() {
        members.remove("organizer");
    }
    meeting
}

fn without_times(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, value| name != "startDateTime" && name != "endDateTime" && !value.is_null());
        members.remove("participants");
    }
    body
}

fn find(site: &Site, user: &str, key: &Key) -> Result<Value, Refusal> {
    may_act(site, user)?;
    let found = site.world.latest(Table::Meetings, &key.value).filter(|one| same(&one["organizer"], user));
    found.cloned().ok_or_else(|| Refusal::new(404, "NotFound", "The meeting was not found."))
}

/// The caller's own meetings, or those of a person whom a policy in force opens to the application.
fn may_act(site: &Site, user: &str) -> Result<(), Refusal> {
    let world = &*site.world;
    let app_id = match &site.caller.kind {
        CallerKind::User { .. } if users::is_caller(site, user) => None,
        CallerKind::User { .. } => {
            return Err(Refusal::new(
                403,
                "Forbidden",
                "The caller may only act on online meetings of their own.",
            ));
        }
        CallerKind::Application { app_id, .. } => Some(app_id),
    };
    if let Some(app_id) = app_id {
        let groups = world.groups_of(user);
        if !world.teams.allows(app_id, user, &groups, world.now - world.settings.teams_delay) {
            return Err(Refusal::new(
                403,
                "Forbidden",
                format!("No application access policy found for this app: {app_id} on the user: {user}."),
            ));
        }
    }
    if world.people.find(user).is_none_or(|seat| !world.people.has_teams(seat)) {
        return Err(Refusal::new(
            403,
            "Forbidden",
            format!("The user {user} has no licence for Microsoft Teams."),
        ));
    }
    Ok(())
}
