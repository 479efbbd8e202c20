//! One cell of a matrix: a walk in which one kind of request goes wrong in one way, what became of it, and whether it was
//! brought to its end afterwards.

use std::time::Duration;

use engine::cloud::Patience;
use engine::guide::Language;
use engine::{State, Trouble};
use footbridge_tests::{Opened, Shape, Walkthrough, small_tenant, told};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use simulator::Faults;

/// Short enough that a request which is never answered costs a test little; used while things go wrong only.
pub const SHORT: Patience = Patience {
    connect: Duration::from_secs(2),
    idle: Duration::from_millis(600),
    whole: Duration::from_secs(2),
};

/// Which of the requests of a kind are struck: the first, the second where a walk makes two, all.
pub fn struck(shape: &Shape) -> Vec<(u64, u64)> {
    [(1, 1), (2, 1), (1, 0)].into_iter().filter(|(nth, _)| *nth <= shape.made).collect()
}

/// What a cell showed.
pub struct Cell {
    /// Which one.
    pub name: String,
    /// How many requests were struck.
    pub struck: u64,
    /// What does not hold.
    pub wrong: Vec<String>,
}

/// Walks with the fault, then without it to the end, and asks the oracle.
pub async fn cell(shape: &Shape, (nth, times): (u64, u64), kind: &str, action: &Value) -> Cell {
    let name = format!("{shape} {nth}/{times} {kind}");
    let never_ends = ["apply-then-hang", "trickle"].iter().any(|word| action["do"] == *word);
    let patience = if never_ends { SHORT } else { Patience::default() };
    let opened = Opened { tenant: small_tenant(), patience, ..Opened::default() };
    let mut walk = Walkthrough::open(shape.product, opened).await;
    walk.control().set_faults(shape.faults(nth, times, action));
    let mut wrong = Vec::new();
    if let Err(trouble) = walk.sign_in().await {
        wrong.extend(without_advice("sign-in", &trouble));
    }
    if walk.desk().signed_in(&walk.connection).is_some() {
        wrong.extend(left_open(&walk.pass().await));
    }
    let struck = walk.control().struck();
    walk.control().set_faults(Faults::default());
    walk.be_patient();
    wrong.extend(ended(&walk).await);
    wrong.extend(walk.judged());
    if walk.desk().journal_verify().is_err() {
        wrong.push("the journal does not hold".to_owned());
    }
    Cell { name, struck, wrong }
}

/// One cell to be tried: the request, which of them, the name of the fault, and the fault.
pub type Case = (Shape, (u64, u64), &'static str, Value);

/// What many cells showed together.
#[derive(Default)]
pub struct Table {
    /// How many there were.
    pub cells: u64,
    /// In how many of them something was struck.
    pub struck: u64,
    /// What does not hold, with its cell.
    pub wrong: Vec<String>,
}

/// Tries all of these, a few at a time, since some of them only wait.
pub async fn table(cases: Vec<Case>) -> Table {
    let tried = futures_util::stream::iter(cases).map(|(shape, which, kind, action)| {
        tokio::spawn(async move { cell(&shape, which, kind, &action).await })
    });
    let mut all = Table::default();
    let mut tried = tried.buffer_unordered(4);
    while let Some(cell) = tried.next().await {
        all.cells += 1;
        match cell {
            Ok(cell) => {
                all.struck += u64::from(cell.struck > 0);
                all.wrong.extend(cell.wrong.iter().map(|what| format!("{}: {what}", cell.name)));
            }
            Err(error) => all.wrong.push(format!("a panic: {error}")),
        }
    }
    all
}

/// Works until everything is done; says what is not.
async fn ended(walk: &Walkthrough) -> Vec<String> {
    for _ in 0..5 {
        walk.control().advance(Duration::from_secs(31 * 60));
        if walk.sign_in().await.is_ok() && walk.pass().await.is_done() {
            return Vec::new();
        }
    }
    vec![format!("it cannot be brought to its end:\n{}", told(&walk.list()))]
}

/// Each step is done, waits for something that it names, or says what went wrong and what to do.
pub fn left_open(list: &engine::Checklist) -> Vec<String> {
    let mut wrong = Vec::new();
    for step in list.steps.iter().filter(|step| !step.state.is_done()) {
        match &step.trouble {
            Some(trouble) => wrong.extend(without_advice(&step.id, trouble)),
            None if step.state == State::Failed => wrong.push(format!("{} failed without a word", step.id)),
            None => {}
        }
    }
    wrong
}

fn without_advice(place: &str, trouble: &Trouble) -> Vec<String> {
    let empty = |language: &Language| trouble.what(*language).len() < 8 || trouble.next(*language).len() < 8;
    let missing = Language::ALL.into_iter().filter(empty);
    missing.map(|language| format!("{place}: no advice in {language:?} for {:?}", trouble.code)).collect()
}

/// The seven ways in which an answer is lost after the change was made.
pub fn lost() -> Vec<(&'static str, Value)> {
    let raw = |status: u16, kind: &str, text: &str| json!({ "do": "raw", "status": status, "content_type": kind, "text": text, "applied": true });
    vec![
        ("close", json!({ "do": "apply-then-drop" })),
        ("reset", json!({ "do": "apply-then-reset" })),
        ("hang", json!({ "do": "apply-then-hang" })),
        ("500", json!({ "do": "apply-then-answer", "status": 500 })),
        ("502 with HTML", raw(502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>")),
        ("cut JSON", raw(200, "application/json", "{\"id\":\"00000000-0000")),
        ("wrong content length", json!({ "do": "cut-body", "bytes": 20 })),
    ]
}
