//! Shows over real users whether the chosen directory field is filled and unique, who of the product's own list would
//! not match, and whether the application's own token may read the field. Reads only.

use std::collections::{BTreeMap, BTreeSet};

use cloud::Graph;
use cloud::model::{Page, User};
use guide::{Action, MatchPair};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::choose_users::resolved;
use super::confirm_grants::{forget_own_way, own_way};
use crate::phrase::Phrase;
use crate::plan::{Found, Proof};
use crate::site::Site;
use crate::tick::Tick;
use crate::trouble::{Code, Trouble};

/// Without a list of the product so many users, in one page, are enough to judge a field by.
const SAMPLE: usize = 250;
/// With a list everybody is compared.
const EVERYBODY: usize = 500_000;

/// How a directory field stands for a set of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchLine {
    /// The directory field.
    pub field: String,
    /// How many users were read.
    pub users: usize,
    /// For how many it is empty.
    pub empty: usize,
    /// Values that stand for more than one user, at most 20.
    pub doubled: Vec<String>,
    /// Values of the product's list that no user has, at most 100.
    pub unmatched: Vec<String>,
    /// How many values the product's list has.
    pub listed: usize,
}

pub(super) async fn check(
    site: &Site<'_>,
    pairs: &[MatchPair],
    application: Option<&str>,
    secret: Option<&str>,
) -> Result<Found, Trouble> {
    let missing: Vec<String> = pairs
        .iter()
        .flat_map(|pair| [&pair.local, &pair.remote])
        .filter(|ask| site.answer_text(ask).is_none_or(|text| text.trim().is_empty()))
        .cloned()
        .collect();
    if !missing.is_empty() {
        return Ok(Found::NeedsAnswers(missing));
    }
    let answers: Value = pairs
        .iter()
        .map(|pair| {
            json!([
                site.answer(&pair.local),
                site.answer(&pair.remote),
                pair.csv.as_ref().and_then(|csv| site.answer(csv))
            ])
        })
        .collect();
    let chosen: Vec<Option<Vec<String>>> =
        pairs.iter().map(|pair| pair.users.as_ref().and_then(|step| resolved(site, step))).collect();
    let asked = json!({ "answers": answers, "users": chosen });
    if let Some(proof) = site.history().proof(&site.step.id)
        && proof.found["asked"] == asked
    {
        return Ok(Found::AsWanted(proof.clone()));
    }
    let own = match (application, secret.filter(|step| !site.is_left_out(step))) {
        (Some(application), Some(secret)) => Some((application, secret)),
        _ => None,
    };
    let seen = match own {
        Some((application, secret)) if !has_list(site, pairs) => {
            seen_by_application(site, pairs, &chosen, application, secret).await?
        }
        _ => None,
    };
    let is_by_application = seen.is_some();
    let Seen { tallies, people, .. } = match seen {
        Some(seen) => seen,
        None => everybody(site, pairs, &chosen).await?,
    };
    let mut lines = Vec::new();
    let mut evidence = Vec::new();
    for ((pair, chosen), mut tally) in pairs.iter().zip(&chosen).zip(tallies) {
        if let Some(ids) = chosen {
            of_ids(site, &people, ids, &tally.field).await?.iter().for_each(|user| tally.add(user));
        }
        let line = tally.line(&list(site, pair)?);
        if chosen.is_some() {
            judge(&line, &pair.remote)?;
        }
        evidence.push(said(&line));
        lines.push(line);
    }
    if let Some((application, secret)) = own {
        evidence.push(match is_by_application {
            true => reads(&fields(site, pairs)),
            false => read_as_application(site, pairs, &chosen, application, secret).await?,
        });
    }
    Ok(Found::AsWanted(Proof {
        evidence,
        found: json!({ "asked": asked, "lines": lines }),
        ..Proof::default()
    }))
}

fn said(line: &MatchLine) -> Phrase {
    let phrase = match line.listed {
        0 => Phrase::new("seen.field"),
        _ => {
            Phrase::new("seen.field-list").with("listed", line.listed).with("unmatched", line.unmatched.len())
        }
    };
    phrase
        .with("field", &line.field)
        .with("users", line.users)
        .with("empty", line.empty)
        .with("doubled", line.doubled.len())
}

/// The chosen people must be told apart by the field; for all others the figures are shown.
fn judge(line: &MatchLine, ask: &str) -> Result<(), Trouble> {
    let code = match (line.empty, line.doubled.len()) {
        (0, 0) => return Ok(()),
        (0, _) => Code::FieldNotUnique,
        _ => Code::FieldEmpty,
    };
    let trouble =
        Trouble::new(code).with("name", &line.field).with("count", line.empty.max(line.doubled.len()));
    Err(trouble.in_field(ask))
}

/// What is kept of the users as they come by: the figures of each pair that is about everybody, and the chosen people.
/// A directory of 100,000 is never held whole.
struct Seen<'a> {
    tallies: Vec<Tally>,
    chosen: &'a [Option<Vec<String>>],
    people: BTreeMap<String, User>,
    count: usize,
}

impl<'a> Seen<'a> {
    fn of(site: &Site<'_>, pairs: &[MatchPair], chosen: &'a [Option<Vec<String>>]) -> Self {
        let tally = |pair: &MatchPair| Tally::of(site.answer_text(&pair.remote).unwrap_or_default());
        Self { tallies: pairs.iter().map(tally).collect(), chosen, people: BTreeMap::new(), count: 0 }
    }

    fn ids(&self) -> BTreeSet<&'a String> {
        self.chosen.iter().flatten().flatten().collect()
    }

    fn take(&mut self, users: Vec<User>) {
        let ids = self.ids();
        self.count += users.len();
        for user in users {
            let about_everybody =
                self.tallies.iter_mut().zip(self.chosen).filter(|(_, chosen)| chosen.is_none());
            about_everybody.for_each(|(tally, _)| tally.add(&user));
            if ids.contains(&user.id) {
                self.people.insert(user.id.clone(), user);
            }
        }
    }
}

/// The same users as `everybody`, read by the application itself, in one request. It counts only where it shows every field
/// of each chosen person: a permission that does not cover a field shows it empty.
async fn seen_by_application<'a>(
    site: &Site<'_>,
    pairs: &[MatchPair],
    chosen: &'a [Option<Vec<String>>],
    application: &str,
    secret: &str,
) -> Result<Option<Seen<'a>>, Trouble> {
    let mut seen = Seen::of(site, pairs, chosen);
    let people = seen.ids();
    let Some(graph) = (match people.is_empty() {
        true => None,
        false => application_graph(site, application, secret).await?,
    }) else {
        return Ok(None);
    };
    let fields = fields(site, pairs);
    let select = select(&fields);
    let one = |id: &&String| cloud::Call::get(format!("/users/{id}?$select={select}"));
    let mut calls = vec![cloud::Call::get(format!("/users?$select={select}&$top={SAMPLE}"))];
    calls.extend(people.iter().map(one));
    let answers = graph.batch(calls).await;
    if answers.is_err() {
        forget_own_way(site).await?;
    }
    let mut answers = answers?.into_iter();
    let Some(Ok(page)) = answers.next() else { return Ok(None) };
    let page: Page<User> = page.read()?;
    seen.take(page.value);
    for answer in answers {
        let Ok(answer) = answer else { return Ok(None) };
        let person: User = answer.read()?;
        if fields.iter().any(|field| value(&person, field).is_none()) {
            return Ok(None);
        }
        seen.people.insert(person.id.clone(), person);
    }
    site.ticks.tick(Tick::Users { count: seen.count });
    Ok(Some(seen))
}

/// The directory fields that are compared.
fn fields(site: &Site<'_>, pairs: &[MatchPair]) -> Vec<String> {
    let fields: BTreeSet<String> = pairs.iter().filter_map(|pair| site.answer_text(&pair.remote)).collect();
    fields.into_iter().collect()
}

fn select(fields: &[String]) -> String {
    let others = fields.iter().map(String::as_str).filter(|field| *field != "id");
    std::iter::once("id").chain(others).collect::<Vec<_>>().join(",")
}

fn has_list(site: &Site<'_>, pairs: &[MatchPair]) -> bool {
    pairs.iter().any(|pair| pair.csv.as_ref().is_some_and(|csv| site.answer(csv).is_some()))
}

async fn everybody<'a>(
    site: &Site<'_>,
    pairs: &[MatchPair],
    chosen: &'a [Option<Vec<String>>],
) -> Result<Seen<'a>, Trouble> {
    let mut seen = Seen::of(site, pairs, chosen);
    let (cap, page) = if has_list(site, pairs) { (EVERYBODY, 999) } else { (SAMPLE, SAMPLE) };
    let path = format!("/users?$select={}&$top={page}", select(&fields(site, pairs)));
    let ticks = site.ticks;
    let mut take = |users| {
        seen.take(users);
        ticks.tick(Tick::Users { count: seen.count });
        true
    };
    site.seat()?.graph.each_page::<User>(&path, false, cap, &mut take).await?;
    Ok(seen)
}

async fn of_ids(
    site: &Site<'_>,
    people: &BTreeMap<String, User>,
    ids: &[String],
    field: &str,
) -> Result<Vec<User>, Trouble> {
    let mut found: Vec<User> = ids.iter().filter_map(|id| people.get(id).cloned()).collect();
    let missing: Vec<&String> = ids.iter().filter(|id| !people.contains_key(*id)).collect();
    if !missing.is_empty() {
        let calls = missing
            .iter()
            .map(|id| cloud::Call::get(format!("/users/{id}?$select=id,displayName,{field}")))
            .collect();
        for answer in site.seat()?.graph.batch(calls).await? {
            found.push(answer?.read()?);
        }
    }
    Ok(found)
}

/// The value of a directory field.
fn value<'a>(user: &'a User, field: &str) -> Option<&'a str> {
    let value = match field {
        "id" => Some(user.id.as_str()),
        "mail" => user.mail.as_deref(),
        "userPrincipalName" => user.user_principal_name.as_deref(),
        "employeeId" => user.employee_id.as_deref(),
        "displayName" => user.display_name.as_deref(),
        _ => None,
    };
    value.filter(|value| !value.trim().is_empty())
}

/// How often each value of a field was seen, without regard to case.
struct Tally {
    field: String,
    users: usize,
    empty: usize,
    counts: BTreeMap<Box<str>, u32>,
}

impl Tally {
    fn of(field: String) -> Self {
        Self { field, users: 0, empty: 0, counts: BTreeMap::new() }
    }

    fn add(&mut self, user: &User) {
        self.users += 1;
        match value(user, &self.field) {
            Some(value) => *self.counts.entry(value.to_lowercase().into()).or_default() += 1,
            None => self.empty += 1,
        }
    }

    fn line(self, list: &[String]) -> MatchLine {
        let is_unmatched = |value: &&String| !self.counts.contains_key(value.trim().to_lowercase().as_str());
        let unmatched = list.iter().filter(is_unmatched).take(100).cloned().collect();
        let doubled = self.counts.iter().filter(|(_, count)| **count > 1);
        MatchLine {
            users: self.users,
            empty: self.empty,
            doubled: doubled.take(20).map(|(value, _)| value.to_string()).collect(),
            unmatched,
            listed: list.len(),
            field: self.field,
        }
    }
}

/// The values of the product's own list. The journal keeps the file's path only: the list itself is about people.
fn list(site: &Site<'_>, pair: &MatchPair) -> Result<Vec<String>, Trouble> {
    let Some((ask, path)) = pair.csv.as_ref().and_then(|ask| Some((ask, site.answer_text(ask)?))) else {
        return Ok(Vec::new());
    };
    let file = std::fs::File::open(&path).map_err(|error| {
        Trouble::new(Code::FileFailed).with("why", format!("{path}: {error}")).in_field(ask)
    })?;
    let column = site.answer_text(&pair.local).unwrap_or_default();
    column_of(file, &column)
        .map_err(|why| Trouble::new(Code::FileInvalid).with("why", format!("{path}: {why}")).in_field(ask))
}

/// The column of that name, or the first one where no heading fits (then the heading row is a value as well).
pub(super) fn column_of(file: impl std::io::Read, column: &str) -> Result<Vec<String>, csv::Error> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(file);
    let mut place = None;
    let mut values = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record?;
        if index == 0 {
            place = record
                .iter()
                .position(|heading| heading.trim_start_matches('\u{feff}').eq_ignore_ascii_case(column));
            if place.is_some() {
                continue;
            }
        }
        if let Some(value) = record.get(place.unwrap_or(0)).filter(|value| !value.is_empty()) {
            values.push(value.trim_start_matches('\u{feff}').to_owned());
        }
    }
    Ok(values)
}

/// Whether the application itself may read the field: it has only what was granted, not what the admin has.
async fn read_as_application(
    site: &Site<'_>,
    pairs: &[MatchPair],
    chosen: &[Option<Vec<String>>],
    application: &str,
    secret: &str,
) -> Result<Phrase, Trouble> {
    let user = chosen.iter().flatten().flatten().next().cloned();
    let not_tried = || Phrase::new("seen.application-not-tried");
    let Some(user) = user else { return Ok(not_tried()) };
    let Some(graph) = application_graph(site, application, secret).await? else { return Ok(not_tried()) };
    let fields = fields(site, pairs);
    match graph.get(&format!("/users/{user}?$select={}", fields.join(","))).await {
        Ok(_) => Ok(reads(&fields)),
        Err(error) if error.kind == cloud::GraphFault::Forbidden => {
            Ok(Phrase::new("seen.application-cannot-read").with("fields", fields.join(", ")))
        }
        Err(error) => {
            forget_own_way(site).await?;
            Err(error.into())
        }
    }
}

fn reads(fields: &[String]) -> Phrase {
    Phrase::new("seen.application-reads").with("fields", fields.join(", "))
}

/// The application's own way to Graph; none where it has no credential yet.
async fn application_graph(
    site: &Site<'_>,
    application: &str,
    secret: &str,
) -> Result<Option<Graph>, Trouble> {
    let (Some(client), Some(key)) = (site.output(application, "application-id"), site.key_of_step(secret))
    else {
        return Ok(None);
    };
    let directory = site.needed(application, "directory-id")?;
    Ok(Some(own_way(site, &directory, &client, &key).await?))
}

/// The figures of the last comparison of a connection.
pub(crate) fn match_table(guide: &guide::Guide, history: &crate::history::History) -> Vec<MatchLine> {
    guide
        .steps
        .iter()
        .filter(|step| matches!(step.action, Action::MatchFields { .. }))
        .filter_map(|step| history.proof(&step.id))
        .filter_map(|proof| serde_json::from_value::<Vec<MatchLine>>(proof.found["lines"].clone()).ok())
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn user(id: &str, mail: Option<&str>) -> User {
        serde_json::from_value(json!({ "id": id, "mail": mail })).unwrap()
    }

    #[test]
    fn the_named_column_is_read_or_the_first_one() {
        let text = "\u{feff}Name,E-mail\nAnna, a@x \nBen,\nCem,c@x,more\n";
        assert_eq!(column_of(text.as_bytes(), "e-mail").unwrap(), ["a@x", "c@x"]);
        assert_eq!(column_of(text.as_bytes(), "other").unwrap(), ["Name", "Anna", "Ben", "Cem"]);
        assert!(column_of(&b"a\n\xff\n"[..], "a").is_err());
    }

    #[test]
    fn empty_and_doubled_values_are_counted_without_regard_to_case() {
        let users = [
            user("1", Some("A@x")),
            user("2", Some("a@X")),
            user("3", Some(" ")),
            user("4", None),
            user("5", Some("b@x")),
        ];
        let weigh = |field: &str, list: &[String]| {
            let mut tally = Tally::of(field.to_owned());
            users.iter().for_each(|user| tally.add(user));
            tally.line(list)
        };
        let line = weigh("mail", &["B@X".into(), "c@x".into()]);
        assert_eq!((line.users, line.empty, line.doubled.len()), (5, 2, 1));
        assert_eq!((line.unmatched.clone(), line.listed), (vec!["c@x".to_owned()], 2));
        assert!(judge(&line, "operator-remote-field").is_err());
        assert!(judge(&weigh("id", &[]), "operator-remote-field").is_ok());
    }
}
