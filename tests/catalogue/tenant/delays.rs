//! G-03: what was made is seen 0, 1, 5, 30 and 120 seconds later, by all replicas or by some of them, in both forms that
//! Microsoft tells it ("not found", and "does not reference a valid application object"). Every product's guide ends right. A
//! refusal about an object of somebody else is none of these and is not tried again.

use std::time::Duration;

use engine::Approval;
use footbridge_tests::goal::{Target, is_whole, reached};
use footbridge_tests::{Opened, PRODUCTS, Walkthrough, small_tenant, told};
use serde_json::json;
use simulator::{Exchange, Faults, Settings};

const SECONDS: [u64; 5] = [0, 1, 5, 30, 120];

fn lagging(seconds: u64, flapping: bool, seed: u64) -> Opened {
    let replication_delay = Duration::from_secs(seconds);
    let tenant = Settings { replication_delay, flapping, seed, ..small_tenant() };
    Opened { tenant, ..Opened::default() }
}

/// Whether an answer, or an item of a batch in it, says "not found", and whether it says the other form.
fn forms(exchange: &Exchange) -> (bool, bool) {
    let line = exchange.line.as_ref().map(ToString::to_string).unwrap_or_default();
    let not_found = exchange.status == 404 || line.contains("\"status\":404");
    (not_found, line.contains("does not reference a valid application object"))
}

#[tokio::test]
async fn g03_every_delay_converges() {
    let products: &[&'static str] = if is_whole() { &PRODUCTS } else { &PRODUCTS[..2] };
    let (mut walked, mut wrong, mut seen) = (0_u64, Vec::new(), (0_u64, 0_u64));
    for product in products {
        for (place, seconds) in SECONDS.into_iter().enumerate() {
            for flapping in [false, true] {
                if !is_whole() && (place % 2 == 1) == flapping {
                    continue;
                }
                let walk = Walkthrough::open(product, lagging(seconds, flapping, 1 + place as u64)).await;
                // With the longest delay each step is pending once.
                let list = walk.finish(walk.guide.steps.len()).await;
                walk.control().advance(Duration::from_secs(600));
                walked += 1;
                let name = format!("{product} {seconds} s, flapping {flapping}");
                wrong
                    .extend(walk.judged().into_iter().map(|what| format!("{name}: {what}\n{}", told(&list))));
                for exchange in walk.control().traffic() {
                    let (not_found, not_valid) = forms(&exchange);
                    seen = (seen.0 + u64::from(not_found), seen.1 + u64::from(not_valid));
                }
            }
        }
    }
    println!("{walked} walks, {seen:?} answers of either form\n{}", wrong.join("\n"));
    reached("G-03", "walks with a delay", walked, Target::AtLeast(if is_whole() { 50 } else { 10 }));
    reached("G-03", "answers that said not found (control)", seen.0, Target::AtLeast(1));
    reached("G-03", "answers that said no valid application object (control)", seen.1, Target::AtLeast(1));
    reached(
        "G-03",
        "walks that did not converge, or doubled anything",
        wrong.len() as u64,
        Target::Exactly(0),
    );
}

/// An application of somebody else was adopted, and is gone when it is to be changed.
#[tokio::test]
async fn g03_what_is_gone_of_somebody_else_is_tried_once() {
    let walk = Walkthrough::signed_in("targetconnect", Opened::default()).await;
    let desk = walk.desk();
    desk.confirm(&walk.connection, "notice", "Anna Weber", "read").unwrap();
    for step in ["register", "note-ids"] {
        walk.run(step, Approval::Any).await;
    }
    let object = walk.step("register").unwrap().outputs["application-object-id"].clone();
    // Another connection adopts what the first one made.
    let other = desk.connect("targetconnect", "Other").unwrap();
    for (ask, value) in walk.rehearsal.answers(walk.guide, 1) {
        desk.answer(&other, &ask, value).unwrap();
    }
    let code = desk.begin_device_code(&other, None, "en").await.unwrap();
    walk.control().approve(&code.user_code, &walk.account).unwrap();
    desk.finish_device_code(&other, code, &|_| {}).await.unwrap();
    desk.confirm(&other, "notice", "Anna Weber", "read").unwrap();
    desk.run(&other, "register", Approval::Any, &engine::Quiet).await.unwrap();
    desk.adopt(&other, "register", &object).unwrap();
    for step in ["register", "note-ids"] {
        desk.run(&other, step, Approval::Any, &engine::Quiet).await.unwrap();
    }
    // The first try goes beside readings, each later one by itself.
    let gone = |inside: bool| {
        json!({ "match": { "method": "PATCH", "path": "/v1.0/applications/*", "inside_batch": inside },
            "times": 0, "action": { "do": "answer", "status": 404 } })
    };
    let gone = json!({ "faults": [gone(true), gone(false)] });
    walk.control().set_faults(Faults::read(&gone.to_string()).unwrap());
    let list = desk.run(&other, "permissions", Approval::Any, &engine::Quiet).await.unwrap();
    assert!(list.step("permissions").unwrap().trouble.is_some(), "{}", told(&list));
    let tries = walk.control().struck();
    // The control: the same refusal about what was made here minutes ago is waited out.
    walk.control().set_faults(Faults::read(&gone.to_string()).unwrap());
    walk.run("permissions", Approval::Any).await;
    let own = walk.control().struck();
    reached("G-03", "tries at an object of somebody else that is gone", tries, Target::Exactly(1));
    reached("G-03", "tries at an object of our own (control)", own, Target::AtLeast(3));
}
