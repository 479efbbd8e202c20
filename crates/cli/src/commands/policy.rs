//! `footbridge policy`: what is laid down for this machine and by which line, and whether a file could be rolled out. It opens no
//! vault, signs nobody in and changes no file.

use engine::guide::Language;
use engine::{MachinePolicy, Owner, Phrase, Told};

use crate::arguments::Room;
use crate::arguments::policy::{PolicyCommand, PolicyOptions};
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::voice::Voice;
use crate::words::Word;

/// Shows the policy in force, or the one of a file.
///
/// # Errors
/// A file that is not in order. The machine's own has to belong to its administrator, too.
pub fn carry_out(room: &Room, options: &PolicyOptions, voice: &Voice) -> Result<Exit, Failure> {
    let policy = match &options.command {
        None => (*room.policy).clone(),
        Some(PolicyCommand::Check { file }) if *file == MachinePolicy::usual_file() => {
            MachinePolicy::of_the_machine(file, Owner::ADMINISTRATOR)?
        }
        Some(PolicyCommand::Check { file }) => MachinePolicy::read(file)?,
    };
    if policy.files().is_empty() {
        let path = MachinePolicy::usual_file().display().to_string();
        let event = Event::PolicyFile { path: path.clone(), found: false };
        voice.tell(&event, || format!("{} {path}", voice.word(Word::NothingLaidDown)));
        return Ok(Exit::Done);
    }
    for path in policy.files() {
        let path = path.display().to_string();
        voice.tell(&Event::PolicyFile { path: path.clone(), found: true }, || path);
    }
    told(policy.cloud(), "cloud", String::clone, None, voice);
    told(policy.client_id(), "client_id", String::clone, None, voice);
    told(policy.language(), "language", |language| language.code().to_owned(), None, voice);
    told(policy.guides_folder(), "guides_folder", |folder| folder.display().to_string(), None, voice);
    for off in policy.off() {
        told(Some(off), "off", |feature| feature.name().to_owned(), Some(off.value.phrase()), voice);
    }
    Ok(Exit::Done)
}

fn told<T>(
    told: Option<&Told<T>>,
    key: &'static str,
    shown: impl Fn(&T) -> String,
    what: Option<Phrase>,
    voice: &Voice,
) {
    let Some(told) = told else { return };
    let value = shown(&told.value);
    let event =
        Event::Policy { key, value: value.clone(), path: told.path.display().to_string(), line: told.line };
    voice.tell(&event, || line(key, &value, &told.place(), what.as_ref(), voice.language()));
}

fn line(key: &str, value: &str, place: &str, what: Option<&Phrase>, language: Language) -> String {
    let first = format!("  {key:<14} {value}  ({place})");
    match what {
        Some(what) => format!("{first}\n                 {}", what.in_language(language)),
        None => first,
    }
}
