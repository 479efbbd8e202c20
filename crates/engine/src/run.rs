//! Runs a step: check, show the plan, write the intent, apply, look until it is right, settle. Each phase is durable, so
//! that a run that was interrupted anywhere is simply run again.

use std::sync::Arc;

use guide::{Action, Guide, Step};
use journal::Event;
use serde_json::json;

use crate::bringing_back::is_over;
use crate::checklist::{Checklist, Seen, State, is_for_a_person};
use crate::crash;
use crate::desk::{Approval, Desk};
use crate::history::{DONE, FAILED, History, PENDING};
use crate::plan::{Found, Plan, Proof};
use crate::role::DirectoryRole;
use crate::site::Site;
use crate::steady::{Steady, steady};
use crate::teams::Script;
use crate::tick::{Tick, Ticks};
use crate::trouble::{Code, Trouble};
use crate::verbs::{self, Applied};

impl Desk {
    /// Looks at one step; a plan, if there is one, stands in the step.
    ///
    /// # Errors
    /// Unknown connection or step, or another window works on it. What goes wrong with the step stands in the step.
    pub async fn check(&self, connection: &str, step: &str, ticks: &dyn Ticks) -> Result<Checklist, Trouble> {
        let _lease = self.lease(connection)?;
        if let Some(seat) = self.seat(connection) {
            seat.sights.lock().await.look_now(self.room.clock.now());
        }
        self.look_at(connection, step, false, ticks).await?;
        self.remember_credentials(connection).await?;
        self.checklist(connection)
    }

    /// Looks at every step that can be looked at, in order.
    ///
    /// # Errors
    /// As `check`.
    pub async fn check_all(&self, connection: &str, ticks: &dyn Ticks) -> Result<Checklist, Trouble> {
        self.look_at_all(connection, false, ticks).await
    }

    /// The same; `past_notices` looks beyond notices that nobody has confirmed yet.
    pub(crate) async fn look_at_all(
        &self,
        connection: &str,
        past_notices: bool,
        ticks: &dyn Ticks,
    ) -> Result<Checklist, Trouble> {
        let _lease = self.lease(connection)?;
        if let Some(seat) = self.seat(connection) {
            seat.sights.lock().await.look_now(self.room.clock.now());
        }
        for step in &self.guide_of(connection)?.steps {
            self.look_at(connection, &step.id, past_notices, ticks).await?;
        }
        self.remember_credentials(connection).await?;
        self.checklist(connection)
    }

    async fn look_at(
        &self,
        connection: &str,
        step: &str,
        past_notices: bool,
        ticks: &dyn Ticks,
    ) -> Result<(), Trouble> {
        let (guide, step) = self.step(connection, step)?;
        let history = self.history(connection)?;
        let is_left_out = history.is_for_another(&step.id) || !history.applies(guide, &step.when);
        // What was made by hand is looked at step by step, in whatever order it was made.
        let is_notice =
            |id: &String| matches!(guide.step(id).map(|step| &step.action), Some(Action::ConfirmNotice {}));
        let open = self.open_steps(guide, &history, step);
        let waits = !history.is_pointed() && !open.iter().all(|id| past_notices && is_notice(id));
        if is_left_out || is_over(guide, &history, step) || is_settled_by_a_person(step, &history) || waits {
            return Ok(());
        }
        let site = Site::new(&self.room, connection, guide, step, self.seat(connection), history, ticks);
        ticks.tick(Tick::Looking { step: step.id.clone() });
        match verbs::check(&site).await {
            Ok(Found::AsWanted(proof)) => self.settle_done(&site, None, &proof).await,
            Ok(found) => {
                self.see(connection, &step.id, Seen::of(&found));
                Ok(())
            }
            Err(trouble) => {
                self.see(connection, &step.id, Seen::trouble(trouble));
                self.settle_lent(connection, &step.id);
                Ok(())
            }
        }
    }

    /// Makes a step true, if its plan is approved; otherwise the plan stands in the returned step.
    ///
    /// # Errors
    /// As `check`.
    pub async fn run(
        &self,
        connection: &str,
        step: &str,
        approval: Approval,
        ticks: &dyn Ticks,
    ) -> Result<Checklist, Trouble> {
        let _lease = self.lease(connection)?;
        let (guide, step) = self.step(connection, step)?;
        let history = self.history(connection)?;
        if history.is_for_another(&step.id) {
            return Err(Trouble::new(Code::StepUnknown).with("name", &step.id));
        }
        let is_left_out = !history.applies(guide, &step.when) || is_over(guide, &history, step);
        if is_settled_by_a_person(step, &history) || is_left_out {
            return self.checklist(connection);
        }
        if let Err(trouble) = self.renew(connection).await {
            self.see(connection, &step.id, Seen::trouble(trouble));
            return self.checklist(connection);
        }
        let run = self.run_step(connection, guide, step, history, &approval, ticks).await;
        self.settle_lent(connection, &step.id);
        run?;
        self.remember_credentials(connection).await?;
        self.checklist(connection)
    }

    pub(crate) async fn run_step(
        &self,
        connection: &str,
        guide: &Guide,
        step: &Step,
        history: Arc<History>,
        approval: &Approval,
        ticks: &dyn Ticks,
    ) -> Result<(), Trouble> {
        let open = self.open_steps(guide, &history, step);
        if !open.is_empty() {
            self.see(connection, &step.id, Seen { steps: open, ..Seen::default() });
            return Ok(());
        }
        let waits = history
            .step(&step.id)
            .and_then(|step| step.settled.as_ref())
            .is_some_and(|last| last.state == PENDING);
        let site = Site::new(&self.room, connection, guide, step, self.seat(connection), history, ticks);
        ticks.tick(Tick::Looking { step: step.id.clone() });
        // A person takes their time between seeing a plan and approving it, and the tenant may have changed meanwhile.
        if matches!(approval, Approval::Plan(hash) if !hash.is_empty()) {
            site.forget_sights().await;
        }
        let plan = match verbs::check(&site).await {
            Ok(Found::AsWanted(proof)) => return self.settle_done(&site, None, &proof).await,
            Ok(Found::Planned(plan)) => plan,
            Ok(other) => {
                self.see(connection, &step.id, Seen::of(&other));
                return Ok(());
            }
            Err(trouble) => {
                self.see(connection, &step.id, Seen::trouble(trouble));
                return Ok(());
            }
        };
        let mut seen = Seen::of(&Found::Planned(plan));
        let Some(view) = seen.plan.clone() else { return Ok(()) };
        if lacks_role(&site, step, &view.roles) {
            seen.roles.clone_from(&view.roles);
            self.see(connection, &step.id, seen);
            return Ok(());
        }
        let approved = match approval {
            Approval::Any => true,
            Approval::Plan(hash) => *hash == view.hash,
        };
        let by_hand = matches!(step.action, Action::HandOver { .. });
        if by_hand || !(approved || waits) {
            if matches!(approval, Approval::Plan(hash) if !hash.is_empty()) && !by_hand {
                seen.trouble = Some(Trouble::new(Code::PlanChanged));
            }
            self.see(connection, &step.id, seen);
            return Ok(());
        }
        // The plan that is carried out is drawn anew from what the tenant shows this moment; its hash says it is the same.
        let Ok(Found::Planned(plan)) = verbs::check(&site).await else { return Ok(()) };
        if plan.hash() != view.hash {
            self.see(
                connection,
                &step.id,
                Seen { trouble: Some(Trouble::new(Code::PlanChanged)), ..Seen::of(&Found::Planned(plan)) },
            );
            return Ok(());
        }
        self.carry_out(&site, plan).await
    }

    async fn carry_out(&self, site: &Site<'_>, plan: Plan) -> Result<(), Trouble> {
        let view = crate::checklist::PlanView::from(&plan);
        site.note(&Event::Intended {
            step: site.step.id.clone(),
            operation: site.operation.clone(),
            plan_hash: view.hash.clone(),
            plan: json!(view.changes),
        })?;
        crash::place("intended");
        let outcome = match verbs::apply(site, plan).await {
            Ok(Applied::Look) => steady(site).await,
            Ok(Applied::Proved(proof)) => Ok(Steady::Right(proof)),
            Ok(Applied::Found(found)) => Ok(Steady::Other(found)),
            Err(trouble) => Err(trouble),
        };
        let operation = Some(site.operation.clone());
        match outcome {
            Ok(Steady::Right(proof)) => self.settle_done(site, operation, &proof).await,
            Ok(Steady::Other(Found::Pending { why, until })) => {
                let trouble = json!(null);
                self.settle(
                    site,
                    operation,
                    PENDING,
                    &Proof { evidence: vec![why], ..Proof::default() },
                    Some(trouble),
                )?;
                self.see(
                    site.connection,
                    &site.step.id,
                    Seen { pending_until: Some(until), ..Seen::default() },
                );
                Ok(())
            }
            Ok(Steady::Other(found)) => {
                self.see(site.connection, &site.step.id, Seen::of(&found));
                Ok(())
            }
            Ok(Steady::NotSeen) => {
                let why = crate::phrase::Phrase::new("wait.replication");
                self.settle(
                    site,
                    operation,
                    PENDING,
                    &Proof { evidence: vec![why], ..Proof::default() },
                    None,
                )?;
                lock_seen(self, site);
                Ok(())
            }
            Err(trouble) => {
                self.settle(site, operation, FAILED, &Proof::default(), Some(json!(trouble)))?;
                self.see(site.connection, &site.step.id, Seen::trouble(trouble));
                Ok(())
            }
        }
    }

    pub(crate) async fn settle_done(
        &self,
        site: &Site<'_>,
        operation: Option<String>,
        proof: &Proof,
    ) -> Result<(), Trouble> {
        let is_known = site.history().proof(&site.step.id).is_some_and(|known| {
            known.outputs == proof.outputs && known.found == proof.found && operation.is_none()
        });
        if !is_known {
            crate::claim::claim(site, proof).await?;
            self.settle(site, operation, DONE, proof, None)?;
        }
        lock_seen(self, site);
        Ok(())
    }

    fn settle(
        &self,
        site: &Site<'_>,
        operation: Option<String>,
        state: &str,
        proof: &Proof,
        trouble: Option<serde_json::Value>,
    ) -> Result<(), Trouble> {
        site.note(&Event::Settled {
            step: site.step.id.clone(),
            operation,
            state: state.to_owned(),
            outputs: json!(proof.outputs),
            evidence: json!({ "seen": proof.evidence, "found": proof.found }),
            trouble: trouble.filter(|trouble| !trouble.is_null()),
        })?;
        crash::place("settled");
        Ok(())
    }
}

fn lock_seen(desk: &Desk, site: &Site<'_>) {
    crate::desk::lock(&desk.room.seen).remove(&(site.connection.to_owned(), site.step.id.clone()));
}

fn is_settled_by_a_person(step: &Step, history: &History) -> bool {
    is_for_a_person(&step.action)
        || (history.step(&step.id).is_some_and(|past| past.confirmed.is_some())
            && history.proof(&step.id).is_none())
}

/// Whether the account lacks every role that suffices. Teams' script signs in by itself, perhaps as somebody else.
fn lacks_role(site: &Site<'_>, step: &Step, roles: &[DirectoryRole]) -> bool {
    let signs_in_itself = Script::of(&step.action).is_some();
    let any_member_may = matches!(
        step.action,
        Action::RegisterApplication { .. }
            | Action::AddSecret { .. }
            | Action::AddCertificate { .. }
            | Action::SetPermissions { .. }
            | Action::SetRedirectUris { .. }
            | Action::SetPublicClient { .. }
            | Action::UploadCertificate { .. }
            | Action::TakeDown { .. }
    );
    !roles.is_empty() && !signs_in_itself && !any_member_may && !site.has_any_role(roles)
}

impl Checklist {
    /// Whether every step is green or confirmed by a person, or the connection was ended on purpose.
    pub fn is_done(&self) -> bool {
        self.ended.is_some() || self.steps.iter().all(|step| step.state.is_done())
    }

    /// Whether a step waits for Microsoft.
    pub fn waits(&self) -> bool {
        self.steps.iter().any(|step| step.state == State::Pending)
    }
}
