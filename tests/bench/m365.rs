//! The CLI for Microsoft 365, whose one command does the same. Its hosts cannot be chosen, so a few lines that are loaded before
//! it lead Microsoft's two names to the pretend tenant (`lead.cjs`).

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::process;
use crate::scene::Scene;

const LEAD: &str = include_str!("lead.cjs");

const PERMISSIONS: &str =
    "https://graph.microsoft.com/OnlineMeetings.ReadWrite.All,https://graph.microsoft.com/User.ReadBasic.All";

/// The CLI for Microsoft 365, signed in at a tenant.
pub struct M365<'a> {
    scene: &'a Scene,
    program: PathBuf,
    folder: TempDir,
    /// Its name and version.
    pub name: String,
}

impl<'a> M365<'a> {
    /// Signs in, or says why it is left out.
    pub fn sign_in(scene: &'a Scene) -> Result<Self, &'static str> {
        const MISSING: &str = "the CLI for Microsoft 365 is not on this machine";
        let home = process::named("FOOTBRIDGE_M365").ok_or(MISSING)?.join("node_modules");
        let program = home.join(".bin").join("m365");
        let manifest = home.join("@pnp").join("cli-microsoft365").join("package.json");
        let manifest = std::fs::read_to_string(manifest).map_err(|_| MISSING)?;
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let name = format!("CLI for Microsoft 365 {}", manifest["version"].as_str().unwrap_or_default());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lead.cjs"), LEAD).unwrap();
        let m365 = Self { scene, program, folder, name };
        m365.run(&["cli", "config", "set", "--key", "disableTelemetry", "--value", "true"]);
        let told = scene.told();
        let way = ["login", "--authType", "deviceCode", "--appId", &told.client_id, "--tenant", &told.tenant];
        m365.run(&way);
        Ok(m365)
    }

    /// Makes an application with two permissions, a service principal, a secret and the consent.
    pub fn set_up(&self, application: &str) -> Duration {
        let words = ["entra", "app", "add", "--name", application, "--apisApplication", PERMISSIONS];
        self.run(&[&words[..], &["--withSecret", "--grantAdminConsent", "--output", "json"]].concat())
    }

    fn run(&self, words: &[&str]) -> Duration {
        let mut command: Command = process::program(&self.program);
        command.args(words).env("HOME", self.folder.path()).env("XDG_CONFIG_HOME", self.folder.path());
        command.env("NODE_EXTRA_CA_CERTS", self.scene.authority()).env("NO_UPDATE_NOTIFIER", "1");
        command.env("NODE_OPTIONS", format!("--require={}", self.folder.path().join("lead.cjs").display()));
        command.env("PRETEND_TENANT_PORT", self.scene.port().to_string());
        process::run(command).0
    }
}
