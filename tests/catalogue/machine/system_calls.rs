//! G-01, by system call: the program is killed at the n-th `write`, `pwrite64`, `fsync`, … for n = 1, 2, … until it survives,
//! while it runs a guide, takes it back or renews a credential, and at each word that it sends and hears. After each kill the
//! databases are whole and nothing has doubled; from each state that the disk and the tenant are left in, the program is run to
//! the end.

use std::collections::BTreeMap;
use std::path::Path;

use footbridge_tests::child::{Ended, Home, program};
use footbridge_tests::goal::{Target, is_whole, reached, scale};
use footbridge_tests::trace::can_trace;
use rusqlite::Connection;

use super::places::Story;

/// Calls that leave something behind. strace counts each of them by thread.
const CALLS: [&str; 10] =
    ["pwrite64", "write", "fsync", "fdatasync", "openat", "unlink", "rename", "linkat", "mkdir", "ftruncate"];
/// A request is about to leave, an answer has just come, or a server is about to be called.
const NETWORK: [&str; 4] = ["recvfrom", "sendto", "writev", "connect"];
/// As often as this a state that was seen before is run to the end all the same.
const AGAIN: usize = 12;

/// A folder in memory where there is one: `fsync` is a call all the same.
fn quick() -> std::path::PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// What a kill left behind, so that two kills with the same answer are the same state to whoever comes next.
fn state(home: &Home) -> Result<String, String> {
    let copy = tempfile::tempdir_in(quick()).unwrap();
    let data = home.path().join("data");
    let mut told = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(&data).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        std::fs::copy(entry.path(), copy.path().join(&name)).unwrap();
        let kind = if name.starts_with("connection-") { "lease".to_owned() } else { name };
        let is_empty = entry.metadata().unwrap().len() == 0;
        names.push(format!("{kind}{}", if is_empty { " (empty)" } else { "" }));
    }
    names.sort();
    for (file, sql) in [
        ("journal.db", "SELECT group_concat(kind) FROM (SELECT kind FROM entries ORDER BY seq)"),
        ("vault.db", "SELECT group_concat(purpose) FROM (SELECT purpose FROM sealed ORDER BY number)"),
    ] {
        let path = copy.path().join(file);
        if !path.exists() {
            continue;
        }
        let database = Connection::open(&path).unwrap();
        let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        if verdict != "ok" {
            return Err(format!("{file}: {verdict}"));
        }
        // Before the tables were made there are none.
        let rows: Option<String> = database.query_row(sql, [], |row| row.get(0)).unwrap_or_default();
        told.push(format!("{file}: {}", rows.unwrap_or_default()));
    }
    let out = footbridge_tests::child::below(&home.path().join("out"));
    let kinds = out.iter().map(|path| path.extension().unwrap_or_default().to_string_lossy().into_owned());
    let mut kinds: Vec<String> = kinds.collect();
    kinds.sort();
    let world = home.tenant.world();
    told.push(format!("{names:?} {kinds:?} {} writes", world.writes()));
    Ok(told.join("\n"))
}

fn killing(call: &str, at: usize) -> Vec<String> {
    let inject = format!("--inject={call}:signal=KILL:when={at}");
    let words = ["strace", "-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", &inject];
    words.into_iter().map(str::to_owned).collect()
}

#[derive(Default)]
struct Tally {
    points: u64,
    states: BTreeMap<String, usize>,
    converged: u64,
    most_runs: usize,
    wrong: Vec<String>,
}

/// What the program does when it is killed.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Run,
    Undo,
    Renew,
}

impl Deed {
    fn carry_out(self, story: &Story<'_>) -> Ended {
        match self {
            Self::Run => story.home.product(story.program, story.guide, None),
            Self::Undo => story.undo(None),
            Self::Renew => story.renew(&["--early"], None),
        }
    }

    /// Once more after the kill, before everything is run to the end.
    fn take_up(self, story: &Story<'_>) -> Result<(), String> {
        if let Self::Run = self {
            return Ok(());
        }
        let ended = self.carry_out(story);
        if ended.code == Some(0) { Ok(()) } else { Err(format!("{self:?} does not end: {}", ended.told())) }
    }
}

/// What the program finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Nothing: it makes its vault first.
    Nothing,
    Vault,
}

/// How a point ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    Survived,
    /// Killed before the tenant heard of it.
    Unheard,
    Heard,
}

/// One point.
async fn killed(
    program: &Path,
    (deed, guide, found): (Deed, &'static str, Found),
    call: &str,
    at: usize,
    tally: &mut Tally,
) -> Point {
    let home = Home::open_in(&quick()).await;
    let home = if found == Found::Vault { home.with_quick_vault() } else { home };
    let mut story = Story { home, program, guide };
    if !matches!(deed, Deed::Run) {
        let ended = Deed::Run.carry_out(&story);
        assert_eq!(ended.code, Some(0), "{}", ended.told());
    }
    story.home.before = killing(call, at);
    let ended = deed.carry_out(&story);
    story.home.before = Vec::new();
    if ended.code.is_some() {
        assert_eq!(ended.code, Some(0), "{call} {at} survived and was not done: {}", ended.told());
        return Point::Survived;
    }
    tally.points += 1;
    let point = if story.home.tenant.control().traffic().is_empty() { Point::Unheard } else { Point::Heard };
    let name = format!("{deed:?}, {guide}, {found:?}, {call} {at}");
    let state = match state(&story.home) {
        Ok(state) => state,
        Err(why) => {
            tally.wrong.push(format!("{name}: {why}"));
            return point;
        }
    };
    let seen = tally.states.entry(state).or_default();
    *seen += 1;
    if *seen != 1 && !(*seen).is_multiple_of(AGAIN) {
        return point;
    }
    tally.converged += 1;
    match deed.take_up(&story).and_then(|()| story.converge()) {
        Ok(runs) => tally.most_runs = tally.most_runs.max(runs),
        Err(told) => {
            tally.wrong.push(format!("{name}: not done: {told}"));
            return point;
        }
    }
    tally.wrong.extend(story.faults().into_iter().map(|fault| format!("{name}: {fault}")));
    point
}

async fn every_point(deed: Deed, guide: &'static str, calls: &[&str], least: u64) {
    let Some(program) = program() else { return };
    if !can_trace() {
        return;
    }
    let mut tally = Tally::default();
    for call in calls.iter().take(scale(2, calls.len())) {
        // strace counts by thread, and a shorter deed may spread its calls over several.
        let first = if matches!(deed, Deed::Run) && CALLS.contains(call) { 6 } else { 1 };
        let mut at = scale(first, 1);
        while killed(&program, (deed, guide, Found::Vault), call, at, &mut tally).await != Point::Survived {
            // A slice takes ever longer steps, so that each stretch of the run is met.
            at = if is_whole() { at + 1 } else { at * 6 };
        }
        // Once the tenant hears of it, a vault that was just made is like one that was found.
        let mut at = 1;
        let story = (deed, guide, Found::Nothing);
        while is_whole()
            && matches!(deed, Deed::Run)
            && killed(&program, story, call, at, &mut tally).await == Point::Unheard
        {
            at += 1;
        }
    }
    let what = format!("{} {guide}, {}", format!("{deed:?}").to_lowercase(), calls.join(" and "));
    println!(
        "{what}: {} points, {} states, {} run to the end\n{}",
        tally.points,
        tally.states.len(),
        tally.converged,
        tally.wrong.join("\n")
    );
    reached("G-01", &format!("system calls killed at, {what}"), tally.points, Target::AtLeast(least));
    reached("G-01", &format!("further runs to the end, {what}"), tally.most_runs as u64, Target::AtMost(2));
    reached(
        "G-01",
        &format!("lost, double or damaged, {what}"),
        tally.wrong.len() as u64,
        Target::Exactly(0),
    );
}

macro_rules! points {
    ($($test:ident: $deed:ident $guide:literal $calls:expr, $slice:literal, $whole:literal;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                every_point(Deed::$deed, $guide, $calls, scale($slice, $whole)).await;
            }
        )*
    };
}

// The least of each is what it makes; goals.toml holds the sum of all against the target.
points! {
    g01_killed_at_each_write_to_a_database_with_a_secret: Run "southwind" &CALLS[..1], 2, 150;
    g01_killed_at_each_write_with_a_secret: Run "southwind" &CALLS[1..2], 1, 40;
    g01_killed_at_each_sync_with_a_secret: Run "southwind" &CALLS[2..4], 1, 45;
    g01_killed_at_each_opening_with_a_secret: Run "southwind" &CALLS[4..5], 2, 45;
    g01_killed_at_each_change_of_a_folder_with_a_secret: Run "southwind" &CALLS[5..], 1, 8;
    g01_killed_at_each_word_with_the_tenant_about_a_secret: Run "southwind" &NETWORK, 1, 10;
    g01_killed_at_each_write_to_a_database_with_a_certificate: Run "northwind" &CALLS[..1], 2, 150;
    g01_killed_at_each_sync_with_a_certificate: Run "northwind" &CALLS[2..4], 1, 45;
    g01_killed_at_each_opening_with_a_certificate: Run "northwind" &CALLS[4..5], 2, 45;
    g01_killed_at_each_word_with_the_tenant_about_a_certificate: Run "northwind" &NETWORK, 1, 10;
    g01_killed_at_each_write_with_a_certificate: Run "northwind" &CALLS[1..2], 1, 40;
    g01_killed_at_each_change_of_a_folder_with_a_certificate: Run "northwind" &CALLS[5..], 1, 8;
    g01_killed_at_each_write_to_a_database_of_an_undo: Undo "southwind" &CALLS[..1], 1, 20;
    g01_killed_at_each_sync_of_an_undo: Undo "southwind" &CALLS[2..4], 1, 8;
    g01_killed_at_each_word_with_the_tenant_of_an_undo: Undo "southwind" &NETWORK, 1, 8;
    g01_killed_at_each_write_to_a_database_of_a_renewal: Renew "southwind" &CALLS[..1], 1, 60;
    g01_killed_at_each_sync_of_a_renewal: Renew "southwind" &CALLS[2..4], 1, 20;
    g01_killed_at_each_opening_of_a_renewal: Renew "southwind" &CALLS[4..5], 1, 20;
    g01_killed_at_each_word_with_the_tenant_of_a_renewal: Renew "southwind" &NETWORK, 1, 10;
    g01_killed_at_each_write_of_a_renewal: Renew "southwind" &CALLS[1..2], 1, 20;
    g01_killed_at_each_write_to_a_database_of_a_renewed_certificate: Renew "northwind" &CALLS[..1], 1, 60;
    g01_killed_at_each_sync_of_a_renewed_certificate: Renew "northwind" &CALLS[2..4], 1, 20;
    g01_killed_at_each_opening_of_a_renewed_certificate: Renew "northwind" &CALLS[4..5], 1, 20;
    g01_killed_at_each_word_with_the_tenant_of_a_renewed_certificate: Renew "northwind" &NETWORK, 1, 10;
    g01_killed_at_each_opening_of_an_undo: Undo "southwind" &CALLS[4..5], 1, 20;
    g01_killed_at_each_write_to_a_database_of_an_undone_certificate: Undo "northwind" &CALLS[..1], 1, 20;
    g01_killed_at_each_sync_of_an_undone_certificate: Undo "northwind" &CALLS[2..4], 1, 8;
    g01_killed_at_each_opening_of_an_undone_certificate: Undo "northwind" &CALLS[4..5], 1, 20;
    g01_killed_at_each_word_with_the_tenant_of_an_undone_certificate: Undo "northwind" &NETWORK, 1, 8;
    g01_killed_at_each_write_of_a_renewed_certificate: Renew "northwind" &CALLS[1..2], 1, 20;
    g01_killed_at_each_write_of_an_undo: Undo "southwind" &CALLS[1..2], 1, 5;
    g01_killed_at_each_write_of_an_undone_certificate: Undo "northwind" &CALLS[1..2], 1, 5;
}
