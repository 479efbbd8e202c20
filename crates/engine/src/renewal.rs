//! Renewal without a gap, as it stands: the four stages, which of them are done, and whose turn it is. Derived from the
//! journal each time; nothing here changes anything.

use guide::{Guide, Step};
use serde_json::Value;
use time::OffsetDateTime;

use crate::checklist::PlanView;
use crate::credential::{CredentialKind, credential_steps, key_of_step};
use crate::desk::{Desk, lock};
use crate::handing;
use crate::history::History;
use crate::renewed::{Ending, Renewed};
use crate::trouble::{Code, Trouble};

/// The stages of a renewal, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The new credential is added beside the old one.
    Add,
    /// The product gets it.
    HandOver,
    /// The application signs in with it.
    Prove,
    /// The old one is removed.
    Remove,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Add, Self::HandOver, Self::Prove, Self::Remove];

    /// The word for the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::HandOver => "hand-over",
            Self::Prove => "prove",
            Self::Remove => "remove",
        }
    }
}

/// How a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// Its turn has not come, or nobody has looked.
    Open,
    /// Its plan waits for a yes.
    Planned,
    /// Made, and not yet seen everywhere.
    Waiting,
    /// It went wrong.
    Failed,
    /// It is done.
    Done,
    /// The guide hands nothing over.
    NotNeeded,
}

impl StageState {
    /// The word for the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Planned => "planned",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Done => "done",
            Self::NotNeeded => "not-needed",
        }
    }
}

/// One stage as it stands.
#[derive(Debug, Clone)]
pub struct StageView {
    /// Which.
    pub stage: Stage,
    /// How it stands.
    pub state: StageState,
    /// When it was done.
    pub at: Option<OffsetDateTime>,
    /// What waits for a yes.
    pub plan: Option<PlanView>,
}

/// A renewal as it stands; of a credential that is not being renewed, what it would be.
#[derive(Debug, Clone)]
pub struct Renewal {
    /// The connection's id.
    pub connection: String,
    /// The step of the guide that holds the credential.
    pub step: String,
    /// Secret or certificate.
    pub kind: CredentialKind,
    /// Key id of the credential that is replaced.
    pub old: String,
    /// Key id of the new one, once it is seen.
    pub new: Option<String>,
    /// The four stages.
    pub stages: Vec<StageView>,
    /// The stage whose turn it is; none when the renewal is over.
    pub next: Option<Stage>,
    /// What went wrong with it.
    pub trouble: Option<Trouble>,
    /// Whether it was begun.
    pub begun: bool,
    /// Whether it can be taken back.
    pub can_be_undone: bool,
    /// How the last renewal of this credential's step ended, where none is under way.
    pub ended: Option<(Ending, OffsetDateTime)>,
}

impl Renewal {
    /// One stage.
    pub fn stage(&self, stage: Stage) -> Option<&StageView> {
        self.stages.iter().find(|view| view.stage == stage)
    }
}

/// What the last try at a stage brought, kept in memory only.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tried {
    pub plan: Option<PlanView>,
    pub trouble: Option<Trouble>,
    pub waits: bool,
}

impl Desk {
    /// The step that holds a credential: by its key id, or the only one of the connection.
    ///
    /// # Errors
    /// When no credential of this connection has the key id, or one has to be chosen.
    pub fn renewal_step(&self, connection: &str, key: Option<&str>) -> Result<String, Trouble> {
        let (guide, history) = (self.guide_of(connection)?, self.history(connection)?);
        let unknown =
            || Trouble::new(Code::CredentialUnknown).with("key", key.unwrap_or("?")).in_field("credential");
        let is_meant = |step: &str, wanted: &str| {
            let open = history.open_renewal(step);
            let keys = [key_of_step(guide, &history, step), open.map(|open| open.old.as_str())];
            keys.iter().flatten().any(|known| known.eq_ignore_ascii_case(wanted))
        };
        let mut steps = credential_steps(guide).map(|(step, ..)| step.id.as_str());
        match key {
            Some(key) => steps.find(|step| is_meant(step, key)).map(str::to_owned).ok_or_else(unknown),
            None => match (steps.next(), steps.next()) {
                (Some(only), None) => Ok(only.to_owned()),
                _ => Err(unknown()),
            },
        }
    }

    /// The renewal of a step's credential as it stands; needs no network.
    ///
    /// # Errors
    /// Unknown connection or step, or a step that holds no credential yet.
    pub fn renewal(&self, connection: &str, step: &str) -> Result<Renewal, Trouble> {
        let (guide, step) = self.step(connection, step)?;
        let kind = kind_of(step)?;
        let history = self.history(connection)?;
        let open = history.open_renewal(&step.id);
        let old = match open {
            Some(open) => open.old.clone(),
            None => key_of_step(guide, &history, &step.id).map(str::to_owned).ok_or_else(|| {
                Trouble::new(Code::NotYet).with("step", &step.id).in_field(kind.key_output())
            })?,
        };
        let tried = lock(&self.room.renewing).get(&(connection.to_owned(), step.id.clone())).cloned();
        let tried = tried.unwrap_or_default();
        let mut stages = stages(guide, &history, &step.id, open);
        let next = stages.iter().find(|view| view.state == StageState::Open).map(|view| view.stage);
        if let Some(view) = stages.iter_mut().find(|view| Some(view.stage) == next) {
            view.state = match (&tried.trouble, &tried.plan, tried.waits) {
                (Some(_), ..) => StageState::Failed,
                (None, Some(_), _) => StageState::Planned,
                (None, None, true) => StageState::Waiting,
                (None, None, false) => StageState::Open,
            };
            view.plan = tried.plan;
        }
        let last = history.renewals.iter().rev().find(|renewal| renewal.step == step.id);
        Ok(Renewal {
            connection: connection.to_owned(),
            step: step.id.clone(),
            kind,
            old,
            new: open.and_then(|open| open.new.clone()),
            stages,
            next,
            trouble: tried.trouble,
            begun: open.is_some(),
            can_be_undone: open.is_some(),
            ended: last.and_then(|last| last.ended),
        })
    }
}

pub(crate) fn kind_of(step: &Step) -> Result<CredentialKind, Trouble> {
    CredentialKind::of(&step.action)
        .ok_or_else(|| Trouble::new(Code::StepUnknown).with("name", &step.id).in_field("step"))
}

fn stages(guide: &Guide, history: &History, credential: &str, open: Option<&Renewed>) -> Vec<StageView> {
    let hands_over = handing::hand_over_of(guide, history, credential);
    let added = open.and_then(|open| open.added);
    let handed = added.and_then(|added| {
        let step = hands_over?;
        let handed = history.handed_over.get(&step.id)?;
        let digest = handing::digest(guide, history, handing::named(step));
        let is_this = handed.receipt["values"] == Value::String(digest);
        (is_this && handed.at >= added).then_some(handed.at)
    });
    let view = |stage, at: Option<OffsetDateTime>| StageView {
        stage,
        state: if at.is_some() { StageState::Done } else { StageState::Open },
        at,
        plan: None,
    };
    let mut hand_over = view(Stage::HandOver, handed);
    if hands_over.is_none() {
        hand_over.state = StageState::NotNeeded;
    }
    let proven = open.and_then(|open| open.proven);
    vec![view(Stage::Add, added), hand_over, view(Stage::Prove, proven), view(Stage::Remove, None)]
}
