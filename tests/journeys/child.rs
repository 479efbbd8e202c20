//! The real program `footbridge` as a child, at a pretend tenant of this process; named by FOOTBRIDGE, or in the
//! folder of the test binaries. Its device codes are approved as they are shown.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use footbridge_tests::{PretendTeams, Tenant};
use serde_json::Value;
use tempfile::TempDir;

pub struct Home {
    pub folder: TempDir,
    pub tenant: Tenant,
    /// The public key that bundles are sealed to; a passphrase otherwise.
    pub recipient: Option<PathBuf>,
}

pub struct Ended {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// Arguments and environment of the child while it ran.
    pub process: Vec<u8>,
}

/// Where the program is, or a sentence on the console that its tests are left out.
pub fn program() -> Option<PathBuf> {
    let here = std::env::current_exe().unwrap();
    let built = here.parent().unwrap().parent().unwrap().join("footbridge");
    let program = std::env::var_os("FOOTBRIDGE").map_or(built, PathBuf::from);
    if program.is_file() {
        return Some(program);
    }
    let sentence = format!("{} is not built; build footbridge or name it in FOOTBRIDGE", program.display());
    assert!(!footbridge_tests::strangers_are_required(), "{sentence}");
    eprintln!("LEFT OUT: {sentence}");
    None
}

impl Home {
    pub async fn open() -> Self {
        let settings = simulator::Settings {
            teams_delay: std::time::Duration::ZERO,
            poll_interval: std::time::Duration::from_secs(1),
            ..simulator::Settings::default()
        };
        let home = Self {
            folder: tempfile::tempdir().unwrap(),
            tenant: Tenant::start(settings).await,
            recipient: None,
        };
        home.tenant.cloud_file(home.path());
        std::fs::write(home.path().join("vault.txt"), "vault passphrase of the child").unwrap();
        let operators = home.tenant.operators(2).await;
        let text = footbridge_tests::answers(&operators)
            .iter()
            .map(|(ask, value)| format!("{ask} = {value}\n"))
            .collect::<String>();
        std::fs::write(home.path().join("answers.toml"), text).unwrap();
        footbridge_tests::write_guides(&home.path().join("guides"));
        for folder in ["out", "tmp", "home"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        home
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program with these arguments.
    pub fn run(&self, program: &Path, arguments: &[&str], crash_at: Option<&str>) -> Ended {
        let at = |name: &str| self.path().join(name);
        let mut command = Command::new(program);
        command.args(["--data-dir"]).arg(at("data")).args([
            "--vault",
            "passphrase",
            "--vault-passphrase-file",
        ]);
        command.arg(at("vault.txt")).arg("--guides").arg(at("guides")).args(arguments);
        if !matches!(arguments.first(), Some(&"journal" | &"bundle" | &"renewals" | &"deliver")) {
            command.arg("--cloud").arg(at("pretend.toml"));
        }
        command.env_clear().env("HOME", at("home")).env("TMPDIR", at("tmp")).env("PATH", "/usr/bin:/bin");
        if let Some(place) = crash_at {
            command.env("FOOTBRIDGE_CRASH_AT", place);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
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
            if let Ok(event) = serde_json::from_str::<Value>(&line)
                && event["event"] == "device-code"
            {
                let code = event["user_code"].as_str().unwrap();
                self.tenant.control().approve(code, "a.weber").unwrap();
            }
            stdout.extend(line.into_bytes());
            stdout.push(b'\n');
        }
        let code = child.wait().unwrap().code();
        Ended { code, stdout, stderr: errors.join().unwrap(), process }
    }

    /// One run of the whole guide.
    pub fn guide(&self, program: &Path, crash_at: Option<&str>) -> Ended {
        let at = |name: &str| self.path().join(name).display().to_string();
        let (answers, out) = (at("answers.toml"), at("out"));
        let passphrase = at(&format!("passphrase-{}.txt", std::fs::read_dir(self.path()).unwrap().count()));
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

    /// The Teams admin's part: script out, result back. False where the step is not ready for it.
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
