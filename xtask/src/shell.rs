//! Starts other programs, from the project's root, with the project's own tools first on the path.
//! It must never use a shell's string: every argument is passed as it is.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::trouble::Trouble;

/// Where commands are run, and with which search path.
#[derive(Clone)]
pub struct Shell {
    /// The project's root.
    pub root: PathBuf,
    path: OsString,
}

impl Shell {
    /// The shell of the project that this program was built in.
    pub fn here() -> Result<Self, Trouble> {
        let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        if !root.join("Cargo.toml").is_file() {
            return Err(Trouble::Missing(
                "the project has moved since xtask was built; run cargo xtask again".into(),
            ));
        }
        Ok(Self { root, path: std::env::var_os("PATH").unwrap_or_default() })
    }

    /// Puts a folder before all others on the search path.
    pub fn prefer(&mut self, folder: &Path) {
        let mut folders = vec![folder.to_path_buf()];
        folders.extend(std::env::split_paths(&self.path).filter(|other| other != folder));
        if let Ok(path) = std::env::join_paths(folders) {
            self.path = path;
        }
    }

    /// The project's own tools: below `target`, never committed.
    pub fn tools(&self) -> PathBuf {
        self.root.join("target").join("tools")
    }

    /// Where a program is, if it is on the search path.
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        let names = if cfg!(windows) {
            vec![format!("{program}.exe"), format!("{program}.cmd")]
        } else {
            vec![program.to_owned()]
        };
        std::env::split_paths(&self.path)
            .flat_map(|folder| names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>())
            .find(|candidate| candidate.is_file())
    }

    /// A program with its arguments, in a folder below the root.
    pub fn command(&self, folder: &str, program: &str, arguments: &[&str]) -> Command {
        let found = self.find(program).unwrap_or_else(|| PathBuf::from(program));
        let mut command = Command::new(found);
        command.args(arguments).current_dir(self.root.join(folder)).env("PATH", &self.path);
        // What cargo tells this program about itself is not meant for the programs it starts.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name.as_ref());
            }
        }
        command
    }

    /// Runs a program to its end, shown as it goes; another code than 0 is an error.
    pub fn run(&self, folder: &str, program: &str, arguments: &[&str]) -> Result<(), Trouble> {
        finish(self.command(folder, program, arguments))
    }

    /// What a program prints, if it ends with 0.
    pub fn answer(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = self.command("", program, arguments).stdin(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Runs a prepared command to its end, shown as it goes.
pub fn finish(mut command: Command) -> Result<(), Trouble> {
    let text = words(&command);
    println!("\n$ {text}");
    let status = command.status().map_err(|cause| not_started(&command, cause))?;
    judge(text, status)
}

/// Runs a prepared command, shows its error stream as it goes, and returns the last line that holds `mark`.
pub fn finish_watching(mut command: Command, mark: &str) -> (Result<(), Trouble>, Option<String>) {
    let text = words(&command);
    println!("\n$ {text}");
    let mut child = match command.stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(cause) => return (Err(not_started(&command, cause)), None),
    };
    let mut seen = None;
    if let Some(stream) = child.stderr.take() {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let mut out = std::io::stderr().lock();
            // A terminal that went away must not end the run.
            let _ = out.write_all(&line).and_then(|()| out.write_all(b"\n"));
            let line = String::from_utf8_lossy(&line);
            if line.contains(mark) {
                seen = Some(line.trim().to_owned());
            }
        }
    }
    let verdict = child.wait().map_err(|cause| not_started(&command, cause));
    (verdict.and_then(|status| judge(text, status)), seen)
}

/// Runs a prepared command silently for at most `limit`.
pub fn finish_within(mut command: Command, limit: Duration) -> Result<(), Trouble> {
    let text = words(&command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|cause| not_started(&command, cause))?;
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return judge(text, status),
            Ok(None) if start.elapsed() < limit => std::thread::sleep(Duration::from_millis(200)),
            _ => {
                // It may have ended in this very moment; either way it is gone afterwards.
                let _ = child.kill();
                let _ = child.wait();
                return Err(Trouble::TooLong { command: text, seconds: limit.as_secs() });
            }
        }
    }
}

fn judge(command: String, status: std::process::ExitStatus) -> Result<(), Trouble> {
    if status.success() { Ok(()) } else { Err(Trouble::Ended { command, code: status.code() }) }
}

fn not_started(command: &Command, cause: std::io::Error) -> Trouble {
    Trouble::NotStarted { program: command.get_program().to_string_lossy().into_owned(), cause }
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_without_its_folder() {
        let mut command = Command::new("/somewhere/deep/cargo");
        command.args(["fmt", "--check"]);
        assert_eq!(words(&command), "cargo fmt --check");
    }

    #[test]
    fn a_preferred_folder_comes_first_and_once() {
        let mut shell = Shell { root: PathBuf::from("."), path: OsString::from("first") };
        shell.prefer(Path::new("second"));
        shell.prefer(Path::new("second"));
        let folders: Vec<_> = std::env::split_paths(&shell.path).collect();
        assert_eq!(folders, [PathBuf::from("second"), PathBuf::from("first")]);
    }
}
