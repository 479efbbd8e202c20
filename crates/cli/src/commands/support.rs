//! `footbridge support`: the support report, to be read before it is sent.

use engine::AskedBy;

use crate::arguments::{Room, Support};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

pub fn carry_out(room: &Room, command: &Support, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk_of_none(room, voice)?;
    let text = desk.support_report(AskedBy { program: "terminal", version: env!("CARGO_PKG_VERSION") })?;
    match &command.out {
        Some(path) => private_file::write_open(path, &text)?,
        None => voice.line(text.trim_end()),
    }
    Ok(Exit::Done)
}
