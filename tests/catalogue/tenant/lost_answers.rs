//! G-02: the answer is lost after the request was carried out, in seven ways, on each request to Graph that any product's guide
//! makes, the first time, the second time, every time. Afterwards nothing is double and no credential is left that nobody has.

use footbridge_tests::goal::{Target, is_whole, reached};
use footbridge_tests::shapes;

use crate::tenant::cells::{STRUCK, lost, table};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g02_no_answer_that_is_lost_doubles_anything() {
    let mut calls = shapes().await;
    calls.retain(footbridge_tests::Shape::is_graph);
    let changes = calls.iter().filter(|shape| shape.changes()).count() as u64;
    let mut cases = Vec::new();
    for (place, shape) in calls.iter().enumerate() {
        for (way, (kind, action)) in lost().into_iter().enumerate() {
            for (time, struck) in STRUCK.into_iter().chain(shape.further()).enumerate() {
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
    println!(
        "{} calls, {} cases, {} struck\n{}",
        calls.len(),
        table.cells,
        table.struck,
        table.wrong.join("\n")
    );
    let (cases, struck) = if is_whole() { (330, 180) } else { (3, 2) };
    // What goes in a batch is one kind here, and twelve of a walk's batches are struck.
    reached("G-02", "kinds of calls to Graph", calls.len() as u64, Target::AtLeast(12));
    reached("G-02", "kinds of change among them", changes, Target::AtLeast(6));
    reached("G-02", "cases", table.cells, Target::AtLeast(cases));
    reached("G-02", "cases in which an answer was lost (control)", table.struck, Target::AtLeast(struck));
    reached("G-02", "doubles", of_oracle("O1:"), Target::Exactly(0));
    reached("G-02", "orphaned or lost credentials", of_oracle("O2:"), Target::Exactly(0));
    reached("G-02", "anything else", table.wrong.len() as u64, Target::Exactly(0));
}
