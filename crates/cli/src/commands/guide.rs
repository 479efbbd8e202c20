//! `footbridge guides` and `footbridge guide`: what is built in, whether a guide is right, and what it asks.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use engine::guide::{self, Fault, Sources};
use engine::{Code, Desk, Trouble};

use crate::arguments::Room;
use crate::arguments::guide::GuideCommand;
use crate::commands::own_guide;
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::voice::Voice;
use crate::words::Word;

/// More than the reader takes, so that it can say that a file is too large.
const LARGEST: u64 = 2 * 1024 * 1024;

/// Lists the built-in guides.
pub fn list(voice: &Voice) -> Exit {
    for guide in Desk::guides() {
        let event = Event::Guide {
            id: guide.id.clone(),
            version: guide.version.clone(),
            product: guide.product.clone(),
            vendor: guide.vendor.clone(),
            steps: guide.steps.len(),
        };
        voice.tell(&event, || {
            format!(
                "{:<16} {} {} ({}, {} min)",
                guide.id, guide.product, guide.version, guide.vendor, guide.minutes
            )
        });
    }
    Exit::Done
}

pub fn carry_out(command: &GuideCommand, room: &Room, voice: &Voice) -> Result<Exit, Failure> {
    match command {
        GuideCommand::New(new) => own_guide::new(new, voice),
        GuideCommand::Show { from, .. } => own_guide::show(&from.path, room, voice),
        GuideCommand::Key { out } => own_guide::key(out, voice),
        GuideCommand::Sign { folder, key } => own_guide::sign(folder, key, voice),
        GuideCommand::Pack { folder, out } => own_guide::pack(folder, out, voice),
        GuideCommand::Pin(pin) => own_guide::pin(pin, room, voice),
        GuideCommand::Unpin { from } => own_guide::unpin(&from.path, room, voice),
        GuideCommand::Pins(_) => own_guide::list(room, voice),
        GuideCommand::Lint { file, .. } => lint(file, voice),
        GuideCommand::Asks { guide } => {
            let unknown = || Trouble::new(Code::GuideUnknown).with("name", guide).in_field("guide");
            let guide = guide::find(guide).ok_or_else(unknown)?;
            voice.text(&guide::asks_template(guide, voice.language()));
            Ok(Exit::Done)
        }
    }
}

fn lint(file: &Path, voice: &Voice) -> Result<Exit, Failure> {
    let texts = file.file_name().is_some_and(|name| name == "en.toml" || name == "de.toml");
    let folder = if file.is_dir() { file } else { file.parent().unwrap_or(Path::new("")) };
    let main = if file.is_dir() || texts { folder.join("guide.toml") } else { file.to_owned() };
    let paths = [main, folder.join("en.toml"), folder.join("de.toml")];
    let guide_bytes = read(&paths[0])?;
    // A missing text file is a fault of the guide, and the reader says so.
    let english = or_empty(read(&paths[1]))?;
    let german = or_empty(read(&paths[2]))?;
    let sources = Sources { guide: &guide_bytes, en: &english, de: &german };
    let faults = guide::read(&sources).err().unwrap_or_default();
    for fault in &faults {
        tell(fault, &paths, voice);
    }
    if faults.is_empty() {
        voice.line(voice.word(Word::NoFaults));
        return Ok(Exit::Done);
    }
    Ok(Exit::Refused)
}

fn tell(fault: &Fault, paths: &[std::path::PathBuf; 3], voice: &Voice) {
    let index =
        ["guide.toml", "en.toml", "de.toml"].iter().position(|name| *name == fault.file).unwrap_or_default();
    let mut fault = fault.clone();
    fault.file = paths[index].display().to_string();
    let event = Event::Fault {
        file: fault.file.clone(),
        line: fault.line,
        column: fault.column,
        field: fault.field.clone(),
        what: fault.what.clone(),
        hint: fault.hint.clone(),
    };
    voice.tell(&event, || fault.to_string());
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Failure::file(path))?;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(Failure::file(path))?;
    Ok(bytes)
}

fn or_empty(read: Result<Vec<u8>, Failure>) -> Result<Vec<u8>, Failure> {
    match read {
        Err(Failure::File { why, .. }) if why.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}
