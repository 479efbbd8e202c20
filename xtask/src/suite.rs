//! `cargo xtask test`: every check of the project, one after another, and a table of how each ended.
//! It must never stop at the first failure, and never count what did not run as passed.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::ask::Order;
use crate::needs::Purpose;
use crate::page;
use crate::setup;
use crate::shell::{self, Shell};
use crate::table::{self, Ending, Line};
use crate::trouble::Trouble;

/// What the parts share, and what one part leaves for the end.
struct Stage<'a> {
    shell: &'a Shell,
    /// Nobody is watching: a lock file that does not fit is a failure, not something to be mended.
    locked: bool,
    /// The test runner's own closing line.
    summary: Option<String>,
}

/// Each stranger's Python home below `target/tools`, and the file that pins its packages.
const STRANGERS: &[(&str, &str)] =
    &[("strangers", "requirements.txt"), ("strangers-azure", "requirements-azure.txt")];

/// The home of the strangers of Node, laid from `tests/strangers/node`.
const STRANGERS_NODE: &str = "strangers-node";

/// A copy of the pins inside the home that was laid from them.
const LAID: &str = "laid-from.txt";

type Part = (&'static str, fn(&mut Stage<'_>) -> Result<Ending, Trouble>);

/// In an order that shows cheap failures first and never builds two things at the same time.
const PARTS: &[Part] = &[
    ("format", format),
    ("ui-build", ui_build),
    ("ui-types", |stage| npm(stage, "check")),
    ("ui-lint", |stage| npm(stage, "lint")),
    ("ui-tests", |stage| npm(stage, "test")),
    ("deny", deny),
    ("advisories", advisories),
    ("clippy", clippy),
    ("release", release),
    ("strangers-home", strangers_home),
    ("tests", tests),
    ("strangers", strangers),
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
    let mut stage = Stage { shell, locked: order.unattended, summary: None };
    let mut lines = Vec::new();
    for (part, check) in PARTS {
        let start = Instant::now();
        let ending = if order.skip.iter().any(|name| name == part) {
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
    let locked = stage.lock_flag();
    let arguments = ["clippy", "--workspace", "--all-targets", locked, "--", "-D", "warnings"];
    cargo(stage, &arguments.iter().copied().filter(|word| !word.is_empty()).collect::<Vec<_>>())
}

fn ui_build(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    page::build(stage.shell)?;
    Ok(Ending::Passed)
}

fn npm(stage: &mut Stage<'_>, script: &str) -> Result<Ending, Trouble> {
    stage.shell.run("ui", "npm", &["run", script])?;
    Ok(Ending::Passed)
}

/// The window tests click in the release build, and the strangers call the release command line.
fn release(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    let locked = stage.lock_flag();
    let window = ["build", "--release", "-p", "footbridge-desktop", "--features", "custom-protocol", locked];
    let terminal = ["build", "--release", "-p", "cli", locked];
    for arguments in [&window[..], &terminal[..]] {
        cargo(stage, &arguments.iter().copied().filter(|word| !word.is_empty()).collect::<Vec<_>>())?;
    }
    Ok(Ending::Passed)
}

/// All Rust tests, with a display and an unlocked keyring of their own.
fn tests(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    let before = stage.frontier();
    let mut words = vec!["cargo", "nextest", "run", "--workspace", "--no-fail-fast"];
    words.extend(stage.locked.then_some("--locked"));
    let linux = cfg!(target_os = "linux");
    if !linux {
        words.extend(["-E", "not test(~window)"]);
    }
    let mut command = if linux {
        with_desktop(stage.shell, &words)
    } else {
        stage.shell.command("", words[0], &words[1..])
    };
    command
        .env("FOOTBRIDGE_DESKTOP", stage.binary("footbridge-desktop"))
        .env("FOOTBRIDGE", stage.binary("footbridge"))
        .env("FOOTBRIDGE_STRANGERS", stage.shell.tools().join(STRANGERS[0].0))
        .env("FOOTBRIDGE_STRANGERS_NODE", stage.shell.tools().join(STRANGERS_NODE));
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

/// A pretend display, a session bus, and on it a keyring that is unlocked with an empty throw-away home.
fn with_desktop(shell: &Shell, words: &[&str]) -> Command {
    const KEYRING: &str = "home=$(mktemp -d); trap 'rm -rf \"$home\"' EXIT; \
        printf test-only | XDG_DATA_HOME=$home XDG_CACHE_HOME=$home XDG_RUNTIME_DIR=$home \
        gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; \
        \"$@\"";
    let screen = ["-a", "-s", "-screen 0 1280x900x24", "dbus-run-session", "--"];
    let inner = ["bash", "-c", KEYRING, "bash"];
    let mut command = shell.command("", "xvfb-run", &[&screen[..], &inner[..], words].concat());
    command.env("FOOTBRIDGE_TEST_KEYRING", "1");
    command
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

/// A Python home for each stranger with its pinned packages, kept until the pins change.
fn strangers_home(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    let mut reasons = Vec::new();
    for (name, pins) in STRANGERS {
        if let Err(why) = lay_python(stage, name, pins)? {
            reasons.push(format!("{name}: {why}"));
        }
    }
    if let Err(why) = lay_node(stage)? {
        reasons.push(format!("{STRANGERS_NODE}: {why}"));
    }
    Ok(if reasons.is_empty() { Ending::Passed } else { Ending::LeftOut(reasons.join("; ")) })
}

/// The packages of the lock file, and nothing else. The inner error is a reason to leave the stranger out.
fn lay_node(stage: &Stage<'_>) -> Result<Result<(), Trouble>, Trouble> {
    let from = stage.shell.root.join("tests").join("strangers").join("node");
    let home = stage.shell.tools().join(STRANGERS_NODE);
    let lock = "package-lock.json";
    let wanted =
        std::fs::read(from.join(lock)).map_err(|cause| Trouble::File { path: from.join(lock), cause })?;
    let stamp = home.join(LAID);
    if std::fs::read(&stamp).is_ok_and(|laid| laid == wanted) {
        return Ok(Ok(()));
    }
    std::fs::create_dir_all(&home).map_err(|cause| Trouble::File { path: home.clone(), cause })?;
    for name in ["package.json", lock] {
        std::fs::copy(from.join(name), home.join(name))
            .map_err(|cause| Trouble::File { path: home.join(name), cause })?;
    }
    let prefix = home.to_string_lossy().into_owned();
    let install = ["ci", "--prefix", &prefix, "--ignore-scripts", "--no-audit", "--no-fund"];
    if let Err(trouble) = stage.shell.run("", "npm", &install) {
        return Ok(Err(trouble));
    }
    std::fs::write(&stamp, wanted).map_err(|cause| Trouble::File { path: stamp, cause })?;
    Ok(Ok(()))
}

/// The inner error is a reason to leave the stranger out.
fn lay_python(stage: &Stage<'_>, name: &str, pins: &str) -> Result<Result<(), Trouble>, Trouble> {
    let pins = stage.shell.root.join("tests").join("strangers").join(pins);
    let wanted = std::fs::read(&pins).map_err(|cause| Trouble::File { path: pins.clone(), cause })?;
    let home = stage.shell.tools().join(name);
    let stamp = home.join(LAID);
    if std::fs::read(&stamp).is_ok_and(|laid| laid == wanted) {
        return Ok(Ok(()));
    }
    let (home, pins) = (home.to_string_lossy().into_owned(), pins.to_string_lossy().into_owned());
    let python = stage.python(name).to_string_lossy().into_owned();
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", &pins];
    let made = stage.shell.run("", "python3", &["-m", "venv", "--clear", &home]);
    if let Err(trouble) = made.and_then(|()| stage.shell.run("", &python, &install)) {
        return Ok(Err(trouble));
    }
    std::fs::write(&stamp, wanted).map_err(|cause| Trouble::File { path: stamp, cause })?;
    Ok(Ok(()))
}

/// The strangers' own scripts, against the release build.
fn strangers(stage: &mut Stage<'_>) -> Result<Ending, Trouble> {
    let home = stage.shell.tools().join(STRANGERS[0].0);
    if !home.join(LAID).is_file() {
        return Ok(Ending::LeftOut("their Python home could not be laid".into()));
    }
    let mut command = stage.shell.command("", "bash", &["tests/strangers/run.sh"]);
    command.env("FOOTBRIDGE", stage.binary("footbridge")).env("PYTHON", stage.python(STRANGERS[0].0));
    if let Some(folder) = stage.python(STRANGERS[1].0).parent() {
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

    fn binary(&self, name: &str) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.shell.root.join("target"), PathBuf::from);
        target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    fn python(&self, home: &str) -> PathBuf {
        let (folder, name) = if cfg!(windows) { ("Scripts", "python.exe") } else { ("bin", "python") };
        self.shell.tools().join(home).join(folder).join(name)
    }

    fn frontier(&self) -> Option<Vec<u8>> {
        std::fs::read(self.shell.root.join("ui").join("src").join("ipc.gen.ts")).ok()
    }
}
