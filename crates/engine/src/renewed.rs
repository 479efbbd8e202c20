//! A renewal as the journal tells it: which credential was to be replaced, by which, and how far it went. Derived each
//! time; the one place where it is kept is the journal.

use journal::Event;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::credential::CredentialKind;
use crate::history::History;

/// The note under which the journal keeps the stages of a renewal.
pub(crate) const RENEWAL: &str = "renewal";

/// How a renewal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The old credential was removed.
    Removed,
    /// The old credential was left to run out.
    Kept,
    /// The new credential was taken back.
    Undone,
}

/// One renewal.
#[derive(Debug, Clone)]
pub(crate) struct Renewed {
    /// Its id; credentials that it adds carry it in the vault.
    pub id: String,
    pub step: String,
    /// Key id of the credential that is replaced.
    pub old: String,
    /// The step's results before, to be put back when the renewal is taken back.
    pub outputs: Value,
    /// Key id of the new credential.
    pub new: Option<String>,
    pub added: Option<OffsetDateTime>,
    pub proven: Option<OffsetDateTime>,
    pub ended: Option<(Ending, OffsetDateTime)>,
}

impl Renewed {
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}

/// The rows of a renewal.
pub(crate) enum Mark<'a> {
    /// Written before the first call.
    Begun { step: &'a str, kind: CredentialKind, old: &'a str, outputs: Value },
    /// The new credential is seen in the tenant.
    Added { new: &'a str },
    /// The application signed in with it.
    Proven,
    /// It is over.
    Ended(Ending),
}

impl Mark<'_> {
    pub fn event(&self, renewal: &str) -> Event {
        let details = match self {
            Self::Begun { step, kind, old, outputs } => json!({
                "renewal": renewal, "stage": "begun", "step": step, "kind": kind, "old": old, "outputs": outputs,
            }),
            Self::Added { new } => json!({ "renewal": renewal, "stage": "added", "new": new }),
            Self::Proven => json!({ "renewal": renewal, "stage": "proven" }),
            Self::Ended(how) => json!({ "renewal": renewal, "stage": "ended", "how": how }),
        };
        Event::Noted { what: RENEWAL.to_owned(), details }
    }
}

impl History {
    /// Takes a row of a renewal in; one that this version does not write is passed over.
    pub(crate) fn take_renewal(&mut self, details: &Value, at: OffsetDateTime) {
        let text = |member: &str| details[member].as_str().unwrap_or_default().to_owned();
        let id = text("renewal");
        if details["stage"] == "begun" {
            self.renewals.push(Renewed {
                id,
                step: text("step"),
                old: text("old"),
                outputs: details["outputs"].clone(),
                new: None,
                added: None,
                proven: None,
                ended: None,
            });
            return;
        }
        let Some(renewal) = self.renewals.iter_mut().rev().find(|renewal| renewal.id == id) else { return };
        match details["stage"].as_str() {
            Some("added") => (renewal.new, renewal.added) = (Some(text("new")), Some(at)),
            Some("proven") => renewal.proven = Some(at),
            Some("ended") => {
                let how = serde_json::from_value(details["how"].clone()).unwrap_or(Ending::Kept);
                renewal.ended = Some((how, at));
            }
            _ => {}
        }
    }

    /// The renewal of a step that is not over.
    pub(crate) fn open_renewal(&self, step: &str) -> Option<&Renewed> {
        self.renewals.iter().rev().find(|renewal| renewal.step == step).filter(|renewal| renewal.is_open())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use journal::Entry;
    use time::macros::datetime;

    use super::*;

    fn history(marks: &[Mark<'_>]) -> History {
        let entry = |(seq, mark): (usize, &Mark<'_>)| Entry {
            seq: seq as u64 + 1,
            at: datetime!(2026-11-21 09:00 UTC),
            connection: "c".into(),
            event: mark.event("r"),
        };
        History::from_entries(&marks.iter().enumerate().map(entry).collect::<Vec<_>>())
    }

    fn begun() -> Mark<'static> {
        Mark::Begun {
            step: "secret",
            kind: CredentialKind::Secret,
            old: "o",
            outputs: json!({"secret-key-id": "o"}),
        }
    }

    #[test]
    fn a_renewal_is_open_until_it_is_over() {
        let open = history(&[begun(), Mark::Added { new: "n" }, Mark::Proven]);
        let renewal = open.open_renewal("secret").unwrap();
        assert_eq!((renewal.old.as_str(), renewal.new.as_deref()), ("o", Some("n")));
        assert!(renewal.proven.is_some());
        for how in [Ending::Removed, Ending::Kept, Ending::Undone] {
            let over = history(&[begun(), Mark::Ended(how)]);
            assert!(over.open_renewal("secret").is_none());
            assert_eq!(over.renewals[0].ended.unwrap().0, how);
        }
        assert!(open.open_renewal("other").is_none());
    }
}
