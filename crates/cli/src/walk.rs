//! Walks the steps of a guide in order, as `run` and `rehearse` do: run each, show its plan, ask, hand over, look again at
//! what waits. It decides nothing about a step; the returned checklist does.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::cloud::Clock;
use engine::guide::markup::{self, Piece};
use engine::guide::{Action, Guide, Step};
use engine::{Approval, Checklist, Code, Desk, State, StepView, Tick, Trouble};

use crate::failure::Failure;
use crate::giving::{Given, Giving};
use crate::lending::Lending;
use crate::voice::Voice;
use crate::words::Word;

/// How often, and with what pause between, what waits for Microsoft is looked at again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub pause: Duration,
    pub looks: u32,
    /// Wait before the first proof by use, too, rather than be refused once.
    pub ahead: bool,
}

impl Patience {
    /// Not at all: it is run again later.
    pub const NONE: Self = Self { pause: Duration::ZERO, looks: 0, ahead: false };
    /// A little more than the engine's own patience with Teams, which is 35 minutes.
    pub const REAL: Self = Self { pause: Duration::from_secs(60), looks: 40, ahead: false };
    /// Longer than the half hour that Teams takes, since a turned clock costs nothing and each look costs a request.
    pub const TURNED: Self = Self { pause: Duration::from_secs(31 * 60), looks: 4, ahead: true };
}

/// How to walk.
pub struct Walk<'a> {
    pub desk: &'a Desk,
    pub clock: &'a dyn Clock,
    pub voice: &'a Voice,
    pub connection: &'a str,
    pub guide: &'static Guide,
    /// Say yes to every plan, and confirm notices in this name.
    pub yes: Option<Yes>,
    pub until: Option<&'a str>,
    pub patience: Patience,
    pub giving: &'a Giving,
    pub lending: &'a Lending<'a>,
    /// Objects to take over, by step.
    pub adopt: Vec<(String, String)>,
    /// Steps that make another object although the name is taken.
    pub beside: Vec<String>,
}

/// Who says yes.
#[derive(Debug, Clone)]
pub struct Yes {
    pub by: String,
    pub note: String,
}

/// What a walk brought.
pub struct Walked {
    pub checklist: Checklist,
    pub given: Option<Given>,
}

impl Walk<'_> {
    /// Walks until the end, or until the step that was named.
    pub async fn go(&self) -> Result<Walked, Failure> {
        let mut given = None;
        let mut told = BTreeSet::new();
        let mut checklist = self.desk.checklist(self.connection)?;
        for step in &self.guide.steps {
            // A connection that was passed on has one step only.
            if checklist.step(&step.id).is_none() {
                continue;
            }
            checklist = self.take(step, checklist, &mut given).await?;
            self.tell(&checklist, &step.id, &mut told);
            if self.until == Some(step.id.as_str()) {
                return Ok(Walked { checklist, given });
            }
        }
        let mut looks = self.patience.looks;
        while looks > 0 && checklist.waits() {
            looks -= 1;
            self.clock.sleep(self.patience.pause).await;
            checklist = self.look_again(checklist, &mut given, &mut told).await?;
        }
        Ok(Walked { checklist, given })
    }

    /// Runs what waits once more, and what waited for it.
    async fn look_again(
        &self,
        mut checklist: Checklist,
        given: &mut Option<Given>,
        told: &mut BTreeSet<(String, State)>,
    ) -> Result<Checklist, Failure> {
        for step in &self.guide.steps {
            let is_open = checklist.step(&step.id).is_some_and(|view| {
                matches!(view.state, State::Pending | State::NotYet | State::Planned | State::ChangedSince)
            });
            if is_open {
                checklist = self.take(step, checklist, given).await?;
                self.tell(&checklist, &step.id, told);
            }
        }
        Ok(checklist)
    }

    fn tell(&self, checklist: &Checklist, step: &str, told: &mut BTreeSet<(String, State)>) {
        if let Some(view) = checklist.step(step)
            && told.insert((step.to_owned(), view.state))
        {
            self.voice.step(self.guide, checklist, view);
        }
    }

    async fn take(
        &self,
        step: &Step,
        checklist: Checklist,
        given: &mut Option<Given>,
    ) -> Result<Checklist, Failure> {
        if state(&checklist, step) == Some(State::NotApplicable) {
            return Ok(checklist);
        }
        if engine::is_for_a_person(&step.action) {
            return self.confirm(step, checklist);
        }
        self.wait_ahead(step, &checklist).await;
        let approval = self.yes.as_ref().map_or(Approval::Plan(String::new()), |_| Approval::Any);
        let mut checklist = self.run(step, approval).await?;
        if state(&checklist, step) == Some(State::Taken) && self.settle_taken(step, &checklist)? {
            let approval = self.yes.as_ref().map_or(Approval::Plan(String::new()), |_| Approval::Any);
            checklist = self.run(step, approval).await?;
        }
        if self.lend(step, &checklist)? {
            let approval = self.yes.as_ref().map_or(Approval::Plan(String::new()), |_| Approval::Any);
            checklist = self.run(step, approval).await?;
        }
        let Some(hash) = open_plan(&checklist, step).map(str::to_owned) else { return Ok(checklist) };
        if let Some(view) = checklist.step(&step.id) {
            self.voice.plan(self.guide, view);
        }
        if let Action::HandOver { .. } = step.action {
            if self.agrees() {
                *given = Some(self.giving.give(self.desk, self.connection, &step.id, self.voice).await?);
                checklist = self.desk.checklist(self.connection)?;
            }
            return Ok(checklist);
        }
        match self.yes.is_none() && self.agrees() {
            true => self.run(step, Approval::Plan(hash)).await,
            false => Ok(checklist),
        }
    }

    /// Lends the passwords that a step asks for; whether all of them could be lent.
    fn lend(&self, step: &Step, checklist: &Checklist) -> Result<bool, Failure> {
        let asked = checklist.step(&step.id).map(|view| view.missing_passwords.clone()).unwrap_or_default();
        for name in &asked {
            match self.lending.password(name, self.voice)? {
                Some(password) => self.desk.lend(self.connection, &step.id, name, password)?,
                None => return Ok(false),
            }
        }
        Ok(!asked.is_empty())
    }

    /// A turned clock waits for Teams before it is asked.
    async fn wait_ahead(&self, step: &Step, checklist: &Checklist) {
        let proves = matches!(step.action, Action::ProveMeeting { .. });
        let is_new = checklist
            .step(&step.id)
            .is_some_and(|view| view.state == State::NotYet && view.missing_steps.is_empty());
        if self.patience.ahead && proves && is_new {
            self.voice.tick(&step.id, Tick::Waiting { seconds: self.patience.pause.as_secs() });
            self.clock.sleep(self.patience.pause).await;
        }
    }

    async fn run(&self, step: &Step, approval: Approval) -> Result<Checklist, Failure> {
        let ticks = |tick: Tick| self.voice.tick(&step.id, tick);
        Ok(self.desk.run(self.connection, &step.id, approval, &ticks).await?)
    }

    fn agrees(&self) -> bool {
        self.yes.is_some() || self.voice.asks(self.voice.word(Word::CarryOut))
    }

    fn confirm(&self, step: &Step, checklist: Checklist) -> Result<Checklist, Failure> {
        let is_open = checklist.step(&step.id).is_some_and(|view| !view.missing_steps.is_empty());
        if is_open || state(&checklist, step).is_some_and(State::is_done) {
            return Ok(checklist);
        }
        let words = self.guide.texts.of(self.voice.language());
        for row in &step.rows {
            if let Some(words) = words.rows.get(&row.id) {
                self.voice.line(&format!("      {}: {}", row.id, plain(&words.says)));
            }
        }
        let by = checklist.who.as_ref().map(|who| who.account.clone()).unwrap_or_default();
        let yes = match &self.yes {
            Some(yes) => {
                Yes { by: if yes.by.is_empty() { by } else { yes.by.clone() }, note: yes.note.clone() }
            }
            None if self.voice.asks(self.voice.word(Word::DidReadNotice)) => Yes { by, note: String::new() },
            None => return Ok(checklist),
        };
        Ok(self.desk.confirm(self.connection, &step.id, &yes.by, &yes.note)?)
    }

    /// Whether the options say what becomes of a taken name.
    fn settle_taken(&self, step: &Step, checklist: &Checklist) -> Result<bool, Failure> {
        if let Some((_, object)) = self.adopt.iter().find(|(wanted, _)| *wanted == step.id) {
            self.desk.adopt(self.connection, &step.id, object)?;
            return Ok(true);
        }
        if self.beside.contains(&step.id) {
            self.desk.make_beside(self.connection, &step.id)?;
            return Ok(true);
        }
        let taken = checklist.step(&step.id).and_then(|view| view.taken.as_ref());
        if let Some(taken) = taken {
            let mut trouble = Trouble::new(Code::NameTaken).in_field(&step.id);
            trouble = trouble.with("name", taken.objects.first().map_or("", |object| object.name.as_str()));
            self.voice.trouble(Some(&step.id), &trouble);
            for object in &taken.objects {
                self.voice.line(&format!(
                    "      {}  {}",
                    object.id,
                    object.made.as_deref().unwrap_or_default()
                ));
            }
            self.voice.line(self.voice.word(Word::ChooseAdopt));
        }
        Ok(false)
    }
}

/// A guide's text without its marks; a link keeps its address.
pub fn plain(text: &str) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Plain(text) | Piece::Strong(text) | Piece::Code(text) => text.clone(),
        Piece::Link { words, address } => format!("{words} ({address})"),
    };
    match markup::lines(text) {
        Ok(lines) => {
            lines.iter().map(|line| line.iter().map(piece).collect::<String>()).collect::<Vec<_>>().join(" ")
        }
        Err(_) => text.to_owned(),
    }
}

fn state(checklist: &Checklist, step: &Step) -> Option<State> {
    checklist.step(&step.id).map(|view| view.state)
}

/// The plan that waits for a yes.
fn open_plan<'a>(checklist: &'a Checklist, step: &Step) -> Option<&'a str> {
    let waits_for_yes = |view: &&StepView| matches!(view.state, State::Planned | State::ChangedSince);
    let plan = checklist.step(&step.id).filter(waits_for_yes)?.plan.as_ref()?;
    Some(plan.hash.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_shown_without_marks() {
        let shown = plain("Open **Users**, see [the page](https://learn.microsoft.com/x) and `User.Read`.");
        assert_eq!(shown, "Open Users, see the page (https://learn.microsoft.com/x) and User.Read.");
    }
}
