//! G-31: what others wrote is taken in by name and number, from one place, unchanged, and does nothing while it is built
//! but build. The advisories themselves are asked about by `cargo xtask test`, which may go to the network.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::stranger;
use serde_json::Value;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// What is wrong with an exception: each says until when it holds, at most three months ahead, and why.
fn fault_of(reason: &str, today: Date) -> Option<&'static str> {
    let Some((until, why)) = reason.strip_prefix("until ").and_then(|rest| rest.split_once(": ")) else {
        return Some("it has no end date");
    };
    let Ok(until) = Date::parse(until, format_description!("[year]-[month]-[day]")) else {
        return Some("its end is no date");
    };
    match () {
        () if until < today => Some("it has run out"),
        () if until - today > Duration::days(93) => Some("it holds for more than three months"),
        () if why.trim().len() < 12 => Some("it has no reason"),
        () => None,
    }
}

#[test]
fn g31_each_exception_has_a_reason_and_an_end() {
    let today = OffsetDateTime::now_utc().date();
    let rules: toml::Table = read("deny.toml").parse().unwrap();
    let list = |table: &str, key: &str| rules[table][key].as_array().unwrap().clone();
    let advisories = list("advisories", "ignore");
    let licences = list("licenses", "exceptions");
    let mut faults = Vec::new();
    for exception in &advisories {
        let reason = exception.get("reason").and_then(toml::Value::as_str).unwrap_or_default();
        faults.extend(fault_of(reason, today).map(|why| format!("{exception}: {why}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let count = u64::try_from(advisories.len() + licences.len()).unwrap();
    reached("G-31", "exceptions from the rules for packages", count, Target::AtMost(15));
    // The control: each of these is seen.
    let day = |days| (today + Duration::days(days)).to_string();
    for bad in [
        "GTK 3 bindings, unmaintained".to_owned(),
        format!("until {}: GTK 3 bindings, unmaintained", day(-1)),
        format!("until {}: GTK 3 bindings, unmaintained", day(120)),
        format!("until {}: none", day(30)),
        "until soon: GTK 3 bindings, unmaintained".to_owned(),
    ] {
        assert!(fault_of(&bad, today).is_some(), "{bad}");
    }
    assert_eq!(fault_of(&format!("until {}: GTK 3 bindings, unmaintained", day(30)), today), None);
}

/// Whether a version names one version and no range.
fn is_exact(version: &str) -> bool {
    version.split('.').count() == 3
        && version.chars().next().is_some_and(|sign| sign.is_ascii_digit())
        && version.chars().all(|sign| sign.is_ascii_alphanumeric() || ".-+".contains(sign))
}

/// What is not exact, not sealed by a digest, or not from the registry, in a package.json and its lock.
fn loose(package: &Value, lock: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for kind in ["dependencies", "devDependencies"] {
        let Some(wanted) = package[kind].as_object() else { continue };
        for (name, version) in wanted {
            let version = version.as_str().unwrap_or_default();
            if !is_exact(version) {
                found.push(format!("{name} {version} is no exact version"));
            }
            if lock["packages"][""][kind][name] != version {
                found.push(format!("{name} is another one in the lock"));
            }
        }
    }
    for (place, locked) in lock["packages"].as_object().unwrap() {
        // The registry is the machine's setting; the lock names none, and so nothing else either.
        let from = locked["resolved"].as_str().unwrap_or("https://");
        if !place.is_empty() && !locked["integrity"].as_str().unwrap_or_default().starts_with("sha512-") {
            found.push(format!("{place} has no digest"));
        }
        if !from.starts_with("https://") {
            found.push(format!("{place} comes from {from}"));
        }
    }
    found
}

#[test]
fn g31_the_page_s_packages_are_exact_and_run_nothing_when_installed() {
    for folder in ["ui", "docs/manual"] {
        let settings = read(&format!("{folder}/.npmrc"));
        for wanted in ["ignore-scripts=true", "save-exact=true", "omit-lockfile-registry-resolved=true"] {
            assert!(settings.lines().any(|line| line == wanted), "{folder}/.npmrc does not say {wanted}");
        }
        assert!(!read(&format!("{folder}/package-lock.json")).contains("\"resolved\": \"http"), "{folder}");
    }
    let mut found = Vec::new();
    for folder in ["ui", "docs/manual", "tests/strangers/node"] {
        let (package, lock) =
            (json(&format!("{folder}/package.json")), json(&format!("{folder}/package-lock.json")));
        assert!(lock["packages"].as_object().unwrap().len() > 1, "{folder} has nothing in its lock");
        found.extend(loose(&package, &lock));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let package = serde_json::json!({ "dependencies": { "left-pad": "^1.0.0" } });
    let lock = serde_json::json!({ "packages": { "": { "dependencies": { "left-pad": "1.0.0" } },
        "node_modules/left-pad": { "resolved": "git+ssh://elsewhere.example/x.git" } } });
    assert_eq!(loose(&package, &lock).len(), 4, "the control is not seen");
    reached("G-31", "npm packages that are not exact", 0, Target::Exactly(0));
}

fn cargo(arguments: &[&str], manifest: &Path) -> Output {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).arg("--manifest-path").arg(manifest).current_dir(manifest.parent().unwrap());
    command.output().unwrap()
}

#[test]
fn g31_the_lock_files_fit_and_name_one_source() {
    let all = ["metadata", "--locked", "--offline", "--format-version", "1"];
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let told = cargo(&all, &root().join(manifest));
        let why = String::from_utf8_lossy(&told.stderr);
        // Crates of other systems, and of the fuzzing workspace, need not be on this disk.
        let absent = why.contains("--offline was specified") || why.contains("offline mode");
        assert!(told.status.success() || absent, "{manifest}: {why}");
        assert!(!why.contains("needs to be updated"), "{manifest}: {why}");
    }
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let text = read(lock);
        let strange: Vec<&str> = text
            .split("[[package]]")
            .filter(|package| package.contains("source = "))
            .filter(|package| {
                !package.contains("source = \"registry+https://github.com/rust-lang/crates.io-index\"")
                    || !package.contains("checksum = \"")
            })
            .collect();
        assert!(strange.is_empty(), "{lock}: {strange:?}");
    }
}

/// A workspace of one crate that depends on another, which lies beside it.
fn planted(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: String| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let about = |name: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.10.0\"\nedition = \"2024\"\nlicense = \"MIT\"\n")
    };
    write(
        "Cargo.toml",
        format!(
            "{}publish = false\n[workspace]\n[dependencies]\n{name} = {{ path = \"{name}\" }}\n",
            about("planted")
        ),
    );
    write("src/lib.rs", String::new());
    write(&format!("{name}/Cargo.toml"), about(name));
    write(&format!("{name}/src/lib.rs"), String::new());
    folder
}

#[test]
fn g31_a_banned_crate_is_refused() {
    if !stranger("cargo-deny") {
        return;
    }
    let judge = |manifest: &Path| {
        let folder = manifest.parent().unwrap();
        if folder != root() {
            std::fs::copy(root().join("deny.toml"), folder.join("deny.toml")).unwrap();
        }
        let told = Command::new("cargo-deny")
            .args(["--offline", "--manifest-path"])
            .arg(manifest)
            .args(["check", "--hide-inclusion-graph", "bans"])
            .current_dir(folder)
            .output()
            .unwrap();
        (told.status.success(), String::from_utf8_lossy(&told.stderr).into_owned())
    };
    let (sound, why) = judge(&planted("left-pad").path().join("Cargo.toml"));
    assert!(sound, "a crate that nobody banned is refused: {why}");
    let mut refused = 0;
    for name in ["openssl", "rsa", "ring", "serde_yaml", "tauri-plugin-shell", "tauri-plugin-http"] {
        let (sound, why) = judge(&planted(name).path().join("Cargo.toml"));
        assert!(!sound && why.contains("banned"), "{name}: {why}");
        refused += 1;
    }
    reached("G-31", "banned crates refused, of 6", refused, Target::Exactly(6));
    let (sound, why) = judge(&root().join("Cargo.toml"));
    assert!(sound, "{why}");
    reached("G-31", "findings in the product's own crates", u64::from(!sound), Target::Exactly(0));
}

/// The calls in a trace that go beyond the machine's own pipes: any socket but a local pair, any connection but to the
/// name service of this computer.
fn sockets(trace: &str) -> Vec<&str> {
    let goes_out = |line: &&str| {
        let opens = line.contains("socket(") && !line.contains("socket(AF_UNIX");
        let connects = line.contains("connect(") && !line.contains("/var/run/nscd/socket");
        opens || connects
    };
    trace.lines().filter(goes_out).collect()
}

/// Builds a manifest under strace, from nothing and without a network; gives back the trace and what cargo said.
fn watched(manifest: &Path) -> (String, String) {
    let folder = manifest.parent().unwrap();
    let trace = folder.join("trace");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let told = Command::new("strace")
        .args(["-f", "--seccomp-bpf", "-e", "trace=socket,connect,sendto,sendmsg", "-o"])
        .arg(&trace)
        .arg(cargo)
        .args(["check", "--offline", "--message-format", "json", "--manifest-path"])
        .arg(manifest)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTC_WRAPPER")
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    (std::fs::read_to_string(trace).unwrap(), said)
}

/// Crates whose build scripts run, at the versions of the lock; the second list compiles C as well.
const SCRIPTED: [&[&str]; 2] = [
    &["libc", "proc-macro2", "serde_core", "httparse", "crc32fast"],
    &["libsqlite3-sys", "aws-lc-sys", "zerocopy", "quote", "num-traits", "crossbeam-utils", "thiserror"],
];

fn manifest_of(names: &BTreeSet<&str>) -> String {
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let mut text = String::from(
        "[package]\nname = \"watched\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n",
    );
    for package in lock["package"].as_array().unwrap() {
        let (name, version) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        if names.contains(name) {
            let line = match name {
                "libsqlite3-sys" => format!("{{ version = \"={version}\", features = [\"bundled\"] }}"),
                _ => format!("\"={version}\""),
            };
            // A second version of the same crate has the same script.
            if !text.contains(&format!("\n{name} = ")) {
                text.push_str(&format!("{name} = {line}\n"));
            }
        }
    }
    text
}

#[test]
fn g31_no_build_script_opens_a_socket() {
    if !stranger("strace") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("Cargo.toml");
    let names: BTreeSet<&str> = scale(&SCRIPTED[..1], &SCRIPTED[..]).concat().into_iter().collect();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    std::fs::write(&manifest, manifest_of(&names)).unwrap();
    std::fs::copy(root().join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    let (trace, said) = watched(&manifest);
    let ran = said.matches("\"reason\":\"build-script-executed\"").count();
    let opened = sockets(&trace);
    assert!(opened.is_empty(), "{}", opened.join("\n"));
    reached("G-31", "build scripts watched", u64::try_from(ran).unwrap(), Target::AtLeast(5));
    reached("G-31", "sockets opened by build scripts", 0, Target::Exactly(0));
}

#[test]
fn g31_control_a_build_script_that_opens_a_socket_is_seen() {
    if !stranger("strace") {
        return;
    }
    let folder = planted("left-pad");
    let script = "fn main() { let _ = std::net::TcpStream::connect((\"127.0.0.1\", 9)); }";
    std::fs::write(folder.path().join("left-pad/build.rs"), script).unwrap();
    let (trace, _) = watched(&folder.path().join("Cargo.toml"));
    assert!(!sockets(&trace).is_empty(), "the planted script was not seen:\n{trace}");
}
