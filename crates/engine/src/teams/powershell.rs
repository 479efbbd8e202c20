//! PowerShell 7 on this computer: its full path is resolved once and shown; arguments are constants, parameters go to
//! standard input only, and the result is taken only from between two random markers.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};

use super::{Script, TeamsShell, TeamsShellError, TeamsState};
use crate::own_file;
use crate::random::Randomness;

const LIMIT: Duration = Duration::from_secs(600);
/// A result is a line; the longest lists some thousand users.
const MOST: u64 = 4 * 1024 * 1024;

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
    limit: Duration,
}

impl PowerShell {
    /// Looks for `pwsh` in the folders of PATH.
    pub fn new(random: Arc<dyn Randomness>) -> Self {
        let folders =
            std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
        Self::in_folders(random, folders)
    }

    /// Looks for `pwsh` in these folders only.
    pub fn in_folders(random: Arc<dyn Randomness>, folders: Vec<PathBuf>) -> Self {
        Self { random, folders, limit: LIMIT }
    }

    /// Gives a script so long instead of ten minutes.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
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
        // A group of its own, so that whatever it starts can be ended with it.
        #[cfg(unix)]
        command.process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    async fn version(&self, script: Script) -> Option<(PathBuf, String)> {
        let program = self.program()?;
        let mut command = Self::command(&program);
        command.args(["-Command", probe(script)]);
        let limit = self.limit.min(Duration::from_secs(60));
        let said = converse(command, &[], limit).await.ok()?;
        let version = said.output.trim().to_owned();
        version.starts_with(|first: char| first.is_ascii_digit()).then_some((program, version))
    }

    async fn run_script(&self, script: Script, parameters: &Value) -> Result<Value, TeamsShellError> {
        let (program, _) = self.version(script).await.ok_or(TeamsShellError::Missing(script.module()))?;
        let folder = std::env::temp_dir().join(format!("footbridge-{}", self.random.id()));
        let path = folder.join(script.file_name());
        let written = write_script(&folder, &path, script);
        written.map_err(|error| failed(&error.to_string()))?;
        let marker = format!("--{}--", self.random.id());
        let outcome = self.exchange(&program, &path, parameters, &marker).await;
        // What is left behind would only be the fixed script.
        let _ = std::fs::remove_dir_all(&folder);
        outcome
    }

    async fn exchange(
        &self,
        program: &PathBuf,
        script: &std::path::Path,
        parameters: &Value,
        marker: &str,
    ) -> Result<Value, TeamsShellError> {
        let mut parameters = parameters.clone();
        parameters["marker"] = json!(marker);
        let mut command = Self::command(program);
        command.arg("-File").arg(script);
        let said = converse(command, format!("{parameters}\n").as_bytes(), self.limit).await?;
        let between = said.output.split(marker).nth(1).ok_or_else(|| failed(&said.errors))?;
        serde_json::from_str(between).map_err(|_| failed("its result is not JSON"))
    }
}

/// What a child said, each part at most [`MOST`] bytes.
struct Said {
    output: String,
    errors: String,
}

/// Starts a child, gives it its input, and takes what it says. Past the limit, or when it says too much, it is ended with
/// everything that it started.
async fn converse(mut command: Command, input: &[u8], limit: Duration) -> Result<Said, TeamsShellError> {
    let told = |error: std::io::Error| failed(&error.to_string());
    let mut child = command.spawn().map_err(told)?;
    let _group = Group::of(&child);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let talk = async {
        let (_, output, errors) = tokio::join!(give(stdin, input), take(stdout), take(stderr));
        let said = Said { output: output?, errors: errors? };
        child.wait().await.map_err(told)?;
        Ok(said)
    };
    tokio::time::timeout(limit, talk).await.map_err(|_| TeamsShellError::Slow)?
}

/// Whether the child reads its input is its own affair: what counts is its answer.
async fn give(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(input).await;
    }
}

async fn take(pipe: Option<impl AsyncRead + Unpin>) -> Result<String, TeamsShellError> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let read = pipe.take(MOST + 1).read_to_end(&mut bytes).await;
        read.map_err(|error| failed(&error.to_string()))?;
    }
    match u64::try_from(bytes.len()).is_ok_and(|length| length <= MOST) {
        true => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        false => Err(failed("it said more than a result can be")),
    }
}

fn failed(why: &str) -> TeamsShellError {
    TeamsShellError::Failed { why: why.chars().take(400).collect::<String>().escape_debug().to_string() }
}

/// Ends a child's process group when it is dropped: PowerShell starts programs of its own. On Windows only the child itself
/// is ended.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let number = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: number.and_then(rustix::process::Pid::from_raw) }
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // Nobody is left where all have ended by themselves.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

fn write_script(folder: &std::path::Path, path: &std::path::Path, script: Script) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    own_file::write(path, script.text().as_bytes())
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
