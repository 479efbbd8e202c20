//! `footbridge undo`: takes back exactly what this connection made, newest first, and says what stays.

use engine::{Phrase, Tick};

use crate::arguments::{Room, Undo};
use crate::crash_point;
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::signing_in::sign_in;
use crate::voice::Voice;
use crate::words::Word;

pub async fn carry_out(room: &Room, undo: &Undo, voice: &Voice) -> Result<Exit, Failure> {
    let look = &undo.look;
    let place = opening::place(room, &look.sign_in)?;
    crash_point::arm(opening::stays_here(&place))?;
    let desk = opening::desk(room, place, voice)?;
    let connection = opening::connection(&desk, &look.connection)?;
    let lines = desk.undo_plan(&connection)?;
    if lines.is_empty() {
        voice.line(voice.word(Word::NothingToUndo));
        return Ok(Exit::Done);
    }
    if !undo.yes {
        for line in &lines {
            tell(voice, if line.can { "-" } else { voice.word(Word::Stays) }, &line.what, false);
        }
        if !voice.asks(voice.word(Word::TakeBack)) {
            return Ok(Exit::Pending);
        }
    }
    sign_in(&desk, &connection, &look.sign_in, voice).await?;
    let ticks = |tick: Tick| voice.tick("undo", tick);
    let report = desk.undo(&connection, &ticks).await?;
    for what in &report.undone {
        tell(voice, "-", what, true);
    }
    for what in &report.left {
        tell(voice, voice.word(Word::Stays), what, false);
    }
    Ok(Exit::Done)
}

fn tell(voice: &Voice, sign: &str, what: &Phrase, undone: bool) {
    let what = what.in_language(voice.language());
    voice.tell(&Event::Undo { what: what.clone(), undone }, || format!("{sign} {what}"));
}
