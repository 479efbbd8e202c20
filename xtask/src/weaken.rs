//! `cargo xtask weaken`: takes one protection after the other away, in a copy of the tree, and demands that a named
//! test fails. The catalogue's own positive control. It must never change the tree itself.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::ask::Order;
use crate::catalogue::PROFILE;
use crate::copy;
use crate::desktop;
use crate::junit::{self, Case};
use crate::named::{self, Named};
use crate::needs::Purpose;
use crate::page;
use crate::record::{self, CATALOGUE, Kept, cell};
use crate::setup;
use crate::shell::{self, Shell};
use crate::trouble::Trouble;

/// Where the weakenings lie, from the project's root.
const FOLDER: &str = "tests/weakenings";

/// One protection that is taken away, as the lines before its patch tell it.
#[derive(Debug, PartialEq, Eq)]
struct Weakening {
    name: String,
    goal: String,
    /// What is taken away.
    removed: String,
    tests: Vec<Named>,
}

/// What became of a weakening.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// These tests failed, as they have to.
    Noticed(Vec<String>),
    Unnoticed,
    /// Nothing is shown by this, and why.
    Void(String),
}

/// Tries every weakening, or the named ones, and keeps their rows on the page.
pub fn weaken(shell: &mut Shell, order: &Order) -> Result<ExitCode, Trouble> {
    let all = read(&shell.root)?;
    let weakenings = chosen(&all, &order.only)?;
    setup::prepare(shell, order, Purpose::Test)?;
    let commit = record::commit(shell, CATALOGUE);
    if weakenings.iter().any(|weakening| weakening.packages().contains(&"footbridge-desktop")) {
        page::build(shell)?;
    }
    let (mut tried, mut failures) = (Vec::new(), 0);
    for group in groups(&weakenings) {
        copy::lay(shell)?;
        let names: Vec<&Named> = group.iter().flat_map(|weakening| &weakening.tests).collect();
        build_program(shell, &names)?;
        let sound = run(shell, &names)?;
        for weakening in group {
            println!("\n== {}: {}", weakening.name, weakening.removed);
            let verdict = match untrustworthy(weakening, &sound) {
                Some(why) => Verdict::Void(why),
                None => attempt(shell, weakening)?,
            };
            println!("{}", told(&verdict));
            tried.push((weakening.name.clone(), row(weakening, &told(&verdict), &commit)));
            failures += usize::from(!matches!(verdict, Verdict::Noticed(_)));
            // A run of an hour keeps what it knows, whatever ends it.
            record::write(&shell.root, CATALOGUE, "weakenings", &table(&shell.root, &all, &tried)?)?;
        }
    }
    copy::lay(shell)?;
    println!("\n{HEAD}");
    tried.iter().for_each(|(_, row)| println!("{row}"));
    match failures {
        0 => Ok(ExitCode::SUCCESS),
        count => Err(Trouble::Weakenings(count)),
    }
}

/// Those whose tests need the same packages, one after the other: so each package is built as seldom as can be.
fn groups<'a>(weakenings: &[&'a Weakening]) -> Vec<Vec<&'a Weakening>> {
    let mut groups: Vec<Vec<&Weakening>> = Vec::new();
    for weakening in weakenings.iter().copied() {
        match groups.iter_mut().find(|group| group[0].packages() == weakening.packages()) {
            Some(group) => group.push(weakening),
            None => groups.push(vec![weakening]),
        }
    }
    groups
}

/// Why the tests of a weakening say nothing: one is missing, was left out, or fails without it.
fn untrustworthy(weakening: &Weakening, sound: &[Case]) -> Option<String> {
    for name in &weakening.tests {
        let mut cases = sound.iter().filter(|case| name.is(&case.binary, &case.test)).peekable();
        if cases.peek().is_none() {
            return Some(format!("no test is called {}", name.path));
        }
        if let Some(case) = cases.find(|case| !case.passed || case.left_out.is_some()) {
            let why = case.left_out.as_deref().unwrap_or("it fails without the weakening");
            return Some(format!("{}: {why}", case.test));
        }
    }
    None
}

fn attempt(shell: &Shell, weakening: &Weakening) -> Result<Verdict, Trouble> {
    let patch = format!("{FOLDER}/{}.patch", weakening.name);
    let place = format!("--directory={}", copy::TREE);
    if shell.run("", "git", &["apply", &place, &patch]).is_err() {
        return Ok(Verdict::Void("the patch does not fit".into()));
    }
    let names: Vec<&Named> = weakening.tests.iter().collect();
    let mut build = shell.command(copy::TREE, "cargo", &words(&names, &["--no-run"]));
    in_the_copy(shell, &mut build);
    let built = shell::finish(build).and_then(|()| build_program(shell, &names));
    let verdict = match built {
        Err(_) => Verdict::Void("the weakened tree does not compile".into()),
        Ok(()) => judged(&run(shell, &names)?),
    };
    copy::lay(shell)?;
    Ok(verdict)
}

fn judged(cases: &[Case]) -> Verdict {
    let failed: Vec<String> = cases
        .iter()
        .filter(|case| !case.passed)
        .map(|case| case.test.rsplit("::").next().unwrap_or(&case.test).to_owned())
        .collect();
    match (cases, failed.as_slice()) {
        ([], _) => Verdict::Void("no test ran".into()),
        (_, []) => Verdict::Unnoticed,
        _ => Verdict::Noticed(failed),
    }
}

/// Runs these tests in the copy and reads the report.
fn run(shell: &Shell, names: &[&Named]) -> Result<Vec<Case>, Trouble> {
    let report = junit::report(&shell.root.join(copy::TREE), PROFILE);
    let _ = std::fs::remove_file(&report);
    let expression = named::any_of(names.iter().copied());
    let run = words(names, &["--profile", PROFILE, "--no-fail-fast", "--no-tests=pass", "-E", &expression]);
    let run: Vec<&str> = std::iter::once("cargo").chain(run).collect();
    let mut command = desktop::command(shell, copy::TREE, &run);
    in_the_copy(shell, &mut command);
    let ended = shell::finish(command);
    match (junit::read(&report), ended) {
        (Ok(cases), _) => Ok(cases),
        (Err(_), Err(trouble)) => Err(trouble),
        (Err(_), Ok(())) => Ok(Vec::new()),
    }
}

/// The catalogue's tests start the program itself, which has to be as weak as they are.
fn build_program(shell: &Shell, names: &[&Named]) -> Result<(), Trouble> {
    if names.iter().all(|name| name.binary != "footbridge-tests::catalogue") {
        return Ok(());
    }
    let words = ["build", "-p", "cli", "-p", "footbridge-tests", "--bin", "footbridge"];
    let mut build = shell.command(copy::TREE, "cargo", &words);
    in_the_copy(shell, &mut build);
    shell::finish(build)
}

fn in_the_copy(shell: &Shell, command: &mut Command) {
    command.env("CARGO_TARGET_DIR", copy::built(shell)).env("CARGO_PROFILE_DEV_DEBUG", "0");
    // The programs of the tree itself are not weakened.
    command.env_remove("FOOTBRIDGE").env_remove("FOOTBRIDGE_DESKTOP");
}

/// Builds the binaries of these tests and no others.
fn words<'a>(names: &[&'a Named], rest: &[&'a str]) -> Vec<&'a str> {
    let mut targets: Vec<[&str; 2]> = Vec::new();
    for name in names {
        targets.push(["-p", name.package()]);
        targets.push(match name.binary.split_once("::") {
            None => ["--lib", ""],
            Some((_, program)) => match program.strip_prefix("bin/") {
                Some(program) => ["--bin", program],
                None => ["--test", program],
            },
        });
    }
    targets.sort_unstable();
    targets.dedup();
    let mut words = vec!["nextest", "run"];
    words.extend(targets.into_iter().flatten().filter(|word| !word.is_empty()));
    words.extend(rest);
    words
}

impl Weakening {
    fn packages(&self) -> Vec<&str> {
        let mut packages: Vec<&str> = self.tests.iter().map(Named::package).collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }

    /// Reads the lines before the patch: `goal:`, `removed:`, and `test:` once or more.
    fn read(name: &str, text: &str) -> Option<Self> {
        let head: Vec<&str> = text.lines().take_while(|line| !line.starts_with("diff ")).collect();
        let told = |word: &'static str| {
            head.iter().filter_map(move |line| line.strip_prefix(word)?.strip_prefix(": ")).map(str::trim)
        };
        let tests = told("test").map(Named::read).collect::<Option<Vec<_>>>()?;
        (!tests.is_empty()).then_some(())?;
        Some(Self {
            name: name.to_owned(),
            goal: told("goal").next()?.to_owned(),
            removed: told("removed").next()?.to_owned(),
            tests,
        })
    }
}

fn read(root: &Path) -> Result<Vec<Weakening>, Trouble> {
    let folder = root.join(FOLDER);
    let file = |path: &Path| {
        let path = path.to_owned();
        |cause| Trouble::File { path, cause }
    };
    let entries = std::fs::read_dir(&folder).map_err(file(&folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut weakenings = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "patch")) {
        let text = std::fs::read_to_string(path).map_err(file(path))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let weakening = Weakening::read(&name, &text);
        weakenings.push(weakening.ok_or(Trouble::Line { path: path.clone(), line: 1 })?);
    }
    Ok(weakenings)
}

fn chosen<'a>(weakenings: &'a [Weakening], only: &[String]) -> Result<Vec<&'a Weakening>, Trouble> {
    let unknown = |name: &&String| weakenings.iter().all(|weakening| weakening.name != **name);
    if let Some(unknown) = only.iter().find(unknown) {
        return Err(Trouble::Usage(format!("There is no weakening `{unknown}` in {FOLDER}.")));
    }
    Ok(weakenings.iter().filter(|weakening| only.is_empty() || only.contains(&weakening.name)).collect())
}

fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Noticed(tests) => match tests.as_slice() {
            [one, two, three, rest @ ..] if !rest.is_empty() => {
                format!("{one}, {two}, {three} and {} more", rest.len())
            }
            few => few.join(", "),
        },
        Verdict::Unnoticed => "**nothing noticed it**".to_owned(),
        Verdict::Void(why) => format!("**shows nothing**: {why}"),
    }
}

const HEAD: &str = "| weakening | goal | what is taken away | noticed by | tried at |\n|---|---|---|---|---|";

fn row(weakening: &Weakening, told: &str, commit: &str) -> String {
    let Weakening { name, goal, removed, .. } = weakening;
    format!("| {name} | {goal} | {} | {} | {commit} |", cell(removed), cell(told))
}

/// Every weakening that there is: as it was tried now, as it was tried before, or not at all.
fn table(root: &Path, all: &[Weakening], tried: &[(String, String)]) -> Result<String, Trouble> {
    let kept = Kept::read(root, CATALOGUE, "weakenings")?;
    let line = |weakening: &Weakening| {
        let now = tried.iter().find(|(name, _)| *name == weakening.name).map(|(_, row)| row.clone());
        let before = || kept.row(&weakening.name).map(str::to_owned);
        now.or_else(before).unwrap_or_else(|| row(weakening, "**not tried yet**", ""))
    };
    let mut all: Vec<&Weakening> = all.iter().collect();
    all.sort_by(|one, other| (&one.goal, &one.name).cmp(&(&other.goal, &other.name)));
    let lines: Vec<String> = all.into_iter().map(line).collect();
    Ok(format!("{HEAD}\n{}", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PATCH: &str = "goal: G-07\nremoved: redirects are off\ntest: cloud::graph_calls a_redirect\n\
        test: footbridge-tests::journeys crashes::*\n\ndiff --git a/x b/x\ntest: none\n";

    fn case(test: &str, passed: bool) -> Case {
        Case {
            binary: "cloud::graph_calls".into(),
            test: test.into(),
            took: Duration::ZERO,
            passed,
            left_out: None,
        }
    }

    #[test]
    fn the_lines_before_a_patch_are_read() {
        let Some(read) = Weakening::read("redirects", PATCH) else { panic!("not read") };
        assert_eq!((read.goal.as_str(), read.removed.as_str()), ("G-07", "redirects are off"));
        assert_eq!(read.tests.len(), 2);
        assert_eq!(read.packages(), ["cloud", "footbridge-tests"]);
        let names: Vec<&Named> = read.tests.iter().collect();
        let expected = "nextest run --test graph_calls --test journeys -p cloud -p footbridge-tests --no-run";
        assert_eq!(words(&names, &["--no-run"]).join(" "), expected);
        assert_eq!(Weakening::read("x", "goal: G-07\nremoved: x\ndiff --git\n"), None);
    }

    #[test]
    fn only_a_failed_test_is_a_notice() {
        assert_eq!(judged(&[case("a", true), case("m::b", false)]), Verdict::Noticed(vec!["b".into()]));
        assert_eq!(judged(&[case("a", true)]), Verdict::Unnoticed);
        assert!(matches!(judged(&[]), Verdict::Void(_)));
    }

    #[test]
    fn a_test_that_is_missing_or_red_before_shows_nothing() {
        let Some(mut weakening) = Weakening::read("redirects", PATCH) else { panic!("not read") };
        weakening.tests.truncate(1);
        assert!(untrustworthy(&weakening, &[case("other", true)]).is_some());
        assert!(untrustworthy(&weakening, &[case("a_redirect", false)]).is_some());
        assert_eq!(untrustworthy(&weakening, &[case("a_redirect", true)]), None);
    }
}
