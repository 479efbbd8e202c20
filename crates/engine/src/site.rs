//! What a verb sees while it works on one step: the tenant through Graph, the admin's answers, earlier results, the vault.
//! Every change goes through `write`, which journals it; a verb has no other way to change anything.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use cloud::{Answer, Call, Graph, GraphError, GraphFault};
use guide::{Guide, Reference, Step, Template};
use serde_json::Value;
use time::OffsetDateTime;

use crate::ahead::Outcome;
use crate::crash;
use crate::desk::Room;
use crate::history::History;
use crate::look::{Look, Sights};
use crate::role::DirectoryRole;
use crate::tick::{Tick, Ticks};
use crate::trouble::{Code, Trouble};

/// Who is signed in, as the steps need it.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// User principal name.
    pub account: String,
    /// Display name of the account.
    pub name: String,
    /// Object id of the account.
    pub object_id: String,
    /// Tenant (directory) id.
    pub tenant_id: String,
    /// Tenant's display name.
    pub tenant_name: String,
    /// The tenant's default verified domain.
    pub domain: String,
    /// Whether the account is a guest there.
    pub guest: bool,
    /// Active directory roles.
    pub roles: Vec<DirectoryRole>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// When the access token ends.
    pub expires_at: OffsetDateTime,
    /// By how much Microsoft's clock is ahead of this computer's (negative: behind), where it is more than two minutes.
    pub clock_ahead: Option<time::Duration>,
}

/// The signed-in side of a connection.
#[derive(Clone)]
pub(crate) struct Seat {
    pub graph: Graph,
    pub who: SignedIn,
    pub sights: Arc<tokio::sync::Mutex<Sights>>,
}

/// One step at work.
pub(crate) struct Site<'a> {
    pub room: &'a Room,
    pub connection: &'a str,
    pub guide: &'a Guide,
    pub step: &'a Step,
    pub operation: String,
    pub ticks: &'a dyn Ticks,
    /// Whether one more credential is wanted beside the one in use: a renewal.
    pub beside: bool,
    seat: Option<Seat>,
    history: Mutex<Arc<History>>,
}

impl<'a> Site<'a> {
    /// The way to Graph as the application itself, counted together with the admin's own requests.
    pub(crate) fn as_application(&self, token: cloud::ApplicationToken) -> Graph {
        let permitted = crate::verbs::calls(&self.step.action);
        let graph = Graph::as_application(self.room.wire.clone(), token).limited_to(permitted);
        match &self.seat {
            Some(seat) => graph.counted_with(&seat.graph),
            None => graph,
        }
    }

    pub fn new(
        room: &'a Room,
        connection: &'a str,
        guide: &'a Guide,
        step: &'a Step,
        seat: Option<Seat>,
        history: Arc<History>,
        ticks: &'a dyn Ticks,
    ) -> Self {
        let operation = room.random.id();
        let history = Mutex::new(history);
        let permitted = crate::verbs::calls(&step.action);
        let seat = seat.map(|seat| Seat { graph: seat.graph.limited_to(permitted), ..seat });
        Self { room, connection, guide, step, operation, ticks, beside: false, seat, history }
    }

    pub fn history(&self) -> MutexGuard<'_, Arc<History>> {
        self.history.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub fn seat(&self) -> Result<&Seat, Trouble> {
        self.seat.as_ref().ok_or_else(|| Trouble::new(Code::SignInNeeded))
    }

    pub fn now(&self) -> OffsetDateTime {
        self.room.clock.now()
    }

    pub async fn sleep(&self, duration: Duration) {
        self.ticks.tick(Tick::Waiting { seconds: duration.as_secs() });
        self.room.clock.sleep(duration).await;
    }

    /// Whether a secret that is made now could be kept; asked before each call whose answer is shown only once.
    pub async fn can_keep(&self) -> Result<(), Trouble> {
        let vault = Arc::clone(&self.room.vault);
        // A keyring may ask its owner first, and the thread that draws does not wait for that.
        let probed = tokio::task::spawn_blocking(move || vault.probe()).await;
        Ok(probed.map_err(|_| Trouble::defect("vault"))??)
    }

    /// The first eight characters of the connection's id: short enough for a name, long enough to be ours.
    pub fn mark(&self) -> &str {
        self.connection.get(..8).unwrap_or(self.connection)
    }

    /// The stable name under which Graph finds the application again.
    pub fn unique_name(&self, step: &str) -> String {
        format!("footbridge-{}-{}-{}", self.guide.id, step, self.mark())
    }

    pub fn answer(&self, ask: &str) -> Option<Value> {
        let answered = self.history().answers.get(ask).cloned();
        answered.or_else(|| self.guide.ask(ask).and_then(guide::Ask::proposed))
    }

    pub fn answer_text(&self, ask: &str) -> Option<String> {
        self.answer(ask).map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    pub fn output(&self, step: &str, name: &str) -> Option<String> {
        self.history().output(step, name).map(str::to_owned)
    }

    /// The key id of the credential that a step holds now.
    pub fn key_of_step(&self, step: &str) -> Option<String> {
        crate::credential::key_of_step(self.guide, &self.history(), step).map(str::to_owned)
    }
    /// Whether the answers make a step unnecessary.
    pub fn is_left_out(&self, step: &str) -> bool {
        self.history().is_left_out(self.guide, step)
    }

    /// The required asks of this step that have no answer.
    pub fn open_asks(&self) -> Vec<String> {
        crate::handing::open_asks(self.guide, &self.history(), self.step)
    }

    /// A result of an earlier step, or the trouble that says which step comes first.
    pub fn needed(&self, step: &str, name: &str) -> Result<String, Trouble> {
        self.output(step, name).ok_or_else(|| Trouble::new(Code::NotYet).with("step", step).in_field(name))
    }

    pub fn render(&self, template: &Template) -> Result<String, Trouble> {
        template
            .render(&|reference| match reference {
                Reference::Answer(ask) => self.answer_text(ask),
                Reference::Output { step, name } => self.output(step, name),
            })
            .map_err(|unfilled| match unfilled.0 {
                Reference::Answer(ask) => Trouble::new(Code::AnswerMissing).in_field(ask),
                Reference::Output { step, name } => {
                    Trouble::new(Code::NotYet).with("step", step).in_field(name)
                }
            })
    }

    /// A password that is lent for this step.
    pub fn lent(&self, name: &str) -> Option<secrecy::SecretString> {
        self.room.lent.of(self.connection, &self.step.id, name)
    }

    /// The same for its last use.
    pub fn take_lent(&self, name: &str) -> Option<secrecy::SecretString> {
        self.room.lent.take(self.connection, &self.step.id, name)
    }

    pub fn has_any_role(&self, roles: &[DirectoryRole]) -> bool {
        self.seat.as_ref().is_some_and(|seat| roles.iter().any(|role| seat.who.roles.contains(role)))
    }

    /// What the tenant shows of the application that `step` registers; remembered until something is written.
    pub async fn look(&self, step: &str) -> Result<Look, Trouble> {
        let seat = self.seat()?;
        let mut sights = seat.sights.lock().await;
        if let Some(look) = sights.remembered(step) {
            return Ok(look);
        }
        let look = crate::look::take(self, seat, &mut sights, step).await?;
        sights.remember(step, look.clone());
        Ok(look)
    }

    /// Forgets what was looked at, but not what was read behind a change.
    pub async fn forget_looks(&self) {
        if let Some(seat) = &self.seat {
            seat.sights.lock().await.forget_looks();
        }
    }

    pub async fn forget_sights(&self) {
        if let Some(seat) = &self.seat {
            seat.sights.lock().await.forget();
        }
    }

    pub async fn look_twice(&self, twice: bool) {
        if let Some(seat) = &self.seat {
            let mut sights = seat.sights.lock().await;
            sights.twice = twice;
            if !twice {
                sights.ahead.clear();
            }
        }
    }

    pub async fn wavered(&self) -> bool {
        match &self.seat {
            Some(seat) => seat.sights.lock().await.wavered,
            None => false,
        }
    }

    /// Journals a change that Microsoft confirmed. `made` is what undo and resuming need; never a secret.
    pub fn sent(&self, call: &Call, answer: &Answer, made: Value) -> Result<(), Trouble> {
        crash::place("write.applied");
        let event = journal::Event::Sent {
            step: self.step.id.clone(),
            operation: self.operation.clone(),
            method: call.method.as_str().to_owned(),
            path: call.path.clone(),
            status: answer.status,
            request_id: answer.request_id.clone(),
            made: Some(made),
        };
        self.note(&event)?;
        self.ticks.tick(Tick::Sent {
            what: format!("{} {}", call.method.as_str(), call.path),
            status: answer.status,
        });
        crash::place("write.journalled");
        Ok(())
    }

    /// Appends to the journal and to what this site knows.
    pub fn note(&self, event: &journal::Event) -> Result<(), Trouble> {
        let at = self.now();
        let seq = self.room.journal.append(at, self.connection, event)?;
        let entry = journal::Entry { seq, at, connection: self.connection.to_owned(), event: event.clone() };
        Arc::make_mut(&mut self.history()).take_entry(&entry);
        Ok(())
    }

    /// Sends changes in one batch and journals each that was confirmed. An item that the tenant cannot take *yet* is
    /// tried again with growing pauses: the objects it names are minutes old, and Microsoft promises no time of
    /// replication. `already` looks whether the effect is there, so that nothing is sent twice.
    pub async fn write(&self, writes: Vec<Write>) -> Result<Vec<Answer>, Trouble> {
        self.write_with(writes, None).await
    }

    /// As `write`, and reads the application that `register` makes in the same request, behind the changes, for the look
    /// that has to follow them. A change waits for the one before it then.
    pub async fn write_and_look(&self, writes: Vec<Write>, register: &str) -> Result<Vec<Answer>, Trouble> {
        self.write_with(writes, Some(register)).await
    }

    async fn write_with(&self, writes: Vec<Write>, register: Option<&str>) -> Result<Vec<Answer>, Trouble> {
        let seat = self.seat()?;
        let mut answers: Vec<Option<Answer>> = writes.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..writes.len()).collect();
        let mut pause = Pause::default();
        let mut register = register;
        loop {
            crash::place("write.before");
            // What is tried again goes by itself, so that no change waits for another one that is refused.
            let behind = self.begin_write(seat, register.take()).await;
            let calls = open.iter().map(|index| writes[*index].call.clone()).collect();
            let (results, read) = self.send(seat, calls, behind).await?;
            let sent = std::mem::take(&mut open);
            let (mut late, mut refused) = (None, None);
            for (index, result) in sent.into_iter().zip(results) {
                match result {
                    Ok(answer) => {
                        let made = (writes[index].made)(&answer);
                        self.sent(&writes[index].call, &answer, made)?;
                        answers[index] = Some(answer);
                        crash::place("consent.half");
                    }
                    Err(error)
                        if writes[index].fresh
                            && self.may_come(&error)
                            && !self.is_about_others(&writes[index].call) =>
                    {
                        open.push(index);
                        late = Some(error);
                    }
                    // What waited for a change that comes late was not made, and is sent again with it.
                    Err(error) if error.kind == GraphFault::DependencyFailed && late.is_some() => {
                        open.push(index)
                    }
                    Err(_) if writes[index].may_be_there => {}
                    // What was confirmed behind it is journalled all the same, so that undo knows it.
                    Err(error) => refused = refused.or(Some(error)),
                }
            }
            if let Some(error) = refused {
                return Err(error.into());
            }
            let Some(late) = late else {
                let mut sights = seat.sights.lock().await;
                crate::look::keep_behind(&mut sights, read, self.now());
                break;
            };
            match pause.next() {
                Some(duration) => self.sleep(duration).await,
                None => return Err(late.into()),
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Whether a refusal may only mean "not yet": something was made here minutes ago, the account has a role that may do
    /// it, and it is not a policy that speaks (Graph page "applicationAuthenticationMethodPolicy").
    pub fn may_come(&self, error: &GraphError) -> bool {
        if !self.is_young() || error.code.as_deref().is_some_and(|code| code.ends_with("AsPerAppPolicy")) {
            return false;
        }
        match error.kind {
            GraphFault::NotFound | GraphFault::BadRequest => true,
            GraphFault::Forbidden => self.has_any_role(&DirectoryRole::ALL),
            _ => false,
        }
    }

    /// Whether a call names an application that was adopted and nothing that was made here minutes ago: what it does not
    /// find is gone, not late.
    fn is_about_others(&self, call: &Call) -> bool {
        let body = call.body.as_ref().map(Value::to_string).unwrap_or_default();
        let names = |id: &Value| {
            id.as_str().is_some_and(|id| !id.is_empty() && (call.path.contains(id) || body.contains(id)))
        };
        let now = self.now();
        let history = self.history();
        let adopted = history.steps.values().filter_map(|step| step.adopted.as_ref());
        let is_adopted = adopted.flat_map(|object| [&object["id"], &object["application-id"]]).any(names);
        let young = history.sent.iter().filter(|sent| now - sent.at < time::Duration::minutes(10));
        let is_ours = young.flat_map(|sent| [&sent.made["id"], &sent.made["application-id"]]).any(names);
        is_adopted && !is_ours
    }

    /// Replication is given ten minutes; what is older is there or gone.
    fn is_young(&self) -> bool {
        let now = self.now();
        let history = self.history();
        let last = history.sent.iter().map(|sent| sent.at).chain(history.since).max();
        last.is_some_and(|last| now - last < time::Duration::minutes(10))
    }

    /// Forgets what a change makes untrue; the questions that go behind the change.
    async fn begin_write(&self, seat: &Seat, register: Option<&str>) -> Vec<Call> {
        let mut sights = seat.sights.lock().await;
        sights.forget();
        sights.application = None;
        register.map(|step| crate::look::questions_behind(self, &sights, step)).unwrap_or_default()
    }

    /// Sends changes, and behind them the questions where both fit into one request. Microsoft wants a batch "either fully
    /// sequential or fully parallel" (Graph page "JSON batching"), so each waits for the one before it.
    async fn send(
        &self,
        seat: &Seat,
        mut calls: Vec<Call>,
        behind: Vec<Call>,
    ) -> Result<(Vec<Outcome>, Vec<(Call, Outcome)>), Trouble> {
        let count = calls.len();
        if behind.is_empty() || count + behind.len() > MOST_IN_ONE {
            if count == 1
                && let Some(call) = calls.pop()
            {
                return Ok((vec![seat.graph.call(&call).await], Vec::new()));
            }
            return Ok((seat.graph.batch(calls).await?, Vec::new()));
        }
        calls.extend(behind.iter().cloned());
        let chained = calls.into_iter().enumerate().map(|(place, call)| call.after(place.checked_sub(1)));
        let mut results = seat.graph.batch(chained.collect()).await?;
        let read = results.split_off(count);
        Ok((results, behind.into_iter().zip(read).collect()))
    }
}

/// One change, and how its refusals are read.
pub(crate) struct Write {
    pub call: Call,
    /// What the journal keeps of the answer.
    pub made: Box<dyn Fn(&Answer) -> Value + Send + Sync>,
    /// Whether what it names was made minutes ago, so that "no such object" may mean "not yet".
    pub fresh: bool,
    /// Whether its effect may be there already, so that a refusal is left to the look that follows.
    pub may_be_there: bool,
}

/// Calls that one request holds (Graph page "JSON batching").
const MOST_IN_ONE: usize = 20;

impl Write {
    pub fn new(call: Call, made: impl Fn(&Answer) -> Value + Send + Sync + 'static) -> Self {
        Self { call, made: Box::new(made), fresh: true, may_be_there: false }
    }
}

/// Growing pauses, 1 to 16 seconds, about two minutes in all.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    count: u32,
}

impl Pause {
    const MOST: u32 = 10;

    pub fn next(&mut self) -> Option<Duration> {
        if self.count >= Self::MOST {
            return None;
        }
        let seconds = 1_u64 << self.count.min(4);
        self.count += 1;
        Some(Duration::from_secs(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::Pause;

    #[test]
    fn pauses_grow_and_end_after_about_two_minutes() {
        let mut pause = Pause::default();
        let seconds: Vec<u64> =
            std::iter::from_fn(|| pause.next()).map(|duration| duration.as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 16, 16, 16, 16, 16]);
    }
}
