//! `footbridge renewals`: the ledger on the terminal, for people and for monitoring. It needs no network and signs nobody in.

use engine::{LedgerEntry, Standing};
use time::format_description::well_known::Rfc3339;

use crate::arguments::Room;
use crate::arguments::renewal::Renewals;
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;
use crate::words::Word;

pub fn carry_out(room: &Room, renewals: &Renewals, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk_of_none(room, voice)?;
    let ledger = desk.ledger()?;
    for entry in ledger.iter().filter(|entry| is_within(entry, renewals.within)) {
        tell(entry, voice);
    }
    if let Some(path) = &renewals.ics {
        private_file::write_open(path, &desk.calendar(voice.language())?)?;
        voice.tell(&Event::file("calendar", path), || path.display().to_string());
    }
    Ok(exit(ledger.iter().filter(|entry| entry.matters()).map(|entry| entry.standing)))
}

pub fn is_within(entry: &LedgerEntry, days: Option<i64>) -> bool {
    days.is_none_or(|most| entry.days_left.is_some_and(|left| left <= most))
}

pub fn exit(standings: impl Iterator<Item = Standing>) -> Exit {
    match standings.max() {
        Some(Standing::Expired) => Exit::Expired,
        Some(Standing::Due(_)) => Exit::Due,
        Some(Standing::Fine) | None => Exit::Done,
    }
}

pub fn tell(entry: &LedgerEntry, voice: &Voice) {
    let moment = |at: time::OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let event = Event::Credential {
        connection: entry.connection_name.clone(),
        customer: entry.customer.clone(),
        product: entry.product.clone(),
        tenant: entry.tenant.clone(),
        application: entry.application.clone(),
        application_id: entry.application_id.clone(),
        credential: entry.kind.name(),
        key_id: entry.key.clone(),
        name: entry.name.clone(),
        thumbprint: entry.thumbprint.clone(),
        start: entry.start.map(moment),
        end: entry.end.map(moment),
        days_left: entry.days_left,
        standing: entry.standing.name(),
        ours: entry.ours,
        current: entry.current,
        used_in: entry.used_in.clone(),
        proven: entry.proof.as_ref().map(|proof| moment(proof.at)),
        proven_by: entry.proof.as_ref().map(|proof| proof.how),
        seen: entry.seen.map(moment),
        renewing: entry.renewing,
    };
    voice.tell(&event, || {
        let standing = voice.word(match entry.standing {
            Standing::Fine => Word::Fine,
            Standing::Due(_) => Word::IsDue,
            Standing::Expired => Word::HasExpired,
        });
        let end = entry.end.map(|end| end.date().to_string()).unwrap_or_default();
        let whose = if entry.ours { "" } else { voice.word(Word::NotOurs) };
        format!(
            "{:<24} {:<16} {:<12} {} {end} {:>5}  {standing}{whose}",
            entry.customer.as_ref().unwrap_or(&entry.connection_name),
            entry.product,
            entry.kind.name(),
            entry.key,
            entry.days_left.map(|days| days.to_string()).unwrap_or_default()
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_one_ends_the_command() {
        let end = |list: &[Standing]| exit(list.iter().copied());
        assert_eq!(end(&[]), Exit::Done);
        assert_eq!(end(&[Standing::Fine]), Exit::Done);
        assert_eq!(end(&[Standing::Fine, Standing::Due(60)]), Exit::Due);
        assert_eq!(end(&[Standing::Expired, Standing::Due(1), Standing::Fine]), Exit::Expired);
    }
}
