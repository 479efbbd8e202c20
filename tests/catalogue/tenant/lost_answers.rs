//! G-02: the answer is lost after the request was carried out, in seven ways, on each request to Graph that any product's guide
//! makes, be it alone, a batch or one item of a batch; on changes the first time, the second time and every time. Afterwards
//! nothing is double and no credential is left that nobody has.

use engine::Approval;
use engine::journal::Event;
use footbridge_tests::goal::{Target, is_whole, reached};
use footbridge_tests::{Opened, Shape, Walkthrough, shapes, told};
use serde_json::{Value, json};
use simulator::Faults;

use crate::tenant::cells::{cell, lost, struck, table};

/// The ways of losing its answer. At an item of a batch a broken connection takes along what was to come after it, a
/// status or a body is the item's own, and the item can be missing.
fn ways(shape: &Shape) -> Vec<(&'static str, Value)> {
    let left_out = ("left out", json!({ "do": "leave-out", "applied": true }));
    lost().into_iter().chain(shape.inside_batch.then_some(left_out)).collect()
}

/// Which to strike: of a reading, which nothing can double, the first or all, over the ways in turn.
fn times(shape: &Shape, way: usize) -> Vec<(u64, u64)> {
    let all = struck(shape);
    if shape.changes() || shape.is_batch() { all } else { vec![all[(way % 2) * (all.len() - 1)]] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g02_no_answer_that_is_lost_doubles_anything() {
    let mut calls = shapes().await;
    calls.retain(Shape::is_graph);
    let changes = calls.iter().filter(|shape| shape.changes()).count() as u64;
    let items = calls.iter().filter(|shape| shape.changes() && shape.inside_batch).count() as u64;
    let mut cases = Vec::new();
    for (place, shape) in calls.iter().enumerate() {
        for (way, (kind, action)) in ways(shape).into_iter().enumerate() {
            for (time, struck) in times(shape, place + way).into_iter().enumerate() {
                // A slice takes every second change once, over the ways and the times in turn.
                let of_slice =
                    shape.changes() && place % 2 == 0 && (place + way) % 7 == 0 && (place + time) % 3 == 0;
                if is_whole() || of_slice {
                    cases.push((shape.clone(), struck, kind, action.clone()));
                }
            }
        }
    }
    let table = table(cases).await;
    let of_oracle = |id: &str| table.wrong.iter().filter(|what| what.contains(id)).count() as u64;
    let kinds: Vec<String> = calls.iter().map(|shape| format!("{shape}, {} times", shape.made)).collect();
    println!(
        "{}\n{} calls, {} cases, {} struck\n{}",
        kinds.join("\n"),
        calls.len(),
        table.cells,
        table.struck,
        table.wrong.join("\n")
    );
    let (cases, struck) = if is_whole() { (330, 180) } else { (3, 2) };
    reached("G-02", "kinds of calls to Graph", calls.len() as u64, Target::AtLeast(16));
    reached("G-02", "kinds of change among them", changes, Target::AtLeast(10));
    reached("G-02", "kinds of change that go in a batch", items, Target::AtLeast(5));
    reached("G-02", "cases", table.cells, Target::AtLeast(cases));
    reached("G-02", "cases in which an answer was lost (control)", table.struck, Target::AtLeast(struck));
    reached("G-02", "doubles", of_oracle("O1:"), Target::Exactly(0));
    reached("G-02", "orphaned or lost credentials", of_oracle("O2:"), Target::Exactly(0));
    reached("G-02", "anything else", table.wrong.len() as u64, Target::Exactly(0));
}

/// Two permissions are granted in one batch, and the answer leaves the first one out. What was confirmed beside it stands in
/// the journal, or undo would not know it.
#[tokio::test]
async fn g02_what_was_confirmed_beside_a_lost_answer_is_journalled() {
    let walk = Walkthrough::signed_in("targetconnect", Opened::default()).await;
    walk.desk().confirm(&walk.connection, "notice", "Anna Weber", "read").unwrap();
    for step in ["register", "note-ids", "permissions"] {
        walk.run(step, Approval::Any).await;
    }
    let fault = json!({ "match": { "method": "POST", "path": "/v1.0/servicePrincipals/*/appRoleAssignedTo",
        "inside_batch": true }, "action": { "do": "leave-out", "applied": true } });
    walk.control().set_faults(Faults::read(&json!({ "faults": [fault] }).to_string()).unwrap());
    walk.run("consent", Approval::Any).await;
    assert_eq!(walk.control().struck(), 1);
    assert!(walk.step("consent").unwrap().state.is_done(), "{}", told(&walk.list()));
    let entries = walk.desk().journal_entries(Some(&walk.connection)).unwrap();
    let receipts = |confirmed: bool| {
        entries
            .iter()
            .filter_map(|entry| match &entry.event {
                Event::Sent { made: Some(made), method, .. }
                    if made["kind"] == "assignment" && (method == "POST") == confirmed =>
                {
                    made["id"].as_str().map(str::to_owned)
                }
                _ => None,
            })
            .collect::<Vec<String>>()
    };
    let (confirmed, seen) = (receipts(true), receipts(false));
    assert_eq!(confirmed.len(), 1, "the second of the two was confirmed");
    assert_eq!(
        seen.len(),
        1,
        "the first is claimed from what the tenant shows, or undo would leave it granted"
    );
    assert_ne!(confirmed, seen);
}

/// A meeting was made, and its own answer in the batch is cut: without its id nobody could delete it.
#[tokio::test]
async fn g02_a_meeting_whose_answer_cannot_be_read_is_found_and_deleted() {
    let shape = Shape {
        product: "targetconnect",
        method: "POST".to_owned(),
        path: "/v1.0/users/*/onlineMeetings/createOrGet".to_owned(),
        grant: None,
        inside_batch: true,
        made: 2,
    };
    let cut = ways(&shape).into_iter().find(|(kind, _)| *kind == "cut JSON").unwrap().1;
    for which in struck(&shape) {
        let cell = cell(&shape, which, "cut JSON", &cut).await;
        assert!(cell.struck > 0, "{which:?} strikes nothing");
        assert_eq!(cell.wrong, Vec::<String>::new(), "{which:?}");
    }
}

/// A replica that has not heard of a meeting answers its deletion with 404, or with an error under 200: only the meeting
/// itself, asked for, tells that it is gone.
#[tokio::test]
async fn g06_a_meeting_that_is_only_said_to_be_gone_is_deleted() {
    let error = json!({ "error": { "code": "UnknownError", "message": "" } });
    for action in
        [json!({ "do": "answer", "status": 404 }), json!({ "do": "answer", "status": 200, "body": error })]
    {
        let walk = Walkthrough::signed_in("targetconnect", Opened::default()).await;
        let fault = json!({ "match": { "method": "DELETE", "path": "/v1.0/users/*/onlineMeetings/*",
            "inside_batch": true }, "action": action });
        walk.control().set_faults(Faults::read(&json!({ "faults": [fault] }).to_string()).unwrap());
        walk.finish(4).await;
        assert_eq!(walk.control().struck(), 1, "{action}");
        assert_eq!(walk.control().deep_dump()["onlineMeetings"], 0, "{action}");
    }
}
