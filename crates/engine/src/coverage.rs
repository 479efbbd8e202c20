//! How much of a guide Footbridge does itself: its steps' rows, counted by what their verb does. The window shows the three
//! numbers before a connection is begun, and the README's table is compared with them.

use guide::{Action, Guide};

/// The rows of a guide's steps by who does them. Rows that belong to no step are only read and are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Footbridge makes it true.
    pub automatic: usize,
    /// Footbridge looks whether it is true, or proves it by use.
    pub checked: usize,
    /// A person does it and says so.
    pub by_hand: usize,
}

/// What Footbridge does for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It makes the step true.
    Automatic,
    /// It looks, or proves by use.
    Checked,
    /// It waits for a person.
    ByHand,
}

/// What Footbridge does for a step with this verb.
pub fn doing(action: &Action) -> Doing {
    match action {
        Action::RegisterApplication { .. }
        | Action::AddSecret { .. }
        | Action::AddCertificate { .. }
        | Action::SetPermissions { .. }
        | Action::GrantConsent { .. }
        | Action::CreateAccessPolicy { .. }
        | Action::AssignAccessPolicy { .. }
        | Action::SetRedirectUris { .. }
        | Action::SetPublicClient { .. }
        | Action::UploadCertificate { .. }
        | Action::SetLobby { .. }
        | Action::LimitMailbox { .. }
        | Action::AxigenConnector { .. }
        | Action::AxigenPermission { .. }
        | Action::TakeDown { .. }
        | Action::HandOver { .. } => Doing::Automatic,
        Action::NoteIds { .. }
        | Action::ConfirmGrants { .. }
        | Action::ChooseUsers { .. }
        | Action::ProveMeeting { .. }
        | Action::MatchFields { .. }
        | Action::ProbeAddress { .. }
        | Action::PoolUsers { .. }
        | Action::ProveSignIn { .. }
        | Action::ProvePresence { .. }
        | Action::ProveMail { .. }
        | Action::AxigenVersion { .. } => Doing::Checked,
        Action::ConfirmNotice {}
        | Action::NoteAnswers {}
        | Action::ConfirmDone { .. }
        | Action::HandOut {} => Doing::ByHand,
    }
}

/// Counts the rows of a guide's steps.
pub fn coverage(guide: &Guide) -> Coverage {
    let mut counted = Coverage::default();
    for step in &guide.steps {
        let place = match doing(&step.action) {
            Doing::Automatic => &mut counted.automatic,
            Doing::Checked => &mut counted.checked,
            Doing::ByHand => &mut counted.by_hand,
        };
        *place += step.rows.len();
    }
    counted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_row_of_a_step_is_counted_once() {
        let guide = guide::find("targetconnect").unwrap();
        let counted = coverage(guide);
        let rows: usize = guide.steps.iter().map(|step| step.rows.len()).sum();
        assert_eq!(counted.automatic + counted.checked + counted.by_hand, rows);
        let notice = guide.steps.iter().find(|step| matches!(step.action, Action::ConfirmNotice {})).unwrap();
        assert_eq!(counted.by_hand, notice.rows.len());
        assert!(counted.automatic > counted.checked && counted.checked > 0);
    }
}
