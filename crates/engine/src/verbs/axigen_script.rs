//! What an Axigen admin pastes at the command line, where Footbridge does not sign in there itself.

use guide::Action;

use super::{axigen_connector, axigen_permission};
use crate::site::Site;
use crate::trouble::Trouble;

/// The commands of a step; nothing for a step of another kind.
pub(crate) fn axigen_commands(site: &Site<'_>) -> Result<Option<String>, Trouble> {
    match &site.step.action {
        Action::AxigenConnector { .. } => axigen_connector::script(site).map(Some),
        Action::AxigenPermission { .. } => axigen_permission::script(site).map(Some),
        _ => Ok(None),
    }
}
