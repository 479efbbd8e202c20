//! G-06: whatever goes wrong on the way, each cell of the matrix (each request of every product's guide, at sign-in and at
//! Graph, alone or as an item of a batch, times each fault) ends in success, in a stop that can be taken up again, or in a
//! typed error with advice; without a panic, and in virtual time. The limits of a single answer (size, time, depth) stand in
//! `answers`.

use footbridge_tests::goal::{Target, is_whole, reached};
use footbridge_tests::{Shape, shapes};
use serde_json::{Value, json};

use crate::tenant::cells::table;

fn answer(status: u16, headers: Value) -> Value {
    json!({ "do": "answer", "status": status, "headers": headers })
}

fn raw(status: u16, kind: &str, text: &str, times: u64) -> Value {
    json!({ "do": "raw", "status": status, "content_type": kind, "text": text, "times": times })
}

fn challenged() -> Value {
    let claims = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19";
    let challenge = format!("Bearer realm=\"\", error=\"insufficient_claims\", claims=\"{claims}\"");
    answer(401, json!({ "www-authenticate": challenge }))
}

fn by_policy() -> Value {
    let policy = json!({ "error": { "code": "AccessDenied", "message": "Blocked by policy." } });
    json!({ "do": "answer", "status": 403, "body": policy })
}

/// The faults of the catalogue; those below HTTP are in `answers`.
fn faults(shape: &Shape) -> Vec<(&'static str, Value)> {
    if shape.inside_batch { of_an_item() } else { of_a_request() }
}

/// What can befall one item of a batch whose neighbours are well, and a batch that breaks at this item.
fn of_an_item() -> Vec<(&'static str, Value)> {
    vec![
        ("429, 0 s", answer(429, json!({ "Retry-After": "0" }))),
        ("429, 1 s", answer(429, json!({ "Retry-After": "1" }))),
        ("429, an hour", answer(429, json!({ "Retry-After": "3600" }))),
        ("503", answer(503, json!({}))),
        ("504", answer(504, json!({}))),
        ("404", answer(404, json!({}))),
        ("409", answer(409, json!({}))),
        ("412", answer(412, json!({}))),
        ("401 with claims", challenged()),
        ("403 by policy", by_policy()),
        ("malformed JSON", raw(200, "application/json", "{\"value\":[{]}", 1)),
        (
            "200 with an error inside",
            raw(200, "application/json", "{\"error\":{\"code\":\"x\",\"message\":\"no\"}}", 1),
        ),
        ("left out", json!({ "do": "leave-out" })),
        ("in another order", json!({ "do": "reverse" })),
        ("broken before it", json!({ "do": "drop" })),
        ("broken after it", json!({ "do": "apply-then-drop" })),
    ]
}

fn of_a_request() -> Vec<(&'static str, Value)> {
    vec![
        ("429, 0 s", answer(429, json!({ "retry-after": "0" }))),
        ("429, 1 s", answer(429, json!({ "retry-after": "1" }))),
        ("429, an hour", answer(429, json!({ "retry-after": "3600" }))),
        ("429, a date", answer(429, json!({ "retry-after": "Sat, 21 Nov 2026 10:00:30 GMT" }))),
        ("429, nonsense", answer(429, json!({ "retry-after": "soon, perhaps" }))),
        ("503", answer(503, json!({}))),
        ("504", answer(504, json!({}))),
        ("timeout", json!({ "do": "apply-then-hang" })),
        ("reset", json!({ "do": "apply-then-reset" })),
        ("malformed JSON", raw(200, "application/json", "{\"value\":[{]}", 1)),
        ("deep JSON", raw(200, "application/json", "[", 200_000)),
        ("too large", raw(200, "application/json", "[0,0,0,0,0,0,0]", 600_000)),
        ("byte by byte", json!({ "do": "trickle", "milliseconds": 700 })),
        ("another charset", raw(200, "application/json; charset=utf-16", "\u{feff}{}", 1)),
        (
            "200 with an error inside",
            raw(200, "application/json", "{\"error\":{\"code\":\"x\",\"message\":\"no\"}}", 1),
        ),
        ("401 with claims", challenged()),
        ("403 by policy", by_policy()),
        ("409", answer(409, json!({}))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g06_every_cell_of_the_matrix_ends_well() {
    let shapes = shapes().await;
    let mut cases = Vec::new();
    for (place, shape) in shapes.iter().enumerate() {
        for (number, (kind, action)) in faults(shape).into_iter().enumerate() {
            // What a reading suffers in a batch, the other readings there suffer alike: over the faults in turn.
            let in_turn = !shape.inside_batch || shape.changes() || (place + number) % 4 == 0;
            if in_turn && (is_whole() || (place * 7 + number) % 83 == 0) {
                cases.push((shape.clone(), (1, 0), kind, action));
            }
        }
    }
    let items = shapes.iter().filter(|shape| shape.inside_batch).count() as u64;
    let table = table(cases).await;
    println!(
        "{} requests, {items} of them in a batch, {} cells, {} struck\n{}",
        shapes.len(),
        table.cells,
        table.struck,
        table.wrong.join("\n")
    );
    let cells = if is_whole() { 350 } else { 3 };
    reached("G-06", "kinds of request at sign-in and Graph", shapes.len() as u64, Target::AtLeast(20));
    reached("G-06", "kinds of item of a batch among them", items, Target::AtLeast(5));
    reached("G-06", "cells", table.cells, Target::AtLeast(cells));
    reached("G-06", "cells that were struck (control)", table.struck, Target::AtLeast(table.cells * 9 / 10));
    reached(
        "G-06",
        "cells that end neither well nor with advice, or cannot be taken up again",
        table.wrong.len() as u64,
        Target::Exactly(0),
    );
}

/// The most memory that this process had so far, in MiB (proc(5), VmHWM).
pub fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
}
