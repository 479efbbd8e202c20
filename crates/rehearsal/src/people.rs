//! Lists of pretend people, as products export them: a heading and one person a line.

use engine::guide::{Action, Guide};
/// Whom a list names beside the people of the tenant, so that misses are seen.
const NOBODY: [&str; 2] = ["Nobody Here", "Former Colleague"];

/// How a list is used in a guide.
pub(crate) struct Use<'a> {
    /// The ask for its heading.
    pub column: Option<&'a str>,
    /// The ask for the directory's field.
    pub field: &'a str,
}

/// How the list of an ask is used; nothing where no step uses it.
pub(crate) fn use_of<'a>(guide: &'a Guide, ask: &str) -> Option<Use<'a>> {
    guide.steps.iter().find_map(|step| match &step.action {
        Action::MatchFields { pairs, .. } => {
            let pair = pairs.iter().find(|pair| pair.csv.as_deref() == Some(ask))?;
            Some(Use { column: Some(&pair.local), field: &pair.remote })
        }
        Action::PoolUsers { csv: Some(csv), column, field, .. } if csv == ask => {
            Some(Use { column: column.as_deref(), field })
        }
        _ => None,
    })
}

/// The list: a heading, these people, and a few that nobody is.
pub(crate) fn csv(heading: &str, people: &[String]) -> String {
    let everybody = people.iter().map(String::as_str).chain(NOBODY);
    std::iter::once(heading).chain(everybody).map(|value| quoted(value) + "\r\n").collect()
}

/// A field of a CSV file (RFC 4180).
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_heading_the_people_and_a_few_that_nobody_is() {
        let csv = csv("Long Name", &["Anna \"A\" Weber".to_owned()]);
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines,
            ["\"Long Name\"", "\"Anna \"\"A\"\" Weber\"", "\"Nobody Here\"", "\"Former Colleague\""]
        );
    }
}
