//! How the command ends, as a number that scripts can rely on. The numbers are part of docs/command-line.md.
//! Nothing here looks at text: a number comes from states and codes only.

use std::process::ExitCode;

use engine::{Checklist, Code, State, StepView};

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything is green or confirmed by a person, or the command did what it was asked.
    Done = 0,
    /// The command line itself is wrong.
    Usage = 2,
    /// Not finished: a step waits for Microsoft or for a yes. Run again later.
    Pending = 3,
    /// Another admin is needed.
    AnotherAdmin = 4,
    /// An answer or a file is missing or was refused, or a choice is needed.
    Refused = 5,
    /// Something went wrong.
    Failed = 6,
    /// A credential ends within 60 days.
    Due = 10,
    /// A credential has ended.
    Expired = 11,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// How a checklist ends a command. What went wrong counts before what is refused, that before what another admin has to
/// do, and that before what only waits.
pub fn of_checklist(checklist: &Checklist) -> Exit {
    of_steps(checklist, None)
}

/// The same for the steps up to one of them.
pub fn of_steps(checklist: &Checklist, until: Option<&str>) -> Exit {
    let last = until.and_then(|until| checklist.step(until)).map_or(checklist.total, |step| step.number);
    checklist.steps.iter().take(last).map(of_view).max().unwrap_or(Exit::Done)
}

/// How one step as it stands ends a command.
pub fn of_view(step: &StepView) -> Exit {
    let code = step.trouble.as_ref().map(|trouble| trouble.code);
    of_step(step.state, code, !(step.missing_answers.is_empty() && step.missing_passwords.is_empty()))
}

/// How one step ends a command.
fn of_step(state: State, code: Option<Code>, lacks_answers: bool) -> Exit {
    match state {
        state if state.is_done() => Exit::Done,
        State::NeedsAnotherAdmin => Exit::AnotherAdmin,
        State::Taken => Exit::Refused,
        State::Failed => code.map_or(Exit::Failed, of_code),
        _ if lacks_answers => Exit::Refused,
        _ => Exit::Pending,
    }
}

/// How a trouble ends a command.
pub fn of_code(code: Code) -> Exit {
    match code {
        Code::NeedsAnotherAdmin
        | Code::NotPermitted
        | Code::PasswordBlockedByDefaults
        | Code::PasswordBlockedByPolicy
        | Code::SecondFactorAsked
        | Code::SecondFactorNotSetUp
        | Code::TeamsShellMissing => Exit::AnotherAdmin,
        Code::AnswerMissing
        | Code::AnswerInvalid
        | Code::ConnectionExists
        | Code::ConnectionUnknown
        | Code::CredentialUnknown
        | Code::FieldEmpty
        | Code::FieldNotUnique
        | Code::FileInvalid
        | Code::HostKeyUnknown
        | Code::OfferElsewhere
        | Code::OfferInvalid
        | Code::OfferMissing
        | Code::OfferNoEndpoint
        | Code::OfferRefuses
        | Code::OfferUsed
        | Code::RehearsalStaysHere
        | Code::GuideUnknown
        | Code::NameTaken
        | Code::ConnectorUnclear
        | Code::PasswordExpired
        | Code::PasswordMissing
        | Code::PasswordNotAsked
        | Code::PasswordWrong
        | Code::PolicyForbids
        | Code::PolicyInvalid
        | Code::PoolTooSmall
        | Code::ProxyByScript
        | Code::ProxySignIn
        | Code::RenewalOver
        | Code::StepUnknown
        | Code::UserNotFound => Exit::Refused,
        Code::ConnectionBusy | Code::NotYet | Code::PlanChanged => Exit::Pending,
        _ => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_the_documented_ones() {
        let all = [Exit::Done, Exit::Usage, Exit::Pending, Exit::AnotherAdmin, Exit::Refused, Exit::Failed];
        assert_eq!(all.map(|exit| exit as u8), [0, 2, 3, 4, 5, 6]);
        assert_eq!([Exit::Due, Exit::Expired].map(|exit| exit as u8), [10, 11]);
    }

    #[test]
    fn each_state_has_its_end() {
        for (state, code, lacks, end) in [
            (State::Proven, None, false, Exit::Done),
            (State::Confirmed, None, false, Exit::Done),
            (State::DoneElsewhere, None, false, Exit::Done),
            (State::NotApplicable, None, false, Exit::Done),
            (State::Pending, None, false, Exit::Pending),
            (State::Planned, None, false, Exit::Pending),
            (State::ChangedSince, None, false, Exit::Pending),
            (State::NotYet, None, false, Exit::Pending),
            (State::NotYet, None, true, Exit::Refused),
            (State::Taken, None, false, Exit::Refused),
            (State::NeedsAnotherAdmin, None, false, Exit::AnotherAdmin),
            (State::Failed, None, false, Exit::Failed),
            (State::Failed, Some(Code::UserNotFound), false, Exit::Refused),
            (State::Failed, Some(Code::TeamsShellMissing), false, Exit::AnotherAdmin),
        ] {
            assert_eq!(of_step(state, code, lacks), end, "{state:?} {code:?} {lacks}");
        }
    }

    #[test]
    fn what_went_wrong_counts_before_what_waits() {
        assert!(Exit::Failed > Exit::Refused && Exit::Refused > Exit::AnotherAdmin);
        assert!(Exit::AnotherAdmin > Exit::Pending && Exit::Pending > Exit::Done);
    }
}
