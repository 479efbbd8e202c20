//! The support report: what somebody who helps needs to know, as one text that the admin reads before it is saved.
//! It is put together from closed words, numbers, times and stand-ins only. There is no way to put a text from outside into
//! it (see [`Fact`]): no name, no address, no id of a tenant or an object, no answer, no message of Microsoft, no secret.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use guide::Guide;
use journal::{Entry, Event, Verdict};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::checklist::State;
use crate::desk::{Desk, Summary};
use crate::machine_policy::Feature;
use crate::trouble::{Code, Trouble};

/// The newest events that are told; older ones are counted.
const MOST_EVENTS: usize = 400;

/// Who asks for the report.
#[derive(Debug, Clone, Copy)]
pub struct AskedBy {
    /// The program: `window` or `terminal`.
    pub program: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Everything that can stand in a report. A text that is not part of the program has no place here.
enum Fact {
    /// A word of the program itself, or of a guide that came with it.
    Word(&'static str),
    Number(u64),
    Moment(OffsetDateTime),
    /// The same thing has the same number throughout the report.
    StandIn(&'static str, usize),
    /// Microsoft's id of one request, by which their support finds it; 128 bits, nothing else fits.
    Request(u128),
}

impl Fact {
    fn write(&self, text: &mut String) {
        let _ = match self {
            Self::Word(word) => write!(text, "{word}"),
            Self::Number(number) => write!(text, "{number}"),
            Self::Moment(at) => {
                let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
                write!(text, "{}", at.to_offset(time::UtcOffset::UTC).format(form).unwrap_or_default())
            }
            Self::StandIn(kind, number) => write!(text, "{kind}-{number}"),
            Self::Request(id) => write!(text, "{id:032x}"),
        };
    }
}

/// The text so far, and which stand-in stands for what.
#[derive(Default)]
struct Report {
    text: String,
    known: BTreeMap<(&'static str, String), usize>,
}

impl Report {
    fn line(&mut self, label: &'static str, facts: &[Fact]) {
        self.text.push_str(label);
        for fact in facts {
            self.text.push(' ');
            fact.write(&mut self.text);
        }
        self.text.push('\n');
    }

    fn stand_in(&mut self, kind: &'static str, of: &str) -> Fact {
        let next = self.known.keys().filter(|(known, _)| *known == kind).count() + 1;
        Fact::StandIn(kind, *self.known.entry((kind, of.to_owned())).or_insert(next))
    }

    /// A guide by its own name where it came with Footbridge; what another maker wrote stays out.
    fn guide(&mut self, id: &str) -> Fact {
        built_in(id).map_or_else(|| self.stand_in("guide", id), |guide| Fact::Word(&guide.id))
    }

    fn step(&mut self, guide: &str, step: &str) -> Fact {
        match built_in(guide).and_then(|guide| guide.step(step)) {
            Some(step) => Fact::Word(&step.id),
            None => self.stand_in("step", &format!("{guide}/{step}")),
        }
    }
}

fn built_in(id: &str) -> Option<&'static Guide> {
    Desk::guides().into_iter().find(|guide| guide.id == id)
}

/// One of these words, or `other`.
fn one_of(known: &[&'static str], word: &str) -> Fact {
    Fact::Word(known.iter().find(|one| **one == word).copied().unwrap_or("other"))
}

fn count(number: usize) -> Fact {
    Fact::Number(u64::try_from(number).unwrap_or(u64::MAX))
}

const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

const SETTLED: [&str; 9] =
    ["done", "already-so", "pending", "failed", "planned", "proven", "confirmed", "taken", "not-applicable"];

const NOTES: [&str; 8] = [
    "offer-taken",
    "credentials-seen",
    "axigen",
    "teams-result",
    "customer",
    "renewal",
    "step-taken-over",
    "reminded",
];

/// What a path of Graph is made of; every other part of a path is an id or a name.
const PATH: [&str; 30] = [
    "applications",
    "servicePrincipals",
    "users",
    "groups",
    "me",
    "organization",
    "oauth2PermissionGrants",
    "appRoleAssignments",
    "appRoleAssignedTo",
    "addPassword",
    "removePassword",
    "addKey",
    "removeKey",
    "policies",
    "$batch",
    "owners",
    "federatedIdentityCredentials",
    "onlineMeetings",
    "events",
    "calendar",
    "calendars",
    "sendMail",
    "messages",
    "mailFolders",
    "directoryRoles",
    "members",
    "memberOf",
    "admin",
    "beta",
    "v1.0",
];

/// A path with nothing of the tenant in it.
fn shape_of(path: &str) -> Vec<Fact> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts = path.split('/').filter(|part| !part.is_empty()).take(8);
    // `applications(uniqueName='…')` is one of the applications.
    let name = |part: &str| part.split('(').next().unwrap_or_default().to_owned();
    parts
        .map(|part| Fact::Word(PATH.iter().find(|known| **known == name(part)).copied().unwrap_or("*")))
        .collect()
}

/// The 128 bits of a GUID.
fn request(id: &str) -> Option<Fact> {
    let digits: String = id.chars().filter(|sign| *sign != '-').collect();
    let is_one = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_one.then(|| u128::from_str_radix(&digits, 16).ok()).flatten().map(Fact::Request)
}

/// The number in `AADSTS53003`, by which Microsoft's pages explain it.
fn sign_in_number(told: &str) -> Option<Fact> {
    told.strip_prefix("AADSTS")?.parse::<u32>().ok().map(|number| Fact::Number(u64::from(number)))
}

/// A code of the closed list by its own name, which is part of the program.
fn code_word(code: Code) -> Fact {
    static NAMES: std::sync::Mutex<BTreeMap<String, &'static str>> = std::sync::Mutex::new(BTreeMap::new());
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let name = code.name();
    // One for each code there is, once for each run.
    Fact::Word(names.entry(name.clone()).or_insert_with(|| Box::leak(name.into_boxed_str())))
}

fn trouble_facts(trouble: &Trouble) -> Vec<Fact> {
    let mut facts = vec![Fact::Word("trouble"), code_word(trouble.code)];
    let told = &trouble.technical;
    facts.extend(told.status.map(|status| Fact::Number(u64::from(status))));
    facts.extend(told.microsoft_code.as_deref().and_then(sign_in_number));
    for (word, id) in [("request", &told.request_id), ("correlation", &told.correlation_id)] {
        if let Some(id) = id.as_deref().and_then(request) {
            facts.extend([Fact::Word(word), id]);
        }
    }
    facts
}

impl Desk {
    /// The report as the text that is shown and saved.
    ///
    /// # Errors
    /// When the journal cannot be read, or the policy of this machine allows no report.
    pub fn support_report(&self, by: AskedBy) -> Result<String, Trouble> {
        self.room.policy.permits(Feature::SupportReport)?;
        let mut report = Report::default();
        report.line("Footbridge support report, made", &[Fact::Moment(self.room.clock.now())]);
        report.line(
            "Names, addresses, ids and answers are not in it; the same stand-in is the same thing.",
            &[],
        );
        report.line("", &[]);
        report.line("program:", &[Fact::Word(by.program), Fact::Word(by.version)]);
        report.line("system:", &[Fact::Word(std::env::consts::OS), Fact::Word(std::env::consts::ARCH)]);
        let clouds = ["global", "us-government", "us-dod", "china"];
        report.line("cloud:", &[one_of(&clouds, &self.place().name)]);
        report.line("vault:", &[Fact::Word(self.vault_mode())]);
        report.line("warnings at the start:", &[count(self.warnings().len())]);
        let verdict = match self.journal_verify()? {
            Verdict::Intact { entries } => vec![Fact::Word("intact, entries"), Fact::Number(entries)],
            Verdict::Broken { at_seq, .. } => vec![Fact::Word("broken at entry"), Fact::Number(at_seq)],
            Verdict::OtherKey { .. } => vec![Fact::Word("of another vault")],
        };
        report.line("journal:", &verdict);
        for connection in self.connections()? {
            self.report_connection(&mut report, &connection)?;
        }
        let entries = self.journal_entries(None)?;
        let guides: BTreeMap<&str, &str> = entries
            .iter()
            .filter_map(|entry| match &entry.event {
                Event::Connected { guide, .. } => Some((entry.connection.as_str(), guide.as_str())),
                _ => None,
            })
            .collect();
        let left_out = entries.len().saturating_sub(MOST_EVENTS);
        report.line("", &[]);
        report.line("events before these:", &[count(left_out)]);
        for entry in &entries[left_out..] {
            let guide = guides.get(entry.connection.as_str()).copied().unwrap_or_default();
            report_event(&mut report, guide, entry);
        }
        Ok(report.text)
    }

    fn report_connection(&self, report: &mut Report, connection: &Summary) -> Result<(), Trouble> {
        let stand_in = report.stand_in("connection", &connection.id);
        report.line("", &[]);
        let kind = Fact::Word(if connection.rehearsal { "rehearsal" } else { "real" });
        let guide = report.guide(&connection.guide);
        report.line("connection:", &[stand_in, kind, Fact::Word("by"), guide]);
        report.line("  done:", &[count(connection.done), Fact::Word("of"), count(connection.total)]);
        for step in &self.checklist(&connection.id)?.steps {
            let id = report.step(&connection.guide, &step.id);
            let mut facts = vec![count(step.number), id, Fact::Word(State::name(step.state))];
            facts.extend(step.trouble.iter().flat_map(trouble_facts));
            report.line("  step:", &facts);
        }
        Ok(())
    }
}

fn report_event(report: &mut Report, guide: &str, entry: &Entry) {
    let mut facts = vec![Fact::Number(entry.seq), Fact::Moment(entry.at)];
    facts.push(report.stand_in("connection", &entry.connection));
    facts.push(Fact::Word(entry.event.kind()));
    match &entry.event {
        Event::SignedIn { account, tenant_id, roles, scopes, how, .. } => {
            facts.push(one_of(&["device code", "browser"], how));
            facts.push(report.stand_in("account", account));
            facts.push(report.stand_in("tenant", tenant_id));
            facts.extend([
                Fact::Word("roles"),
                count(roles.len()),
                Fact::Word("scopes"),
                count(scopes.len()),
            ]);
        }
        Event::Intended { step, operation, .. } => {
            facts.push(report.step(guide, step));
            facts.push(report.stand_in("operation", operation));
        }
        Event::Sent { step, operation, method, path, status, request_id, .. } => {
            facts.push(report.step(guide, step));
            facts.push(report.stand_in("operation", operation));
            facts.push(one_of(&METHODS, method));
            facts.extend(shape_of(path));
            facts.push(Fact::Number(u64::from(*status)));
            facts.extend(request_id.as_deref().and_then(request));
        }
        Event::Settled { step, state, trouble, .. } => {
            facts.push(report.step(guide, step));
            facts.push(one_of(&SETTLED, state));
            let read =
                trouble.as_ref().and_then(|trouble| serde_json::from_value::<Trouble>(trouble.clone()).ok());
            facts.extend(read.iter().flat_map(trouble_facts));
        }
        Event::Confirmed { step, .. } | Event::Adopted { step, .. } | Event::Undone { step, .. } => {
            facts.push(report.step(guide, step));
        }
        Event::HandedOver { step, how, .. } => {
            facts.push(report.step(guide, step));
            facts.push(one_of(&["file", "https", "sftp", "axigen", "paste"], how));
        }
        Event::Noted { what, .. } => facts.push(one_of(&NOTES, what)),
        Event::Connected { .. } => facts.push(report.guide(guide)),
        Event::SignedOut {} | Event::Answered { .. } | Event::Removed {} => {}
    }
    report.line("event:", &facts);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_path_loses_everything_of_the_tenant() {
        let mut report = Report::default();
        report.line("", &shape_of("/applications/6ec7af10-331f-4f93-ab3c-aa073ee64c91/addPassword?x=secret"));
        report.line("", &shape_of("/users/ada@contoso.example/events"));
        report.line("", &shape_of("/applications(uniqueName='footbridge-0123')"));
        assert_eq!(report.text, " applications * addPassword\n users * events\n applications\n");
    }

    #[test]
    fn only_a_guid_is_a_request_and_only_a_number_a_sign_in_code() {
        assert!(request("b4cd0ee1-331f-4f93-ab3c-aa073ee64c91").is_some());
        assert!(request("my password is hunter2, and more").is_none());
        assert!(sign_in_number("AADSTS53003").is_some());
        assert!(sign_in_number("AADSTSsecret").is_none() && sign_in_number("Request_BadRequest").is_none());
    }

    #[test]
    fn the_same_thing_has_the_same_stand_in() {
        let mut report = Report::default();
        let facts =
            [report.stand_in("tenant", "b"), report.stand_in("tenant", "a"), report.stand_in("tenant", "b")];
        report.line("", &facts);
        let other = [report.guide("somebody-s-own"), report.guide("targetconnect")];
        report.line("", &other);
        assert_eq!(report.text, " tenant-1 tenant-2 tenant-1\n guide-1 targetconnect\n");
    }
}
