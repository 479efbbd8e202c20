//! Dropped connections, lost answers, waiting and forged receipts: however it goes, the product has one bundle, once.

use delivery::https::{HttpsError, Pushed, ReceiptFault};
use std::time::Duration;

use crate::product::{self, Whims, verify};
use crate::{HOST, JTI, bundle, delivery, push};

fn host() -> String {
    HOST.to_owned()
}

#[tokio::test]
async fn a_whole_push_asks_first_and_sends_once() {
    let (server, trust, state) = product::start(Whims::default()).await;
    assert!(matches!(push(server.port, trust).await, Ok(Pushed::Taken(_))));
    assert_eq!(server.methods(), ["HEAD", "PUT"]);
    let line = format!("PUT /footbridge/v1/bundles/{JTI} HTTP/1.1");
    assert_eq!(server.lines()[1], line);
    let state = state.lock().unwrap();
    state.assert_taken_once();
    assert_eq!(state.arrived, bundle().len());
    let heads = server.seen.heads.lock().unwrap();
    assert_eq!(heads[1].header("content-range"), Some("bytes 0-1499/1500"));
    for head in heads.iter() {
        for unwanted in ["cookie", "authorization", "referer", "expect", "proxy-authorization"] {
            assert_eq!(head.header(unwanted), None);
        }
        assert_eq!(head.header("accept-encoding"), Some("identity"));
    }
}

#[tokio::test]
async fn a_drop_at_every_eighth_byte_is_resumed_and_taken_once() {
    let total = bundle().len();
    let mut resumed = 0;
    for cut in (0..=total).step_by(8) {
        let (server, trust, state) = product::start(Whims { cut: Some(cut), ..Whims::default() }).await;
        let (delivery, clock) = delivery(server.port, trust).await;
        let pushed = delivery.push(&verify).await.unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        assert!(matches!(pushed, Pushed::Taken(_)), "cut at {cut}");
        let state = state.lock().unwrap();
        state.assert_taken_once();
        // Not one byte is sent twice.
        assert_eq!(state.arrived, total, "cut at {cut}");
        assert_eq!(server.methods(), ["HEAD", "PUT", "HEAD", "PUT"], "cut at {cut}");
        assert_eq!(*clock.pauses.lock().unwrap(), [1]);
        resumed += 1;
    }
    assert_eq!(resumed, 188);
}

#[tokio::test]
async fn a_line_that_drops_again_and_again_goes_on_as_long_as_it_brings_something() {
    let whims = Whims { always_cut: Some(120), ..Whims::default() };
    let (server, trust, state) = product::start(whims).await;
    assert!(matches!(push(server.port, trust).await, Ok(Pushed::Taken(_))));
    let state = state.lock().unwrap();
    state.assert_taken_once();
    assert_eq!(state.arrived, bundle().len());
}

#[tokio::test]
async fn a_line_that_brings_nothing_is_given_up_and_taken_up_again_later() {
    let whims = Whims { cut: None, always_cut: Some(0), ..Whims::default() };
    let (server, trust, state) = product::start(whims).await;
    let (delivery, clock) = delivery(server.port, trust).await;
    let error = delivery.push(&verify).await.unwrap_err();
    assert!(matches!(&error, HttpsError::Lost { host: told, .. } if *told == host()), "{error}");
    assert_eq!(*clock.pauses.lock().unwrap(), [1, 2, 4]);
    state.lock().unwrap().mend();
    assert!(matches!(delivery.push(&verify).await, Ok(Pushed::Taken(_))));
    state.lock().unwrap().assert_taken_once();
}

#[tokio::test]
async fn after_a_lost_answer_it_asks_and_sends_nothing_again() {
    let (server, trust, state) = product::start(Whims { lose_answers: 1, ..Whims::default() }).await;
    assert!(matches!(push(server.port, trust).await, Ok(Pushed::Taken(_))));
    assert_eq!(server.methods(), ["HEAD", "PUT", "HEAD", "GET"]);
    let state = state.lock().unwrap();
    state.assert_taken_once();
    assert_eq!(state.arrived, bundle().len());
}

#[tokio::test]
async fn pushing_what_was_taken_gives_the_same_receipt_and_sends_nothing() {
    let (server, trust, state) = product::start(Whims::default()).await;
    let (delivery, _) = delivery(server.port, trust).await;
    let first = delivery.push(&verify).await.unwrap();
    assert_eq!(delivery.push(&verify).await.unwrap(), first);
    assert_eq!(delivery.ask(&verify).await.unwrap(), first);
    assert_eq!(server.methods(), ["HEAD", "PUT", "HEAD", "GET", "GET"]);
    state.lock().unwrap().assert_taken_once();
}

#[tokio::test]
async fn waiting_for_a_person_is_a_state_and_then_it_is_taken() {
    let (server, trust, state) = product::start(Whims { approve_after: Some(2), ..Whims::default() }).await;
    let (delivery, _) = delivery(server.port, trust).await;
    let waiting = Pushed::Waiting { again_in: Duration::from_secs(7) };
    assert_eq!(delivery.push(&verify).await.unwrap(), waiting);
    assert_eq!(delivery.ask(&verify).await.unwrap(), waiting);
    assert!(state.lock().unwrap().taken.is_empty());
    assert!(matches!(delivery.ask(&verify).await, Ok(Pushed::Taken(_))));
    assert_eq!(server.methods(), ["HEAD", "PUT", "GET", "GET"]);
    state.lock().unwrap().assert_taken_once();
}

#[tokio::test]
async fn a_bundle_that_the_product_lost_while_waiting_is_sent_again() {
    let (server, trust, state) = product::start(Whims::default()).await;
    let (delivery, _) = delivery(server.port, trust).await;
    assert!(matches!(delivery.ask(&verify).await, Ok(Pushed::Taken(_))));
    assert_eq!(server.methods(), ["GET", "HEAD", "PUT"]);
    state.lock().unwrap().assert_taken_once();
}

#[tokio::test]
async fn a_forged_receipt_does_not_count() {
    for fault in [ReceiptFault::Form, ReceiptFault::OtherBundle, ReceiptFault::Proof] {
        let (server, trust, _) = product::start(Whims { forge: Some(fault), ..Whims::default() }).await;
        let error = push(server.port, trust).await.unwrap_err();
        assert_eq!(error, HttpsError::Forged { host: host(), fault });
    }
}

#[tokio::test]
async fn a_refused_bundle_stays_refused() {
    let (server, trust, state) = product::start(Whims { refuse: true, ..Whims::default() }).await;
    let (delivery, _) = delivery(server.port, trust).await;
    assert_eq!(delivery.push(&verify).await, Err(HttpsError::Refused { host: host() }));
    assert_eq!(delivery.ask(&verify).await, Err(HttpsError::Refused { host: host() }));
    assert!(state.lock().unwrap().taken.is_empty());
}

#[tokio::test]
async fn other_bytes_under_the_same_id_are_a_conflict() {
    let (server, trust, state) = product::start(Whims::default()).await;
    let (delivery, _) = delivery(server.port, trust).await;
    state.lock().unwrap().plant(JTI, b"other bytes", false);
    // The product says how many it has, so the rest is sent; what comes out is no bundle.
    let error = delivery.push(&|_: &str| Err(ReceiptFault::Proof)).await.unwrap_err();
    assert_eq!(error, HttpsError::Forged { host: host(), fault: ReceiptFault::Proof });
    let (server, trust) = crate::server::saying_by_method(|method| match method {
        "HEAD" => crate::server::json(404, "", ""),
        _ => crate::server::json(409, "", r#"{"error":"conflict"}"#),
    })
    .await;
    assert_eq!(push(server.port, trust).await, Err(HttpsError::Conflict { host: host() }));
}

#[tokio::test]
async fn a_product_that_contradicts_itself_does_not_lead_in_circles() {
    use crate::server::json;
    let there = |offset: usize| json(200, &format!("Upload-Offset: {offset}\r\n"), "");
    let all = there(bundle().len());
    let (server, trust) = crate::server::saying_by_method(move |method| match method {
        "HEAD" => all.clone(),
        _ => json(404, "", r#"{"error":"unknown"}"#),
    })
    .await;
    let error = push(server.port, trust).await.unwrap_err();
    assert!(matches!(error, HttpsError::Lost { .. }), "{error}");
    assert!(server.connections() <= 10, "{}", server.connections());
    assert!(!server.methods().contains(&"PUT".to_owned()));
    let (server, trust) = crate::server::saying_by_method(move |method| match method {
        "HEAD" => json(200, "Upload-Offset: 3\r\n", ""),
        _ => json(409, "Upload-Offset: 2\r\n", r#"{"error":"conflict"}"#),
    })
    .await;
    let error = push(server.port, trust).await.unwrap_err();
    assert!(matches!(error, HttpsError::Lost { .. } | HttpsError::Conflict { .. }), "{error}");
    assert!(server.connections() <= 40, "{}", server.connections());
}

#[tokio::test]
async fn an_offset_that_cannot_be_is_no_answer() {
    let more = crate::server::json(200, "Upload-Offset: 1501\r\n", "");
    let (server, trust) = crate::server::saying(more).await;
    assert_eq!(push(server.port, trust).await, Err(HttpsError::Conflict { host: host() }));
    for offset in ["-1", "+5", "0x10", "", "99999999999999999999999999", "5, 6"] {
        let (server, trust) =
            crate::server::saying(crate::server::json(200, &format!("Upload-Offset: {offset}\r\n"), ""))
                .await;
        let error = push(server.port, trust).await.unwrap_err();
        assert!(matches!(error, HttpsError::NotAReceiver { status: 200, .. }), "{offset}: {error}");
        assert_eq!(server.methods(), ["HEAD"]);
    }
}

#[tokio::test]
async fn a_small_vendors_product_takes_whole_bundles_by_post() {
    for status in [404, 405] {
        let (server, trust, state) = product::start(Whims { plain: Some(status), ..Whims::default() }).await;
        assert!(matches!(push(server.port, trust).await, Ok(Pushed::Taken(_))), "{status}");
        state.lock().unwrap().assert_taken_once();
        assert_eq!(server.methods().last().unwrap(), "POST");
        let heads = server.seen.heads.lock().unwrap();
        let post = heads.last().unwrap();
        assert_eq!(post.line, "POST /footbridge/v1/bundles HTTP/1.1");
        assert_eq!(post.header("footbridge-jti"), Some(JTI));
    }
    // Its lost answer is asked for, and a cut one is sent again as a whole.
    for whims in [Whims { lose_answers: 1, ..Whims::default() }, Whims { cut: Some(700), ..Whims::default() }]
    {
        let lost = whims.lose_answers;
        let (server, trust, state) = product::start(Whims { plain: Some(405), ..whims }).await;
        assert!(matches!(push(server.port, trust).await, Ok(Pushed::Taken(_))));
        state.lock().unwrap().assert_taken_once();
        let posts = server.methods().iter().filter(|method| *method == "POST").count();
        assert_eq!(posts, 2 - lost);
        assert!(server.methods().contains(&"GET".to_owned()));
    }
}

#[tokio::test]
async fn a_busy_product_is_waited_for_within_bounds() {
    for (status, headers, pauses) in [
        (503, "Retry-After: 3\r\n", vec![3, 3]),
        (429, "Retry-After: Sun, 01 Mar 2026 12:00:20 GMT\r\n", vec![20, 20]),
        (503, "Retry-After: soon\r\n", vec![5, 5]),
        (429, "", vec![5, 5]),
    ] {
        let busy = Some((2, status, headers));
        let (server, trust, state) = product::start(Whims { busy, ..Whims::default() }).await;
        let (delivery, clock) = delivery(server.port, trust).await;
        assert!(matches!(delivery.push(&verify).await, Ok(Pushed::Taken(_))), "{headers}");
        assert_eq!(*clock.pauses.lock().unwrap(), pauses);
        state.lock().unwrap().assert_taken_once();
    }
    for (headers, seconds) in [("Retry-After: 3600\r\n", 3600), ("Retry-After: 99999999999\r\n", 86_400)] {
        let busy = Some((1, 503, headers));
        let (server, trust, _) = product::start(Whims { busy, ..Whims::default() }).await;
        let (delivery, clock) = delivery(server.port, trust).await;
        assert_eq!(delivery.push(&verify).await, Err(HttpsError::Busy { host: host(), seconds }));
        assert!(clock.pauses.lock().unwrap().is_empty());
    }
    let busy = Some((1000, 503, "Retry-After: 0\r\n"));
    let (server, trust, _) = product::start(Whims { busy, ..Whims::default() }).await;
    assert_eq!(push(server.port, trust).await, Err(HttpsError::Busy { host: host(), seconds: 0 }));
    assert_eq!(server.connections(), 7);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = push(port, crate::authority::self_signed().pinned()).await.unwrap_err();
    assert!(matches!(error, HttpsError::Unreachable { .. }), "{error}");
}
