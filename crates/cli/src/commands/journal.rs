//! `footbridge journal`: exports the diary and checks its chain. The diary holds no secret.

use std::io::Write as _;

use engine::journal::Verdict;

use crate::arguments::{JournalCommand, Room};
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;
use crate::words::Word;

pub fn carry_out(room: &Room, command: &JournalCommand, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk_of_none(room, voice)?;
    match command {
        JournalCommand::Export { connection, out, strike_names } => {
            let connection = match connection {
                Some(name) => Some(opening::connection(&desk, name)?),
                None => None,
            };
            match out {
                Some(path) => {
                    let mut file = private_file::create(path).map_err(Failure::file(path))?;
                    desk.journal_export(connection.as_deref(), &mut file, *strike_names)?;
                    file.flush().and_then(|()| file.sync_all()).map_err(Failure::file(path))?;
                }
                None => {
                    desk.journal_export(connection.as_deref(), &mut std::io::stdout().lock(), *strike_names)?;
                }
            }
            Ok(Exit::Done)
        }
        JournalCommand::Verify(_) => match desk.journal_verify()? {
            Verdict::Intact { entries } => {
                voice.tell(&Event::Journal { intact: true, entries }, || {
                    format!("{} {entries}", voice.word(Word::Intact))
                });
                Ok(Exit::Done)
            }
            Verdict::OtherKey { .. } => Err(Failure::JournalOtherKey),
            Verdict::Broken { at_seq, why } => Err(Failure::JournalBroken { at_seq, why }),
        },
    }
}
