//! Who is there: what a Teams client says of its person, and the presence that a product prefers for them.
//!
//! A preferred presence counts only while the person has a session (pages "presence: setUserPreferredPresence" and
//! "Manage presence state"). Everybody with Teams is signed in to it until told otherwise.

use std::collections::HashMap;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::world::World;

/// The pairs of availability and activity that may be preferred.
const PREFERRED: [(&str, &str); 6] = [
    ("Available", "Available"),
    ("Busy", "Busy"),
    ("DoNotDisturb", "DoNotDisturb"),
    ("BeRightBack", "BeRightBack"),
    ("Away", "Away"),
    ("Offline", "OffWork"),
];

/// What a person's sessions and products say.
#[derive(Clone, Default)]
pub(crate) struct Presences {
    /// By object id in lower case: what Teams says, none when the person is signed out there.
    sessions: HashMap<String, Option<(String, String)>>,
    /// The same: what is preferred, and until when.
    preferred: HashMap<String, Preferred>,
}

#[derive(Clone)]
struct Preferred {
    availability: String,
    activity: String,
    until: OffsetDateTime,
}

/// Whether this pair can be preferred.
pub(crate) fn can_be_preferred(availability: &str, activity: &str) -> bool {
    PREFERRED.contains(&(availability, activity))
}

/// How long a preferred presence counts when nobody says.
pub(crate) fn usual_life(availability: &str) -> Duration {
    if matches!(availability, "Busy" | "DoNotDisturb") { Duration::days(1) } else { Duration::days(7) }
}

impl World {
    /// Sets the presence that counts before that of the sessions, for a while.
    pub(crate) fn prefer_presence(&mut self, user: &str, availability: &str, activity: &str, life: Duration) {
        let preferred = Preferred {
            availability: availability.to_owned(),
            activity: activity.to_owned(),
            until: self.now.checked_add(life).unwrap_or(PrimitiveDateTime::MAX.assume_utc()),
        };
        self.presences.preferred.insert(user.to_lowercase(), preferred);
    }

    pub(crate) fn clear_preferred_presence(&mut self, user: &str) {
        self.presences.preferred.remove(&user.to_lowercase());
    }

    /// What the person's Teams client says from now on; none signs it out.
    pub(crate) fn set_session(&mut self, user: &str, presence: Option<(&str, &str)>) {
        let presence = presence.map(|(one, other)| (one.to_owned(), other.to_owned()));
        self.presences.sessions.insert(user.to_lowercase(), presence);
    }

    /// The presence that others see, as Graph shows it.
    pub(crate) fn presence_of(&self, user: &str) -> Value {
        let (availability, activity) = self.seen_presence(&user.to_lowercase());
        json!({"id": user, "availability": availability, "activity": activity, "statusMessage": null,
            "outOfOfficeSettings": null, "workLocation": null, "sequenceNumber": null})
    }

    fn seen_presence(&self, user: &str) -> (String, String) {
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        let Some(seat) = self.people.find(user).filter(|seat| self.people.has_teams(*seat)) else {
            return pair("PresenceUnknown", "PresenceUnknown");
        };
        let session = match self.presences.sessions.get(user) {
            Some(session) => session.clone(),
            None => (!self.people.field(seat, "accountEnabled").eq(&json!(false)))
                .then(|| pair("Available", "Available")),
        };
        let Some(session) = session else { return pair("Offline", "Offline") };
        match self.presences.preferred.get(user).filter(|one| one.until > self.now) {
            Some(preferred) => pair(&preferred.availability, &preferred.activity),
            None => session,
        }
    }
}
