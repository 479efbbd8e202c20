//! Faults, throttling, the traffic log, the control address and TLS.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Faults, Kind, Settings, StartError, Throttle};
use support::{GRAPH_TOOLS, SIGN_IN, Site, read, settings};

fn faults(one: Value) -> Faults {
    Faults::read(&json!({"faults": [one]}).to_string()).unwrap()
}

#[tokio::test]
async fn an_answer_is_lost_after_or_before_the_change() {
    let site = Site::start(settings()).await;
    let token = site.sign_in("a.weber", SIGN_IN).await["access_token"].as_str().unwrap().to_owned();
    let count = async || {
        let (_, body) = read(
            site.http.get(site.graph("/applications?$filter=displayName%20eq%20'Lost'")).bearer_auth(&token),
        )
        .await;
        body["value"].as_array().unwrap().len()
    };
    let create = || {
        let body = json!({"displayName": "Lost", "signInAudience": "AzureADMyOrg"});
        site.http.post(site.graph("/applications")).bearer_auth(&token).json(&body).send()
    };
    let matched = json!({"method": "POST", "path": "/v1.0/applications"});
    site.control().set_faults(faults(json!({"match": matched, "action": {"do": "drop"}})));
    assert!(create().await.is_err());
    assert_eq!(count().await, 0);
    site.control().set_faults(faults(json!({"match": matched, "action": {"do": "apply-then-drop"}})));
    assert!(create().await.is_err());
    assert_eq!(count().await, 1);
    site.control()
        .set_faults(faults(json!({"match": matched, "action": {"do": "apply-then-answer", "status": 503}})));
    assert_eq!(create().await.unwrap().status(), 503);
    assert_eq!(count().await, 2);
    site.control().set_faults(faults(json!({"match": matched, "action": {"do": "cut-body", "bytes": 10}})));
    let answer = create().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert!(answer.bytes().await.is_err());
    assert_eq!(count().await, 3);
    let lost: Vec<_> = site.control().traffic().into_iter().filter(|exchange| !exchange.answered).collect();
    assert_eq!(lost.iter().map(|exchange| exchange.status).collect::<Vec<_>>(), [0, 201, 201]);
}

#[tokio::test]
async fn sign_in_fails_too_in_every_version_of_http() {
    for tls in [false, true] {
        let site = Site::start(Settings { tls, ..settings() }).await;
        let url = site.login("/common/v2.0/.well-known/openid-configuration");
        site.control().set_faults(faults(json!({
            "match": {"path": "*/openid-configuration"}, "action": {"do": "cut-body", "bytes": 10}
        })));
        let answer = site.http.get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.bytes().await.is_err());
        site.control().set_faults(faults(json!({
            "match": {"path": "*/openid-configuration"}, "nth": 2, "action": {"do": "drop"}
        })));
        assert_eq!(site.http.get(&url).send().await.unwrap().status(), 200);
        assert!(site.http.get(&url).send().await.is_err());
        assert_eq!(site.http.get(&url).send().await.unwrap().status(), 200);
        site.control().set_faults(faults(json!({
            "match": {"grant_type": "client_credentials"},
            "action": {"do": "answer", "status": 400, "body": {"error": "invalid_client"}, "headers": {"x-odd": "1"}}
        })));
        let (status, body) = site.token(&[("grant_type", "client_credentials")]).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_client")));
        assert_eq!(site.token(&[("grant_type", "client_credentials")]).await.1["error_codes"][0], 900144);
    }
}

#[tokio::test]
async fn an_item_inside_a_batch_is_struck_alone() {
    let site = Site::start(settings()).await;
    let token = site.sign_in("a.weber", SIGN_IN).await["access_token"].as_str().unwrap().to_owned();
    site.control().set_faults(faults(json!({
        "match": {"path": "/v1.0/me", "inside_batch": true}, "action": {"do": "retry-after", "seconds": 7}
    })));
    let body = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/organization"},
        {"id": "2", "method": "GET", "url": "/me"},
        {"id": "3", "method": "GET", "url": "/me", "dependsOn": ["2"]},
    ]});
    let (status, body) = read(site.http.post(site.graph("/$batch")).bearer_auth(&token).json(&body)).await;
    assert_eq!(status, 200, "{body}");
    let item = |id: &str| {
        body["responses"].as_array().unwrap().iter().find(|item| item["id"] == id).unwrap().clone()
    };
    assert_eq!(item("1")["status"], 200);
    assert_eq!((&item("2")["status"], &item("2")["headers"]["Retry-After"]), (&json!(429), &json!("7")));
    assert_eq!(item("3")["status"], 424);
}

#[tokio::test]
async fn throttling_is_every_nth_request_to_graph() {
    let site =
        Site::start(Settings { throttle: Some(Throttle { every: 3, retry_after: 9 }), ..settings() }).await;
    let token = site.sign_in("a.weber", SIGN_IN).await["access_token"].as_str().unwrap().to_owned();
    let mut seen = Vec::new();
    for _ in 0..6 {
        let answer = site.http.get(site.graph("/me")).bearer_auth(&token).send().await.unwrap();
        if answer.status() == 429 {
            assert_eq!(answer.headers()["retry-after"], "9");
        }
        seen.push(answer.status().as_u16());
    }
    assert_eq!(seen, [200, 200, 429, 200, 200, 429]);
}

#[tokio::test]
async fn graph_wants_a_token_of_this_tenant_that_is_still_good() {
    let site = Site::start(settings()).await;
    let ask = async |token: Option<&str>| {
        let request = site.http.get(site.graph("/organization"));
        read(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
        .await
    };
    assert_eq!(ask(None).await.1["error"]["message"], "Access token is empty.");
    assert_eq!(ask(Some("a.b.c")).await.0, 401);
    let body = site.sign_in("a.weber", SIGN_IN).await;
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(ask(Some(token)).await.0, 200);
    assert_eq!(ask(body["id_token"].as_str()).await.0, 401);
    let refresh = body["refresh_token"].as_str().unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", GRAPH_TOOLS),
        ("refresh_token", refresh),
        ("scope", "https://management.azure.com/.default"),
    ];
    let (_, azure) = site.token(&form).await;
    assert_eq!(ask(azure["access_token"].as_str()).await.0, 401);
    let subscriptions = site.http.get(site.login("/subscriptions?api-version=2022-12-01"));
    let (status, list) = read(subscriptions.bearer_auth(azure["access_token"].as_str().unwrap())).await;
    assert_eq!((status, &list["value"]), (200, &json!([])));
    site.control().advance(Duration::from_secs(3600));
    assert_eq!(ask(Some(token)).await.1["error"]["code"], "InvalidAuthenticationToken");
}

#[tokio::test]
async fn the_log_has_lines_for_graph_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("traffic.jsonl");
    let site = Site::start(Settings { traffic_log: Some(path.clone()), ..settings() }).await;
    let token = site.sign_in("a.weber", SIGN_IN).await["access_token"].as_str().unwrap().to_owned();
    let body = json!({"displayName": "Logged", "signInAudience": "AzureADMyOrg"});
    let (_, made) = read(site.http.post(site.graph("/applications")).bearer_auth(&token).json(&body)).await;
    let add = site.graph(&format!("/applications/{}/addPassword", made["id"].as_str().unwrap()));
    let body = json!({"passwordCredential": {"displayName": "one"}});
    let (status, secret) = read(site.http.post(add).bearer_auth(&token).json(&body)).await;
    assert_eq!(status, 200, "{secret}");
    let secret = secret["secretText"].as_str().unwrap();

    let log = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["request_headers"]["authorization"], "Bearer <redacted>");
    assert_eq!(lines[1]["response_body"]["secretText"], "<redacted>");
    let kept = serde_json::to_string(&site.control().traffic()).unwrap() + &site.control().dump().to_string();
    for hidden in [secret, &token, &site.running.announcement.confidential.secret] {
        assert!(!log.contains(hidden) && !kept.contains(hidden));
    }
    let traffic = site.control().traffic();
    assert!(
        traffic
            .iter()
            .filter(|exchange| exchange.kind == Kind::SignIn)
            .all(|exchange| !exchange.authorization)
    );
    assert!(
        traffic.iter().filter(|exchange| exchange.kind == Kind::Graph).all(|exchange| exchange.authorization)
    );
    assert!(traffic.iter().any(|exchange| exchange.grant_type.as_deref() == Some(support::DEVICE_GRANT)));
}

#[tokio::test]
async fn the_control_address_wants_its_token() {
    let site = Site::start(settings()).await;
    let control = site.running.announcement.control.clone();
    let call = async |token: &str, path: &str, body: Value| {
        read(site.http.post(format!("{}/{path}", control.url)).bearer_auth(token).json(&body)).await
    };
    assert_eq!(call("wrong", "reset", json!({})).await.0, 401);
    let device = site.device(GRAPH_TOOLS, SIGN_IN).await;
    let asked = json!({"user_code": device["user_code"], "account": "nobody"});
    assert_eq!(call(&control.token, "approve", asked).await.0, 404);
    let asked = json!({"user_code": device["user_code"], "account": "a.weber"});
    assert_eq!(call(&control.token, "approve", asked).await.0, 200);
    assert_eq!(site.poll(GRAPH_TOOLS, &device).await.0, 200);
    let before = site.control().now();
    assert_eq!(call(&control.token, "clock", json!({"advance_seconds": 60})).await.0, 200);
    assert_eq!(site.control().now() - before, time::Duration::minutes(1));
    assert_eq!(call(&control.token, "clock", json!({"advance_seconds": -1})).await.0, 400);
    let (status, state) = call(&control.token, "state", json!({})).await;
    assert_eq!((status, &state["devices"][0]["state"]), (200, &json!("spent")));
    assert_eq!(call(&control.token, "faults", json!({"faults": [{"action": {"do": "bang"}}]})).await.0, 400);
    assert_eq!(call(&control.token, "reset", json!({})).await.0, 200);
    assert!(site.control().traffic().is_empty());
    site.app_token().await;
}

#[tokio::test]
async fn tls_in_both_versions_for_names_and_address() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let site = Site::start(Settings { tls: true, ca_out: Some(ca.clone()), ..settings() }).await;
    assert_eq!(site.running.announcement.ca.as_deref(), Some(ca.as_path()));
    let url = site.login("/common/v2.0/.well-known/openid-configuration");
    assert!(url.starts_with("https://localhost:"));
    let answer = site.http.get(&url).send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    let authority = reqwest::Certificate::from_pem(&std::fs::read(&ca).unwrap()).unwrap();
    let old = reqwest::Client::builder().no_proxy().http1_only().tls_certs_only([authority]).build().unwrap();
    let answer = old.get(url.replace("localhost", "127.0.0.1")).send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_11);
    assert!(reqwest::Client::builder().no_proxy().build().unwrap().get(&url).send().await.is_err());
    site.app_token().await;
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let refused = simulator::start(Settings { listen: ([0, 0, 0, 0], 0).into(), ..settings() }).await;
    assert!(matches!(refused, Err(StartError::NotLoopback(_))));
}

#[tokio::test]
async fn presences_mailboxes_and_cmdlets_are_reached_over_the_control_address() {
    let site = Site::start(settings()).await;
    let control = site.running.announcement.control.clone();
    let call = async |path: &str, body: Value| {
        read(site.http.post(format!("{}/{path}", control.url)).bearer_auth(&control.token).json(&body)).await
    };
    let seen = async || {
        let signed = site.sign_in("g.admin", "Presence.Read.All User.Read").await;
        let token = signed["access_token"].as_str().unwrap().to_owned();
        let user = format!("/users/g.admin@{}/presence", site.running.announcement.domain);
        read(site.http.get(site.graph(&user)).bearer_auth(token)).await.1["availability"].clone()
    };
    let shown = |by: &str, word: Option<&str>| json!({"user": "g.admin", "by": by, "availability": word, "activity": word});
    assert_eq!(seen().await, "Available");
    assert_eq!(call("presence", shown("teams", Some("DoNotDisturb"))).await.0, 200);
    assert_eq!(seen().await, "DoNotDisturb");
    assert_eq!(call("presence", shown("product", Some("Busy"))).await.0, 200);
    assert_eq!(seen().await, "Busy");
    assert_eq!(call("presence", shown("teams", None)).await.0, 200);
    assert_eq!(seen().await, "Offline");
    assert_eq!(call("presence", shown("nobody", None)).await.0, 400);
    assert_eq!(call("presence", json!({"user": "g.admin", "by": "teams", "activity": "Busy"})).await.0, 400);
    assert_eq!(call("presence", json!({"user": "nobody", "by": "teams"})).await.0, 404);
    assert_eq!(call("mailbox", json!({"user": "nobody"})).await.0, 404);
    let address = format!("g.admin@{}", site.running.announcement.domain);
    let (status, found) = call("mailbox", json!({"user": address})).await;
    assert_eq!((status, &found["inbox"], &found["address"]), (200, &json!([]), &json!(address)));
    let (_, made) =
        call("exchange", json!({"cmdlet": "Get-Mailbox", "parameters": {"Identity": address}})).await;
    assert_eq!(made["output"][0]["PrimarySmtpAddress"], address.as_str());
    for path in ["security-defaults", "teams-by-graph"] {
        assert_eq!(call(path, json!({"on": false})).await.0, 200, "{path}");
        assert_eq!(call(path, json!({"of": false})).await.0, 400, "{path}");
    }
}

#[tokio::test]
async fn a_mail_lies_in_the_mailbox_that_it_was_sent_to() {
    let site = Site::start(settings()).await;
    let signed = site.sign_in("g.admin", "Mail.Send User.Read").await;
    let token = signed["access_token"].as_str().unwrap();
    let address = format!("g.admin@{}", site.running.announcement.domain);
    let mail = json!({"message": {"subject": "Proof", "body": {"contentType": "text", "content": "Hello"},
        "toRecipients": [{"emailAddress": {"address": address.to_uppercase()}}]}});
    let (status, _) = read(site.http.post(site.graph("/me/sendMail")).bearer_auth(token).json(&mail)).await;
    assert_eq!(status, 202);
    let found = site.control().mailbox(&address).unwrap();
    assert_eq!(
        (&found["inbox"][0]["subject"], &found["inbox"][0]["body"]),
        (&json!("Proof"), &json!("Hello"))
    );
    assert_eq!(found["sent"][0]["from"], address.as_str());
    site.control().reset();
    assert_eq!(site.control().mailbox(&address).unwrap()["inbox"], json!([]));
}
