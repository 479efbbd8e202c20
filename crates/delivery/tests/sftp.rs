//! Delivery over SFTP against OpenSSH's own server. A missing server is named; FOOTBRIDGE_REQUIRE_STRANGERS=1 makes it a
//! failure.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "sftp/pretend.rs"]
mod pretend;
#[path = "sftp/proxy.rs"]
mod proxy;
#[path = "sftp/sshd.rs"]
mod sshd;

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery::sftp::{
    Account, Act, Fingerprint, HostKey, KeyKind, LARGEST, Left, Patience, Pin, Place, Placed, Receipt,
    Server, SftpError, SignIn, Stopped, deliver, look,
};
use pretend::Oddity;
use proxy::{Counted, Then};
use secrecy::SecretString;
use sshd::{Setting, Sshd, fingerprint, keygen};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const JTI: &str = "q83vEjRWeJCrze8SNFZ4kA";
const NAME: &str = "targetconnect.bundle";

fn server(address: SocketAddr) -> Server {
    let (host, port) = (address.ip().to_string(), address.port());
    Server { host, port, connect: None, patience: Patience::default() }
}

fn place(folder: &Path) -> Place {
    Place { folder: folder.display().to_string(), name: NAME.into(), jti: JTI.into(), replace: false }
}

fn by_key(sshd: &Sshd) -> Account {
    let sign_in = SignIn::Key { private: sshd.account_key().into(), passphrase: None };
    Account { user: sshd.user.clone(), sign_in }
}

fn pinned(sshd: &Sshd, kind: &str) -> Pin {
    fingerprint(&sshd.host_key(kind)).parse::<Fingerprint>().unwrap().into()
}

/// A bundle of the largest size, no piece of it like another.
fn bundle() -> Vec<u8> {
    (0..LARGEST as u32 / 4).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000)
}

async fn send(sshd: &Sshd, account: &Account, place: &Place) -> Result<Receipt, Stopped> {
    send_by(sshd.address, sshd, account, place).await
}

async fn send_by(way: SocketAddr, sshd: &Sshd, account: &Account, place: &Place) -> Result<Receipt, Stopped> {
    let pin = pinned(sshd, "ed25519");
    deliver(&server(way), Some(&pin), account, place, &bundle(), &now).await
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_arrives_whole_private_and_receipted() {
    if !sshd::installed() {
        return;
    }
    // A server that would let everybody read, if it was asked for nothing.
    let sshd = Sshd::start(&Setting { sftp: Some("umask 000; exec SFTP"), ..Setting::default() });
    let receipt = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap();
    let path = sshd.folder().join(NAME);
    assert_eq!(fs::read(&path).unwrap(), bundle());
    assert_eq!(mode(&path), 0o600);
    assert_eq!(sshd.names(), [NAME]);
    let either = r#"sha256sum "$1" || shasum -a 256 "$1""#;
    let sum = sshd::said(Command::new("sh").args(["-c", either, "sh"]).arg(&path)).unwrap();
    let expected = Receipt {
        host: "127.0.0.1".into(),
        port: sshd.address.port(),
        key: KeyKind::Ed25519,
        fingerprint: fingerprint(&sshd.host_key("ed25519")),
        user: sshd.user.clone(),
        path: fs::canonicalize(&path).unwrap().display().to_string(),
        bytes: LARGEST as u64,
        sha256: sum[..64].to_owned(),
        placed: Placed::New,
        durable: true,
        at: now(),
    };
    assert_eq!(receipt, expected);
    let json = serde_json::to_string(&receipt).unwrap();
    assert!(json.contains(r#""key":"ssh-ed25519""#) && json.contains(r#""placed":"new""#), "{json}");
    assert!(
        sshd.log().await.contains("userauth-request for user"),
        "the control of what is not heard elsewhere"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_is_shown_and_nobody_signs_in() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let shown = look(&server(sshd.address)).await.unwrap();
    assert_eq!(shown.to_string(), format!("ssh-ed25519 {}", fingerprint(&sshd.host_key("ed25519"))));
    let place = place(&sshd.folder());
    let stopped =
        deliver(&server(sshd.address), None, &by_key(&sshd), &place, &bundle(), &now).await.unwrap_err();
    let (host, port) = ("127.0.0.1".to_owned(), sshd.address.port());
    assert_eq!(stopped, SftpError::UnknownKey { host, port, key: shown }.into());
    assert!(stopped.to_string().contains(&fingerprint(&sshd.host_key("ed25519"))), "{stopped}");
    assert!(sshd.names().is_empty());
    assert!(!sshd.log().await.contains("userauth-request"));
    let pin = Pin::from(shown);
    deliver(&server(sshd.address), Some(&pin), &by_key(&sshd), &place, &bundle(), &now).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_key_stops_before_an_account_is_named() {
    if !sshd::installed() {
        return;
    }
    let (old, new) = (Sshd::start(&Setting::default()), Sshd::start(&Setting::default()));
    let shown = look(&server(new.address)).await.unwrap();
    let before = look(&server(old.address)).await.unwrap();
    let proxy = proxy::start(new.address, Counted::FromClient, u64::MAX, Then::Cut).await;
    for pin in [Pin::from(before), Pin::from(before.fingerprint)] {
        let place = place(&new.folder());
        let stopped = deliver(&server(proxy.address), Some(&pin), &by_key(&new), &place, &bundle(), &now)
            .await
            .unwrap_err();
        let cause = SftpError::ChangedKey {
            host: "127.0.0.1".into(),
            port: proxy.address.port(),
            pinned: before.fingerprint,
            shown: Some(shown),
        };
        assert_eq!(stopped, cause.into());
    }
    let log = new.log().await;
    assert!(!log.contains("userauth-request") && !log.contains("userauth"), "{log}");
    assert!(new.names().is_empty());
    let sent = proxy.passed(Counted::FromClient);
    assert!(sent > 0 && sent < 40_000, "only key exchanges fit into {sent} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_kind_of_key_is_a_changed_key() {
    if !sshd::installed() {
        return;
    }
    let before = Sshd::start(&Setting { host_keys: &["ed25519", "ecdsa-256"], ..Setting::default() });
    let pin = Pin::from(look(&server(before.address)).await.unwrap());
    assert_eq!(pin.kind, Some(KeyKind::Ed25519));
    for (kinds, kind) in [(&["ecdsa-256"][..], Some(KeyKind::EcdsaP256)), (&["rsa"], None)] {
        let sshd = Sshd::start(&Setting { host_keys: kinds, ..Setting::default() });
        let (server, place) = (server(sshd.address), place(&sshd.folder()));
        for pin in [pin, Pin::from(pin.fingerprint)] {
            let stopped =
                deliver(&server, Some(&pin), &by_key(&sshd), &place, &bundle(), &now).await.unwrap_err();
            let SftpError::ChangedKey { shown, pinned, .. } = stopped.cause else { panic!("{stopped}") };
            assert_eq!((shown.map(|key: HostKey| key.kind), pinned), (kind, pin.fingerprint));
        }
        assert!(!sshd.log().await.contains("userauth"));
        assert!(sshd.names().is_empty());
    }
    // The same server with one key fewer, and the key that is left was never pinned.
    let pin = Pin::from(look(&server(before.address)).await.unwrap());
    fs::rename(before.room.path().join("host-ed25519"), before.room.path().join("away")).unwrap();
    let place = place(&before.folder());
    let stopped =
        deliver(&server(before.address), Some(&pin), &by_key(&before), &place, &bundle(), &now).await;
    assert!(matches!(stopped.unwrap_err().cause, SftpError::ChangedKey { shown: Some(_), .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_may_pin_any_of_the_keys_of_a_server() {
    if !sshd::installed() {
        return;
    }
    let kinds = ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521"];
    let sshd = Sshd::start(&Setting {
        host_keys: &["rsa", "ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521"],
        ..Setting::default()
    });
    for kind in kinds {
        let open_ssh = fingerprint(&sshd.host_key(kind));
        let offer = open_ssh.strip_prefix("SHA256:").unwrap().replace('+', "-").replace('/', "_");
        let pin = Pin::from(offer.parse::<Fingerprint>().unwrap());
        let place = Place { name: format!("{kind}.bundle"), ..place(&sshd.folder()) };
        let receipt = deliver(&server(sshd.address), Some(&pin), &by_key(&sshd), &place, b"sealed", &now)
            .await
            .unwrap();
        assert_eq!(receipt.fingerprint, open_ssh, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_rsa_keys_only_is_named() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting { host_keys: &["rsa"], ..Setting::default() });
    let error = look(&server(sshd.address)).await.unwrap_err();
    let SftpError::NoUsableKey { kinds, .. } = &error else { panic!("{error}") };
    assert!(kinds.contains("rsa-sha2-512"), "{kinds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_each_kind_sign_in_and_others_do_not() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    for kind in ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521"] {
        let key = keygen(sshd.room.path(), &format!("own-{kind}"), kind, "");
        let private = SecretString::from(fs::read_to_string(&key).unwrap());
        let sign_in = SignIn::Key { private, passphrase: None };
        let account = Account { user: sshd.user.clone(), sign_in };
        let place = Place { name: format!("{kind}.bundle"), ..place(&sshd.folder()) };
        let stopped = send(&sshd, &account, &place).await.unwrap_err();
        let SftpError::Refused { ways, .. } = &stopped.cause else { panic!("{stopped}") };
        assert_eq!(ways, &["publickey", "password"]);
        assert!(sshd.names().iter().all(|name| !name.contains(kind)));
        sshd.authorize(&key);
        send(&sshd, &account, &place).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_key_needs_its_passphrase_before_anything_is_sent() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let key = keygen(sshd.room.path(), "protected", "ed25519", "open sesame");
    sshd.authorize(&key);
    let rsa = keygen(sshd.room.path(), "rsa", "rsa", "");
    let cases = [
        (&key, None, Some(SftpError::PassphraseNeeded)),
        (&key, Some("open barley"), Some(SftpError::WrongPassphrase)),
        (&rsa, None, Some(SftpError::KeyIsRsa)),
        (&key, Some("open sesame"), None),
    ];
    for (key, passphrase, fault) in cases {
        let private = SecretString::from(fs::read_to_string(key).unwrap());
        let sign_in = SignIn::Key { private, passphrase: passphrase.map(SecretString::from) };
        let account = Account { user: sshd.user.clone(), sign_in };
        if fault.is_some() {
            assert_eq!(sshd.log().await, "", "nobody connected yet");
        }
        let sent = send(&sshd, &account, &place(&sshd.folder())).await;
        assert_eq!(sent.err().map(|stopped| stopped.cause), fault);
    }
    assert_eq!(sshd.names(), [NAME]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_signs_in_and_a_wrong_one_is_told_without_it() {
    if !cfg!(target_os = "linux") || !sshd::installed() || !sshd::pam_installed() {
        return;
    }
    let lines = ["", "PasswordAuthentication no\nKbdInteractiveAuthentication yes"];
    for (lines, way) in lines.into_iter().zip(["password", "keyboard-interactive"]) {
        let sshd = Sshd::start(&Setting { password: Some("right-Pa55word"), lines, ..Setting::default() });
        let account = |password: &str| Account {
            user: sshd.user.clone(),
            sign_in: SignIn::Password(SecretString::from(password)),
        };
        let place = place(&sshd.folder());
        let stopped = send(&sshd, &account("wrong-Pa55word"), &place).await.unwrap_err();
        let SftpError::Refused { ways, .. } = &stopped.cause else { panic!("{stopped}") };
        assert!(ways.iter().any(|known| known == way), "{ways:?}");
        assert!(!format!("{stopped} {stopped:?}").contains("Pa55word"), "{stopped:?}");
        assert!(sshd.names().is_empty());
        let receipt = send(&sshd, &account("right-Pa55word"), &place).await.unwrap();
        assert!(!format!("{receipt:?}").contains("Pa55word"));
        let log = sshd.log().await;
        assert!(log.contains(&format!("Accepted {way}")), "{log}");
        assert_eq!(sshd.names(), [NAME]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_proof_is_named() {
    if !sshd::installed() {
        return;
    }
    let lines = "AuthenticationMethods publickey,password";
    let sshd = Sshd::start(&Setting { lines, ..Setting::default() });
    let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    let SftpError::SecondProof { ways, .. } = &stopped.cause else { panic!("{stopped}") };
    assert_eq!(ways, &["password"]);
}

/// An SSH agent of its own, ended by its id.
struct Agent {
    child: std::process::Child,
    socket: std::path::PathBuf,
}

impl Agent {
    fn start(folder: &Path) -> Agent {
        let socket = folder.join("agent");
        let mut child =
            Command::new("ssh-agent").args(["-D", "-a"]).arg(&socket).stdout(Stdio::piped()).spawn().unwrap();
        // It says its socket once that is there.
        let mut said = [0; 1];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut said).unwrap();
        Agent { child, socket }
    }

    fn add(&self, key: &Path) {
        let added = Command::new("ssh-add").arg("-q").arg(key).env("SSH_AUTH_SOCK", &self.socket).status();
        assert!(added.unwrap().success());
    }

    fn account(&self, sshd: &Sshd, only: Option<Fingerprint>) -> Account {
        let sign_in = SignIn::Agent { at: Some(self.socket.clone()), only };
        Account { user: sshd.user.clone(), sign_in }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_signs_in_with_the_key_it_holds() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let place = |name: &str| Place { name: name.into(), ..place(&sshd.folder()) };
    let agent = Agent::start(sshd.room.path());
    let stopped = send(&sshd, &agent.account(&sshd, None), &place("none")).await.unwrap_err();
    assert_eq!(stopped.cause, SftpError::AgentEmpty);
    let stranger = keygen(sshd.room.path(), "stranger", "ed25519", "");
    let rsa = keygen(sshd.room.path(), "rsa", "rsa", "");
    agent.add(&stranger);
    let stopped = send(&sshd, &agent.account(&sshd, None), &place("refused")).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::Refused { .. }), "{stopped}");
    agent.add(&sshd.room.path().join("account"));
    send(&sshd, &agent.account(&sshd, None), &place("second-key")).await.unwrap();
    let only = |key: &Path| Some(fingerprint(key).parse().unwrap());
    let stopped = send(&sshd, &agent.account(&sshd, only(&stranger)), &place("other")).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::Refused { .. }), "{stopped}");
    agent.add(&rsa);
    sshd.authorize(&rsa);
    send(&sshd, &agent.account(&sshd, only(&rsa)), &place("rsa-key")).await.unwrap();
    assert_eq!(sshd.names(), ["rsa-key", "second-key"]);
    let gone = agent.account(&sshd, None);
    drop(agent);
    let stopped = send(&sshd, &gone, &place("no-agent")).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::NoAgent { .. }), "{stopped}");
}

/// What may be in the folder after a line broke: nothing, own remains, or the whole file.
fn nothing_partial(sshd: &Sshd, stopped: &Stopped) {
    for name in sshd.names() {
        if name == NAME {
            assert_eq!(fs::read(sshd.folder().join(NAME)).unwrap(), bundle(), "{stopped}");
            assert!(matches!(stopped.left, Left::Unsure { .. }), "{stopped}");
        } else {
            assert!(name.starts_with(&format!(".footbridge.{JTI}.")), "{name}");
            assert!(matches!(stopped.left, Left::Part { .. } | Left::Unsure { .. }), "{stopped}");
            assert_eq!(mode(&sshd.folder().join(name)), 0o600);
        }
    }
}

/// Breaks the line after ever more bytes of one side, delivers again each time, and tells where it broke.
async fn breaking(counted: Counted) -> Vec<Act> {
    let sshd = Sshd::start(&Setting::default());
    let (account, place) = (by_key(&sshd), place(&sshd.folder()));
    let path = sshd.folder().join(NAME);
    let measure = proxy::start(sshd.address, counted, u64::MAX, Then::Cut).await;
    send_by(measure.address, &sshd, &account, &place).await.unwrap();
    let total = measure.passed(counted);
    let steps = (1..6).map(|step| total * step / 6);
    // The last bytes ask for the name, and tell it.
    let last = [10, 40, 70, 130, 210, 300, 420].map(|back| total - back);
    let mut acts = Vec::new();
    for after in steps.chain(last) {
        fs::remove_file(&path).unwrap();
        let cut = proxy::start(sshd.address, counted, after, Then::Cut).await;
        if let Err(stopped) = send_by(cut.address, &sshd, &account, &place).await {
            let SftpError::Dropped { act, .. } = &stopped.cause else { panic!("{after}: {stopped}") };
            acts.push(*act);
            sshd.log().await;
            nothing_partial(&sshd, &stopped);
        }
        send(&sshd, &account, &place).await.unwrap();
        assert_eq!(sshd.names(), [NAME], "after {after} of {total} bytes");
        assert_eq!(fs::read(&path).unwrap(), bundle());
    }
    acts
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_lost_leave_nothing_partial_and_the_next_delivery_mends_it() {
    if !sshd::installed() {
        return;
    }
    let acts = breaking(Counted::FromClient).await;
    assert!(acts.contains(&Act::Write) && acts.contains(&Act::Name), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_leave_nothing_partial_and_the_next_delivery_mends_it() {
    if !sshd::installed() {
        return;
    }
    let acts = breaking(Counted::FromServer).await;
    assert!(acts.contains(&Act::Write) && acts.contains(&Act::Name), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_while_it_is_written_to_leaves_a_part_that_the_next_delivery_removes() {
    if !sshd::installed() {
        return;
    }
    let sshd = Arc::new(Sshd::start(&Setting::default()));
    let dying = Arc::clone(&sshd);
    let kill = Then::Do(Arc::new(move || dying.kill_sessions()));
    let proxy = proxy::start(sshd.address, Counted::FromClient, LARGEST as u64 / 2, kill).await;
    let (account, place) = (by_key(&sshd), place(&sshd.folder()));
    let stopped = send_by(proxy.address, &sshd, &account, &place).await.unwrap_err();
    assert_eq!(stopped.cause, SftpError::Dropped { host: "127.0.0.1".into(), act: Act::Write });
    let Left::Part { path } = &stopped.left else { panic!("{stopped}") };
    sshd.log().await;
    let [part] = &sshd.names()[..] else { panic!("{:?}", sshd.names()) };
    assert!(path.ends_with(part) && fs::metadata(path).unwrap().len() < LARGEST as u64, "{path}");
    // Another bundle's remains, and what only looks like one, are not this delivery's business.
    for other in [".footbridge.another.0123456789abcdef.part", &format!(".footbridge.{JTI}.notes")] {
        fs::write(sshd.folder().join(other), b"x").unwrap();
    }
    send(&sshd, &account, &place).await.unwrap();
    let left = [".footbridge.another.0123456789abcdef.part", &format!(".footbridge.{JTI}.notes"), NAME];
    assert_eq!(sshd.names(), left);
}

/// Falls silent after so many bytes of the client, and lets the clock run from there without anybody waiting.
async fn stalled(after: u64) -> (Sshd, Stopped) {
    let sshd = Sshd::start(&Setting::default());
    let proxy =
        proxy::start(sshd.address, Counted::FromClient, after, Then::Stall(Arc::new(tokio::time::pause)))
            .await;
    let stopped = send_by(proxy.address, &sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    (sshd, stopped)
}

#[tokio::test]
async fn a_server_that_falls_silent_is_waited_for_no_longer_than_it_is_told() {
    if !sshd::installed() {
        return;
    }
    let host = || "127.0.0.1".to_owned();
    let (sshd, stopped) = stalled(40).await;
    assert_eq!(stopped, SftpError::Silent { host: host(), act: Act::Connect, seconds: 10 }.into());
    assert!(sshd.names().is_empty());
    tokio::time::resume();
    let (sshd, stopped) = stalled(LARGEST as u64 / 2).await;
    assert_eq!(stopped.cause, SftpError::Silent { host: host(), act: Act::Write, seconds: 30 });
    assert!(matches!(stopped.left, Left::Part { .. }), "{stopped}");
    nothing_partial(&sshd, &stopped);
    tokio::time::resume();
    sshd.kill_sessions();
    send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap();
    assert_eq!(sshd.names(), [NAME]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_says_what_it_is_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let error = look(&server(address)).await.unwrap_err();
    assert_eq!(error, SftpError::Silent { host: "127.0.0.1".into(), act: Act::Connect, seconds: 10 });
    drop(listener);
    let patience = Patience { connect: Duration::from_secs(3), whole: Duration::from_secs(2) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hurried = Server { patience, ..server(listener.local_addr().unwrap()) };
    let error = look(&hurried).await.unwrap_err();
    assert_eq!(error, SftpError::Silent { host: "127.0.0.1".into(), act: Act::Connect, seconds: 2 });
}

/// A server that sends this without end, and counts what it got rid of.
async fn flooding(first: &'static [u8], again: Vec<u8>) -> (SocketAddr, tokio::task::JoinHandle<u64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let flood = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (mut from, mut to) = stream.into_split();
        let swallow = tokio::spawn(async move {
            let mut bytes = [0; 4096];
            while from.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
        });
        let mut sent = 0;
        let _ = to.write_all(first).await;
        while to.write_all(&again).await.is_ok() {
            sent += again.len() as u64;
        }
        swallow.abort();
        sent
    });
    (address, flood)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_before_the_key_is_stopped() {
    let lines = "Welcome to this server\r\n".repeat(100).into_bytes();
    let endless = vec![b'x'; 64 * 1024];
    // SSH_MSG_IGNORE (RFC 4253 section 11.2) in the clear: length, padding length, kind, 20,000 bytes, padding.
    let mut ignore = Vec::new();
    ignore.extend_from_slice(&20_012_u32.to_be_bytes());
    ignore.extend_from_slice(&[6, 2]);
    ignore.extend_from_slice(&20_000_u32.to_be_bytes());
    ignore.extend_from_slice(&vec![0; 20_006]);
    let banner = b"SSH-2.0-flood\r\n";
    for (first, again, flood) in [(&b""[..], lines, false), (b"", endless, false), (banner, ignore, true)] {
        let (address, flooding) = flooding(first, again).await;
        let error = look(&server(address)).await.unwrap_err();
        match flood {
            true => assert_eq!(error, SftpError::Flood { host: "127.0.0.1".into(), act: Act::Connect }),
            false => assert!(matches!(error, SftpError::NotSsh { .. }), "{error}"),
        }
        assert!(flooding.await.unwrap() < 64 * 1024 * 1024, "the line was not cut");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ssh_and_what_is_not_there_are_told() {
    let (address, flooding) = flooding(b"220 mail.example.com ESMTP\r\n", b"500 what?\r\n".to_vec()).await;
    let error = look(&server(address)).await.unwrap_err();
    assert!(matches!(error, SftpError::NotSsh { .. }), "{error}");
    flooding.await.unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = look(&server(closed)).await.unwrap_err();
    assert!(matches!(error, SftpError::Unreachable { .. }), "{error}");
    for host in ["", "not a host", "a\nb"] {
        let odd = Server { host: host.into(), ..server(closed) };
        assert!(matches!(look(&odd).await, Err(SftpError::Host { .. })), "{host:?}");
    }
}

/// Whether this account may mount a small disk that only its own processes see.
fn can_mount() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    let tried = command.arg("mount -t tmpfs -o size=64k tmpfs /mnt").stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_nothing_is_left() {
    if !sshd::installed() {
        return;
    }
    if can_mount() {
        // The small disk goes with the session, so what is on it is told while it is there.
        let sftp = "unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=64k tmpfs ROOM/in || exit 1; SFTP; echo left: $(ls -A ROOM/in) > ROOM/left'";
        let sshd = Sshd::start(&Setting { sftp: Some(sftp), ..Setting::default() });
        let pipe = Command::new("mkfifo").arg(sshd.room.path().join("left")).status().unwrap();
        assert!(pipe.success());
        let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
        assert!(matches!(stopped.cause, SftpError::NoSpace { .. }), "{stopped}");
        assert_eq!(stopped.left, Left::Nothing);
        let told = sshd.room.path().join("left");
        let told = tokio::task::spawn_blocking(|| fs::read_to_string(told)).await.unwrap().unwrap();
        assert_eq!(told, "left:\n");
    } else {
        eprintln!("NOT CHECKED: this account may mount no small disk, so only a limit stands for a full one");
    }
    // A limit of the account is told as any other refusal: the disk itself is not full.
    let limit = Setting { sftp: Some("trap '' XFSZ; ulimit -f 128; exec SFTP"), ..Setting::default() };
    let sshd = Sshd::start(&limit);
    let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    let SftpError::Server { act: Act::Write, said, .. } = &stopped.cause else { panic!("{stopped}") };
    assert_eq!((said.as_str(), &stopped.left), ("Failure", &Left::Nothing));
    assert!(sshd.names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_rights_are_told_and_nothing_is_left() {
    if !sshd::installed() {
        return;
    }
    // The superuser writes everywhere unless the power to do so is taken from it.
    let sftp = if sshd::is_superuser() { "exec setpriv --bounding-set=-all SFTP" } else { "exec SFTP" };
    let sshd = Sshd::start(&Setting { sftp: Some(sftp), ..Setting::default() });
    fs::set_permissions(sshd.folder(), fs::Permissions::from_mode(0o500)).unwrap();
    let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::NoRight { act: Act::Make, .. }), "{stopped}");
    assert_eq!(stopped.left, Left::Nothing);
    assert!(sshd.names().is_empty());
    fs::set_permissions(sshd.folder(), fs::Permissions::from_mode(0o700)).unwrap();
    send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap();

    let read_only = Sshd::start(&Setting { sftp: Some("exec SFTP -R"), ..Setting::default() });
    let stopped = send(&read_only, &by_key(&read_only), &place(&read_only.folder())).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::NoRight { act: Act::Make, .. }), "{stopped}");
    assert!(read_only.names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_may_not_rename_leaves_nothing() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting { sftp: Some("exec SFTP -P rename,fsync"), ..Setting::default() });
    let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::NoRight { act: Act::Name, .. }), "{stopped}");
    assert_eq!(stopped.left, Left::Nothing);
    assert!(sshd.names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_and_too_much_are_refused_before_anybody_is_called() {
    let calls = Arc::new(AtomicBool::new(false));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let called = Arc::clone(&calls);
    tokio::spawn(async move {
        let _ = listener.accept().await;
        called.store(true, Ordering::SeqCst);
    });
    let account = Account { user: "ada".into(), sign_in: SignIn::Password("p".into()) };
    let good = place(Path::new("/in"));
    let odd = [
        Place { name: "../a.bundle".into(), ..good.clone() },
        Place { name: "a/../../b".into(), ..good.clone() },
        Place { name: "a\nb".into(), ..good.clone() },
        Place { folder: "/in/../etc".into(), ..good.clone() },
        Place { jti: "../x".into(), ..good.clone() },
    ];
    for place in odd {
        let stopped = deliver(&server(address), None, &account, &place, b"x", &now).await.unwrap_err();
        let told = matches!(
            stopped.cause,
            SftpError::Name { .. } | SftpError::Folder { .. } | SftpError::Jti { .. }
        );
        assert!(told, "{stopped}");
    }
    let large = vec![0; LARGEST + 1];
    let stopped = deliver(&server(address), None, &account, &good, &large, &now).await.unwrap_err();
    assert_eq!(stopped.cause, SftpError::TooLarge { bytes: LARGEST + 1 });
    assert!(!calls.load(Ordering::SeqCst), "somebody was called");
    let _ = look(&server(address)).await;
    assert!(calls.load(Ordering::SeqCst), "the control: a call is seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_left_alone_unless_it_may_be_replaced() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let (account, free) = (by_key(&sshd), place(&sshd.folder()));
    let path = sshd.folder().join(NAME);
    type Make = fn(&Path);
    let kinds: [(&str, Make); 4] = [
        ("other bytes", |path| fs::write(path, b"theirs").unwrap()),
        ("as many other bytes", |path| fs::write(path, vec![7; LARGEST]).unwrap()),
        ("a folder", |path| fs::create_dir(path).unwrap()),
        ("a link into nowhere", |path| symlink("/nowhere/at/all", path).unwrap()),
    ];
    for (what, make) in kinds {
        make(&path);
        let stopped = send(&sshd, &account, &free).await.unwrap_err();
        assert!(matches!(stopped.cause, SftpError::Exists { .. }), "{what}: {stopped}");
        assert_eq!(sshd.names(), [NAME], "{what}");
        if path.is_dir() { fs::remove_dir(&path).unwrap() } else { fs::remove_file(&path).unwrap() }
    }
    fs::write(&path, b"theirs").unwrap();
    let replacing = Place { replace: true, ..free.clone() };
    assert_eq!(send(&sshd, &account, &replacing).await.unwrap().placed, Placed::Replaced);
    assert_eq!((fs::read(&path).unwrap(), mode(&path)), (bundle(), 0o600));
    // What an answer that was lost needs: the same bytes again are the same delivery.
    assert_eq!(send(&sshd, &account, &free).await.unwrap().placed, Placed::WasThere);
    assert_eq!(sshd.names(), [NAME]);
    // A link is replaced, and what it leads to is not touched.
    fs::remove_file(&path).unwrap();
    let target = sshd.room.path().join("target");
    fs::write(&target, b"theirs").unwrap();
    symlink(&target, &path).unwrap();
    assert_eq!(send(&sshd, &account, &replacing).await.unwrap().placed, Placed::Replaced);
    assert_eq!(fs::read(&target).unwrap(), b"theirs");
    assert!(!path.is_symlink());
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_looked_at_before_anything_is_made() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting { sftp: Some("cd ROOM; exec SFTP"), ..Setting::default() });
    let account = by_key(&sshd);
    let missing = send(&sshd, &account, &place(&sshd.room.path().join("none"))).await.unwrap_err();
    assert!(matches!(missing.cause, SftpError::MissingFolder { .. }), "{missing}");
    let file = send(&sshd, &account, &place(&sshd.room.path().join("account"))).await.unwrap_err();
    assert!(matches!(file.cause, SftpError::NotAFolder { .. }), "{file}");
    // Below the folder where the account arrives.
    let receipt = send(&sshd, &account, &place(Path::new("in"))).await.unwrap();
    assert_eq!(receipt.path, fs::canonicalize(sshd.folder().join(NAME)).unwrap().display().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_sftp_is_told() {
    if !sshd::installed() {
        return;
    }
    for setting in [
        Setting { sftp: None, ..Setting::default() },
        Setting { sftp: Some("echo This account is for mail only."), ..Setting::default() },
        Setting { sftp: Some("exit 1"), ..Setting::default() },
    ] {
        let sshd = Sshd::start(&setting);
        let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
        assert!(matches!(stopped.cause, SftpError::NoSftp { .. }), "{stopped}");
        assert!(sshd.names().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_odd_gets_nothing_and_names_nothing() {
    if !sshd::installed() {
        return;
    }
    let room = tempfile::tempdir().unwrap();
    let account = Account { user: "ada".into(), sign_in: SignIn::Password("pw".into()) };
    let host = "127.0.0.1".to_owned();
    let flood = |act| SftpError::Flood { host: host.clone(), act };
    let said = format!("[2Jno{}", "!".repeat(115));
    let cases = [
        (Oddity::Readable, SftpError::NotPrivate { host: host.clone(), mode: 0o644 }),
        (Oddity::Occupied, SftpError::CannotReplace { host: host.clone(), path: format!("/in/{NAME}") }),
        (Oddity::Endless, flood(Act::Look)),
        (Oddity::Swallowing, SftpError::Short { host: host.clone(), has: 3, sent: 6 }),
        (Oddity::Elsewhere, SftpError::MissingFolder { host: host.clone(), folder: "/in".into() }),
        (Oddity::Rude, SftpError::Server { host: host.clone(), act: Act::Make, said }),
        (
            Oddity::Newer,
            SftpError::NoSftp {
                host: host.clone(),
                user: "ada".into(),
                reason: "SFTP version 6 instead of 3".into(),
            },
        ),
    ];
    for (number, (oddity, cause)) in cases.into_iter().enumerate() {
        let folder = room.path().join(number.to_string());
        fs::create_dir(&folder).unwrap();
        let (address, asked) = pretend::start(&folder, oddity).await;
        let pin = Pin::from(look(&server(address)).await.unwrap());
        let place = Place { replace: true, ..place(Path::new("/in")) };
        let stopped =
            deliver(&server(address), Some(&pin), &account, &place, b"sealed", &now).await.unwrap_err();
        assert_eq!(stopped.cause, cause, "{oddity:?}");
        let asked = asked.lock().unwrap();
        let wrote = asked.iter().any(|what| what == "write");
        assert_eq!(wrote, oddity == Oddity::Swallowing, "{oddity:?}: {asked:?}");
        assert!(!asked.iter().any(|what| what == "rename"), "{oddity:?}: {asked:?}");
        let made = asked.iter().any(|what| what == "open");
        let tidied = asked.last().is_some_and(|what| what == "remove");
        assert_eq!(tidied, made, "{oddity:?}: {asked:?}");
    }
}
