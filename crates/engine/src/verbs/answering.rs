//! Answers that a verb's templates need: which are open, and what an optional one comes to.

use guide::{Reference, Template};

use crate::site::Site;
use crate::trouble::{Code, Trouble};

/// The asks that these templates name and that have no answer.
pub(super) fn unanswered(site: &Site<'_>, templates: &[&Template]) -> Vec<String> {
    let mut open: Vec<String> = site.open_asks();
    for template in templates {
        for reference in template.references() {
            if let Reference::Answer(ask) = reference
                && site.answer_text(ask).is_none_or(|text| text.trim().is_empty())
                && !open.contains(ask)
            {
                open.push(ask.clone());
            }
        }
    }
    open
}

/// A template that may be left out; nothing where its ask has no answer.
pub(super) fn optional(site: &Site<'_>, template: Option<&Template>) -> Result<Option<String>, Trouble> {
    let Some(template) = template else { return Ok(None) };
    match site.render(template) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(trouble) if trouble.code == Code::AnswerMissing => Ok(None),
        Err(trouble) => Err(trouble),
    }
}
