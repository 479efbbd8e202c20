//! A value as one word of a command. It is quoted so that it stays one word, or it is refused; nothing is guessed.
//!
//! Axigen's command line takes a value bare, within single quotes (kept as it is), within double quotes, or with a
//! backslash before each space and quote. Only what these rules leave no doubt about is used here.

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// The longest value, in characters.
pub const LONGEST_VALUE: usize = 1_000;

/// Why a value cannot stand in a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueFault {
    /// It holds a line end or another control character, which would end the command.
    #[error("it holds a line end or another control character; type it again without")]
    Control,
    /// It is too long.
    #[error("it is longer than {LONGEST_VALUE} characters; use a shorter one")]
    TooLong,
    /// It holds a single quote beside a backslash, for which the command line documents no form.
    #[error(
        "it holds a single quote beside a backslash, which the command line cannot take; use another one"
    )]
    NoForm,
}

/// The text as one word of a command.
///
/// # Errors
/// [`ValueFault`], where no documented form keeps the text in one piece.
pub fn quoted(text: &str) -> Result<String, ValueFault> {
    if text.chars().any(char::is_control) {
        return Err(ValueFault::Control);
    }
    if text.chars().count() > LONGEST_VALUE {
        return Err(ValueFault::TooLong);
    }
    let bare = |c: char| c.is_ascii_alphanumeric() || "._-:/@~".contains(c);
    let (single, double, backslash) = (text.contains('\''), text.contains('"'), text.contains('\\'));
    if !text.is_empty() && text.chars().all(bare) {
        return Ok(text.to_owned());
    }
    // As the vendor's page writes the scopes; nothing in it has a meaning of its own.
    if text.chars().all(|c| bare(c) || c == ' ') || (single && !double && !backslash) {
        return Ok(format!("\"{text}\""));
    }
    match (single, backslash) {
        (false, _) => Ok(format!("'{text}'")),
        (true, true) => Err(ValueFault::NoForm),
        (true, false) => Ok(escaped(text)),
    }
}

fn escaped(text: &str) -> String {
    let mut word = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if c == ' ' || c == '\'' || c == '"' {
            word.push('\\');
        }
        word.push(c);
    }
    word
}

/// What stands for a value in a command: open text, or a secret that no error and no preview may repeat.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Open(String),
    Secret(SecretString),
}

impl Value {
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self, Value::Secret(_))
    }

    /// The value as one word.
    pub(crate) fn word(&self) -> Result<Zeroizing<String>, ValueFault> {
        match self {
            Value::Open(text) => quoted(text).map(Zeroizing::new),
            Value::Secret(secret) => quoted(secret.expose_secret()).map(Zeroizing::new),
        }
    }
}

/// Whether two secrets are the same one; an empty one counts as any other.
pub(crate) fn same_secret(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// A password as the line of its own that the sign-in asks for. It is sent as it is, so it must fit in one line.
pub(crate) fn password_line(password: &SecretString) -> Result<Zeroizing<String>, ValueFault> {
    let text = password.expose_secret();
    if text.chars().any(char::is_control) {
        return Err(ValueFault::Control);
    }
    if text.chars().count() > LONGEST_VALUE {
        return Err(ValueFault::TooLong);
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// The text without the quotes in which a server may show it.
pub(crate) fn unquoted(shown: &str) -> &str {
    let shown = shown.trim();
    let within = |quote: char| shown.strip_prefix(quote)?.strip_suffix(quote).filter(|t| !t.contains(quote));
    within('"').or_else(|| within('\'')).unwrap_or(shown)
}

#[cfg(test)]
mod tests;
