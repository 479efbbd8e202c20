//! Holds a file against the published JSON Schema and writes down every difference, with a hint.
//! The schema is made from the types, so editors, this reader and the types cannot disagree.
//! It knows the part of JSON Schema that the types produce; a test finds any word beyond it.

use serde_json::{Map, Value};
use toml::de::DeValue;

use crate::near::suggest;
use crate::page::{Faults, Node, Page, Path};
use crate::template::is_id;
use crate::{FaultKind, Template};

/// Judges a whole file.
pub(crate) fn judge(page: &Page<'_>, schema: &Value, faults: &mut Faults) {
    Judge { page, root: schema }.node(schema, &page.tree, &Path::root(), faults);
}

struct Judge<'a> {
    page: &'a Page<'a>,
    root: &'a Value,
}

impl<'a> Judge<'a> {
    fn node(&self, schema: &'a Value, node: &Node<'_>, path: &Path, faults: &mut Faults) {
        let schema = self.resolved(schema, node);
        if let Some(branches) = list(schema, "oneOf") {
            return self.one_of(branches, node, path, faults);
        }
        match (kind_of(schema), node.get_ref()) {
            ("object", DeValue::Table(_)) => self.table(schema, node, path, faults),
            ("array", DeValue::Array(_)) => self.array(schema, node, path, faults),
            ("string", DeValue::String(text)) => self.string(schema, text, path, faults),
            ("integer", DeValue::Integer(number)) => {
                let digits = number.as_str().replace('_', "");
                let value = i64::from_str_radix(&digits, number.radix()).ok();
                self.number(schema, value, path, faults);
            }
            ("boolean", DeValue::Boolean(_)) => {}
            (wanted, _) => {
                let what = format!("Here stands {}.", found_name(node));
                let hint = format!("Write {}.", wanted_name(wanted));
                self.page.fault(faults, FaultKind::WrongType, path, what, hint);
            }
        }
    }

    /// Follows references, and takes the value of "this or nothing"; of "a word or a list" what stands there.
    fn resolved(&self, mut schema: &'a Value, node: &Node<'_>) -> &'a Value {
        let is_list = matches!(node.get_ref(), DeValue::Array(_));
        let is = |branch: &&Value, kind: &str| branch.get("type") == Some(&Value::from(kind));
        for _ in 0..8 {
            if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
                schema =
                    name.strip_prefix('#').and_then(|way| self.root.pointer(way)).unwrap_or(&Value::Null);
            } else if let Some(branches) = list(schema, "anyOf") {
                let fitting = branches.iter().find(|branch| is_list && is(branch, "array"));
                let something = fitting.or_else(|| branches.iter().find(|branch| !is(branch, "null")));
                schema = something.unwrap_or(&Value::Null);
            } else {
                break;
            }
        }
        schema
    }

    fn one_of(&self, branches: &'a [Value], node: &Node<'_>, path: &Path, faults: &mut Faults) {
        match node.get_ref() {
            DeValue::String(text) => {
                let known = branches.iter().flat_map(allowed).collect();
                self.known(text, known, path, faults);
            }
            DeValue::Table(table) => {
                let Some(tag) = branches.iter().find_map(tag) else { return };
                let Some(chosen) = table.get(tag) else {
                    let what = format!("The key `{tag}` is missing.");
                    let hint = format!("Add `{tag}`, one of {}.", names(branches, tag).join(", "));
                    return self.page.fault(faults, FaultKind::MissingKey, path, what, hint);
                };
                let word = chosen.get_ref().as_str();
                match branches.iter().find(|branch| word.is_some() && constant(branch, tag) == word) {
                    Some(branch) => self.table(branch, node, path, faults),
                    None => {
                        self.known(word.unwrap_or_default(), names(branches, tag), &path.key(tag), faults)
                    }
                }
            }
            _ => {
                let wanted =
                    if branches.iter().any(|branch| tag(branch).is_some()) { "object" } else { "string" };
                let what = format!("Here stands {}.", found_name(node));
                self.page.fault(
                    faults,
                    FaultKind::WrongType,
                    path,
                    what,
                    format!("Write {}.", wanted_name(wanted)),
                );
            }
        }
    }

    fn table(&self, schema: &'a Value, node: &Node<'_>, path: &Path, faults: &mut Faults) {
        let DeValue::Table(table) = node.get_ref() else { return };
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        for (key, value) in table.iter() {
            let (name, inner) = (key.get_ref().as_ref(), path.key(key.get_ref()));
            match (properties.get(name), schema.get("additionalProperties")) {
                (Some(property), _) => {
                    if constant_value(property).is_none() {
                        // `property` lives in `schema`, as long as the judge itself.
                        if let Some(property) = schema.pointer("/properties").and_then(|all| all.get(name)) {
                            self.node(property, value, &inner, faults);
                        }
                    }
                }
                (None, Some(more)) if more.is_object() => self.node(more, value, &inner, faults),
                (None, _) => {
                    let hint = suggest(name, properties.keys().map(String::as_str));
                    let what = format!("The key `{}` is unknown here.", short(name));
                    self.page.fault_at(faults, key.span().start, FaultKind::UnknownKey, &inner, what, hint);
                }
            }
        }
        for name in list(schema, "required").unwrap_or_default().iter().filter_map(Value::as_str) {
            if !table.contains_key(name) {
                let tells = properties.get(name).and_then(|property| property.get("description"));
                let tells =
                    tells.and_then(Value::as_str).unwrap_or_default().lines().next().unwrap_or_default();
                let hint = if tells.is_empty() {
                    format!("Add `{name}`.")
                } else {
                    format!("Add `{name}`: {tells}")
                };
                let what = format!("The key `{name}` is missing.");
                self.page.fault_at(faults, self.start(path, node), FaultKind::MissingKey, path, what, hint);
            }
        }
    }

    fn start(&self, path: &Path, node: &Node<'_>) -> usize {
        if *path == Path::root() { 0 } else { node.span().start }
    }

    fn array(&self, schema: &'a Value, node: &Node<'_>, path: &Path, faults: &mut Faults) {
        let DeValue::Array(entries) = node.get_ref() else { return };
        let (least, most) =
            (limit(schema, "minItems").unwrap_or(0), limit(schema, "maxItems").unwrap_or(u64::MAX));
        let count = entries.len() as u64;
        if count < least || count > most {
            let what = format!("The list has {count} entries.");
            let hint = if count < least {
                format!("At least {least} are needed.")
            } else {
                format!("At most {most} are read.")
            };
            self.page.fault(faults, FaultKind::Count, path, what, hint);
            return;
        }
        if let Some(entry) = schema.get("items") {
            for (index, value) in entries.iter().enumerate() {
                self.node(entry, value, &path.at(index), faults);
            }
        }
    }

    fn string(&self, schema: &'a Value, text: &str, path: &Path, faults: &mut Faults) {
        if schema.get("enum").is_some() || schema.get("const").is_some() {
            return self.known(text, allowed(schema), path, faults);
        }
        let count = text.chars().count() as u64;
        let mut refuse = |kind, what: String, hint: String| self.page.fault(faults, kind, path, what, hint);
        if let Some(most) = limit(schema, "maxLength").filter(|most| count > *most) {
            refuse(
                FaultKind::BadValue,
                format!("The text has {count} characters."),
                format!("Use at most {most}."),
            );
        } else if limit(schema, "minLength").is_some_and(|least| count < least || text.trim().is_empty()) {
            refuse(FaultKind::BadValue, "The text is empty.".to_owned(), "Write one.".to_owned());
        } else if let Some(form) =
            schema.get("pattern").and_then(Value::as_str).filter(|form| !fits(form, text))
        {
            refuse(
                FaultKind::BadValue,
                format!("`{}` is not of the form wanted here.", short(text)),
                form_hint(form),
            );
        } else if schema.get("format").is_some_and(|format| format == "footbridge-template")
            && let Err(fault) = text.parse::<Template>()
        {
            let hint = "Name a value as `{answers.ask}` or `{step.output}`; write a brace itself twice.";
            refuse(
                FaultKind::Markup,
                format!("This is not a proper template: {}.", short(&fault.to_string())),
                hint.to_owned(),
            );
        }
    }

    fn number(&self, schema: &Value, value: Option<i64>, path: &Path, faults: &mut Faults) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
        let (least, most) = (bound("minimum").unwrap_or(0), bound("maximum").unwrap_or(i64::from(u32::MAX)));
        if !value.is_some_and(|value| value >= least && value <= most) {
            let what = "The number is out of range.".to_owned();
            let hint = format!("Use a whole number from {least} to {most}.");
            self.page.fault(faults, FaultKind::BadValue, path, what, hint);
        }
    }

    fn known(&self, word: &str, known: Vec<&str>, path: &Path, faults: &mut Faults) {
        if !known.contains(&word) {
            let what = format!("`{}` is not known here.", short(word));
            self.page.fault(faults, FaultKind::UnknownValue, path, what, suggest(word, known));
        }
    }
}

/// The forms that the types use. A regular expression is never run; a test sees that each is known here.
pub(crate) const ID_FORM: &str = "^[a-z][a-z0-9-]{0,63}$";
pub(crate) const ROW_FORM: &str = "^[A-Za-z][A-Za-z0-9.-]{0,31}$";
pub(crate) const LINK_FORM: &str = "^https://";

fn fits(form: &str, text: &str) -> bool {
    match form {
        ID_FORM => is_id(text),
        ROW_FORM => {
            text.len() <= 32
                && text.starts_with(|first: char| first.is_ascii_alphabetic())
                && text.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-".contains(letter))
        }
        LINK_FORM => crate::markup::link_host(text).is_some(),
        _ => false,
    }
}

fn form_hint(form: &str) -> String {
    match form {
        ID_FORM => "Use lower-case letters, digits and hyphens, a letter first, at most 64.".to_owned(),
        ROW_FORM => "Use letters, digits, dots and hyphens, a letter first, at most 32.".to_owned(),
        _ => "Use an https address with a host in plain letters.".to_owned(),
    }
}

fn list<'v>(schema: &'v Value, name: &str) -> Option<&'v [Value]> {
    schema.get(name).and_then(Value::as_array).map(Vec::as_slice)
}

fn limit(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}

fn kind_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("")
        }
        _ => "",
    }
}

fn allowed(schema: &Value) -> Vec<&str> {
    let constant = schema.get("const").and_then(Value::as_str);
    list(schema, "enum").unwrap_or_default().iter().filter_map(Value::as_str).chain(constant).collect()
}

fn constant_value(property: &Value) -> Option<&str> {
    property.get("const").and_then(Value::as_str)
}

fn tag(branch: &Value) -> Option<&str> {
    let properties = branch.get("properties")?.as_object()?;
    properties.iter().find(|(_, property)| constant_value(property).is_some()).map(|(name, _)| name.as_str())
}

fn constant<'v>(branch: &'v Value, tag: &str) -> Option<&'v str> {
    constant_value(branch.get("properties")?.get(tag)?)
}

fn names<'v>(branches: &'v [Value], tag: &str) -> Vec<&'v str> {
    branches.iter().filter_map(|branch| constant(branch, tag)).collect()
}

fn found_name(node: &Node<'_>) -> &'static str {
    match node.get_ref() {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn wanted_name(kind: &str) -> &'static str {
    match kind {
        "string" => "text in quotes",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "a list",
        _ => "a table",
    }
}

/// At most 60 characters of a stranger's word.
pub(crate) fn short(word: &str) -> String {
    let cut: String = word.chars().take(60).collect();
    if cut.len() < word.len() { format!("{cut}…") } else { cut }
}
