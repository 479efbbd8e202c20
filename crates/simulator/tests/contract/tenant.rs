//! A tenant whose every call is written down as the judge wants to read it, and the verdict.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use simulator::graph::{self, Caller, CallerKind, GraphRequest};
use simulator::world::World;
use time::OffsetDateTime;

use crate::GLOBAL_ADMINISTRATOR;

pub struct Tenant {
    pub world: World,
    pub lines: Vec<Value>,
    pub caller: Caller,
}

impl Tenant {
    pub fn new() -> Tenant {
        let now = OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap();
        let mut world = World::seeded(1, 200, 12, now);
        let upn = format!("g.admin@{}", world.tenant.domain);
        let roles = [(GLOBAL_ADMINISTRATOR, "Global Administrator")];
        let object_id = world.settle_person(&upn, "Gesa Admin", None, &roles);
        let scopes = [
            "Application.ReadWrite.All",
            "AppRoleAssignment.ReadWrite.All",
            "DelegatedPermissionGrant.ReadWrite.All",
            "Directory.ReadWrite.All",
            "Directory.Read.All",
            "User.Read",
            "User.Read.All",
            "Policy.Read.All",
            "Policy.ReadWrite.ApplicationConfiguration",
            "Organization.Read.All",
            "OnlineMeetings.ReadWrite",
            "RoleManagement.Read.Directory",
            "Group.Read.All",
            "Domain.Read.All",
            "TeamsPolicyUserAssign.ReadWrite.All",
        ];
        let caller = Caller {
            kind: CallerKind::User {
                object_id,
                roles: vec![GLOBAL_ADMINISTRATOR.to_owned()],
                scopes: scopes.map(str::to_owned).to_vec(),
            },
        };
        Tenant { world, lines: Vec::new(), caller }
    }

    pub fn call(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> (u16, Value) {
        let caller = self.caller.clone();
        self.call_as(&caller, method, url, headers, body)
    }

    pub fn call_as(
        &mut self,
        caller: &Caller,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> (u16, Value) {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let mut headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let request = GraphRequest {
            method: method.to_owned(),
            path: format!("/v1.0{path}"),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: headers.clone(),
            body: body.clone(),
            origin: "https://localhost:4433".to_owned(),
        };
        let answer = graph::answer(&mut self.world, &request, caller);
        let as_object = |pairs: &[(String, String)]| -> Value {
            pairs
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let found = answer.body.unwrap_or(Value::Null);
        let logged_query = if query.is_empty() { String::new() } else { format!("?{query}") };
        self.lines.push(json!({"method": method, "url": format!("/v1.0{path}{logged_query}"),
            "request_headers": as_object(&headers), "request_body": body, "status": answer.status,
            "response_headers": as_object(&answer.headers), "response_body": found}));
        (answer.status, found)
    }

    pub fn get(&mut self, url: &str) -> Value {
        let (status, body) = self.call("GET", url, &[], None);
        assert_eq!(status, 200, "GET {url}: {body}");
        body
    }

    pub fn advanced(&mut self, url: &str) -> Value {
        let (status, body) = self.call("GET", url, &[("ConsistencyLevel", "eventual")], None);
        assert_eq!(status, 200, "GET {url}: {body}");
        body
    }

    pub fn write(&mut self, method: &str, url: &str, body: Option<Value>, wanted: u16) -> Value {
        let (status, found) = self.call(method, url, &[], body);
        assert_eq!(status, wanted, "{method} {url}: {found}");
        found
    }

    pub fn refused(&mut self, method: &str, url: &str, body: Option<Value>, wanted: u16) {
        let (status, found) = self.call(method, url, &[], body);
        assert_eq!(status, wanted, "{method} {url}: {found}");
        assert!(found["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{found}");
    }

    pub fn verdict(&self) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("traffic.jsonl");
        let text: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&log, text).unwrap();
        let Some(contract) = contract() else {
            eprintln!(
                "LEFT OUT: no contract beside the checkout and FOOTBRIDGE_CONTRACT is not set; {} exchanges are not judged",
                self.lines.len()
            );
            return;
        };
        let judge =
            |log: &Path| Command::new("python3").arg(contract.join("validate.py")).arg(log).output().unwrap();
        let control = folder.path().join("control.jsonl");
        let wrong = json!({"method": "GET", "url": "/v1.0/me", "request_headers": {}, "request_body": null, "status": 200,
            "response_headers": {}, "response_body": {"id": 5, "nonsense": true}});
        std::fs::write(&control, format!("{wrong}\n")).unwrap();
        assert!(!judge(&control).status.success(), "the judge must see a wrong answer");
        let output = judge(&log);
        let said = String::from_utf8_lossy(&output.stdout);
        let wrong: Vec<&str> = said.lines().filter(|line| line.contains("violation")).collect();
        assert!(output.status.success(), "{}", wrong.join("\n"));
        eprintln!("{}", said.lines().last().unwrap_or_default());
        if std::env::var_os("FOOTBRIDGE_WARNINGS").is_some() {
            eprintln!("{said}");
        }
    }
}

fn contract() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contract");
    let folder = std::env::var_os("FOOTBRIDGE_CONTRACT").map_or(beside, PathBuf::from);
    folder.join("validate.py").is_file().then_some(folder)
}
