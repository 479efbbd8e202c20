//! Whether a value fits an ask: the same rules for a proposal in a guide and for an answer in a file or on a screen.

use std::collections::BTreeSet;

use crate::near::{nearest, suggest};
use crate::types::words_of;
use crate::{Ask, AskKind, PermissionKind, Risk, USER_FIELDS, WantedKind, permission, permissions};

/// What is wrong with a proposal or example as a guide writes it; a list is one text with commas.
pub(crate) fn written_fault(ask: &Ask, value: &str) -> Option<String> {
    match &ask.kind {
        AskKind::Choices { .. } | AskKind::Permissions { .. } => list_fault(ask, &words_of(value)),
        AskKind::Users { .. } | AskKind::Csv {} | AskKind::File {} => {
            Some("This kind of ask has no proposal; remove it.".to_owned())
        }
        _ => answer_fault(ask, value),
    }
}

/// What is wrong with an answer that is one text.
pub(crate) fn answer_fault(ask: &Ask, value: &str) -> Option<String> {
    match &ask.kind {
        AskKind::Text { max, .. } if value.chars().count() > *max as usize => {
            Some(format!("Use at most {max} characters."))
        }
        AskKind::Text { .. } if value.trim().is_empty() => Some("Write a text.".to_owned()),
        AskKind::Text { .. } if value.chars().any(char::is_control) => {
            Some("Write it in one line.".to_owned())
        }
        AskKind::Text { form: Some(form), .. } => form.fault(value).map(str::to_owned),
        AskKind::Number { min, max }
            if !value.parse::<u32>().is_ok_and(|number| (*min..=*max).contains(&number)) =>
        {
            Some(format!("Use a whole number from {min} to {max}."))
        }
        AskKind::Choice { options } if !options.iter().any(|option| option == value) => {
            Some(suggest(value, options.iter().map(String::as_str)))
        }
        AskKind::UserField {} if !USER_FIELDS.contains(&value) => Some(suggest(value, USER_FIELDS)),
        _ => None,
    }
}

/// What is wrong with an answer that is a list of words.
pub(crate) fn list_fault(ask: &Ask, words: &[&str]) -> Option<String> {
    let mut seen = BTreeSet::new();
    if let Some(twice) = words.iter().find(|word| !seen.insert(**word)) {
        return Some(format!("`{}` is named twice.", crate::shape::short(twice)));
    }
    if words.is_empty() && ask.required {
        return Some("Choose at least one.".to_owned());
    }
    match &ask.kind {
        AskKind::Choices { options } => words
            .iter()
            .find(|word| !options.iter().any(|option| option == **word))
            .map(|word| suggest(word, options.iter().map(String::as_str))),
        AskKind::Permissions { permission } => {
            words.iter().find_map(|word| permission_fault(word, *permission))
        }
        _ => None,
    }
}

/// A permission that somebody typed: it exists, and nobody can be talked into one that takes over the tenant.
fn permission_fault(value: &str, kind: WantedKind) -> Option<String> {
    let (kind, other) = match kind {
        WantedKind::Application => (PermissionKind::Application, "delegated"),
        WantedKind::Delegated => (PermissionKind::Delegated, "application"),
    };
    match permission(value, kind) {
        Some(known) if known.risk == Risk::Highest => Some(format!(
            "`{value}` can take over the whole tenant; it is not asked for here. Ask the vendor for a narrower one."
        )),
        Some(_) => None,
        None if permissions().any(|each| each.value == value) => {
            Some(format!("`{value}` exists as {other} permission only."))
        }
        None => {
            let names = permissions().filter(|each| each.kind == kind).map(|each| each.value.as_str());
            Some(match nearest(value, names.collect::<BTreeSet<_>>()) {
                Some(near) => format!("Microsoft Graph has no such permission. Did you mean `{near}`?"),
                None => "Microsoft Graph has no such permission; take the name from the product.".to_owned(),
            })
        }
    }
}
