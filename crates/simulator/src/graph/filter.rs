//! `$filter`: read into a tree, checked against the type, then asked of each row.
//!
//! Strings compare without case, as the directory does. What a filter names must be a property of its type.

use std::cmp::Ordering;

use serde_json::Value;

use super::filter_words::{Word, cut};
use super::refusal::Refusal;
use super::shapes;

/// Something with properties.
pub(crate) trait Fields {
    /// A top-level property; null when it has none.
    fn field(&self, name: &str) -> Value;
}

impl Fields for Value {
    fn field(&self, name: &str) -> Value {
        self[name].clone()
    }
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Compare(Vec<String>, String, Value),
    OneOf(Vec<String>, Vec<Value>),
    Call(String, Vec<String>, String),
    Any(Vec<String>, String, Option<Box<Condition>>),
    Flag(Vec<String>),
}

/// A filter and whether it needs `ConsistencyLevel: eventual` with `$count=true`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    pub condition: Condition,
    pub advanced: bool,
}

const COMPARISONS: [&str; 6] = ["eq", "ne", "gt", "ge", "lt", "le"];
const CALLS: [&str; 3] = ["startswith", "endswith", "contains"];

/// Reads a filter for rows of a type.
pub(crate) fn read(text: &str, shape: &str) -> Result<Filter, Refusal> {
    let words = cut(text).map_err(|place| syntax(text, place))?;
    let mut reader = Reader { words: &words, at: 0, text, shape, variables: Vec::new(), advanced: false };
    let condition = reader.either(0)?;
    if reader.at != words.len() {
        return Err(syntax(text, reader.at));
    }
    Ok(Filter { condition, advanced: reader.advanced })
}

fn syntax(text: &str, place: usize) -> Refusal {
    Refusal::query(format!("Invalid filter clause: Syntax error at position {place} in '{text}'."))
}

struct Reader<'a> {
    words: &'a [Word],
    at: usize,
    text: &'a str,
    shape: &'a str,
    variables: Vec<(String, Option<&'static str>)>,
    advanced: bool,
}

impl Reader<'_> {
    fn peek_name(&self) -> Option<&str> {
        match self.words.get(self.at) {
            Some(Word::Name(name)) => Some(name),
            _ => None,
        }
    }

    fn wrong<T>(&self) -> Result<T, Refusal> {
        Err(syntax(self.text, self.at))
    }

    fn mark(&mut self, mark: char) -> Result<(), Refusal> {
        if self.words.get(self.at) != Some(&Word::Mark(mark)) {
            return self.wrong();
        }
        self.at += 1;
        Ok(())
    }

    fn is_mark(&self, mark: char) -> bool {
        self.words.get(self.at) == Some(&Word::Mark(mark))
    }

    fn either(&mut self, depth: usize) -> Result<Condition, Refusal> {
        if depth > 20 {
            return Err(Refusal::unsupported("The filter clause is nested too deeply."));
        }
        let mut left = self.both(depth)?;
        while self.peek_name().is_some_and(|name| name.eq_ignore_ascii_case("or")) {
            self.at += 1;
            left = Condition::Either(Box::new(left), Box::new(self.both(depth)?));
        }
        Ok(left)
    }

    fn both(&mut self, depth: usize) -> Result<Condition, Refusal> {
        let mut left = self.one(depth)?;
        while self.peek_name().is_some_and(|name| name.eq_ignore_ascii_case("and")) {
            self.at += 1;
            left = Condition::Both(Box::new(left), Box::new(self.one(depth)?));
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<Condition, Refusal> {
        if self.is_mark('(') {
            self.at += 1;
            let inside = self.either(depth + 1)?;
            self.mark(')')?;
            return Ok(inside);
        }
        let Some(name) = self.peek_name().map(str::to_owned) else { return self.wrong() };
        self.at += 1;
        let lower = name.to_lowercase();
        if lower == "not" {
            self.advanced = true;
            return Ok(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        if CALLS.contains(&lower.as_str()) && self.is_mark('(') {
            return self.call(lower);
        }
        if let Some(root) = name.strip_suffix("/any").or_else(|| name.strip_suffix("/Any")) {
            return self.any(root, depth);
        }
        if self.is_mark('(') {
            return Err(Refusal::unsupported(format!("An unknown function with name '{name}' was found.")));
        }
        self.compare(&name)
    }

    fn call(&mut self, call: String) -> Result<Condition, Refusal> {
        self.mark('(')?;
        let Some(name) = self.peek_name().map(str::to_owned) else { return self.wrong() };
        self.at += 1;
        let (path, _) = self.path(&name)?;
        self.mark(',')?;
        let Some(Word::Text(text)) = self.words.get(self.at).cloned() else { return self.wrong() };
        self.at += 1;
        self.mark(')')?;
        if call == "contains" && self.shape != "onlineMeeting" {
            return Err(Refusal::unsupported(
                "Unsupported or invalid query filter clause specified: contains is not supported.",
            ));
        }
        self.advanced |= call == "endswith";
        Ok(Condition::Call(call, path, text))
    }

    fn any(&mut self, root: &str, depth: usize) -> Result<Condition, Refusal> {
        let (path, found) = self.path(root)?;
        if found.as_ref().is_some_and(|property| !property.is_collection()) {
            return Err(Refusal::query(format!("Invalid filter clause: '{root}' is not a collection.")));
        }
        self.mark('(')?;
        if self.is_mark(')') {
            self.at += 1;
            return Ok(Condition::Any(path, String::new(), None));
        }
        let Some(variable) = self.peek_name().map(str::to_owned) else { return self.wrong() };
        self.at += 1;
        self.mark(':')?;
        self.variables.push((variable.clone(), found.and_then(|property| property.named_type())));
        let inside = self.either(depth + 1)?;
        self.variables.pop();
        self.mark(')')?;
        Ok(Condition::Any(path, variable, Some(Box::new(inside))))
    }

    fn compare(&mut self, name: &str) -> Result<Condition, Refusal> {
        let (path, property) = self.path(name)?;
        let Some(operator) = self.peek_name().map(str::to_lowercase) else {
            return Ok(Condition::Flag(path));
        };
        if operator == "and" || operator == "or" {
            return Ok(Condition::Flag(path));
        }
        self.at += 1;
        if operator == "in" {
            self.mark('(')?;
            let mut values = vec![self.literal(property.as_ref(), name)?];
            while self.is_mark(',') {
                self.at += 1;
                values.push(self.literal(property.as_ref(), name)?);
            }
            self.mark(')')?;
            return Ok(Condition::OneOf(path, values));
        }
        if !COMPARISONS.contains(&operator.as_str()) {
            self.at -= 1;
            return self.wrong();
        }
        self.advanced |= operator == "ne" || name.ends_with("/$count");
        let value = self.literal(property.as_ref(), name)?;
        Ok(Condition::Compare(path, operator, value))
    }

    fn literal(&mut self, property: Option<&shapes::Property>, name: &str) -> Result<Value, Refusal> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        let (value, kind) = match word {
            Some(Word::Text(text)) => (Value::String(text), "string"),
            Some(Word::Number(number)) => (Value::from(number), "integer"),
            Some(Word::Bare(text)) => (Value::String(text), ""),
            Some(Word::Name(name)) if name == "true" || name == "false" => {
                (Value::Bool(name == "true"), "boolean")
            }
            Some(Word::Name(name)) if name == "null" => (Value::Null, ""),
            _ => {
                self.at -= 1;
                return self.wrong();
            }
        };
        match property.and_then(shapes::Property::literal) {
            Some(wanted) if !kind.is_empty() && wanted != kind => Err(Refusal::query(format!(
                "Invalid filter clause: A binary operator with incompatible types was detected at '{name}'."
            ))),
            _ => Ok(value),
        }
    }

    /// Splits a path and looks its property up; a lambda's variable leads to the items' type.
    fn path(&self, name: &str) -> Result<(Vec<String>, Option<shapes::Property>), Refusal> {
        let mut steps = name.split('/').peekable();
        let mut path = Vec::new();
        let mut shape = Some(self.shape);
        let variable =
            self.variables.iter().rev().find(|(variable, _)| Some(&variable.as_str()) == steps.peek());
        if let Some((variable, of)) = variable {
            path.push(variable.clone());
            steps.next();
            shape = *of;
        }
        let mut last = None;
        for step in steps {
            if step == "$count" {
                path.push(step.to_owned());
                last = None;
                continue;
            }
            let Some(known) = shape else {
                return Err(unknown(step, "Edm.String"));
            };
            let Some(property) = shapes::property(known, step) else { return Err(unknown(step, known)) };
            shape = property.named_type();
            last = Some(property);
            path.push(step.to_owned());
        }
        Ok((path, last))
    }
}

fn unknown(name: &str, shape: &str) -> Refusal {
    Refusal::query(format!(
        "Invalid filter clause: Could not find a property named '{name}' on type 'microsoft.graph.{shape}'."
    ))
}

impl Condition {
    /// Whether a row fulfils the condition.
    pub fn holds(&self, row: &dyn Fields) -> bool {
        self.holds_for(row, &[])
    }

    fn holds_for(&self, row: &dyn Fields, variables: &[(&str, &Value)]) -> bool {
        match self {
            Condition::Both(one, other) => one.holds_for(row, variables) && other.holds_for(row, variables),
            Condition::Either(one, other) => one.holds_for(row, variables) || other.holds_for(row, variables),
            Condition::Not(inside) => !inside.holds_for(row, variables),
            Condition::Flag(path) => at(row, path, variables) == true,
            Condition::Compare(path, operator, wanted) => {
                compares(&at(row, path, variables), operator, wanted)
            }
            Condition::OneOf(path, wanted) => {
                let found = at(row, path, variables);
                wanted.iter().any(|one| compares(&found, "eq", one))
            }
            Condition::Call(call, path, text) => {
                let found = at(row, path, variables);
                let Some(found) = found.as_str().map(str::to_lowercase) else { return false };
                let text = text.to_lowercase();
                match call.as_str() {
                    "startswith" => found.starts_with(&text),
                    "endswith" => found.ends_with(&text),
                    _ => found.contains(&text),
                }
            }
            Condition::Any(path, variable, inside) => {
                let found = at(row, path, variables);
                let items = found.as_array().map(Vec::as_slice).unwrap_or_default();
                let Some(inside) = inside else { return !items.is_empty() };
                items.iter().any(|item| {
                    let mut known = variables.to_vec();
                    known.push((variable.as_str(), item));
                    inside.holds_for(row, &known)
                })
            }
        }
    }
}

fn at(row: &dyn Fields, path: &[String], variables: &[(&str, &Value)]) -> Value {
    let Some((first, rest)) = path.split_first() else { return Value::Null };
    let variable = variables.iter().rev().find(|(name, _)| name == first).map(|(_, value)| (*value).clone());
    let mut found = variable.unwrap_or_else(|| row.field(first));
    for step in rest {
        found = match step.as_str() {
            "$count" => Value::from(found.as_array().map_or(0, Vec::len)),
            step => found[step].clone(),
        };
    }
    found
}

fn compares(found: &Value, operator: &str, wanted: &Value) -> bool {
    let order = order(found, wanted);
    match operator {
        "eq" => order == Some(Ordering::Equal),
        "ne" => order != Some(Ordering::Equal),
        "gt" => order == Some(Ordering::Greater),
        "ge" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        "lt" => order == Some(Ordering::Less),
        _ => matches!(order, Some(Ordering::Less | Ordering::Equal)),
    }
}

/// The order of two values of one kind; strings without case.
pub(crate) fn order(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::String(one), Value::String(other)) => Some(one.to_lowercase().cmp(&other.to_lowercase())),
        (Value::Number(one), Value::Number(other)) => one.as_i64()?.partial_cmp(&other.as_i64()?),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn holds(shape: &str, filter: &str, row: Value) -> bool {
        read(filter, shape).unwrap().condition.holds(&row)
    }

    #[test]
    fn comparisons_without_case() {
        assert!(holds("user", "displayName eq 'ANNA'", json!({"displayName": "Anna"})));
        assert!(holds("user", "surname eq 'O''Hara'", json!({"surname": "O'Hara"})));
        assert!(!holds("user", "mail eq null", json!({"mail": "x"})));
        assert!(holds("user", "mail eq null", json!({"mail": null})));
        assert!(holds(
            "user",
            "accountEnabled eq true and userType ne 'Guest'",
            json!({"accountEnabled": true})
        ));
        assert!(holds("user", "accountEnabled", json!({"accountEnabled": true})));
    }

    #[test]
    fn functions_lists_and_precedence() {
        let row = json!({"displayName": "Anna Weber", "mail": "a@x"});
        assert!(holds("user", "startswith(displayName,'anna') or startswith(mail,'q')", row.clone()));
        assert!(holds("user", "endsWith(displayName,'weber')", row.clone()));
        assert!(holds("user", "mail in ('b@x', 'A@X')", row.clone()));
        assert!(holds("user", "mail eq 'a@x' or mail eq 'q' and mail eq 'r'", row.clone()));
        assert!(!holds("user", "(mail eq 'a@x' or mail eq 'q') and mail eq 'r'", row.clone()));
        assert!(holds("user", "not(mail eq 'r')", row));
    }

    #[test]
    fn lambdas_over_strings_and_objects() {
        let row = json!({"servicePrincipalNames": ["a", "b"], "appRoles": [{"value": "X"}]});
        assert!(holds("servicePrincipal", "servicePrincipalNames/any(c:c eq 'b')", row.clone()));
        assert!(!holds("servicePrincipal", "servicePrincipalNames/any(c:c eq 'c')", row.clone()));
        assert!(holds("servicePrincipal", "appRoles/any(r:r/value eq 'x')", row.clone()));
        assert!(holds("servicePrincipal", "tags/any() or servicePrincipalNames/$count eq 2", row));
    }

    #[test]
    fn guids_need_no_quotes() {
        let id = "df021288-bdef-4463-88db-98f22de89214";
        let row = json!({"appRoleId": id});
        assert!(holds("appRoleAssignment", &format!("appRoleId eq {id}"), row));
    }

    #[test]
    fn wrong_filters_are_refused() {
        for filter in [
            "nonsense eq 'x'",
            "displayName eq",
            "displayName eq 'x",
            "displayName is 'x'",
            "(displayName eq 'x'",
            "accountEnabled eq 'true'",
            "displayName eq 5",
            "displayName/any(d:d eq 'x')",
            "appRoles/any(r:r eq 'x'",
            "tolower(displayName) eq 'x'",
            "contains(displayName,'x')",
            "",
        ] {
            let shape = if filter.contains("appRoles") { "application" } else { "user" };
            assert_eq!(read(filter, shape).map_err(|refusal| refusal.status).err(), Some(400), "{filter}");
        }
        let deep = format!("{}displayName eq 'x'{}", "(".repeat(50), ")".repeat(50));
        assert!(read(&deep, "user").is_err());
    }

    #[test]
    fn advanced_filters_say_so() {
        assert!(read("displayName ne 'x'", "user").unwrap().advanced);
        assert!(read("endswith(mail,'x')", "user").unwrap().advanced);
        assert!(!read("startswith(mail,'x')", "user").unwrap().advanced);
    }
}
