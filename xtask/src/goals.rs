//! The goals of the catalogue as `tests/catalogue/goals.toml` lists them, and the figures that their tests left behind.
//! It must never run anything; it reads.

use std::path::Path;

use crate::named::Named;
use crate::sheet::{self, Table};
use crate::trouble::Trouble;

/// Where the list stands, from the project's root.
pub const LIST: &str = "tests/catalogue/goals.toml";

/// One goal.
#[derive(Debug)]
pub struct Goal {
    /// `G-07`.
    pub id: String,
    /// What is held, in plain words.
    pub title: String,
    /// 0 before the first release, 1 before the first whole one.
    pub priority: String,
    /// The figure to reach, in words.
    pub target: String,
    /// Why it is not part of the run, where it is not.
    pub apart: Option<String>,
    /// Why its tests leave no figure, where they leave none.
    pub counted: Option<String>,
    /// How the figures begin that count together, and what their sum has to reach.
    pub sum: Option<(String, u64)>,
    /// The tests that show it besides those whose names begin with it, and its controls.
    names: Vec<Named>,
}

/// One figure that a test reached.
#[derive(Debug, PartialEq, Eq)]
pub struct Figure {
    pub what: String,
    pub figure: String,
    pub target: String,
    pub met: bool,
}

impl Goal {
    /// The sum of the figures that count together; nothing where the goal has none.
    pub fn summed(&self, figures: &[Figure]) -> Option<Figure> {
        let (begin, least) = self.sum.as_ref()?;
        let counted = figures.iter().filter(|figure| figure.what.starts_with(begin));
        let sum: u64 = counted.filter_map(|figure| figure.figure.parse::<u64>().ok()).sum();
        Some(Figure {
            what: format!("{begin}, in all"),
            figure: sum.to_string(),
            target: format!("at least {least}"),
            met: sum >= *least,
        })
    }

    /// A goal for a test.
    #[cfg(test)]
    pub fn new(id: &str, title: &str, target: &str, apart: Option<&str>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            priority: "0".into(),
            target: target.into(),
            apart: apart.map(str::to_owned),
            counted: None,
            sum: None,
            names: Vec::new(),
        }
    }

    /// Every name under which its tests are found.
    pub fn names(&self) -> impl Iterator<Item = Named> + '_ {
        self.names.iter().cloned().chain([Named::of_goal(&self.id)])
    }
}

/// Reads the list.
pub fn read(root: &Path) -> Result<Vec<Goal>, Trouble> {
    let path = root.join(LIST);
    let tables = sheet::read(&path, "goal")?;
    let goal = |table: &Table| goal(table).ok_or(Trouble::Line { path: path.clone(), line: table.line });
    tables.iter().map(goal).collect()
}

fn goal(table: &Table) -> Option<Goal> {
    let text = |name: &str| table.text(name).map(str::to_owned);
    let names = table.list("tests").iter().chain(table.list("controls"));
    Some(Goal {
        id: text("id")?,
        title: text("title")?,
        priority: text("priority")?,
        target: text("target")?,
        apart: text("apart"),
        counted: text("counted"),
        sum: match (text("sum"), text("least")) {
            (Some(begin), Some(least)) => Some((begin, least.parse().ok()?)),
            _ => None,
        },
        names: names.map(|name| Named::read(name)).collect::<Option<_>>()?,
    })
}

/// The figures of a goal below the folder that was given to the tests, in the order of their names.
pub fn figures(folder: &Path, goal: &str) -> Result<Vec<Figure>, Trouble> {
    let folder = folder.join(goal);
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text =
            std::fs::read_to_string(path).map_err(|cause| Trouble::File { path: path.clone(), cause })?;
        figure(&text).ok_or(Trouble::Line { path: path.clone(), line: 1 })
    };
    paths.iter().map(read).collect()
}

/// Four lines, each with its word in front, as `tests/support/goal.rs` writes them.
fn figure(text: &str) -> Option<Figure> {
    let told = |word: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(": "));
        line.map(str::to_owned)
    };
    Some(Figure {
        what: told("what")?,
        figure: told("figure")?,
        target: told("target")?,
        met: told("met")? == "yes",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_count_together_are_held_against_one_target() {
        let figure = |what: &str, figure: &str| Figure {
            what: what.into(),
            figure: figure.into(),
            target: "at least 1".into(),
            met: true,
        };
        let figures =
            [figure("killed at, run", "700"), figure("killed at, undo", "200"), figure("lost", "9")];
        let mut goal = Goal::new("G-01", "A crash", "900", None);
        assert_eq!(goal.summed(&figures), None);
        for (least, met) in [(900, true), (901, false)] {
            goal.sum = Some(("killed at".into(), least));
            let summed = goal.summed(&figures);
            assert_eq!(
                summed.map(|sum| (sum.what, sum.figure, sum.met)),
                Some(("killed at, in all".into(), "900".into(), met))
            );
        }
    }

    #[test]
    fn a_figure_has_four_lines() {
        let text = "what: addresses\nfigure: 241\ntarget: at least 240\nmet: yes\n";
        let expected = Figure {
            what: "addresses".into(),
            figure: "241".into(),
            target: "at least 240".into(),
            met: true,
        };
        assert_eq!(figure(text), Some(expected));
        assert_eq!(figure(&text.replace("yes", "no")).map(|figure| figure.met), Some(false));
        assert_eq!(figure("what: addresses\n"), None);
    }
}
