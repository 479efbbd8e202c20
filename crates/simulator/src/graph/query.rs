//! The query options of a request, read and checked against its operation.
//!
//! What an operation does not take is refused here, so that no endpoint has to look.

use serde_json::Value;

use super::GraphRequest;
use super::filter::{self, Filter};
use super::operations::Operation;
use super::refusal::Refusal;
use super::shapes;

/// What a caller wants of a list or of one object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub select: Option<Vec<String>>,
    pub filter: Option<Filter>,
    /// Alternatives; each a list of property and text that must all be found.
    pub search: Vec<Vec<(String, String)>>,
    pub order: Vec<(String, bool)>,
    pub top: Option<usize>,
    pub count: bool,
    pub expand: Vec<Expand>,
    /// Rows to pass over, out of a skip token.
    pub from: usize,
}

/// A navigation property to fill in.
#[derive(Clone, Debug)]
pub(crate) struct Expand {
    pub name: String,
    pub select: Option<Vec<String>>,
}

/// Where a page ended, as an opaque word.
pub(crate) fn skip_token(from: usize) -> String {
    format!("RFNwdAoAAQAAAAAAAAAA{from:08x}")
}

pub(crate) fn read(request: &GraphRequest, operation: &Operation) -> Result<Options, Refusal> {
    let mut options = Options::default();
    let mut given: Vec<String> = Vec::new();
    let shape = operation.answers.as_deref().unwrap_or_default();
    for (name, value) in &request.query {
        let name = canonical(name, operation)?;
        if given.contains(&name) {
            return Err(Refusal::query(format!("Query option '{name}' was specified more than once.")));
        }
        match name.as_str() {
            "$select" => options.select = select(value, shape)?,
            "$filter" => options.filter = Some(filter::read(value, shape)?),
            "$search" => options.search = search(value, shape)?,
            "$orderby" => options.order = order(value, shape)?,
            "$top" => options.top = Some(top(value)?),
            "$count" => options.count = truth(value)?,
            "$expand" => options.expand = expand(value, shape)?,
            "$skiptoken" => options.from = from(value)?,
            _ => {}
        }
        given.push(name);
    }
    if operation.eventual {
        consistency(request, &options, given.iter().any(|name| name == "$filter"))?;
    }
    Ok(options)
}

/// The option's own spelling; 400 for what the operation does not take.
fn canonical(name: &str, operation: &Operation) -> Result<String, Refusal> {
    let lower = name.to_lowercase();
    if lower == "$skiptoken" || lower == "$format" {
        return Ok(lower);
    }
    if lower == "$skip" || lower == "skip" {
        return Err(Refusal::bad("'$skip' is not supported by the service."));
    }
    let dollar = if lower.starts_with('$') { lower.clone() } else { format!("${lower}") };
    match operation.query.iter().find(|known| known.eq_ignore_ascii_case(&dollar)) {
        Some(known) => Ok(known.to_lowercase()),
        None => Err(Refusal::query(format!("The query parameter '{name}' is not supported."))),
    }
}

/// Advanced queries need the header and the count (page "Advanced query capabilities on Microsoft Entra ID objects").
fn consistency(request: &GraphRequest, options: &Options, filters: bool) -> Result<(), Refusal> {
    let eventual =
        request.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
    let is_count = request.path.to_lowercase().ends_with("/$count");
    if is_count && !eventual {
        return Err(Refusal::bad("$count is not currently supported."));
    }
    if !options.search.is_empty() && !eventual {
        return Err(Refusal::unsupported(
            "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
        ));
    }
    let advanced = options.filter.as_ref().is_some_and(|filter| filter.advanced)
        || (filters && !options.order.is_empty());
    if advanced && !is_count && !(eventual && options.count) {
        return Err(Refusal::unsupported(
            "Operator is not supported without the 'ConsistencyLevel: eventual' header and $count=true: unsupported or invalid query filter clause specified for this property.",
        ));
    }
    Ok(())
}

fn select(value: &str, shape: &str) -> Result<Option<Vec<String>>, Refusal> {
    let mut names = Vec::new();
    for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if name == "*" {
            return Ok(None);
        }
        let first = name.split('/').next().unwrap_or(name);
        let known = shapes::property(shape, first).is_some_and(|property| !property.is_navigation());
        if !known && !shapes::is_extension(first) {
            return Err(Refusal::query(format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{first}' on type 'microsoft.graph.{shape}'."
            )));
        }
        names.push(first.to_owned());
    }
    Ok((!names.is_empty()).then_some(names))
}

fn expand(value: &str, shape: &str) -> Result<Vec<Expand>, Refusal> {
    let mut wanted = Vec::new();
    for part in split(value, ',') {
        let part = part.trim();
        let (name, inside) =
            part.split_once('(').map_or((part, ""), |(name, rest)| (name, rest.trim_end_matches(')')));
        if !shapes::property(shape, name).is_some_and(|property| property.is_navigation()) {
            return Err(Refusal::query(format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{shape}'."
            )));
        }
        let mut chosen = None;
        for option in split(inside, ';').into_iter().filter(|option| !option.trim().is_empty()) {
            match option.split_once('=') {
                Some((key, names)) if key.trim() == "$select" => {
                    chosen = Some(names.split(',').map(|name| name.trim().to_owned()).collect());
                }
                Some((key, _)) if ["$top", "$levels", "$count", "$filter"].contains(&key.trim()) => {}
                _ => {
                    return Err(Refusal::query(format!(
                        "Parsing OData Select and Expand failed: '{option}' is not an expand option."
                    )));
                }
            }
        }
        wanted.push(Expand { name: name.to_owned(), select: chosen });
    }
    Ok(wanted)
}

/// Splits outside of parentheses.
fn split(text: &str, mark: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_i32;
    for letter in text.chars() {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        match parts.last_mut() {
            Some(_) if letter == mark && depth == 0 => parts.push(String::new()),
            Some(last) => last.push(letter),
            None => {}
        }
    }
    parts
}

fn order(value: &str, shape: &str) -> Result<Vec<(String, bool)>, Refusal> {
    value
        .split(',')
        .map(|part| {
            let mut words = part.split_whitespace();
            let name = words.next().unwrap_or_default();
            if shapes::property(shape, name).is_none() {
                return Err(Refusal::query(format!(
                    "Could not find a property named '{name}' on type 'microsoft.graph.{shape}'."
                )));
            }
            match (words.next(), words.next()) {
                (None | Some("asc"), None) => Ok((name.to_owned(), false)),
                (Some("desc"), None) => Ok((name.to_owned(), true)),
                _ => Err(Refusal::query(format!("Syntax error in '$orderby={value}'."))),
            }
        })
        .collect()
}

/// `"displayName:anna" OR "mail:x"`, each clause in double quotes.
fn search(value: &str, shape: &str) -> Result<Vec<Vec<(String, String)>>, Refusal> {
    let wrong = || {
        Refusal::query(format!(
            "Syntax error: character ':' is not valid in '$search={value}'. Clauses are \"property:value\" in double quotes."
        ))
    };
    let mut alternatives = vec![Vec::new()];
    let mut rest = value.trim();
    while !rest.is_empty() {
        let inside = rest.strip_prefix('"').ok_or_else(wrong)?;
        let (clause, after) = inside.split_once('"').ok_or_else(wrong)?;
        let (name, text) = clause.split_once(':').ok_or_else(wrong)?;
        if shapes::property(shape, name).is_none_or(|property| property.is_navigation()) {
            return Err(Refusal::query(format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.{shape}'."
            )));
        }
        if let Some(last) = alternatives.last_mut() {
            last.push((name.to_owned(), text.to_lowercase()));
        }
        rest = after.trim_start();
        if let Some(after) = rest.strip_prefix("OR ") {
            alternatives.push(Vec::new());
            rest = after.trim_start();
        } else if let Some(after) = rest.strip_prefix("AND ") {
            rest = after.trim_start();
        }
    }
    if alternatives.iter().any(Vec::is_empty) { Err(wrong()) } else { Ok(alternatives) }
}

fn top(value: &str) -> Result<usize, Refusal> {
    match value.parse::<usize>() {
        Ok(number) if (1..=999).contains(&number) => Ok(number),
        _ => Err(Refusal::bad("Invalid page size specified: it must be between 1 and 999 inclusive.")),
    }
}

fn truth(value: &str) -> Result<bool, Refusal> {
    match value.to_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Refusal::query(format!(
            "Invalid value '{value}' for $count query option found. Valid values are 'true' or 'false'."
        ))),
    }
}

fn from(value: &str) -> Result<usize, Refusal> {
    value
        .strip_prefix("RFNwdAoAAQAAAAAAAAAA")
        .and_then(|rest| usize::from_str_radix(rest, 16).ok())
        .ok_or_else(|| {
            Refusal::new(
                400,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired and can no longer be included in your request.",
            )
        })
}

/// Whether a text has a word that begins so, as `$search` looks for it.
pub(crate) fn found_in(value: &Value, text: &str) -> bool {
    let Some(value) = value.as_str().map(str::to_lowercase) else { return false };
    let cut = |letter: char| !letter.is_alphanumeric();
    let wanted: Vec<&str> = text.split(cut).filter(|word| !word.is_empty()).collect();
    let words: Vec<&str> = value.split(cut).collect();
    value.starts_with(text)
        || (!wanted.is_empty() && wanted.iter().all(|one| words.iter().any(|word| word.starts_with(one))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_search_finds_words_by_their_beginning_apostrophes_and_hyphens_included() {
        let name = json!("Sean O'Brien-Müller");
        for text in ["sean", "bri", "o'brien", "müller", "sean o'br", "brien-m"] {
            assert!(found_in(&name, text), "{text}");
        }
        for text in ["ean", "sean x", "'"] {
            assert!(!found_in(&name, text), "{text}");
        }
        assert!(!found_in(&Value::Null, "a"));
    }
}
