//! What a connection's steps look like now, derived from the guide, the journal and the last look; never stored.

use std::collections::BTreeMap;

use guide::{Action, Guide, Step};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use crate::history::{Confirmed, DONE, FAILED, History, PENDING, StepHistory};
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Outputs, Plan, Taken};
use crate::role::DirectoryRole;
use crate::site::SignedIn;
use crate::trouble::{Code, Trouble};

/// The state of a step. Green is only what was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing happened yet.
    NotYet,
    /// The change is known and waits for a yes.
    Planned,
    /// Made, and not yet seen everywhere.
    Pending,
    /// Seen in the tenant, or proved by use.
    Proven,
    /// A person vouches for it.
    Confirmed,
    /// It was true, and the tenant shows something else now.
    ChangedSince,
    /// The signed-in account lacks the role.
    NeedsAnotherAdmin,
    /// The answers make the step unnecessary.
    NotApplicable,
    /// A person says that it was done elsewhere.
    DoneElsewhere,
    /// It went wrong.
    Failed,
    /// Somebody else's object stands in the way.
    Taken,
}

impl State {
    /// Whether the step counts as done.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Proven | Self::Confirmed | Self::NotApplicable | Self::DoneElsewhere)
    }

    /// The word for the command line and the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotYet => "not-yet",
            Self::Planned => "planned",
            Self::Pending => "pending",
            Self::Proven => "proven",
            Self::Confirmed => "confirmed",
            Self::ChangedSince => "changed-since",
            Self::NeedsAnotherAdmin => "needs-another-admin",
            Self::NotApplicable => "not-applicable",
            Self::DoneElsewhere => "done-elsewhere",
            Self::Failed => "failed",
            Self::Taken => "taken",
        }
    }
}

/// A connection's steps.
#[derive(Debug, Clone)]
pub struct Checklist {
    /// The connection's id.
    pub connection: String,
    /// The admin's name for it.
    pub name: String,
    /// The guide's id.
    pub guide: String,
    /// Whether it is a rehearsal.
    pub rehearsal: bool,
    /// Who is signed in.
    pub who: Option<SignedIn>,
    /// The guide's sections, in the vendor's order.
    pub sections: Vec<String>,
    /// The steps, in the vendor's order.
    pub steps: Vec<StepView>,
    /// How many are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// The first that is not done.
    pub next: Option<String>,
    /// Since when the connection has ended: its applications were taken down on purpose. What its steps were stays shown.
    pub ended: Option<OffsetDateTime>,
}

impl Checklist {
    /// How many steps are in each state.
    pub fn states(&self) -> BTreeMap<&'static str, usize> {
        let mut states = BTreeMap::new();
        for step in &self.steps {
            *states.entry(step.state.name()).or_default() += 1;
        }
        states
    }

    /// One step.
    pub fn step(&self, id: &str) -> Option<&StepView> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// One step as it stands.
#[derive(Debug, Clone)]
pub struct StepView {
    /// The step's id.
    pub id: String,
    /// Its place in the guide, from 1.
    pub number: usize,
    /// Its section.
    pub section: String,
    /// Its state.
    pub state: State,
    /// Since when, where the journal knows.
    pub since: Option<OffsetDateTime>,
    /// The change that waits for a yes.
    pub plan: Option<PlanView>,
    /// What stands in the way.
    pub taken: Option<Taken>,
    /// What went wrong.
    pub trouble: Option<Trouble>,
    /// What was seen.
    pub evidence: Vec<Phrase>,
    /// Its named results; secret ones are not among them.
    pub outputs: Outputs,
    /// Asks that have no answer yet.
    pub missing_answers: Vec<String>,
    /// Passwords that have to be lent ([`crate::Desk::lend`]), by the name of their account.
    pub missing_passwords: Vec<String>,
    /// Steps that come first.
    pub missing_steps: Vec<String>,
    /// Roles, any of which is missing.
    pub missing_role: Vec<DirectoryRole>,
    /// A person's confirmation.
    pub confirmed: Option<Confirmed>,
    /// Until when it waits.
    pub pending_until: Option<OffsetDateTime>,
    /// The portal page of the step in this cloud.
    pub portal: Option<Url>,
    /// What the verb found beside its results (resolved users, figures of the comparison).
    pub found: Value,
}

/// A plan as it is shown and approved.
#[derive(Debug, Clone, Serialize)]
pub struct PlanView {
    /// What the admin approves.
    pub hash: String,
    /// The lines of the difference.
    pub changes: Vec<Change>,
    /// How many requests it takes.
    pub requests: u32,
    /// Whether it can be taken back.
    pub can_be_undone: bool,
    /// Any of these roles suffices.
    pub roles: Vec<DirectoryRole>,
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        Self {
            hash: plan.hash(),
            changes: plan.changes().to_vec(),
            requests: plan.requests(),
            can_be_undone: plan.can_be_undone(),
            roles: plan.roles().to_vec(),
        }
    }
}

/// What the last look at a step brought, kept in memory only.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub plan: Option<PlanView>,
    pub taken: Option<Taken>,
    pub trouble: Option<Trouble>,
    pub answers: Vec<String>,
    pub passwords: Vec<String>,
    pub steps: Vec<String>,
    pub roles: Vec<DirectoryRole>,
    pub pending_until: Option<OffsetDateTime>,
}

impl Seen {
    pub fn of(found: &Found) -> Self {
        let mut seen = Self::default();
        match found {
            Found::AsWanted(_) | Found::NeedsPerson => {}
            Found::Planned(plan) => seen.plan = Some(plan.into()),
            Found::Taken(taken) => seen.taken = Some(taken.clone()),
            Found::NeedsAnswers(asks) => seen.answers.clone_from(asks),
            Found::NeedsPasswords(names) => seen.passwords.clone_from(names),
            Found::NeedsSteps(steps) => seen.steps.clone_from(steps),
            Found::Pending { until, .. } => seen.pending_until = Some(*until),
        }
        seen
    }

    pub fn trouble(trouble: Trouble) -> Self {
        Self { trouble: Some(trouble), ..Self::default() }
    }
}

pub(crate) fn step_view(
    guide: &Guide,
    number: usize,
    step: &Step,
    history: &History,
    seen: Option<&Seen>,
) -> StepView {
    let empty = StepHistory::default();
    let past = history.step(&step.id).unwrap_or(&empty);
    let settled = past.settled.as_ref();
    let undecided = history.undecided(guide, step).map(str::to_owned);
    let state = match (history.applies(guide, &step.when), &undecided) {
        (true, _) => state(step, past, seen),
        (false, Some(_)) => State::NotYet,
        (false, None) => State::NotApplicable,
    };
    let proof = settled.map(|settled| &settled.proof);
    let open: Vec<String> = step.after.iter().filter(|id| !is_past(guide, history, id)).cloned().collect();
    StepView {
        id: step.id.clone(),
        number,
        section: step.section.clone(),
        state,
        since: settled
            .map(|settled| settled.at)
            .or_else(|| past.confirmed.as_ref().map(|confirmed| confirmed.at)),
        plan: seen.and_then(|seen| seen.plan.clone()),
        taken: seen.and_then(|seen| seen.taken.clone()),
        trouble: seen.and_then(|seen| seen.trouble.clone()).or_else(|| {
            settled.filter(|settled| settled.state == FAILED).and_then(|settled| settled.trouble.clone())
        }),
        evidence: proof.map(|proof| proof.evidence.clone()).unwrap_or_default(),
        outputs: proof.map(|proof| proof.outputs.clone()).unwrap_or_default(),
        missing_answers: match undecided {
            Some(ask) => vec![ask],
            None => seen.map(|seen| seen.answers.clone()).unwrap_or_default(),
        },
        missing_passwords: seen.map(|seen| seen.passwords.clone()).unwrap_or_default(),
        missing_steps: seen.map(|seen| seen.steps.clone()).filter(|steps| !steps.is_empty()).unwrap_or(open),
        missing_role: seen.map(|seen| seen.roles.clone()).unwrap_or_default(),
        confirmed: past.confirmed.clone(),
        pending_until: seen
            .and_then(|seen| seen.pending_until)
            .or_else(|| past.pending_since.map(|since| since + crate::verbs::patience(&step.action))),
        portal: None,
        found: proof.map(|proof| proof.found.clone()).unwrap_or_default(),
    }
}

/// Whether an earlier step is done as far as the journal knows.
pub(crate) fn is_past(guide: &Guide, history: &History, id: &str) -> bool {
    let confirmed = history.step(id).is_some_and(|step| step.confirmed.is_some());
    confirmed
        || history.is_for_another(id)
        || history.proof(id).is_some()
        || guide.step(id).is_none()
        || history.is_left_out(guide, id)
}

/// Whether only a person can vouch for the step.
pub fn is_for_a_person(action: &Action) -> bool {
    matches!(action, Action::ConfirmNotice {} | Action::ConfirmDone { .. } | Action::HandOut {})
}

fn state(step: &Step, past: &StepHistory, seen: Option<&Seen>) -> State {
    let settled = past.settled.as_ref().map(|settled| settled.state.as_str());
    if past.confirmed.is_some() && settled != Some(DONE) {
        return match step.action {
            _ if is_for_a_person(&step.action) => State::Confirmed,
            _ => State::DoneElsewhere,
        };
    }
    if let Some(seen) = seen {
        if seen.taken.is_some() {
            return State::Taken;
        }
        if !seen.roles.is_empty() {
            return State::NeedsAnotherAdmin;
        }
        if seen.plan.is_some() {
            return match settled {
                Some(DONE) => State::ChangedSince,
                Some(PENDING) => State::Pending,
                _ => State::Planned,
            };
        }
        if !seen.passwords.is_empty() && seen.trouble.is_none() {
            return if settled == Some(DONE) { State::ChangedSince } else { State::NotYet };
        }
        if let Some(trouble) = &seen.trouble {
            return match trouble.code {
                Code::NotYet | Code::AnswerMissing | Code::SignInNeeded => State::NotYet,
                Code::GrantsMissing | Code::GrantsExceed if settled == Some(DONE) => State::ChangedSince,
                Code::NotPermitted => State::NeedsAnotherAdmin,
                _ => State::Failed,
            };
        }
    }
    match settled {
        Some(DONE) => State::Proven,
        Some(PENDING) => State::Pending,
        Some(FAILED) => State::Failed,
        _ => State::NotYet,
    }
}
