//! One command: what is sent, and what of it may be told to anybody.

use zeroize::Zeroizing;

use super::error::AxigenError;
use super::value::Value;

/// A command with at most one value, always the last word.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// The command without its value, as errors tell it.
    pub told: String,
    value: Option<(&'static str, Value)>,
}

/// What stands in a preview where the secret goes.
pub(crate) const SECRET_PLACE: &str = "<the client secret>";

impl Command {
    pub(crate) fn bare(words: impl Into<String>) -> Self {
        Self { told: words.into(), value: None }
    }

    /// A command whose last word is a value; `field` is its name for people.
    pub(crate) fn with(words: impl Into<String>, field: &'static str, value: Value) -> Self {
        Self { told: words.into(), value: Some((field, value)) }
    }

    pub(crate) fn holds_a_secret(&self) -> bool {
        self.value.as_ref().is_some_and(|(_, value)| value.is_secret())
    }

    /// The line as it is sent.
    pub(crate) fn line(&self) -> Result<Zeroizing<String>, AxigenError> {
        let Some((field, value)) = &self.value else { return Ok(Zeroizing::new(self.told.clone())) };
        let word = value.word().map_err(|fault| AxigenError::Value { field: (*field).to_owned(), fault })?;
        let mut line = Zeroizing::new(String::with_capacity(self.told.len() + word.len() + 1));
        line.push_str(&self.told);
        line.push(' ');
        line.push_str(&word);
        Ok(line)
    }

    /// The line with a placeholder where a secret stands.
    pub(crate) fn preview(&self) -> Result<String, AxigenError> {
        match self.holds_a_secret() {
            // A secret that cannot be sent must be told here, not first at the server.
            true => self.line().map(|_| format!("{} {SECRET_PLACE}", self.told)),
            false => self.line().map(|line| line.to_string()),
        }
    }
}
