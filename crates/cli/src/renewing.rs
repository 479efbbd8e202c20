//! Walks the stages of a renewal, as `renew` and `rehearse --renew` do: look, show the plan, ask, carry out. It decides
//! nothing about a stage; the returned renewal does.

use engine::cloud::Clock;
use engine::{Approval, Code, Desk, Renewal, Stage, StageState, Tick, Trouble};

use crate::events::Event;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::giving::{Given, Giving};
use crate::voice::Voice;
use crate::walk::Patience;
use crate::words::{self, Word};

/// How to renew.
pub struct Renewing<'a> {
    pub desk: &'a Desk,
    pub clock: &'a dyn Clock,
    pub voice: &'a Voice,
    pub connection: &'a str,
    pub step: &'a str,
    pub yes: bool,
    /// The last stage.
    pub until: Stage,
    pub keep_old: bool,
    pub giving: &'a Giving,
    pub patience: Patience,
}

/// How far it went.
pub struct Renewed {
    pub exit: Exit,
    pub given: Option<Given>,
}

impl Renewing<'_> {
    /// Goes on until the last stage, a question that nobody answers, or trouble.
    pub async fn go(&self) -> Result<Renewed, Failure> {
        let mut given = None;
        let mut looks = self.patience.looks;
        loop {
            let before = self.desk.renewal(self.connection, self.step)?;
            let Some(stage) = before.next.filter(|stage| *stage <= self.until) else {
                return Ok(Renewed { exit: Exit::Done, given });
            };
            if stage == Stage::Remove && self.keep_old {
                self.desk.keep_old(self.connection, self.step)?;
                return Ok(Renewed { exit: Exit::Done, given });
            }
            let view = self.carry_out(stage, &mut given).await?;
            let state = view.stage(stage).map_or(StageState::Failed, |view| view.state);
            // After the last stage no renewal is under way, and the first one is open again.
            let is_over = stage == Stage::Remove && !view.begun;
            let state = if is_over { StageState::Done } else { state };
            self.tell(&before, &view, stage, state);
            if is_over {
                return Ok(Renewed { exit: Exit::Done, given });
            }
            match state {
                StageState::Done | StageState::NotNeeded => {}
                StageState::Waiting if looks > 0 => {
                    looks -= 1;
                    self.clock.sleep(self.patience.pause).await;
                }
                StageState::Failed => {
                    let code = view.trouble.as_ref().map_or(Code::Defect, |trouble| trouble.code);
                    return Ok(Renewed { exit: exit::of_code(code), given });
                }
                _ => return Ok(Renewed { exit: Exit::Pending, given }),
            }
        }
    }

    async fn carry_out(&self, stage: Stage, given: &mut Option<Given>) -> Result<Renewal, Failure> {
        let view = self.look(Approval::Plan(String::new())).await?;
        let planned = view.stage(stage).filter(|view| view.state == StageState::Planned);
        let Some(plan) = planned.and_then(|view| view.plan.clone()) else { return Ok(view) };
        self.voice.renewal_plan(self.step, stage, &plan);
        let question = if stage == Stage::Remove { Word::RemoveOld } else { Word::CarryOut };
        if !self.yes && !self.voice.asks(self.voice.word(question)) {
            return Ok(view);
        }
        if stage == Stage::HandOver {
            let step = self.desk.hand_over_of(self.connection, self.step)?;
            *given = Some(self.giving.give(self.desk, self.connection, &step, self.voice).await?);
            return Ok(self.desk.renewal(self.connection, self.step)?);
        }
        self.look(Approval::Plan(plan.hash)).await
    }

    async fn look(&self, approval: Approval) -> Result<Renewal, Failure> {
        let ticks = |tick: Tick| self.voice.tick(self.step, tick);
        let sealed_for = self.giving.sealed_for();
        Ok(self.desk.renew_next(self.connection, self.step, approval, sealed_for, &ticks).await?)
    }

    fn tell(&self, before: &Renewal, view: &Renewal, stage: Stage, state: StageState) {
        let event = Event::Stage {
            step: view.step.clone(),
            credential: view.kind.name(),
            stage: stage.name(),
            state: state.name(),
            old: before.old.clone(),
            new: view.new.clone().or_else(|| before.new.clone()),
        };
        self.voice.tell(&event, || {
            let (stage, state) = (words::stage(stage), words::stage_state(state));
            format!("  {}: {}", self.voice.word(stage), self.voice.word(state))
        });
        if let Some(trouble) = &view.trouble {
            self.voice.trouble(Some(&view.step), trouble);
        }
    }
}

/// Whether the credential of a step ends soon, by the ledger.
pub fn is_due(desk: &Desk, renewal: &Renewal) -> Result<bool, Trouble> {
    let ledger = desk.ledger()?;
    let entry =
        ledger.iter().find(|entry| entry.connection == renewal.connection && entry.key == renewal.old);
    Ok(entry.is_some_and(|entry| entry.standing != engine::Standing::Fine))
}
