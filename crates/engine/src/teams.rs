//! Policies of Teams and Exchange by PowerShell: two fixed scripts that are compiled in, parameters as one line of JSON on
//! standard input, the result as one line of JSON between markers. Nothing of a guide and nothing secret reaches a script.

mod powershell;

use futures_util::future::BoxFuture;
use guide::Action;
use serde_json::{Value, json};

use crate::trouble::{Code, Trouble};

pub use powershell::PowerShell;

/// A fixed script, as it is shown, run or handed to the other admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Script {
    /// Application access policies and the lobby of meetings.
    Teams,
    /// One mailbox for one application.
    Exchange,
}

impl Script {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Teams, Self::Exchange];

    /// Its whole text.
    pub fn text(self) -> &'static str {
        match self {
            Self::Teams => include_str!("teams/footbridge-teams.ps1"),
            Self::Exchange => include_str!("teams/footbridge-exchange.ps1"),
        }
    }

    /// The file's name.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Teams => "footbridge-teams.ps1",
            Self::Exchange => "footbridge-exchange.ps1",
        }
    }

    /// The PowerShell module that it needs.
    pub fn module(self) -> &'static str {
        match self {
            Self::Teams => "MicrosoftTeams",
            Self::Exchange => "ExchangeOnlineManagement",
        }
    }

    /// The script that makes a step true; none for what Graph does.
    pub fn of(action: &Action) -> Option<Self> {
        match action {
            Action::CreateAccessPolicy { .. }
            | Action::AssignAccessPolicy { .. }
            | Action::SetLobby { .. } => Some(Self::Teams),
            Action::LimitMailbox { .. } => Some(Self::Exchange),
            _ => None,
        }
    }

    /// Members of a result that must be those of the parameters.
    fn named(self) -> &'static [&'static str] {
        match self {
            Self::Teams => &["action", "application-id", "policy-name"],
            Self::Exchange => &["action", "application-id", "scope-name", "role"],
        }
    }

    /// Members of a result that are kept.
    fn kept(self) -> &'static [&'static str] {
        match self {
            Self::Teams => &[
                "policy-app-ids",
                "assigned",
                "overwritten",
                "global",
                "group",
                "admitted",
                "before",
                "by-graph",
                "at",
            ],
            Self::Exchange => &["mailbox", "filter", "authorizations", "at"],
        }
    }
}

/// Whether a shell for a script was found here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeamsState {
    /// It can be run here.
    Found {
        /// The program's full path.
        program: String,
        /// The module's version.
        version: String,
    },
    /// It cannot; the script goes to the other admin as a file.
    Missing,
}

/// What went wrong with the script.
#[derive(Debug, thiserror::Error)]
pub enum TeamsShellError {
    /// PowerShell 7 or the script's module is missing.
    #[error("PowerShell 7 with the module {0} was not found")]
    Missing(&'static str),
    /// The script ended without a result.
    #[error("the script ended without a result: {why}")]
    Failed {
        /// What it said last, escaped and cut.
        why: String,
    },
    /// It took longer than ten minutes.
    #[error("the script did not end within ten minutes")]
    Slow,
}

/// Runs a script somewhere: PowerShell here, or pretend Teams and Exchange in rehearsal.
pub trait TeamsShell: Send + Sync {
    /// Looks whether a script can be run here.
    fn find(&self, script: Script) -> BoxFuture<'_, TeamsState>;

    /// Runs a script with parameters and gives back its result.
    fn run<'a>(
        &'a self,
        script: Script,
        parameters: &'a Value,
    ) -> BoxFuture<'a, Result<Value, TeamsShellError>>;
}

/// What the Teams or Exchange admin gets: the script and its parameters, in two files.
#[derive(Debug, Clone)]
pub struct TeamsPacket {
    /// Which script.
    pub kind: Script,
    /// Its text.
    pub script: &'static str,
    /// Its parameters.
    pub parameters: Value,
}

/// Reads a result that came back; only the documented members are kept.
pub(crate) fn read_result(script: Script, result: &Value, parameters: &Value) -> Result<Value, Trouble> {
    let bad = |field: &str| {
        Trouble::new(Code::FileInvalid).with("why", "it is not a result of this script").in_field(field)
    };
    if result["format"] != 1 {
        return Err(bad("format"));
    }
    for member in script.named() {
        if result[member] != parameters[member] {
            return Err(bad(member));
        }
    }
    let mut read = json!({});
    for member in script.named().iter().filter(|member| **member != "application-id").chain(script.kept()) {
        read[member] = result[member].clone();
    }
    if read.to_string().len() > 512 * 1024 {
        return Err(bad("assigned"));
    }
    Ok(read)
}

impl From<TeamsShellError> for Trouble {
    fn from(error: TeamsShellError) -> Self {
        match error {
            TeamsShellError::Missing(module) => Self::new(Code::TeamsShellMissing).with("module", module),
            other => Self::new(Code::TeamsShellFailed).with("why", other),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_result_for_something_else_is_refused_and_names_the_field() {
        let parameters = json!({ "action": "policy", "application-id": "a", "policy-name": "P" });
        let good = json!({ "format": 1, "action": "policy", "application-id": "a", "policy-name": "P", "policy-app-ids": ["a"], "more": 1 });
        let read = read_result(Script::Teams, &good, &parameters).unwrap();
        assert_eq!(read["policy-app-ids"], json!(["a"]));
        assert!(read.get("more").is_none());
        for (member, value) in [
            ("format", json!(2)),
            ("action", json!("assign")),
            ("application-id", json!("b")),
            ("policy-name", json!("Q")),
        ] {
            let mut other = good.clone();
            other[member] = value;
            assert_eq!(
                read_result(Script::Teams, &other, &parameters).unwrap_err().field.as_deref(),
                Some(member)
            );
        }
    }

    #[test]
    fn the_scripts_read_their_parameters_and_hold_no_value_of_their_own() {
        for script in Script::ALL {
            let text = script.text();
            assert!(text.contains("[Console]::In.ReadLine()"));
            for forbidden in ["Invoke-Expression", "iex ", "-AccessTokens", "{0}", "?.", "ScriptBlock"] {
                assert!(!text.contains(forbidden), "{} holds {forbidden}", script.file_name());
            }
        }
    }
}
