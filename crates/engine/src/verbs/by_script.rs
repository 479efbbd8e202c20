//! What the verbs share that are made true by a script of another admin's: its parameters, running it here, and its
//! read-back, which comes from here or in a file.

use guide::{Action, Step};
use serde_json::{Value, json};

use super::{access_policy, limit_mailbox, lobby};
use crate::history::TEAMS_RESULT;
use crate::site::Site;
use crate::teams::{Script, read_result};
use crate::trouble::{Code, Trouble};

/// The parameters of the script for a step, as one JSON value; ids and names only, never a secret.
pub(crate) fn script_parameters(site: &Site<'_>, step: &Step) -> Result<(Script, Value), Trouble> {
    let parameters = match &step.action {
        action @ (Action::CreateAccessPolicy { .. } | Action::AssignAccessPolicy { .. }) => {
            access_policy::parameters(site, action)?
        }
        Action::SetLobby { scope, users, name, admitted } => {
            lobby::parameters(site, &lobby::Wanted { scope, users, name, admitted })?
        }
        Action::LimitMailbox { application, mailbox, role } => {
            limit_mailbox::parameters(site, application, mailbox, role)?
        }
        _ => return Err(Trouble::new(Code::StepUnknown).with("name", &step.id)),
    };
    let script = Script::of(&step.action).ok_or_else(|| Trouble::defect("script"))?;
    Ok((script, parameters))
}

/// The parameters with which the same script takes a step back.
pub(crate) fn undo_parameters(site: &Site<'_>, step: &Step) -> Result<(Script, Value), Trouble> {
    let parameters = match &step.action {
        action @ (Action::CreateAccessPolicy { .. } | Action::AssignAccessPolicy { .. }) => {
            access_policy::undoing(site, action)?
        }
        Action::SetLobby { .. } => lobby::undoing(site)?,
        Action::LimitMailbox { application, mailbox, role } => {
            let mut parameters = limit_mailbox::parameters(site, application, mailbox, role)?;
            parameters["action"] = json!("limit-undo");
            parameters
        }
        _ => return Err(Trouble::new(Code::StepUnknown).with("name", &step.id)),
    };
    let script = Script::of(&step.action).ok_or_else(|| Trouble::defect("script"))?;
    Ok((script, parameters))
}

/// Runs a script here and keeps what it read back.
pub(super) async fn run_script(
    site: &Site<'_>,
    script: Script,
    parameters: &Value,
) -> Result<Value, Trouble> {
    let result = site.room.teams.run(script, parameters).await?;
    keep_result(site, script, &result, parameters)
}

/// Judges a read-back, from here or from a file, and keeps it.
pub(crate) fn keep_result(
    site: &Site<'_>,
    script: Script,
    result: &Value,
    parameters: &Value,
) -> Result<Value, Trouble> {
    let mut result = read_result(script, result, parameters)?;
    keep_first(read_back(site).as_ref(), &mut result);
    site.note(&journal::Event::Noted {
        what: TEAMS_RESULT.to_owned(),
        details: json!({ "step": site.step.id, "result": result }),
    })?;
    Ok(result)
}

/// A second run finds what the first one made; what was there before it stands in the first result only.
fn keep_first(first: Option<&Value>, result: &mut Value) {
    let Some(first) = first.filter(|first| first["policy-name"] == result["policy-name"]) else { return };
    if !first["before"].is_null() {
        result["before"] = first["before"].clone();
    }
    let Some(earlier) = first["assigned"].as_array() else { return };
    for entry in result["assigned"].as_array_mut().into_iter().flatten() {
        if let Some(known) = earlier.iter().find(|known| known["user-id"] == entry["user-id"]) {
            entry["before"] = known["before"].clone();
        }
    }
}

/// What the script said of this step last.
pub(super) fn read_back(site: &Site<'_>) -> Option<Value> {
    site.history().step(&site.step.id)?.teams.as_ref().map(|details| details["result"].clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_before_the_first_run_is_kept() {
        let first = json!({ "policy-name": "P", "before": "EveryoneInCompany",
            "assigned": [{ "user-id": "a", "policy": "P", "before": "Q" }] });
        let again = json!({ "policy-name": "P", "before": "Everyone",
            "assigned": [{ "user-id": "a", "policy": "P", "before": "P" }, { "user-id": "b", "policy": "P", "before": null }] });
        let mut kept = again.clone();
        keep_first(Some(&first), &mut kept);
        assert_eq!(kept["before"], "EveryoneInCompany");
        assert_eq!(
            (&kept["assigned"][0]["before"], &kept["assigned"][1]["before"]),
            (&json!("Q"), &Value::Null)
        );
        let mut other = again.clone();
        keep_first(Some(&json!({ "policy-name": "R", "before": "x" })), &mut other);
        assert_eq!(other, again);
    }
}
