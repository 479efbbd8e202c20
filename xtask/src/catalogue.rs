//! `cargo xtask catalogue`: every goal of reliability and security, held against its target, and the table of it.
//! A goal is reached only by tests that ran: no test, a test that was left out, or a missed figure are told as such.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::ask::Order;
use crate::desktop;
use crate::goals::{self, Figure, Goal};
use crate::junit::{self, Case};
use crate::named::{self, Named};
use crate::needs::Purpose;
use crate::page;
use crate::record::{self, cell};
use crate::setup;
use crate::shell::{self, Shell};
use crate::strangers;
use crate::trouble::Trouble;

/// The profile of nextest that writes the report.
pub const PROFILE: &str = "catalogue";

/// What may be left out by name, for developers.
const PARTS: [&str; 2] = ["release", "strangers-home"];

/// What a run showed of a goal.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Reached,
    /// Not part of the run, for the reason that the list gives.
    Apart(String),
    NoTest,
    /// Every test of it was left out.
    NotRun(String),
    Missed(String),
}

/// A goal with what the run left of it.
struct Row<'a> {
    goal: &'a Goal,
    cases: Vec<&'a Case>,
    figures: Vec<Figure>,
}

/// Prepares the machine, builds, runs, prints the table, and keeps it when the whole catalogue ran.
pub fn hold(shell: &mut Shell, order: &Order) -> Result<ExitCode, Trouble> {
    let goals = chosen(goals::read(&shell.root)?, &order.only)?;
    if let Some(unknown) = order.skip.iter().find(|name| !PARTS.contains(&name.as_str())) {
        return Err(Trouble::Usage(format!(
            "There is no part `{unknown}`. The parts: {}.",
            PARTS.join(", ")
        )));
    }
    setup::prepare(shell, order, Purpose::Test)?;
    let skipped = |part: &str| order.skip.iter().any(|name| name == part);
    if !skipped("release") {
        page::build(shell)?;
        desktop::build_release(shell, order.unattended)?;
    }
    if !skipped("strangers-home") {
        for reason in strangers::lay(shell)? {
            println!("left out: {reason}");
        }
    }
    let figures = desktop::target(shell).join("figures");
    let start = Instant::now();
    let cases = run(shell, order, &goals, &figures)?;
    let rows = goals.iter().map(|goal| row(goal, &cases, &figures)).collect::<Result<Vec<_>, _>>()?;
    let part = format!("{}\n\n{}", heading(shell, order, &cases, start.elapsed()), table(&rows));
    println!("\n{part}");
    if order.only.is_empty() && order.skip.is_empty() && !order.slice {
        record::write(&shell.root, "goals", &part)?;
    }
    match rows.iter().filter(|row| !matches!(row.verdict(), Verdict::Reached | Verdict::Apart(_))).count() {
        0 => Ok(ExitCode::SUCCESS),
        count => Err(Trouble::Goals(count)),
    }
}

fn chosen(goals: Vec<Goal>, only: &[String]) -> Result<Vec<Goal>, Trouble> {
    if let Some(unknown) = only.iter().find(|id| goals.iter().all(|goal| goal.id != **id)) {
        return Err(Trouble::Usage(format!("There is no goal `{unknown}` in {}.", goals::LIST)));
    }
    Ok(goals.into_iter().filter(|goal| only.is_empty() || only.contains(&goal.id)).collect())
}

/// Runs the tests of these goals once and reads the report.
fn run(shell: &Shell, order: &Order, goals: &[Goal], figures: &Path) -> Result<Vec<Case>, Trouble> {
    empty(figures)?;
    let report = junit::report(&shell.root, PROFILE);
    // A report of an earlier run must not stand for a run that never began.
    let _ = std::fs::remove_file(&report);
    let names: Vec<_> = goals.iter().filter(|goal| goal.apart.is_none()).flat_map(Goal::names).collect();
    let expression = named::any_of(&names);
    let mut words =
        vec!["cargo", "nextest", "run", "--profile", PROFILE, "--no-fail-fast", "--no-tests=pass"];
    words.extend(["-E", expression.as_str()]);
    words.extend(packages(order, &names));
    words.extend(order.unattended.then_some("--locked"));
    let mut command = desktop::command(shell, "", &words);
    desktop::name_programs(shell, &mut command);
    command.env("FOOTBRIDGE_FIGURES", figures);
    if !order.slice {
        command.env("FOOTBRIDGE_CATALOGUE", "whole");
    }
    let ended = shell::finish(command);
    match (junit::read(&report), ended) {
        // Which tests failed is in the report; nextest's own code says no more.
        (Ok(cases), _) => Ok(cases),
        (Err(_), Err(trouble)) => Err(trouble),
        // Without any test there is no report.
        (Err(_), Ok(())) => Ok(Vec::new()),
    }
}

/// All of them, as `cargo xtask test` builds them; for single goals only those that their tests are in.
fn packages<'a>(order: &Order, names: &'a [Named]) -> Vec<&'a str> {
    if order.only.is_empty() {
        return vec!["--workspace"];
    }
    let listed = names.iter().map(Named::package).filter(|package| !package.is_empty());
    let mut packages: Vec<&str> = listed.chain([named::HOME]).collect();
    packages.sort_unstable();
    packages.dedup();
    packages.into_iter().flat_map(|package| ["-p", package]).collect()
}

fn empty(folder: &Path) -> Result<(), Trouble> {
    match std::fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            return Err(Trouble::File { path: folder.to_owned(), cause });
        }
        _ => {}
    }
    std::fs::create_dir_all(folder).map_err(|cause| Trouble::File { path: PathBuf::from(folder), cause })
}

fn row<'a>(goal: &'a Goal, cases: &'a [Case], figures: &Path) -> Result<Row<'a>, Trouble> {
    let names: Vec<_> = goal.names().collect();
    let cases = cases.iter().filter(|case| names.iter().any(|name| name.is(&case.binary, &case.test)));
    Ok(Row { goal, cases: cases.collect(), figures: goals::figures(figures, &goal.id)? })
}

impl Row<'_> {
    fn verdict(&self) -> Verdict {
        if let Some(why) = &self.goal.apart {
            return Verdict::Apart(why.clone());
        }
        let failed: Vec<&str> =
            self.cases.iter().filter(|case| !case.passed).map(|case| last(&case.test)).collect();
        let missed = self.figures.iter().find(|figure| !figure.met);
        match (self.cases.as_slice(), missed) {
            ([], _) => Verdict::NoTest,
            _ if !failed.is_empty() => Verdict::Missed(failed.join(", ")),
            (_, Some(figure)) => Verdict::Missed(figure.what.clone()),
            (cases, None) if cases.iter().all(|case| case.left_out.is_some()) => {
                Verdict::NotRun(self.reasons().join("; "))
            }
            _ if self.figures.is_empty() && self.goal.counted.is_none() => {
                Verdict::Missed("its tests left no figure".into())
            }
            _ => Verdict::Reached,
        }
    }

    fn reasons(&self) -> Vec<&str> {
        let mut reasons: Vec<&str> = self.cases.iter().filter_map(|case| case.left_out.as_deref()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        reasons
    }

    fn took(&self) -> Duration {
        self.cases.iter().map(|case| case.took).sum()
    }

    fn figures(&self) -> String {
        let told = |figure: &Figure| format!("{}: {} ({})", figure.what, figure.figure, figure.target);
        let counted = self.goal.counted.iter().cloned();
        counted.chain(self.figures.iter().map(told)).collect::<Vec<_>>().join("; ")
    }

    fn end(&self) -> String {
        match self.verdict() {
            Verdict::Reached => match self.reasons().as_slice() {
                [] => "reached".to_owned(),
                reasons => format!("reached; left out: {}", reasons.join("; ")),
            },
            Verdict::Apart(why) => format!("not part of the run: {why}"),
            Verdict::NoTest => "**no test yet**".to_owned(),
            Verdict::NotRun(why) => format!("**not run**: {why}"),
            Verdict::Missed(what) => format!("**missed**: {what}"),
        }
    }
}

fn last(test: &str) -> &str {
    test.rsplit("::").next().unwrap_or(test)
}

fn heading(shell: &Shell, order: &Order, cases: &[Case], took: Duration) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let commit = shell.answer("git", &["log", "-1", "--format=%h of %cs"]).unwrap_or_default();
    let changed = shell.answer("git", &["status", "--porcelain"]).is_some_and(|text| !text.trim().is_empty());
    let apart: Duration = cases.iter().map(|case| case.took).sum();
    format!(
        "{} on {cores} cores at commit {}{}: {} tests in {}, {} one after the other.",
        if order.slice { "A slice" } else { "The whole catalogue" },
        commit.trim(),
        if changed { ", with changes that are not committed" } else { "" },
        cases.len(),
        minutes(took),
        minutes(apart),
    )
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 { format!("{seconds:.1} s") } else { format!("{:.1} min", seconds / 60.0) }
}

fn table(rows: &[Row<'_>]) -> String {
    let mut lines = vec![
        "| goal | what | target | figures reached (target) | tests passed | time | result |".to_owned(),
        "|---|---|---|---|---|---|---|".to_owned(),
    ];
    for row in rows {
        let passed = row.cases.iter().filter(|case| case.passed && case.left_out.is_none()).count();
        lines.push(format!(
            "| {} (P{}) | {} | {} | {} | {passed} of {} | {} | {} |",
            row.goal.id,
            row.goal.priority,
            cell(&row.goal.title),
            cell(&row.goal.target),
            cell(&row.figures()),
            row.cases.len(),
            minutes(row.took()),
            cell(&row.end()),
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(test: &str, passed: bool, left_out: Option<&str>) -> Case {
        Case {
            binary: "cloud".into(),
            test: test.into(),
            took: Duration::from_millis(1500),
            passed,
            left_out: left_out.map(str::to_owned),
        }
    }

    fn goal(apart: Option<&str>) -> Goal {
        Goal::new("G-07", "A token stays at home", "0 | requests", apart)
    }

    fn verdict(cases: &[Case], met: Option<bool>) -> Verdict {
        let figure = |met| Figure { what: "leaks".into(), figure: "1".into(), target: "0".into(), met };
        let goal = goal(None);
        let figures = met.map(figure).into_iter().collect();
        Row { goal: &goal, cases: cases.iter().collect(), figures }.verdict()
    }

    #[test]
    fn only_tests_that_ran_reach_a_goal() {
        let (good, bad) = (case("a::g07_a", true, None), case("a::g07_b", false, None));
        let out = case("a::g07_c", true, Some("no server"));
        assert_eq!(verdict(&[], None), Verdict::NoTest);
        assert_eq!(verdict(&[], Some(true)), Verdict::NoTest);
        assert_eq!(verdict(std::slice::from_ref(&good), Some(true)), Verdict::Reached);
        assert_eq!(verdict(std::slice::from_ref(&good), Some(false)), Verdict::Missed("leaks".into()));
        assert_eq!(verdict(&[good.clone(), bad], None), Verdict::Missed("g07_b".into()));
        assert_eq!(verdict(std::slice::from_ref(&out), None), Verdict::NotRun("no server".into()));
        assert_eq!(verdict(&[good.clone(), out], Some(true)), Verdict::Reached);
        assert_eq!(verdict(&[good], None), Verdict::Missed("its tests left no figure".into()));
    }

    #[test]
    fn the_table_tells_what_is_not_there() {
        let (mut first, second) = (goal(None), goal(Some("at night")));
        first.counted = Some("one test each".into());
        let good = case("g07_a", true, None);
        let rows = [
            Row { goal: &first, cases: vec![&good], figures: Vec::new() },
            Row { goal: &first, cases: Vec::new(), figures: Vec::new() },
            Row { goal: &second, cases: Vec::new(), figures: Vec::new() },
        ];
        let text = table(&rows);
        assert!(text.contains("| 0 \\| requests | one test each | 1 of 1 | 1.5 s | reached |"), "{text}");
        assert!(text.contains("| 0 of 0 | 0.0 s | **no test yet** |"), "{text}");
        assert!(text.contains("not part of the run: at night"), "{text}");
    }
}
