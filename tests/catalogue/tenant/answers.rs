//! G-06, below HTTP and at its limits: answers of every bad kind, byte by byte from a server of a few lines, to each kind of
//! call of the one client that speaks to Microsoft. Each call comes back with a result or a typed error within its limits,
//! without a panic, and in little memory.

use std::sync::Arc;
use std::time::Duration;

use engine::cloud::model::User;
use engine::cloud::signin::{application, device_code, password};
use engine::cloud::{Call, Graph, Patience, Wire};
use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::raw_server::{RawServer, Said, http};
use footbridge_tests::{Tenant, TenantClock, small_tenant};
use secrecy::SecretString;
use serde_json::json;
use time::OffsetDateTime;

use crate::tenant::faults::peak;

const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    idle: Duration::from_millis(300),
    whole: Duration::from_millis(900),
};

/// The calls, each by its name.
const CALLS: [&str; 10] = [
    "get",
    "post",
    "patch",
    "delete",
    "batch of reads",
    "batch of changes",
    "pages",
    "add password",
    "device code",
    "tokens",
];

fn json_answer(body: &[u8]) -> Said {
    Said::Bytes(http("200 OK", &[("content-type", "application/json")], body))
}

fn bare(text: &str) -> Said {
    Said::Bytes(text.as_bytes().to_vec())
}

/// Everything that a bad line, a bad proxy or a bad server can say.
fn answers() -> Vec<(&'static str, Said)> {
    let head =
        |more: &str| format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{more}\r\n").into_bytes();
    let deep = [b"[".repeat(300_000), b"]".repeat(300_000)].concat();
    let deep_object = [b"{\"a\":".repeat(100_000), b"1".to_vec(), b"}".repeat(100_000)].concat();
    let utf16: Vec<u8> = "{\"value\":[]}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let retry = |after: &str| {
        Said::Bytes(http(
            "429 Too Many Requests",
            &[("retry-after", after), ("content-type", "application/json")],
            b"{}",
        ))
    };
    vec![
        ("nothing at all", Said::Bytes(Vec::new())),
        ("reset", Said::Reset),
        ("silence", Said::Nothing),
        (
            "one byte at a time",
            Said::Drip(
                http("200 OK", &[("content-type", "application/json")], b"{}"),
                Duration::from_millis(250),
            ),
        ),
        ("a TLS alert", Said::Bytes(vec![0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])),
        ("another protocol", bare("SSH-2.0-OpenSSH_9.6\r\n")),
        ("no status", bare("<html></html>")),
        ("a status of no kind", bare("HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n")),
        ("a negative length", bare("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}")),
        ("two lengths", bare("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}")),
        (
            "a longer length",
            bare("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{}"),
        ),
        ("broken chunks", bare("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n")),
        ("endless headers", Said::Flood(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), 50_000_000)),
        ("50 MB, told beforehand", Said::Flood(head("content-length: 50000000\r\n"), 50_000_000)),
        ("50 MB, not told", Said::Flood(head(""), 50_000_000)),
        ("malformed JSON", json_answer(b"{\"value\":[{]}")),
        ("cut JSON", json_answer(b"{\"value\":[{\"id\":\"1")),
        ("deep lists", json_answer(&deep)),
        ("deep objects", json_answer(&deep_object)),
        ("a number of no size", json_answer(b"{\"expires_in\":1e999999,\"value\":[{\"id\":1e999}]}")),
        ("Latin-1", json_answer(b"{\"value\":[{\"id\":\"\xe4\xf6\xfc\"}]}")),
        (
            "UTF-16",
            Said::Bytes(http("200 OK", &[("content-type", "application/json; charset=utf-16")], &utf16)),
        ),
        ("a byte order mark", json_answer(b"\xef\xbb\xbf{\"value\":[]}")),
        ("a lone surrogate", json_answer(b"{\"value\":[{\"id\":\"\\ud800\"}]}")),
        ("null where an object is", json_answer(b"null")),
        ("a list where an object is", json_answer(b"[]")),
        ("a text where an object is", json_answer(b"\"ok\"")),
        ("an error inside", json_answer(b"{\"error\":{\"code\":\"x\",\"message\":\"no\"}}")),
        (
            "a page of a proxy",
            Said::Bytes(http("200 OK", &[("content-type", "text/html")], b"<html>sign in here</html>")),
        ),
        (
            "compressed",
            Said::Bytes(http(
                "200 OK",
                &[("content-type", "application/json"), ("content-encoding", "gzip")],
                b"\x1f\x8b\x08\x00",
            )),
        ),
        (
            "204 with a body",
            bare("HTTP/1.1 204 No Content\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"),
        ),
        ("429, 0 s", retry("0")),
        ("429, an hour", retry("3600")),
        ("429, a date", retry("Fri, 01 Jan 2100 00:00:00 GMT")),
        ("429, nonsense", retry("\u{221e}")),
        ("429, more than there is", retry("99999999999999999999")),
    ]
}

struct Line {
    graph: Graph,
    wire: Wire,
    tenant: String,
}

async fn carried_out(line: &Line, call: &str) -> bool {
    let (graph, now) = (&line.graph, OffsetDateTime::UNIX_EPOCH);
    let reads = || vec![Call::get("/users/1"), Call::get("/users/2")];
    let changes = || vec![Call::post("/applications", json!({})), Call::patch("/applications/1", json!({}))];
    let secret = SecretString::from("a secret that nobody knows");
    let scopes = ["User.Read".to_owned()];
    match call {
        "get" => graph.get("/users/1").await.is_ok(),
        "post" => graph.post("/applications", &json!({})).await.is_ok(),
        "patch" => graph.patch("/applications/1", &json!({}), None).await.is_ok(),
        "delete" => graph.delete("/applications/1").await.is_ok(),
        "batch of reads" => graph.batch(reads()).await.is_ok(),
        "batch of changes" => graph.batch(changes()).await.is_ok(),
        "pages" => graph.pages::<User>("/users", false, 100, &mut |_| true).await.is_ok(),
        "add password" => graph.add_password("1", "x", now, now + time::Duration::days(1)).await.is_ok(),
        "device code" => device_code::begin(&line.wire, &line.tenant, &scopes, "en", None).await.is_ok(),
        _ => {
            let by_secret = application::token(&line.wire, &line.tenant, "client", &secret).await.is_ok();
            by_secret
                || password::password(&line.wire, &line.tenant, "client", &scopes, "a@b.example", &secret)
                    .await
                    .is_ok()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g06_no_answer_hangs_panics_or_fills_the_memory() {
    let tenant = Tenant::start(small_tenant()).await;
    let folder = tempfile::tempdir().unwrap();
    let place = engine::cloud::Place { patience: PATIENCE, ..tenant.place(folder.path()) };
    let clock = Arc::new(TenantClock::new(tenant.control()));
    let told = tenant.announcement();
    let secret = SecretString::from(told.confidential.secret.as_str());
    // The tokens come from a server that behaves; only the bad ones are met with little patience.
    let login = Wire::new(tenant.place(folder.path()), clock.clone()).unwrap();
    // What the servers say is the test's own, and is there before anything is measured.
    let answers = answers();
    let before = peak();
    let (mut cells, mut panics, mut hangs) = (0_u64, 0_u64, Vec::new());
    for (number, (name, said)) in answers.into_iter().enumerate() {
        let server = RawServer::start("127.0.0.1:0", move |_| said.clone()).await;
        let token =
            application::token(&login, &told.tenant, &told.confidential.client_id, &secret).await.unwrap();
        let mut bad = place.clone();
        (bad.graph, bad.login) = (server.origin().parse().unwrap(), server.origin().parse().unwrap());
        let wire = Wire::new(bad, clock.clone()).unwrap();
        let line = Arc::new(Line {
            graph: Graph::as_application(wire.clone(), token),
            wire,
            tenant: told.tenant.clone(),
        });
        for (place, call) in CALLS.into_iter().enumerate() {
            if scale((number + place) % 4 != 0, false) {
                continue;
            }
            let line = line.clone();
            // A read is tried three times, and every try has its limit; two seconds are added for a slow computer.
            let most = PATIENCE.whole * 6 + Duration::from_secs(2);
            let task = tokio::spawn(async move { carried_out(&line, call).await });
            match tokio::time::timeout(most, task).await {
                Err(_) => hangs.push(format!("{call}: {name}")),
                Ok(Err(_)) => panics += 1,
                Ok(Ok(_)) => {}
            }
            cells += 1;
        }
        assert!(server.connections() > 0, "{name}: nobody came");
    }
    let memory = peak() - before;
    println!("{cells} cells, {memory} MiB more at most, {hangs:?}");
    reached("G-06", "answers of every bad kind, times calls", cells, Target::AtLeast(scale(80, 340)));
    reached("G-06", "panics", panics, Target::Exactly(0));
    reached("G-06", "calls that hang beyond their limit", hangs.len() as u64, Target::Exactly(0));
    reached("G-06", "MiB more memory at most", memory, Target::AtMost(32));
}
