//! How much of a guide is done for the admin, how much is checked, and how much a person does: counted in rows of the
//! vendor's document.

use crate::{Action, Guide, RowKind};

/// What becomes of the rows of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// It is carried out, after a yes.
    Automatic,
    /// It is looked at, tried out or judged.
    Checked,
    /// A person does it and vouches for it.
    ByHand,
}

/// How many rows of a guide are of which sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Carried out.
    pub automatic: usize,
    /// Looked at, tried out or judged.
    pub checked: usize,
    /// Done by a person.
    pub by_hand: usize,
    /// Only to be read.
    pub read: usize,
}

impl Coverage {
    /// All rows.
    pub fn rows(&self) -> usize {
        self.automatic + self.checked + self.by_hand + self.read
    }
}

impl Action {
    /// What becomes of what the verb stands for.
    pub fn work(&self) -> Work {
        match self {
            Action::RegisterApplication { .. }
            | Action::AddSecret { .. }
            | Action::AddCertificate { .. }
            | Action::UploadCertificate { .. }
            | Action::SetPermissions { .. }
            | Action::GrantConsent { .. }
            | Action::SetRedirectUris { .. }
            | Action::SetPublicClient { .. }
            | Action::CreateAccessPolicy { .. }
            | Action::AssignAccessPolicy { .. }
            | Action::SetLobby { .. }
            | Action::LimitMailbox { .. }
            | Action::AxigenConnector { .. }
            | Action::AxigenPermission { .. }
            | Action::TakeDown { .. }
            | Action::HandOver { .. } => Work::Automatic,
            Action::NoteIds { .. }
            | Action::NoteAnswers {}
            | Action::ConfirmGrants { .. }
            | Action::ChooseUsers { .. }
            | Action::MatchFields { .. }
            | Action::PoolUsers { .. }
            | Action::ProbeAddress { .. }
            | Action::AxigenVersion { .. }
            | Action::ProveMeeting { .. }
            | Action::ProveSignIn { .. }
            | Action::ProvePresence { .. }
            | Action::ProveMail { .. } => Work::Checked,
            Action::ConfirmNotice {} | Action::ConfirmDone { .. } | Action::HandOut {} => Work::ByHand,
        }
    }
}

impl Guide {
    /// How many of its rows are carried out, checked, done by hand, or only read.
    pub fn coverage(&self) -> Coverage {
        let mut coverage = Coverage { read: self.notes.len(), ..Coverage::default() };
        for step in &self.steps {
            for row in &step.rows {
                let place = match (row.kind, step.action.work()) {
                    (RowKind::Read, _) => &mut coverage.read,
                    (_, Work::Automatic) => &mut coverage.automatic,
                    (_, Work::Checked) => &mut coverage.checked,
                    (_, Work::ByHand) => &mut coverage.by_hand,
                };
                *place += 1;
            }
        }
        coverage
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn every_row_is_counted_once() {
        for each in crate::built_in() {
            let guide = crate::find(each.id).unwrap();
            assert_eq!(guide.coverage().rows(), guide.rows().count(), "{}", each.id);
        }
    }
}
