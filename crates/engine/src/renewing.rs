//! Renewal without a gap, carried out: the new credential is added beside the old one, handed to the product, proven by a
//! sign-in, and only then, when it is wished, the old one is removed. Each stage is asked for, journalled and can be
//! resumed; up to the last one everything can be taken back.

use std::sync::Arc;

use guide::{Action, Guide, Step};
use journal::Event;
use serde_json::json;

use crate::checklist::PlanView;
use crate::crash;
use crate::credential::{CredentialKind, credential_steps};
use crate::desk::{Approval, Desk, lock};
use crate::handing;
use crate::handing_over::SealedFor;
use crate::history::History;
use crate::phrase::Phrase;
use crate::plan::{Found, Plan};
use crate::renewal::{Renewal, Stage, Tried, kind_of};
use crate::renewed::{Ending, Mark, Renewed};
use crate::site::Site;
use crate::steady::{Steady, steady};
use crate::tick::Ticks;
use crate::trouble::{Code, Trouble};
use crate::verbs;

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
    /// Looks at the next stage and carries it out, if its plan is approved; otherwise the plan stands in the returned
    /// stage. Handing over is done with [`Desk::hand_over`]; here it is only seen. An approval with an empty hash shows
    /// the plan and nothing else.
    ///
    /// # Errors
    /// Unknown connection or step, nobody signed in, another window works on it, or a new credential that could not be
    /// handed over as it is going to be. What goes wrong with the stage stands in the returned value.
    pub async fn renew_next(
        &self,
        connection: &str,
        step: &str,
        approval: Approval,
        sealed_for: SealedFor,
        ticks: &dyn Ticks,
    ) -> Result<Renewal, Trouble> {
        let _lease = self.lease(connection)?;
        let (guide, step) = self.step(connection, step)?;
        let work = Work { connection, guide, step, kind: kind_of(step)?, ticks };
        self.can_be_given(&work, sealed_for)?;
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

    /// What would stay here is not made: asked until the new credential is there, and of guides that hand it over.
    fn can_be_given(&self, work: &Work<'_>, sealed_for: SealedFor) -> Result<(), Trouble> {
        let history = self.history(work.connection)?;
        let is_added = history.open_renewal(&work.step.id).is_some_and(|open| open.added.is_some());
        if is_added || handing::hand_over_of(work.guide, &history, &work.step.id).is_none() {
            return Ok(());
        }
        self.may_seal_for(sealed_for)
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
                self.settle_done(&site, Some(site.operation.clone()), &proof).await?;
                let new = proof.outputs.get(work.kind.key_output()).cloned().unwrap_or_default();
                site.note(&Mark::Added { new: &new }.event(&site.operation))?;
                crash::place("renewal.added");
                Ok(Outcome::Done)
            }
            Steady::NotSeen | Steady::Other(_) => Ok(Outcome::Waits),
        }
    }

    fn hand_over_plan(&self, work: &Work<'_>) -> Result<Plan, Trouble> {
        Ok(verbs::check_hand_over(&work.site(self, self.history(work.connection)?)))
    }

    async fn prove_new(&self, work: &Work<'_>, approval: &Approval) -> Result<Outcome, Trouble> {
        let history = self.history(work.connection)?;
        let open = open(&history, work)?;
        let register = work.register();
        let site = work.site(self, history);
        let (directory, client) =
            (site.needed(register, "directory-id")?, site.needed(register, "application-id")?);
        let new = open.new.clone().unwrap_or_default();
        let users = work.users_of_credential(&site.history());
        let history = self.history(work.connection)?;
        let sites: Vec<Site<'_>> =
            users.iter().map(|step| work.site_of(self, step, history.clone())).collect();
        let plan = verbs::check_proof(&site, &new, &sites).await?;
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
        let keys = [open.old.as_str(), new.as_str()];
        if let Some(plan) = verbs::check_removal(&site, work.register(), work.kind, keys).await? {
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
            .is_some_and(|added| history.last_handed_over().is_some_and(|handed| handed.at >= added));
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
}

impl<'a> Work<'a> {
    fn site(&self, desk: &'a Desk, history: Arc<History>) -> Site<'a> {
        self.site_of(desk, self.step, history)
    }

    fn site_of(&self, desk: &'a Desk, step: &'static Step, history: Arc<History>) -> Site<'a> {
        let seat = desk.seat(self.connection);
        Site::new(&desk.room, self.connection, self.guide, step, seat, history, self.ticks)
    }

    /// The step that registers the application.
    fn register(&self) -> &'static str {
        let mut steps = credential_steps(self.guide);
        steps.find(|(step, ..)| step.id == self.step.id).map_or("", |(_, _, register)| register)
    }

    /// The steps that were proven with the old credential and are proven anew with the new one.
    fn users_of_credential(&self, history: &History) -> Vec<&'static Step> {
        let uses = |step: &&Step| match &step.action {
            Action::ConfirmGrants { secret: Some(secret), .. }
            | Action::MatchFields { secret: Some(secret), .. }
            | Action::ProveMeeting { secret, .. }
            | Action::ProvePresence { secret, .. }
            | Action::ProveMail { secret, .. } => *secret == self.step.id,
            _ => false,
        };
        self.guide.steps.iter().filter(uses).filter(|step| history.proof(&step.id).is_some()).collect()
    }
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
