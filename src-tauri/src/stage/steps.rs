//! Looking at a step, doing it, undoing, adopting, confirming, answering. Each change is asked for natively first,
//! with the exact lines of its plan.

use std::future::Future;

use engine::{Approval, Checklist as List, Code, Sign, Tick as Life, Trouble as Wrong, guide::Action};
use tauri::{AppHandle, ipc::Channel};

use super::{Given, Place, Stage, lock};
use crate::{
    confirm::{self, Question},
    judged,
    told::{self, speech},
    view::{Answer, Checklist, Judged, Tick},
};

impl Stage {
    /// Looks at one step. A step that waits is carried on, which is what looking means for it.
    pub async fn check(&self, connection: &str, step: &str, ticks: Channel<Tick>) -> Given<Checklist> {
        let place = self.place(connection)?;
        let waits = place.desk.due(connection).is_ok_and(|due| due.iter().any(|id| id == step));
        let told = self.teller(&place, connection, step, ticks);
        let list = if waits {
            if let Some(rehearsal) = self.rehearsal.get().filter(|_| place.rehearsal) {
                rehearsal.clock.push(std::time::Duration::from_secs(600));
            }
            self.working(
                &place,
                connection,
                place.desk.run(connection, step, Approval::Plan(String::new()), &told),
            )
            .await?
        } else {
            self.working(&place, connection, place.desk.check(connection, step, &told)).await?
        };
        self.view(&place, list, step).await
    }

    /// Looks at every step.
    pub async fn check_all(
        &self,
        connection: &str,
        step: Option<&str>,
        ticks: Channel<Tick>,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let told = self.teller(&place, connection, step.unwrap_or_default(), ticks);
        let list = self.working(&place, connection, place.desk.check_all(connection, &told)).await?;
        let next = list.next.clone().unwrap_or_default();
        self.view(&place, list, step.unwrap_or(&next)).await
    }

    /// Carries out the plan that was seen, after a native question that lists it.
    pub async fn apply(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        plan: &str,
        ticks: Channel<Tick>,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let shown = list.step(step).and_then(|step| step.plan.clone()).filter(|shown| shown.hash == plan);
        let Some(shown) = shown else { return Err(self.trouble(&Wrong::new(Code::PlanChanged))) };
        let lines: Vec<String> = shown.changes.iter().map(|change| self.line(change)).collect();
        let question = self.question(&list, step, &lines, self.say("Do it", "Erledigen"));
        if !confirm::ask(app, place.rehearsal, question).await {
            return self.view(&place, list, step).await;
        }
        let told = self.teller(&place, connection, step, ticks);
        let approval = Approval::Plan(plan.to_owned());
        let list =
            self.working(&place, connection, place.desk.run(connection, step, approval, &told)).await?;
        self.view(&place, list, step).await
    }

    /// A person vouches for a step.
    pub async fn confirm(&self, connection: &str, step: &str, note: &str) -> Given<Checklist> {
        let place = self.place(connection)?;
        let by = place.desk.signed_in(connection).map(|who| who.name).unwrap_or_else(|| self.login_name());
        let list =
            place.desk.confirm(connection, step, &by, note.trim()).map_err(|wrong| self.trouble(&wrong))?;
        self.view(&place, list, step).await
    }

    /// Takes back what this connection made, after a native question that lists it.
    pub async fn undo(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        ticks: Channel<Tick>,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let language = speech(self.language());
        let plan = place.desk.undo_plan(connection).map_err(|wrong| self.trouble(&wrong))?;
        let lines: Vec<String> = plan
            .iter()
            .map(|line| {
                let what = line.what.in_language(language);
                if line.can {
                    format!("− {what}")
                } else {
                    format!("= {what} ({})", self.say("stays", "bleibt"))
                }
            })
            .collect();
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let question = self.question(&list, "", &lines, self.say("Take it back", "Zurücknehmen"));
        if !confirm::ask(app, place.rehearsal, question).await {
            return self.view(&place, list, step).await;
        }
        let told = self.teller(&place, connection, step, ticks);
        self.working(&place, connection, place.desk.undo(connection, &told)).await?;
        self.look(connection, step).await
    }

    /// Takes over somebody else's object, after a native question.
    pub async fn adopt(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        object: &str,
        ticks: Channel<Tick>,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let lines = vec![format!("{}: {object}", self.say("Use this object", "Dieses Objekt verwenden"))];
        let question = self.question(&list, step, &lines, self.say("Use it", "Verwenden"));
        if !confirm::ask(app, place.rehearsal, question).await {
            return self.view(&place, list, step).await;
        }
        place.desk.adopt(connection, step, object).map_err(|wrong| self.trouble(&wrong))?;
        self.check(connection, step, ticks).await
    }

    /// Makes an object of its own; the plan is shown before anything is made.
    pub async fn make_beside(&self, connection: &str, step: &str, ticks: Channel<Tick>) -> Given<Checklist> {
        let place = self.place(connection)?;
        place.desk.make_beside(connection, step).map_err(|wrong| self.trouble(&wrong))?;
        self.check(connection, step, ticks).await
    }

    /// Keeps the answers of a step; an empty one is taken back. One that does not fit names its field, and none is kept.
    pub async fn answer(&self, connection: &str, step: &str, answers: Vec<Answer>) -> Given<Checklist> {
        let place = self.place(connection)?;
        let guide = place.desk.guide_of(connection).map_err(|wrong| self.trouble(&wrong))?;
        let mut read = Vec::new();
        for answer in answers {
            let Some(ask) = guide.ask(&answer.ask) else {
                return Err(self.trouble(&Wrong::new(Code::NotFound).with("path", answer.ask)));
            };
            let value = judged::read(ask, &answer.value);
            if let Some(fault) = judged::fault(ask, &value, self.language()).filter(|_| !value.is_null()) {
                return Err(self.plain_trouble("answer-invalid", &fault, &ask.id));
            }
            read.push((ask, value));
        }
        for (ask, value) in read {
            place.desk.answer(connection, &ask.id, value).map_err(|wrong| self.trouble(&wrong))?;
        }
        // Where answers are all that a step wants, it is over with them.
        if guide.step(step).is_some_and(|step| matches!(step.action, Action::NoteAnswers {})) {
            let list = place.desk.check(connection, step, &engine::Quiet).await;
            return self.view(&place, list.map_err(|wrong| self.trouble(&wrong))?, step).await;
        }
        self.look(connection, step).await
    }

    /// What is said about an answer that is being typed; nothing is kept.
    pub fn judge(&self, connection: &str, answer: &Answer) -> Given<Judged> {
        let guide =
            self.place(connection)?.desk.guide_of(connection).map_err(|wrong| self.trouble(&wrong))?;
        let unknown = || self.trouble(&Wrong::new(Code::NotFound).with("path", &answer.ask));
        let ask = guide.ask(&answer.ask).ok_or_else(unknown)?;
        Ok(judged::judge(ask, &answer.value, self.language()))
    }

    /// The admin did it in the product: the clock of the guide begins.
    pub async fn wait_for_product(&self, connection: &str, step: &str) -> Given<Checklist> {
        let now = self.place(connection)?.now();
        lock(&self.waits).insert((connection.to_owned(), step.to_owned()), now);
        self.look(connection, step).await
    }

    /// Runs a deed until it ends or is stopped. What was sent by then stands in the journal.
    pub(super) async fn working<T>(
        &self,
        place: &Place,
        connection: &str,
        deed: impl Future<Output = Result<T, Wrong>>,
    ) -> Given<T> {
        let stop = self.stopper(connection);
        let hurries = |on| {
            if let Some(rehearsal) = self.rehearsal.get().filter(|_| place.rehearsal) {
                rehearsal.clock.hurry(on);
            }
        };
        hurries(true);
        let outcome = tokio::select! {
            outcome = deed => outcome.map_err(|wrong| self.trouble(&wrong)),
            () = stop.notified() => Err(self.plain_trouble("stopped", self.say("Stopped.", "Angehalten."), "")),
        };
        hurries(false);
        outcome
    }

    pub(super) fn teller(
        &self,
        place: &Place,
        connection: &str,
        step: &str,
        ticks: Channel<Tick>,
    ) -> impl Fn(Life) + Send + Sync + use<> {
        let language = self.language();
        let guide = place.desk.guide_of(connection).ok();
        let step = step.to_owned();
        move |tick| {
            let (what, done, total) = told::tick(&tick, guide, language);
            let _ = ticks.send(Tick { step: step.clone(), what, done, total });
        }
    }

    pub(super) fn line(&self, change: &engine::Change) -> String {
        let sign = match change.sign {
            Sign::Add => '+',
            Sign::Remove => '−',
            Sign::Set => '~',
            Sign::Keep => '=',
            Sign::Run => '›',
        };
        format!("{sign} {}  {}", change.name, change.note.in_language(speech(self.language())))
    }

    pub(super) fn question(&self, list: &List, step: &str, lines: &[String], yes: &str) -> Question {
        let tenant = list.who.as_ref().map(|who| who.domain.clone()).unwrap_or_default();
        let guide =
            self.place(&list.connection).ok().and_then(|place| place.desk.guide_of(&list.connection).ok());
        let title = match list.step(step) {
            Some(step) => told::step_title(guide, &step.id, self.language()),
            None => list.name.clone(),
        };
        Question {
            title,
            text: format!(
                "{} {tenant}:\n\n{}",
                self.say("This changes in", "Das ändert sich in"),
                lines.join("\n")
            ),
            yes: yes.to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        }
    }

    /// The name that this person is signed in to the computer with; for a confirmation before any sign-in.
    fn login_name(&self) -> String {
        let said = ["USER", "USERNAME", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
        let unknown = self.say("an admin at this computer", "einem Administrator an diesem Rechner");
        said.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| unknown.to_owned())
    }
}
