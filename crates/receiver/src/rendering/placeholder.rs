//! Own template files: text with `{{ name }}` and `{{ name | filter }}`, and nothing else. There are no conditions, loops or
//! includes. A template engine is not used, because its values are copies that nobody wipes.

use secrecy::zeroize::Zeroizing;

use super::escape::{Filter, GROWTH};
use super::{Bytes, RenderError, need};
use crate::values::Values;

/// The largest template that is read, in bytes.
const LARGEST: usize = 256 * 1024;

/// A template that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholders {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value { name: String, filter: Filter },
}

/// What is wrong with a template.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum TemplateFault {
    /// It is too large.
    #[error("it is larger than 256 KiB")]
    TooLarge,
    /// A `{{` without its `}}` on the same line.
    #[error("line {0}: {{{{ has no }}}} on the same line")]
    Open(usize),
    /// What stands between the braces is neither `name` nor `name | filter`.
    #[error("line {0}: between the braces stands a name, or a name, a bar and a filter")]
    Form(usize),
    /// A filter that is none.
    #[error("line {line}: there is no filter `{name}`; take env, json, properties, xml, axigen or pem")]
    Filter {
        /// Where.
        line: usize,
        /// The word.
        name: String,
    },
    /// It holds no placeholder, so it is likely the wrong file.
    #[error("it holds no placeholder such as {{{{ app.client_id }}}}")]
    Nothing,
}

impl Placeholders {
    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateFault`] with the line.
    pub fn read(text: &str) -> Result<Placeholders, TemplateFault> {
        if text.len() > LARGEST {
            return Err(TemplateFault::TooLarge);
        }
        let mut pieces = Vec::new();
        let (mut rest, mut line) = (text, 1);
        while let Some((before, after)) = rest.split_once("{{") {
            line += before.matches('\n').count();
            let (inner, after) = after
                .split_once("}}")
                .filter(|(inner, _)| !inner.contains('\n'))
                .ok_or(TemplateFault::Open(line))?;
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(value(inner, line)?);
            rest = after;
        }
        if pieces.is_empty() {
            return Err(TemplateFault::Nothing);
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Placeholders { pieces })
    }

    pub(crate) fn render(&self, values: &Values) -> Result<Bytes, RenderError> {
        let mut room = 0;
        for piece in &self.pieces {
            room += match piece {
                Piece::Text(text) => text.len(),
                Piece::Value { name, .. } => need(values, name)?.len() * GROWTH + 2,
            };
        }
        // Reserved in full, so that no piece of a secret stays behind in a buffer that grew.
        let mut out = Zeroizing::new(Vec::with_capacity(room));
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Value { name, filter } => filter
                    .write(need(values, name)?, &mut out)
                    .map_err(|why| RenderError::Value { name: name.clone(), why })?,
            }
        }
        Ok(out)
    }
}

fn value(inner: &str, line: usize) -> Result<Piece, TemplateFault> {
    let (name, filter) = match inner.split_once('|') {
        Some((name, filter)) => (name.trim(), Some(filter.trim())),
        None => (inner.trim(), None),
    };
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || !name.chars().all(good) || filter == Some("") {
        return Err(TemplateFault::Form(line));
    }
    let filter = match filter {
        None => Filter::Plain,
        Some(word) => Filter::named(word)
            .ok_or_else(|| TemplateFault::Filter { line, name: word.chars().take(40).collect() })?,
    };
    Ok(Piece::Value { name: name.to_owned(), filter })
}
