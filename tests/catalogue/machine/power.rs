//! G-37: the power goes. A trace of everything that a run wrote is played back: at each write and each barrier the disk is
//! built as it could be found afterwards (everything written so far; only what was synced; what was synced and some of the
//! rest), and the databases are opened. Whenever something went out over the network, all that was written before it has
//! to be among what was synced.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use footbridge_tests::child::{CHILD_PASSPHRASE, Home, program};
use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::trace::{Call, calls, can_trace, traced};
use journal::{Journal, Signer, Verdict};
use rusqlite::Connection;
use secrecy::SecretString;
use vault::{Vault, VaultMode};

const CALLS: &str = "--trace=openat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,fallocate,unlink,unlinkat,rename,renameat,\
                     renameat2,fsync,fdatasync,sendto,sendmsg,mmap";

#[derive(Clone, Debug)]
enum Change {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// One file as the kernel sees it, and as the disk holds it for certain.
#[derive(Default, Clone)]
struct Kept {
    synced: Option<Vec<u8>>,
    open: Vec<Change>,
}

impl Kept {
    fn with(&self, mut takes: impl FnMut() -> bool) -> Option<Vec<u8>> {
        let mut bytes = self.synced.clone();
        for change in self.open.iter().filter(|_| takes()) {
            let bytes = bytes.get_or_insert_default();
            match change {
                Change::Length(length) => bytes.resize(*length, 0),
                Change::Bytes { at, bytes: new } => {
                    if bytes.len() < at + new.len() {
                        bytes.resize(at + new.len(), 0);
                    }
                    bytes[*at..at + new.len()].copy_from_slice(new);
                }
            }
        }
        bytes
    }
}

/// The folder of journal and vault, by file name.
#[derive(Default, Clone)]
struct Disk(BTreeMap<String, Kept>);

/// What a call did.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Did {
    Nothing,
    Written,
    Synced,
    Sent,
}

impl Disk {
    fn take(&mut self, call: &Call, folder: &str) -> Did {
        if call.answer.is_none() {
            return Did::Nothing;
        }
        let name = |path: &str| path.strip_prefix(folder).map(|name| name.trim_start_matches('/').to_owned());
        let number = |word: usize| {
            call.arguments.split(", ").nth(word).and_then(|word| word.trim().parse::<usize>().ok())
        };
        match call.name.as_str() {
            "sendto" | "sendmsg" => return Did::Sent,
            "write" | "writev"
                if ["TCP", "socket:"].iter().any(|kind| call.descriptor().starts_with(kind)) =>
            {
                return Did::Sent;
            }
            "openat" => {
                let Some(name) = name(&call.path()) else { return Did::Nothing };
                if call.arguments.contains("O_CREAT") && !name.is_empty() && !name.ends_with("-shm") {
                    let kept = self.0.entry(name).or_default();
                    if kept.synced.is_none() && kept.open.is_empty() {
                        kept.open.push(Change::Length(0));
                        return Did::Written;
                    }
                }
                return Did::Nothing;
            }
            "unlink" | "unlinkat" => {
                let Some(name) = name(&call.path()) else { return Did::Nothing };
                return if self.0.remove(&name).is_some() { Did::Written } else { Did::Nothing };
            }
            "rename" | "renameat" | "renameat2" => {
                let paths: Vec<String> =
                    call.strings().iter().filter_map(|path| name(&String::from_utf8_lossy(path))).collect();
                if let [from, to] = paths.as_slice()
                    && let Some(kept) = self.0.remove(from)
                {
                    self.0.insert(to.clone(), kept);
                    return Did::Written;
                }
                return Did::Nothing;
            }
            _ => {}
        }
        let Some(kept) = name(&call.descriptor())
            .filter(|name| !name.ends_with("-shm"))
            .and_then(|name| self.0.get_mut(&name))
        else {
            return Did::Nothing;
        };
        let length = kept.with(|| true).map_or(0, |bytes| bytes.len());
        match call.name.as_str() {
            "pwrite64" => {
                let at = number(3).unwrap_or_else(|| panic!("no offset: {}", call.arguments.len()));
                kept.open.push(Change::Bytes { at, bytes: call.strings().concat() });
                Did::Written
            }
            "write" | "writev" => {
                kept.open.push(Change::Bytes { at: length, bytes: call.strings().concat() });
                Did::Written
            }
            "ftruncate" => {
                kept.open.push(Change::Length(number(1).unwrap()));
                Did::Written
            }
            "fsync" | "fdatasync" => {
                kept.synced = kept.with(|| true);
                kept.open.clear();
                Did::Synced
            }
            other => panic!("{other} writes in a way that is not played back"),
        }
    }

    /// Lays the disk out in a folder; each open change is on it when `takes` says so.
    fn lay(&self, into: &Path, takes: &mut dyn FnMut() -> bool) {
        use std::os::unix::fs::PermissionsExt as _;
        for (name, kept) in &self.0 {
            if let Some(bytes) = kept.with(&mut *takes) {
                let path = into.join(name);
                std::fs::write(&path, bytes).unwrap();
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            }
        }
    }
}

/// How many rows each table has; an error where a database does not open as it should.
fn rows(folder: &Path, key: &Arc<OwnKey>) -> Result<[i64; 2], String> {
    let mut counts = [0, 0];
    for (file, table, count) in [("vault.db", "sealed", 0), ("journal.db", "entries", 1)] {
        let path = folder.join(file);
        if !path.exists() {
            continue;
        }
        let database = Connection::open(&path).map_err(|error| format!("{file}: {error}"))?;
        let verdict: String = database
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .map_err(|error| format!("{file}: {error}"))?;
        if verdict != "ok" {
            return Err(format!("{file}: {verdict}"));
        }
        // Before the tables are made there are none.
        counts[count] =
            database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap_or(0);
    }
    if counts[1] > 0 {
        let opened =
            Journal::open(&folder.join("journal.db"), key.clone()).map_err(|error| error.to_string())?;
        if opened.set_aside.is_some() {
            return Err("the journal was taken for damaged".to_owned());
        }
        let verdict = opened.journal.verify().map_err(|error| error.to_string())?;
        if !matches!(verdict, Verdict::Intact { .. }) {
            return Err(format!("{verdict:?}"));
        }
    }
    Ok(counts)
}

struct OwnKey(Vault);

impl Signer for OwnKey {
    fn tag(&self, message: &[u8]) -> [u8; 32] {
        self.0.tag("journal", message)
    }
}

/// Half of the open changes, chosen by a fixed rule for each state (xorshift, Marsaglia 2003).
fn some(seed: u64) -> impl FnMut() -> bool {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state & 1 == 1
    }
}

struct Played {
    states: u64,
    sent: u64,
    wrong: Vec<String>,
    most: [i64; 2],
}

fn play(trace: &Path, folder: &str, key: &Arc<OwnKey>, each: usize) -> Played {
    let mut disk = Disk::default();
    let mut played = Played { states: 0, sent: 0, wrong: Vec::new(), most: [0, 0] };
    let mut is_new = false;
    for (at, call) in calls(trace).iter().enumerate() {
        let did = disk.take(call, folder);
        let dense = match did {
            Did::Nothing => continue,
            Did::Sent if !is_new => continue,
            Did::Sent | Did::Synced => true,
            Did::Written => at.is_multiple_of(each),
        };
        is_new = did != Did::Sent;
        if !dense {
            continue;
        }
        let seed = u64::try_from(at).unwrap();
        let (mut half, mut other) = (some(seed), some(seed + 1_000_003));
        let ways: [(&str, &mut dyn FnMut() -> bool); 4] = [
            ("written", &mut || true),
            ("synced", &mut || false),
            ("half", &mut half),
            ("another half", &mut other),
        ];
        let mut counts = Vec::new();
        for (way, takes) in ways {
            let copy = tempfile::tempdir().unwrap();
            disk.lay(copy.path(), takes);
            played.states += 1;
            match rows(copy.path(), key) {
                Ok(found) => counts.push(found),
                Err(why) => played.wrong.push(format!("call {at} ({}), {way}: {why}", call.name)),
            }
        }
        if let [written, synced, ..] = counts[..] {
            played.most = [written[0].max(played.most[0]), written[1].max(played.most[1])];
            if did == Did::Sent {
                played.sent += 1;
                if written != synced {
                    played
                        .wrong
                        .push(format!("call {at}: sent with {written:?} rows written and {synced:?} synced"));
                }
            }
        }
    }
    played
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g37_after_a_loss_of_power_everything_acknowledged_is_there() {
    let Some(program) = program() else { return };
    if !can_trace() {
        return;
    }
    let mut home = Home::open().await;
    let trace = home.path().join("trace");
    home.before = traced(&trace, &["-yy", "-xx", "-s", "100000", CALLS]);
    let ended = home.product(&program, "southwind", None);
    assert_eq!(ended.code, Some(0), "{}", ended.told());
    let data = home.path().join("data");
    let mode = VaultMode::Passphrase(SecretString::from(CHILD_PASSPHRASE));
    let key = Arc::new(OwnKey(Vault::open(&data, mode).unwrap()));
    let played = play(&trace, &data.canonicalize().unwrap().display().to_string(), &key, scale(12, 1));
    assert!(
        played.most[0] >= 1 && played.most[1] >= 20,
        "the trace was not understood: {:?} rows",
        played.most
    );
    assert!(played.sent >= 5, "only {} times something was sent after a write", played.sent);
    assert_eq!(played.wrong, Vec::<String>::new());
    reached("G-37", "states of the disk opened", played.states, Target::AtLeast(scale(120, 800)));
    reached(
        "G-37",
        "times something was sent with all before it on the disk",
        played.sent,
        Target::AtLeast(5),
    );
    reached("G-37", "states that were damaged or forgot", played.wrong.len() as u64, Target::Exactly(0));

    // The control: the same trace without its barriers is found out.
    let text = std::fs::read_to_string(&trace).unwrap();
    let bare: String =
        text.lines().filter(|line| !line.contains("sync(")).map(|line| format!("{line}\n")).collect();
    let without = home.path().join("without");
    std::fs::write(&without, bare).unwrap();
    let control = play(&without, &data.canonicalize().unwrap().display().to_string(), &key, 1_000_000);
    assert!(!control.wrong.is_empty(), "the control: a run without barriers was taken");
}
