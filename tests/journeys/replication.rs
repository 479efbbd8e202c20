//! New objects that are seen late, or now and then: every window of replication ends right without a person.

use std::time::Duration;

use footbridge_tests::{APPLICATION, Scene, TestDesk, told};

async fn converges(seconds: u64, flapping: bool, seed: u64) {
    let mut scene = Scene::default();
    scene.tenant.replication_delay = Duration::from_secs(seconds);
    scene.tenant.flapping = flapping;
    scene.tenant.seed = seed;
    let at = TestDesk::open(scene).await;
    let hands = at.targetconnect("a.weber").await;
    hands.finish(3).await;
    assert_eq!(at.tenant.world().doubles(APPLICATION), Vec::<String>::new(), "delay {seconds}, seed {seed}");
    assert_eq!(hands.secret_works().await.roles.len(), 2);
}

#[tokio::test]
async fn no_delay() {
    converges(0, true, 1).await;
}

#[tokio::test]
async fn five_seconds() {
    converges(5, true, 2).await;
}

#[tokio::test]
async fn half_a_minute() {
    converges(30, true, 3).await;
}

#[tokio::test]
async fn a_minute() {
    converges(60, true, 4).await;
}

#[tokio::test]
async fn a_minute_without_flapping() {
    converges(60, false, 5).await;
}

#[tokio::test]
async fn what_is_not_seen_yet_stops_no_step() {
    for flapping in [false, true] {
        let mut scene = Scene::default();
        scene.tenant.replication_delay = Duration::from_secs(30);
        scene.tenant.flapping = flapping;
        let at = TestDesk::open(scene).await;
        let list = at.targetconnect("a.weber").await.work().await;
        let stopped = list.steps.iter().filter_map(|step| step.trouble.as_ref());
        assert_eq!(stopped.count(), 0, "flapping {flapping}: {}", told(&list));
    }
}

#[tokio::test]
async fn the_tenant_does_lag() {
    let mut scene = Scene::default();
    scene.tenant.replication_delay = Duration::from_secs(60);
    let at = TestDesk::open(scene).await;
    let hands = at.targetconnect("a.weber").await;
    hands.finish(3).await;
    let late = at.control().traffic().into_iter().filter(|exchange| {
        let text = exchange.line.as_ref().map(ToString::to_string).unwrap_or_default();
        exchange.status == 404 || text.contains("\"status\":404") || text.contains("\"status\":400")
    });
    assert!(late.count() > 0, "nothing lagged, so the other tests here showed nothing");
    assert!(!at.clock.slept().is_zero());
}
