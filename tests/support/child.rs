//! The real program `footbridge` as a child, at a pretend tenant of this process; named by FOOTBRIDGE, or in the
//! folder of the test binaries. Its device codes are approved as they are made.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{PretendTeams, Tenant};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tempfile::TempDir;

/// The passphrase of each child's vault.
pub const CHILD_PASSPHRASE: &str = "vault passphrase of the child";

/// What the child finds: a folder of its own and a tenant.
pub struct Home {
    /// Holds `data`, `out`, `tmp`, `home` and the files that the child is given.
    pub folder: TempDir,
    /// The tenant, in this process.
    pub tenant: Tenant,
    /// The public key that bundles are sealed to; a passphrase otherwise.
    pub recipient: Option<PathBuf>,
    /// What the program is started by, such as `strace` with its options; nothing by default.
    pub before: Vec<String>,
    /// Variables beside HOME, TMPDIR and PATH.
    pub environment: Vec<(String, String)>,
    /// `passphrase` or `keyring`.
    pub vault: &'static str,
}

/// A child that has ended.
pub struct Ended {
    /// `None` where it was killed.
    pub code: Option<i32>,
    /// All of standard output.
    pub stdout: Vec<u8>,
    /// All of standard error.
    pub stderr: Vec<u8>,
    /// Arguments and environment of the child while it ran.
    pub process: Vec<u8>,
}

impl Ended {
    /// What it printed, for a failed assertion.
    #[must_use]
    pub fn told(&self) -> String {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        format!("{:?}\n{}\n{}", self.code, text(&self.stdout), text(&self.stderr))
    }
}

/// Where the program is, or a sentence on the console that its tests are left out.
///
/// # Panics
/// When it is missing and all strangers are required.
#[must_use]
pub fn program() -> Option<PathBuf> {
    let here = std::env::current_exe().unwrap();
    let built = here.parent().unwrap().parent().unwrap().join("footbridge");
    let program = std::env::var_os("FOOTBRIDGE").map_or(built, PathBuf::from);
    if program.is_file() {
        return Some(program);
    }
    let sentence = format!("{} is not built; build footbridge or name it in FOOTBRIDGE", program.display());
    assert!(!crate::strangers_are_required(), "{sentence}");
    eprintln!("LEFT OUT: {sentence}");
    None
}

/// What left in bundles.
pub struct HandedOver {
    /// The secret fields, as the product reads them.
    pub secrets: Vec<String>,
    /// The passphrases that were made.
    pub phrases: Vec<String>,
    /// Bundles that none of them opens: a run was killed before it told the passphrase.
    pub unopened: Vec<PathBuf>,
}

/// Every plain file below a folder.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let (path, kind) = entry.map(|entry| (entry.path(), entry.file_type().unwrap())).unwrap();
        if kind.is_dir() {
            files.extend(below(&path));
        } else if kind.is_file() {
            files.push(path);
        }
    }
    files
}

impl Home {
    /// A home with a tenant that lets policies of Teams come at once.
    ///
    /// # Panics
    /// When the scenery does not stand.
    pub async fn open() -> Self {
        Self::open_in(&std::env::temp_dir()).await
    }

    /// The same below a folder, such as one in memory.
    ///
    /// # Panics
    /// As [`Home::open`].
    pub async fn open_in(folder: &Path) -> Self {
        let settings = simulator::Settings {
            teams_delay: std::time::Duration::ZERO,
            // Before the program asks for the first time, so that nobody waits; the sign-in has journeys of its own.
            approve_as: Some("a.weber".to_owned()),
            poll_interval: std::time::Duration::from_secs(1),
            ..simulator::Settings::default()
        };
        let home = Self {
            folder: tempfile::tempdir_in(folder).unwrap(),
            tenant: Tenant::start(settings).await,
            recipient: None,
            before: Vec::new(),
            environment: Vec::new(),
            vault: "passphrase",
        };
        home.tenant.cloud_file(home.path());
        std::fs::write(home.path().join("vault.txt"), CHILD_PASSPHRASE).unwrap();
        let operators = home.tenant.operators(2).await;
        let text = crate::answers(&operators)
            .iter()
            .map(|(ask, value)| format!("{ask} = {value}\n"))
            .collect::<String>();
        std::fs::write(home.path().join("answers.toml"), text).unwrap();
        crate::write_guides(&home.path().join("guides"));
        for folder in ["out", "tmp", "home"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        home
    }

    /// The same with a vault that opens at once, for what starts the program often and does not ask how a vault is made.
    #[must_use]
    pub fn with_quick_vault(self) -> Self {
        crate::quick_vault::lay(&self.path().join("data"));
        self
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program with these arguments.
    ///
    /// # Panics
    /// When it does not start.
    pub fn run(&self, program: &Path, arguments: &[&str], crash_at: Option<&str>) -> Ended {
        let mut child = self.command(program, arguments, crash_at).spawn().unwrap();
        let mut errors = child.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut kept = Vec::new();
            errors.read_to_end(&mut kept).unwrap();
            kept
        });
        let (mut stdout, mut process) = (Vec::new(), Vec::new());
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            for file in ["cmdline", "environ"] {
                process.extend(std::fs::read(format!("/proc/{}/{file}", child.id())).unwrap_or_default());
            }
            self.heed(&line);
            stdout.extend(line.into_bytes());
            stdout.push(b'\n');
        }
        let code = child.wait().unwrap().code();
        Ended { code, stdout, stderr: errors.join().unwrap(), process }
    }

    /// Approves the device code in a line of the child, where it is this tenant's, and answers the event's name.
    pub fn heed(&self, line: &str) -> String {
        let Ok(event) = serde_json::from_str::<Value>(line) else { return String::new() };
        let name = event["event"].as_str().unwrap_or_default();
        if name == "device-code" {
            // A child that rehearses shows a code of a tenant of its own.
            let _ = self.tenant.control().approve(event["user_code"].as_str().unwrap_or_default(), "a.weber");
        }
        name.to_owned()
    }

    /// The program with these arguments, ready to be started.
    #[must_use]
    pub fn command(&self, program: &Path, arguments: &[&str], crash_at: Option<&str>) -> Command {
        let at = |name: &str| self.path().join(name);
        let mut command = match self.before.split_first() {
            Some((first, more)) => {
                let mut command = Command::new(first);
                command.args(more).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(["--data-dir"]).arg(at("data")).args(["--vault", self.vault]);
        if self.vault == "passphrase" {
            command.arg("--vault-passphrase-file").arg(at("vault.txt"));
        }
        command.arg("--guides").arg(at("guides")).args(arguments);
        let local = [
            "bundle",
            "cert",
            "connections",
            "deliver",
            "guide",
            "journal",
            "receive",
            "rehearse",
            "renewals",
        ];
        if arguments.first().is_some_and(|command| !local.contains(command)) {
            command.arg("--cloud").arg(at("pretend.toml"));
        }
        command.env_clear().env("HOME", at("home")).env("TMPDIR", at("tmp")).env("PATH", "/usr/bin:/bin");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(place) = crash_at {
            command.env("FOOTBRIDGE_CRASH_AT", place);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// One run of the whole guide.
    ///
    /// # Panics
    /// As [`Home::run`].
    pub fn guide(&self, program: &Path, crash_at: Option<&str>) -> Ended {
        let at = |name: &str| self.path().join(name).display().to_string();
        let (answers, out) = (at("answers.toml"), at("out"));
        let passphrase = self.new_passphrase().display().to_string();
        let sealed = match &self.recipient {
            Some(key) => ["--recipient".to_owned(), key.display().to_string()],
            None => ["--passphrase-file".to_owned(), passphrase],
        };
        let arguments = [
            "run",
            "targetconnect",
            "--connection",
            "Pilot",
            "--answers",
            &answers,
            "--out",
            &out,
            "--yes",
            "--json",
            &sealed[0],
            &sealed[1],
        ];
        self.run(program, &arguments, crash_at)
    }

    /// One run of a pretend product's guide, sealed to a passphrase in a new file.
    ///
    /// # Panics
    /// As [`Home::run`].
    pub fn product(&self, program: &Path, guide: &str, crash_at: Option<&str>) -> Ended {
        let (out, passphrase) = (self.path().join("out"), self.new_passphrase());
        let (out, passphrase) = (out.display().to_string(), passphrase.display().to_string());
        let given = ["--out", &out, "--yes", "--json", "--passphrase-file", &passphrase];
        self.run(program, &[&["run", guide, "--connection", "Pilot"], given.as_slice()].concat(), crash_at)
    }

    /// The secrets of every bundle below a folder that one of the made passphrases opens, with those passphrases, and the
    /// bundles that none opens.
    ///
    /// # Panics
    /// When a file cannot be read.
    #[must_use]
    pub fn handed_over(&self, folder: &Path) -> HandedOver {
        let files = below(self.path());
        let is_phrase =
            |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains("phrase"));
        let phrases: Vec<String> = files
            .iter()
            .filter(is_phrase)
            .map(|path| std::fs::read_to_string(path).unwrap().trim().to_owned())
            .collect();
        let (mut secrets, mut unopened) = (Vec::new(), Vec::new());
        for path in
            below(folder).iter().filter(|path| path.extension().is_some_and(|kind| kind == "footbridge"))
        {
            let sealed = std::fs::read_to_string(path).unwrap();
            let opened = phrases.iter().find_map(|phrase| {
                let mut seen = bundle::SeenInMemory::without_offer().and_rehearsals();
                let phrase = SecretString::from(phrase.clone());
                bundle::open_with_passphrase(&sealed, &phrase, self.tenant.control().now(), &mut seen).ok()
            });
            let Some(opened) = opened else {
                unopened.push(path.clone());
                continue;
            };
            secrets.extend(opened.payload.fields.iter().filter_map(|field| match &field.value {
                bundle::FieldValue::Secret(secret) => Some(secret.expose_secret().to_owned()),
                bundle::FieldValue::Plain(_) => None,
            }));
        }
        HandedOver { secrets, phrases, unopened }
    }

    /// Where the passphrase of the next bundle goes.
    fn new_passphrase(&self) -> PathBuf {
        let count = std::fs::read_dir(self.path()).unwrap().count();
        self.path().join(format!("passphrase-{count}.txt"))
    }

    /// The Teams admin's part: script out, result back. False where the step is not ready for it.
    ///
    /// # Panics
    /// As [`Home::run`].
    pub fn teams(&self, program: &Path, step: &str) -> bool {
        let packet =
            self.path().join(format!("packet-{step}-{}", std::fs::read_dir(self.path()).unwrap().count()));
        std::fs::create_dir(&packet).unwrap();
        let folder = packet.display().to_string();
        let common = ["--connection", "Pilot", "--step", step, "--json"];
        let ended =
            self.run(program, &[&["teams", "script", "--out", &folder], common.as_slice()].concat(), None);
        let Ok(parameters) = std::fs::read_to_string(packet.join("parameters.json")) else {
            assert_ne!(ended.code, Some(0));
            return false;
        };
        let teams = PretendTeams::missing(self.tenant.control());
        let result = teams.perform(&serde_json::from_str(&parameters).unwrap()).unwrap();
        let file = packet.join("result.json");
        std::fs::write(&file, result.to_string()).unwrap();
        let file = file.display().to_string();
        let ended = self.run(program, &[&["teams", "result", &file], common.as_slice()].concat(), None);
        ended.code == Some(0)
    }

    /// Runs again, with the Teams admin at hand, until everything is done.
    ///
    /// # Panics
    /// When it is not done after five runs.
    pub fn to_the_end(&self, program: &Path) -> Vec<Ended> {
        let mut runs = Vec::new();
        for _ in 0..5 {
            runs.push(self.guide(program, None));
            if runs.last().unwrap().code == Some(0) {
                return runs;
            }
            for step in ["policy", "assign"] {
                self.teams(program, step);
            }
        }
        let last = runs.last().unwrap();
        panic!(
            "not done: {:?}\n{}\n{}",
            last.code,
            String::from_utf8_lossy(&last.stdout),
            String::from_utf8_lossy(&last.stderr)
        );
    }
}
