//! The answer to a change is lost after the change was made: nothing is made twice and no secret is left over.

use footbridge_tests::{APPLICATION, Scene, TestDesk};
use serde_json::json;
use simulator::{Faults, Kind};

fn scene() -> Scene {
    let mut scene = Scene::default();
    scene.tenant.teams_delay = std::time::Duration::ZERO;
    scene
}

/// How often a journey sends a POST, PATCH or DELETE of its own to Graph; a `$batch` counts once.
async fn changes() -> u64 {
    let at = TestDesk::open(scene()).await;
    let hands = at.targetconnect("a.weber").await;
    hands.finish(1).await;
    let traffic = at.control().traffic();
    let is_change =
        |exchange: &&simulator::Exchange| exchange.kind == Kind::Graph && exchange.method != "GET";
    u64::try_from(traffic.iter().filter(is_change).count()).unwrap()
}

async fn survives(method: &str, nth: u64, action: serde_json::Value) -> bool {
    let at = TestDesk::open(scene()).await;
    let hands = at.targetconnect("a.weber").await;
    let before = at.control().traffic().len();
    let fault = json!({ "faults": [{
        "match": { "method": method, "path": "/v1.0/*" }, "nth": nth, "times": 1, "action": action,
    }] });
    at.control().set_faults(Faults::read(&fault.to_string()).unwrap());
    hands.work().await;
    hands.finish(3).await;
    let struck = at
        .control()
        .traffic()
        .iter()
        .skip(before)
        .any(|exchange| !exchange.answered || exchange.status >= 500);
    assert_eq!(at.tenant.world().doubles(APPLICATION), Vec::<String>::new(), "{method} {nth} {action}");
    assert_eq!(hands.secret_works().await.roles.len(), 2, "{method} {nth} {action}");
    assert!(at.desk.journal_verify().is_ok());
    struck
}

async fn every(action: serde_json::Value) {
    let (mut struck, most) = (0, changes().await);
    assert!(most >= 5, "the journey makes only {most} changes");
    for method in ["POST", "PATCH"] {
        for nth in 1..=most {
            if !survives(method, nth, action.clone()).await {
                break;
            }
            struck += 1;
        }
    }
    assert!(struck >= 5, "only {struck} answers were lost");
}

#[tokio::test]
async fn the_connection_breaks_after_the_change() {
    every(json!({ "do": "apply-then-drop" })).await;
}

#[tokio::test]
async fn the_answer_is_cut_in_the_middle() {
    every(json!({ "do": "cut-body", "bytes": 20 })).await;
}

#[tokio::test]
async fn the_change_is_made_and_the_answer_is_500() {
    every(json!({ "do": "apply-then-answer", "status": 500 })).await;
}
