//! Undo takes back exactly what the connection made and touches nothing of anybody else's.

use footbridge_tests::{APPLICATION, TestDesk};
use serde_json::Value;

/// The tables that hold what is left when all of ours is gone.
fn foreign(at: &TestDesk) -> Value {
    let mut all = at.tenant.world().lasting();
    for member in ["deletedItems", "teams"] {
        all[member] = Value::Null;
    }
    all
}

#[tokio::test]
async fn everything_made_is_gone_and_everything_else_is_the_same() {
    let at = TestDesk::open(footbridge_tests::Scene::default()).await;
    let before = foreign(&at);
    let hands = at.targetconnect("a.weber").await;
    hands.finish(2).await;
    assert_ne!(foreign(&at), before, "the journey must have changed the tenant");
    let key = hands.list().step("secret").unwrap().outputs["secret-key-id"].clone();
    let plan = at.desk.undo_plan(&hands.connection).unwrap();
    assert!(plan.iter().any(|line| line.can));
    let report = at.desk.undo(&hands.connection, &engine::Quiet).await.unwrap();
    assert!(!report.undone.is_empty());
    assert!(!report.left.is_empty(), "the bundle and Teams cannot be taken back and must be named");
    assert_eq!(foreign(&at), before);
    assert_eq!(at.tenant.world().applications(APPLICATION).len(), 0);
    assert!(at.desk.secret_value(&hands.connection, "client-secret").is_err(), "{key} is still in the vault");
    let writes = at.tenant.world().writes();
    let again = at.desk.undo(&hands.connection, &engine::Quiet).await.unwrap();
    assert!(again.undone.is_empty());
    assert_eq!(at.tenant.world().writes(), writes);
}

#[tokio::test]
async fn undone_in_the_middle_it_can_be_made_anew() {
    let at = TestDesk::open(footbridge_tests::Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    hands.work().await;
    at.desk.undo(&hands.connection, &engine::Quiet).await.unwrap();
    hands.finish(4).await;
    assert_eq!(at.tenant.world().doubles(APPLICATION), Vec::<String>::new());
}

#[tokio::test]
async fn a_secret_that_somebody_else_removed_does_not_stop_the_undo() {
    let at = TestDesk::open(footbridge_tests::Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    hands.finish(2).await;
    let list = hands.list();
    let (application, key) = (
        list.step("register").unwrap().outputs["application-object-id"].clone(),
        list.step("secret").unwrap().outputs["secret-key-id"].clone(),
    );
    let portal = footbridge_tests::Other::sign_in(&at).await;
    portal.removes_secret(&application, &key).await;
    let report = at.desk.undo(&hands.connection, &engine::Quiet).await.unwrap();
    assert!(!report.undone.is_empty());
    assert_eq!(at.tenant.world().applications(APPLICATION).len(), 0);
}
