//! What is asked, with the answers in force, and what the answers make unnecessary.

use engine::{
    StepView,
    guide::{Ask, AskKind, Condition, Step},
};
use serde_json::Value;

use super::Sight;
use crate::{judged, told::either, view};

impl Sight<'_> {
    pub(super) fn ask(&self, ask: &Ask) -> view::Ask {
        let given = self.answer(&ask.id);
        let key = |name: &str| self.say(&format!("asks.{}.{name}", ask.id));
        let in_force = given.clone().or_else(|| ask.proposed());
        let text = given.as_ref().map(judged::text);
        let options = || -> Vec<view::ChoiceOption> {
            let label = |value: &String| key(&format!("options.{value}"));
            let options = judged::options(&ask.kind).iter();
            options.map(|value| view::ChoiceOption { value: value.clone(), label: label(value) }).collect()
        };
        let file = || text.as_deref().map(judged::file_name);
        let kind = match &ask.kind {
            AskKind::Text { max, form } => view::AskKind::Text {
                max: *max,
                hint: form.map(|form| judged::hint(form, self.language).to_owned()),
            },
            AskKind::Number { min, max } => view::AskKind::Number { min: *min, max: *max },
            AskKind::Choice { .. } => view::AskKind::Choice { options: options() },
            AskKind::Choices { .. } => view::AskKind::Choices { options: options() },
            AskKind::Permissions { permission } => view::AskKind::Permissions {
                application: *permission == engine::guide::WantedKind::Application,
                names: judged::names(ask, in_force.as_ref().unwrap_or(&Value::Null), self.language),
            },
            AskKind::File {} => view::AskKind::File { file: file() },
            AskKind::Users { most } => view::AskKind::Users { most: *most },
            AskKind::UserField {} => view::AskKind::UserField {
                options: engine::guide::USER_FIELDS.iter().map(|name| (*name).to_owned()).collect(),
            },
            AskKind::Csv {} => view::AskKind::Csv { file: file() },
        };
        view::Ask {
            id: ask.id.clone(),
            label: key("label"),
            help: Some(key("help")).filter(|text| !text.is_empty()),
            example: ask.exampled().map(|value| judged::text(&value)),
            kind,
            required: ask.required,
            answered: given.is_some(),
            value: in_force.as_ref().map(judged::text),
        }
    }

    /// Why a step is not needed: the first condition that does not hold, with what was chosen.
    pub(super) fn not_needed(&self, step: &StepView, guide: &Step) -> Option<String> {
        if step.state != engine::State::NotApplicable {
            return None;
        }
        let unmet = guide.when.iter().find(|condition| !self.holds(condition))?;
        let ask = self.guide.ask(&unmet.ask)?;
        let label = self.say(&format!("asks.{}.label", ask.id));
        let words = |names: &[String]| {
            let word =
                |name: &String| quoted(&self.say(&format!("asks.{}.options.{name}", ask.id)), self.language);
            names.iter().map(word).collect::<Vec<_>>().join(either(self.language, " or ", " oder "))
        };
        let chosen: Vec<String> = match self.answer(&ask.id).or_else(|| ask.proposed()) {
            Some(Value::Array(list)) => list.iter().map(judged::text).collect(),
            Some(value) => vec![judged::text(&value)],
            None => Vec::new(),
        };
        let (label, wanted) = (quoted(&label, self.language), words(&unmet.has));
        let chosen = match chosen.is_empty() {
            true => either(self.language, "nothing", "nichts").to_owned(),
            false => words(&chosen).replace(either(self.language, " or ", " oder "), ", "),
        };
        Some(match self.language {
            view::Language::En => {
                format!("Needed only for {wanted}. Your answer to {label} is {chosen}.")
            }
            view::Language::De => {
                format!("Nur nötig bei {wanted}. Ihre Antwort auf {label} ist {chosen}.")
            }
        })
    }

    fn holds(&self, condition: &Condition) -> bool {
        self.guide.applies(std::slice::from_ref(condition), &|ask| self.answer(ask))
    }

    /// Questions of other steps that decide whether this one is needed.
    pub(super) fn undecided(&self, step: &StepView, guide: &Step) -> Vec<view::OpenAsk> {
        let elsewhere = step.missing_answers.iter().filter(|ask| !guide.asks.contains(ask));
        let open = elsewhere.filter_map(|ask| {
            let shown = self.guide.steps.iter().find(|other| other.asks.contains(ask))?;
            Some(view::OpenAsk { label: self.say(&format!("asks.{ask}.label")), step: shown.id.clone() })
        });
        open.collect()
    }
}

/// A label within a sentence.
pub fn quoted(text: &str, language: view::Language) -> String {
    match language {
        view::Language::En => format!("“{text}”"),
        view::Language::De => format!("„{text}“"),
    }
}
