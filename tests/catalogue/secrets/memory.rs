//! G-11: a secret stands in memory while it is used and nowhere in it afterwards, and no dump of a process holds one. The
//! memory is read through `/proc/PID/mem`, all of it, so that nothing hangs on a debugger being there.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use footbridge_tests::child::{CHILD_PASSPHRASE, Home, below, program};
use footbridge_tests::goal::{Target, reached};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use vault::{Label, Vault, VaultMode};

const FOLDER: &str = "FOOTBRIDGE_HOLDER";
const PROTECTED: &str = "FOOTBRIDGE_HOLDER_PROTECTED";
const MASK: u8 = 0xa7;

fn masked(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ MASK).collect()
}

fn unmasked(path: &Path) -> zeroize::Zeroizing<Vec<u8>> {
    let mut bytes = zeroize::Zeroizing::new(std::fs::read(path).unwrap());
    bytes.iter_mut().for_each(|byte| *byte ^= MASK);
    bytes
}

fn text(path: &Path) -> SecretString {
    SecretString::from(std::str::from_utf8(&unmasked(path)).unwrap())
}

fn say(word: &str) {
    println!("\nholder: {word}");
    std::io::stdout().flush().unwrap();
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
}

/// The process that is looked at: it holds a client secret, a private key and the vault's own key, then drops them.
#[test]
#[ignore = "runs inside a process of its own"]
fn case_holder() {
    let folder = std::path::PathBuf::from(std::env::var_os(FOLDER).unwrap());
    if std::env::var_os(PROTECTED).is_some() {
        vault::keep_out_of_dumps().unwrap();
    }
    let mode = VaultMode::Passphrase(text(&folder.join("passphrase")));
    let vault = Vault::open(&folder.join("data"), mode).unwrap();
    let label = Label {
        connection: "c".into(),
        purpose: "client-secret".into(),
        name: "n".into(),
        details: serde_json::json!({}),
    };
    let id = vault.put(&label, &text(&folder.join("secret")), time::OffsetDateTime::UNIX_EPOCH).unwrap();
    let secret = vault.get(&id).unwrap();
    let der = SecretBox::new(Box::new(unmasked(&folder.join("key")).to_vec()));
    let key = certs::PrivateKey::from_pkcs8(&der).unwrap();
    drop(der);
    say("alive");
    if std::env::var_os("FOOTBRIDGE_HOLDER_ABORTS").is_some() {
        std::process::abort();
    }
    drop((secret, key, vault));
    say("dropped");
}

struct Holder {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Holder {
    fn start(folder: &Path, before: &[&str], environment: &[(&str, &str)]) -> Self {
        let me = std::env::current_exe().unwrap();
        let mut command = match before.split_first() {
            Some((first, more)) => {
                let mut command = Command::new(first);
                command.args(more).arg(me);
                command
            }
            None => Command::new(me),
        };
        command.args(["--exact", "secrets::memory::case_holder", "--ignored", "--nocapture"]);
        command.env(FOLDER, folder).envs(environment.iter().copied()).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn wait_for(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(&format!("holder: {word}")) {
            line.clear();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "the holder ended before `{word}`");
        }
    }

    fn go_on(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Everything that the process could have written to.
    fn memory(&self) -> Vec<u8> {
        memory(self.child.id())
    }
}

fn memory(process: u32) -> Vec<u8> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let mut file = std::fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut all = Vec::new();
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        if !rest.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|number| u64::from_str_radix(number, 16).unwrap());
        file.seek(SeekFrom::Start(from)).unwrap();
        let mut part = Vec::new();
        // A file that was mapped beyond its end cannot be read there.
        if (&mut file as &mut dyn std::io::Read).take(to - from).read_to_end(&mut part).is_ok() {
            all.extend(part);
        }
    }
    all
}

/// How often the bytes stand there, forwards or, as big numbers are kept, backwards.
fn hits(memory: &[u8], wanted: &[u8]) -> u64 {
    let backwards: Vec<u8> = wanted.iter().rev().copied().collect();
    let (first, last) = (wanted[0], backwards[0]);
    let mut count = 0;
    for (at, byte) in memory.iter().enumerate() {
        if *byte == first || *byte == last {
            let rest = &memory[at..];
            count += u64::from(rest.starts_with(wanted) || rest.starts_with(&backwards));
        }
    }
    count
}

/// What the holder is given. None of it stands in the program: what is compiled in is in memory for good.
struct Held {
    folder: tempfile::TempDir,
    key: Vec<u8>,
    secret: String,
    passphrase: String,
}

fn held() -> Held {
    let folder = tempfile::tempdir().unwrap();
    let key = certs::PrivateKey::make(certs::KeyKind::Rsa2048).unwrap();
    let der = key.pkcs8();
    let der = der.expose_secret();
    let words = |part: &[u8]| part.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (secret, passphrase) = (words(&der[60..80]), words(&der[90..110]));
    for (name, bytes) in [("passphrase", passphrase.as_bytes()), ("secret", secret.as_bytes()), ("key", der)]
    {
        std::fs::write(folder.path().join(name), masked(bytes)).unwrap();
    }
    // RFC 8017 A.1.2: the last two numbers are the second CRT exponent and the coefficient, 128 bytes each, so that
    // this lies within the exponent.
    Held { key: der[der.len() - 230..der.len() - 170].to_vec(), folder, secret, passphrase }
}

/// The key that the vault stretched out of its passphrase (crates/vault/src/passphrase.rs).
fn vault_key(held: &Held) -> Vec<u8> {
    use base64::Engine as _;
    let database = rusqlite::Connection::open(held.folder.path().join("data/vault.db")).unwrap();
    let setting = |name: &str| -> String {
        database.query_row("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0)).unwrap()
    };
    let salt = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(setting("salt")).unwrap();
    let cost: Vec<u32> = setting("cost").split(' ').filter_map(|word| word.parse().ok()).collect();
    let parameters = argon2::Params::new(cost[0], cost[1], cost[2], Some(32)).unwrap();
    let mut key = vec![0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters)
        .hash_password_into(held.passphrase.as_bytes(), &salt, &mut key)
        .unwrap();
    key
}

#[test]
fn g11_what_was_dropped_stands_nowhere_in_memory() {
    let held = held();
    let mut holder = Holder::start(held.folder.path(), &[], &[]);
    holder.wait_for("alive");
    let alive = holder.memory();
    let wanted = [
        ("client secret", held.secret.as_bytes().to_vec()),
        ("private key", held.key.clone()),
        ("vault key", vault_key(&held)),
    ];
    for (name, bytes) in &wanted {
        assert!(hits(&alive, bytes) > 0, "the control: {name} was not found although it is in use");
    }
    drop(alive);
    holder.go_on();
    holder.wait_for("dropped");
    let dropped = holder.memory();
    let mut left = 0;
    for (name, bytes) in wanted.iter().chain(&[("vault passphrase", held.passphrase.as_bytes().to_vec())]) {
        let found = hits(&dropped, bytes);
        assert_eq!(found, 0, "{name} is still in memory");
        left += found;
    }
    holder.go_on();
    assert!(holder.child.wait().unwrap().success());
    reached(
        "G-11",
        "secrets found while in use (client secret, private key, vault key)",
        3,
        Target::Exactly(3),
    );
    reached("G-11", "found after they were dropped", left, Target::Exactly(0));
}

fn cores(folder: &Path) -> Vec<u8> {
    let is_core = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"))
    };
    below(folder).into_iter().filter(is_core).flat_map(|path| std::fs::read(path).unwrap()).collect()
}

const DUMPING: [&str; 4] = ["sh", "-c", "ulimit -c unlimited; exec \"$@\"", "sh"];

fn aborted(environment: &[(&str, &str)]) -> (Held, Vec<u8>) {
    let held = held();
    let mut holder = Holder::start(held.folder.path(), &DUMPING, environment);
    holder.wait_for("alive");
    holder.go_on();
    assert!(!holder.child.wait().unwrap().success());
    let core = cores(held.folder.path());
    (held, core)
}

/// Whether this system writes dumps into the folder of the process, as `core(5)` describes.
fn dumps_are_files() -> bool {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let here = pattern.starts_with("core");
    if !here {
        eprintln!(
            "LEFT OUT: dumps go to `{}` here; limit and filter are looked at all the same",
            pattern.trim()
        );
    }
    here
}

#[test]
fn g11_an_aborted_process_leaves_no_secret_in_a_dump() {
    if !dumps_are_files() {
        return;
    }
    let aborts = ("FOOTBRIDGE_HOLDER_ABORTS", "1");
    let (held, core) = aborted(&[aborts]);
    assert!(
        hits(&core, held.secret.as_bytes()) > 0,
        "the control: a dump of {} bytes without the secret",
        core.len()
    );
    assert!(hits(&core, &held.key) > 0, "the control: a dump of {} bytes without the key", core.len());
    drop((held, core));
    let (held, core) = aborted(&[aborts, (PROTECTED, "1")]);
    let found = hits(&core, held.secret.as_bytes()) + hits(&core, &held.key);
    reached("G-11", "found in the dump of an aborted process", found, Target::Exactly(0));
}

/// The program itself, ended in the middle of a run with a token and a passphrase in its memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g11_the_program_leaves_no_dump_and_says_so_to_the_kernel() {
    let Some(program) = program() else { return };
    let mut home = Home::open().await;
    home.before = DUMPING.map(str::to_owned).to_vec();
    let (out, phrase) =
        (home.path().join("out").display().to_string(), home.path().join("phrase").display().to_string());
    let given = [
        "run",
        "southwind",
        "--connection",
        "Pilot",
        "--out",
        &out,
        "--yes",
        "--json",
        "--passphrase-file",
        &phrase,
    ];
    let mut child = home.command(&program, &given, None).current_dir(home.path()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let signed_in = lines.by_ref().map_while(Result::ok).any(|line| home.heed(&line) == "signed-in");
    assert!(signed_in, "nobody signed in");
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
    let send = |signal: &str| {
        let status = Command::new("/bin/kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(status.success());
    };
    // Held still while it is looked at, so that it does not come to its end meanwhile.
    send("-STOP");
    let token = memory(child.id());
    assert!(
        hits(&token, b"eyJ0eXAiOiJKV1Qi") + hits(&token, b"eyJhbGciOiJSUzI1NiIs") > 0,
        "the control: no token in memory"
    );
    assert_eq!(
        read("coredump_filter").trim().trim_start_matches('0'),
        "",
        "the filter lets mappings into a dump"
    );
    let limits = read("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let limits: Vec<u64> = core.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(limits.len() == 2 && limits.iter().all(|limit| *limit == 1), "{core}");
    send("-ABRT");
    send("-CONT");
    assert!(!child.wait().unwrap().success());
    let core = cores(home.path());
    let found = hits(&core, CHILD_PASSPHRASE.as_bytes()) + hits(&core, b"eyJ0eXAiOiJKV1Qi");
    reached("G-11", "found in the dump of the program", found, Target::Exactly(0));
}
