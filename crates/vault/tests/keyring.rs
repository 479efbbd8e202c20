//! The vault with a real keyring: gnome-keyring on a message bus of its own, with an empty home. Each case is this test
//! program again, running one of the ignored tests inside `dbus-run-session`. Where the programs are missing, the cases
//! say so and are not run; set FOOTBRIDGE_REQUIRE_KEYRING=1 to make that a failure.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keyring_core::api::CredentialStoreApi;
use secrecy::{ExposeSecret, SecretString};
use time::macros::datetime;
use vault::{Label, Vault, VaultError, VaultMode, probe_keyring};
use zbus::blocking::Connection;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

const NOW: time::OffsetDateTime = datetime!(2026-11-21 09:00 UTC);
const FOLDER: &str = "VAULT_TEST_FOLDER";
const SERVICE: &str = "Footbridge test";
const ACCOUNT: &str = "vault key";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
const PASSWORD: &[u8] = b"test-only";
const SERVICE_CALLS: &str = "org.freedesktop.Secret.Service";
const PROMPT_CALLS: &str = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";

fn open() -> Result<Vault, VaultError> {
    let mode = VaultMode::Keyring { service: SERVICE.into(), account: ACCOUNT.into() };
    Vault::open_at(&given_folder().join("data"), mode, NOW)
}

fn given_folder() -> PathBuf {
    std::env::var_os(FOLDER).unwrap().into()
}

fn item() -> keyring_core::Entry {
    zbus_secret_service_keyring_store::Store::new().unwrap().build(SERVICE, ACCOUNT, None).unwrap()
}

fn label() -> Label {
    let details = serde_json::json!({});
    Label { connection: "c".into(), purpose: "client-secret".into(), name: "n".into(), details }
}

/// Makes the login keyring as a login with a password does.
fn log_in() {
    let mut daemon = Command::new("gnome-keyring-daemon")
        .args(["--unlock", "--components=secrets"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    daemon.stdin.take().unwrap().write_all(PASSWORD).unwrap();
    assert!(daemon.wait().unwrap().success(), "the keyring did not start");
}

type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, &'static str);

/// One call of the service; what a person at the daemon's prompt does goes through its own interface.
fn call<B, R>(bus: &Connection, interface: &str, method: &str, body: &B) -> R
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
    R: serde::de::DeserializeOwned + zbus::zvariant::Type,
{
    let (name, path) = (Some("org.freedesktop.secrets"), "/org/freedesktop/secrets");
    bus.call_method(name, path, Some(interface), method, body).unwrap().body().deserialize().unwrap()
}

fn password(bus: &Connection) -> Secret {
    let plain = ("plain", Value::from(""));
    let (_, session): (OwnedValue, OwnedObjectPath) = call(bus, SERVICE_CALLS, "OpenSession", &plain);
    (session, Vec::new(), PASSWORD.to_vec(), "text/plain")
}

fn unlock() {
    let bus = Connection::session().unwrap();
    let login = ObjectPath::from_static_str(LOGIN).unwrap();
    let () = call(&bus, PROMPT_CALLS, "UnlockWithMasterPassword", &(login, password(&bus)));
}

/// Makes a default keyring in a daemon that has none.
fn make_keyring() {
    let bus = Connection::session().unwrap();
    let label = HashMap::from([("org.freedesktop.Secret.Collection.Label", Value::from("Login"))]);
    let made: OwnedObjectPath =
        call(&bus, PROMPT_CALLS, "CreateWithMasterPassword", &(label, password(&bus)));
    let () = call(&bus, SERVICE_CALLS, "SetAlias", &("default", made));
}

fn lock() {
    let locked = Command::new("dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"])
        .args(["org.freedesktop.Secret.Service.Lock", &format!("array:objpath:{LOGIN}")])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(locked.success(), "the keyring did not lock");
}

/// Runs one of the cases below in a session of its own, or without one.
fn run(case: &str, with_bus: bool) {
    for program in ["dbus-run-session", "gnome-keyring-daemon", "dbus-send"] {
        if Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_err()
        {
            assert!(std::env::var_os("FOOTBRIDGE_REQUIRE_KEYRING").is_none(), "{program} is missing");
            eprintln!("NOT RUN: {case}: {program} is missing; install dbus and gnome-keyring");
            return;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let me = std::env::current_exe().unwrap();
    let mut command = if with_bus {
        let mut command = Command::new("dbus-run-session");
        command.arg("--").arg(me);
        command
    } else {
        Command::new(me)
    };
    let home = |name: &str| -> PathBuf {
        let path = folder.path().join(name);
        make_private(&path);
        path
    };
    let outcome = command
        .args(["--exact", case, "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .env("HOME", home("home"))
        .env("XDG_DATA_HOME", home("share"))
        .env("XDG_RUNTIME_DIR", home("run"))
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("GNOME_KEYRING_CONTROL")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&outcome.stdout);
    let errors = String::from_utf8_lossy(&outcome.stderr);
    assert!(outcome.status.success() && told.contains("1 passed"), "{told}\n{errors}");
    no_plain_secret(folder.path());
}

fn make_private(path: &Path) {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(path).unwrap();
}

/// The secret that the cases seal stands nowhere in plain text, although the control beside it is found.
fn no_plain_secret(folder: &Path) {
    std::fs::write(folder.join("control"), "canary-4711").unwrap();
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap().map_while(Result::ok) {
            let (path, kind) = (file.path(), file.file_type().unwrap());
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                // A daemon that is going away may take its files with it.
                let bytes = std::fs::read(&path).unwrap_or_default();
                if bytes.windows(11).any(|window| window == b"canary-4711") {
                    found.push(path.file_name().unwrap().to_owned());
                }
            }
        }
    }
    assert_eq!(found, ["control"]);
}

#[test]
fn an_unlocked_keyring_holds_one_readable_item_and_the_vault_works() {
    run("case_ok", true);
}

#[test]
#[ignore = "runs inside a session of its own"]
fn case_ok() {
    log_in();
    probe_keyring(SERVICE, ACCOUNT).unwrap();
    let vault = open().unwrap();
    vault.probe().unwrap();
    let id = vault.put(&label(), &SecretString::from("canary-4711"), NOW).unwrap();
    let tag = vault.tag("journal", b"m");
    drop(vault);
    let vault = open().unwrap();
    assert_eq!(vault.get(&id).unwrap().expose_secret(), "canary-4711");
    assert_eq!((vault.tag("journal", b"m"), vault.mode_name()), (tag, "keyring"));
    let line = item().get_password().unwrap();
    assert_eq!(line.len(), 43);
    assert!(!line.contains('\n'));
}

#[test]
fn without_a_bus_the_keyring_is_absent_and_no_vault_is_made() {
    run("case_no_bus", false);
}

#[test]
#[ignore = "runs inside a session of its own"]
fn case_no_bus() {
    assert!(matches!(probe_keyring(SERVICE, ACCOUNT), Err(VaultError::Absent)));
    assert!(matches!(open(), Err(VaultError::Absent)));
}

#[test]
fn a_keyring_that_was_never_made_recovers_without_a_restart() {
    run("case_never_made", true);
}

#[test]
#[ignore = "runs inside a session of its own"]
fn case_never_made() {
    let refused = open();
    assert!(matches!(refused, Err(VaultError::Locked)), "{:?}", refused.err());
    make_keyring();
    let vault = open().unwrap();
    vault.put(&label(), &SecretString::from("canary-4711"), NOW).unwrap();
}

#[test]
fn a_keyring_that_is_locked_from_the_start_recovers_without_a_restart() {
    run("case_locked_from_the_start", true);
}

#[test]
#[ignore = "runs inside a session of its own"]
fn case_locked_from_the_start() {
    log_in();
    lock();
    let refused = open();
    assert!(matches!(refused, Err(VaultError::Locked | VaultError::Denied)), "{:?}", refused.err());
    unlock();
    let vault = open().unwrap();
    vault.put(&label(), &SecretString::from("canary-4711"), NOW).unwrap();
}

#[test]
fn a_keyring_that_is_locked_in_between_recovers_without_a_restart() {
    run("case_locked", true);
}

#[test]
#[ignore = "runs inside a session of its own"]
fn case_locked() {
    log_in();
    let vault = open().unwrap();
    let id = vault.put(&label(), &SecretString::from("canary-4711"), NOW).unwrap();
    lock();
    let refused = vault.probe();
    assert!(matches!(refused, Err(VaultError::Locked | VaultError::Denied)), "{refused:?}");
    assert!(matches!(open(), Err(VaultError::Locked | VaultError::Denied)));
    assert_eq!(vault.get(&id).unwrap().expose_secret(), "canary-4711");
    unlock();
    vault.probe().unwrap();
    assert_eq!(open().unwrap().get(&id).unwrap().expose_secret(), "canary-4711");
}

#[test]
fn a_deleted_item_is_told_and_never_replaced_by_a_new_key() {
    run("case_deleted", true);
}

#[test]
#[ignore = "runs inside a session of its own"]
fn case_deleted() {
    log_in();
    let vault = open().unwrap();
    let id = vault.put(&label(), &SecretString::from("canary-4711"), NOW).unwrap();
    item().delete_credential().unwrap();
    assert!(matches!(vault.probe(), Err(VaultError::KeyMissing)));
    assert!(matches!(open(), Err(VaultError::KeyMissing)));
    assert!(item().get_password().is_err(), "a new key was made silently");
    vault.put_key_back().unwrap();
    vault.probe().unwrap();
    assert_eq!(open().unwrap().get(&id).unwrap().expose_secret(), "canary-4711");

    item().set_password("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    assert!(matches!(vault.probe(), Err(VaultError::OtherKey)));
    assert!(matches!(vault.put_key_back(), Err(VaultError::OtherKey)));
    assert!(matches!(open(), Err(VaultError::OtherKey)));
    item().set_password("somebody's note").unwrap();
    assert!(matches!(open(), Err(VaultError::Broken)));
}
