//! The ledger: every secret and certificate of every connection with its start and end, where it is used, and how it was
//! last proven; also those that others put on the same application. It needs no network: what the last look showed stands
//! in the journal.

use std::collections::BTreeSet;

use guide::{Action, Guide};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::bringing_back::taken_down;
use crate::credential::{CredentialKind, credential_steps, key_of_step};
use crate::desk::Desk;
use crate::handing::secret_step;
use crate::history::{DONE, History};
use crate::seen_credentials::SeenCredential;
use crate::trouble::Trouble;

/// The days before the end at which a credential is told of, longest first.
pub const MARKS: [i64; 5] = [60, 30, 14, 7, 1];

/// How a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// More than 60 days are left, or no end is known.
    Fine,
    /// It ends within so many days: 60, 30, 14, 7 or 1.
    Due(i64),
    /// It has ended.
    Expired,
}

impl Standing {
    /// How a credential with this end stands at a moment.
    pub fn at(end: Option<OffsetDateTime>, now: OffsetDateTime) -> Self {
        let Some(left) = end.map(|end| end - now) else { return Self::Fine };
        if left <= Duration::ZERO {
            return Self::Expired;
        }
        let within = MARKS.iter().rev().find(|days| left <= Duration::days(**days));
        within.map_or(Self::Fine, |days| Self::Due(*days))
    }

    /// The word for the command line: `fine`, `due` or `expired`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Due(_) => "due",
            Self::Expired => "expired",
        }
    }
}

/// The last time a credential was proven by use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastProof {
    /// When.
    pub at: OffsetDateTime,
    /// The step of the guide that used it; none for the sign-in of a renewal.
    pub step: Option<String>,
    /// The verb of that step, or `renewal`.
    pub how: &'static str,
}

/// One secret or certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// The connection's id.
    pub connection: String,
    /// The admin's name for the connection.
    pub connection_name: String,
    /// For whom the connection is, where the admin looks after several.
    pub customer: Option<String>,
    /// The guide's id.
    pub guide: String,
    /// The product.
    pub product: String,
    /// Whether the connection is a rehearsal.
    pub rehearsal: bool,
    /// The tenant's name, as of the last sign-in.
    pub tenant: Option<String>,
    /// The application's display name in the tenant.
    pub application: String,
    /// The application's client id.
    pub application_id: String,
    /// Secret or certificate.
    pub kind: CredentialKind,
    /// Graph's key id.
    pub key: String,
    /// The description that the portal shows.
    pub name: Option<String>,
    /// A certificate's thumbprint as Graph spells it in `customKeyIdentifier`.
    pub thumbprint: Option<String>,
    /// From when it is good.
    pub start: Option<OffsetDateTime>,
    /// Until when it is good.
    pub end: Option<OffsetDateTime>,
    /// Whole days until the end, rounded down; negative afterwards.
    pub days_left: Option<i64>,
    /// How it stands.
    pub standing: Standing,
    /// Whether this connection made it. Of the others Footbridge knows what the tenant shows, and nothing else.
    pub ours: bool,
    /// Whether the product made it and keeps its private half: its public certificate was uploaded here.
    pub by_product: bool,
    /// Whether the product's values name it now. One of ours that is not current was replaced.
    pub current: bool,
    /// The step of the guide that holds it, for ours and the product's.
    pub step: Option<String>,
    /// The product's fields that carry it, by their ids in the guide.
    pub used_in: Vec<String>,
    /// The last proof by use.
    pub proof: Option<LastProof>,
    /// When the tenant last showed something new; none when it was never looked at.
    pub seen: Option<OffsetDateTime>,
    /// Whether a renewal of it is under way.
    pub renewing: bool,
}

impl LedgerEntry {
    /// Whether its end matters: a credential of ours that was replaced may run out.
    pub fn matters(&self) -> bool {
        self.current || !self.ours
    }
}

impl Desk {
    /// Every credential of every connection, the first to end first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn ledger(&self) -> Result<Vec<LedgerEntry>, Trouble> {
        let mut all = Vec::new();
        for connection in self.room.journal.connections()? {
            let history = self.history(&connection)?;
            if history.removed {
                continue;
            }
            let Some(guide) = self.guide_named(&history.guide) else { continue };
            all.extend(entries(&connection, guide, &history, self.room.clock.now()));
        }
        all.sort_by_key(|entry| (entry.end.is_none(), entry.end, entry.key.clone()));
        Ok(all)
    }
}

fn entries(
    connection: &str,
    guide: &'static Guide,
    history: &History,
    now: OffsetDateTime,
) -> Vec<LedgerEntry> {
    let page = Page { connection, guide, history, now };
    let mut list = Vec::new();
    let mut told = BTreeSet::new();
    let is_gone = |register: &str| taken_down(guide, history, register).is_some();
    for seen in history.credentials.values().filter(|seen| !is_gone(&seen.step)) {
        for credential in &seen.list {
            told.insert(credential.key.to_lowercase());
            let mut entry = page.entry(credential);
            entry.application.clone_from(&seen.name);
            entry.application_id.clone_from(&seen.application);
            entry.seen = seen.at;
            list.push(entry);
        }
    }
    for (step, kind, register) in credential_steps(guide).filter(|(_, _, register)| !is_gone(register)) {
        let Some(key) =
            key_of_step(guide, history, &step.id).filter(|key| !told.contains(&key.to_lowercase()))
        else {
            continue;
        };
        let mut entry = page.entry(&SeenCredential {
            kind,
            key: key.to_owned(),
            name: None,
            thumbprint: history.output(&step.id, "certificate-thumbprint").map(str::to_owned),
            start: None,
            end: history
                .output(&step.id, kind.end_output())
                .and_then(|end| OffsetDateTime::parse(end, &Rfc3339).ok()),
        });
        entry.application_id = history.output(register, "application-id").unwrap_or_default().to_owned();
        list.push(entry);
    }
    list
}

struct Page<'a> {
    connection: &'a str,
    guide: &'static Guide,
    history: &'a History,
    now: OffsetDateTime,
}

impl Page<'_> {
    fn entry(&self, seen: &SeenCredential) -> LedgerEntry {
        let Page { guide, history, .. } = *self;
        let is_key = |key: &str| key.eq_ignore_ascii_case(&seen.key);
        let holder = credential_steps(guide)
            .find(|(step, ..)| key_of_step(guide, history, &step.id).is_some_and(is_key));
        let made = history.sent.iter().rev().find(|sent| {
            sent.made["kind"] == seen.kind.name() && sent.made["id"].as_str().is_some_and(is_key)
        });
        let step = holder.map(|(step, ..)| step.id.clone()).or_else(|| made.map(|sent| sent.step.clone()));
        let uploaded = guide.steps.iter().find(|step| {
            matches!(step.action, Action::UploadCertificate { .. })
                && history.output(&step.id, "certificate-key-id").is_some_and(is_key)
        });
        let used_in = guide.fields.iter().filter(|field| {
            holder.is_some_and(|(step, ..)| secret_step(guide, field).as_deref() == Some(step.id.as_str()))
        });
        LedgerEntry {
            connection: self.connection.to_owned(),
            connection_name: history.name.clone(),
            customer: history.belonging.customer.clone(),
            guide: guide.id.clone(),
            product: guide.product.clone(),
            rehearsal: history.rehearsal,
            tenant: history.signed_in.as_ref().map(|tenant| tenant.tenant_name.clone()),
            application: String::new(),
            application_id: String::new(),
            kind: seen.kind,
            key: seen.key.clone(),
            name: seen.name.clone(),
            thumbprint: seen.thumbprint.clone(),
            start: seen.start,
            end: seen.end,
            days_left: seen.end.map(|end| (end - self.now).whole_seconds().div_euclid(86_400)),
            standing: Standing::at(seen.end, self.now),
            ours: step.is_some(),
            by_product: uploaded.is_some(),
            current: holder.is_some() || uploaded.is_some(),
            used_in: used_in.map(|field| field.id.clone()).collect(),
            proof: last_proof(guide, history, &seen.key),
            seen: None,
            renewing: history.renewals.iter().any(|renewal| renewal.is_open() && is_key(&renewal.old)),
            step: step.or_else(|| uploaded.map(|step| step.id.clone())),
        }
    }
}

/// The youngest step that used the credential, or the sign-in of its renewal.
fn last_proof(guide: &'static Guide, history: &History, key: &str) -> Option<LastProof> {
    let by_steps = history.steps.iter().filter_map(|(id, step)| {
        let settled = step.settled.as_ref().filter(|settled| settled.state == DONE)?;
        let used = settled.proof.found["key"].as_str()?;
        let how = guide.step(id)?.action.verb();
        used.eq_ignore_ascii_case(key).then(|| LastProof { at: settled.at, step: Some(id.clone()), how })
    });
    let by_renewals = history.renewals.iter().filter_map(|renewal| {
        let is_new = renewal.new.as_deref().is_some_and(|new| new.eq_ignore_ascii_case(key));
        Some(LastProof { at: renewal.proven.filter(|_| is_new)?, step: None, how: "renewal" })
    });
    by_steps.chain(by_renewals).max_by_key(|proof| proof.at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use journal::{Entry, Event};
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 09:00 UTC);

    #[test]
    fn a_credential_is_due_at_each_mark_and_not_before() {
        let at = |left: Duration| Standing::at(Some(NOW + left), NOW);
        assert_eq!(at(Duration::days(60) + Duration::SECOND), Standing::Fine);
        for days in MARKS {
            assert_eq!(at(Duration::days(days)), Standing::Due(days));
        }
        assert_eq!(at(Duration::days(15)), Standing::Due(30));
        assert_eq!(at(Duration::SECOND), Standing::Due(1));
        assert_eq!(at(Duration::ZERO), Standing::Expired);
        assert_eq!(Standing::at(None, NOW), Standing::Fine);
    }

    pub(crate) fn history(events: Vec<Event>) -> History {
        let entry = |(seq, event): (usize, Event)| Entry {
            seq: seq as u64 + 1,
            at: NOW - Duration::days(300) + Duration::minutes(seq as i64),
            connection: "c".into(),
            event,
        };
        History::from_entries(&events.into_iter().enumerate().map(entry).collect::<Vec<_>>())
    }

    fn settled(step: &str, outputs: Value, found: Value) -> Event {
        Event::Settled {
            step: step.into(),
            operation: None,
            state: DONE.into(),
            outputs,
            evidence: json!({ "seen": [], "found": found }),
            trouble: None,
        }
    }

    fn seen(keys: &[(&str, &str)]) -> Event {
        let list: Vec<Value> = keys
            .iter()
            .map(|(key, end)| {
                json!({ "kind": "secret", "key": key, "name": "n", "thumbprint": null,
                    "start": "2025-11-21T09:00:00Z", "end": end })
            })
            .collect();
        let details = json!({ "step": "register", "application": "app", "name": "App", "list": list });
        Event::Noted { what: "credentials-seen".into(), details }
    }

    fn secret(key: &str) -> Event {
        let outputs = json!({ "secret-key-id": key, "secret-expires": "2026-12-01T09:00:00Z" });
        settled("secret", outputs, Value::Null)
    }

    #[test]
    fn ours_is_told_from_what_others_put_there() {
        let guide = guide::find("targetconnect").unwrap();
        let history = history(vec![
            secret("A"),
            settled("grants", json!({}), json!({ "key": "A" })),
            seen(&[("a", "2026-12-01T09:00:00Z"), ("foreign", "2027-06-01T09:00:00Z")]),
        ]);
        let list = entries("c", guide, &history, NOW);
        assert_eq!(list.len(), 2);
        let ours = list.iter().find(|entry| entry.ours).unwrap();
        assert_eq!((ours.key.as_str(), ours.days_left, ours.standing), ("a", Some(10), Standing::Due(14)));
        assert!(ours.current && ours.used_in == ["client-secret"]);
        assert_eq!(ours.application, "App");
        let foreign = list.iter().find(|entry| !entry.ours).unwrap();
        assert!(!foreign.current && foreign.used_in.is_empty() && foreign.proof.is_none());
        assert_eq!(foreign.standing, Standing::Fine);
        assert!(foreign.matters());
    }

    #[test]
    fn without_a_look_the_journal_still_knows_ours() {
        let guide = guide::find("targetconnect").unwrap();
        let list = entries("c", guide, &history(vec![secret("A")]), NOW);
        assert_eq!(list.len(), 1);
        assert!(list[0].ours && list[0].seen.is_none() && list[0].start.is_none());
        assert_eq!(list[0].days_left, Some(10));
    }
}
