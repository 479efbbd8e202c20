//! The ends of all credentials as a calendar file (RFC 5545): one event each, with alarms at the days of reminding and with
//! the steps to take as its text. The same credential has the same UID in every export, so that a calendar replaces it.

use chrono::{DateTime, Duration, Utc};
use guide::Language;
use icalendar::{Alarm, Calendar, Class, Component as _, Event, EventLike as _, Trigger};
use time::OffsetDateTime;

use crate::credential::CredentialKind;
use crate::desk::Desk;
use crate::ledger::{LedgerEntry, MARKS};
use crate::phrase::Phrase;
use crate::trouble::Trouble;

impl Desk {
    /// The calendar file of every credential whose end is known and matters, in a language.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn calendar(&self, language: Language) -> Result<String, Trouble> {
        let entries: Vec<LedgerEntry> = self.ledger()?.into_iter().filter(LedgerEntry::matters).collect();
        Ok(file(&entries, language, self.room.clock.now()))
    }
}

fn file(entries: &[LedgerEntry], language: Language, now: OffsetDateTime) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", "-//Footbridge//Renewals//EN"));
    calendar.append_property(("CALSCALE", "GREGORIAN"));
    calendar.append_property(("METHOD", "PUBLISH"));
    calendar.name(&Phrase::new("calendar.name").in_language(language));
    for entry in entries {
        if let (Some(end), Some(stamp)) = (entry.end.and_then(moment), moment(now)) {
            calendar.push(event(entry, end, stamp, language));
        }
    }
    calendar.to_string()
}

fn moment(at: OffsetDateTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.unix_timestamp(), 0)
}

fn event(entry: &LedgerEntry, end: DateTime<Utc>, stamp: DateTime<Utc>, language: Language) -> Event {
    let title = match entry.kind {
        CredentialKind::Secret => Phrase::new("calendar.secret"),
        CredentialKind::Certificate => Phrase::new("calendar.certificate"),
    };
    let title = title.with("product", &entry.product).with("connection", &entry.connection_name);
    let title = title.in_language(language);
    let uid = format!("{}@footbridge", entry.key.to_lowercase());
    let mut event = Event::new();
    event
        .uid(&uid)
        .timestamp(stamp)
        .starts(end)
        .summary(&title)
        .description(&steps(entry, language))
        .class(Class::Confidential)
        .append_property(("TRANSP", "TRANSPARENT"));
    for days in MARKS {
        let mut alarm = Alarm::display(&title, Trigger::Duration(-Duration::days(days), None));
        // In days rather than in seconds, which some calendars show as they are.
        alarm.append_property(("TRIGGER", format!("-P{days}D").as_str()));
        alarm.uid(&format!("{days}-{uid}")).timestamp(stamp);
        event.alarm(alarm);
    }
    event.done()
}

/// What to do, line by line.
fn steps(entry: &LedgerEntry, language: Language) -> String {
    let line = |phrase: Phrase| phrase.in_language(language);
    let known = |value: &str| if value.is_empty() { "–".to_owned() } else { value.to_owned() };
    let what = line(
        Phrase::new("calendar.what")
            .with("application", known(&entry.application))
            .with("id", known(&entry.application_id))
            .with("key", &entry.key),
    );
    let mut lines = vec![what];
    if entry.ours {
        for step in ["calendar.add", "calendar.hand-over", "calendar.prove", "calendar.remove"] {
            lines.push(line(Phrase::new(step)));
        }
        lines.push(line(Phrase::new("calendar.command").with("connection", &entry.connection_name)));
    } else {
        let key = if entry.by_product { "calendar.products" } else { "calendar.not-ours" };
        lines.push(line(Phrase::new(key)));
    }
    lines.join("\n")
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::datetime;

    use super::*;
    use crate::ledger::Standing;

    const NOW: OffsetDateTime = datetime!(2026-11-21 09:00 UTC);

    pub(crate) fn entry(key: &str, ours: bool) -> LedgerEntry {
        let end = datetime!(2027-03-01 12:00 UTC);
        LedgerEntry {
            connection: "c".into(),
            connection_name: "Universität; Süd, \"Nord\"".into(),
            customer: None,
            guide: "targetconnect".into(),
            product: "TARGETconnect".into(),
            rehearsal: false,
            tenant: None,
            application: "App".into(),
            application_id: "id".into(),
            kind: CredentialKind::Secret,
            key: key.into(),
            name: None,
            thumbprint: None,
            start: None,
            end: Some(end),
            days_left: Some(100),
            standing: Standing::Fine,
            ours,
            by_product: false,
            current: ours,
            step: None,
            used_in: Vec::new(),
            proof: None,
            seen: None,
            renewing: false,
        }
    }

    /// Content lines as RFC 5545 §3.1 unfolds them; asserts what it says of raw lines on the way.
    fn lines(text: &str) -> Vec<String> {
        assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
        let mut lines: Vec<String> = Vec::new();
        for raw in text.split_terminator("\r\n") {
            assert!(raw.len() <= 75, "{} octets: {raw}", raw.len());
            match raw.strip_prefix([' ', '\t']) {
                Some(rest) => lines.last_mut().unwrap().push_str(rest),
                None => lines.push(raw.to_owned()),
            }
        }
        lines
    }

    #[test]
    fn each_credential_is_an_event_with_its_alarms_and_a_lasting_uid() {
        for language in Language::ALL {
            let text = file(&[entry("A-1", true), entry("b-2", false)], language, NOW);
            let lines = lines(&text);
            let count = |wanted: &str| lines.iter().filter(|line| line.as_str() == wanted).count();
            assert_eq!((count("BEGIN:VEVENT"), count("END:VEVENT"), count("BEGIN:VALARM")), (2, 2, 10));
            assert_eq!((count("UID:a-1@footbridge"), count("UID:b-2@footbridge")), (1, 1));
            assert_eq!(count("DTSTART:20270301T120000Z"), 2);
            assert_eq!((count("VERSION:2.0"), count("ACTION:DISPLAY")), (1, 10));
            let mut triggers: Vec<&str> =
                lines.iter().filter_map(|line| line.strip_prefix("TRIGGER:")).collect();
            triggers.truncate(5);
            assert_eq!(triggers, ["-P60D", "-P30D", "-P14D", "-P7D", "-P1D"]);
        }
    }

    #[test]
    fn the_same_ledger_is_the_same_file() {
        let list = [entry("a", true)];
        assert_eq!(file(&list, Language::English, NOW), file(&list, Language::English, NOW));
    }

    #[test]
    fn the_text_holds_the_steps_with_everything_escaped() {
        let text = file(&[entry("a", true)], Language::German, NOW);
        let lines = lines(&text);
        let told = lines
            .iter()
            .find(|line| line.starts_with("DESCRIPTION:") && line.contains("footbridge"))
            .unwrap();
        assert!(told.contains("Universität\\; Süd\\, \"Nord\""), "{told}");
        assert!(told.matches("\\n").count() >= 5, "{told}");
    }
}
