//! A password over real HTTP: one request, the number kept, and nothing of the password in what is told.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use cloud::signin::password::password;
use cloud::{Hurdle, PasswordError, PasswordProof, SignInError};
use secrecy::SecretString;
use serde_json::{Value, json};
use support::*;

const USER: &str = "k.telefon1@contoso.example";
const SECRET: &str = "canary p&ss=wörd";

async fn asked(script: Vec<Scripted>, wanted: &[&str]) -> (Result<PasswordProof, PasswordError>, Stage) {
    let stage = Stage::new(script).await;
    let wire = stage.wire(HandClock::new());
    let secret = SecretString::from(SECRET);
    let outcome = password(&wire, TENANT, CLIENT, &scopes(wanted), USER, &secret).await;
    (outcome, stage)
}

fn token(claims: &Value, scope: &str) -> Scripted {
    answers(
        200,
        json!({"token_type": "Bearer", "scope": scope, "expires_in": 3599, "access_token": jwt(claims)}),
    )
}

#[tokio::test]
async fn a_good_password_tells_what_the_token_carries() {
    let claims = json!({"tid": TENANT, "oid": "o", "scp": "User.Read.All Presence.Read.All"});
    let (outcome, stage) = asked(vec![token(&claims, "x")], &["User.Read.All", "Presence.Read.All"]).await;
    let proof = outcome.unwrap();
    assert_eq!(proof.scopes, ["User.Read.All", "Presence.Read.All"]);
    assert_eq!((proof.tenant_id.as_str(), proof.object_id.as_str()), (TENANT, "o"));
    assert_eq!(proof.missing(&scopes(&["user.read.all", "Mail.Send"])), ["Mail.Send"]);
    let seen = stage.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].uri, format!("/{TENANT}/oauth2/v2.0/token"));
    for (name, value) in
        [("grant_type", "password"), ("client_id", CLIENT), ("username", USER), ("password", SECRET)]
    {
        assert_eq!(seen[0].form(name).unwrap(), value);
    }
    assert!(seen[0].form("scope").unwrap().ends_with("Presence.Read.All"));
    assert!(!seen[0].form("scope").unwrap().contains("offline_access"));
}

#[tokio::test]
async fn an_opaque_token_is_read_from_the_answer_and_no_scope_asks_for_all() {
    let scope = "Presence.Read.All openid";
    let body = json!({"token_type": "Bearer", "scope": scope, "expires_in": 1, "access_token": "opaque"});
    let (outcome, stage) = asked(vec![answers(200, body)], &[]).await;
    assert_eq!(outcome.unwrap().scopes, ["Presence.Read.All", "openid"]);
    assert!(stage.seen()[0].form("scope").unwrap().ends_with("/.default"));
}

#[tokio::test]
async fn every_hurdle_keeps_its_number_and_is_tried_once() {
    for (error, number, hurdle) in [
        ("invalid_grant", 50126, Hurdle::WrongPassword),
        ("invalid_grant", 50034, Hurdle::UnknownAccount),
        ("invalid_grant", 50055, Hurdle::PasswordExpired),
        ("invalid_grant", 50053, Hurdle::Locked),
        ("invalid_grant", 50057, Hurdle::Disabled),
        ("invalid_grant", 50076, Hurdle::SecondFactor),
        ("interaction_required", 50079, Hurdle::SecondFactorMissing),
        ("invalid_grant", 53003, Hurdle::Blocked),
        ("invalid_grant", 65001, Hurdle::ConsentMissing),
        ("invalid_client", 7_000_218, Hurdle::PublicFlowsOff),
        ("temporarily_unavailable", 90033, Hurdle::Other),
    ] {
        let mut body = refusal(error, number);
        // Conditional Access sends claims along; they must not hide the number.
        body["claims"] = json!(r#"{"access_token":{"capolids":{"essential":true}}}"#);
        let (outcome, stage) = asked(vec![answers(400, body)], &["User.Read.All"]).await;
        let refused = outcome.unwrap_err();
        assert_eq!(refused.aadsts(), Some(number));
        assert!(
            matches!(&refused, PasswordError::Refused { hurdle: found, .. } if *found == hurdle),
            "{refused}"
        );
        assert!(!format!("{refused:?} {refused}").contains("canary"));
        assert_eq!(stage.seen().len(), 1);
    }
}

#[tokio::test]
async fn what_is_no_answer_is_tried_once_too() {
    let broken = Scripted { body: b"<html>".to_vec(), ..answers(503, Value::Null) };
    let (outcome, stage) = asked(vec![broken], &[]).await;
    assert_eq!(outcome.unwrap_err(), PasswordError::Failed(SignInError::Malformed { field: "error" }));
    assert_eq!(stage.seen().len(), 1);
    let elsewhere = json!({"tid": "7ec7af10-331f-4f93-ab3c-aa073ee64c92", "scp": "User.Read.All"});
    let (outcome, _) = asked(vec![token(&elsewhere, "")], &[]).await;
    assert!(matches!(outcome, Err(PasswordError::Failed(SignInError::WrongTenant { .. }))));
}
