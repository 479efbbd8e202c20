//! What the admin typed, as the core keeps it, and what would fit where it does not. The core judges; its sentences are for a
//! file of answers, so the window says them in its own words and in both languages.

use engine::guide::{self, Ask, AskKind, Form, PermissionKind, Risk, judge_answer, permission, permissions};
use serde_json::{Value, json};

use crate::{
    shown,
    told::either,
    view::{Judged, Language, PermissionName},
};

/// The answer in the shape in which answers are kept; null for an empty one.
pub fn read(ask: &Ask, text: &str) -> Value {
    let text = text.trim();
    match &ask.kind {
        _ if text.is_empty() => Value::Null,
        AskKind::Number { .. } => text.parse::<u32>().map_or_else(|_| json!(text), |number| json!(number)),
        AskKind::Choices { .. } | AskKind::Permissions { .. } => json!(words(text)),
        _ => json!(text),
    }
}

/// The words of a list, however they are separated; each once.
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';')) {
        let word = word.trim_matches(['"', '\'', '`']);
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// What is said about an answer.
pub fn judge(ask: &Ask, text: &str, language: Language) -> Judged {
    let value = read(ask, text);
    Judged { fault: fault(ask, &value, language), names: names(ask, &value, language) }
}

/// What would fit, where this does not.
pub fn fault(ask: &Ask, value: &Value, language: Language) -> Option<String> {
    let say = |english: &str, german: &str| either(language, english, german).to_owned();
    if value.is_null() {
        return ask.required.then(|| say("Enter a value.", "Geben Sie einen Wert ein."));
    }
    judge_answer(ask, value).err()?;
    Some(match &ask.kind {
        AskKind::Text { form: Some(form), .. } => hint(*form, language).to_owned(),
        AskKind::Text { max, .. } => match language {
            Language::En => format!("Use one line of at most {max} characters."),
            Language::De => format!("Verwenden Sie eine Zeile mit höchstens {max} Zeichen."),
        },
        AskKind::Number { min, max } => match language {
            Language::En => format!("Use a whole number from {min} to {max}."),
            Language::De => format!("Verwenden Sie eine ganze Zahl von {min} bis {max}."),
        },
        AskKind::Permissions { .. } => {
            let faults = names(ask, value, language).into_iter();
            let first = faults.into_iter().find_map(|one| Some(format!("{}: {}", one.name, one.fault?)));
            first.unwrap_or_else(|| say("Name at least one.", "Nennen Sie mindestens eine."))
        }
        AskKind::Choice { .. } | AskKind::UserField {} => {
            say("Choose one of the list.", "Wählen Sie eines aus der Liste.")
        }
        AskKind::Choices { .. } => say("Choose at least one.", "Wählen Sie mindestens eines."),
        AskKind::Users { most: Some(1) } => say("Choose one person.", "Wählen Sie eine Person."),
        AskKind::Users { .. } => say("Choose at least one person.", "Wählen Sie mindestens eine Person."),
        AskKind::Csv {} | AskKind::File {} => say("Choose a file.", "Wählen Sie eine Datei."),
    })
}

/// Each permission of a list, with its risk or with why it cannot be asked for.
pub fn names(ask: &Ask, value: &Value, language: Language) -> Vec<PermissionName> {
    let AskKind::Permissions { permission: wanted } = &ask.kind else { return Vec::new() };
    let kind = PermissionKind::from(*wanted);
    let typed = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    typed.map(|name| named(name, kind, language)).collect()
}

fn named(name: &str, kind: PermissionKind, language: Language) -> PermissionName {
    let say = |english: &str, german: &str| Some(either(language, english, german).to_owned());
    let known = permission(name, kind);
    let fault = match known {
        Some(known) if known.risk == Risk::Highest => say(
            "It can take over the whole tenant and is not asked for here. Ask the vendor for a narrower one.",
            "Sie kann den ganzen Mandanten übernehmen und wird hier nicht angefordert. Fragen Sie den Hersteller nach einer engeren.",
        ),
        Some(_) => None,
        None => match permissions().find(|each| each.value.eq_ignore_ascii_case(name)) {
            Some(each) if each.value != name => match language {
                Language::En => Some(format!("It is spelled {}.", each.value)),
                Language::De => Some(format!("Sie schreibt sich {}.", each.value)),
            },
            Some(_) if kind == PermissionKind::Application => say(
                "It exists as a delegated permission only.",
                "Es gibt sie nur als delegierte Berechtigung.",
            ),
            Some(_) => say(
                "It exists as an application permission only.",
                "Es gibt sie nur als Anwendungsberechtigung.",
            ),
            None => say(
                "Microsoft Graph has no such permission. Take the name from the product.",
                "Microsoft Graph hat keine solche Berechtigung. Nehmen Sie den Namen aus dem Produkt.",
            ),
        },
    };
    PermissionName { name: name.to_owned(), risk: known.map(|known| shown::risk(known.risk.into())), fault }
}

/// What a text of a form looks like.
pub fn hint(form: Form, language: Language) -> &'static str {
    let (english, german) = match form {
        Form::LettersAndDigits => {
            ("Only letters from a to z and digits.", "Nur Buchstaben von a bis z und Ziffern.")
        }
        Form::HostName => (
            "A name such as mail.example.org, in lower case, without https:// and without a port.",
            "Ein Name wie mail.example.org, in Kleinbuchstaben, ohne https:// und ohne Port.",
        ),
        Form::HttpsAddress => {
            ("An address that begins with https://.", "Eine Adresse, die mit https:// beginnt.")
        }
        Form::RedirectUri => (
            "The whole address as the product shows it: https://, at most 256 characters, no # and none of ! $ ' ( ) , ;.",
            "Die ganze Adresse, wie das Produkt sie zeigt: https://, höchstens 256 Zeichen, kein # und keines von ! $ ' ( ) , ;.",
        ),
        Form::Version => ("Numbers and dots, such as 10.6.9.", "Zahlen und Punkte, etwa 10.6.9."),
        Form::PlainName => (
            "The name only, without a dot: pbx, not pbx.example.org.",
            "Nur der Name, ohne Punkt: pbx, nicht pbx.example.org.",
        ),
        Form::PathSegment => (
            "Lower-case letters, digits, dots, hyphens and underscores.",
            "Kleinbuchstaben, Ziffern, Punkte, Binde- und Unterstriche.",
        ),
        Form::UserPrincipalName => ("Like anna@example.org.", "Wie anna@example.org."),
    };
    either(language, english, german)
}

/// The name of a file without its folder.
pub fn file_name(path: &str) -> String {
    std::path::Path::new(path)
        .file_name()
        .map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// An answer as one text: the words of a list are separated by commas.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The options of a choice.
pub fn options(kind: &guide::AskKind) -> &[String] {
    match kind {
        AskKind::Choice { options } | AskKind::Choices { options } => options,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(kind: AskKind) -> Ask {
        Ask { id: "x".to_owned(), kind, required: true, default: None, example: None }
    }

    #[test]
    fn a_pasted_list_is_taken_apart_and_each_name_is_judged() {
        let ask = ask(AskKind::Permissions { permission: guide::WantedKind::Application });
        let text = "User.Read.All, \"mail.send\"\nUser.Read.All;RoleManagement.ReadWrite.Directory Nonsense.All EWS.AccessAsUser.All";
        let judged = judge(&ask, text, Language::En);
        let said: Vec<(&str, Option<&str>)> =
            judged.names.iter().map(|one| (one.name.as_str(), one.fault.as_deref())).collect();
        assert_eq!(said[0], ("User.Read.All", None));
        assert_eq!(said[1], ("mail.send", Some("It is spelled Mail.Send.")));
        assert!(said[2].1.is_some_and(|why| why.contains("take over")));
        assert!(said[3].1.is_some_and(|why| why.contains("no such permission")));
        assert_eq!(judged.names[2].risk, Some(crate::view::Risk::Highest));
        assert!(judged.fault.is_some_and(|fault| fault.starts_with("mail.send: ")));
        assert_eq!(judge(&ask, "User.Read.All", Language::De).fault, None);
    }

    #[test]
    fn a_form_says_what_fits_in_both_languages() {
        let ask = ask(AskKind::Text { max: 100, form: Some(Form::HostName) });
        assert_eq!(judge(&ask, "mail.example.org", Language::En).fault, None);
        for language in [Language::En, Language::De] {
            let said = judge(&ask, "https://mail.example.org", language).fault;
            assert_eq!(said.as_deref(), Some(hint(Form::HostName, language)));
        }
        assert_eq!(judge(&ask, " ", Language::De).fault.as_deref(), Some("Geben Sie einen Wert ein."));
    }

    #[test]
    fn a_list_is_shown_as_it_is_typed() {
        let ask = ask(AskKind::Choices { options: vec!["a".to_owned(), "b".to_owned()] });
        let value = read(&ask, "a, b");
        assert_eq!((value.clone(), text(&value)), (json!(["a", "b"]), "a, b".to_owned()));
        assert_eq!(read(&ask, " , ").as_array().map(Vec::len), Some(0));
    }
}
