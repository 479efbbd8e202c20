//! Who is there (resource type presence), and the presence that an application prefers for somebody (page "presence:
//! setUserPreferredPresence").

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Somebody's presence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// The person's object id.
    pub id: String,
    /// Such as `Busy`; `PresenceUnknown` for who has no Teams, `Offline` for who is not signed in to it.
    #[serde(default)]
    pub availability: Option<String>,
    /// Such as `InACall`.
    #[serde(default)]
    pub activity: Option<String>,
}

/// The presences that can be preferred; availability and activity come in these pairs only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Availability {
    /// There.
    Available,
    /// Busy.
    Busy,
    /// Not to be disturbed.
    DoNotDisturb,
    /// Back soon.
    BeRightBack,
    /// Away.
    Away,
    /// Not at work.
    Offline,
}

impl Availability {
    /// Graph's word for it, as it is read back.
    pub fn word(self) -> &'static str {
        match self {
            Availability::Available => "Available",
            Availability::Busy => "Busy",
            Availability::DoNotDisturb => "DoNotDisturb",
            Availability::BeRightBack => "BeRightBack",
            Availability::Away => "Away",
            Availability::Offline => "Offline",
        }
    }

    fn activity(self) -> &'static str {
        if self == Availability::Offline { "OffWork" } else { self.word() }
    }
}

/// Body of `POST /users/{id}/presence/setUserPreferredPresence`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PreferredPresence {
    availability: &'static str,
    activity: &'static str,
    expiration_duration: String,
}

impl PreferredPresence {
    /// This presence, for this long from now on; less than a second counts as one.
    pub fn for_a_while(availability: Availability, life: Duration) -> PreferredPresence {
        PreferredPresence {
            availability: availability.word(),
            activity: availability.activity(),
            expiration_duration: format!("PT{}S", life.as_secs().max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn bodies_are_the_documented_pairs() {
        let body = |one| {
            serde_json::to_value(PreferredPresence::for_a_while(one, Duration::from_secs(300))).unwrap()
        };
        assert_eq!(
            body(Availability::Busy),
            serde_json::json!({"availability": "Busy", "activity": "Busy", "expirationDuration": "PT300S"})
        );
        assert_eq!(body(Availability::Offline)["activity"], "OffWork");
        assert_eq!(body(Availability::Offline)["availability"], "Offline");
    }
}
