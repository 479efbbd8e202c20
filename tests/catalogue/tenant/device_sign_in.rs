//! G-23: the sign-in by device code, in each of its states: what the desk says of it, what is asked of Microsoft, and that
//! nothing is asked before somebody wants a code or after they turned away.

use std::time::Duration;

use engine::Code;
use engine::cloud::Waiting;
use engine::guide::Language;
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::{Opened, Walkthrough, small_tenant};
use serde_json::{Value, json};
use simulator::{Exchange, Faults, Kind, Settings};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn refusal(error: &str, number: u32) -> Value {
    json!({ "do": "answer", "status": 400, "body": { "error": error, "error_codes": [number],
        "error_description": format!("AADSTS{number}: told."), "trace_id": "t", "correlation_id": "c" } })
}

fn polls(faults: &[Value]) -> Faults {
    let matches = json!({ "grant_type": GRANT });
    let all: Vec<Value> = faults
        .iter()
        .enumerate()
        .map(|(place, action)| json!({ "match": matches, "nth": place + 1, "times": 1, "action": action }))
        .collect();
    Faults::read(&json!({ "faults": all }).to_string()).unwrap()
}

fn signing_in(walk: &Walkthrough) -> Vec<Exchange> {
    let all = walk.control().traffic();
    all.into_iter().filter(|one| one.kind == Kind::SignIn && one.method == "POST").collect()
}

async fn opened(tenant: Settings) -> Walkthrough {
    Walkthrough::open("targetconnect", Opened { tenant, ..Opened::default() }).await
}

/// Each refusal of a poll has its own state, with words, and ends the polling.
#[tokio::test]
async fn g23_every_ending_of_a_code() {
    let mut endings = 0;
    for (error, number, expected) in [
        ("authorization_declined", 70017, Code::SignInDeclined),
        ("access_denied", 0, Code::SignInDeclined),
        ("expired_token", 70019, Code::SignInExpired),
        ("bad_verification_code", 70018, Code::SignInExpired),
        ("access_denied", 53003, Code::SignInBlocked),
        ("invalid_grant", 50005, Code::SignInBlocked),
        ("invalid_grant", 53000, Code::SignInBlocked),
        ("interaction_required", 50097, Code::SignInBlocked),
        ("unauthorized_client", 700_016, Code::SignInRefused),
        ("invalid_client", 7_000_218, Code::SignInRefused),
    ] {
        let walk = opened(small_tenant()).await;
        assert!(signing_in(&walk).is_empty(), "no code may be asked for before somebody wants one");
        let desk = walk.desk();
        let code = desk.begin_device_code(&walk.connection, None, "en").await.unwrap();
        walk.control().set_faults(polls(&[refusal("authorization_pending", 70016), refusal(error, number)]));
        let trouble = desk.finish_device_code(&walk.connection, code, &|_| {}).await.unwrap_err();
        assert_eq!(trouble.code, expected, "{error} {number}");
        assert_eq!(walk.control().struck(), 2, "{error}: polling ended");
        for language in Language::ALL {
            assert!(!trouble.what(language).is_empty() && !trouble.next(language).is_empty());
        }
        if expected == Code::SignInBlocked {
            let next = trouble.next(Language::English);
            assert!(next.to_lowercase().contains("browser"), "a block leads to the browser: {next}");
        }
        assert!(desk.signed_in(&walk.connection).is_none());
        endings += 1;
    }
    reached("G-23", "endings of a device code, each with its own state", endings, Target::AtLeast(10));
}

/// Pending, slowed down, without a network for a while: waited out, and told.
#[tokio::test]
async fn g23_what_is_waited_out() {
    let walk = opened(small_tenant()).await;
    let desk = walk.desk();
    let code = desk.begin_device_code(&walk.connection, None, "en").await.unwrap();
    let pending = || refusal("authorization_pending", 70016);
    let gone = json!({ "do": "drop" });
    walk.control().set_faults(polls(&[
        pending(),
        refusal("slow_down", 0),
        pending(),
        gone.clone(),
        gone,
        pending(),
    ]));
    walk.control().approve(&code.user_code, &walk.account).unwrap();
    let ticks = std::sync::Mutex::new(Vec::new());
    let heard = |tick: Waiting| ticks.lock().unwrap().push(tick);
    desk.finish_device_code(&walk.connection, code, &heard).await.unwrap();
    let ticks = ticks.into_inner().unwrap();
    let lost: Vec<u32> = ticks.iter().map(|tick| tick.unanswered).collect();
    assert!(lost.contains(&1) && lost.contains(&2) && lost.last() == Some(&0), "{lost:?}");
    assert!(desk.signed_in(&walk.connection).is_some());
    reached("G-23", "states that are waited out", 3, Target::Exactly(3));
}

/// A block that only Microsoft's page shows: the code runs out by our clock, and a new one is a click away.
#[tokio::test]
async fn g23_a_block_that_only_the_page_shows() {
    let walk = opened(Settings { silent_block: true, ..small_tenant() }).await;
    let desk = walk.desk();
    let code = desk.begin_device_code(&walk.connection, None, "en").await.unwrap();
    let _ = walk.control().approve(&code.user_code, "c.gesperrt");
    let (before, used) = (walk.control().now(), code.user_code.clone());
    let trouble = desk.finish_device_code(&walk.connection, code, &|_| {}).await.unwrap_err();
    assert_eq!(trouble.code, Code::SignInExpired);
    let waited = (walk.control().now() - before).whole_seconds();
    assert!((890..=930).contains(&waited), "{waited} s");
    // Another click, another code; the old one is never taken up again.
    let code = desk.begin_device_code(&walk.connection, None, "en").await.unwrap();
    assert_ne!(code.user_code, used);
    assert!(walk.control().approve(&used, &walk.account).is_err(), "a code that ran out is worth nothing");
    walk.control().approve(&code.user_code, &walk.account).unwrap();
    desk.finish_device_code(&walk.connection, code, &|_| {}).await.unwrap();
    reached("G-23", "codes that ran out and were used again", 0, Target::Exactly(0));
}

/// A page of somebody else is refused, and no poll follows.
#[tokio::test]
async fn g23_a_foreign_page_is_refused() {
    let mut refused = 0;
    let pages = [
        "https://evil.example/devicelogin",
        "http://microsoft.com/devicelogin",
        "https://microsoft.com.evil.example/devicelogin",
        "https://microsoft.com@evil.example/devicelogin",
        "https://www.microsoft.com/link?otc=1",
        "https://microsoft.com/devicelogin/../evil",
        "https://xn--mcrosoft-q5a.com/devicelogin",
        "javascript:alert(1)",
        "microsoft.com/devicelogin",
    ];
    for page in pages {
        let walk = opened(small_tenant()).await;
        let body = json!({ "user_code": "ABCD1234", "device_code": "d", "verification_uri": page, "expires_in": 900,
            "interval": 5, "message": "x" });
        let fault = json!({ "faults": [{ "match": { "path": "*/devicecode" }, "action": { "do": "answer", "status": 200, "body": body } }] });
        walk.control().set_faults(Faults::read(&fault.to_string()).unwrap());
        assert!(walk.desk().begin_device_code(&walk.connection, None, "en").await.is_err(), "{page}");
        assert_eq!(signing_in(&walk).len(), 1, "{page}: nothing follows");
        refused += 1;
    }
    reached("G-23", "foreign pages for the code, refused", refused, Target::Exactly(pages.len() as u64));
}

/// Whoever turns away ends the polling: nothing is asked afterwards, however far the clock goes.
#[tokio::test]
async fn g23_turning_away_ends_the_polling() {
    let walk = opened(small_tenant()).await;
    let desk = walk.desk();
    let code = desk.begin_device_code(&walk.connection, None, "en").await.unwrap();
    let (heard, mut ticks) = tokio::sync::mpsc::unbounded_channel();
    let told = move |_| heard.send(()).unwrap();
    tokio::select! {
        ended = desk.finish_device_code(&walk.connection, code, &told) => {
            panic!("nobody approved it: {:?}", ended.map(|_| ()))
        }
        _ = ticks.recv() => {}
    }
    let before = signing_in(&walk).len();
    assert!(before >= 2, "it was polling");
    for _ in 0..20 {
        walk.control().advance(Duration::from_secs(60));
        tokio::task::yield_now().await;
    }
    let after = signing_in(&walk).len() - before;
    reached("G-23", "polls after somebody turned away", after as u64, Target::Exactly(0));
}
