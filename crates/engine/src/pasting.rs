//! What a product's admin pastes at the product's own command line, where Footbridge does not sign in there itself.

use crate::desk::Desk;
use crate::site::Site;
use crate::tick::Quiet;
use crate::trouble::Trouble;
use crate::verbs;

impl Desk {
    /// The commands of all Axigen steps of the guide, in order, as text to paste after the sign-in at the command line.
    /// A placeholder stands where the client secret belongs. Empty for a guide without such steps.
    ///
    /// # Errors
    /// When an answer or an earlier step is missing, or a value cannot stand in a command.
    pub fn axigen_script(&self, connection: &str) -> Result<String, Trouble> {
        let guide = self.guide_of(connection)?;
        let history = self.history(connection)?;
        let mut text = String::new();
        for step in &guide.steps {
            let site = Site::new(&self.room, connection, guide, step, None, history.clone(), &Quiet);
            if let Some(commands) = verbs::axigen_commands(&site)? {
                text.push_str(&commands);
            }
        }
        Ok(text)
    }
}
