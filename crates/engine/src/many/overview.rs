//! How each of many stands: derived from its checklist, as a single connection's is, and never stored.

use std::collections::BTreeMap;

use cloud::Tally;
use guide::{Action, Guide};
use serde::Serialize;
use time::OffsetDateTime;

use super::Aim;
use crate::checklist::{Checklist, State, StepView, is_for_a_person};
use crate::desk::Desk;
use crate::teams::Script;
use crate::trouble::{Code, Trouble};

/// How one of many stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManyState {
    /// Every step is done.
    Done,
    /// Something can be run.
    Ready,
    /// Microsoft needs time.
    Waiting,
    /// Nothing can be run before a person did something.
    NeedsAPerson,
    /// It was told to stop before it came to rest.
    Stopped,
    /// Its tenant does not take the sign-in from home.
    NeedsOwnSignIn,
    /// Something went wrong.
    Failed,
}

impl ManyState {
    /// The word for the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::NeedsAPerson => "needs-a-person",
            Self::Stopped => "stopped",
            Self::NeedsOwnSignIn => "needs-own-sign-in",
            Self::Failed => "failed",
        }
    }
}

/// What a person has to do at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitsFor {
    /// Confirm what no machine can see.
    Confirmation,
    /// Answer asks.
    Answers,
    /// Hand the values over.
    HandOver,
    /// Run a script of Teams or Exchange, which signs in by itself.
    Script,
    /// Lend a password.
    Password,
    /// Say what becomes of somebody else's object of the same name.
    Choice,
    /// Have the role, or pass the step on.
    Role,
}

impl WaitsFor {
    /// The word for the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::Answers => "answers",
            Self::HandOver => "hand-over",
            Self::Script => "script",
            Self::Password => "password",
            Self::Choice => "choice",
            Self::Role => "role",
        }
    }
}

/// A step that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitsForAPerson {
    /// The step.
    pub step: String,
    /// For what.
    pub waits_for: WaitsFor,
}

/// One of many as it stands.
#[derive(Debug, Clone)]
pub struct ManyView {
    /// The connection's id.
    pub connection: String,
    /// The admin's name for it.
    pub name: String,
    /// For whom it is.
    pub customer: Option<String>,
    /// The tenant: its name once somebody signed in, before that as the admin said it.
    pub tenant: String,
    /// How it stands.
    pub state: ManyState,
    /// Each step's state, in the guide's order.
    pub steps: Vec<(String, State)>,
    /// How many are done.
    pub done: usize,
    /// Lines of the plans that wait for a yes, by step. A step whose plan hangs on an earlier one has none yet.
    pub changes: BTreeMap<String, usize>,
    /// Steps without a plan yet that will have one once earlier ones are done.
    pub later: usize,
    /// What waits for a person.
    pub waits_for: Vec<WaitsForAPerson>,
    /// What went wrong, with its step where it has one.
    pub troubles: Vec<(Option<String>, Trouble)>,
    /// Requests, reads and writes since somebody signed in.
    pub tally: Tally,
    /// When the first of its credentials ends.
    pub next_expiry: Option<OffsetDateTime>,
}

/// What is known of a connection beside its checklist.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub stopped: bool,
    pub trouble: Option<Trouble>,
}

impl Desk {
    /// How each stands, without asking any tenant.
    ///
    /// # Errors
    /// Unknown connection, or the journal cannot be read.
    pub fn many_overview(&self, aims: &[Aim]) -> Result<Vec<ManyView>, Trouble> {
        self.many_views(aims, &BTreeMap::new())
    }

    pub(super) fn many_views(
        &self,
        aims: &[Aim],
        outcomes: &BTreeMap<String, Outcome>,
    ) -> Result<Vec<ManyView>, Trouble> {
        let mut ends: BTreeMap<String, OffsetDateTime> = BTreeMap::new();
        for entry in self.ledger()?.into_iter().filter(|entry| entry.matters()) {
            if let Some(end) = entry.end {
                ends.entry(entry.connection).or_insert(end);
            }
        }
        let empty = Outcome::default();
        let view = |aim: &Aim| {
            let outcome = outcomes.get(&aim.connection).unwrap_or(&empty);
            let mut view = self.many_view(aim, outcome)?;
            view.next_expiry = ends.get(&aim.connection).copied();
            Ok(view)
        };
        aims.iter().map(view).collect()
    }

    pub(super) fn many_view(&self, aim: &Aim, outcome: &Outcome) -> Result<ManyView, Trouble> {
        let guide = self.guide_of(&aim.connection)?;
        let checklist = self.checklist(&aim.connection)?;
        let history = self.history(&aim.connection)?;
        let mut troubles: Vec<(Option<String>, Trouble)> =
            outcome.trouble.iter().cloned().map(|trouble| (None, trouble)).collect();
        for step in &checklist.steps {
            let told = step.trouble.iter().filter(|trouble| !is_only_early(trouble.code));
            troubles.extend(told.map(|trouble| (Some(step.id.clone()), trouble.clone())));
        }
        let is_plan = |step: &&StepView| !step.state.is_done() && step.plan.is_some();
        let changes = checklist
            .steps
            .iter()
            .filter(is_plan)
            .map(|step| (step.id.clone(), step.plan.as_ref().map_or(0, |plan| plan.changes.len())));
        let waits_for = waits_for(guide, &checklist);
        let is_later = |step: &&StepView| {
            !step.state.is_done()
                && step.plan.is_none()
                && guide.step(&step.id).is_some_and(|step| !is_a_persons(&step.action))
        };
        Ok(ManyView {
            connection: aim.connection.clone(),
            name: checklist.name.clone(),
            customer: history.belonging.customer.clone(),
            tenant: history.signed_in.as_ref().map_or(&aim.tenant, |last| &last.tenant_name).clone(),
            state: state(guide, &checklist, outcome),
            steps: checklist.steps.iter().map(|step| (step.id.clone(), step.state)).collect(),
            done: checklist.done,
            changes: changes.collect(),
            later: checklist.steps.iter().filter(is_later).count(),
            waits_for,
            troubles,
            tally: self.tally(&aim.connection),
            next_expiry: None,
        })
    }
}

fn is_only_early(code: Code) -> bool {
    matches!(code, Code::NotYet | Code::AnswerMissing | Code::SignInNeeded)
}

/// Whether a step never runs by itself: a person's word, or a hand-over.
pub(super) fn is_a_persons(action: &Action) -> bool {
    is_for_a_person(action) || matches!(action, Action::HandOver { .. })
}

fn state(guide: &Guide, checklist: &Checklist, outcome: &Outcome) -> ManyState {
    let is_in = |state: State| checklist.steps.iter().any(|step| step.state == state);
    match &outcome.trouble {
        Some(trouble) if trouble.code == Code::OwnSignInNeeded => return ManyState::NeedsOwnSignIn,
        Some(_) => return ManyState::Failed,
        None => {}
    }
    if checklist.is_done() {
        return ManyState::Done;
    }
    if outcome.stopped {
        return ManyState::Stopped;
    }
    if is_in(State::Failed) {
        return ManyState::Failed;
    }
    if checklist.waits() {
        return ManyState::Waiting;
    }
    let runs = |step: &StepView| {
        let asked = guide.step(&step.id).is_some_and(|known| {
            let comes = |id: &String| checklist.step(id).is_none_or(|step| step.state.is_done());
            !is_a_persons(&known.action)
                && Script::of(&known.action).is_none()
                && known.after.iter().all(comes)
        });
        let is_free = step.missing_answers.is_empty() && step.missing_passwords.is_empty();
        asked && is_free && matches!(step.state, State::NotYet | State::Planned | State::ChangedSince)
    };
    match checklist.steps.iter().any(runs) {
        true => ManyState::Ready,
        false => ManyState::NeedsAPerson,
    }
}

/// The steps that wait for a person and for nothing else.
fn waits_for(guide: &Guide, checklist: &Checklist) -> Vec<WaitsForAPerson> {
    let of_step = |step: &StepView| {
        let action = &guide.step(&step.id)?.action;
        let is_open = !step.state.is_done() && step.missing_steps.is_empty();
        let waits_for = match () {
            () if !is_open => return None,
            () if !step.missing_answers.is_empty() => WaitsFor::Answers,
            () if !step.missing_passwords.is_empty() => WaitsFor::Password,
            () if step.state == State::Taken => WaitsFor::Choice,
            () if step.state == State::NeedsAnotherAdmin => WaitsFor::Role,
            () if is_for_a_person(action) => WaitsFor::Confirmation,
            () if matches!(action, Action::HandOver { .. }) => WaitsFor::HandOver,
            () if Script::of(action).is_some() => WaitsFor::Script,
            () => return None,
        };
        Some(WaitsForAPerson { step: step.id.clone(), waits_for })
    };
    checklist.steps.iter().filter_map(of_step).collect()
}
