//! The page on which the catalogue's runs are kept: what stands between two marks is written anew, the rest is a person's.
//! It must never be called with a part of a run; half a table would read like a whole one.

use std::path::Path;

use crate::trouble::Trouble;

/// The page, from the project's root.
pub const PAGE: &str = "docs/catalogue.md";

/// Writes the part called `name`.
pub fn write(root: &Path, name: &str, part: &str) -> Result<(), Trouble> {
    let path = root.join(PAGE);
    let file = |cause| Trouble::File { path: path.clone(), cause };
    let page = std::fs::read_to_string(&path).map_err(file)?;
    let page = replaced(&page, name, part)
        .ok_or_else(|| Trouble::Missing(format!("{PAGE} has no marks for the part `{name}`")))?;
    std::fs::write(&path, page).map_err(file)
}

fn replaced(page: &str, name: &str, part: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
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
    fn a_cell_stays_one_cell() {
        assert_eq!(cell("a | b\n  c"), "a \\| b c");
    }
}
