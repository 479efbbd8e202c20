//! Parameters of a cmdlet, as JSON, and why a cmdlet fails.
//!
//! Names are compared without case, as PowerShell does; `$null` is null, and a switch is true or left out.

use serde_json::{Value, json};

/// Why a cmdlet failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CmdletError {
    #[error(
        "The term '{0}' is not recognized as a name of a cmdlet, function, script file, or executable program."
    )]
    UnknownCmdlet(String),
    #[error("A parameter cannot be found that matches parameter name '{0}'.")]
    UnknownParameter(String),
    #[error("Cannot bind argument to parameter '{0}' because it is missing or not of the expected type.")]
    BadParameter(&'static str),
    #[error("Parameter set cannot be resolved using the specified named parameters.")]
    AmbiguousSet,
    #[error(
        "Cannot create a new policy instance because an instance with the same identity already exists: Tag:{0}."
    )]
    Exists(String),
    #[error("The specified policy \"Tag:{0}\" was not found.")]
    NoPolicy(String),
    #[error("Policy \"{0}\" is not a user policy. You can assign only a user policy to a specific user.")]
    NotAUserPolicy(String),
    #[error("Management object not found for identity \"{0}\".")]
    NoUser(String),
    #[error("The group \"{0}\" was not found in the directory.")]
    NoGroup(String),
    #[error("A group policy assignment with rank {0} already exists for this policy type.")]
    RankTaken(i64),
    #[error(
        "The policy \"Tag:{0}\" is currently assigned to one or more users or groups. Unassign it before removing it."
    )]
    InUse(String),
    #[error("The Global policy cannot be removed.")]
    Global,
    #[error("The object '{0}' couldn't be found.")]
    NoObject(String),
    #[error("The object '{0}' already exists.")]
    ObjectExists(String),
    #[error("The management scope '{0}' is used by a role assignment and can't be removed.")]
    ScopeInUse(String),
    #[error("Invalid filter syntax: \"{0}\".")]
    BadFilter(String),
}

impl CmdletError {
    fn category(&self) -> &'static str {
        match self {
            CmdletError::UnknownCmdlet(_)
            | CmdletError::NoPolicy(_)
            | CmdletError::NoUser(_)
            | CmdletError::NoGroup(_)
            | CmdletError::NoObject(_) => "ObjectNotFound",
            CmdletError::Exists(_) | CmdletError::RankTaken(_) | CmdletError::ObjectExists(_) => {
                "ResourceExists"
            }
            CmdletError::InUse(_)
            | CmdletError::Global
            | CmdletError::NotAUserPolicy(_)
            | CmdletError::ScopeInUse(_) => "InvalidOperation",
            _ => "InvalidArgument",
        }
    }
}

pub(crate) type Output = Result<Vec<Value>, CmdletError>;

/// What a cmdlet answers, good or not.
pub(crate) fn answer(outcome: Output) -> Value {
    match outcome {
        Ok(output) => json!({"ok": true, "output": output}),
        Err(error) => {
            json!({"ok": false, "error": {"message": error.to_string(), "category": error.category()}})
        }
    }
}

/// A parameter, whatever the case of its name.
pub(crate) fn parameter<'a>(parameters: &'a Value, name: &str) -> Option<&'a Value> {
    parameters.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Refuses parameters that the cmdlet does not have.
pub(crate) fn known(parameters: &Value, names: &[&str]) -> Result<(), CmdletError> {
    let mut given = parameters.as_object().into_iter().flatten().map(|(name, _)| name);
    match given.find(|name| !names.iter().any(|known| known.eq_ignore_ascii_case(name))) {
        Some(name) => Err(CmdletError::UnknownParameter(name.clone())),
        None => Ok(()),
    }
}

/// A parameter that must be a text.
pub(crate) fn text<'a>(parameters: &'a Value, name: &'static str) -> Result<&'a str, CmdletError> {
    parameter(parameters, name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or(CmdletError::BadParameter(name))
}

/// A parameter that may be left out.
pub(crate) fn maybe_text<'a>(
    parameters: &'a Value,
    name: &'static str,
) -> Result<Option<&'a str>, CmdletError> {
    parameter(parameters, name).map(|_| text(parameters, name)).transpose()
}
