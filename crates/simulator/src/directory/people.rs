//! The people of the tenant: made up from a seed and a number, so that a hundred thousand cost little.
//!
//! A person's id contains the number, hidden but findable. Accounts to sign in as take the last seats' place.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::names::{DEPARTMENTS, GIVEN, SURNAMES, TITLES, address};
use crate::random::Random;

/// Teams as it is in a licence: service plan `TEAMS1`.
pub(crate) const TEAMS_PLAN: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";
/// Office 365 A3 for faculty.
pub(crate) const SKU: &str = "e578b273-6db4-4691-bba0-8d691f4da603";
pub(crate) const EXCHANGE_PLAN: &str = "efb87545-963c-4e0d-99df-69c6916d9eb0";

/// What a user shows without `$select` (page "List users").
const USUAL: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// What `User.ReadBasic.All` shows of somebody else.
pub(crate) const BASIC: [&str; 7] =
    ["displayName", "givenName", "id", "mail", "surname", "userPrincipalName", "photo"];

#[derive(Clone)]
struct Seat {
    given: u8,
    surname: u8,
    /// Sets namesakes apart; 0 for the first.
    number: u32,
}

/// Everybody.
#[derive(Clone)]
pub(crate) struct People {
    seed: u64,
    domain: String,
    base: Arc<Vec<Seat>>,
    places: Arc<HashMap<String, usize>>,
    cast: Vec<Value>,
    /// Those who come last.
    technical: Vec<Value>,
    roles: HashMap<String, Vec<(String, String)>>,
}

impl People {
    pub fn seeded(seed: u64, count: usize, domain: &str) -> People {
        let mut random = Random::new(seed ^ 0x0070_656f_706c_6521);
        let mut namesakes: HashMap<(u8, u8), u32> = HashMap::new();
        let mut people = People {
            seed,
            domain: domain.to_owned(),
            base: Arc::default(),
            places: Arc::default(),
            cast: Vec::new(),
            technical: Vec::new(),
            roles: HashMap::new(),
        };
        let mut base = Vec::with_capacity(count);
        for _ in 0..count {
            let word = random.next();
            let (given, surname) =
                ((word % GIVEN.len() as u64) as u8, ((word >> 32) % SURNAMES.len() as u64) as u8);
            let known = namesakes.entry((given, surname)).or_default();
            base.push(Seat { given, surname, number: *known });
            *known += 1;
        }
        people.base = Arc::new(base);
        people.places = Arc::new(
            (0..count).map(|index| (people.base_principal_name(index).to_lowercase(), index)).collect(),
        );
        people
    }

    pub fn len(&self) -> usize {
        self.cast.len() + self.base_len() + self.technical.len()
    }

    /// Seats that the accounts have not taken.
    fn base_len(&self) -> usize {
        self.base.len().saturating_sub(self.cast.len() + self.technical.len())
    }

    /// Adds an account, with its roles, or changes one of the same name.
    pub fn settle(
        &mut self,
        id: &str,
        upn: &str,
        name: &str,
        home_mail: Option<&str>,
        roles: &[(&str, &str)],
    ) {
        let (given, surname) = name.split_once(' ').unwrap_or((name, ""));
        let mail = home_mail.map_or_else(|| upn.to_owned(), str::to_owned);
        let mut person = json!({
            "id": id, "displayName": name, "givenName": given, "surname": surname, "userPrincipalName": upn,
            "mail": mail, "mailNickname": upn.split('@').next().unwrap_or(upn).replace('#', ""),
            "accountEnabled": true, "userType": if home_mail.is_some() { "Guest" } else { "Member" },
            "employeeId": format!("A{:05}", self.cast.len() + 1), "preferredLanguage": "de-DE",
            "jobTitle": "Administration", "businessPhones": [], "department": DEPARTMENTS[0],
            "createdDateTime": "2023-02-01T08:00:00Z", "usageLocation": "DE",
        });
        let licensed = home_mail.is_none();
        person["assignedLicenses"] = licences(licensed);
        person["assignedPlans"] = plans(licensed, licensed);
        self.cast.push(person);
        let roles = roles.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect();
        self.roles.insert(id.to_lowercase(), roles);
    }

    /// Adds a technical account behind everybody else, so that the order of the others stays.
    pub fn append(
        &mut self,
        id: &str,
        upn: &str,
        name: &str,
        teams: bool,
        further: &Value,
        roles: &[(&str, &str)],
    ) {
        let mut person = json!({
            "id": id, "displayName": name, "givenName": null, "surname": null, "userPrincipalName": upn, "mail": upn,
            "mailNickname": upn.split('@').next(), "userType": "Member", "preferredLanguage": "de-DE",
            "businessPhones": [], "createdDateTime": "2023-02-01T08:00:00Z", "usageLocation": "DE",
            "assignedLicenses": licences(true), "assignedPlans": plans(true, teams),
        });
        super::documents::lay_over(&mut person, further);
        self.technical.push(person);
        let roles = roles.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect();
        self.roles.insert(id.to_lowercase(), roles);
    }

    /// Active directory roles: template id and name.
    pub fn roles_of(&self, id: &str) -> &[(String, String)] {
        self.roles.get(&id.to_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everybody who has an active role, with it.
    pub fn role_holders(&self) -> impl Iterator<Item = (&String, &(String, String))> {
        let mut all: Vec<_> =
            self.roles.iter().flat_map(|(id, roles)| roles.iter().map(move |role| (id, role))).collect();
        all.sort();
        all.into_iter()
    }

    /// The seat of an id or user principal name.
    pub fn find(&self, key: &str) -> Option<usize> {
        let named = |person: &Value| {
            ["id", "userPrincipalName"]
                .iter()
                .any(|name| person[*name].as_str().is_some_and(|own| own.eq_ignore_ascii_case(key)))
        };
        if let Some(seat) = self.cast.iter().position(named) {
            return Some(seat);
        }
        if let Some(seat) = self.technical.iter().position(named) {
            return Some(self.cast.len() + self.base_len() + seat);
        }
        let index = match uuid::Uuid::try_parse(key) {
            Ok(id) => {
                let bits = id.as_u128();
                let index = ((bits >> 96) as u32 ^ bits as u32) as usize;
                (index < self.base.len() && self.base_id(index).eq_ignore_ascii_case(key)).then_some(index)
            }
            Err(_) => self.places.get(&key.to_lowercase()).copied(),
        };
        index.filter(|index| *index < self.base_len()).map(|index| index + self.cast.len())
    }

    pub fn is_disabled(&self, id: &str) -> bool {
        self.find(id).is_some_and(|seat| self.field(seat, "accountEnabled") == false)
    }

    /// Whether a licence with Teams is assigned.
    pub fn has_teams(&self, seat: usize) -> bool {
        let plans = self.field(seat, "assignedPlans");
        crate::world::list(&plans)
            .any(|plan| plan["servicePlanId"] == TEAMS_PLAN && plan["capabilityStatus"] == "Enabled")
    }

    pub fn has_licence(&self, seat: usize) -> bool {
        crate::world::list(&self.field(seat, "assignedLicenses")).next().is_some()
    }

    /// One field of each enabled member, in order; empty ones are left out.
    pub fn values_of_members(&self, name: &str) -> impl Iterator<Item = String> {
        let counts = |seat: &usize| {
            self.field(*seat, "accountEnabled") != false && self.field(*seat, "userType") == "Member"
        };
        let value = |seat: usize| self.field(seat, name).as_str().map(str::to_owned);
        (0..self.len()).filter(counts).filter_map(value)
    }

    /// What a user shows when nothing is selected.
    pub fn usual(&self, seat: usize) -> Value {
        let mut shown = serde_json::Map::new();
        for name in USUAL {
            let found = self.field(seat, name);
            shown.insert(
                name.to_owned(),
                if name == "businessPhones" && found.is_null() { json!([]) } else { found },
            );
        }
        Value::Object(shown)
    }

    /// One property; null when the person has none.
    pub fn field(&self, seat: usize, name: &str) -> Value {
        if name == "@odata.type" {
            return Value::Null;
        }
        match (self.cast.get(seat), seat.checked_sub(self.cast.len())) {
            (Some(person), _) => person[name].clone(),
            (None, Some(index)) if index < self.base_len() => self.made_up(index, name),
            (None, Some(index)) => {
                self.technical.get(index - self.base_len()).map_or(Value::Null, |person| person[name].clone())
            }
            _ => Value::Null,
        }
    }

    fn base_id(&self, index: usize) -> String {
        let mut random = Random::new(self.seed ^ 0x6964 ^ ((index as u64) << 20));
        let (high, low) = (random.next(), random.next());
        let bits = u128::from(high) << 64 | u128::from(low);
        let hidden = (bits >> 96) as u32 ^ index as u32;
        let bits = (bits & !u128::from(u32::MAX)) | u128::from(hidden);
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
    }

    fn is_guest(&self, index: usize) -> bool {
        index % 53 == 13
    }

    fn local_part(&self, index: usize) -> String {
        let Some(seat) = self.base.get(index) else { return String::new() };
        let number = if seat.number == 0 { String::new() } else { (seat.number + 1).to_string() };
        format!(
            "{}.{}{number}",
            address(GIVEN[usize::from(seat.given)]),
            address(SURNAMES[usize::from(seat.surname)])
        )
    }

    fn base_principal_name(&self, index: usize) -> String {
        let local = self.local_part(index);
        if self.is_guest(index) {
            format!("{local}_partner.example#EXT#@{}", self.domain)
        } else {
            format!("{local}@{}", self.domain)
        }
    }

    /// The oddities are by number, so that each seed has all of them.
    fn made_up(&self, index: usize, name: &str) -> Value {
        let Some(seat) = self.base.get(index) else { return Value::Null };
        let (given, surname) = (GIVEN[usize::from(seat.given)], SURNAMES[usize::from(seat.surname)]);
        let guest = self.is_guest(index);
        match name {
            "id" => json!(self.base_id(index)),
            "displayName" => json!(format!("{given} {surname}")),
            "givenName" => json!(given),
            "surname" => json!(surname),
            "userPrincipalName" => json!(self.base_principal_name(index)),
            "mailNickname" | "onPremisesSamAccountName" if !guest => json!(self.local_part(index)),
            "mail" if index % 37 == 5 => Value::Null,
            "mail" if guest => json!(format!("{}@partner.example", self.local_part(index))),
            "mail" => json!(format!("{}@{}", self.local_part(index), self.domain)),
            "proxyAddresses" if index % 37 != 5 && !guest => {
                json!([format!("SMTP:{}@{}", self.local_part(index), self.domain)])
            }
            "accountEnabled" => json!(index % 29 != 11),
            "passwordPolicies" if index % 7 == 2 => json!("DisablePasswordExpiration"),
            "employeeId" if guest || index % 61 == 3 => Value::Null,
            "employeeId" => {
                json!(format!("{:06}", 100_000 + if index % 41 == 7 { index - 1 } else { index }))
            }
            "userType" => json!(if guest { "Guest" } else { "Member" }),
            "jobTitle" => json!(TITLES[index % TITLES.len()]),
            "department" => json!(DEPARTMENTS[index % DEPARTMENTS.len()]),
            "companyName" => json!("Contoso Hochschule"),
            "officeLocation" => json!(format!("Gebäude {}, Raum {}", index % 9 + 1, 100 + index % 250)),
            "preferredLanguage" => json!(if index.is_multiple_of(4) { "en-GB" } else { "de-DE" }),
            "businessPhones" if !guest => json!([format!("+49 30 5550-{:04}", index % 10_000)]),
            "businessPhones" => json!([]),
            "usageLocation" | "country" => json!("DE"),
            "city" => json!("Berlin"),
            "createdDateTime" => json!(format!("2024-{:02}-{:02}T07:30:00Z", index % 12 + 1, index % 28 + 1)),
            "assignedLicenses" => licences(!guest),
            "assignedPlans" => plans(!guest, index % 97 != 17),
            "onPremisesExtensionAttributes" => extension_attributes(index),
            _ => Value::Null,
        }
    }
}

fn extension_attributes(index: usize) -> Value {
    let mut all = serde_json::Map::new();
    for number in 1..=15 {
        let value = if number == 1 && !index.is_multiple_of(5) {
            json!(format!("TC{:05}", index))
        } else {
            Value::Null
        };
        all.insert(format!("extensionAttribute{number}"), value);
    }
    Value::Object(all)
}

fn licences(licensed: bool) -> Value {
    if licensed { json!([{"disabledPlans": [], "skuId": SKU}]) } else { json!([]) }
}

fn plans(licensed: bool, teams: bool) -> Value {
    let plan = |service: &str, id: &str| {
        json!({"assignedDateTime": "2024-01-15T09:00:00Z", "capabilityStatus": "Enabled", "service": service,
            "servicePlanId": id})
    };
    match (licensed, teams) {
        (true, true) => json!([plan("exchange", EXCHANGE_PLAN), plan("TeamspaceAPI", TEAMS_PLAN)]),
        (true, false) => json!([plan("exchange", EXCHANGE_PLAN)]),
        _ => json!([]),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn people(count: usize) -> People {
        People::seeded(1, count, "contoso.example")
    }

    #[test]
    fn everybody_is_found_by_id_and_by_name() {
        let people = people(500);
        for seat in 0..500 {
            let id = people.field(seat, "id");
            assert_eq!(people.find(id.as_str().unwrap()), Some(seat));
            let upn = people.field(seat, "userPrincipalName");
            assert_eq!(people.find(&upn.as_str().unwrap().to_uppercase()), Some(seat));
        }
        assert_eq!(people.find("nobody@contoso.example"), None);
        assert_eq!(people.find("00000000-0000-0000-0000-000000000000"), None);
    }

    #[test]
    fn accounts_take_seats_and_keep_the_number() {
        let mut people = people(20);
        people.settle(
            "11111111-0000-4000-8000-000000000000",
            "anna@contoso.example",
            "Anna A",
            None,
            &[("t", "Role")],
        );
        assert_eq!(people.len(), 20);
        assert_eq!(people.find("anna@contoso.example"), Some(0));
        assert_eq!(people.roles_of("11111111-0000-4000-8000-000000000000").len(), 1);
        assert!(people.has_teams(0));
        let last = people.base_principal_name(19);
        assert_eq!(people.find(&last), None);
    }

    #[test]
    fn technical_accounts_come_last_and_are_found() {
        let mut people = people(20);
        people.append(
            "11111111-0000-4000-8000-000000000001",
            "t@contoso.example",
            "T",
            false,
            &json!({"accountEnabled": false}),
            &[],
        );
        assert_eq!(people.len(), 20);
        assert_eq!(people.find("T@contoso.example"), Some(19));
        assert_eq!(people.find("11111111-0000-4000-8000-000000000001"), Some(19));
        assert!(people.has_licence(19) && !people.has_teams(19) && people.is_disabled("t@contoso.example"));
        assert_eq!(people.find(&people.base_principal_name(19)), None);
        assert_eq!(people.find(&people.base_principal_name(18)), Some(18));
    }

    #[test]
    fn the_oddities_are_there() {
        let people = people(200);
        let count =
            |name: &str, wanted: Value| (0..200).filter(|seat| people.field(*seat, name) == wanted).count();
        assert!(count("mail", Value::Null) >= 2);
        assert!(count("accountEnabled", json!(false)) >= 2);
        assert!(count("userType", json!("Guest")) >= 2);
        assert!((0..200).any(|seat| people.has_licence(seat) && !people.has_teams(seat)));
        let mut ids: Vec<String> = (0..200)
            .filter_map(|seat| people.field(seat, "employeeId").as_str().map(str::to_owned))
            .collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert!(ids.len() < all);
        assert!((0..200).any(|seat| people.field(seat, "displayName").as_str().unwrap().contains('\'')));
    }

    #[test]
    fn a_hundred_thousand_are_no_matter() {
        let people = people(100_000);
        assert_eq!(people.len(), 100_000);
        let upn = people.field(99_999, "userPrincipalName");
        assert_eq!(people.find(upn.as_str().unwrap()), Some(99_999));
    }
}
