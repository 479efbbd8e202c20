//! What stands before a change: the approval of its very plan, the note of its intent, and the connection for oneself.

use engine::{Approval, Code, Quiet, StepView};
use footbridge_tests::{Hands, Other, Scene, TestDesk};
use serde_json::json;
use simulator::Faults;

/// Runs a step with an approval; the step as it stands afterwards.
async fn run(hands: &Hands<'_>, step: &str, approval: &str) -> StepView {
    let approval = Approval::Plan(approval.to_owned());
    let list = hands.at.desk.run(&hands.connection, step, approval, &Quiet).await.unwrap();
    list.step(step).unwrap().clone()
}

/// The hash of the plan that a step shows to somebody who has approved nothing.
async fn shown(hands: &Hands<'_>, step: &str) -> String {
    run(hands, step, "").await.plan.expect("a plan").hash
}

fn code(step: &StepView) -> Option<Code> {
    step.trouble.as_ref().map(|trouble| trouble.code)
}

async fn begun(at: &TestDesk) -> Hands<'_> {
    let hands = at.targetconnect("a.weber").await;
    at.desk.confirm(&hands.connection, "notice", "Anna Weber", "read").unwrap();
    hands
}

#[tokio::test]
async fn g05_an_approval_holds_for_its_own_plan_only() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = begun(&at).await;
    let hash = shown(&hands, "register").await;
    let before = at.tenant.world().writes();
    let stale = hash.chars().rev().collect::<String>();
    let refused = run(&hands, "register", &stale).await;
    assert_eq!(code(&refused), Some(Code::PlanChanged));
    assert_eq!(at.tenant.world().writes(), before, "nothing was approved");
    assert!(run(&hands, "register", &hash).await.state.is_done());
    assert!(at.tenant.world().writes() > before);
}

#[tokio::test]
async fn g05_a_tenant_that_changes_after_the_approval_stops_the_step() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = begun(&at).await;
    hands.run("register").await;
    let list = hands.list();
    let object = &list.step("register").unwrap().outputs["application-object-id"];
    for step in ["note-ids", "secret"] {
        hands.run(step).await;
    }
    let hash = shown(&hands, "permissions").await;
    let theirs = Other::sign_in(&at).await.asks_for_more(object).await;
    let before = at.tenant.world().writes();
    let refused = run(&hands, "permissions", &hash).await;
    assert_eq!(code(&refused), Some(Code::PlanChanged), "the approval was of another tenant");
    assert_eq!(at.tenant.world().writes(), before);
    let hash = shown(&hands, "permissions").await;
    assert!(run(&hands, "permissions", &hash).await.state.is_done());
    let world = at.tenant.world();
    let kept = world.rows("applications", "id", object)[0]["requiredResourceAccess"].to_string();
    assert!(kept.contains(&theirs), "what somebody else asked for is gone: {kept}");
}

#[tokio::test]
async fn g01_the_intent_stands_before_the_change() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = begun(&at).await;
    // Questions go as POST to `$batch`, so only what changes an application is struck.
    let lost = |method: &str| json!({ "match": { "method": method, "path": "/v1.0/applications*" }, "times": 0, "action": { "do": "drop" } });
    let faults = json!({ "faults": [lost("POST"), lost("PATCH")] });
    at.control().set_faults(Faults::read(&faults.to_string()).unwrap());
    let before = at.tenant.world().writes();
    hands.run("register").await;
    assert_eq!(at.tenant.world().writes(), before, "no change came through");
    let noted = |kind: &str| {
        let entries = at.desk.journal_entries(Some(&hands.connection)).unwrap();
        entries.iter().filter(|entry| entry.event.kind() == kind).count()
    };
    assert_eq!((noted("intended"), noted("sent")), (1, 0));
    at.control().set_faults(Faults::read(r#"{"faults":[]}"#).unwrap());
    hands.run("register").await;
    assert_eq!(noted("intended"), 2);
    assert!(noted("sent") > 0);
}

#[tokio::test]
async fn g08_a_connection_that_is_worked_on_is_busy() {
    let at = TestDesk::open(Scene { lasting: true, ..Scene::default() }).await;
    let hands = begun(&at).await;
    let lock = at.home().join(format!("connection-{}.lock", hands.connection));
    let other = std::fs::File::options().create(true).append(true).open(&lock).unwrap();
    other.lock().unwrap();
    let before = at.tenant.world().writes();
    let refused = at.desk.run(&hands.connection, "register", Approval::Any, &Quiet).await.unwrap_err();
    assert_eq!(refused.code, Code::ConnectionBusy);
    assert_eq!(at.tenant.world().writes(), before);
    other.unlock().unwrap();
    assert!(hands.run("register").await.step("register").unwrap().state.is_done());
}
