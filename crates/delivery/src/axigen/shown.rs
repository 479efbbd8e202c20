//! What `SHOW` and `LIST` print, read with as few assumptions about their layout as can be made.

use super::value::unquoted;

/// The most lines of a list that are looked at.
const MOST_LINES: usize = 100;

/// The value of a field: the line that begins with its name, in any case, then `=`, `:` or space.
pub(crate) fn field<'a>(lines: &'a [String], name: &str) -> Option<&'a str> {
    lines.iter().find_map(|line| {
        let line = line.trim();
        let end =
            line.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(line.len());
        let (key, rest) = line.split_at(end);
        if !key.eq_ignore_ascii_case(name) {
            return None;
        }
        let rest = rest.trim_start();
        Some(unquoted(rest.strip_prefix(['=', ':']).unwrap_or(rest)))
    })
}

/// Whether a switch is on; None where the server shows neither.
pub(crate) fn switch(lines: &[String], name: &str) -> Option<bool> {
    let word = field(lines, name)?.split_whitespace().next()?.to_ascii_lowercase();
    match word.as_str() {
        "yes" | "true" | "on" | "1" | "enabled" => Some(true),
        "no" | "false" | "off" | "0" | "disabled" => Some(false),
        _ => None,
    }
}

/// The names that each line of a list could begin with, the likeliest first. Which of them is one, `SHOW` tells.
pub(crate) fn names(lines: &[String]) -> Vec<Vec<String>> {
    let rows = lines.iter().map(|line| line.trim()).filter(|line| line.contains(char::is_alphanumeric));
    rows.take(MOST_LINES).map(candidates).collect()
}

fn candidates(row: &str) -> Vec<String> {
    let cell = row.split(['\t', '|']).map(str::trim).find(|cell| !cell.is_empty()).unwrap_or(row);
    let cell = cell.split("  ").next().unwrap_or(cell).trim();
    let mut found = vec![unquoted(cell).to_owned()];
    let mut end = 0;
    for word in cell.split(' ').take(4) {
        end += word.len();
        found.push(unquoted(&cell[..end]).to_owned());
        end += 1;
    }
    let mut single = Vec::new();
    for name in found.into_iter().filter(|name| !name.is_empty() && name.len() <= 200) {
        if !single.contains(&name) {
            single.push(name);
        }
    }
    single
}

/// Whether a shown secret is only a placeholder, or something that no secret of Entra is.
pub(crate) fn is_masked(shown: &str) -> bool {
    let first = shown.chars().next();
    let same = first.is_some_and(|first| shown.chars().all(|c| c == first));
    same || (shown.starts_with(['<', '(', '[']) && shown.ends_with(['>', ')', ']']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_field_is_found_in_each_layout() {
        for text in [
            "clientId = abc",
            "  CLIENTID=abc  ",
            "clientid: abc",
            "clientId    abc",
            "clientId = \"abc\"",
            "clientIdOther = x\nclientId = 'abc'",
        ] {
            assert_eq!(field(&lines(text), "clientId"), Some("abc"), "{text}");
        }
        let address = "authzUri = https://login.example/a?b=c:d";
        assert_eq!(field(&lines(address), "authzUri"), Some("https://login.example/a?b=c:d"));
        assert_eq!(field(&lines("clientId ="), "clientId"), Some(""));
        assert_eq!(field(&lines("clientIdentity = x"), "clientId"), None);
    }

    #[test]
    fn a_switch_is_on_off_or_not_told() {
        assert_eq!(switch(&lines("enableTeams = yes"), "enableTeams"), Some(true));
        assert_eq!(switch(&lines("enableTeams: No (inherited)"), "enableTeams"), Some(false));
        assert_eq!(switch(&lines("enableTeams = maybe"), "enableTeams"), None);
        assert_eq!(switch(&[], "enableTeams"), None);
    }

    #[test]
    fn a_row_offers_its_first_cell_and_its_first_words() {
        let found = names(&lines(
            "name   mode\n-----------\nMicrosoft Teams   oauth2\n\"Zoom\" oauth2\nTeams\toidc\n| T | o |",
        ));
        assert_eq!(found[0], ["name"]);
        assert_eq!(found[1], ["Microsoft Teams", "Microsoft"]);
        assert!(found[2].contains(&"Zoom".to_owned()), "{found:?}");
        assert_eq!(found[3], ["Teams"]);
        assert_eq!(found[4], ["T"]);
    }

    #[test]
    fn placeholders_are_told_from_secrets() {
        for masked in ["********", "•••", "<hidden>", "(set)", "x"] {
            assert!(is_masked(masked), "{masked}");
        }
        for shown in ["", "Ab8~x.Y", "**a"] {
            assert!(!is_masked(shown), "{shown}");
        }
    }
}
