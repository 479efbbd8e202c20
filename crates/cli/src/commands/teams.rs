//! `footbridge teams`: the script and its parameters as two files for the Teams admin, and the result file back.

use engine::cloud::Place;
use engine::{Approval, Quiet};

use crate::arguments::{Room, TeamsCommand};
use crate::events::Event;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

pub async fn carry_out(room: &Room, command: &TeamsCommand, voice: &Voice) -> Result<Exit, Failure> {
    match command {
        TeamsCommand::Script { connection, step, out, undo, sign_in, .. } => {
            let desk = opening::desk(room, opening::place(room, sign_in)?, voice)?;
            let connection = opening::connection(&desk, connection)?;
            let packet = match undo {
                true => desk.undo_packet(&connection, step)?,
                false => desk.teams_packet(&connection, step)?,
            };
            private_file::make_folder(out)?;
            let (script, parameters) = (out.join(packet.kind.file_name()), out.join("parameters.json"));
            private_file::write_open(&script, packet.script)?;
            private_file::write_open(&parameters, &format!("{}\n", packet.parameters))?;
            for (what, path) in [("script", script), ("parameters", parameters)] {
                voice.tell(&Event::file(what, &path), || path.display().to_string());
            }
            Ok(Exit::Done)
        }
        TeamsCommand::Result { connection, step, file, sign_in, .. } => {
            let place: Place = opening::place(room, sign_in)?;
            let desk = opening::desk(room, place, voice)?;
            let connection = opening::connection(&desk, connection)?;
            desk.take_teams_result(&connection, step, &private_file::read_open(file)?)?;
            // What was read back settles the step; nothing is sent, so nobody has to sign in.
            let approval = Approval::Plan(String::new());
            let checklist = desk.run(&connection, step, approval, &Quiet).await?;
            let guide = desk.guide_of(&connection)?;
            if let Some(view) = checklist.step(step) {
                voice.step(guide, &checklist, view);
                return Ok(exit::of_view(view));
            }
            Ok(Exit::Done)
        }
    }
}
