//! The pages on which runs are kept: what stands between two marks is written anew, the rest is a person's.
//! A row is replaced by a newer one only, each tells the commit at which it was made, and what never ran says so.

use std::path::Path;

use crate::shell::Shell;
use crate::trouble::Trouble;

/// The page of the goals and the weakenings, from the project's root.
pub const CATALOGUE: &str = "docs/catalogue.md";

/// The page of what was measured.
pub const PERFORMANCE: &str = "docs/performance.md";

/// Writes the part of a page that is called `name`.
pub fn write(root: &Path, page: &str, name: &str, part: &str) -> Result<(), Trouble> {
    let path = root.join(page);
    let file = |cause| Trouble::File { path: path.clone(), cause };
    let text = std::fs::read_to_string(&path).map_err(file)?;
    let text = replaced(&text, name, part)
        .ok_or_else(|| Trouble::Missing(format!("{page} has no marks for the part `{name}`")))?;
    std::fs::write(&path, text).map_err(file)
}

/// A page without its part called `name`: what a person wrote there.
pub fn by_hand(root: &Path, page: &str, name: &str) -> Result<String, Trouble> {
    let path = root.join(page);
    let text = std::fs::read_to_string(&path).map_err(|cause| Trouble::File { path, cause })?;
    Ok(replaced(&text, name, "").unwrap_or(text))
}

/// What the page keeps of earlier runs: the words before the table, and each row by its first cell.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub words: String,
    rows: Vec<(String, String)>,
}

impl Kept {
    /// Reads the part of a page that is called `name`.
    pub fn read(root: &Path, page: &str, name: &str) -> Result<Self, Trouble> {
        let path = root.join(page);
        let page = std::fs::read_to_string(&path).map_err(|cause| Trouble::File { path, cause })?;
        Ok(Self::of(between(&page, name).unwrap_or_default()))
    }

    fn of(part: &str) -> Self {
        let words = part.lines().take_while(|line| !line.starts_with('|')).collect::<Vec<_>>().join("\n");
        let rows = part.lines().filter(|line| line.starts_with("| ")).skip(1);
        let keyed = rows.filter_map(|row| Some((row.split('|').nth(1)?.trim().to_owned(), row.to_owned())));
        Self { words: words.trim().to_owned(), rows: keyed.collect() }
    }

    /// The row of an earlier run.
    pub fn row(&self, key: &str) -> Option<&str> {
        self.rows.iter().find(|(other, _)| other == key).map(|(_, row)| row.as_str())
    }

    /// The rows of a group, in their order: the one of this name, and those whose name goes on after a slash.
    pub fn group<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is_of = move |key: &str| {
            key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.rows.iter().filter(move |(key, _)| is_of(key)).map(|(_, row)| row.as_str())
    }
}

/// The commit that is built, marked where something is not committed; the page that is written does not count.
pub fn commit(shell: &Shell, page: &str) -> String {
    let commit = shell.answer("git", &["log", "-1", "--format=%h of %cs"]).unwrap_or_default();
    let elsewhere = format!(":!{page}");
    let changed = shell.answer("git", &["status", "--porcelain", "--", ".", &elsewhere]);
    let mark = if changed.is_some_and(|text| !text.trim().is_empty()) { ", changed" } else { "" };
    format!("{}{mark}", commit.trim())
}

fn marks(name: &str) -> (String, String) {
    (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"))
}

fn between<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (begin, end) = marks(name);
    page.split_once(&begin)?.1.split_once(&end).map(|(part, _)| part)
}

fn replaced(page: &str, name: &str, part: &str) -> Option<String> {
    let (begin, end) = marks(name);
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{}\n{end}{after}", part.trim_end()))
}

/// A cell of a table: on one line, and no bar ends it early.
pub fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_written() {
        let page = "# Page\n<!-- goals: begin -->\nold\n<!-- goals: end -->\nend\n";
        let written = replaced(page, "goals", "new\n");
        assert_eq!(
            written.as_deref(),
            Some("# Page\n<!-- goals: begin -->\nnew\n<!-- goals: end -->\nend\n")
        );
        assert_eq!(replaced(page, "weakenings", "new"), None);
    }

    #[test]
    fn rows_of_earlier_runs_are_kept_by_their_first_cell() {
        let kept = Kept::of(
            "Some words.\n\n| goal | what |\n|---|---|\n| G-01 (P0) | a |\n| G-02 (P0) | b \\| c |\n",
        );
        assert_eq!(kept.words, "Some words.");
        assert_eq!(kept.row("G-01 (P0)"), Some("| G-01 (P0) | a |"));
        assert_eq!(kept.row("G-02 (P0)"), Some("| G-02 (P0) | b \\| c |"));
        assert_eq!(kept.row("goal"), None);
    }

    #[test]
    fn rows_of_a_group_are_kept_in_their_order() {
        let kept = Kept::of("| row | what |\n|---|---|\n| a/z | 1 |\n| a/b | 2 |\n| ab | 3 |\n| a | 4 |\n");
        assert_eq!(kept.group("a").collect::<Vec<_>>(), ["| a/z | 1 |", "| a/b | 2 |", "| a | 4 |"]);
        assert_eq!(kept.group("c").count(), 0);
    }

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(cell("a | b\n  c"), "a \\| b c");
    }
}
