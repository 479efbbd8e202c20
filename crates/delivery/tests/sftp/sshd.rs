//! A real OpenSSH server: each connection gets its own `sshd -i` with a configuration of its own in a temporary folder.
//! What it logs is kept, so that a test can say what the server never heard.

use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What a server of one test is like.
pub struct Setting {
    /// The kinds of its host keys, as `ssh-keygen -t` takes them.
    pub host_keys: &'static [&'static str],
    /// The command of its sftp subsystem; `SFTP` stands for the sftp server, `ROOM` for the folder of the test.
    pub sftp: Option<&'static str>,
    /// Further lines of its configuration.
    pub lines: &'static str,
    /// The account's password, by a pretend PAM.
    pub password: Option<&'static str>,
}

impl Default for Setting {
    fn default() -> Self {
        Self { host_keys: &["ed25519"], sftp: Some("SFTP"), lines: "", password: None }
    }
}

/// A running server.
pub struct Sshd {
    pub room: tempfile::TempDir,
    pub address: SocketAddr,
    pub user: String,
    sessions: Arc<Mutex<Vec<Session>>>,
    stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

struct Session {
    child: Child,
    log: JoinHandle<String>,
}

/// Whether OpenSSH's server is here; names it where it is not. Where it is not the superuser's it cannot look accounts up
/// by itself.
pub fn installed() -> bool {
    required("OpenSSH's server", programs().is_some()) && (is_superuser() || pam_installed())
}

pub fn is_superuser() -> bool {
    said(Command::new("id").arg("-u")).unwrap() == "0"
}

/// Whether the pretend PAM is here; names it where it is not.
pub fn pam_installed() -> bool {
    required("pam_wrapper", pam().is_some())
}

fn required(what: &str, there: bool) -> bool {
    if !there {
        let required = std::env::var_os("FOOTBRIDGE_REQUIRE_STRANGERS").is_some_and(|value| value == "1");
        assert!(!required, "{what} is missing, and FOOTBRIDGE_REQUIRE_STRANGERS=1 asks for it");
        eprintln!("NOT CHECKED: {what} is not installed here");
    }
    there
}

fn programs() -> Option<(PathBuf, PathBuf)> {
    let sshd = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];
    let sftp = ["/usr/lib/openssh", "/usr/libexec/openssh", "/usr/libexec", "/usr/lib/ssh"];
    let sshd = sshd.iter().map(PathBuf::from).find(|path| path.is_file())?;
    let sftp = sftp.iter().map(|folder| Path::new(folder).join("sftp-server")).find(|path| path.is_file())?;
    Some((sshd, sftp))
}

/// The library to load first, and the folder of its modules.
fn pam() -> Option<(String, String)> {
    let ask =
        |what: &str| said(Command::new("pkg-config").args([what, "pam_wrapper"])).filter(|s| !s.is_empty());
    Some((ask("--libs")?, ask("--variable=modules")?))
}

pub fn said(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::inherit()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

/// A new key pair, and the path of its private part.
pub fn keygen(folder: &Path, name: &str, kind: &str, passphrase: &str) -> PathBuf {
    let path = folder.join(name);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-a", "1", "-N", passphrase, "-f"]).arg(&path);
    match kind.strip_prefix("ecdsa-") {
        Some(bits) => command.args(["-t", "ecdsa", "-b", bits]),
        None => command.args(["-t", kind]),
    };
    said(&mut command).unwrap();
    path
}

/// The fingerprint as `ssh-keygen -lf` shows it.
pub fn fingerprint(key: &Path) -> String {
    let shown = said(Command::new("ssh-keygen").arg("-lf").arg(key)).unwrap();
    shown.split(' ').nth(1).unwrap().to_owned()
}

impl Sshd {
    pub fn start(setting: &Setting) -> Sshd {
        let room = tempfile::tempdir().unwrap();
        let (sshd, sftp) = programs().unwrap();
        let user = said(Command::new("id").arg("-un")).unwrap();
        keygen(room.path(), "account", "ed25519", "");
        fs::copy(room.path().join("account.pub"), room.path().join("authorized")).unwrap();
        fs::create_dir(room.path().join("in")).unwrap();
        let configuration = room.path().join("configuration");
        fs::write(&configuration, text(room.path(), &sftp, setting)).unwrap();
        privileged_folder(&sshd, &configuration);
        let mut command = Command::new(&sshd);
        command.args(["-i", "-e", "-f"]).arg(&configuration).process_group(0);
        if by_pam(setting) {
            pretend_pam(&mut command, room.path(), &user, setting.password.unwrap_or("never typed"));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sessions, stopping) = (Arc::default(), Arc::default());
        let (held, stop) = (Arc::clone(&sessions), Arc::clone(&stopping));
        let accepting = Some(std::thread::spawn(move || accept(&listener, command, &held, &stop)));
        Sshd { room, address, user, sessions, stopping, accepting }
    }

    pub fn folder(&self) -> PathBuf {
        self.room.path().join("in")
    }

    /// The names in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        names(&self.folder())
    }

    /// The public part of a host key of a kind.
    pub fn host_key(&self, kind: &str) -> PathBuf {
        self.room.path().join(format!("host-{kind}.pub"))
    }

    pub fn account_key(&self) -> String {
        fs::read_to_string(self.room.path().join("account")).unwrap()
    }

    /// Lets a further key in.
    pub fn authorize(&self, key: &Path) {
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        let file = self.room.path().join("authorized");
        let all = fs::read_to_string(&file).unwrap() + &public;
        fs::write(file, all).unwrap();
    }

    /// Ends each session by the id of its process group, and nothing else.
    pub fn kill_sessions(&self) {
        kill(&self.sessions);
    }

    /// What all sessions logged, once each of them came to its end.
    pub async fn log(&self) -> String {
        let sessions = Arc::clone(&self.sessions);
        let ended = move || {
            let sessions = std::mem::take(&mut *sessions.lock().unwrap());
            let log = |mut session: Session| {
                let _ = session.child.wait();
                session.log.join().unwrap()
            };
            sessions.into_iter().map(log).collect()
        };
        tokio::task::spawn_blocking(ended).await.unwrap()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        kill(&self.sessions);
        for mut session in std::mem::take(&mut *self.sessions.lock().unwrap()) {
            let _ = session.child.wait();
        }
    }
}

fn kill(sessions: &Mutex<Vec<Session>>) {
    for session in sessions.lock().unwrap().iter_mut() {
        // Not reaped yet, so the number cannot be another's. A session may be several processes, all in its own group.
        if session.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let group = format!("-{}", session.child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        }
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn accept(listener: &TcpListener, mut command: Command, held: &Mutex<Vec<Session>>, stop: &AtomicBool) {
    for stream in listener.incoming() {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let socket = OwnedFd::from(stream.unwrap());
        command.stdin(Stdio::from(socket.try_clone().unwrap())).stdout(Stdio::from(socket));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        // This end has to go, or the client never sees that the server's is closed.
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut errors = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = errors.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        held.lock().unwrap().push(Session { child, log });
    }
}

fn by_pam(setting: &Setting) -> bool {
    setting.password.is_some() || !is_superuser()
}

fn text(room: &Path, sftp: &Path, setting: &Setting) -> String {
    let here = room.display();
    let mut text = format!(
        "PidFile none\nStrictModes no\nPermitRootLogin yes\nAuthorizedKeysFile {here}/authorized\nLogLevel DEBUG1\n\
         PrintMotd no\nMaxAuthTries 6\nKbdInteractiveAuthentication no\n"
    );
    for kind in setting.host_keys {
        let key = keygen(room, &format!("host-{kind}"), kind, "");
        text += &format!("HostKey {}\n", key.display());
    }
    if let Some(command) = setting.sftp {
        let command =
            command.replace("SFTP", &sftp.to_string_lossy()).replace("ROOM", &room.to_string_lossy());
        let script = room.join("subsystem");
        fs::write(&script, format!("#!/bin/sh\n{command}\n")).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        text += &format!("Subsystem sftp {}\n", script.display());
    }
    let pam = if by_pam(setting) { "yes" } else { "no" };
    let password =
        if setting.lines.contains("PasswordAuthentication") { "" } else { "PasswordAuthentication yes" };
    format!("{}\nUsePAM {pam}\n{password}\n{text}", setting.lines)
}

/// Makes the folder that a server of the superuser insists on, as its package's own start does.
fn privileged_folder(sshd: &Path, configuration: &Path) {
    let checked = Command::new(sshd).args(["-t", "-f"]).arg(configuration).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    if let Some(folder) = said.trim().strip_prefix("Missing privilege separation directory: ") {
        fs::create_dir_all(folder).unwrap();
        return privileged_folder(sshd, configuration);
    }
    assert!(checked.status.success(), "{said}");
}

/// One account with one password, and nothing of this machine's own accounts.
fn pretend_pam(command: &mut Command, room: &Path, user: &str, password: &str) {
    let (library, modules) = pam().unwrap();
    let services = room.join("pam");
    fs::create_dir(&services).unwrap();
    let known = room.join("passwords");
    fs::write(&known, format!("{user}:{password}:sshd\n")).unwrap();
    let line = |kind: &str| format!("{kind} required {modules}/pam_matrix.so passdb={}\n", known.display());
    let stack: String = ["auth", "account", "password", "session"].map(line).concat();
    for service in ["sshd", "other"] {
        fs::write(services.join(service), &stack).unwrap();
    }
    command.env("LD_PRELOAD", library).env("PAM_WRAPPER", "1").env("PAM_WRAPPER_SERVICE_DIR", services);
}
