//! Paths as Graph reads them: version, words, and keys in all the spellings that OData allows.
//!
//! It knows no resource: `users('x')`, `users/x` and `applications(appId='x')` become words and keys.

use percent_encoding::percent_decode_str;

use super::refusal::Refusal;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A plain segment; may be a collection or a key.
    Word(String),
    /// A key in parentheses; `by` is the lower-case property of an alternate key, `id` for a bare one.
    Key { by: String, value: String },
}

/// A path taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub version: &'static str,
    pub steps: Vec<Step>,
}

impl Route {
    pub fn is_batch(&self) -> bool {
        matches!(self.steps.as_slice(), [Step::Word(word)] if word.eq_ignore_ascii_case("$batch"))
    }
}

/// Reads a percent-encoded path from the version on.
pub(crate) fn read(path: &str) -> Result<Route, Refusal> {
    let mut words = path.split('/').filter(|word| !word.is_empty()).map(decode);
    let first = words.next().unwrap_or_default();
    let version = match first.to_lowercase().as_str() {
        "v1.0" => "v1.0",
        "beta" => "beta",
        _ => {
            return Err(Refusal::new(
                400,
                "BadRequest",
                "Invalid version. Version parsed from the url is not valid.",
            ));
        }
    };
    let mut steps = Vec::new();
    for (place, word) in words.enumerate() {
        if place == 0 && word.eq_ignore_ascii_case("myorganization") {
            continue;
        }
        match word.find('(').filter(|_| word.ends_with(')')) {
            Some(open) => {
                let (name, inside) = (&word[..open], &word[open + 1..word.len() - 1]);
                steps.push(Step::Word(cast(name)));
                if !inside.is_empty() {
                    steps.push(key(inside));
                }
            }
            None => steps.push(Step::Word(cast(&word))),
        }
    }
    Ok(Route { version, steps })
}

fn decode(word: &str) -> String {
    percent_decode_str(word).decode_utf8_lossy().into_owned()
}

/// `microsoft.graph.user` and `graph.user` are the same cast.
fn cast(word: &str) -> String {
    let lower = word.to_lowercase();
    match lower.strip_prefix("microsoft.graph.") {
        // An action or function of a sub-namespace goes by its last name.
        Some(name) => match name.strip_prefix("teamsadministration.") {
            Some(action) => action.to_owned(),
            None => format!("graph.{name}"),
        },
        None => word.to_owned(),
    }
}

fn key(inside: &str) -> Step {
    let (by, value) = match inside.split_once('=') {
        Some((by, value)) if !by.starts_with('\'') => (by.trim().to_lowercase(), value.trim()),
        _ => ("id".to_owned(), inside.trim()),
    };
    let value = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(value);
    Step::Key { by, value: value.replace("''", "'") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn steps(path: &str) -> Vec<Step> {
        read(path).unwrap().steps
    }

    fn word(text: &str) -> Step {
        Step::Word(text.to_owned())
    }

    fn by(by: &str, value: &str) -> Step {
        Step::Key { by: by.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn keys_in_every_spelling() {
        assert_eq!(steps("/v1.0/users('a%40b')"), [word("users"), by("id", "a@b")]);
        assert_eq!(steps("/v1.0/users('o''brien')"), [word("users"), by("id", "o'brien")]);
        assert_eq!(
            steps("/v1.0/applications(appId='x')/owners"),
            [word("applications"), by("appid", "x"), word("owners")]
        );
        assert_eq!(
            steps("/beta/applications(uniqueName=%27a=b%27)"),
            [word("applications"), by("uniquename", "a=b")]
        );
    }

    #[test]
    fn prefixes_and_casts() {
        assert_eq!(steps("/v1.0/myorganization/me"), [word("me")]);
        assert_eq!(steps("/V1.0/me/memberOf/microsoft.graph.directoryRole")[2], word("graph.directoryrole"));
        let function =
            "/v1.0/admin/teams/policy/microsoft.graph.teamsAdministration.getPolicyId(type='a',name='b')";
        assert_eq!(steps(function)[3], word("getpolicyid"));
        assert!(read("/v1.0/$batch").unwrap().is_batch());
        assert_eq!(read("/v2/me").unwrap_err().status, 400);
    }
}
