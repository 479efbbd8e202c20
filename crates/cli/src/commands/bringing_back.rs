//! `footbridge bring-back`: brings an application back that a step took down, within 30 days.

use engine::Tick;

use crate::arguments::Room;
use crate::arguments::step::BringBack;
use crate::crash_point;
use crate::events::Done;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::signing_in::sign_in;
use crate::voice::Voice;

pub async fn carry_out(room: &Room, back: &BringBack, voice: &Voice) -> Result<Exit, Failure> {
    let place = opening::place(room, &back.look.sign_in)?;
    crash_point::arm(opening::stays_here(&place))?;
    let desk = opening::desk(room, place, voice)?;
    let connection = opening::connection(&desk, &back.look.connection)?;
    sign_in(&desk, &connection, &back.look.sign_in, voice).await?;
    let ticks = |tick: Tick| voice.tick("bring-back", tick);
    let checklist = desk.bring_back(&connection, &back.step, &ticks).await?;
    let guide = desk.guide_of(&connection)?;
    if let Some(step) = checklist.step(&back.step) {
        voice.step(guide, &checklist, step);
    }
    voice.done(Done::of(&checklist, engine::cloud::Tally::default(), desk.tally(&connection)));
    Ok(Exit::Done)
}
