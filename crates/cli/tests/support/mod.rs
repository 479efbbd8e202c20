//! Runs the real binary: with arguments, with answers to its device code, beside a pretend tenant of its own.
//! Nothing here knows how the binary works inside.
#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

pub struct Ended {
    /// `None` where it was killed.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn events(&self, name: &str) -> Vec<Value> {
        let lines = self.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|event| event["event"] == name).collect()
    }
}

pub fn footbridge() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_footbridge"));
    command.env_remove("FOOTBRIDGE_DATA_DIR").env_remove("FOOTBRIDGE_CRASH_AT").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn run(arguments: &[&str]) -> Ended {
    let output = footbridge().args(arguments).output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `footbridge rehearsal serve` in a process of its own; ended on drop.
pub struct Tenant {
    child: Child,
    pub told: Value,
}

impl Tenant {
    pub fn serve(options: &[&str]) -> Tenant {
        let mut child = footbridge().args(["rehearsal", "serve"]).args(options).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Tenant { child, told: serde_json::from_str(&line).unwrap() }
    }

    pub fn cloud_file(&self, folder: &Path) -> PathBuf {
        let path = folder.join("cloud.toml");
        let text = |name: &str| self.told[name].as_str().unwrap().to_owned();
        let (login, graph, client) = (text("login"), text("graph"), text("client_id"));
        let file = format!(
            "login = \"{login}\"\ngraph = \"{graph}\"\nportal = \"https://portal.azure.com\"\nclient_id = \"{client}\"\n"
        );
        std::fs::write(&path, file).unwrap();
        path
    }

    /// A request to the control address.
    pub fn control(&self, path: &str, body: &Value) -> String {
        let address = self.told["control"]["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let token = self.told["control"]["token"].as_str().unwrap();
        let body = body.to_string();
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Runs the binary and approves the code that it shows.
    pub fn run_as(&self, account: &str, arguments: &[&str], crash_at: Option<&str>) -> Ended {
        let mut command = footbridge();
        if let Some(place) = crash_at {
            command.env("FOOTBRIDGE_CRASH_AT", place);
        }
        self.approve_as(account, command.args(arguments))
    }

    /// The same with a command that is made ready already; it has to tell its events as JSON.
    pub fn approve_as(&self, account: &str, command: &mut Command) -> Ended {
        let mut child = command.spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let mut stdout = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["event"] == "device-code" {
                let answer =
                    self.control("/approve", &json!({ "user_code": event["user_code"], "account": account }));
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            }
            stdout.push_str(&line);
            stdout.push('\n');
        }
        let mut errors = String::new();
        stderr.read_to_string(&mut errors).unwrap();
        Ended { code: child.wait().unwrap().code(), stdout, stderr: errors }
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // Asked to end, it removes its own folder; killed, it could not.
        let asked = Command::new("/bin/kill").arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
