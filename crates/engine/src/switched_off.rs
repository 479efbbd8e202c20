//! What a step needs that the policy of this machine switches off, so that a shell need not offer it. Each is refused where
//! its work begins, whether a shell asks here or not.

use guide::{Action, Guide};

use crate::desk::Desk;
use crate::handing;
use crate::history::History;
use crate::machine_policy::Feature;

/// The way in which an Axigen server's version is asked for over the network.
const COMMAND_LINE: &str = "command-line";

impl Desk {
    /// The feature without which a step can only be done by a person, where it is switched off.
    pub fn off_for(&self, connection: &str, step: &str) -> Option<Feature> {
        let (guide, step) = self.step(connection, step).ok()?;
        let history = self.history(connection).ok()?;
        let feature = needed_by(&step.action, guide, &history)?;
        self.room.policy.permits(feature).is_err().then_some(feature)
    }
}

fn needed_by(action: &Action, guide: &Guide, history: &History) -> Option<Feature> {
    match action {
        Action::AxigenConnector { .. } | Action::AxigenPermission { .. } => Some(Feature::Push),
        Action::AxigenVersion { way, .. } => {
            let way = handing::render(guide, history, way)?;
            (way.trim() == COMMAND_LINE).then_some(Feature::Push)
        }
        _ => None,
    }
}
