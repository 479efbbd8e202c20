//! Writes the template of an answers file: each ask with its label, its help and what fits.
//! The template is TOML that [`crate::read_answers`] reads back.

use std::fmt::Write;

use crate::{Ask, AskKind, Guide, Language, USER_FIELDS};

/// A TOML file with a key for each ask of the guide, explained in comments.
///
/// An ask with a proposal stands there with it; one without is a comment to be filled in.
pub fn asks_template(guide: &Guide, language: Language) -> String {
    let mut file = match language {
        Language::English => format!(
            "# Answers for {} (guide {} {}).\n# Fill in what is asked; a line that begins with # is not read.\n",
            guide.product, guide.id, guide.version
        ),
        Language::German => format!(
            "# Antworten für {} (Anleitung {} {}).\n# Tragen Sie ein, was gefragt ist; eine Zeile mit # am Anfang wird nicht gelesen.\n",
            guide.product, guide.id, guide.version
        ),
    };
    for step in &guide.steps {
        for ask in step.asks.iter().filter_map(|id| guide.ask(id)) {
            entry(&mut file, guide, ask, language);
        }
    }
    file
}

fn entry(file: &mut String, guide: &Guide, ask: &Ask, language: Language) {
    file.push('\n');
    if let Some(words) = guide.texts.of(language).asks.get(&ask.id) {
        comment(file, &words.label);
        comment(file, &words.help);
        for (option, text) in
            options_of(ask).iter().filter_map(|option| Some((option, words.options.get(*option)?)))
        {
            comment(file, &format!("- {option}: {text}"));
        }
    }
    comment(file, &format!("{} {}", fitting(ask, language), needed(ask, language)));
    let is_list = matches!(ask.kind, AskKind::Choices { .. } | AskKind::Permissions { .. });
    let (mark, value) = match (&ask.kind, &ask.default) {
        (_, Some(words)) if is_list => ("", listed(words)),
        (_, None) if is_list => ("# ", listed(ask.example.as_deref().unwrap_or_default())),
        (AskKind::Number { .. }, Some(number)) => ("", number.clone()),
        (_, Some(text)) => ("", quoted(text)),
        (AskKind::Number { min, .. }, None) => ("# ", min.to_string()),
        (AskKind::Users { most: Some(1) }, None) => ("# ", "[\"anna@example.org\"]".to_owned()),
        (AskKind::Users { .. }, None) => ("# ", "[\"anna@example.org\", \"bruno@example.org\"]".to_owned()),
        (AskKind::UserField {}, None) => ("# ", quoted(USER_FIELDS[0])),
        (AskKind::Choice { options }, None) => ("# ", quoted(options.first().map_or("", String::as_str))),
        (AskKind::Csv {}, None) => ("# ", quoted("people.csv")),
        (AskKind::File {}, None) => ("# ", quoted("certificate.cer")),
        (_, None) => ("# ", quoted(ask.example.as_deref().unwrap_or_default())),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(file, "{mark}{} = {value}", ask.id);
}

fn options_of(ask: &Ask) -> Vec<&str> {
    match &ask.kind {
        AskKind::Choice { options } | AskKind::Choices { options } => {
            options.iter().map(String::as_str).collect()
        }
        _ => Vec::new(),
    }
}

fn comment(file: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(file, "# {}", line.trim());
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A list that is written as one text with commas, as TOML.
fn listed(words: &str) -> String {
    toml::Value::from(crate::types::words_of(words)).to_string()
}

fn fitting(ask: &Ask, language: Language) -> String {
    let fields = USER_FIELDS.join(", ");
    match (language, &ask.kind) {
        (_, AskKind::Text { form: Some(form), .. }) if language == Language::English => {
            form.hint().to_owned()
        }
        (Language::English, AskKind::Text { max, .. }) => format!("Text of at most {max} characters."),
        (Language::German, AskKind::Text { max, .. }) => format!("Text mit höchstens {max} Zeichen."),
        (Language::English, AskKind::Number { min, max }) => format!("A whole number from {min} to {max}."),
        (Language::German, AskKind::Number { min, max }) => format!("Eine ganze Zahl von {min} bis {max}."),
        (Language::English, AskKind::Choice { options }) => format!("One of {}.", options.join(", ")),
        (Language::German, AskKind::Choice { options }) => format!("Einer von {}.", options.join(", ")),
        (Language::English, AskKind::Choices { options }) => format!("Some of {}.", options.join(", ")),
        (Language::German, AskKind::Choices { options }) => format!("Einige von {}.", options.join(", ")),
        (Language::English, AskKind::Permissions { .. }) => {
            "A list of permissions of Microsoft Graph.".to_owned()
        }
        (Language::German, AskKind::Permissions { .. }) => {
            "Eine Liste von Berechtigungen von Microsoft Graph.".to_owned()
        }
        (Language::English, AskKind::Users { .. }) => {
            "A list of user principal names or object ids.".to_owned()
        }
        (Language::German, AskKind::Users { .. }) => {
            "Eine Liste von Benutzerprinzipalnamen oder Objekt-IDs.".to_owned()
        }
        (Language::English, AskKind::UserField {}) => format!("One of {fields}."),
        (Language::German, AskKind::UserField {}) => format!("Eines von {fields}."),
        (Language::English, AskKind::File {}) => "The path of a file.".to_owned(),
        (Language::German, AskKind::File {}) => "Der Pfad einer Datei.".to_owned(),
        (Language::English, AskKind::Csv {}) => "The path of a CSV file.".to_owned(),
        (Language::German, AskKind::Csv {}) => "Der Pfad einer CSV-Datei.".to_owned(),
    }
}

fn needed(ask: &Ask, language: Language) -> &'static str {
    match (language, ask.required) {
        (Language::English, true) => "Required.",
        (Language::English, false) => "Optional.",
        (Language::German, true) => "Erforderlich.",
        (Language::German, false) => "Freiwillig.",
    }
}
