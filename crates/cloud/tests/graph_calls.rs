//! Single calls over real HTTP: where the token goes, what is repeated, and what an error says.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloud::{Graph, GraphFault, Tally, Wire};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use support::*;
use time::macros::datetime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn a_call_carries_its_token_and_its_id() {
    let good = answers(200, json!({"id": "1"})).with("request-id", "r-1");
    let (graph, stage, _) = graph([good]).await;
    let answer = graph.get("/me?$select=id").await.unwrap();
    assert_eq!((answer.status, answer.request_id.as_deref()), (200, Some("r-1")));
    assert_eq!(answer.at, START);
    let seen = stage.seen();
    assert_eq!(seen[0].uri, "/v1.0/me?$select=id");
    assert!(seen[0].headers["authorization"].to_str().unwrap().starts_with("Bearer eyJ"));
    assert_eq!(seen[0].headers["client-request-id"].to_str().unwrap(), answer.client_request_id);
    assert!(!seen[0].headers.contains_key("cookie"));
    assert_eq!(seen[0].headers["accept-encoding"], "gzip");
    assert_eq!(graph.tally(), Tally { requests: 1, reads: 1, writes: 0 });
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        let trap = Stage::new([]).await;
        let moved = answers(status, Value::Null).with("location", &format!("{}/v1.0/me", trap.origin));
        let (graph, stage, _) = graph([moved]).await;
        let error = graph.get("/me").await.unwrap_err();
        assert_eq!((error.kind, error.status), (GraphFault::Other, Some(status)));
        assert_eq!((stage.seen().len(), trap.seen().len()), (1, 0));
    }
}

#[tokio::test]
async fn the_trap_would_see_a_token_that_came() {
    let trap = Stage::new([]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(&trap.origin).bearer_auth("control").send().await.unwrap();
    assert!(trap.seen()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_path_leads_into_graph_or_nowhere() {
    let (graph, stage, _) = graph([]).await;
    for path in [
        "",
        "me",
        "@evil.example/",
        ":99/",
        ".evil.example/",
        "/../../x",
        "/..",
        "/../beta/x",
        "/x#y",
        "/%2e%2e/x",
    ] {
        assert_eq!(graph.get(path).await.unwrap_err().kind, GraphFault::ForeignLink, "{path}");
    }
    assert!(stage.seen().is_empty());
}

#[tokio::test]
async fn throttling_is_waited_out_by_our_clock() {
    let (graph, stage, clock) = graph([
        answers(429, Value::Null).with("retry-after", "7"),
        answers(429, Value::Null).with("retry-after", "Sat, 21 Nov 2026 10:00:37 GMT"),
        answers(503, Value::Null),
        answers(504, Value::Null),
        answers(200, json!({})),
    ])
    .await;
    graph.get("/me").await.unwrap();
    assert_eq!(clock.slept_seconds(), [7, 30, 4, 8]);
    assert_eq!(graph.tally(), Tally { requests: 5, reads: 1, writes: 0 });
    let ids: std::collections::HashSet<_> =
        stage.seen().iter().map(|seen| seen.headers["client-request-id"].clone()).collect();
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn hours_are_handed_back() {
    let (graph, stage, clock) = graph([answers(429, Value::Null).with("retry-after", "3600")]).await;
    let error = graph.get("/me").await.unwrap_err();
    assert_eq!((error.kind, error.retry_after.unwrap().as_secs()), (GraphFault::Throttled, 3600));
    assert_eq!((stage.seen().len(), clock.slept_seconds().len()), (1, 0));
}

#[tokio::test]
async fn a_change_is_repeated_only_when_it_was_turned_away() {
    for (answer, requests, kind) in [
        (answers(429, Value::Null).with("retry-after", "1"), 2, None),
        (answers(503, Value::Null).with("retry-after", "1"), 2, None),
        (answers(503, Value::Null), 1, Some(GraphFault::Busy)),
        (answers(504, Value::Null), 1, Some(GraphFault::AnswerLost)),
        (answers(502, Value::Null), 1, Some(GraphFault::AnswerLost)),
        (answers(500, Value::Null), 1, Some(GraphFault::Other)),
        (answers(404, Value::Null), 1, Some(GraphFault::NotFound)),
    ] {
        let status = answer.status;
        let (graph, stage, _) = graph([answer, answers(201, json!({"id": "1"}))]).await;
        let outcome = graph.post("/applications", &json!({"displayName": "x"})).await;
        assert_eq!(outcome.err().map(|error| error.kind), kind, "{status}");
        assert_eq!(stage.seen().len(), requests, "{status}");
    }
}

/// A server that reads each request and hangs up; counts them.
async fn hangs_up(partial: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0_u8; 4096];
            if stream.read(&mut buffer).await.unwrap_or(0) > 0 {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            let _ = stream.write_all(partial.as_bytes()).await;
        }
    });
    (origin, count)
}

async fn graph_at(origin: &str) -> (Graph, Arc<HandClock>) {
    let login = Stage::new([]).await;
    let clock = HandClock::new();
    let wire = Wire::new(login.place(origin), clock.clone()).unwrap();
    let session = signed_in(&login, &wire).await;
    (Graph::new(wire, Arc::new(tokio::sync::Mutex::new(session))), clock)
}

#[tokio::test]
async fn a_lost_answer_to_a_change_is_told_and_never_sent_again() {
    let half =
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"id\":";
    for partial in ["", half] {
        let (origin, count) = hangs_up(partial).await;
        let (graph, clock) = graph_at(&origin).await;
        for outcome in [
            graph.post("/applications", &json!({})).await,
            graph.patch("/applications/1", &json!({}), None).await,
            graph.delete("/applications/1").await,
        ] {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind, GraphFault::AnswerLost);
            assert!(error.effect_unknown());
        }
        let lost = graph.add_password("1", "x", START, START).await.unwrap_err();
        assert!(lost.effect_unknown());
        assert_eq!(count.load(Ordering::SeqCst), 4);
        assert!(clock.slept_seconds().is_empty());
    }
}

#[tokio::test]
async fn a_read_is_tried_three_times() {
    let (origin, count) = hangs_up("").await;
    let (graph, clock) = graph_at(&origin).await;
    let error = graph.get("/me").await.unwrap_err();
    assert!(!error.effect_unknown());
    assert_eq!((count.load(Ordering::SeqCst), clock.slept_seconds()), (3, vec![1, 2]));
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (graph, _) = graph_at(&origin).await;
    let error = graph.post("/applications", &json!({})).await.unwrap_err();
    assert_eq!(error.kind, GraphFault::Unreachable);
    assert!(!error.effect_unknown());
}

#[tokio::test]
async fn an_error_says_what_support_asks_for() {
    let body = json!({"error": {"code": "Request_ResourceNotFound", "message": "Resource 'x' does not exist.",
        "innerError": {"date": "2026-08-20T10:00:00", "request-id": "r-9", "client-request-id": "c-9"}}});
    let (graph, _, _) = graph([answers(404, body)]).await;
    let error = graph.get("/applications/x?$select=id").await.unwrap_err();
    assert_eq!(error.kind, GraphFault::NotFound);
    assert_eq!(error.code.as_deref(), Some("Request_ResourceNotFound"));
    assert_eq!(error.message, "Resource 'x' does not exist.");
    assert_eq!(error.request_id.as_deref(), Some("r-9"));
    assert_eq!(error.date.as_deref(), Some("2026-08-20T10:00:00"));
    assert_eq!(error.path, "/applications/x");
    assert!(!error.client_request_id.is_empty());
}

#[tokio::test]
async fn a_claims_challenge_is_handed_up() {
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(claims);
    let challenge = format!("Bearer realm=\"\", error=\"insufficient_claims\", claims=\"{encoded}\"");
    let (graph, stage, _) = graph([answers(401, json!({})).with("www-authenticate", &challenge)]).await;
    let error = graph.get("/me").await.unwrap_err();
    assert_eq!((error.kind, error.claims.as_deref()), (GraphFault::Unauthorized, Some(claims)));
    assert_eq!(stage.seen().len(), 1);
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let html = Scripted {
        status: 200,
        headers: vec![("content-type".into(), "text/html".into())],
        body: b"<h1>Company proxy</h1>".to_vec(),
    };
    for (answer, kind) in [
        (html, GraphFault::NotJson),
        (answers(200, json!({})).with("content-type", "text/plain"), GraphFault::NotJson),
        (Scripted { body: b"{\"id\":".to_vec(), ..answers(200, json!({})) }, GraphFault::NotJson),
        (Scripted { body: "[".repeat(5000).into_bytes(), ..answers(200, json!({})) }, GraphFault::NotJson),
    ] {
        let (graph, _, _) = graph([answer]).await;
        assert_eq!(graph.get("/me").await.unwrap_err().kind, kind);
    }
    let (graph, _, _) = graph([answers(200, json!({"displayName": "no id"}))]).await;
    let read = graph.get("/me").await.unwrap().read::<cloud::model::User>();
    assert_eq!(read.unwrap_err().kind, GraphFault::MissingField);
}

#[tokio::test]
async fn an_answer_of_nine_mebibytes_is_not_read() {
    let big = Scripted { body: vec![b' '; 9 * 1024 * 1024], ..answers(200, json!({})) };
    let (graph, _, _) = graph([big.clone(), big]).await;
    assert_eq!(graph.get("/me").await.unwrap_err().kind, GraphFault::TooLarge);
    assert!(graph.post("/applications", &json!({})).await.unwrap_err().effect_unknown());
}

/// A body as a server packs it.
fn gzip(body: &[u8]) -> Scripted {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, body).unwrap();
    let packed = Scripted { body: packer.finish().unwrap(), ..answers(200, json!({})) };
    packed.with("content-encoding", "gzip")
}

#[tokio::test]
async fn a_compressed_answer_is_unpacked() {
    // The positive control of the next test: what stays below the cap is read, however small it came.
    let mut large = vec![b' '; 8 * 1024 * 1024 - 16];
    large.extend_from_slice(b"{\"id\": \"1\"}");
    let sent = gzip(&large);
    assert!(sent.body.len() < 64 * 1024);
    let (graph, _, _) = graph([sent.with("content-encoding", "GZIP")]).await;
    assert_eq!(graph.get("/me").await.unwrap().body, Some(json!({"id": "1"})));
}

#[tokio::test]
async fn a_small_answer_that_grows_over_the_cap_is_refused() {
    let bomb = gzip(&vec![b' '; 16 * 1024 * 1024]);
    assert!(bomb.body.len() < 64 * 1024, "{} bytes are no bomb", bomb.body.len());
    let (graph, _, _) = graph([bomb.clone(), bomb]).await;
    assert_eq!(graph.get("/me").await.unwrap_err().kind, GraphFault::TooLarge);
    assert!(graph.post("/applications", &json!({})).await.unwrap_err().effect_unknown());
}

#[tokio::test]
async fn an_answer_that_cannot_be_unpacked_is_lost() {
    let cut = |mut scripted: Scripted| {
        scripted.body.truncate(scripted.body.len() / 2);
        scripted
    };
    let broken = cut(gzip(json!({"value": vec!["a"; 200]}).to_string().as_bytes()));
    let (graph, stage, _) = graph([broken.clone(), broken.clone(), broken.clone(), broken]).await;
    assert_eq!(graph.get("/me").await.unwrap_err().kind, GraphFault::AnswerLost);
    assert_eq!(stage.seen().len(), 3, "a read is tried again");
    assert!(graph.post("/applications", &json!({})).await.unwrap_err().effect_unknown());
    assert_eq!(stage.seen().len(), 4, "a change is not");
}

#[tokio::test]
async fn what_holds_a_secret_is_not_asked_for_compressed() {
    let shown = json!({"keyId": "f0b0b335-1d71-4883-8f98-567911bfdca6", "secretText": "canary~8Q.value"});
    let packed = gzip(shown.to_string().as_bytes());
    let (login, stage) = (Stage::new([]).await, Stage::new([packed]).await);
    let wire = Wire::new(login.place(&stage.origin), HandClock::new()).unwrap();
    let session = signed_in(&login, &wire).await;
    let graph = Graph::new(wire, Arc::new(tokio::sync::Mutex::new(session)));
    assert!(login.seen().iter().all(|seen| !seen.headers.contains_key("accept-encoding")));
    // A server that packs it all the same is not unpacked.
    let error = graph.add_password("1", "x", START, START).await.unwrap_err();
    assert_eq!(error.kind, GraphFault::MissingField);
    assert!(!stage.seen()[0].headers.contains_key("accept-encoding"));
}

#[tokio::test]
async fn a_secret_is_handed_over_in_a_secret_type() {
    let key = "f0b0b335-1d71-4883-8f98-567911bfdca6";
    let shown = json!({"@odata.context": "x", "customKeyIdentifier": null, "displayName": "App [op-1]",
        "endDateTime": "2027-11-21T10:00:00Z", "hint": "can", "keyId": key, "secretText": "canary~8Q.value",
        "startDateTime": "2026-11-21T10:00:00Z"});
    let (graph, stage, _) = graph([answers(200, shown), answers(204, Value::Null)]).await;
    let end = datetime!(2027-11-21 11:00:00.5 +1);
    let (credential, secret) = graph.add_password("app-1", "App [op-1]", START, end).await.unwrap();
    assert_eq!((credential.key_id.as_str(), credential.hint.as_deref()), (key, Some("can")));
    assert_eq!(secret.expose_secret(), "canary~8Q.value");
    assert!(!format!("{credential:?} {secret:?}").contains("canary~"));
    graph.remove_password("app-1", key).await.unwrap();
    let seen = stage.seen();
    assert_eq!(seen[0].uri, "/v1.0/applications/app-1/addPassword");
    assert_eq!(seen[0].json()["passwordCredential"]["endDateTime"], "2027-11-21T10:00:00Z");
    assert_eq!(seen[1].json(), json!({"keyId": key}));
    assert_eq!(graph.tally().writes, 2);
}

#[tokio::test]
async fn a_secret_cannot_come_any_other_way() {
    let (graph, stage, _) = graph([]).await;
    assert!(graph.post("/applications/1/addPassword", &json!({})).await.is_err());
    assert!(graph.batch(vec![cloud::Call::post("/applications/1/addPassword", json!({}))]).await.is_err());
    assert!(stage.seen().is_empty());
    let (graph, _, _) =
        self::graph([answers(200, json!({"keyId": "1", "secretText": 7, "x": "canary"}))]).await;
    let error = graph.add_password("1", "x", START, START).await.unwrap_err();
    assert_eq!(error.kind, GraphFault::MissingField);
    assert!(error.effect_unknown() && !format!("{error:?}").contains("canary"));
}

use support::graph;
