//! The journal as the admin reads, checks and exports it.

use crate::desk::Desk;
use crate::trouble::Trouble;

impl Desk {
    /// The journal's entries, of one connection or all.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn journal_entries(&self, connection: Option<&str>) -> Result<Vec<journal::Entry>, Trouble> {
        match connection {
            Some(connection) => Ok(self.room.journal.entries(connection)?),
            None => Ok(self.room.journal.all()?),
        }
    }

    /// Checks the journal's chain.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn journal_verify(&self) -> Result<journal::Verdict, Trouble> {
        Ok(self.room.journal.verify()?)
    }

    /// Exports the journal, one JSON object a line.
    ///
    /// # Errors
    /// When journal or writer refuse.
    pub fn journal_export(
        &self,
        connection: Option<&str>,
        out: &mut dyn std::io::Write,
        strike_names: bool,
    ) -> Result<(), Trouble> {
        Ok(self.room.journal.export(connection, out, strike_names)?)
    }
}
