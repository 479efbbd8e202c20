//! The Azure CLI doing the same by a script: six commands, the fewest that lead there. It refuses `admin-consent` in a cloud
//! that was registered by hand, so the two roles are assigned by `az rest`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::process;
use crate::scene::Scene;

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// OnlineMeetings.ReadWrite.All and User.ReadBasic.All, as the guide asks for them.
const ROLES: [&str; 2] = ["b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "97235f07-e226-4f63-ace3-39588e11d3a1"];

/// The Azure CLI, signed in at a tenant.
pub struct Azure<'a> {
    scene: &'a Scene,
    program: PathBuf,
    folder: TempDir,
    /// Its name and version.
    pub name: String,
}

impl<'a> Azure<'a> {
    /// Signs in, or says why it is left out.
    pub fn sign_in(scene: &'a Scene) -> Result<Self, &'static str> {
        const MISSING: &str = "the Azure CLI is not on this machine";
        // Called by its interpreter: its own script does no more, and names the folder that it was laid in first.
        let home = process::named("FOOTBRIDGE_AZURE").ok_or(MISSING)?;
        let program = home.join("bin").join("python");
        let mut tried = process::program(&program);
        tried.args(["-c", "import azure.cli"]);
        if !tried.status().is_ok_and(|status| status.success()) {
            return Err(MISSING);
        }
        let folder = tempfile::tempdir().unwrap();
        let mut azure = Self { scene, program, folder, name: String::new() };
        let told = scene.told();
        let (login, graph) = (&told.login, format!("{}/", told.graph));
        let slashed = format!("{login}/");
        let mut cloud = azure.command(&["cloud", "register", "-n", "Rehearsal", "--skip-endpoint-discovery"]);
        for (option, address) in [
            ("--endpoint-active-directory", login),
            ("--endpoint-active-directory-resource-id", &slashed),
            ("--endpoint-active-directory-graph-resource-id", &graph),
            ("--endpoint-microsoft-graph-resource-id", &graph),
            ("--endpoint-resource-manager", &slashed),
            ("--endpoint-management", &slashed),
        ] {
            cloud.args([option, address.as_str()]);
        }
        process::run(cloud);
        azure.answer(&["cloud", "set", "-n", "Rehearsal"]);
        azure.answer(&["login", "--use-device-code", "-t", &told.tenant, "--allow-no-subscriptions"]);
        let version = azure.answer(&["version", "--query", "\"azure-cli\"", "-o", "tsv"]);
        azure.name = format!("Azure CLI {version}");
        Ok(azure)
    }

    /// Makes an application with two permissions, a service principal, a secret and the consent.
    pub fn set_up(&self, application: &str) -> Duration {
        let roles = ROLES.map(|role| format!("{{\"id\":\"{role}\",\"type\":\"Role\"}}")).join(",");
        let wanted = format!("[{{\"resourceAppId\":\"{GRAPH}\",\"resourceAccess\":[{roles}]}}]");
        let start = std::time::Instant::now();
        let create = ["ad", "app", "create", "--display-name", application, "--required-resource-accesses"];
        let id = self.answer(&[&create[..], &[wanted.as_str(), "--query", "appId", "-o", "tsv"]].concat());
        let principal = self.answer(&["ad", "sp", "create", "--id", &id, "--query", "id", "-o", "tsv"]);
        self.answer(&[
            "ad",
            "app",
            "credential",
            "reset",
            "--id",
            &id,
            "--append",
            "--display-name",
            "Bench",
        ]);
        let resource = self.answer(&["ad", "sp", "show", "--id", GRAPH, "--query", "id", "-o", "tsv"]);
        for role in ROLES {
            self.assign(&principal, &resource, role);
        }
        start.elapsed()
    }

    fn assign(&self, principal: &str, resource: &str, role: &str) {
        let graph = &self.scene.told().graph;
        let address = format!("{graph}/v1.0/servicePrincipals/{principal}/appRoleAssignments");
        let body = format!(
            "{{\"principalId\":\"{principal}\",\"resourceId\":\"{resource}\",\"appRoleId\":\"{role}\"}}"
        );
        let headers = "Content-Type=application/json";
        let resource = format!("{graph}/");
        let words = ["rest", "--method", "POST", "--url", &address, "--resource", &resource];
        self.answer(&[&words[..], &["--headers", headers, "--body", &body]].concat());
    }

    fn answer(&self, words: &[&str]) -> String {
        process::answer(self.command(words))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = process::program(&self.program);
        let authority: &Path = &self.scene.authority();
        command.env("AZURE_CONFIG_DIR", self.folder.path());
        command.env("REQUESTS_CA_BUNDLE", authority).env("CURL_CA_BUNDLE", authority);
        for (name, value) in [
            ("AZURE_CORE_INSTANCE_DISCOVERY", "false"),
            ("AZURE_CORE_COLLECT_TELEMETRY", "false"),
            ("AZURE_CORE_OUTPUT", "json"),
            ("AZURE_CORE_ONLY_SHOW_ERRORS", "true"),
            ("AZURE_CORE_NO_COLOR", "true"),
            ("AZURE_CORE_LOGIN_EXPERIENCE_V2", "off"),
            ("PYTHONWARNINGS", "ignore"),
        ] {
            command.env(name, value);
        }
        command.args(["-m", "azure.cli"]).args(words);
        command
    }
}
