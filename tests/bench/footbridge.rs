//! Footbridge's own side: the command line as it is handed out, with a folder of its own for each connection.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::process;
use crate::scene::Scene;

/// The last step of what every side does: registered, with permissions, secret and consent, and the grants proven.
const UNTIL: &str = "confirm";

/// The program, or why it is not measured.
pub fn program() -> Result<PathBuf, &'static str> {
    process::named("FOOTBRIDGE").ok_or("footbridge is not built")
}

/// One connection on a computer of its own.
pub struct Home {
    folder: TempDir,
}

impl Home {
    /// A new folder, and the answers: the name of the application, which nobody else has in this tenant.
    pub fn new(application: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let answers = format!("application-name = \"{application}\"\n");
        std::fs::write(folder.path().join("answers.toml"), answers).unwrap();
        std::fs::write(folder.path().join("vault.txt"), "a passphrase of the bench").unwrap();
        Self { folder }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Sets TARGETconnect up, or looks whether anything is left to do.
    pub fn set_up(&self, scene: &Scene) -> Duration {
        let mut command = self.command();
        command.args(["run", "targetconnect", "--connection", "Bench", "--until", UNTIL, "--yes", "--json"]);
        command.arg("--answers").arg(self.folder.path().join("answers.toml"));
        command.arg("--cloud").arg(scene.cloud_file());
        command.arg("--out").arg(self.folder.path().join("out"));
        process::run(command).0
    }

    /// The program with its folder and vault; what it is to do comes behind.
    pub fn command(&self) -> Command {
        let program = program().unwrap_or_else(|why| panic!("{why}"));
        let mut command = process::program(&program);
        command.arg("--data-dir").arg(self.folder.path().join("data"));
        // The keyring is the usual vault; it is taken where it is a throw-away one.
        if std::env::var_os("FOOTBRIDGE_TEST_KEYRING").is_some() {
            command.args(["--vault", "keyring"]);
        } else {
            command.args(["--vault", "passphrase", "--vault-passphrase-file"]);
            command.arg(self.folder.path().join("vault.txt"));
        }
        command
    }
}
