//! `cargo xtask test`: every check of the project, one after another, and a table of how each ended.
//! It must never stop at the first failure, and never count what did not run as passed.

use std::process::ExitCode;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::ask::Order;
use crate::desktop::{self, Build};
use crate::manual;
use crate::needs::Purpose;
use crate::page;
use crate::setup;
use crate::shell::{self, Shell};
use crate::strangers;
use crate::table::{self, Ending, Line};
use crate::trouble::Trouble;

/// What the parts share, and what one part leaves for the end.
struct Stage<'a> {
    shell: &'a Shell,
    /// Nobody is watching: a lock file that does not fit is a failure, not something to be mended.
    locked: bool,
    /// The test runner's own closing line.
    summary: Option<String>,
    /// Whether the strangers' homes are wanted, and their laying once it has begun.
    lays: bool,
    laying: Option<JoinHandle<Result<Vec<String>, Trouble>>>,
}

type Part = (&'static str, fn(&mut Stage<'_>) -> Result<Ending, Trouble>);

/// In an order that shows cheap failures first and never builds two things at the same time.
const PARTS: &[Part] = &[
    ("format", format),
    ("ui-build", ui_build),
    ("ui-types", |stage| npm(stage, "check")),
    ("ui-lint", |stage| npm(stage, "lint")),
    ("ui-tests", |stage| npm(stage, "test")),
    ("manual", written),
    ("deny", deny),
    ("advisories", advisories),
    ("clippy", clippy),
    ("build", build),
    ("strangers-home", strangers_home),
    ("tests", tests),
    ("strangers", judge),
];

/// Prepares the machine, runs every part, prints the table.
pub fn test(shell: &mut Shell, order: &Order) -> Result<ExitCode, Trouble> {
    if let Some(unknown) = order.skip.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        let names: Vec<&str> = PARTS.iter().map(|(part, _)| *part).collect();
        return Err(Trouble::Usage(format!(
            "There is no part `{unknown}`. The parts: {}.",
            names.join(", ")
        )));
    }
    setup::prepare(shell, order, Purpose::Test)?;
    let skips = |name: &str| order.skip.iter().any(|skipped| skipped == name);
    let lays = !skips("strangers-home");
    let mut stage = Stage { shell, locked: order.unattended, summary: None, lays, laying: None };
    let mut lines = Vec::new();
    for (part, check) in PARTS {
        let start = Instant::now();
        let ending = if skips(part) {
            Ending::LeftOut("asked to".into())
        } else {
            println!("\n== {part}");
            check(&mut stage).unwrap_or_else(|trouble| Ending::Failed(trouble.to_string()))
        };
        lines.push(Line { part, took: start.elapsed(), ending });
    }
    println!("{}", table::draw(&lines));
    if let Some(summary) = stage.summary {
        println!("{summary}");
    }
    match table::failures(&lines) {
        0 => Ok(ExitCode::SUCCESS),
        count => Err(Trouble::Parts(count)),
    }
}

fn format(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    cargo(stage, &["fmt", "--all", "--check"])
}

fn clippy(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    // The homes wait for the network and the disk, compiling for the processor.
    if stage.lays {
        let shell = stage.shell.clone();
        stage.laying = Some(std::thread::spawn(move || strangers::lay(&shell)));
    }
    let locked = stage.lock_flag();
    let [features, window] = desktop::FEATURES;
    let arguments =
        ["clippy", "--workspace", "--all-targets", features, window, locked, "--", "-D", "warnings"];
    cargo(stage, &arguments.iter().copied().filter(|word| !word.is_empty()).collect::<Vec<_>>())
}

fn ui_build(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    page::build(stage.shell)?;
    Ok(Ending::Passed)
}

/// Both languages with their search; a link that leads nowhere is a failure.
fn written(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    manual::build(stage.shell)?;
    Ok(Ending::Passed)
}

fn npm(stage: &mut Stage<'_>, script: &str) -> Result<Ending, Trouble> {
    stage.shell.run("ui", "npm", &["run", script])?;
    Ok(Ending::Passed)
}

/// The programs and all tests at once. The release build is another command's: `cargo xtask catalogue`.
fn build(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    desktop::build(stage.shell, Build::WithTests, stage.locked)?;
    Ok(Ending::Passed)
}

/// All Rust tests, with a display and an unlocked keyring of their own.
fn tests(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    let before = stage.frontier();
    let mut words = vec!["cargo", "nextest", "run", "--workspace", "--no-fail-fast"];
    words.extend(desktop::FEATURES);
    words.extend(stage.locked.then_some("--locked"));
    let linux = cfg!(target_os = "linux");
    if !linux {
        words.extend(["-E", "not test(~window)"]);
    }
    let mut command = desktop::command(stage.shell, "", &words);
    desktop::name_programs(stage.shell, Build::WithTests, &mut command);
    let (verdict, summary) = shell::finish_watching(command, "tests run:");
    stage.summary = summary;
    verdict?;
    if stage.summary.is_none() {
        return Ok(Ending::Failed("the runner closed without saying how many tests ran".into()));
    }
    if stage.frontier() != before {
        return Ok(Ending::Failed(
            "ui/src/ipc.gen.ts was not current; the tests wrote it anew, commit it".into(),
        ));
    }
    if !linux {
        println!("left out on this system: the window tests, whose driver is Linux's web view");
    }
    Ok(Ending::Passed)
}

fn deny(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    cargo(
        stage,
        &["deny", "--all-features", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"],
    )
}

fn advisories(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    let fetch = stage.shell.command("", "cargo", &["deny", "fetch", "db"]);
    if shell::finish_within(fetch, Duration::from_secs(90)).is_err() {
        return Ok(Ending::LeftOut("the advisory database cannot be fetched from here".into()));
    }
    cargo(stage, &["deny", "check", "--disable-fetch", "advisories"])
}

/// A reason to leave a stranger out is told; everything else goes on.
fn strangers_home(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    let reasons = match stage.laying.take().map(JoinHandle::join) {
        Some(Ok(laid)) => laid?,
        // Not begun, or broken off: laid here, where its trouble is told.
        Some(Err(_)) | None => strangers::lay(stage.shell)?,
    };
    Ok(if reasons.is_empty() { Ending::Passed } else { Ending::LeftOut(reasons.join("; ")) })
}

/// The strangers' own scripts, against the command line.
fn judge(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    if !strangers::are_laid(stage.shell) {
        return Ok(Ending::LeftOut("their Python home could not be laid".into()));
    }
    let mut command = stage.shell.command("", "bash", &["tests/strangers/run.sh"]);
    command
        .env("FOOTBRIDGE", desktop::binary(stage.shell, Build::WithTests, "footbridge"))
        .env("PYTHON", strangers::python(stage.shell, strangers::PYTHON));
    if let Some(folder) = strangers::python(stage.shell, strangers::AZURE).parent() {
        command.env("AZURE", folder);
    }
    shell::finish(command)?;
    Ok(Ending::Passed)
}

fn cargo(stage: &Stage<'_>, arguments: &[&str]) -> Result<Ending, Trouble> {
    stage.shell.run("", "cargo", arguments)?;
    Ok(Ending::Passed)
}

impl Stage<'_> {
    fn lock_flag(&self) -> &'static str {
        if self.locked { "--locked" } else { "" }
    }

    fn frontier(&self) -> Option<Vec<u8>> {
        std::fs::read(self.shell.root.join("ui").join("src").join("ipc.gen.ts")).ok()
    }
}
