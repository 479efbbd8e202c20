//! G-40: random full runs over every product, in tenants that lag by chance, while one request in twenty goes wrong by chance.
//! The oracle is content after each of them, memory does not grow from run to run, and open files stay level.

use std::time::Duration;

use footbridge_tests::goal::{Target, is_whole, reached, scale};
use footbridge_tests::{Opened, PRODUCTS, Walkthrough, small_tenant, told};
use serde_json::{Value, json};
use simulator::{Faults, Settings};

use crate::tenant::cells::{SHORT, lost};
use footbridge_tests::Dice;

/// Everything that can go wrong with one request.
fn mishaps() -> Vec<Value> {
    let mut all: Vec<Value> = lost().into_iter().map(|(_, action)| action).collect();
    all.extend([
        json!({ "do": "retry-after", "seconds": 2 }),
        json!({ "do": "retry-after", "status": 503, "seconds": 1 }),
        json!({ "do": "answer", "status": 504 }),
        json!({ "do": "drop" }),
        json!({ "do": "raw", "status": 200, "content_type": "application/json", "text": "{\"value\":[{]}" }),
    ]);
    all
}

/// Each request has a chance of five in a hundred to be struck.
fn five_percent(dice: &mut Dice) -> Faults {
    let mishaps = mishaps();
    let mut faults = Vec::new();
    for nth in 1..=600 {
        if dice.percent(5) {
            faults.push(json!({ "nth": nth, "times": 1, "action": dice.one_of(&mishaps) }));
        }
    }
    Faults::read(&json!({ "faults": faults }).to_string()).unwrap()
}

async fn run(seed: u64) -> (u64, Vec<String>) {
    let mut dice = Dice(seed);
    let product = PRODUCTS[usize::try_from(seed % 5).unwrap()];
    let tenant = Settings {
        seed: dice.below(1000),
        replication_delay: Duration::from_secs(*dice.one_of(&[0, 0, 2, 10])),
        flapping: dice.percent(50),
        ..small_tenant()
    };
    let mut walk = Walkthrough::open(product, Opened { tenant, patience: SHORT, ..Opened::default() }).await;
    walk.control().set_faults(five_percent(&mut dice));
    let mut done = false;
    for _ in 0..12 {
        if walk.sign_in().await.is_ok() {
            done = walk.pass().await.is_done();
        }
        if done {
            break;
        }
        walk.control().advance(Duration::from_secs(31 * 60));
    }
    let struck = walk.control().struck();
    let mut wrong = Vec::new();
    if !done {
        walk.control().set_faults(Faults::default());
        walk.be_patient();
        walk.control().advance(Duration::from_secs(31 * 60));
        walk.sign_in().await.unwrap();
        done = walk.pass().await.is_done();
    }
    if !done {
        wrong.push(format!("not done in twelve passes:\n{}", told(&walk.list())));
    }
    walk.control().advance(Duration::from_secs(600));
    walk.control().set_faults(Faults::default());
    wrong.extend(walk.judged());
    (struck, wrong.into_iter().map(|what| format!("{product}, seed {seed}: {what}")).collect())
}

/// Memory that this process has now, in KiB, and its open files (proc(5)).
fn held() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    let memory = line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or_default();
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, |list| list.count() as u64);
    (memory, files)
}

#[tokio::test]
async fn g40_random_runs_with_five_percent_faults() {
    let runs = scale(3, 200);
    let first = std::env::var("FOOTBRIDGE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    println!("FOOTBRIDGE_SEED={first}");
    let (mut struck, mut wrong, mut warm, mut last) = (0, Vec::new(), (0, 0), (0, 0));
    for seed in first..first + runs {
        let (more, found) = run(seed).await;
        struck += more;
        wrong.extend(found);
        last = held();
        // The first runs fill caches that stay.
        if seed < first + runs / 4 + 1 {
            warm = (warm.0.max(last.0), warm.1.max(last.1));
        }
    }
    let grown = last.0.saturating_sub(warm.0) / 1024;
    println!(
        "{runs} runs, {struck} struck, {grown} MiB more, {} files, {} before\n{}",
        last.1,
        warm.1,
        wrong.join("\n")
    );
    reached("G-40", "random full runs", runs, Target::AtLeast(if is_whole() { 200 } else { 3 }));
    reached("G-40", "requests that went wrong (control)", struck, Target::AtLeast(runs));
    reached("G-40", "violations of the oracle", wrong.len() as u64, Target::Exactly(0));
    reached("G-40", "MiB that the later runs added to the first ones", grown, Target::AtMost(24));
    reached(
        "G-40",
        "open files beyond those of the first runs",
        last.1.saturating_sub(warm.1),
        Target::AtMost(16),
    );
}
