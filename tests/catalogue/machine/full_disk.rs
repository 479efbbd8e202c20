//! G-32: a disk that is full, or that fails, at any moment: no secret is lost (it is kept or revoked), the databases open
//! afterwards, the message names the path, and once there is room the next run comes to the end.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use footbridge_tests::child::{Ended, Home, program};
use footbridge_tests::goal::{Target, is_whole, reached, scale};
use footbridge_tests::strangers_are_required;
use footbridge_tests::trace::can_trace;
use rusqlite::Connection;

use super::places::Story;

/// A small file system in memory, taken away again on drop.
struct Disk {
    at: PathBuf,
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

impl Disk {
    fn of(size: &str, at: PathBuf) -> Option<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().mode(0o700).create(&at).unwrap();
        let options = format!("size={size},mode=0700");
        let mounted =
            succeeds("mount", &["-t", "tmpfs", "-o", &options, "footbridge-test", &at.display().to_string()]);
        mounted.then_some(Self { at })
    }

    fn grow(&self) {
        assert!(
            succeeds("mount", &["-o", "remount,size=64m", &self.at.display().to_string()]),
            "no more room could be made"
        );
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        assert!(
            succeeds("umount", &["-l", &self.at.display().to_string()]),
            "{} is still mounted",
            self.at.display()
        );
    }
}

/// Under `strace`, which answers some system calls itself.
fn traced(inject: &str) -> Vec<String> {
    ["strace", "-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", inject].map(str::to_owned).to_vec()
}

/// The key ids of the tenant's live secrets.
fn secrets(home: &Home) -> Vec<String> {
    let world = home.tenant.world();
    let applications = world.applications("Southwind");
    let keys =
        applications.iter().flat_map(|one| one["passwordCredentials"].as_array().into_iter().flatten());
    keys.map(|key| key["keyId"].as_str().unwrap_or_default().to_lowercase()).collect()
}

/// Live credentials that the vault does not hold.
fn lost(home: &Home) -> Vec<String> {
    let live = secrets(home);
    if live.is_empty() {
        return live;
    }
    let vault = home.path().join("data/vault.db");
    let stored: Vec<String> = Connection::open(vault)
        .and_then(|database| {
            let mut rows =
                database.prepare("SELECT lower(name) FROM sealed WHERE purpose = 'client-secret'")?;
            rows.query_map([], |row| row.get(0))?.collect()
        })
        .unwrap_or_default();
    live.into_iter().filter(|key| !stored.contains(key)).collect()
}

#[derive(Default)]
struct Tally {
    runs: u64,
    failed: u64,
    wrong: Vec<String>,
}

impl Tally {
    /// Judges a run that may have met the full disk.
    fn judge(&mut self, name: &str, home: &Home, ended: &Ended, is_revocable: bool) {
        self.runs += 1;
        let told = ended.told();
        if ended.code == Some(0) {
            return;
        }
        self.failed += 1;
        if told.contains("panicked") || told.contains("stopped at") || ended.code.is_none() {
            self.wrong.push(format!("{name}: {told}"));
        }
        if !told.contains(&home.path().display().to_string()) {
            self.wrong.push(format!("{name}: the message names no path: {told}"));
        }
        let lost = lost(home);
        if is_revocable && !lost.is_empty() {
            self.wrong.push(format!("{name}: {lost:?} is live and nowhere: {told}"));
        }
    }

    /// With room again: everything comes to the end.
    fn mend(&mut self, name: &str, story: &Story<'_>) {
        match story.converge() {
            Ok(_) => self.wrong.extend(story.faults().into_iter().map(|fault| format!("{name}: {fault}"))),
            Err(told) => self.wrong.push(format!("{name}: not done with room again: {told}")),
        }
    }

    fn close(self, what: &str, least: u64) {
        println!("{}", self.wrong.join("\n"));
        assert!(self.failed > 0, "the control: no run met the full disk");
        reached("G-32", &format!("runs on {what}"), self.runs, Target::AtLeast(least));
        reached(
            "G-32",
            &format!("secrets lost, databases broken or paths not named, {what}"),
            self.wrong.len() as u64,
            Target::Exactly(0),
        );
    }
}

/// On smaller disks, in KiB, the vault itself may fail to be made.
const ROOM_FOR_A_VAULT: usize = 256;
/// Behind as many writes the vault stands.
const WRITES_OF_A_VAULT: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g32_a_disk_of_any_small_size() {
    let Some(program) = program() else { return };
    if !can_trace() {
        return;
    }
    let (mut tally, mut size) = (Tally::default(), 64);
    while size <= 4096 {
        let mut home = Home::open().await;
        let Some(disk) = Disk::of(&format!("{size}k"), home.path().join("data")) else {
            assert!(!strangers_are_required(), "a small disk could not be mounted");
            eprintln!("LEFT OUT: nothing can be mounted here; the limits of files below stand for it");
            return;
        };
        if size > ROOM_FOR_A_VAULT {
            home = home.with_quick_vault();
        }
        // A system that does not say how much room there is; otherwise no secret would be made on so small a disk.
        home.before = traced("--inject=statfs,fstatfs:error=ENOSYS");
        let ended = home.product(&program, "southwind", None);
        tally.judge(&format!("{size} KiB"), &home, &ended, true);
        home.before = Vec::new();
        disk.grow();
        let story = Story { home, program: &program, guide: "southwind" };
        // Where the run was done at once there is nothing to mend.
        if ended.code != Some(0) {
            tally.mend(&format!("{size} KiB"), &story);
        }
        size += if is_whole() { 16 } else { size.max(1000) };
    }
    tally.close("a small disk", scale(3, 250));
}

/// Before a secret is made that nobody shows again, there has to be room to keep it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g32_too_little_room_is_told_before_a_secret_is_made() {
    let Some(program) = program() else { return };
    let mut runs = 0;
    for mebibytes in [3, 9, 15, 24] {
        let home = Home::open().await;
        let Some(disk) = Disk::of(&format!("{mebibytes}m"), home.path().join("data")) else {
            assert!(!strangers_are_required(), "a small disk could not be mounted");
            eprintln!("LEFT OUT: nothing can be mounted here");
            return;
        };
        let ended = home.product(&program, "southwind", None);
        let told = ended.told();
        // The control: with room the same run comes to its end.
        if mebibytes >= 20 {
            assert_eq!(ended.code, Some(0), "{told}");
            break;
        }
        runs += 1;
        assert!(ended.code.is_some_and(|code| code != 0), "{mebibytes} MiB: {told}");
        assert!(told.contains("16 MiB") && told.contains(&disk.at.display().to_string()), "{told}");
        assert_eq!(secrets(&home).len(), 0, "{mebibytes} MiB: a secret was made");
        disk.grow();
        let story = Story { home, program: &program, guide: "southwind" };
        assert!(story.converge().is_ok(), "not done with room again");
        assert_eq!(story.faults(), Vec::<String>::new());
    }
    reached("G-32", "disks with too little room that made no secret", runs, Target::Exactly(3));
}

/// Where nothing can be mounted: no file may grow beyond the limit (`setrlimit(2)`, RLIMIT_FSIZE, with the signal ignored).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g32_files_that_may_not_grow() {
    let Some(program) = program() else { return };
    let mut tally = Tally::default();
    for kilobytes in (24..=scale(120, 280)).step_by(scale(48, 8)) {
        let mut home = Home::open().await;
        let limit = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", kilobytes * 2);
        home.before = ["sh", "-c", &limit, "sh"].map(str::to_owned).to_vec();
        let ended = home.product(&program, "southwind", None);
        let name = format!("files of {kilobytes} KiB");
        tally.judge(&name, &home, &ended, true);
        home.before = Vec::new();
        if ended.code != Some(0) {
            tally.mend(&name, &Story { home, program: &program, guide: "southwind" });
        }
    }
    tally.close("files that may not grow", scale(3, 30));
}

/// The disk says that it is full, or that it failed, once or from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g32_a_disk_that_refuses_at_the_nth_write() {
    let Some(program) = program() else { return };
    if !can_trace() {
        return;
    }
    let mut tally = Tally::default();
    let ways = [
        ("pwrite64", "ENOSPC", "+"),
        ("pwrite64", "EIO", ""),
        ("fsync,fdatasync", "EIO", "+"),
        ("pwrite64", "EDQUOT", "+"),
    ];
    for (calls, error, on) in ways.into_iter().take(scale(2, 4)) {
        let mut at = 1;
        while at < scale(40, 400) {
            let mut home = Home::open().await;
            if at > WRITES_OF_A_VAULT {
                home = home.with_quick_vault();
            }
            let inject = format!("--inject={calls}:error={error}:when={at}{on}");
            home.before = traced(&inject);
            let ended = home.product(&program, "southwind", None);
            let name = format!("{error} at {calls} {at}{on}");
            // A disk that takes nothing any more takes no key of a revoked secret either; what counts is the next run.
            tally.judge(&name, &home, &ended, false);
            home.before = Vec::new();
            let met = ended.code != Some(0);
            if met {
                tally.mend(&name, &Story { home, program: &program, guide: "southwind" });
            } else if on == "+" {
                break;
            }
            at = if is_whole() { at + 5 } else { at * 30 };
        }
    }
    tally.close("a disk that refuses", scale(2, 90));
}

/// The search for lost secrets finds one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g32_control_a_lost_secret_is_found() {
    let Some(program) = program() else { return };
    let home = Home::open().await;
    assert_eq!(home.product(&program, "southwind", None).code, Some(0));
    assert_eq!(lost(&home), Vec::<String>::new());
    let vault: &Path = &home.path().join("data/vault.db");
    Connection::open(vault)
        .unwrap()
        .execute("DELETE FROM sealed WHERE purpose = 'client-secret'", [])
        .unwrap();
    assert_eq!(lost(&home).len(), 1);
}
