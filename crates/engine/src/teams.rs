//! Teams' policies by PowerShell: one fixed script that is compiled in, parameters as one line of JSON on standard
//! input, the result as one line of JSON between markers. Nothing of a guide and nothing secret reaches the script.

mod powershell;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::trouble::{Code, Trouble};

pub use powershell::PowerShell;

/// The script, as it is shown, run or handed to the Teams admin.
pub const SCRIPT: &str = include_str!("teams/footbridge-teams.ps1");

/// Whether a shell for Teams was found here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeamsState {
    /// It can be run here.
    Found {
        /// The program's full path.
        program: String,
        /// The module's version.
        version: String,
    },
    /// It cannot; the script goes to the Teams admin as a file.
    Missing,
}

/// What went wrong with the script.
#[derive(Debug, thiserror::Error)]
pub enum TeamsShellError {
    /// PowerShell 7 or the MicrosoftTeams module is missing.
    #[error("PowerShell 7 with the MicrosoftTeams module was not found")]
    Missing,
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

/// Runs the script somewhere: PowerShell here, or a pretend Teams in rehearsal.
pub trait TeamsShell: Send + Sync {
    /// Looks whether it can be run here.
    fn find(&self) -> BoxFuture<'_, TeamsState>;

    /// Runs the script with parameters and gives back its result.
    fn run<'a>(&'a self, parameters: &'a Value) -> BoxFuture<'a, Result<Value, TeamsShellError>>;
}

/// What the Teams admin gets: the script and its parameters, in two files.
#[derive(Debug, Clone)]
pub struct TeamsPacket {
    /// The fixed script.
    pub script: &'static str,
    /// Its parameters.
    pub parameters: Value,
}

/// Reads a result that came back; only the documented members are kept.
pub(crate) fn read_result(result: &Value, parameters: &Value) -> Result<Value, Trouble> {
    let bad = |field: &str| {
        Trouble::new(Code::FileInvalid).with("why", "it is not a result of this script").in_field(field)
    };
    if result["format"] != 1 {
        return Err(bad("format"));
    }
    for member in ["action", "application-id", "policy-name"] {
        if result[member] != parameters[member] {
            return Err(bad(member));
        }
    }
    let kept = ["policy-app-ids", "assigned", "overwritten", "global", "group", "at"];
    let mut read = json!({ "policy-name": result["policy-name"], "action": result["action"] });
    for member in kept {
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
            TeamsShellError::Missing => Self::new(Code::TeamsShellMissing),
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
        let read = read_result(&good, &parameters).unwrap();
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
            assert_eq!(read_result(&other, &parameters).unwrap_err().field.as_deref(), Some(member));
        }
    }

    #[test]
    fn the_script_reads_its_parameters_and_holds_no_value_of_its_own() {
        assert!(SCRIPT.contains("[Console]::In.ReadLine()"));
        for forbidden in ["Invoke-Expression", "iex ", "-AccessTokens", "{0}", "?."] {
            assert!(!SCRIPT.contains(forbidden), "the script holds {forbidden}");
        }
    }
}
