//! The binary as a script would use it: whole rehearsals, real runs against a pretend tenant, exit codes, and a scan of
//! everything it prints and writes for the secret that it must not show.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Ended, Tenant, run};

fn rehearse(folder: &Path, more: &[&str]) -> Ended {
    let (out, log) = (folder.join("out"), folder.join("traffic.jsonl"));
    let mut arguments = vec![
        "rehearse",
        "targetconnect",
        "--json",
        "--out",
        out.to_str().unwrap(),
        "--traffic-log",
        log.to_str().unwrap(),
    ];
    arguments.extend(more);
    run(&arguments)
}

fn path(done: &Value, member: &str) -> PathBuf {
    PathBuf::from(done[member].as_str().unwrap())
}

/// Opens the rehearsal's bundle and gives back where the values were written.
fn open(bundle: &Path, passphrase: &Path, to: &Path) -> Ended {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (bundle, passphrase, to) = (text(bundle), text(passphrase), text(to));
    run(&["bundle", "open", &bundle, "--passphrase-file", &passphrase, "--rehearsal", "--out", &to, "--json"])
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

#[test]
fn a_rehearsal_ends_green_twice_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let ended = rehearse(folder.path(), &[]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let done = ended.events("done");
    let states: Vec<&String> = done[1]["states"].as_object().unwrap().keys().collect();
    assert_eq!(states, ["confirmed", "proven"]);
    assert!(done[0]["writes"].as_u64().unwrap() > 0);
    assert_eq!(done[1]["writes"], 0, "a second pass writes nothing");
    for event in ["device-code", "signed-in", "plan", "step", "tick"] {
        assert!(!ended.events(event).is_empty(), "no {event}");
    }
    let log = std::fs::read_to_string(folder.path().join("traffic.jsonl")).unwrap();
    assert!(log.lines().count() <= 20, "{} Graph requests", log.lines().count());

    let values = folder.path().join("values.json");
    let (bundle, passphrase) = (path(&done[0], "bundle"), path(&done[0], "passphrase_file"));
    let opened = open(&bundle, &passphrase, &values);
    assert_eq!(opened.code, Some(0), "{}{}", opened.stdout, opened.stderr);
    let payload: Value = serde_json::from_str(&std::fs::read_to_string(&values).unwrap()).unwrap();
    let secret = payload["credential"]["secret"].as_str().unwrap().to_owned();
    assert_eq!(payload["fields"].as_array().unwrap().len(), 7);
    assert!(secret.len() > 20);
    let typed = std::fs::read_to_string(&passphrase).unwrap().trim().to_owned();
    for hidden in [&secret, &typed] {
        for text in [&ended.stdout, &ended.stderr, &opened.stdout, &opened.stderr, &log] {
            assert!(!text.contains(hidden.as_str()), "a secret was shown");
        }
    }
    let mut files = Vec::new();
    files_below(folder.path(), &mut files);
    let holds = |needle: &str| {
        let named = |file: &&PathBuf| String::from_utf8_lossy(&std::fs::read(file).unwrap()).contains(needle);
        files.iter().filter(named).cloned().collect::<Vec<_>>()
    };
    assert_eq!(holds(&secret), [values], "the secret stands where it was opened to, and nowhere else");
    assert_eq!(holds(&typed), [passphrase]);
}

#[test]
fn a_rehearsal_that_lags_ends_green_too() {
    let folder = tempfile::tempdir().unwrap();
    let ended = rehearse(folder.path(), &["--replication-delay", "60", "--seed", "5"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.events("done")[1]["writes"], 0);
}

#[test]
fn a_changed_byte_or_a_real_reader_refuses_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let ended = rehearse(folder.path(), &[]);
    let done = &ended.events("done")[0];
    let (bundle, passphrase) = (path(done, "bundle"), path(done, "passphrase_file"));
    let text = bundle.to_str().unwrap();
    let plain = run(&["bundle", "verify", text, "--passphrase-file", passphrase.to_str().unwrap(), "--json"]);
    assert_eq!(plain.code, Some(5), "a rehearsal's bundle needs --rehearsal");
    assert_eq!(run(&["bundle", "inspect", text]).code, Some(0));
    let mut bytes = std::fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    let changed = folder.path().join("changed.footbridge");
    std::fs::write(&changed, bytes).unwrap();
    let values = folder.path().join("values.json");
    assert_eq!(open(&changed, &passphrase, &values).code, Some(5));
    assert!(!values.exists());
}

#[test]
fn exit_codes_say_who_has_to_do_something() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["nothing"]).code, Some(2));
    assert_eq!(run(&["rehearse", "nothing"]).code, Some(5));
    assert_eq!(run(&["guide", "asks", "targetconnect"]).code, Some(0));
    let nowhere = rehearse(&folder.path().join("a"), &[]);
    assert_eq!(nowhere.code, Some(5), "the folder of the log does not exist");
}

#[test]
fn an_admin_without_the_role_is_told_that_another_one_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let ended = rehearse(folder.path(), &["--account", "b.keller"]);
    assert_eq!(ended.code, Some(4), "{}{}", ended.stdout, ended.stderr);
    let states = ended.events("step");
    assert!(states.iter().any(|step| step["id"] == "consent" && step["state"] == "needs-another-admin"));
}

#[test]
fn a_blocked_account_fails_with_a_trouble() {
    let folder = tempfile::tempdir().unwrap();
    let ended = rehearse(folder.path(), &["--account", "c.gesperrt"]);
    assert_eq!(ended.code, Some(6), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.events("trouble")[0]["code"], "sign-in-blocked");
}

#[test]
fn lint_names_file_line_column_field_and_hint() {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guides/targetconnect");
    assert_eq!(run(&["guide", "lint", guides.join("guide.toml").to_str().unwrap()]).code, Some(0));
    let folder = tempfile::tempdir().unwrap();
    for name in ["en.toml", "de.toml"] {
        std::fs::copy(guides.join(name), folder.path().join(name)).unwrap();
    }
    let text = std::fs::read_to_string(guides.join("guide.toml")).unwrap().replacen(
        "minutes = 40",
        "minutes = 4000",
        1,
    );
    std::fs::write(folder.path().join("guide.toml"), text).unwrap();
    let ended = run(&["guide", "lint", folder.path().to_str().unwrap(), "--json"]);
    assert_eq!(ended.code, Some(5));
    let fault = &ended.events("fault")[0];
    assert_eq!(fault["field"], "minutes");
    assert!(fault["line"].as_u64().unwrap() > 1 && !fault["hint"].as_str().unwrap().is_empty());
}

#[test]
fn a_key_pair_is_made_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let private = folder.path().join("own.jwk");
    let arguments = ["bundle", "key", "--out", private.to_str().unwrap(), "--json"];
    let made = run(&arguments);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let own: Value = serde_json::from_str(&std::fs::read_to_string(&private).unwrap()).unwrap();
    let public: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("own.public.jwk")).unwrap())
            .unwrap();
    assert_eq!(own["x"], public["x"]);
    assert!(own["d"].is_string() && public["d"].is_null());
    assert!(!made.stdout.contains(own["d"].as_str().unwrap()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(private.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(run(&arguments).code, Some(5));
}

/// A desk in a folder, against a tenant in another process.
struct Setting {
    folder: tempfile::TempDir,
    tenant: Tenant,
}

impl Setting {
    fn new() -> Setting {
        let folder = tempfile::tempdir().unwrap();
        let tenant = Tenant::serve(&["--users", "30"]);
        tenant.cloud_file(folder.path());
        std::fs::write(folder.path().join("vault-passphrase"), "correct horse battery staple\n").unwrap();
        Setting { folder, tenant }
    }

    fn run(&self, command: &[&str], crash_at: Option<&str>) -> Ended {
        let at = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let (desk, passphrase, cloud) = (at("desk"), at("vault-passphrase"), at("cloud.toml"));
        let mut arguments = command.to_vec();
        arguments.extend([
            "--json",
            "--data-dir",
            &desk,
            "--vault",
            "passphrase",
            "--vault-passphrase-file",
            &passphrase,
        ]);
        if ["run", "check", "plan", "undo"].contains(&command[0]) {
            arguments.extend(["--cloud", &cloud]);
        }
        self.tenant.run_as("a.weber", &arguments, crash_at)
    }
}

const UNTIL_CONFIRM: [&str; 7] =
    ["run", "targetconnect", "--connection", "Uni", "--yes", "--until", "confirm"];

#[test]
fn a_killed_run_goes_on_where_it_stopped_and_can_be_taken_back() {
    let setting = Setting::new();
    let killed = setting.run(&UNTIL_CONFIRM, Some("secret.answered"));
    assert_eq!(killed.code, None, "{}{}", killed.stdout, killed.stderr);
    assert!(killed.events("done").is_empty());
    let resumed = setting.run(&UNTIL_CONFIRM, None);
    assert_eq!(resumed.code, Some(0), "{}{}", resumed.stdout, resumed.stderr);
    let again = setting.run(&UNTIL_CONFIRM, None);
    assert_eq!(again.events("done")[0]["writes"], 0);
    let checked = setting.run(&["check", "--connection", "Uni"], None);
    assert_ne!(checked.code, Some(0), "operators are not chosen yet");
    assert_eq!(checked.events("done")[0]["writes"], 0);
    assert_eq!(setting.run(&["journal", "verify"], None).events("journal")[0]["intact"], true);
    assert_eq!(setting.run(&["connections"], None).events("connection")[0]["name"], "Uni");
    let undone = setting.run(&["undo", "--connection", "Uni", "--yes"], None);
    assert_eq!(undone.code, Some(0), "{}{}", undone.stdout, undone.stderr);
    assert!(undone.events("undo").iter().any(|line| line["undone"] == true));
}

#[test]
fn a_crash_point_is_refused_outside_a_rehearsal() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path().to_str().unwrap();
    let arguments = [
        "run",
        "targetconnect",
        "--connection",
        "x",
        "--passphrase-file",
        "p",
        "--vault",
        "memory",
        "--data-dir",
        desk,
    ];
    let output =
        support::footbridge().args(arguments).env("FOOTBRIDGE_CRASH_AT", "settled").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_vault_in_memory_needs_somewhere_for_the_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path().to_str().unwrap();
    let ended = run(&[
        "run",
        "targetconnect",
        "--connection",
        "x",
        "--vault",
        "memory",
        "--data-dir",
        desk,
        "--json",
    ]);
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.events("trouble")[0]["code"], "usage");
}

#[test]
fn missing_answers_are_named_and_the_teams_admin_gets_files() {
    let setting = Setting::new();
    let all = [
        "run",
        "targetconnect",
        "--connection",
        "Uni",
        "--yes",
        "--out",
        setting.folder.path().to_str().unwrap(),
    ];
    let asked = setting.run(&all, None);
    assert_eq!(asked.code, Some(5), "{}{}", asked.stdout, asked.stderr);
    let fields: Vec<Value> = asked.events("trouble").iter().map(|trouble| trouble["field"].clone()).collect();
    assert!(fields.contains(&Value::from("operators")), "{fields:?}");
    let packet = setting.folder.path().join("packet");
    let script =
        ["teams", "script", "--connection", "Uni", "--step", "policy", "--out", packet.to_str().unwrap()];
    let written = setting.run(&script, None);
    assert_eq!(written.code, Some(0), "{}{}", written.stdout, written.stderr);
    let parameters: Value =
        serde_json::from_str(&std::fs::read_to_string(packet.join("parameters.json")).unwrap()).unwrap();
    let result = serde_json::json!({
        "format": 1, "action": "policy", "application-id": parameters["application-id"], "policy-name": parameters["policy-name"],
        "policy-app-ids": [parameters["application-id"]], "assigned": [], "overwritten": [], "global": null, "group": null,
    });
    let file = packet.join("result.json");
    let back = ["teams", "result", "--connection", "Uni", "--step", "policy", file.to_str().unwrap()];
    std::fs::write(&file, "{}").unwrap();
    assert_eq!(setting.run(&back, None).code, Some(5), "a result of something else");
    std::fs::write(&file, result.to_string()).unwrap();
    let taken = setting.run(&back, None);
    assert!([Some(0), Some(3)].contains(&taken.code), "{}{}", taken.stdout, taken.stderr);
    let policy = setting.run(&["check", "--connection", "Uni"], None);
    let is_proven = |step: &Value| step["id"] == "policy" && step["state"] == "proven";
    assert!(policy.events("step").iter().any(is_proven), "{}", policy.stdout);
}
