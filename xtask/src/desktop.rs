//! What the tests stand on: a pretend display with an unlocked throw-away keyring, and the programs that they click in
//! and call. It must never touch the keyring of whoever runs it.

use std::path::PathBuf;
use std::process::Command;

use crate::shell::Shell;
use crate::strangers;
use crate::trouble::Trouble;

/// Which of the two builds of our programs is clicked in and called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// Built with the tests, in the same go, so that nothing is compiled twice.
    WithTests,
    /// What is handed out.
    Release,
}

impl Build {
    fn folder(self) -> &'static str {
        match self {
            Self::WithTests => "debug",
            Self::Release => "release",
        }
    }
}

/// The window with its own page in it instead of a developer's server. All tests are built with it too: another choice
/// of features would compile half of the packages a second time.
pub const FEATURES: [&str; 2] = ["--features", "footbridge-desktop/custom-protocol"];

/// A program of ours.
pub fn binary(shell: &Shell, build: Build, name: &str) -> PathBuf {
    target(shell).join(build.folder()).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Where cargo puts what it builds.
pub fn target(shell: &Shell) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| shell.root.join("target"), PathBuf::from)
}

/// Builds the programs: with all tests, or as they are handed out.
pub fn build(shell: &Shell, build: Build, locked: bool) -> Result<(), Trouble> {
    let what = match build {
        Build::WithTests => &["build", "--workspace", "--bins", "--tests", "--examples"][..],
        Build::Release => &["build", "--release", "-p", "footbridge-desktop", "-p", "cli"][..],
    };
    let locked = if locked { &["--locked"][..] } else { &[] };
    shell.run("", "cargo", &[what, &FEATURES, locked].concat())
}

/// The window with nothing in it that ours is compared with: an example of the window's own package.
pub fn empty_window(shell: &Shell) -> PathBuf {
    let name = format!("empty_window{}", std::env::consts::EXE_SUFFIX);
    target(shell).join(Build::Release.folder()).join("examples").join(name)
}

/// Builds it beside the programs that are handed out, so that what they share is built once.
pub fn build_empty_window(shell: &Shell, locked: bool) -> Result<(), Trouble> {
    let what = ["build", "--release", "-p", "footbridge-desktop", "-p", "cli", "--example", "empty_window"];
    let locked = if locked { &["--locked"][..] } else { &[] };
    shell.run("", "cargo", &[&what, &FEATURES[..], locked].concat())
}

/// Tells tests where the programs are that they call.
pub fn name_programs(shell: &Shell, build: Build, command: &mut Command) {
    command
        .env("FOOTBRIDGE_DESKTOP", binary(shell, build, "footbridge-desktop"))
        .env("FOOTBRIDGE", binary(shell, build, "footbridge"))
        .env("FOOTBRIDGE_STRANGERS", shell.tools().join(strangers::PYTHON))
        .env("FOOTBRIDGE_STRANGERS_NODE", shell.tools().join(strangers::NODE));
}

/// A program that runs tests, in a folder below the root, with a desktop of its own where the system is Linux.
pub fn command(shell: &Shell, folder: &str, words: &[&str]) -> Command {
    if cfg!(target_os = "linux") {
        with_desktop(shell, folder, words)
    } else {
        shell.command(folder, words[0], &words[1..])
    }
}

/// A pretend display, a session bus, and on it a keyring that is unlocked with an empty throw-away home.
fn with_desktop(shell: &Shell, folder: &str, words: &[&str]) -> Command {
    const KEYRING: &str = "home=$(mktemp -d); trap 'rm -rf \"$home\"' EXIT; \
        printf test-only | XDG_DATA_HOME=$home XDG_CACHE_HOME=$home XDG_RUNTIME_DIR=$home \
        gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; \
        \"$@\"";
    let screen = ["-a", "-s", "-screen 0 1280x900x24", "dbus-run-session", "--"];
    let inner = ["bash", "-c", KEYRING, "bash"];
    let mut command = shell.command(folder, "xvfb-run", &[&screen[..], &inner[..], words].concat());
    command.env("FOOTBRIDGE_TEST_KEYRING", "1");
    command
}
