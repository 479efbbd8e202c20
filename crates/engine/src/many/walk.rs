//! Works through many connections, so many at a time. Connections to one tenant follow each other, so that its throttling
//! is waited out by one of them at a time; a tenant that asks to wait holds up nobody else, as each waits for itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures_util::StreamExt as _;
use guide::{Action, Guide, Step};

use super::overview::{ManyView, Outcome, is_a_persons};
use super::{Aim, ManyRun, ManyTick, ManyTicks, Stop};
use crate::checklist::{Checklist, State};
use crate::desk::{Approval, Desk, lock};
use crate::teams::Script;
use crate::tick::{Tick, Ticks};
use crate::trouble::Trouble;

/// What is done at each connection.
#[derive(Clone, Copy)]
enum Work<'a> {
    Look,
    Run(&'a ManyRun),
}

/// Passes a step's ticks on with its connection.
struct Inside<'a> {
    connection: &'a str,
    step: &'a str,
    ticks: &'a dyn ManyTicks,
}

impl Ticks for Inside<'_> {
    fn tick(&self, tick: Tick) {
        self.ticks.tick(self.connection, ManyTick::Inside { step: self.step.to_owned(), tick });
    }
}

impl Desk {
    /// Signs in at each tenant from home and looks at every step: what would change, what waits for a person. Nothing
    /// is written. It looks beyond notices that nobody has confirmed yet; running does not. Which step has no plan yet because it hangs on an earlier one is told as `later`.
    ///
    /// # Errors
    /// When the journal cannot be read. What goes wrong with one connection stands in its view.
    pub async fn many_plan(
        &self,
        aims: &[Aim],
        at_once: usize,
        ticks: &dyn ManyTicks,
        stop: &Stop,
    ) -> Result<Vec<ManyView>, Trouble> {
        self.many(aims, at_once, Work::Look, ticks, stop).await
    }

    /// Signs in at each tenant from home and runs every step that runs by itself, whatever its plan says. What needs a
    /// person, a hand-over for instance, is left to one. Run again, it goes on where it stopped.
    ///
    /// # Errors
    /// When the journal cannot be read. What goes wrong with one connection stands in its view.
    pub async fn many_run(
        &self,
        aims: &[Aim],
        how: &ManyRun,
        ticks: &dyn ManyTicks,
        stop: &Stop,
    ) -> Result<Vec<ManyView>, Trouble> {
        self.many(aims, how.at_once, Work::Run(how), ticks, stop).await
    }

    async fn many(
        &self,
        aims: &[Aim],
        at_once: usize,
        work: Work<'_>,
        ticks: &dyn ManyTicks,
        stop: &Stop,
    ) -> Result<Vec<ManyView>, Trouble> {
        let mut tenants: BTreeMap<&str, Vec<&Aim>> = BTreeMap::new();
        for aim in aims {
            tenants.entry(&aim.tenant).or_default().push(aim);
        }
        let outcomes: Mutex<BTreeMap<String, Outcome>> = Mutex::default();
        let (desk, outcomes_ref) = (self, &outcomes);
        futures_util::stream::iter(tenants.into_values())
            .for_each_concurrent(at_once.max(1), |together| async move {
                for aim in together {
                    let outcome = desk.one_of_many(aim, work, ticks, stop).await;
                    if let Ok(view) = desk.many_view(aim, &outcome) {
                        ticks.tick(&aim.connection, ManyTick::Ended { state: view.state });
                    }
                    lock(outcomes_ref).insert(aim.connection.clone(), outcome);
                }
            })
            .await;
        let outcomes = outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.many_views(aims, &outcomes)
    }

    async fn one_of_many(&self, aim: &Aim, work: Work<'_>, ticks: &dyn ManyTicks, stop: &Stop) -> Outcome {
        let worked = async {
            if stop.is_asked() {
                return Ok(true);
            }
            if self.signed_in(&aim.connection).is_none() {
                ticks.tick(&aim.connection, ManyTick::SigningIn);
                self.expect_steps(&aim.connection);
                self.sign_in_from_home(&aim.connection, &aim.tenant).await?;
            }
            match work {
                Work::Look => {
                    self.look_at_all(&aim.connection, true, &crate::tick::Quiet).await?;
                    Ok(false)
                }
                Work::Run(how) => self.walk(&aim.connection, how, ticks, stop).await,
            }
        };
        match worked.await {
            Ok(stopped) => Outcome { stopped, trouble: None },
            Err(trouble) => Outcome { stopped: false, trouble: Some(trouble) },
        }
    }

    /// Runs what runs by itself, and looks again at what waits for Microsoft. Answers whether it was told to stop.
    async fn walk(
        &self,
        connection: &str,
        how: &ManyRun,
        ticks: &dyn ManyTicks,
        stop: &Stop,
    ) -> Result<bool, Trouble> {
        let guide = self.guide_of(connection)?;
        for look in 0..=how.looks {
            let mut list = self.checklist(connection)?;
            for step in &guide.steps {
                let is_settled = look > 0 && list.step(&step.id).is_none_or(|view| view.state.is_done());
                if is_settled || list.step(&step.id).is_none() {
                    continue;
                }
                if stop.is_asked() {
                    return Ok(true);
                }
                list = self.one_step(connection, guide, step, list, how, ticks).await?;
            }
            if !list.waits() || look == how.looks {
                break;
            }
            self.room.clock.sleep(how.pause).await;
        }
        Ok(false)
    }

    async fn one_step(
        &self,
        connection: &str,
        guide: &Guide,
        step: &Step,
        before: Checklist,
        how: &ManyRun,
        ticks: &dyn ManyTicks,
    ) -> Result<Checklist, Trouble> {
        let state = |list: &Checklist| list.step(&step.id).map_or(State::NotYet, |view| view.state);
        let is_early = |id: &String| before.step(id).is_some_and(|view| !view.state.is_done());
        let waits = step.after.iter().any(is_early);
        let list = match (&step.action, &how.notices) {
            (Action::ConfirmNotice {}, Some((by, note))) if !state(&before).is_done() && !waits => {
                match crate::handing::open_asks(guide, &*self.history(connection)?, step).is_empty() {
                    true => self.confirm(connection, &step.id, by, note)?,
                    false => return Ok(before),
                }
            }
            (action, _) if is_a_persons(action) || waits => return Ok(before),
            (action, _) if Script::of(action).is_some() && !how.scripts => return Ok(before),
            _ => {
                let inside = Inside { connection, step: &step.id, ticks };
                self.run(connection, &step.id, Approval::Any, &inside).await?
            }
        };
        let (state, done, total) = (state(&list), list.done, list.total);
        ticks.tick(connection, ManyTick::Step { step: step.id.clone(), state, done, total });
        Ok(list)
    }
}
