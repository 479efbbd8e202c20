//! PowerShell 7 on this computer: its full path is resolved once and shown; arguments are constants, parameters go to
//! standard input only, and the result is taken only from between two random markers.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::{Script, TeamsShell, TeamsShellError, TeamsState};
use crate::random::Randomness;

const LIMIT: Duration = Duration::from_secs(600);

/// Asks for the newest version of a script's module. The name is a constant of ours.
fn probe(script: Script) -> &'static str {
    match script {
        Script::Teams => {
            "(Get-Module -ListAvailable -Name MicrosoftTeams | Sort-Object Version | Select-Object -Last 1).Version.ToString()"
        }
        Script::Exchange => {
            "(Get-Module -ListAvailable -Name ExchangeOnlineManagement | Sort-Object Version | Select-Object -Last 1).Version.ToString()"
        }
    }
}

/// The real one.
pub struct PowerShell {
    random: Arc<dyn Randomness>,
    folders: Vec<PathBuf>,
}

impl PowerShell {
    /// Looks for `pwsh` in the folders of PATH.
    pub fn new(random: Arc<dyn Randomness>) -> Self {
        let folders =
            std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
        Self { random, folders }
    }

    /// Looks for `pwsh` in these folders only.
    pub fn in_folders(random: Arc<dyn Randomness>, folders: Vec<PathBuf>) -> Self {
        Self { random, folders }
    }

    fn program(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "pwsh.exe" } else { "pwsh" };
        self.folders
            .iter()
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .find(|program| program.is_file())
            .and_then(|program| program.canonicalize().ok())
    }

    fn command(program: &PathBuf) -> Command {
        let mut command = Command::new(program);
        command.args(["-NoProfile", "-NonInteractive"]).kill_on_drop(true);
        command
    }

    async fn version(&self, script: Script) -> Option<(PathBuf, String)> {
        let program = self.program()?;
        let asked = Self::command(&program).args(["-Command", probe(script)]).stdin(Stdio::null()).output();
        let output = tokio::time::timeout(Duration::from_secs(60), asked).await.ok()?.ok()?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        version.starts_with(|first: char| first.is_ascii_digit()).then_some((program, version))
    }

    async fn run_script(&self, script: Script, parameters: &Value) -> Result<Value, TeamsShellError> {
        let failed = |why: &str| TeamsShellError::Failed { why: why.escape_debug().to_string() };
        let (program, _) = self.version(script).await.ok_or(TeamsShellError::Missing(script.module()))?;
        let folder = std::env::temp_dir().join(format!("footbridge-{}", self.random.id()));
        let path = folder.join(script.file_name());
        let written = write_script(&folder, &path, script);
        written.map_err(|error| failed(&error.to_string()))?;
        let marker = format!("--{}--", self.random.id());
        let outcome = Self::exchange(&program, &path, parameters, &marker).await;
        // What is left behind would only be the fixed script.
        let _ = std::fs::remove_dir_all(&folder);
        outcome
    }

    async fn exchange(
        program: &PathBuf,
        script: &std::path::Path,
        parameters: &Value,
        marker: &str,
    ) -> Result<Value, TeamsShellError> {
        let failed = |why: &str| TeamsShellError::Failed {
            why: why.chars().take(400).collect::<String>().escape_debug().to_string(),
        };
        let mut parameters = parameters.clone();
        parameters["marker"] = json!(marker);
        let mut child = Self::command(program)
            .arg("-File")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error.to_string()))?;
        if let Some(mut input) = child.stdin.take() {
            let line = format!("{parameters}\n");
            input.write_all(line.as_bytes()).await.map_err(|error| failed(&error.to_string()))?;
        }
        let output = tokio::time::timeout(LIMIT, child.wait_with_output())
            .await
            .map_err(|_| TeamsShellError::Slow)?
            .map_err(|error| failed(&error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let between =
            text.split(marker).nth(1).ok_or_else(|| failed(&String::from_utf8_lossy(&output.stderr)))?;
        serde_json::from_str(between).map_err(|_| failed("its result is not JSON"))
    }
}

fn write_script(folder: &std::path::Path, path: &std::path::Path, script: Script) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    std::fs::write(path, script.text())
}

impl TeamsShell for PowerShell {
    fn find(&self, script: Script) -> BoxFuture<'_, TeamsState> {
        async move {
            match self.version(script).await {
                Some((program, version)) => {
                    TeamsState::Found { program: program.display().to_string(), version }
                }
                None => TeamsState::Missing,
            }
        }
        .boxed()
    }

    fn run<'a>(
        &'a self,
        script: Script,
        parameters: &'a Value,
    ) -> BoxFuture<'a, Result<Value, TeamsShellError>> {
        self.run_script(script, parameters).boxed()
    }
}
