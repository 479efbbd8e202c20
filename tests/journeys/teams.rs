//! The policy of Teams: half an hour by the clock, a packet for another admin, a result that is for something else.

use std::time::Duration;

use engine::{Code, State};
use footbridge_tests::{Scene, TestDesk, told};
use serde_json::json;

#[tokio::test]
async fn the_policy_is_pending_for_half_an_hour_and_turns_green_by_itself() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    let list = hands.work().await;
    let prove = list.step("prove").unwrap();
    assert_eq!(prove.state, State::Pending, "{}", told(&list));
    let until = prove.pending_until.expect("a clock for the wait");
    let rest = until - at.control().now();
    assert!(rest > time::Duration::minutes(25) && rest <= time::Duration::minutes(40), "{rest}");
    at.control().advance(Duration::from_secs(10 * 60));
    hands.run("prove").await;
    assert_eq!(hands.state("prove"), State::Pending);
    assert!(at.desk.due(&hands.connection).unwrap().contains(&"prove".to_owned()));
    at.control().advance(Duration::from_secs(21 * 60));
    hands.run("prove").await;
    assert_eq!(hands.state("prove"), State::Proven, "{}", told(&hands.list()));
    assert_eq!(at.tenant.world().all()["onlineMeetings"], 0);
}

#[tokio::test]
async fn a_policy_that_never_comes_is_trouble_after_the_documented_time() {
    let mut scene = Scene::default();
    scene.tenant.teams_delay = Duration::from_secs(10 * 24 * 3600);
    let at = TestDesk::open(scene).await;
    let hands = at.targetconnect("a.weber").await;
    hands.work().await;
    assert_eq!(hands.state("prove"), State::Pending);
    at.control().advance(Duration::from_secs(50 * 60));
    hands.run("prove").await;
    let list = hands.list();
    assert_eq!(list.step("prove").unwrap().trouble.as_ref().unwrap().code, Code::PolicyNotInForce);
}

#[tokio::test]
async fn without_powershell_the_packet_goes_to_the_teams_admin_and_the_result_comes_back() {
    let at = TestDesk::open(Scene { teams: false, ..Scene::default() }).await;
    let hands = at.targetconnect("a.weber").await;
    let list = hands.work().await;
    assert_eq!(
        list.step("policy").unwrap().trouble.as_ref().unwrap().code,
        Code::TeamsShellMissing,
        "{}",
        told(&list)
    );
    for step in ["policy", "assign"] {
        let packet = at.desk.teams_packet(&hands.connection, step).unwrap();
        let result = at.teams.perform(&packet.parameters).unwrap();
        for (member, value) in [
            ("format", json!(2)),
            ("application-id", json!("00000000-0000-0000-0000-000000000009")),
            ("policy-name", json!("Other")),
            ("action", json!("undo")),
        ] {
            let mut wrong = result.clone();
            wrong[member] = value;
            let refused = at.desk.take_teams_result(&hands.connection, step, &wrong.to_string()).unwrap_err();
            assert_eq!((refused.code, refused.field.as_deref()), (Code::FileInvalid, Some(member)));
        }
        let refused = at.desk.take_teams_result(&hands.connection, step, "not a result").unwrap_err();
        assert_eq!(refused.code, Code::FileInvalid);
        assert_ne!(hands.state(step), State::Proven);
        at.desk.take_teams_result(&hands.connection, step, &format!("\u{feff}{result}")).unwrap();
        hands.run(step).await;
        assert_eq!(hands.state(step), State::Proven, "{}", told(&hands.list()));
        hands.work().await;
    }
    hands.finish(3).await;
}

#[tokio::test]
async fn a_result_without_an_operator_is_not_proof() {
    let at = TestDesk::open(Scene { teams: false, ..Scene::default() }).await;
    let hands = at.targetconnect("a.weber").await;
    hands.work().await;
    let packet = at.desk.teams_packet(&hands.connection, "policy").unwrap();
    let result = at.teams.perform(&packet.parameters).unwrap();
    at.desk.take_teams_result(&hands.connection, "policy", &result.to_string()).unwrap();
    hands.work().await;
    let packet = at.desk.teams_packet(&hands.connection, "assign").unwrap();
    let mut result = at.teams.perform(&packet.parameters).unwrap();
    result["assigned"].as_array_mut().unwrap().pop();
    at.desk.take_teams_result(&hands.connection, "assign", &result.to_string()).unwrap();
    hands.run("assign").await;
    assert_ne!(hands.state("assign"), State::Proven);
}

#[tokio::test]
async fn for_everyone_the_global_policy_is_granted() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    at.desk.answer(&hands.connection, "policy-scope", json!("everyone")).unwrap();
    hands.finish(3).await;
    let teams = at.tenant.world().all()["teams"].to_string();
    assert!(teams.contains("TARGETconnect"), "{teams}");
    assert_eq!(hands.state("prove"), State::Proven);
}
