//! The sentences of a guide, in each language, by the thing they belong to.
//! Text only; it never becomes HTML, a path, an address or a program.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language that every guide has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

impl Language {
    /// Both, in the order of the enum.
    pub const ALL: [Language; 2] = [Language::English, Language::German];

    /// The two-letter code: `en`, `de`.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    /// The language of a tag such as `de`, `de-AT` or `en_GB.UTF-8`.
    pub fn of_tag(tag: &str) -> Option<Language> {
        let code = tag.split(['-', '_', '.']).next().unwrap_or_default().to_ascii_lowercase();
        Language::ALL.into_iter().find(|language| language.code() == code)
    }
}

/// The sentences in each language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// The English sentences.
    pub english: Words,
    /// The German sentences.
    pub german: Words,
}

impl Texts {
    /// The sentences of one language.
    pub fn of(&self, language: Language) -> &Words {
        match language {
            Language::English => &self.english,
            Language::German => &self.german,
        }
    }
}

/// The sentences of one language: one text file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "Texts of a Footbridge guide")]
pub struct Words {
    /// The guide as a whole.
    pub guide: GuideWords,
    /// Sections by id.
    #[serde(default)]
    pub sections: BTreeMap<String, SectionWords>,
    /// Asks by id.
    #[serde(default)]
    pub asks: BTreeMap<String, AskWords>,
    /// Steps by id.
    #[serde(default)]
    pub steps: BTreeMap<String, StepWords>,
    /// Rows by id.
    #[serde(default)]
    pub rows: BTreeMap<String, RowWords>,
    /// Fields by id.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldWords>,
    /// What nobody has confirmed, by the key that steps name.
    #[serde(default)]
    #[schemars(extend("additionalProperties" = { "type": "string", "minLength": 1, "maxLength": 600 }))]
    pub unconfirmed: BTreeMap<String, String>,
}

impl Words {
    /// The text under a dotted key: `steps.register.title`, `rows.TC-9.by-hand`, `asks.scope.options.users`,
    /// `unconfirmed.account-type`. `None` where there is no such text.
    pub fn get(&self, key: &str) -> Option<&str> {
        if let Some((id, last)) = key.strip_prefix("rows.").and_then(|rest| rest.rsplit_once('.')) {
            // The vendors' numbers have dots of their own.
            let row = self.rows.get(id)?;
            return match last {
                "says" => Some(&row.says),
                "by-hand" => row.by_hand.as_deref(),
                "newer" => row.newer.as_deref(),
                _ => None,
            };
        }
        let mut names = key.split('.');
        let (group, id, last) = (names.next()?, names.next()?, names.next());
        let found = match (group, last) {
            ("guide", None) if id == "summary" => Some(&self.guide.summary),
            ("sections", Some("title")) => self.sections.get(id).map(|words| &words.title),
            ("asks", Some("label")) => self.asks.get(id).map(|words| &words.label),
            ("asks", Some("help")) => self.asks.get(id).map(|words| &words.help),
            ("asks", Some("options")) => self.asks.get(id)?.options.get(names.next()?),
            ("steps", Some("title")) => self.steps.get(id).map(|words| &words.title),
            ("steps", Some("why")) => self.steps.get(id).map(|words| &words.why),
            ("steps", Some("green")) => self.steps.get(id).map(|words| &words.green),
            ("fields", Some("label")) => self.fields.get(id).map(|words| &words.label),
            ("fields", Some("place")) => self.fields.get(id)?.place.as_ref(),
            ("unconfirmed", None) => self.unconfirmed.get(id),
            _ => None,
        };
        found.filter(|_| names.next().is_none()).map(String::as_str)
    }
}

/// The guide as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GuideWords {
    /// What the guide makes true, in one or two sentences.
    #[schemars(length(min = 1, max = 400))]
    pub summary: String,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SectionWords {
    /// The title.
    #[schemars(length(min = 1, max = 80))]
    pub title: String,
}

/// An ask.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AskWords {
    /// The label of the entry.
    #[schemars(length(min = 1, max = 80))]
    pub label: String,
    /// What helps to answer.
    #[schemars(length(min = 1, max = 400))]
    pub help: String,
    /// The words for each value of a choice.
    #[serde(default)]
    #[schemars(extend("additionalProperties" = { "type": "string", "minLength": 1, "maxLength": 160 }))]
    pub options: BTreeMap<String, String>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepWords {
    /// The title.
    #[schemars(length(min = 1, max = 80))]
    pub title: String,
    /// Why it is done, in about two lines.
    #[schemars(length(min = 1, max = 400))]
    pub why: String,
    /// What turns the step green.
    #[schemars(length(min = 1, max = 300))]
    pub green: String,
}

/// A row of the vendor's document. Small markup: `**label**`, `` `value` ``, `[words](https://…)`, and
/// templates in braces; each line of `by-hand` is one click.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RowWords {
    /// What the vendor documents, in own words.
    #[schemars(length(min = 1, max = 600))]
    pub says: String,
    /// The exact clicks, for a person who does it without Footbridge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2000))]
    pub by_hand: Option<String>,
    /// The newer fact, where the vendor's document is outdated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 600))]
    pub newer: Option<String>,
}

/// A field of the hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FieldWords {
    /// The product's own label, in the product's own spelling.
    #[schemars(length(min = 1, max = 80))]
    pub label: String,
    /// Where in the product it is entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 80))]
    pub place: Option<String>,
}
