//! The browser way over real sockets: what the door on loopback lets in.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use cloud::signin::browser::begin;
use cloud::{BrowserSignIn, SignInError};
use serde_json::json;
use support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn asked(sign_in: &BrowserSignIn, name: &str) -> String {
    sign_in.authorize_url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

fn port(sign_in: &BrowserSignIn) -> u16 {
    asked(sign_in, "redirect_uri").rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap()
}

async fn knock(port: u16, target: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn staged() -> (Stage, cloud::Wire, BrowserSignIn) {
    let stage = Stage::new([]).await;
    let wire = stage.wire(HandClock::held());
    let sign_in =
        begin(&wire, TENANT, &scopes(&["User.Read"]), Some("ada@contoso.example"), None).await.unwrap();
    (stage, wire, sign_in)
}

#[tokio::test]
async fn the_right_answer_becomes_a_session_and_the_door_is_gone() {
    let (stage, wire, sign_in) = staged().await;
    let (port, state, challenge) =
        (port(&sign_in), asked(&sign_in, "state"), asked(&sign_in, "code_challenge"));
    let mut told = identity();
    told["nonce"] = json!(asked(&sign_in, "nonce"));
    stage.then(answers(200, tokens(&told)));
    assert_eq!(asked(&sign_in, "code_challenge_method"), "S256");
    assert_eq!(asked(&sign_in, "login_hint"), "ada@contoso.example");
    assert_eq!(sign_in.authorize_url.path(), format!("/{TENANT}/oauth2/v2.0/authorize"));
    let waiting = tokio::spawn(async move { sign_in.wait(&wire).await });
    assert!(knock(port, &format!("/?code=wrong&state={state}x")).await.starts_with("HTTP/1.1 404"));
    assert!(knock(port, "/favicon.ico").await.starts_with("HTTP/1.1 404"));
    assert!(knock(port, &format!("/other?code=c&state={state}")).await.starts_with("HTTP/1.1 404"));
    let page = knock(port, &format!("/?code=the-code&state={state}")).await;
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("default-src 'none'") && !page.contains("the-code")
    );
    assert!(!page.contains("<script"));
    let session = waiting.await.unwrap().unwrap();
    assert_eq!(session.account.tenant_id, TENANT);
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the door still stands");
    let seen = stage.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].form("code").unwrap(), "the-code");
    assert_eq!(seen[0].form("redirect_uri").unwrap(), format!("http://localhost:{port}"));
    assert!(seen[0].form("client_secret").is_none());
    let verifier = seen[0].form("code_verifier").unwrap();
    let again = oauth2_challenge(&verifier);
    assert_eq!(again, challenge);
}

fn oauth2_challenge(verifier: &str) -> String {
    let verifier = oauth2::PkceCodeVerifier::new(verifier.to_owned());
    oauth2::PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str().to_owned()
}

#[tokio::test]
async fn a_nonce_of_another_sign_in_is_refused() {
    let (stage, wire, sign_in) = staged().await;
    let (port, state) = (port(&sign_in), asked(&sign_in, "state"));
    let mut told = identity();
    told["nonce"] = json!("another");
    stage.then(answers(200, tokens(&told)));
    let waiting = tokio::spawn(async move { sign_in.wait(&wire).await });
    knock(port, &format!("/?code=c&state={state}")).await;
    assert_eq!(waiting.await.unwrap().unwrap_err(), SignInError::Malformed { field: "id_token.nonce" });
}

#[tokio::test]
async fn errors_come_back_through_the_redirect() {
    for (query, expected) in [
        ("error=access_denied&error_description=x", SignInError::Declined),
        (
            "error=access_denied&error_description=AADSTS53003%3A+x",
            SignInError::BlockedByPolicy { aadsts: 53003 },
        ),
    ] {
        let (stage, wire, sign_in) = staged().await;
        let (port, state) = (port(&sign_in), asked(&sign_in, "state"));
        let waiting = tokio::spawn(async move { sign_in.wait(&wire).await });
        knock(port, &format!("/?{query}&state={state}")).await;
        assert_eq!(waiting.await.unwrap().unwrap_err(), expected);
        assert!(stage.seen().is_empty());
    }
}

#[tokio::test]
async fn silent_connections_do_not_keep_the_answer_out() {
    let (stage, wire, sign_in) = staged().await;
    let (port, state) = (port(&sign_in), asked(&sign_in, "state"));
    let mut told = identity();
    told["nonce"] = json!(asked(&sign_in, "nonce"));
    stage.then(answers(200, tokens(&told)));
    let waiting = tokio::spawn(async move { sign_in.wait(&wire).await });
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    knock(port, &format!("/?code=c&state={state}")).await;
    assert!(waiting.await.unwrap().is_ok());
}

#[tokio::test]
async fn after_five_minutes_the_door_is_gone() {
    let stage = Stage::new([]).await;
    let clock = HandClock::new();
    let wire = stage.wire(clock.clone());
    let sign_in = begin(&wire, TENANT, &[], None, None).await.unwrap();
    let port = port(&sign_in);
    assert_eq!(sign_in.wait(&wire).await.unwrap_err(), SignInError::Expired);
    assert_eq!(clock.slept.lock().unwrap().as_slice(), [Duration::from_secs(300)]);
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test]
async fn only_this_computer_can_knock() {
    let (_, _, sign_in) = staged().await;
    assert!(TcpStream::connect(("::1", port(&sign_in))).await.is_err());
    assert!(TcpStream::connect(("127.0.0.1", port(&sign_in))).await.is_ok());
}

#[tokio::test]
async fn each_sign_in_has_its_own_secrets() {
    let (_, _, one) = staged().await;
    let (_, _, two) = staged().await;
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(asked(&one, name), asked(&two, name));
        assert!(asked(&one, name).len() >= 20);
    }
    assert!(!format!("{one:?}").contains(&asked(&one, "state")));
}
