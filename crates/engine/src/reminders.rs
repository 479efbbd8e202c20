//! Reminders: what is to be told of at 60, 30, 14, 7 and 1 days before the end, at the end, and each week after it. Each
//! is told once; that it was told stands in the journal.

use journal::Event;
use serde_json::json;
use time::OffsetDateTime;

use crate::desk::Desk;
use crate::ledger::{LedgerEntry, MARKS};
use crate::phrase::Phrase;
use crate::seen_credentials::REMINDED;
use crate::trouble::Trouble;

/// Something to tell of.
#[derive(Debug, Clone, PartialEq)]
pub struct Reminder {
    /// The credential.
    pub entry: LedgerEntry,
    /// The mark that was reached: days before the end; 0 at the end, and -7, -14 and so on for each week after it.
    pub mark: i64,
    /// One line.
    pub title: Phrase,
    /// What to do.
    pub body: Phrase,
}

/// The mark that an end has reached at a moment; none more than 60 days before.
fn mark(end: OffsetDateTime, now: OffsetDateTime) -> Option<i64> {
    let left = end - now;
    if left <= time::Duration::ZERO {
        return Some(-((-left).whole_days() / 7 * 7));
    }
    MARKS.iter().rev().copied().find(|days| left <= time::Duration::days(*days))
}

fn reminder(entry: LedgerEntry, reminded: &[(String, i64)], now: OffsetDateTime) -> Option<Reminder> {
    if !entry.matters() {
        return None;
    }
    let mark = mark(entry.end?, now)?;
    // Whoever was told of a later mark needs to hear of no earlier one.
    if reminded.iter().any(|(key, told)| *key == entry.key && *told <= mark) {
        return None;
    }
    let (title, body) = words(&entry, mark);
    Some(Reminder { entry, mark, title, body })
}

/// What is said of a credential that reached a mark.
fn words(entry: &LedgerEntry, mark: i64) -> (Phrase, Phrase) {
    let title = match (entry.kind, mark > 0) {
        (crate::credential::CredentialKind::Secret, true) => Phrase::new("reminder.secret-due"),
        (crate::credential::CredentialKind::Secret, false) => Phrase::new("reminder.secret-expired"),
        (crate::credential::CredentialKind::Certificate, true) => Phrase::new("reminder.certificate-due"),
        (crate::credential::CredentialKind::Certificate, false) => {
            Phrase::new("reminder.certificate-expired")
        }
    };
    let day = entry.end.map(|end| end.date().to_string()).unwrap_or_default();
    let days = entry.days_left.unwrap_or_default().max(0);
    let body = match (entry.ours, entry.by_product) {
        (true, _) => Phrase::new("reminder.renew").with("connection", &entry.connection_name),
        (false, true) => Phrase::new("reminder.products").with("connection", &entry.connection_name),
        (false, false) => Phrase::new("reminder.not-ours").with("application", &entry.application),
    };
    (title.with("product", &entry.product).with("day", day).with("days", days), body)
}

impl Desk {
    /// What is to be told of now, the most urgent first. Tell of it, and say so with [`Desk::reminded`].
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn reminders(&self, now: OffsetDateTime) -> Result<Vec<Reminder>, Trouble> {
        let mut list = Vec::new();
        for entry in self.ledger()? {
            let reminded = self.history(&entry.connection)?.reminded.clone();
            list.extend(reminder(entry, &reminded, now));
        }
        list.sort_by_key(|reminder| reminder.mark);
        Ok(list)
    }

    /// It was told of, and is not told of again.
    ///
    /// # Errors
    /// When the journal refuses.
    pub fn reminded(&self, reminder: &Reminder) -> Result<(), Trouble> {
        let details = json!({ "key": reminder.entry.key, "mark": reminder.mark });
        self.note(&reminder.entry.connection, &Event::Noted { what: REMINDED.to_owned(), details })
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const END: OffsetDateTime = datetime!(2026-11-21 09:00 UTC);

    #[test]
    fn marks_are_reached_before_at_and_after_the_end() {
        let at = |days: i64| mark(END, END - Duration::days(days));
        assert_eq!(at(61), None);
        assert_eq!([at(60), at(31), at(30), at(8)], [Some(60), Some(60), Some(30), Some(14)]);
        assert_eq!([at(7), at(2), at(1), at(0)], [Some(7), Some(7), Some(1), Some(0)]);
        assert_eq!([at(-6), at(-7), at(-13), at(-14)], [Some(0), Some(-7), Some(-7), Some(-14)]);
    }
}
