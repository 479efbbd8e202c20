//! Device code over real HTTP: every state of the polling, by a clock turned by hand.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Mutex;
use std::time::Duration;

use cloud::signin::device_code::begin;
use cloud::{SignInError, Waiting};
use serde_json::json;
use support::*;

async fn polled(
    script: Vec<Scripted>,
) -> (Result<cloud::Session, SignInError>, Stage, Vec<u64>, Vec<Waiting>) {
    let clock = HandClock::new();
    let stage = Stage::new([]).await;
    let wire = stage.wire(clock.clone());
    stage.then(answers(200, stage.device_code()));
    script.into_iter().for_each(|answer| stage.then(answer));
    let code = begin(&wire, "organizations", &scopes(&["User.Read"]), "de-DE", None).await.unwrap();
    let ticks = Mutex::new(Vec::new());
    let outcome = code.wait(&wire, &|tick| ticks.lock().unwrap().push(tick)).await;
    (outcome, stage, clock.slept_seconds(), ticks.into_inner().unwrap())
}

fn pending() -> Scripted {
    answers(400, refusal("authorization_pending", 70016))
}

#[tokio::test]
async fn a_code_becomes_a_session() {
    let (outcome, stage, slept, ticks) =
        polled(vec![pending(), pending(), answers(200, tokens(&identity()))]).await;
    let session = outcome.unwrap();
    assert_eq!(session.account.user_principal_name, "ada@contoso.example");
    assert_eq!(session.account.tenant_id, TENANT);
    assert!(!session.account.guest);
    assert_eq!(session.directory_roles, ["62e90394-69f5-4237-9190-012177145e10"]);
    assert_eq!(session.scopes, ["User.Read", "Application.ReadWrite.All", "openid"]);
    assert_eq!(session.missing(&scopes(&["user.read", "Policy.Read.All"])), ["Policy.Read.All"]);
    assert_eq!(session.surplus(&scopes(&["User.Read"])), ["Application.ReadWrite.All"]);
    assert_eq!(slept, [5, 5]);
    assert_eq!(ticks.iter().map(|tick| tick.polls).collect::<Vec<_>>(), [1, 2]);
    let seen = stage.seen();
    assert_eq!(seen[0].uri, "/organizations/oauth2/v2.0/devicecode?mkt=de-DE");
    assert_eq!(seen[0].form("scope").unwrap(), "User.Read openid profile offline_access");
    assert_eq!(seen[1].uri, "/organizations/oauth2/v2.0/token");
    assert_eq!(seen[1].form("grant_type").unwrap(), "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(seen[1].form("device_code").unwrap(), "device-code-1");
    assert!(seen[1].headers.contains_key("client-request-id"));
}

#[tokio::test]
async fn slow_down_adds_five_seconds_for_good() {
    let slow = answers(400, json!({"error": "slow_down"}));
    let (outcome, _, slept, _) =
        polled(vec![pending(), slow, pending(), answers(200, tokens(&identity()))]).await;
    assert!(outcome.is_ok());
    assert_eq!(slept, [5, 10, 10]);
}

#[tokio::test]
async fn every_ending_has_its_name() {
    for (error, number, expected) in [
        ("authorization_declined", 70017, SignInError::Declined),
        ("access_denied", 0, SignInError::Declined),
        ("expired_token", 70019, SignInError::Expired),
        ("bad_verification_code", 70018, SignInError::CodeNotRecognised),
        ("access_denied", 53003, SignInError::BlockedByPolicy { aadsts: 53003 }),
        ("invalid_grant", 50005, SignInError::BlockedByPolicy { aadsts: 50005 }),
        ("invalid_grant", 53000, SignInError::BlockedByPolicy { aadsts: 53000 }),
        ("interaction_required", 50097, SignInError::BlockedByPolicy { aadsts: 50097 }),
    ] {
        let (outcome, stage, _, _) = polled(vec![pending(), answers(400, refusal(error, number))]).await;
        assert_eq!(outcome.unwrap_err(), expected);
        assert_eq!(stage.seen().len(), 3);
    }
    let (outcome, ..) = polled(vec![answers(400, refusal("unauthorized_client", 700_016))]).await;
    assert_eq!(outcome.unwrap_err().aadsts(), Some(700_016));
}

#[tokio::test]
async fn the_code_ends_by_our_clock() {
    let (outcome, stage, slept, ticks) = polled(vec![pending(); 400]).await;
    assert_eq!(outcome.unwrap_err(), SignInError::Expired);
    assert_eq!(slept.iter().sum::<u64>(), 900);
    assert_eq!(stage.seen().len(), 181);
    assert_eq!(ticks.last().unwrap().remaining, Duration::from_secs(5));
}

#[tokio::test]
async fn a_lost_network_is_told_and_waited_out() {
    let gone = answers(503, json!(null));
    let (outcome, _, slept, ticks) =
        polled(vec![gone.clone(), gone, pending(), answers(200, tokens(&identity()))]).await;
    assert!(outcome.is_ok());
    assert_eq!(ticks.iter().map(|tick| tick.unanswered).collect::<Vec<_>>(), [1, 2, 0]);
    assert_eq!(slept, [10, 20, 20]);
}

#[tokio::test]
async fn a_foreign_page_for_the_code_is_refused() {
    for (address, trusted) in [
        ("https://microsoft.com/devicelogin", true),
        ("https://login.microsoft.com/device", true),
        ("https://microsoft.com.evil.example/devicelogin", false),
        ("https://microsoft.com@evil.example/devicelogin", false),
        ("http://127.0.0.1:1/device", false),
        ("javascript:alert(1)", false),
    ] {
        let stage = Stage::new([]).await;
        let mut told = stage.device_code();
        told["verification_uri"] = json!(address);
        stage.then(answers(200, told));
        let outcome = begin(&stage.wire(HandClock::new()), TENANT, &[], "en-US", None).await;
        assert_eq!(outcome.is_ok(), trusted, "{address}");
        if !trusted {
            assert!(matches!(outcome.unwrap_err(), SignInError::UntrustedVerificationAddress { .. }));
        }
    }
}

#[tokio::test]
async fn another_tenant_is_refused() {
    let stage = Stage::new([]).await;
    let wire = stage.wire(HandClock::new());
    let other = "3ca3abb1-c654-40b2-92da-35797e532ed1";
    stage.then(answers(200, stage.device_code()));
    stage.then(answers(200, tokens(&identity())));
    let code = begin(&wire, other, &[], "en-US", None).await.unwrap();
    let error = code.wait(&wire, &|_| {}).await.unwrap_err();
    assert_eq!(error, SignInError::WrongTenant { expected: other.into(), found: TENANT.into() });
}

#[tokio::test]
async fn odd_answers_end_in_a_typed_error() {
    let html = Scripted {
        status: 200,
        headers: vec![("content-type".into(), "text/html".into())],
        body: b"<p>".to_vec(),
    };
    let mut no_identity = tokens(&identity());
    no_identity.as_object_mut().unwrap().remove("id_token");
    let mut foreign = identity();
    foreign["aud"] = json!("another-client");
    for (answer, field) in [
        (html, "content-type"),
        (answers(200, no_identity), "id_token"),
        (answers(200, tokens(&foreign)), "id_token.aud"),
        (answers(400, json!({"what": 1})), "error"),
    ] {
        let (outcome, ..) = polled(vec![answer]).await;
        assert_eq!(outcome.unwrap_err(), SignInError::Malformed { field });
    }
    let (outcome, ..) = polled(vec![answers(200, json!({"hello": 1}))]).await;
    assert!(matches!(outcome.unwrap_err(), SignInError::Malformed { .. }));
}

#[tokio::test]
async fn no_token_stands_in_an_error_or_in_debug_text() {
    let mut torn = tokens(&identity());
    torn["expires_in"] = json!("many");
    torn["access_token"] = json!("canary-token-8Q1zXw");
    let (outcome, ..) = polled(vec![answers(200, torn)]).await;
    let error = outcome.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("canary"), "{error:?}");
    let (outcome, ..) = polled(vec![answers(200, tokens(&identity()))]).await;
    let told = format!("{:?}", outcome.unwrap());
    assert!(
        told.contains("ada@contoso.example") && !told.contains("refresh-1") && !told.contains("eyJ"),
        "{told}"
    );
}

#[tokio::test]
async fn dropping_the_wait_ends_the_polling() {
    let clock = HandClock::held();
    let stage = Stage::new([]).await;
    let wire = stage.wire(clock);
    stage.then(answers(200, stage.device_code()));
    stage.then(pending());
    let code = begin(&wire, TENANT, &[], "en-US", None).await.unwrap();
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let on_tick = move |tick| told.send(tick).unwrap();
    tokio::select! {
        _ = code.wait(&wire, &on_tick) => panic!("it cannot end by itself"),
        _ = heard.recv() => {}
    }
    assert_eq!(stage.seen().len(), 2);
}

#[tokio::test]
async fn a_tenant_that_is_no_tenant_is_not_sent() {
    let stage = Stage::new([]).await;
    for tenant in ["", "../common", "a/b", "a?b", "a b", ".", "tenänt"] {
        let outcome = begin(&stage.wire(HandClock::new()), tenant, &[], "en-US", None).await;
        assert_eq!(outcome.unwrap_err(), SignInError::Malformed { field: "tenant" });
    }
    assert!(stage.seen().is_empty());
}
