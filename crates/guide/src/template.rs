//! Templates: text with `{answers.<ask>}` and `{<step>.<output>}` in it, and nothing else.
//! No conditions, no loops, no functions; a brace itself is written twice.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Text with references in it, checked when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

impl Template {
    /// The template as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Plain text and references, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The references, in order.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.parts.iter().filter_map(|part| match part {
            Part::Reference(reference) => Some(reference),
            Part::Text(_) => None,
        })
    }

    /// The whole text, where the template has no reference.
    pub fn literal(&self) -> Option<String> {
        self.render(&|_| None).ok()
    }

    /// The reference, where the template is exactly one.
    pub fn sole_reference(&self) -> Option<&Reference> {
        match self.parts.as_slice() {
            [Part::Reference(reference)] => Some(reference),
            _ => None,
        }
    }

    /// The text with every reference filled in.
    ///
    /// # Errors
    /// [`Unfilled`] names the first reference for which `fill` has no value.
    pub fn render(&self, fill: &dyn Fn(&Reference) -> Option<String>) -> Result<String, Unfilled> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Reference(reference) => match fill(reference) {
                    Some(value) => text.push_str(&value),
                    None => return Err(Unfilled(reference.clone())),
                },
            }
        }
        Ok(text)
    }

    /// The text for a person: a reference without a value is shown as `‹application-id›`.
    pub fn show(&self, fill: &dyn Fn(&Reference) -> Option<String>) -> String {
        let gap = |reference: &Reference| {
            Some(fill(reference).unwrap_or_else(|| format!("‹{}›", reference.name())))
        };
        self.render(&gap).unwrap_or_default()
    }
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// A value to be filled in.
    Reference(Reference),
}

/// What a template can name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// `{answers.<ask>}`.
    Answer(String),
    /// `{<step>.<output>}`.
    Output {
        /// The step's id.
        step: String,
        /// The output's name.
        name: String,
    },
}

impl Reference {
    /// The part after the dot.
    pub fn name(&self) -> &str {
        match self {
            Reference::Answer(name) | Reference::Output { name, .. } => name,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Answer(ask) => write!(f, "{{answers.{ask}}}"),
            Reference::Output { step, name } => write!(f, "{{{step}.{name}}}"),
        }
    }
}

/// A reference had no value when the template was rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} has no value yet")]
pub struct Unfilled(pub Reference);

/// A text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// A `{` has no `}`.
    #[error("the brace at character {at} is not closed")]
    NotClosed {
        /// Position of the brace in characters, from 0.
        at: usize,
    },
    /// A `}` stands alone.
    #[error("the closing brace at character {at} has no opening one")]
    NotOpened {
        /// Position of the brace in characters, from 0.
        at: usize,
    },
    /// What stands between the braces is not `name.name`.
    #[error("{{{inside}}} is not of the form {{answers.ask}} or {{step.output}}")]
    NotAReference {
        /// What stands between the braces.
        inside: String,
    },
}

impl FromStr for Template {
    type Err = TemplateFault;

    fn from_str(source: &str) -> Result<Self, TemplateFault> {
        Ok(Template { parts: split(source)?, source: source.to_owned() })
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateFault;

    fn try_from(source: String) -> Result<Self, TemplateFault> {
        source.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        template.source
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Text with {answers.<ask>} and {<step>.<output>} in it; a brace itself is written twice.",
            "type": "string",
            "format": "footbridge-template",
            "minLength": 1,
            "maxLength": 1000
        })
    }
}

fn split(source: &str) -> Result<Vec<Part>, TemplateFault> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut letters = source.chars().enumerate().peekable();
    while let Some((at, letter)) = letters.next() {
        let doubled =
            letters.next_if(|(_, next)| (letter == '{' || letter == '}') && *next == letter).is_some();
        match letter {
            '{' if !doubled => {
                let mut inside = String::new();
                loop {
                    match letters.next() {
                        Some((_, '}')) => break,
                        Some((_, next)) => inside.push(next),
                        None => return Err(TemplateFault::NotClosed { at }),
                    }
                }
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Reference(reference(inside)?));
            }
            '}' if !doubled => return Err(TemplateFault::NotOpened { at }),
            other => plain.push(other),
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

fn reference(inside: String) -> Result<Reference, TemplateFault> {
    match inside.split_once('.') {
        Some((owner, name)) if is_id(owner) && is_id(name) => Ok(match owner {
            "answers" => Reference::Answer(name.to_owned()),
            step => Reference::Output { step: step.to_owned(), name: name.to_owned() },
        }),
        _ => Err(TemplateFault::NotAReference { inside }),
    }
}

/// Whether a text is an id: `^[a-z][a-z0-9-]{0,63}$`.
pub(crate) fn is_id(text: &str) -> bool {
    let mut letters = text.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= 64
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fill(reference: &Reference) -> Option<String> {
        match reference {
            Reference::Answer(ask) if ask == "months" => Some("12".into()),
            Reference::Output { step, name } if step == "register" && name == "application-id" => {
                Some("7d1c".into())
            }
            _ => None,
        }
    }

    #[test]
    fn fills_answers_and_outputs() {
        let template: Template = "for {answers.months} months, {register.application-id}".parse().unwrap();
        assert_eq!(template.render(&fill).unwrap(), "for 12 months, 7d1c");
        assert_eq!(template.references().count(), 2);
    }

    #[test]
    fn doubled_braces_are_braces() {
        let template: Template = "@{{Add=\"{register.application-id}\"}}".parse().unwrap();
        assert_eq!(template.render(&fill).unwrap(), "@{Add=\"7d1c\"}");
    }

    #[test]
    fn a_missing_value_is_named_or_shown_as_a_gap() {
        let template: Template = "{answers.colour}".parse().unwrap();
        assert_eq!(template.render(&fill).unwrap_err().to_string(), "{answers.colour} has no value yet");
        assert_eq!(template.show(&fill), "‹colour›");
        assert_eq!(template.literal(), None);
    }

    #[test]
    fn refuses_what_is_not_a_reference() {
        for bad in
            ["{", "}", "{a}", "{a.b.c}", "{A.b}", "{answers.}", "{.x}", "{answers.x", "{a b.c}", "{}", "{{}"]
        {
            assert!(bad.parse::<Template>().is_err(), "{bad}");
        }
        for good in ["", "plain", "{{", "}}", "{{}}", "{a.b}", "{a-1.b-2}{c.d}"] {
            assert!(good.parse::<Template>().is_ok(), "{good}");
        }
    }

    #[test]
    fn an_id_is_short_and_lower_case() {
        assert!(is_id("a") && is_id("note-ids") && is_id(&"a".repeat(64)));
        for bad in ["", "A", "1a", "-a", "a_b", "ä", &"a".repeat(65)] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
