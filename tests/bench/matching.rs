//! 100,000 users compared with a product's list of as many, beside a bare loop that only fetches the pages. Time runs from the
//! end of the sign-in to the end of the step; rows are there when the command line tells of the first users.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::Settings;

use crate::footbridge::{self, Home};
use crate::memory;
use crate::pages;
use crate::row::{Line, mebibytes, median, seconds, times};
use crate::scene::Scene;

const USERS: usize = 100_000;
const SLOWER: f64 = 1.5;
const MORE: u64 = 64 * 1024 * 1024;

/// One step of 100,000 people: nothing else is in this guide.
const GUIDE: [(&str, &str); 3] = [
    ("guide.toml", include_str!("guide/guide.toml")),
    ("en.toml", include_str!("guide/en.toml")),
    ("de.toml", include_str!("guide/de.toml")),
];

/// What comparing took.
struct Compared {
    first: f64,
    all: f64,
    memory: u64,
}

/// Measures the row.
pub fn measure() -> Vec<Line> {
    let work = "100,000 users compared with a list of as many";
    let lines = [
        Line::new("match/time", work, "at most 1.5 times"),
        Line::new("match/memory", "the most memory meanwhile", "at most 64 MiB more"),
        Line::new(
            "match/first-rows",
            "until the first users are told",
            "before a second page could be there",
        ),
    ];
    if let Err(why) = footbridge::program() {
        return lines.map(|line| line.left_out(why)).to_vec();
    }
    let scene = Scene::open(Settings { users: USERS, ..Settings::default() });
    lay(&scene);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..=times(5) {
        let (one, other) = (compare(&scene), pages::by_a_bare_loop(&scene));
        assert!(other.pages > 100, "only {} pages", other.pages);
        if turn > 0 {
            ours.push(one);
            theirs.push(other);
        }
    }
    let middle = |figures: Vec<f64>| median(&figures);
    let all = (
        middle(ours.iter().map(|one| one.all).collect()),
        middle(theirs.iter().map(|one| one.all).collect()),
    );
    let first = (
        middle(ours.iter().map(|one| one.first).collect()),
        middle(theirs.iter().map(|one| one.first).collect()),
    );
    let most = ours.iter().map(|one| one.memory).max().unwrap_or_default();
    let least = theirs.iter().map(|one| one.memory).min().unwrap_or_default();
    let pages = theirs.first().map_or(0, |one| one.pages);
    let [time, memory, rows] = lines;
    vec![
        time.ours(seconds(all.0))
            .against(format!("a bare loop over {pages} pages: {}", seconds(all.1)))
            .at_most(all.0 / all.1, SLOWER),
        memory
            .ours(mebibytes(most))
            .against(format!("the loop: {}", mebibytes(least)))
            .met(most.saturating_sub(least) <= MORE),
        rows.ours(seconds(first.0))
            .against(format!("its first page: {}", seconds(first.1)))
            .at_most(first.0 / first.1, 2.0),
    ]
}

/// Writes the guide and the list.
fn lay(scene: &Scene) {
    let guide = scene.folder().join("guides").join("identities");
    std::fs::create_dir_all(&guide).unwrap();
    for (name, text) in GUIDE {
        std::fs::write(guide.join(name), text).unwrap();
    }
    let known = scene.control().people("mail", USERS);
    // As long as the directory: people without an address there are in the list by one that nobody has.
    let unknown = (known.len()..USERS).map(|number| format!("nobody-{number}@nowhere.example"));
    let rows: Vec<String> = known.into_iter().chain(unknown).collect();
    std::fs::write(list(scene), format!("mail\n{}\n", rows.join("\n"))).unwrap();
    let answers = format!("list = \"{}\"\n", list(scene).display());
    std::fs::write(scene.folder().join("answers.toml"), answers).unwrap();
}

fn list(scene: &Scene) -> std::path::PathBuf {
    scene.folder().join("list.csv")
}

fn compare(scene: &Scene) -> Compared {
    let home = Home::new("Footbridge");
    let at = |name: &str| scene.folder().join(name);
    let mut command = home.command();
    command.arg("--guides").arg(at("guides"));
    command.args(["run", "identities", "--connection", "Bench", "--yes", "--json"]);
    command.arg("--answers").arg(at("answers.toml")).arg("--cloud").arg(scene.cloud_file());
    command.arg("--out").arg(home.path().join("out"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let (ended, memory) = (AtomicBool::new(false), AtomicU64::new(0));
    let stdout = child.stdout.take().unwrap();
    let id = child.id();
    let (first, all) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) && memory::runs(id) {
                memory.fetch_max(memory::most_of(id).unwrap_or(0), Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let told = listen(BufReader::new(stdout).lines().map_while(Result::ok));
        memory.fetch_max(memory::most_of(id).unwrap_or(0), Ordering::SeqCst);
        ended.store(true, Ordering::SeqCst);
        told
    });
    assert!(child.wait().unwrap().success(), "comparing failed; its last lines are above");
    Compared { first, all, memory: memory.load(Ordering::SeqCst) }
}

/// Seconds from the end of the sign-in to the first users, and to the step as it stands.
fn listen(lines: impl Iterator<Item = String>) -> (f64, f64) {
    let (mut begun, mut first, mut all) = (None::<Instant>, None, None);
    for line in lines {
        let Ok(event) = serde_json::from_str::<Value>(&line) else { continue };
        let since = || begun.map(|begun| begun.elapsed().as_secs_f64());
        match event["event"].as_str().unwrap_or_default() {
            "signed-in" => begun = Some(Instant::now()),
            "tick" if event["tick"] == "users" && first.is_none() => first = since(),
            "step" if all.is_none() => {
                assert_eq!(event["state"], "proven", "{line}");
                all = since();
            }
            "trouble" => println!("{line}"),
            _ => {}
        }
    }
    (first.expect("users were told"), all.expect("the step was told"))
}
