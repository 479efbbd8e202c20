//! Reads an answers file: TOML with one key for each ask of a guide.
//! Every fault has line, column and field; it opens no file and does not look anybody up.

use std::collections::BTreeMap;

use serde_json::Value;
use toml::de::DeValue;

use crate::check::{answer_fault, list_fault};
use crate::near::suggest;
use crate::page::{Faults, Node, Page, Path};
use crate::{Ask, AskKind, Fault, FaultKind, Guide};

/// Answers by the id of their ask: text, a whole number, or a list of texts for people.
pub type Answers = BTreeMap<String, Value>;

const MOST_PEOPLE: usize = 10_000;

/// Reads an answers file. An ask that is not answered is left out, even if it is required: a later step may
/// still ask for it.
///
/// # Errors
/// Every fault that was found; the file is called `answers.toml` in them.
pub fn read_answers(guide: &Guide, bytes: &[u8]) -> Result<Answers, Vec<Fault>> {
    const FILE: &str = "answers.toml";
    let mut faults = Faults::default();
    let mut answers = Answers::new();
    if let Some(page) = Page::open(FILE, bytes, &mut faults)
        && let DeValue::Table(table) = page.tree.get_ref()
    {
        for (key, node) in table.iter() {
            let path = Path::root().key(key.get_ref());
            match guide.ask(key.get_ref()) {
                None => {
                    let what = format!("The guide asks for no `{}`.", crate::shape::short(key.get_ref()));
                    let hint = suggest(key.get_ref(), guide.asks.iter().map(|ask| ask.id.as_str()));
                    page.fault_at(&mut faults, key.span().start, FaultKind::UnknownKey, &path, what, hint);
                }
                Some(ask) => match value_of(node)
                    .ok_or_else(|| wanted(ask))
                    .and_then(|value| judge_answer(ask, &value).map(|()| value))
                {
                    Ok(value) => {
                        answers.insert(ask.id.clone(), value);
                    }
                    Err(hint) => {
                        let what = "This answer does not fit.";
                        page.fault(&mut faults, FaultKind::BadValue, &path, what, hint);
                    }
                },
            }
        }
    }
    if faults.is_empty() { Ok(answers) } else { Err(faults.sorted(&[FILE])) }
}

/// Whether an answer fits its ask.
///
/// # Errors
/// A sentence for people that says what would fit.
pub fn judge_answer(ask: &Ask, value: &Value) -> Result<(), AnswerHint> {
    let told = |text: Option<String>| text.map_or(Ok(()), |hint| Err(AnswerHint(hint)));
    match (&ask.kind, value) {
        (AskKind::Number { .. }, Value::Number(number)) => told(answer_fault(ask, &number.to_string())),
        (AskKind::Users { most }, Value::Array(people)) => {
            let most = most.map_or(MOST_PEOPLE, |most| most as usize);
            let sound = |person: &Value| person.as_str().is_some_and(is_person);
            let fits = !people.is_empty() && people.len() <= most && people.iter().all(sound);
            if fits { Ok(()) } else { Err(wanted(ask)) }
        }
        (AskKind::Choices { .. } | AskKind::Permissions { .. }, Value::Array(words)) => {
            match words.iter().map(Value::as_str).collect::<Option<Vec<&str>>>() {
                Some(words) => told(list_fault(ask, &words)),
                None => Err(wanted(ask)),
            }
        }
        (AskKind::Csv {} | AskKind::File {}, Value::String(path)) => {
            if path.trim().is_empty() || path.chars().any(char::is_control) {
                Err(wanted(ask))
            } else {
                Ok(())
            }
        }
        (AskKind::Text { .. } | AskKind::Choice { .. } | AskKind::UserField {}, Value::String(text)) => {
            told(answer_fault(ask, text))
        }
        _ => Err(wanted(ask)),
    }
}

/// What would fit an ask, as a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AnswerHint(pub String);

impl From<AnswerHint> for String {
    fn from(hint: AnswerHint) -> String {
        hint.0
    }
}

fn wanted(ask: &Ask) -> AnswerHint {
    AnswerHint(match &ask.kind {
        AskKind::Text { form: Some(form), .. } => form.hint().to_owned(),
        AskKind::Text { max, .. } => format!("Write a text of at most {max} characters in quotes."),
        AskKind::Number { min, max } => format!("Write a whole number from {min} to {max}."),
        AskKind::Choice { options } => format!("Write one of {} in quotes.", options.join(", ")),
        AskKind::Choices { options } => {
            format!("Write a list of some of {}, each in quotes.", options.join(", "))
        }
        AskKind::Permissions { .. } => {
            "Write a list of permissions of Microsoft Graph, each in quotes.".to_owned()
        }
        AskKind::Users { most: Some(1) } => {
            "Write a list with one user principal name or object id, in quotes.".to_owned()
        }
        AskKind::Users { most } => {
            let most = most.map_or(MOST_PEOPLE, |most| most as usize);
            format!("Write a list of 1 to {most} user principal names or object ids, each in quotes.")
        }
        AskKind::UserField {} => format!("Write one of {} in quotes.", crate::USER_FIELDS.join(", ")),
        AskKind::Csv {} => "Write the path of a CSV file in quotes.".to_owned(),
        AskKind::File {} => "Write the path of a file in quotes.".to_owned(),
    })
}

fn is_person(name: &str) -> bool {
    let visible = !name.is_empty()
        && name.len() <= 320
        && !name.chars().any(|each| each.is_control() || each.is_whitespace());
    let id = name.len() == 36 && name.bytes().all(|each| each.is_ascii_hexdigit() || each == b'-');
    visible
        && (id || name.split_once('@').is_some_and(|(before, after)| !before.is_empty() && !after.is_empty()))
}

fn value_of(node: &Node<'_>) -> Option<Value> {
    match node.get_ref() {
        DeValue::String(text) => Some(Value::from(text.as_ref())),
        DeValue::Integer(number) => {
            i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok().map(Value::from)
        }
        DeValue::Array(list) => list.iter().map(value_of).collect::<Option<Vec<Value>>>().map(Value::from),
        _ => None,
    }
}
