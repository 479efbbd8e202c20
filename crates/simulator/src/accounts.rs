//! The people of the rehearsal tenant whom one can sign in as.
//!
//! Who they are and what stands in their way at sign-in; what a role may do is the directory's part.

use serde::Serialize;

/// An account as it is announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// User principal name, to sign in with.
    pub upn: String,
    /// Display name.
    pub name: String,
    /// Names of the active directory roles.
    pub roles: Vec<String>,
    /// What this account is good for.
    pub note: String,
}

/// What stands between an account and a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    None,
    /// Conditional Access blocks every flow: AADSTS53003.
    Blocked,
    /// Conditional Access blocks the device code flow only; the browser works.
    DeviceCodeBlocked,
    /// The account belongs to another tenant: AADSTS50020 here, another `tid` at /organizations.
    Elsewhere,
}

/// An account with what only this side knows.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub account: Account,
    /// The short name, for whoever approves by hand.
    pub local: &'static str,
    pub object_id: String,
    /// Directory role template ids, for `wids`.
    pub role_ids: Vec<String>,
    pub obstacle: Obstacle,
    /// The tenant that the account comes from, when it is not this one.
    pub home: Option<Home>,
    /// For those who sign in with user name and password.
    pub password: Option<String>,
}

impl Person {
    /// Whether a directory role of this account may consent for everybody.
    pub fn can_consent(&self) -> bool {
        [GLOBAL, PRIVILEGED, APPLICATION].iter().any(|(id, _)| self.role_ids.iter().any(|own| own == id))
    }
}

/// Where a guest or a stranger comes from.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub tenant_id: String,
    pub mail: String,
    /// Whether the tenant was told to treat the account as a guest: delegated administrators are none.
    pub guest: bool,
}

/// `b79fbf4d-…` stands in every member's `wids`, `10dae51f-…` in a guest's.
pub(crate) const MEMBER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";
pub(crate) const GUEST: &str = "10dae51f-b6af-4016-8d66-8c2a99b929b3";

pub(crate) const GLOBAL: (&str, &str) = ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator");
pub(crate) const PRIVILEGED: (&str, &str) =
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator");
pub(crate) const APPLICATION: (&str, &str) =
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator");
pub(crate) const TEAMS: (&str, &str) = ("69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator");

/// One account to seed.
pub(crate) struct Cast {
    pub local: &'static str,
    pub name: &'static str,
    pub roles: &'static [(&'static str, &'static str)],
    pub obstacle: Obstacle,
    pub guest: bool,
    pub note: &'static str,
}

/// Everybody one can sign in as, the one for the whole guide first.
pub(crate) const CAST: [Cast; 9] = [
    Cast {
        local: "a.weber",
        name: "Anna Weber",
        roles: &[PRIVILEGED, APPLICATION],
        obstacle: Obstacle::None,
        guest: false,
        note: "can do the whole guide except the Teams policy",
    },
    Cast {
        local: "b.keller",
        name: "Bernd Keller",
        roles: &[APPLICATION],
        obstacle: Obstacle::None,
        guest: false,
        note: "can register applications, cannot grant application permissions of Microsoft Graph",
    },
    Cast {
        local: "t.sommer",
        name: "Tina Sommer",
        roles: &[TEAMS],
        obstacle: Obstacle::None,
        guest: false,
        note: "can make Teams policies, nothing else",
    },
    Cast {
        local: "g.admin",
        name: "Gesa Admin",
        roles: &[GLOBAL],
        obstacle: Obstacle::None,
        guest: false,
        note: "may do everything",
    },
    Cast {
        local: "u.ohne",
        name: "Uwe Ohnerecht",
        roles: &[],
        obstacle: Obstacle::None,
        guest: false,
        note: "a user without any directory role",
    },
    Cast {
        local: "c.gesperrt",
        name: "Carla Gesperrt",
        roles: &[PRIVILEGED, APPLICATION],
        obstacle: Obstacle::Blocked,
        guest: false,
        note: "Conditional Access blocks every sign-in (AADSTS53003)",
    },
    Cast {
        local: "d.browser",
        name: "Dora Browser",
        roles: &[PRIVILEGED, APPLICATION],
        obstacle: Obstacle::DeviceCodeBlocked,
        guest: false,
        note: "Conditional Access blocks the device code flow (AADSTS53003); signing in with the browser works",
    },
    Cast {
        local: "p.gast",
        name: "Paula Gast",
        roles: &[],
        obstacle: Obstacle::None,
        guest: true,
        note: "a guest from another organisation",
    },
    Cast {
        local: "f.fremd",
        name: "Frieda Fremd",
        roles: &[GLOBAL],
        obstacle: Obstacle::Elsewhere,
        guest: true,
        note: "an administrator of another tenant: signs in to the wrong one at /organizations, AADSTS50020 here",
    },
];
