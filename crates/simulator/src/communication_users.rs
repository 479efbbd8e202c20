//! The accounts that a telephone system signs in as with user name and password, and what stands in their way.
//!
//! They are ordinary people of the directory with a password that is made for the run and opens nothing else.

use serde::Serialize;
use serde_json::{Value, json};

use crate::accounts::{Account, GLOBAL, Obstacle, PRIVILEGED, Person, TEAMS};
use crate::directory::conditional_access;
use crate::random::Random;
use crate::world::World;

/// Such an account as it is announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommunicationUser {
    /// User principal name.
    pub upn: String,
    /// Display name.
    pub name: String,
    /// Its password. Worth nothing outside this run.
    pub password: String,
    /// Whether user name and password suffice to sign in.
    pub signs_in: bool,
    /// What this account is good for.
    pub note: String,
}

struct Cast {
    local: &'static str,
    name: &'static str,
    role: Option<(&'static str, &'static str)>,
    signs_in: bool,
    enabled: bool,
    teams: bool,
    /// The password never ends (`DisablePasswordExpiration`).
    lasting: bool,
    expired: bool,
    /// A second factor is registered.
    second_factor: bool,
    note: &'static str,
}

const GOOD: Cast = Cast {
    local: "k.telefon1",
    name: "Kommunikation Telefon 1",
    role: None,
    signs_in: true,
    enabled: true,
    teams: true,
    lasting: true,
    expired: false,
    second_factor: false,
    note: "good: Teams licence, no second factor, password without end",
};

const MULTI_FACTOR: &str = "k.mfa";
const ENROLMENT: &str = "k.neu";
const BLOCKED: &str = "k.block";

const CAST: [Cast; 9] = [
    GOOD,
    Cast { local: "k.telefon2", name: "Kommunikation Telefon 2", ..GOOD },
    Cast {
        local: MULTI_FACTOR,
        name: "Kommunikation Zweitfaktor",
        signs_in: false,
        second_factor: true,
        note: "Conditional Access asks for a second factor: AADSTS50076",
        ..GOOD
    },
    Cast {
        local: ENROLMENT,
        name: "Kommunikation Neu",
        signs_in: false,
        note: "Conditional Access asks for a second factor that is not registered: AADSTS50079",
        ..GOOD
    },
    Cast {
        local: BLOCKED,
        name: "Kommunikation Gesperrt",
        signs_in: false,
        note: "Conditional Access blocks every sign-in: AADSTS53003",
        ..GOOD
    },
    Cast {
        local: "k.deaktiviert",
        name: "Kommunikation Deaktiviert",
        signs_in: false,
        enabled: false,
        note: "the account is disabled: AADSTS50057",
        ..GOOD
    },
    Cast {
        local: "k.abgelaufen",
        name: "Kommunikation Abgelaufen",
        signs_in: false,
        lasting: false,
        expired: true,
        note: "the password has expired: AADSTS50055",
        ..GOOD
    },
    Cast {
        local: "k.rolle",
        name: "Kommunikation Rolle",
        role: Some(TEAMS),
        signs_in: false,
        second_factor: true,
        lasting: false,
        note: "holds a directory role, of which Conditional Access asks a second factor: AADSTS50076",
        ..GOOD
    },
    Cast {
        local: "k.ohne",
        name: "Kommunikation Ohne Teams",
        teams: false,
        note: "signs in, but has no Teams licence",
        ..GOOD
    },
];

/// Puts them into the directory, and Conditional Access before them.
pub(crate) fn settle(world: &mut World, seed: u64, people: &mut Vec<Person>) -> Vec<CommunicationUser> {
    let mut random = Random::new(seed ^ 0x0063_6172_7269_6572);
    let domain = world.tenant.domain.clone();
    let mut announced = Vec::new();
    for cast in &CAST {
        let id = random.guid();
        let upn = format!("{}@{domain}", cast.local);
        let password = format!(
            "{}!{}",
            random.letters(b"ABCDEFGHJKLMNPQRSTUVWXYZ", 4),
            random.letters(b"abcdefghjkmnpqrstuvwxyz23456789", 14,)
        );
        let policies = if cast.lasting { json!("DisablePasswordExpiration") } else { Value::Null };
        let further = json!({"accountEnabled": cast.enabled, "passwordPolicies": policies,
            "jobTitle": "Technisches Konto", "passwordExpired": cast.expired, "secondFactor": cast.second_factor});
        let roles: Vec<(&str, &str)> = cast.role.into_iter().collect();
        world.people.append(&id, &upn, cast.name, cast.teams, &further, &roles);
        announced.push(CommunicationUser {
            upn: upn.clone(),
            name: cast.name.to_owned(),
            password: password.clone(),
            signs_in: cast.signs_in,
            note: cast.note.to_owned(),
        });
        people.push(Person {
            account: Account {
                upn,
                name: cast.name.to_owned(),
                roles: roles.iter().map(|(_, name)| (*name).to_owned()).collect(),
                note: cast.note.to_owned(),
            },
            local: cast.local,
            object_id: id,
            role_ids: roles.iter().map(|(id, _)| (*id).to_owned()).collect(),
            obstacle: if cast.local == BLOCKED { Obstacle::Blocked } else { Obstacle::None },
            home: None,
            password: Some(password),
        });
    }
    guard(world, &mut random, people);
    announced
}

fn guard(world: &mut World, random: &mut Random, people: &[Person]) {
    let id = |local: &str| {
        let found = people.iter().find(|person| person.local == local);
        found.map(|person| person.object_id.clone()).unwrap_or_default()
    };
    let whom = conditional_access::Whom {
        multi_factor: id(MULTI_FACTOR),
        enrolment: id(ENROLMENT),
        blocked: vec![id(BLOCKED), id("c.gesperrt")],
        browser_only: id("d.browser"),
        roles: [GLOBAL, PRIVILEGED, TEAMS].map(|(id, _)| id.to_owned()).to_vec(),
    };
    conditional_access::furnish(world, random, &whom);
}
