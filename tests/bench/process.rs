//! Programs as children: found, started without the machine's own proxies, timed, and heard when they fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The path in an environment variable, if something lies there.
pub fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.exists())
}

/// A program that talks to this computer only.
pub fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name);
    }
    command.env("NO_PROXY", "localhost,127.0.0.1").env("no_proxy", "localhost,127.0.0.1");
    command.stdin(Stdio::null());
    command
}

/// Runs it to its end.
///
/// # Panics
/// When it fails: a figure of a failure says nothing.
pub fn run(mut command: Command) -> (Duration, Output) {
    let start = Instant::now();
    let output = command.output().unwrap_or_else(|why| panic!("{command:?}: {why}"));
    let spent = start.elapsed();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{}\n{}",
        output.status,
        said(&output.stdout),
        said(&output.stderr)
    );
    (spent, output)
}

/// What it prints, without the blanks around it.
pub fn answer(command: Command) -> String {
    String::from_utf8_lossy(&run(command).1.stdout).trim().to_owned()
}
