//! G-22 with the whole program: a keyring that cannot be used is told as what it is, nothing falls back to plain text, no
//! step with a secret begins. That unlocking helps without a restart is shown in crates/vault/tests/keyring.rs. gnome-keyring runs on a message bus of its own
//! with an empty home; each case is this test program again inside `dbus-run-session`. States that a real keyring cannot be
//! brought into (slow, write refused, another value, too long, twice) stand in crates/vault/src/ring.rs with a stand-in.
#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use footbridge_tests::child::{Ended, Home, below, program};
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::{Canary, scan_tree, stranger};
use rusqlite::Connection;

const FOLDER: &str = "FOOTBRIDGE_KEYRING_CASE";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

fn folder(path: PathBuf) -> PathBuf {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
    path
}

/// How a case is started.
enum Bus {
    None,
    /// A bus on which nothing can be activated.
    Bare,
    Session,
}

/// Runs one of the cases below; whether it could be run.
fn run(case: &str, bus: &Bus) -> bool {
    if !["dbus-run-session", "gnome-keyring-daemon", "dbus-send"].iter().all(|program| stranger(program))
        || program().is_none()
    {
        return false;
    }
    let at = tempfile::tempdir().unwrap();
    let me = std::env::current_exe().unwrap();
    let mut command = match bus {
        Bus::None => Command::new(&me),
        Bus::Bare => {
            let config = at.path().join("bus.conf");
            let text = "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context=\"default\">\
                        <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
                        </policy></busconfig>";
            std::fs::write(&config, text).unwrap();
            let mut command = Command::new("dbus-run-session");
            command.arg("--config-file").arg(config).arg("--").arg(&me);
            command
        }
        Bus::Session => {
            let mut command = Command::new("dbus-run-session");
            command.arg("--").arg(&me);
            command
        }
    };
    let home = |name: &str| folder(at.path().join(name));
    let outcome = command
        .args(["--exact", &format!("machine::keyrings::{case}"), "--ignored", "--nocapture"])
        .env(FOLDER, at.path())
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
    assert!(outcome.status.success() && told.contains("1 passed"), "{case}: {told}\n{errors}");
    true
}

async fn scene() -> (Home, PathBuf) {
    let mut home = Home::open().await;
    home.vault = "keyring";
    for name in ["HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"] {
        if let Ok(value) = std::env::var(name) {
            home.environment.push((name.to_owned(), value));
        }
    }
    (home, program().unwrap())
}

/// The run was refused for this reason, and nothing was begun or written that holds a secret.
fn refused(home: &Home, program: &Path, words: &[&str]) {
    let writes = home.tenant.world().writes();
    let ended: Ended = home.product(program, "southwind", None);
    let told = ended.told();
    assert!(matches!(ended.code, Some(5 | 6)), "{told}");
    assert!(words.iter().any(|word| told.contains(word)), "{told}");
    assert!(!told.contains("stopped at") && !told.contains("panicked"), "{told}");
    assert_eq!(home.tenant.world().writes(), writes, "the tenant was changed: {told}");
    let vault = home.path().join("data/vault.db");
    if vault.exists() {
        let rows: i64 = Connection::open(vault)
            .unwrap()
            .query_row("SELECT count(*) FROM sealed", [], |row| row.get(0))
            .unwrap_or(0);
        assert_eq!(rows, 0, "something was sealed");
    }
    let out = below(&home.path().join("out"));
    assert!(!out.iter().any(|path| path.extension().is_some_and(|kind| kind == "footbridge")), "{out:?}");
}

fn done(home: &Home, program: &Path) {
    let ended = home.product(program, "southwind", None);
    assert_eq!(ended.code, Some(0), "{}", ended.told());
    let given = home.handed_over(&home.path().join("out"));
    assert_eq!(given.unopened, Vec::<std::path::PathBuf>::new());
    let canaries: Vec<Canary> =
        given.secrets.iter().map(|secret| Canary::new("client secret", secret)).collect();
    assert!(!canaries.is_empty());
    let mut hits = scan_tree(&home.path().join("data"), &canaries);
    let case = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    hits.extend(["share", "run"].iter().flat_map(|name| scan_tree(&case.join(name), &canaries)));
    assert_eq!(hits, Vec::<String>::new(), "a secret stands in plain text");
}

/// Makes and opens the login keyring, as a login with a password does.
fn log_in() {
    let mut daemon = Command::new("gnome-keyring-daemon")
        .args(["--unlock", "--components=secrets"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    daemon.stdin.take().unwrap().write_all(b"test-only").unwrap();
    assert!(daemon.wait().unwrap().success(), "the keyring did not start");
}

fn call(method: &str, arguments: &[&str]) {
    let sent = Command::new("dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.secrets"])
        .args([if method == "Delete" { LOGIN } else { "/org/freedesktop/secrets" }])
        .arg(if method == "Delete" {
            "org.freedesktop.Secret.Collection.Delete".to_owned()
        } else {
            format!("org.freedesktop.Secret.Service.{method}")
        })
        .args(arguments)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(sent.success(), "{method} was refused");
}

fn lock() {
    call("Lock", &[&format!("array:objpath:{LOGIN}")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs inside a session of its own"]
async fn case_well() {
    log_in();
    let (home, program) = scene().await;
    done(&home, &program);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs without a bus"]
async fn case_no_bus() {
    let (home, program) = scene().await;
    refused(&home, &program, &["no keyring", "vault-absent", "keyring service"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs on a bus of its own"]
async fn case_no_service() {
    let (home, program) = scene().await;
    refused(&home, &program, &["keyring"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs inside a session of its own"]
async fn case_never_made() {
    // The bus starts the daemon, which has no keyring yet. That one can be made and used at once is shown in the vault's
    // own tests, which speak to the daemon's prompt.
    let (home, program) = scene().await;
    refused(&home, &program, &["locked", "refused", "keyring"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs inside a session of its own"]
async fn case_locked() {
    log_in();
    lock();
    let (home, program) = scene().await;
    // Without a display nobody can be asked, which the keyring tells as a dismissed prompt.
    refused(&home, &program, &["locked", "refused"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs inside a session of its own"]
async fn case_locked_in_between() {
    log_in();
    let (home, program) = scene().await;
    assert_eq!(home.product(&program, "southwind", Some("write.applied")).code, None);
    let writes = home.tenant.world().writes();
    lock();
    let ended = home.product(&program, "southwind", None);
    assert!(matches!(ended.code, Some(5 | 6)), "{}", ended.told());
    assert_eq!(home.tenant.world().writes(), writes, "something was changed with the keyring locked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs inside a session of its own"]
async fn case_deleted_in_between() {
    log_in();
    let (home, program) = scene().await;
    assert_eq!(home.product(&program, "southwind", Some("secret.sealed")).code, None);
    let writes = home.tenant.world().writes();
    call("Delete", &[]);
    let ended = home.product(&program, "southwind", None);
    let told = ended.told();
    assert!(matches!(ended.code, Some(5 | 6)), "{told}");
    assert_eq!(home.tenant.world().writes(), writes, "something was changed without the key");
    let rows: i64 = Connection::open(home.path().join("data/vault.db"))
        .unwrap()
        .query_row("SELECT count(*) FROM sealed", [], |row| row.get(0))
        .unwrap();
    assert!(rows > 0, "the sealed rows were given up: {told}");
}

#[test]
fn g22_each_state_of_a_real_keyring_is_told_and_nothing_is_begun() {
    let cases = [
        ("case_well", Bus::Session),
        ("case_no_bus", Bus::None),
        ("case_no_service", Bus::Bare),
        ("case_never_made", Bus::Session),
        ("case_locked", Bus::Session),
        ("case_locked_in_between", Bus::Session),
        ("case_deleted_in_between", Bus::Session),
    ];
    let mut ran = 0;
    for (case, bus) in cases {
        ran += u64::from(run(case, &bus));
    }
    if ran > 0 {
        reached("G-22", "states of a real keyring, with the whole program", ran, Target::Exactly(7));
    }
}
