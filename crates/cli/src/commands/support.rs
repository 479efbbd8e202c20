//! `footbridge support`: the support report, to be read before it is sent.

use std::io::Write as _;

use engine::AskedBy;
use engine::cloud::Place;

use crate::arguments::{Room, Support};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

pub fn carry_out(room: &Room, command: &Support, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk(room, Place::global(), voice)?;
    let text = desk.support_report(AskedBy { program: "terminal", version: env!("CARGO_PKG_VERSION") })?;
    match &command.out {
        Some(path) => {
            let mut file = private_file::create(path, true).map_err(Failure::file(path))?;
            let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
            written.map_err(Failure::file(path))?;
        }
        None => voice.line(text.trim_end()),
    }
    Ok(Exit::Done)
}
