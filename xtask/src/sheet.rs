//! Reads the small part of TOML in which the catalogue's own lists are written: tables in a row, each with texts and
//! lists of texts. It must never guess: a line that it does not understand is an error with its number.

use std::path::Path;

use crate::trouble::Trouble;

/// One `[[name]]` with what stands below it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The line of its heading, from 1.
    pub line: usize,
    entries: Vec<(String, Vec<String>)>,
}

impl Table {
    /// The text under this name; of a list its first one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.list(name).first().map(String::as_str)
    }

    /// The list under this name; a single text is a list of one, and what is missing is empty.
    pub fn list(&self, name: &str) -> &[String] {
        self.entries.iter().find(|(key, _)| key == name).map_or(&[], |(_, texts)| texts)
    }
}

/// Every table called `name`, in order.
pub fn read(path: &Path, name: &str) -> Result<Vec<Table>, Trouble> {
    let text =
        std::fs::read_to_string(path).map_err(|cause| Trouble::File { path: path.to_owned(), cause })?;
    tables(&text, name).map_err(|line| Trouble::Line { path: path.to_owned(), line })
}

/// The error is the number of the line that is not understood.
fn tables(text: &str, name: &str) -> Result<Vec<Table>, usize> {
    let heading = format!("[[{name}]]");
    let mut tables: Vec<Table> = Vec::new();
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    while let Some((number, line)) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == heading {
            tables.push(Table { line: number, entries: Vec::new() });
            continue;
        }
        let (key, value) = line.split_once('=').ok_or(number)?;
        let mut value = value.trim().to_owned();
        // A list may go over several lines; none of its texts holds a bracket at the end of a line.
        while value.starts_with('[') && !value.ends_with(']') {
            let (_, next) = lines.next().ok_or(number)?;
            value.push_str(next);
        }
        let texts = texts(&value).ok_or(number)?;
        tables.last_mut().ok_or(number)?.entries.push((key.trim().to_owned(), texts));
    }
    Ok(tables)
}

/// The texts of a value: one in quotes, or several in brackets.
fn texts(value: &str) -> Option<Vec<String>> {
    let Some(list) = value.strip_prefix('[') else {
        let (text, rest) = quoted(value)?;
        return rest.is_empty().then(|| vec![text]);
    };
    let (mut found, mut rest) = (Vec::new(), list.strip_suffix(']')?.trim());
    while !rest.is_empty() {
        let (text, after) = quoted(rest)?;
        found.push(text);
        let after = after.trim();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim(),
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(found)
}

/// A text in quotes at the beginning, and what follows it.
fn quoted(value: &str) -> Option<(String, &str)> {
    let inside = value.strip_prefix('"')?;
    let mut text = String::new();
    let mut signs = inside.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return Some((text, &inside[at + 1..])),
            '\\' => text.push(signs.next().map(|(_, sign)| sign).filter(|sign| "\"\\".contains(*sign))?),
            other => text.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_texts_and_lists() {
        let text = "# list\n[[goal]]\nid = \"G-01\"\ntests = [\n  \"a b\",\n  \"c \\\"d\\\"\",\n]\n\n[[goal]]\nid = \"G-02\"\ntests = []\n";
        let found = tables(text, "goal").unwrap_or_default();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].text("id")), (2, Some("G-01")));
        assert_eq!(found[0].list("tests"), ["a b", "c \"d\""]);
        assert!(found[1].list("tests").is_empty() && found[1].text("title").is_none());
    }

    #[test]
    fn what_is_not_understood_is_named_by_its_line() {
        for (text, line) in [
            ("[[goal]]\nid\n", 2),
            ("id = \"x\"\n", 1),
            ("[[goal]]\n\nid = 7\n", 3),
            ("[[goal]]\nid = \"x\n", 2),
            ("[[goal]]\nid = [\"x\"\n", 2),
            ("[[goal]]\nid = [\"x\" \"y\"]\n", 2),
        ] {
            assert_eq!(tables(text, "goal"), Err(line), "{text}");
        }
    }
}
