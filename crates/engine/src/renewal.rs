//! Renewal without a gap: the new credential is added beside the old one, handed to the product, proven by a sign-in, and
//! only then, when it is wished, the old one is removed. Each stage is asked for, journalled and can be resumed; up to the
//! last one everything can be taken back.

use guide::{Action, Guide, Step};
use journal::Event;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::checklist::PlanView;
use crate::crash;
use crate::credential::{CredentialKind, credential_steps, key_of_step};
use crate::desk::{Approval, Desk, lock};
use crate::handing;
use crate::history::History;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Sign};
use crate::renewed::{Ending, Mark, Renewed};
use crate::site::Site;
use crate::steady::{Steady, steady};
use crate::tick::Ticks;
use crate::trouble::{Code, Trouble};
use crate::verbs;

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
    plan: Option<PlanView>,
    trouble: Option<Trouble>,
    waits: bool,
}

/// What became of a stage just now.
enum Outcome {
    Done,
    Planned(Plan),
    Waits,
}

/// One renewal at work.
struct Work<'a> {
    connection: &'a str,
    guide: &'static Guide,
    step: &'static Step,
    kind: CredentialKind,
    ticks: &'a dyn Ticks,
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
        let mut stages = stages(guide, &history, open);
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

    /// Looks at the next stage and carries it out, if its plan is approved; otherwise the plan stands in the returned
    /// stage. Handing over is done with [`Desk::hand_over`]; here it is only seen. An approval with an empty hash shows
    /// the plan and nothing else.
    ///
    /// # Errors
    /// Unknown connection or step, nobody signed in, or another window works on it. What goes wrong with the stage stands
    /// in the returned value.
    pub async fn renew_next(
        &self,
        connection: &str,
        step: &str,
        approval: Approval,
        ticks: &dyn Ticks,
    ) -> Result<Renewal, Trouble> {
        let _lease = self.lease(connection)?;
        let (guide, step) = self.step(connection, step)?;
        let work = Work { connection, guide, step, kind: kind_of(step)?, ticks };
        let seat = self.seat(connection).ok_or_else(|| Trouble::new(Code::SignInNeeded))?;
        self.renew(connection).await?;
        seat.sights.lock().await.forget();
        let key = (connection.to_owned(), step.id.clone());
        lock(&self.room.renewing).remove(&key);
        let outcome = match self.renewal(connection, &step.id)?.next {
            Some(Stage::Add) | None => self.add_beside(&work, &approval).await,
            Some(Stage::HandOver) => Ok(Outcome::Planned(self.hand_over_plan(&work)?)),
            Some(Stage::Prove) => self.prove_new(&work, &approval).await,
            Some(Stage::Remove) => self.remove_old(&work, &approval).await,
        };
        let tried = match outcome {
            Ok(Outcome::Done) => Tried::default(),
            Ok(Outcome::Waits) => Tried { waits: true, ..Tried::default() },
            Ok(Outcome::Planned(plan)) => {
                let view = PlanView::from(&plan);
                let is_other =
                    matches!(&approval, Approval::Plan(hash) if !hash.is_empty() && *hash != view.hash);
                let trouble = is_other.then(|| Trouble::new(Code::PlanChanged));
                Tried { plan: Some(view), trouble, waits: false }
            }
            Err(trouble) => Tried { trouble: Some(trouble), ..Tried::default() },
        };
        lock(&self.room.renewing).insert(key, tried);
        self.remember_credentials(connection).await?;
        self.renewal(connection, &step.id)
    }

    /// Ends a proven renewal and leaves the old credential until it runs out.
    ///
    /// # Errors
    /// When the new credential is not proven yet.
    pub fn keep_old(&self, connection: &str, step: &str) -> Result<Renewal, Trouble> {
        let _lease = self.lease(connection)?;
        let view = self.renewal(connection, step)?;
        let history = self.history(connection)?;
        match (view.next, history.open_renewal(step)) {
            (Some(Stage::Remove), Some(open)) => {
                self.note(connection, &Mark::Ended(Ending::Kept).event(&open.id))?
            }
            _ => return Err(Trouble::new(Code::NotYet).with("step", step).in_field(Stage::Prove.name())),
        }
        lock(&self.room.renewing).remove(&(connection.to_owned(), step.to_owned()));
        self.renewal(connection, step)
    }

    async fn add_beside(&self, work: &Work<'_>, approval: &Approval) -> Result<Outcome, Trouble> {
        let history = self.history(work.connection)?;
        let open = history.open_renewal(&work.step.id).map(|open| open.id.clone());
        let settled = history.proof(&work.step.id).map(|proof| proof.outputs.clone());
        let mut site = work.site(self, history);
        site.beside = true;
        if let Some(open) = &open {
            site.operation.clone_from(open);
        }
        if open.is_none() || !verbs::is_made_beside(&site)? {
            let plan = match verbs::check(&site).await? {
                Found::Planned(plan) => Some(plan),
                Found::AsWanted(_) => None,
                other => return waits_or_fails(other, &work.step.id),
            };
            if let Some(plan) = plan {
                if !is_approved(approval, &plan) {
                    return Ok(Outcome::Planned(plan));
                }
                if open.is_none() {
                    let outputs =
                        settled.ok_or_else(|| Trouble::new(Code::NotYet).with("step", &work.step.id))?;
                    let old = outputs.get(work.kind.key_output()).cloned().unwrap_or_default();
                    let mark = Mark::Begun {
                        step: &work.step.id,
                        kind: work.kind,
                        old: &old,
                        outputs: json!(outputs),
                    };
                    site.note(&mark.event(&site.operation))?;
                    crash::place("renewal.begun");
                }
                intend(&site, &plan)?;
                verbs::apply(&site, plan).await?;
            }
        }
        match steady(&site).await? {
            Steady::Right(proof) => {
                self.settle_done(&site, Some(site.operation.clone()), &proof)?;
                let new = proof.outputs.get(work.kind.key_output()).cloned().unwrap_or_default();
                site.note(&Mark::Added { new: &new }.event(&site.operation))?;
                crash::place("renewal.added");
                Ok(Outcome::Done)
            }
            Steady::NotSeen | Steady::Other(_) => Ok(Outcome::Waits),
        }
    }

    fn hand_over_plan(&self, work: &Work<'_>) -> Result<Plan, Trouble> {
        let history = self.history(work.connection)?;
        let fields = work.guide.fields.iter();
        let carries = |field: &&guide::Field| {
            handing::secret_step(work.guide, field).as_deref() == Some(work.step.id.as_str())
        };
        let changes = fields
            .filter(carries)
            .map(|field| {
                let label = work.guide.texts.english.fields.get(&field.id);
                let label = label.map_or(field.id.as_str(), |words| words.label.as_str());
                Change::new(Sign::Set, label, Phrase::new("change.field"))
            })
            .collect();
        let values = handing::digest(work.guide, &history);
        Ok(Plan::draw(&work.step.id, changes, json!({ "values": values })).with_requests(0).that_stays())
    }

    async fn prove_new(&self, work: &Work<'_>, approval: &Approval) -> Result<Outcome, Trouble> {
        let history = self.history(work.connection)?;
        let open = open(&history, work)?;
        let register = work.register();
        let site = work.site(self, history);
        let (directory, client) =
            (site.needed(register, "directory-id")?, site.needed(register, "application-id")?);
        let new = open.new.clone().unwrap_or_default();
        let mut changes = vec![Change::new(
            Sign::Run,
            "client_credentials",
            Phrase::new("change.renewal-proof").with("key", &new),
        )];
        let users = work.users_of_credential(&site.history());
        for step in &users {
            let site = Site::new(
                &self.room,
                work.connection,
                work.guide,
                step,
                self.seat(work.connection),
                self.history(work.connection)?,
                work.ticks,
            );
            if let Found::Planned(plan) = verbs::check(&site).await? {
                changes.extend(plan.changes().iter().cloned());
            }
        }
        let plan = Plan::draw(&work.step.id, changes, json!({ "key": new })).with_requests(0).that_stays();
        if !is_approved(approval, &plan) {
            return Ok(Outcome::Planned(plan));
        }
        verbs::token_with(&site, &directory, &client, &new, &[]).await?;
        for step in users {
            let history = self.history(work.connection)?;
            self.run_step(work.connection, work.guide, step, history, &Approval::Any, work.ticks).await?;
            let list = self.checklist(work.connection)?;
            let view = list.step(&step.id).ok_or_else(|| Trouble::defect("renewal"))?;
            if !view.state.is_done() {
                return view.trouble.clone().map_or(Ok(Outcome::Waits), Err);
            }
        }
        self.note(work.connection, &Mark::Proven.event(&open.id))?;
        crash::place("renewal.proven");
        Ok(Outcome::Done)
    }

    async fn remove_old(&self, work: &Work<'_>, approval: &Approval) -> Result<Outcome, Trouble> {
        let history = self.history(work.connection)?;
        let open = open(&history, work)?;
        let site = work.site(self, history);
        let new = open.new.clone().unwrap_or_default();
        if !verbs::lists(&site, work.register(), work.kind, &new).await? {
            return Err(Trouble::new(Code::CredentialUnknown).with("key", new).in_field("credential"));
        }
        if verbs::lists(&site, work.register(), work.kind, &open.old).await? {
            let changes = vec![
                Change::new(Sign::Remove, &open.old, Phrase::new("change.renewal-remove")),
                Change::new(Sign::Keep, &new, Phrase::new("change.renewal-keep")),
            ];
            let plan =
                Plan::draw(&work.step.id, changes, json!({ "old": open.old, "new": new })).that_stays();
            if !is_approved(approval, &plan) {
                return Ok(Outcome::Planned(plan));
            }
            intend(&site, &plan)?;
            verbs::remove(&site, work.register(), work.kind, &open.old).await?;
        } else {
            // An answer was lost, or somebody else removed it: undo must not look for it any more.
            verbs::removed(&site, work.register(), work.kind, &open.old)?;
        }
        crash::place("renewal.removed");
        self.drop_sealed(work.connection, &open.old)?;
        self.note(work.connection, &Mark::Ended(Ending::Removed).event(&open.id))?;
        crash::place("renewal.ended");
        // What the ledger keeps is the state after the removal.
        site.forget_sights().await;
        site.look(work.register()).await?;
        Ok(Outcome::Done)
    }

    /// Takes a renewal back that is not over: removes what it added, and the old credential is the present one again.
    /// A bundle that was handed over stays where it is.
    ///
    /// # Errors
    /// [`Code::RenewalOver`] when none is under way, nobody signed in, or Graph refuses; it can be run again.
    pub async fn undo_renewal(
        &self,
        connection: &str,
        step: &str,
        ticks: &dyn Ticks,
    ) -> Result<Vec<Phrase>, Trouble> {
        let _lease = self.lease(connection)?;
        let (guide, step) = self.step(connection, step)?;
        let work = Work { connection, guide, step, kind: kind_of(step)?, ticks };
        let seat = self.seat(connection).ok_or_else(|| Trouble::new(Code::SignInNeeded))?;
        self.renew(connection).await?;
        seat.sights.lock().await.forget();
        let history = self.history(connection)?;
        let Some(open) = history.open_renewal(&step.id).cloned() else {
            return Err(Trouble::new(Code::RenewalOver).in_field(step.id.clone()));
        };
        let was_handed_over = open
            .added
            .is_some_and(|added| history.handed_over.as_ref().is_some_and(|handed| handed.at >= added));
        let mut site = work.site(self, history);
        site.beside = true;
        site.operation.clone_from(&open.id);
        let mut said = Vec::new();
        for key in verbs::added_beside(&site, work.register(), open.new.as_deref()).await? {
            if verbs::lists(&site, work.register(), work.kind, &key).await? {
                verbs::remove(&site, work.register(), work.kind, &key).await?;
            } else if site.history().made(&step.id, work.kind.name()).any(|made| made["id"] == key.as_str()) {
                verbs::removed(&site, work.register(), work.kind, &key)?;
            }
            let phrase = match work.kind {
                CredentialKind::Secret => Phrase::new("undo.secret"),
                CredentialKind::Certificate => Phrase::new("undo.certificate"),
            };
            said.push(phrase.with("id", &key));
            self.drop_sealed(connection, &key)?;
        }
        site.note(&Event::Settled {
            step: step.id.clone(),
            operation: Some(open.id.clone()),
            state: crate::history::DONE.to_owned(),
            outputs: open.outputs.clone(),
            evidence: json!({ "seen": [Phrase::new("seen.renewal-undone").with("key", &open.old)], "found": null }),
            trouble: None,
        })?;
        site.note(&Mark::Ended(Ending::Undone).event(&open.id))?;
        self.forget(connection);
        site.look(work.register()).await?;
        self.remember_credentials(connection).await?;
        if was_handed_over {
            said.push(Phrase::new("undo.renewal-handed-over"));
        }
        Ok(said)
    }

    /// Takes a certificate with its private key for a step, instead of one that Footbridge makes: issued by the company's
    /// authority on a request, or imported. It is uploaded when the step runs, or when its certificate is renewed.
    ///
    /// # Errors
    /// A step that holds no certificate, a file that cannot be opened, or a certificate that has ended.
    pub fn offer_certificate(
        &self,
        connection: &str,
        step: &str,
        pfx: &[u8],
        passphrase: &certs::Passphrase,
    ) -> Result<String, Trouble> {
        let (_, step) = self.step(connection, step)?;
        if kind_of(step)? != CredentialKind::Certificate {
            return Err(Trouble::new(Code::StepUnknown).with("name", &step.id).in_field("step"));
        }
        let invalid = |why: &dyn std::fmt::Display| {
            Trouble::new(Code::FileInvalid).with("why", why).in_field("certificate")
        };
        let opened = certs::Pfx::open(pfx, passphrase).map_err(|error| invalid(&error))?;
        let certificate = opened.certificates.into_iter().find(|one| one.is_for(&opened.key));
        let certificate = certificate.ok_or_else(|| invalid(&certs::CertificateError::NotACertificate))?;
        let thumbprint = certificate.thumbprints().sha1_hex();
        let pair = crate::credential::Pair { key: opened.key, certificate };
        verbs::offer(&self.room.vault, connection, &step.id, &pair, self.room.clock.now())?;
        self.forget(connection);
        Ok(thumbprint)
    }
}

impl<'a> Work<'a> {
    fn site(&self, desk: &'a Desk, history: History) -> Site<'a> {
        let seat = desk.seat(self.connection);
        Site::new(&desk.room, self.connection, self.guide, self.step, seat, history, self.ticks)
    }

    /// The step that registers the application.
    fn register(&self) -> &'static str {
        let mut steps = credential_steps(self.guide);
        steps.find(|(step, ..)| step.id == self.step.id).map_or("", |(_, _, register)| register)
    }

    /// The steps that were proven with the old credential and are proven anew with the new one.
    fn users_of_credential(&self, history: &History) -> Vec<&'static Step> {
        let uses = |step: &&Step| match &step.action {
            Action::ConfirmGrants { secret, .. }
            | Action::ProveMeeting { secret, .. }
            | Action::MatchFields { secret, .. } => *secret == self.step.id,
            _ => false,
        };
        self.guide.steps.iter().filter(uses).filter(|step| history.proof(&step.id).is_some()).collect()
    }
}

fn kind_of(step: &Step) -> Result<CredentialKind, Trouble> {
    CredentialKind::of(&step.action)
        .ok_or_else(|| Trouble::new(Code::StepUnknown).with("name", &step.id).in_field("step"))
}

fn open(history: &History, work: &Work<'_>) -> Result<Renewed, Trouble> {
    history.open_renewal(&work.step.id).cloned().ok_or_else(|| Trouble::defect("renewal"))
}

fn is_approved(approval: &Approval, plan: &Plan) -> bool {
    match approval {
        Approval::Any => true,
        Approval::Plan(hash) => *hash == plan.hash(),
    }
}

fn intend(site: &Site<'_>, plan: &Plan) -> Result<(), Trouble> {
    site.note(&Event::Intended {
        step: site.step.id.clone(),
        operation: site.operation.clone(),
        plan_hash: plan.hash(),
        plan: json!(plan.changes()),
    })
}

fn waits_or_fails(found: Found, step: &str) -> Result<Outcome, Trouble> {
    match found {
        Found::Pending { .. } => Ok(Outcome::Waits),
        Found::NeedsSteps(steps) => Err(Trouble::new(Code::NotYet)
            .with("step", steps.first().map_or(step, String::as_str))
            .in_field(step)),
        _ => Err(Trouble::defect("renewal")),
    }
}

fn stages(guide: &Guide, history: &History, open: Option<&Renewed>) -> Vec<StageView> {
    let hands_over = guide.steps.iter().any(|step| matches!(step.action, Action::HandOver { .. }));
    let added = open.and_then(|open| open.added);
    let handed = added.and_then(|added| {
        let handed = history.handed_over.as_ref()?;
        let is_this = handed.receipt["values"] == Value::String(handing::digest(guide, history));
        (is_this && handed.at >= added).then_some(handed.at)
    });
    let view = |stage, at: Option<OffsetDateTime>| StageView {
        stage,
        state: if at.is_some() { StageState::Done } else { StageState::Open },
        at,
        plan: None,
    };
    let mut hand_over = view(Stage::HandOver, handed);
    if !hands_over {
        hand_over.state = StageState::NotNeeded;
    }
    let proven = open.and_then(|open| open.proven);
    vec![view(Stage::Add, added), hand_over, view(Stage::Prove, proven), view(Stage::Remove, None)]
}
