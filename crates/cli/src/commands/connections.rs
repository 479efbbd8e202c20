//! `footbridge connections`: what was begun here, and how far it is.

use crate::arguments::Room;
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::voice::Voice;

pub fn carry_out(room: &Room, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk_of_none(room, voice)?;
    for one in desk.connections()? {
        let tenant = one.tenant.clone().unwrap_or_default();
        let line = format!("{:<30} {:<16} {:>2}/{:<2} {tenant}", one.name, one.product, one.done, one.total);
        let event = Event::Connection {
            id: one.id,
            name: one.name,
            guide: one.guide,
            tenant: one.tenant,
            rehearsal: one.rehearsal,
            done: one.done,
            total: one.total,
            next: one.next,
            states: one.states,
        };
        voice.tell(&event, || line);
    }
    Ok(Exit::Done)
}
