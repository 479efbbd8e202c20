//! What a connection's journal says, read into one value. It is derived from the rows and stored nowhere on disk:
//! the journal is the only place where state is kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use journal::{Entry, Event};
use serde_json::Value;
use time::OffsetDateTime;

use crate::delivering::{PINNED, PinnedHost};
use crate::desk::{Desk, lock};
use crate::many::{Belonging, CUSTOMER};
use crate::offers::{OFFER, TakenOffer};
use crate::passing_on::{TAKEN_OVER, TakenOver};
use crate::plan::Proof;
use crate::renewed::{Ending, RENEWAL, Renewed};
use crate::seen_credentials::{CREDENTIALS, REMINDED, SeenCredentials};
use crate::trouble::Trouble;

/// A connection as its journal tells it.
#[derive(Debug, Default, Clone)]
pub struct History {
    /// The guide's id.
    pub guide: String,
    /// The admin's name for the connection.
    pub name: String,
    /// The cloud's name.
    pub place: String,
    /// Whether it is a rehearsal.
    pub rehearsal: bool,
    /// When it was made.
    pub since: Option<OffsetDateTime>,
    /// The last sign-in.
    pub signed_in: Option<LastSignIn>,
    /// Answers by ask.
    pub answers: BTreeMap<String, Value>,
    /// What happened to each step.
    pub steps: BTreeMap<String, StepHistory>,
    /// Each change that Microsoft confirmed, oldest first.
    pub sent: Vec<Sent>,
    /// The last hand-over of each step.
    pub handed_over: BTreeMap<String, HandedOver>,
    /// Renewals of credentials, oldest first.
    pub(crate) renewals: Vec<Renewed>,
    /// The credentials that the last look showed, by the step that registers their application.
    pub(crate) credentials: BTreeMap<String, SeenCredentials>,
    /// What was reminded of: key id, and the mark that was reached.
    pub(crate) reminded: Vec<(String, i64)>,
    /// The product's offer that was taken last.
    pub(crate) offer: Option<TakenOffer>,
    /// Host keys that the admin compared and pinned, oldest first.
    pub(crate) host_keys: Vec<PinnedHost>,
    /// The one step that this connection is for, where another admin passed it on.
    pub(crate) taken_over: Option<TakenOver>,
    /// For whom it is, and which tenant, as the admin says.
    pub(crate) belonging: Belonging,
    /// Whether the admin removed the connection.
    pub removed: bool,
}

/// The last sign-in that was journalled.
#[derive(Debug, Clone)]
pub struct LastSignIn {
    /// User principal name.
    pub account: String,
    /// Tenant id.
    pub tenant_id: String,
    /// Tenant's display name.
    pub tenant_name: String,
    /// When.
    pub at: OffsetDateTime,
}

/// What happened to one step.
#[derive(Debug, Clone, Default)]
pub struct StepHistory {
    /// How it was settled last.
    pub settled: Option<Settled>,
    /// When it was first settled as pending, since it was last anything else.
    pub pending_since: Option<OffsetDateTime>,
    /// A person's confirmation.
    pub confirmed: Option<Confirmed>,
    /// The object that the admin adopted knowingly.
    pub adopted: Option<Value>,
    /// What Teams' own read-back said.
    pub teams: Option<Value>,
    /// The last intent that was not settled since: a run may have been interrupted after its effect.
    pub(crate) intended: Option<Intended>,
}

/// What a run set out to do.
#[derive(Debug, Clone)]
pub(crate) struct Intended {
    /// The lines of the approved plan.
    pub changes: Value,
    /// When.
    pub at: OffsetDateTime,
}

/// How a step was settled.
#[derive(Debug, Clone)]
pub struct Settled {
    /// `done`, `pending` or `failed`.
    pub state: String,
    /// Results and evidence.
    pub proof: Proof,
    /// The trouble, where it failed or waits.
    pub trouble: Option<Trouble>,
    /// When.
    pub at: OffsetDateTime,
}

/// A person's confirmation of what no machine can see.
#[derive(Debug, Clone)]
pub struct Confirmed {
    /// Who.
    pub by: String,
    /// In which words.
    pub note: String,
    /// When.
    pub at: OffsetDateTime,
}

/// A change that Microsoft confirmed.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The step.
    pub step: String,
    /// What was made, for undo and for resuming.
    pub made: Value,
    /// When.
    pub at: OffsetDateTime,
    /// Whether it was taken back.
    pub undone: bool,
}

/// The last hand-over.
#[derive(Debug, Clone)]
pub struct HandedOver {
    /// The receipt, with the digest of the values.
    pub receipt: Value,
    /// When.
    pub at: OffsetDateTime,
}

/// A history, and the row that was the last one when it was read.
pub(crate) struct Told {
    last: Option<(u64, OffsetDateTime)>,
    history: Arc<History>,
}

impl Desk {
    /// Read anew only where the journal has grown: what came to a connection never changes, and its last row says how far it
    /// is.
    pub(crate) fn history(&self, connection: &str) -> Result<Arc<History>, Trouble> {
        Ok(self.room.journal.read(connection, |entries| {
            let last = entries.last().map(|entry| (entry.seq, entry.at));
            let mut all = lock(&self.room.told);
            if let Some(told) = all.get(connection).filter(|told| told.last == last) {
                return told.history.clone();
            }
            let history = Arc::new(History::from_entries(entries.iter().copied()));
            all.insert(connection.to_owned(), Told { last, history: history.clone() });
            history
        })?)
    }
}

impl History {
    /// Reads the entries of one connection, oldest first.
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut history = Self::default();
        for entry in entries {
            history.take_entry(entry);
        }
        history
    }

    fn step_mut(&mut self, step: &str) -> &mut StepHistory {
        self.steps.entry(step.to_owned()).or_default()
    }

    /// Takes one more entry in.
    pub fn take_entry(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.event {
            Event::Connected { guide, name, place, rehearsal, .. } => {
                self.guide.clone_from(guide);
                self.name.clone_from(name);
                self.place.clone_from(place);
                self.rehearsal = *rehearsal;
                self.since = Some(at);
            }
            Event::SignedIn { account, tenant_id, tenant_name, .. } => {
                self.signed_in = Some(LastSignIn {
                    account: account.clone(),
                    tenant_id: tenant_id.clone(),
                    tenant_name: tenant_name.clone(),
                    at,
                });
            }
            Event::Answered { ask, value } => {
                if value.is_null() {
                    self.answers.remove(ask);
                } else {
                    self.answers.insert(ask.clone(), value.clone());
                }
            }
            Event::Intended { step, plan, .. } => {
                self.step_mut(step).intended = Some(Intended { changes: plan.clone(), at });
            }
            Event::Sent { step, made: Some(made), .. } => {
                self.take_removal(made);
                self.sent.push(Sent { step: step.clone(), made: made.clone(), at, undone: false });
            }
            Event::Settled { step, state, outputs, evidence, trouble, .. } => {
                self.settle(step, state, outputs, evidence, trouble.as_ref(), at);
            }
            Event::Confirmed { step, by, note } => {
                self.step_mut(step).confirmed = Some(Confirmed { by: by.clone(), note: note.clone(), at });
            }
            Event::Adopted { step, object } => self.step_mut(step).adopted = Some(object.clone()),
            Event::HandedOver { step, receipt, .. } => {
                self.handed_over.insert(step.clone(), HandedOver { receipt: receipt.clone(), at });
            }
            Event::Undone { step, what } => {
                for sent in self.sent.iter_mut().filter(|sent| sent.step == *step && sent.made == *what) {
                    sent.undone = true;
                }
                self.steps.remove(step);
                for renewal in self.renewals.iter_mut().filter(|renewal| renewal.is_open()) {
                    if [renewal.new.as_deref(), Some(renewal.old.as_str())].contains(&what["id"].as_str()) {
                        renewal.ended = Some((Ending::Undone, at));
                    }
                }
            }
            Event::Noted { what, details } if what == TEAMS_RESULT => {
                if let Some(step) = details.get("step").and_then(Value::as_str) {
                    self.step_mut(step).teams = Some(details.clone());
                }
            }
            Event::Noted { what, details } if what == PINNED => {
                self.host_keys.extend(serde_json::from_value::<PinnedHost>(details.clone()));
            }
            Event::Noted { what, details } if what == OFFER => {
                self.offer = serde_json::from_value(details.clone()).ok();
            }
            Event::Noted { what, details } if what == TAKEN_OVER => {
                self.taken_over = serde_json::from_value(details.clone()).ok();
            }
            Event::Noted { what, details } if what == CUSTOMER => self.belonging = Belonging::of(details),
            Event::Noted { what, details } if what == RENEWAL => self.take_renewal(details, at),
            Event::Noted { what, details } if what == CREDENTIALS => {
                if let Ok(seen) = serde_json::from_value::<SeenCredentials>(details.clone()) {
                    self.credentials.insert(seen.step.clone(), SeenCredentials { at: Some(at), ..seen });
                }
            }
            Event::Noted { what, details } if what == REMINDED => {
                if let (Some(key), Some(mark)) = (details["key"].as_str(), details["mark"].as_i64()) {
                    self.reminded.push((key.to_owned(), mark));
                }
            }
            Event::Removed {} => self.removed = true,
            _ => {}
        }
    }

    /// A credential that was removed on purpose is no longer there to be taken back.
    fn take_removal(&mut self, made: &Value) {
        let gone = match made["kind"].as_str() {
            Some("secret-removed") => "secret",
            Some("certificate-removed") => "certificate",
            _ => return,
        };
        for sent in
            self.sent.iter_mut().filter(|sent| sent.made["kind"] == gone && sent.made["id"] == made["id"])
        {
            sent.undone = true;
        }
    }

    fn settle(
        &mut self,
        step: &str,
        state: &str,
        outputs: &Value,
        evidence: &Value,
        trouble: Option<&Value>,
        at: OffsetDateTime,
    ) {
        let proof = Proof {
            outputs: serde_json::from_value(outputs.clone()).unwrap_or_default(),
            evidence: serde_json::from_value(evidence.get("seen").cloned().unwrap_or_default())
                .unwrap_or_default(),
            found: evidence.get("found").cloned().unwrap_or_default(),
        };
        let trouble = trouble.and_then(|trouble| serde_json::from_value(trouble.clone()).ok());
        let history = self.step_mut(step);
        history.pending_since = match (state, history.pending_since) {
            ("pending", since) => since.or(Some(at)),
            _ => None,
        };
        history.intended = None;
        history.settled = Some(Settled { state: state.to_owned(), proof, trouble, at });
    }

    /// The newest hand-over.
    pub fn last_handed_over(&self) -> Option<&HandedOver> {
        self.handed_over.values().max_by_key(|handed| handed.at)
    }

    /// The step's history, where there is one.
    pub fn step(&self, step: &str) -> Option<&StepHistory> {
        self.steps.get(step)
    }

    /// The proof of a step that was settled as done.
    pub fn proof(&self, step: &str) -> Option<&Proof> {
        self.steps
            .get(step)?
            .settled
            .as_ref()
            .filter(|settled| settled.state == DONE)
            .map(|settled| &settled.proof)
    }

    /// The proof of a step, or what another admin tells of it.
    pub(crate) fn proof_or_told(&self, step: &str) -> Option<&Proof> {
        let told = || self.taken_over.as_ref()?.earlier.get(step);
        self.proof(step).or_else(told)
    }

    /// A named result of a step that is done.
    pub fn output(&self, step: &str, name: &str) -> Option<&str> {
        self.proof_or_told(step)?.outputs.get(name).map(String::as_str)
    }

    /// Whether this connection is for one other step only.
    pub fn is_for_another(&self, step: &str) -> bool {
        self.taken_over.as_ref().is_some_and(|taken| taken.step != step)
    }

    /// Whether the answers make a step necessary.
    pub fn applies(&self, guide: &guide::Guide, when: &[guide::Condition]) -> bool {
        guide.applies(when, &|ask| self.answers.get(ask).cloned())
    }

    /// The required choice without an answer on which it hangs whether a step is necessary.
    pub fn undecided<'g>(&self, guide: &'g guide::Guide, step: &'g guide::Step) -> Option<&'g str> {
        guide.undecided(&step.when, &|ask| self.answers.get(ask).cloned())
    }

    /// Whether a step of the guide is not needed with these answers. While a choice is open nobody knows yet.
    pub fn is_left_out(&self, guide: &guide::Guide, step: &str) -> bool {
        guide
            .step(step)
            .is_some_and(|step| !self.applies(guide, &step.when) && self.undecided(guide, step).is_none())
    }

    /// Whether a step was pointed at an application that somebody made by hand.
    pub fn is_pointed(&self) -> bool {
        let mut adopted = self.steps.values().filter_map(|step| step.adopted.as_ref());
        adopted.any(|object| object["pointed"] == true)
    }

    /// What this connection made at a step and did not take back, newest first, by kind.
    pub fn made<'a>(&'a self, step: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.sent
            .iter()
            .rev()
            .filter(move |sent| !sent.undone && sent.step == step && sent.made["kind"] == kind)
            .map(|sent| &sent.made)
    }
}

/// The state of a step that is true.
pub const DONE: &str = "done";
/// The state of a step that is made and not yet seen everywhere.
pub const PENDING: &str = "pending";
/// The state of a step that failed.
pub const FAILED: &str = "failed";
/// The note under which Teams' read-back is kept.
pub const TEAMS_RESULT: &str = "teams-result";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    fn entry(seq: u64, event: Event) -> Entry {
        Entry {
            seq,
            at: datetime!(2026-11-21 09:00 UTC) + time::Duration::minutes(i64::try_from(seq).unwrap()),
            connection: "c".into(),
            event,
        }
    }

    fn settled(step: &str, state: &str, id: &str) -> Event {
        Event::Settled {
            step: step.into(),
            operation: None,
            state: state.into(),
            outputs: json!({"application-id": id}),
            evidence: json!({"seen": [], "found": null}),
            trouble: None,
        }
    }

    #[test]
    fn outputs_count_only_while_the_step_is_done() {
        let mut entries = vec![entry(1, settled("register", DONE, "a"))];
        assert_eq!(History::from_entries(&entries).output("register", "application-id"), Some("a"));
        entries.push(entry(2, settled("register", FAILED, "a")));
        assert_eq!(History::from_entries(&entries).output("register", "application-id"), None);
    }

    #[test]
    fn waiting_keeps_the_time_at_which_it_began() {
        let entries: Vec<_> = (1..=3).map(|seq| entry(seq, settled("prove", PENDING, ""))).collect();
        assert_eq!(History::from_entries(&entries).step("prove").unwrap().pending_since, Some(entries[0].at));
        let mut more = entries;
        more.push(entry(4, settled("prove", DONE, "")));
        assert_eq!(History::from_entries(&more).step("prove").unwrap().pending_since, None);
    }

    #[test]
    fn what_was_taken_back_is_not_made() {
        let made = json!({"kind": "application", "id": "1"});
        let sent = Event::Sent {
            step: "register".into(),
            operation: "o".into(),
            method: "PATCH".into(),
            path: "/applications".into(),
            status: 201,
            request_id: None,
            made: Some(made.clone()),
        };
        let mut entries = vec![entry(1, sent)];
        assert_eq!(History::from_entries(&entries).made("register", "application").count(), 1);
        entries.push(entry(2, Event::Undone { step: "register".into(), what: made }));
        assert_eq!(History::from_entries(&entries).made("register", "application").count(), 0);
    }
}
