//! `cargo xtask catalogue`: every goal of reliability and security, held against its target, and the table of it.
//! A goal is reached only by tests that ran: no test, a test that was left out, or a missed figure are told as such.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::ask::Order;
use crate::desktop::{self, Build};
use crate::goals::{self, Figure, Goal};
use crate::junit::{self, Case};
use crate::named::{self, Named};
use crate::needs::Purpose;
use crate::page;
use crate::record::{self, CATALOGUE, Kept, cell};
use crate::setup;
use crate::shell::{self, Shell};
use crate::strangers;
use crate::trouble::Trouble;

/// The profile of nextest that writes the report.
pub const PROFILE: &str = "catalogue";

/// The binaries whose tests are the long ones. Asked for as a whole they are built as they are measured, with the optimiser:
/// ten thousand cases take two thirds of the time, and what is judged is nearer to what is handed out.
const LONG: [&str; 2] = ["approved", "catalogue"];

/// The package that holds them.
const PACKAGE: &str = "footbridge-tests";

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
    let all = goals::read(&shell.root)?;
    let goals = chosen(&all, &order.only)?;
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
        desktop::build(shell, Build::Release, order.unattended)?;
    }
    if !skipped("strangers-home") {
        for reason in strangers::lay(shell)? {
            println!("left out: {reason}");
        }
    }
    let figures = desktop::target(shell).join("figures");
    // Compiling is no part of what a goal takes.
    let parts = parts(order);
    for part in &parts {
        shell.run("", "cargo", &[&["nextest", "run", "--no-run"][..], &part.words].concat())?;
    }
    empty(&figures)?;
    let start = Instant::now();
    let mut cases = Vec::new();
    for part in &parts {
        cases.extend(run(shell, order, part, &goals, &figures)?);
    }
    let mut rows = goals.iter().map(|goal| row(goal, &cases, &figures)).collect::<Result<Vec<_>, _>>()?;
    if !order.slice {
        rows.iter_mut().for_each(|row| row.figures.extend(row.goal.summed(&row.figures)));
    }
    let commit = record::commit(shell, CATALOGUE);
    let heading = heading(order, &commit, &cases, start.elapsed());
    println!("\n{heading}\n\n{HEAD}");
    rows.iter().for_each(|row| println!("{}", row.line(&commit)));
    if order.skip.is_empty() && !order.slice {
        let kept = Kept::read(&shell.root, CATALOGUE, "goals")?;
        let words = if order.only.is_empty() { heading } else { kept.words.clone() };
        record::write(
            &shell.root,
            CATALOGUE,
            "goals",
            &format!("{words}\n\n{}", table(&all, &rows, &kept, &commit)),
        )?;
    }
    match rows.iter().filter(|row| !matches!(row.verdict(), Verdict::Reached | Verdict::Apart(_))).count() {
        0 => Ok(ExitCode::SUCCESS),
        count => Err(Trouble::Goals(count)),
    }
}

fn chosen<'a>(goals: &'a [Goal], only: &[String]) -> Result<Vec<&'a Goal>, Trouble> {
    if let Some(unknown) = only.iter().find(|id| goals.iter().all(|goal| goal.id != **id)) {
        return Err(Trouble::Usage(format!("There is no goal `{unknown}` in {}.", goals::LIST)));
    }
    Ok(goals.iter().filter(|goal| only.is_empty() || only.contains(&goal.id)).collect())
}

fn names_of(goals: &[&Goal]) -> Vec<Named> {
    goals.iter().filter(|goal| goal.apart.is_none()).flat_map(|goal| goal.names()).collect()
}

/// Tests that are built in one way and run in one go.
struct Part {
    /// What nextest builds, and how.
    words: Vec<&'static str>,
    /// Which of the tests are run, in nextest's language of filters.
    filter: String,
}

/// A slice is the tests as `cargo xtask test` builds them: of fewer packages the libraries have other features, and are built
/// anew. Of a whole, the long tests come first and by themselves.
fn parts(order: &Order) -> Vec<Part> {
    let locked = if order.unattended { &["--locked"][..] } else { &[] };
    let all = [&["--workspace"], &desktop::FEATURES[..], locked].concat();
    if order.slice {
        return vec![Part { words: all, filter: "all()".into() }];
    }
    let long = LONG.map(|binary| format!("binary_id(={PACKAGE}::{binary})")).join(" | ");
    let optimised = ["--cargo-profile", "bench", "-p", PACKAGE];
    let tests = LONG.iter().flat_map(|binary| ["--test", binary]);
    let optimised = optimised.into_iter().chain(tests).chain(locked.iter().copied());
    let rest = format!("not ({long})");
    vec![Part { words: optimised.collect(), filter: long }, Part { words: all, filter: rest }]
}

/// Runs those tests of these goals that are in this part, once, and reads the report.
fn run(
    shell: &Shell,
    order: &Order,
    part: &Part,
    goals: &[&Goal],
    figures: &Path,
) -> Result<Vec<Case>, Trouble> {
    let report = junit::report(&shell.root, PROFILE);
    // A report of an earlier run must not stand for a run that never began.
    let _ = std::fs::remove_file(&report);
    let expression = format!("({}) & ({})", named::any_of(&names_of(goals)), part.filter);
    let mut words =
        vec!["cargo", "nextest", "run", "--profile", PROFILE, "--no-fail-fast", "--no-tests=pass"];
    words.extend(["-E", expression.as_str()]);
    words.extend(&part.words);
    let mut command = desktop::command(shell, "", &words);
    desktop::name_programs(shell, Build::Release, &mut command);
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

    fn line(&self, commit: &str) -> String {
        let passed = self.cases.iter().filter(|case| case.passed && case.left_out.is_none()).count();
        format!(
            "| {} | {} | {} | {} | {passed} of {} | {} | {} | {commit} |",
            key(self.goal),
            cell(&self.goal.title),
            cell(&self.goal.target),
            cell(&self.figures()),
            self.cases.len(),
            minutes(self.took()),
            cell(&self.end()),
        )
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

fn heading(order: &Order, commit: &str, cases: &[Case], took: Duration) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let apart: Duration = cases.iter().map(|case| case.took).sum();
    let what = match (order.slice, order.only.is_empty()) {
        (true, _) => "A slice",
        (false, true) => "The whole catalogue",
        (false, false) => "A part of the catalogue",
    };
    let (took, apart) = (minutes(took), minutes(apart));
    format!(
        "{what} on {cores} cores at commit {commit}: {} tests in {took}, {apart} one after the other.",
        cases.len()
    )
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 { format!("{seconds:.1} s") } else { format!("{:.1} min", seconds / 60.0) }
}

const HEAD: &str = "| goal | what | target | figures reached (target) | tests passed | time | result | run at |\n\
    |---|---|---|---|---|---|---|---|";

/// Every goal that there is: as it ran now, as it ran before, or not at all.
fn table(all: &[Goal], rows: &[Row<'_>], kept: &Kept, commit: &str) -> String {
    let line = |goal: &Goal| {
        let now = rows.iter().find(|row| row.goal.id == goal.id).map(|row| row.line(commit));
        let before = || kept.row(&key(goal)).map(str::to_owned);
        now.or_else(before).unwrap_or_else(|| {
            let (title, target) = (cell(&goal.title), cell(&goal.target));
            format!("| {} | {title} | {target} |  |  |  | **not run yet** |  |", key(goal))
        })
    };
    let lines: Vec<String> = all.iter().map(line).collect();
    format!("{HEAD}\n{}", lines.join("\n"))
}

fn key(goal: &Goal) -> String {
    format!("{} (P{})", goal.id, goal.priority)
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
        let lines = [
            Row { goal: &first, cases: vec![&good], figures: Vec::new() },
            Row { goal: &first, cases: Vec::new(), figures: Vec::new() },
            Row { goal: &second, cases: Vec::new(), figures: Vec::new() },
        ]
        .map(|row| row.line("abc"))
        .join("\n");
        assert!(
            lines.contains("| 0 \\| requests | one test each | 1 of 1 | 1.5 s | reached | abc |"),
            "{lines}"
        );
        assert!(lines.contains("| 0 of 0 | 0.0 s | **no test yet** |"), "{lines}");
        assert!(lines.contains("not part of the run: at night"), "{lines}");
    }

    #[test]
    fn a_goal_that_never_ran_says_so() {
        let all = [goal(None)];
        let text = table(&all, &[], &Kept::default(), "abc");
        assert!(text.contains("| G-07 (P0) | A token stays at home |"), "{text}");
        assert!(text.ends_with("| **not run yet** |  |"), "{text}");
    }
}
