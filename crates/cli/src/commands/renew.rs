//! `footbridge renew`: replaces a secret or certificate without a gap, as far as it is wished. Run again, it goes on where it
//! stopped; a credential that is not due is left alone.

use std::path::PathBuf;

use engine::certs::Passphrase;
use engine::cloud::SystemClock;
use engine::{Code, Desk, Stage, Tick, Trouble};

use crate::arguments::renewal::{Renew, Until};
use crate::arguments::{Room, VaultChoice};
use crate::crash_point;
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::giving::{Given, Giving};
use crate::opening;
use crate::private_file;
use crate::renewing::{Renewing, is_due};
use crate::signing_in::sign_in;
use crate::voice::Voice;
use crate::walk::Patience;
use crate::words::Word;

pub async fn carry_out(room: &Room, renew: &Renew, voice: &Voice) -> Result<Exit, Failure> {
    let place = opening::place(room, &renew.sign_in)?;
    crash_point::arm(opening::stays_here(&place))?;
    let folder = renew.out.clone().unwrap_or_else(|| PathBuf::from("."));
    let forgets = room.vault == Some(VaultChoice::Memory);
    let giving = Giving::new(folder, renew.recipient.clone(), renew.passphrase_file.clone(), forgets)?;
    giving.try_out()?;
    let desk = opening::desk(room, place, voice)?;
    let connection = opening::connection(&desk, &renew.connection)?;
    let step = desk.renewal_step(&connection, renew.credential.as_deref())?;
    if let Some(path) = &renew.certificate {
        offer(&desk, &connection, &step, path, renew.certificate_passphrase_file.as_deref())?;
    }
    let standing = desk.renewal(&connection, &step)?;
    if renew.undo {
        return undo(&desk, &connection, &step, renew, voice).await;
    }
    if !standing.begun && !renew.early && !is_due(&desk, &standing)? {
        voice.line(voice.word(Word::NotDue));
        return Ok(Exit::Done);
    }
    sign_in(&desk, &connection, &renew.sign_in, voice).await?;
    let renewing = Renewing {
        desk: &desk,
        clock: &SystemClock,
        voice,
        connection: &connection,
        step: &step,
        yes: renew.yes,
        until: until(renew),
        keep_old: renew.keep_old,
        giving: &giving,
        patience: Patience::NONE,
    };
    let renewed = renewing.go().await?;
    tell_end(&desk, &connection, &step, renewed.given.as_ref(), voice)?;
    Ok(renewed.exit)
}

/// A script says yes to everything but to the removal: nobody looked whether the product has the new credential.
fn until(renew: &Renew) -> Stage {
    match (renew.until, renew.yes && !renew.keep_old) {
        (Some(Until::Add), _) => Stage::Add,
        (Some(Until::HandOver), _) => Stage::HandOver,
        (Some(Until::Prove), _) | (None, true) => Stage::Prove,
        (Some(Until::Remove), _) | (None, false) => Stage::Remove,
    }
}

fn offer(
    desk: &Desk,
    connection: &str,
    step: &str,
    path: &std::path::Path,
    passphrase: Option<&std::path::Path>,
) -> Result<(), Failure> {
    let bytes = std::fs::read(path).map_err(Failure::file(path))?;
    let text = match passphrase {
        Some(file) => private_file::read_secret(file)?,
        None => return Err(Trouble::new(Code::FileInvalid).in_field("certificate-passphrase-file").into()),
    };
    let passphrase = Passphrase::chosen(text).map_err(|error| {
        Trouble::new(Code::FileInvalid).with("why", error).in_field("certificate-passphrase-file")
    })?;
    desk.offer_certificate(connection, step, &bytes, &passphrase)?;
    Ok(())
}

async fn undo(
    desk: &Desk,
    connection: &str,
    step: &str,
    renew: &Renew,
    voice: &Voice,
) -> Result<Exit, Failure> {
    if !renew.yes && !voice.asks(voice.word(Word::TakeBack)) {
        return Ok(Exit::Pending);
    }
    sign_in(desk, connection, &renew.sign_in, voice).await?;
    let ticks = |tick: Tick| voice.tick(step, tick);
    for what in desk.undo_renewal(connection, step, &ticks).await? {
        let what = what.in_language(voice.language());
        voice.tell(&Event::Undo { what: what.clone(), undone: true }, || format!("- {what}"));
    }
    Ok(Exit::Done)
}

/// What is in use now, what comes next, and the files.
pub fn tell_end(
    desk: &Desk,
    connection: &str,
    step: &str,
    given: Option<&Given>,
    voice: &Voice,
) -> Result<(), Failure> {
    let view = desk.renewal(connection, step)?;
    let event = Event::Renewal {
        step: view.step.clone(),
        credential: view.kind.name(),
        old: view.old.clone(),
        new: view.new.clone(),
        next: view.next.filter(|_| view.begun).map(Stage::name),
        ended: view.ended.filter(|_| !view.begun).map(|(how, _)| how),
        bundle: given.and_then(|given| given.bundle.clone()),
        sheet: given.map(|given| given.sheet.clone()),
        report: given.map(|given| given.report.clone()),
        passphrase_file: given.and_then(|given| given.passphrase_file.clone()),
    };
    voice.tell(&event, || {
        let mut lines = match view.next.filter(|_| view.begun) {
            Some(Stage::Remove) => voice.word(Word::OldStays).to_owned(),
            Some(_) => voice.word(Word::RunAgain).to_owned(),
            None => voice.word(Word::RenewalOver).to_owned(),
        };
        let files = given.map(|given| {
            [(Word::Bundle, given.bundle.as_ref()), (Word::PassphraseFile, given.passphrase_file.as_ref())]
        });
        for (word, path) in files.into_iter().flatten() {
            if let Some(path) = path {
                lines.push_str(&format!("\n{:<20} {}", voice.word(word), path.display()));
            }
        }
        lines
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn read(line: &str) -> Renew {
        let line = format!("footbridge renew --connection x {line}");
        match Arguments::try_parse_from(line.split_whitespace()).unwrap().command {
            Command::Renew(renew) => *renew,
            _ => panic!("not renew"),
        }
    }

    #[test]
    fn a_script_removes_the_old_one_only_when_it_says_so() {
        assert_eq!(until(&read("")), Stage::Remove);
        assert_eq!(until(&read("--yes")), Stage::Prove);
        assert_eq!(until(&read("--yes --until remove")), Stage::Remove);
        assert_eq!(until(&read("--yes --keep-old")), Stage::Remove);
        assert_eq!(until(&read("--until hand-over")), Stage::HandOver);
    }
}
