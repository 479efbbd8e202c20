//! Counts the people who are to be served, and how many accounts that takes where each can serve a limited number
//! (Microsoft Graph: at most 650 people in one presence subscription). Reads only.

use std::collections::HashSet;

use guide::Action;
use serde::Deserialize;
use serde_json::json;

use super::choose_users::resolved;
use super::match_fields::column_of;
use crate::phrase::Phrase;
use crate::plan::{Found, Proof};
use crate::site::Site;
use crate::tick::Tick;
use crate::trouble::{Code, Trouble};

/// More people than any tenant that was heard of.
const EVERYBODY: usize = 1_000_000;

/// The service of the plans with which an account has Teams (Graph page "assignedPlan").
const TEAMS_SERVICE: &str = "TeamspaceAPI";

/// One person of the directory, as little of it as counts.
#[derive(Deserialize)]
#[serde(from = "Person")]
struct Counted {
    id: Box<str>,
    value: Option<Box<str>>,
    enabled: bool,
    teams: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Box<str>,
    display_name: Option<Box<str>>,
    user_principal_name: Option<Box<str>>,
    mail: Option<Box<str>>,
    employee_id: Option<Box<str>>,
    account_enabled: Option<bool>,
    #[serde(default)]
    assigned_plans: Vec<Plan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    service: Option<String>,
    capability_status: Option<String>,
}

impl From<Person> for Counted {
    fn from(person: Person) -> Self {
        let is_teams = |plan: &Plan| {
            plan.service.as_deref() == Some(TEAMS_SERVICE)
                && plan.capability_status.as_deref() == Some("Enabled")
        };
        // One field at most is selected beside the id.
        let value = person.display_name.or(person.user_principal_name).or(person.mail).or(person.employee_id);
        Self {
            id: person.id,
            value,
            enabled: person.account_enabled != Some(false),
            teams: person.assigned_plans.iter().any(is_teams),
        }
    }
}

/// What was counted.
struct Count {
    people: usize,
    /// How many the product's list has, and how many of them nobody is; without a list nothing.
    listed: Option<(usize, usize)>,
}

pub(super) async fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let Action::PoolUsers { carriers, csv, column, field, most } = &site.step.action else {
        return Err(Trouble::defect("pool-users"));
    };
    let open = site.open_asks();
    if !open.is_empty() {
        return Ok(Found::NeedsAnswers(open));
    }
    let Some(ids) = resolved(site, carriers) else {
        return Ok(Found::NeedsSteps(vec![carriers.clone()]));
    };
    let names = names(site, carriers);
    let list = csv.as_ref().filter(|ask| site.answer(ask).is_some());
    let count = match list {
        Some(ask) => {
            let heading = column.as_ref().and_then(|ask| site.answer_text(ask)).unwrap_or_default();
            let field =
                site.answer_text(field).ok_or_else(|| Trouble::new(Code::AnswerMissing).in_field(field))?;
            of_list(site, ask, &heading, &field).await?
        }
        None => of_everybody(site, &ids).await?,
    };
    let most = usize::try_from(*most).unwrap_or(usize::MAX).max(1);
    let needed = count.people.div_ceil(most).max(1);
    if ids.len() < needed {
        let trouble = Trouble::new(Code::PoolTooSmall)
            .with("counted", count.people)
            .with("needed", needed)
            .with("chosen", ids.len())
            .with("most", most);
        return Err(trouble.in_field(carriers.clone()));
    }
    let outputs = [("counted", count.people), ("needed", needed)];
    Ok(Found::AsWanted(Proof {
        outputs: outputs.into_iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect(),
        evidence: evidence(&count, needed, most, &names),
        found: json!({ "counted": count.people, "carriers": ids, "listed": count.listed }),
    }))
}

fn names(site: &Site<'_>, carriers: &str) -> Vec<String> {
    let history = site.history();
    let users = history.proof(carriers).map(|proof| proof.found["users"].clone()).unwrap_or_default();
    let name = |user: &serde_json::Value| user["user"].as_str().unwrap_or_default().to_owned();
    users.as_array().into_iter().flatten().map(name).collect()
}

/// Who serves how many: the people are spread evenly, as far as that goes.
fn pools(people: usize, carriers: usize) -> Vec<usize> {
    let (each, rest) = (people / carriers.max(1), people % carriers.max(1));
    (0..carriers).map(|place| each + usize::from(place < rest)).collect()
}

fn evidence(count: &Count, needed: usize, most: usize, names: &[String]) -> Vec<Phrase> {
    let mut said = vec![
        Phrase::new("seen.pool")
            .with("counted", count.people)
            .with("needed", needed)
            .with("most", most)
            .with("chosen", names.len()),
    ];
    if let Some((listed, unmatched)) = count.listed {
        said.push(Phrase::new("seen.pool-list").with("listed", listed).with("unmatched", unmatched));
    }
    let pools = pools(count.people, names.len());
    said.extend(
        names
            .iter()
            .zip(pools)
            .map(|(name, people)| Phrase::new("seen.pool-carrier").with("name", name).with("people", people)),
    );
    said
}

/// Those of the product's list who are enabled in the directory.
async fn of_list(site: &Site<'_>, ask: &str, heading: &str, field: &str) -> Result<Count, Trouble> {
    let path = site.answer_text(ask).unwrap_or_default();
    let file = std::fs::File::open(&path).map_err(|error| {
        Trouble::new(Code::FileFailed).with("why", format!("{path}: {error}")).in_field(ask)
    })?;
    let list = column_of(file, heading)
        .map_err(|why| Trouble::new(Code::FileInvalid).with("why", format!("{path}: {why}")).in_field(ask))?;
    let wanted: HashSet<String> = list.iter().map(|value| value.trim().to_lowercase()).collect();
    let selected = if field == "id" { "id".to_owned() } else { format!("id,{field}") };
    let mut found = HashSet::new();
    let mut count = 0;
    let mut see = |person: Counted| {
        let value = if field == "id" { Some(person.id) } else { person.value };
        let value = value.filter(|_| person.enabled).map(|value| value.trim().to_lowercase());
        if let Some(value) = value.filter(|value| wanted.contains(value)) {
            count += 1;
            found.insert(value);
        }
    };
    everybody(site, &format!("{selected},accountEnabled"), &mut see).await?;
    Ok(Count { people: count, listed: Some((wanted.len(), wanted.len() - found.len())) })
}

/// Everybody who is enabled and has Teams, without the accounts that serve them.
async fn of_everybody(site: &Site<'_>, carriers: &[String]) -> Result<Count, Trouble> {
    let mut people = 0;
    let mut see = |person: Counted| {
        let serves = carriers.iter().any(|id| **id == *person.id);
        people += usize::from(person.enabled && person.teams && !serves);
    };
    everybody(site, "id,accountEnabled,assignedPlans", &mut see).await?;
    Ok(Count { people, listed: None })
}

/// Shows everybody of the directory, one page after the other; none is kept.
async fn everybody(
    site: &Site<'_>,
    selected: &str,
    see: &mut (dyn FnMut(Counted) + Send),
) -> Result<(), Trouble> {
    let ticks = site.ticks;
    let mut seen = 0;
    let mut take = |page: Vec<Counted>| {
        seen += page.len();
        page.into_iter().for_each(&mut *see);
        ticks.tick(Tick::Users { count: seen });
        true
    };
    let path = format!("/users?$select={selected}&$top=999");
    site.seat()?.graph.each_page(&path, false, EVERYBODY, &mut take).await?;
    match seen {
        EVERYBODY => Err(Trouble::new(Code::UnexpectedAnswer).with("path", "/users")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn people_are_spread_evenly() {
        assert_eq!(pools(1301, 3), [434, 434, 433]);
        assert_eq!(pools(0, 2), [0, 0]);
        assert_eq!(pools(5, 0), [0; 0]);
    }

    #[test]
    fn only_who_is_enabled_and_has_teams_in_force_counts() {
        let read = |text: &str| serde_json::from_str::<Counted>(text).unwrap();
        let with = |service: &str, status: &str| {
            read(&format!(
                r#"{{"id":"1","accountEnabled":true,"assignedPlans":[{{"service":"{service}","capabilityStatus":"{status}","servicePlanId":"x"}}]}}"#
            ))
        };
        assert!(with("TeamspaceAPI", "Enabled").teams);
        assert!(!with("TeamspaceAPI", "Deleted").teams);
        assert!(!with("exchange", "Enabled").teams);
        assert!(!read(r#"{"id":"1","accountEnabled":false}"#).enabled);
        assert_eq!(read(r#"{"id":"1","displayName":"Anna"}"#).value.as_deref(), Some("Anna"));
    }
}
