//! What happens to a session after sign-in, and signing in as an application.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cloud::signin::application;
use cloud::{Graph, GraphFault, SignInError};
use serde_json::json;
use support::*;

#[tokio::test]
async fn a_token_is_renewed_five_minutes_early() {
    let clock = HandClock::new();
    let stage = Stage::new([]).await;
    let wire = stage.wire(clock.clone());
    let session = signed_in(&stage, &wire).await;
    let graph = Graph::new(wire, Arc::new(tokio::sync::Mutex::new(session)));
    stage.then(answers(200, json!({})));
    clock.turn(Duration::from_secs(3298));
    graph.get("/me").await.unwrap();
    clock.turn(Duration::from_secs(2));
    stage.then(answers(200, tokens(&identity())));
    stage.then(answers(200, json!({})));
    graph.get("/me").await.unwrap();
    let seen = stage.seen();
    assert_eq!(seen[2].uri, "/v1.0/me");
    assert_eq!(seen[3].uri, format!("/{TENANT}/oauth2/v2.0/token"));
    assert_eq!(seen[3].form("grant_type").unwrap(), "refresh_token");
    assert_eq!(seen[3].form("refresh_token").unwrap(), "refresh-1");
    assert_eq!(seen[4].uri, "/v1.0/me");
}

#[tokio::test]
async fn a_renewal_for_another_tenant_stops_everything() {
    let clock = HandClock::new();
    let stage = Stage::new([]).await;
    let wire = stage.wire(clock.clone());
    let mut session = signed_in(&stage, &wire).await;
    let mut other = identity();
    other["tid"] = json!("3ca3abb1-c654-40b2-92da-35797e532ed1");
    stage.then(answers(200, tokens(&other)));
    assert!(matches!(session.refresh(&wire).await, Err(SignInError::WrongTenant { .. })));
    assert_eq!(session.account.tenant_id, TENANT);
    clock.turn(Duration::from_secs(3400));
    stage.then(answers(200, tokens(&other)));
    let graph = Graph::new(wire, Arc::new(tokio::sync::Mutex::new(session)));
    assert_eq!(graph.get("/me").await.unwrap_err().kind, GraphFault::Unauthorized);
    assert_eq!(stage.seen().len(), 4);
}

const CUSTOMER: &str = "3ca3abb1-c654-40b2-92da-35797e532ed1";

#[tokio::test]
async fn one_sign_in_is_good_at_another_tenant_and_each_keeps_its_own_tokens() {
    let stage = Stage::new([]).await;
    let wire = stage.wire(HandClock::new());
    let home = signed_in(&stage, &wire).await;
    let before = stage.seen().len();
    let mut other = identity();
    other["tid"] = json!(CUSTOMER);
    let mut answer = tokens(&other);
    answer["access_token"] = json!("access-of-the-customer");
    stage.then(answers(200, answer));
    let there = home.at_tenant(&wire, CUSTOMER, &["User.Read".to_owned()]).await.unwrap();
    assert_eq!((there.account.tenant_id.as_str(), home.account.tenant_id.as_str()), (CUSTOMER, TENANT));
    stage.then(answers(200, json!({})));
    Graph::new(wire.clone(), Arc::new(tokio::sync::Mutex::new(there))).get("/me").await.unwrap();
    stage.then(answers(200, json!({})));
    Graph::new(wire, Arc::new(tokio::sync::Mutex::new(home))).get("/me").await.unwrap();
    let seen = stage.seen();
    assert_eq!(seen[before].uri, format!("/{CUSTOMER}/oauth2/v2.0/token"));
    assert_eq!(seen[before].form("refresh_token").unwrap(), "refresh-1");
    assert_eq!(seen[before + 1].headers["authorization"], "Bearer access-of-the-customer");
    assert_ne!(seen[before + 2].headers["authorization"], "Bearer access-of-the-customer");
}

#[tokio::test]
async fn the_answer_of_another_tenant_than_the_one_asked_is_no_session() {
    let stage = Stage::new([]).await;
    let wire = stage.wire(HandClock::new());
    let home = signed_in(&stage, &wire).await;
    stage.then(answers(200, tokens(&identity())));
    let refused = home.at_tenant(&wire, CUSTOMER, &[]).await;
    assert!(matches!(refused, Err(SignInError::WrongTenant { .. })));
    let mut nobody = tokens(&identity());
    nobody.as_object_mut().unwrap().remove("id_token");
    stage.then(answers(200, nobody));
    assert!(matches!(home.at_tenant(&wire, CUSTOMER, &[]).await, Err(SignInError::Malformed { .. })));
    let asked = stage.seen().len();
    let word = home.at_tenant(&wire, "organizations", &[]).await;
    assert!(matches!(word, Err(SignInError::Malformed { field: "tenant" })));
    assert_eq!(stage.seen().len(), asked, "a word that names no tenant must not be asked");
}

#[tokio::test]
async fn a_policy_that_stops_the_renewal_is_told() {
    let clock = HandClock::new();
    let stage = Stage::new([]).await;
    let wire = stage.wire(clock.clone());
    let session = signed_in(&stage, &wire).await;
    clock.turn(Duration::from_secs(4000));
    stage.then(answers(400, refusal("invalid_grant", 53003)));
    let graph = Graph::new(wire, Arc::new(tokio::sync::Mutex::new(session)));
    let error = graph.get("/me").await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (GraphFault::Unauthorized, Some("AADSTS53003")));
}

#[tokio::test]
async fn an_application_signs_in_with_its_secret() {
    let stage = Stage::new([answers(
        200,
        json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token":
            jwt(&json!({"roles": ["User.Read.All"], "tid": TENANT, "appid": "app-1", "oid": "sp-1"}))}),
    )])
    .await;
    let wire = stage.wire(HandClock::new());
    let token = application::token(&wire, TENANT, "app-1", &"a~b+c d".into()).await.unwrap();
    assert_eq!(token.roles, ["User.Read.All"]);
    assert_eq!((token.application_id.as_str(), token.object_id.as_str()), ("app-1", "sp-1"));
    assert!(!format!("{token:?}").contains("eyJ"));
    let seen = stage.seen();
    assert_eq!(seen[0].form("client_secret").unwrap(), "a~b+c d");
    assert_eq!(seen[0].form("scope").unwrap(), format!("{}/.default", stage.origin));
    stage.then(answers(200, json!({"value": []})));
    Graph::as_application(wire, token).get("/users").await.unwrap();
    assert!(stage.seen()[1].headers["authorization"].to_str().unwrap().starts_with("Bearer eyJ"));
}

#[tokio::test]
async fn a_token_without_roles_and_an_opaque_one_are_tokens_still() {
    for access in [jwt(&json!({"tid": TENANT})), "opaque".to_owned()] {
        let stage = Stage::new([answers(200, json!({"expires_in": 3599, "access_token": access}))]).await;
        let wire = stage.wire(HandClock::new());
        assert!(application::token(&wire, TENANT, "app-1", &"s".into()).await.unwrap().roles.is_empty());
    }
}

#[tokio::test]
async fn a_wrong_secret_is_a_refusal_with_its_number() {
    let stage = Stage::new([answers(401, refusal("invalid_client", 7_000_215))]).await;
    let error =
        application::token(&stage.wire(HandClock::new()), TENANT, "app-1", &"s".into()).await.unwrap_err();
    let SignInError::Refused(refusal) = &error else { panic!("{error:?}") };
    assert_eq!((refusal.error.as_str(), refusal.aadsts), ("invalid_client", Some(7_000_215)));
    assert_eq!(refusal.timestamp.as_deref(), Some("2026-08-13 21:24:29Z"));
}
