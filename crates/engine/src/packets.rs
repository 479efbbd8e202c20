//! Steps that another admin makes true with a script of ours: what that admin gets, and what comes back. The result decides
//! nothing by itself; the step's own check reads it.

use serde_json::Value;

use crate::checklist::Checklist;
use crate::desk::{Desk, lock};
use crate::site::Site;
use crate::teams::TeamsPacket;
use crate::tick::Quiet;
use crate::trouble::{Code, Trouble};
use crate::verbs::{keep_result, script_parameters, undo_parameters};

impl Desk {
    /// The script and parameters of a step for Teams or Exchange.
    ///
    /// # Errors
    /// When earlier steps are missing, or the step has no script.
    pub fn teams_packet(&self, connection: &str, step: &str) -> Result<TeamsPacket, Trouble> {
        let (guide, step) = self.step(connection, step)?;
        let history = self.history(connection)?;
        let site = Site::new(&self.room, connection, guide, step, None, history, &Quiet);
        let (kind, parameters) = script_parameters(&site, step)?;
        Ok(TeamsPacket { kind, script: kind.text(), parameters })
    }

    /// The same script with the parameters that take the step back.
    ///
    /// # Errors
    /// When earlier steps are missing, the step has no script, or nothing was read back of it yet.
    pub fn undo_packet(&self, connection: &str, step: &str) -> Result<TeamsPacket, Trouble> {
        let (guide, step) = self.step(connection, step)?;
        let history = self.history(connection)?;
        let site = Site::new(&self.room, connection, guide, step, None, history, &Quiet);
        let (kind, parameters) = undo_parameters(&site, step)?;
        Ok(TeamsPacket { kind, script: kind.text(), parameters })
    }

    /// Takes the result file that the Teams or Exchange admin sent back.
    ///
    /// # Errors
    /// A file that is no result of this script for this step.
    pub fn take_teams_result(&self, connection: &str, step: &str, text: &str) -> Result<Checklist, Trouble> {
        let packet = self.teams_packet(connection, step)?;
        let result: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| Trouble::new(Code::FileInvalid).with("why", error))?;
        let (guide, known) = self.step(connection, step)?;
        let history = self.history(connection)?;
        let site = Site::new(&self.room, connection, guide, known, None, history, &Quiet);
        keep_result(&site, packet.kind, &result, &packet.parameters)?;
        lock(&self.room.seen).remove(&(connection.to_owned(), step.to_owned()));
        self.checklist(connection)
    }
}
