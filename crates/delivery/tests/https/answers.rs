//! What a hostile server answers: sent elsewhere, endless, compressed, slow, or a page. Nothing of it has an effect.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use delivery::https::{Delivery, HttpsError, LARGEST_ANSWER, LONGEST_SHOWN, fetch_offer};

use crate::product::verify;
use crate::server::{Behaviour, answer, behaving, json, saying, saying_by_method};
use crate::{HOST, destination, means_in_tokio_time, never, parcel, push};

fn host() -> String {
    HOST.to_owned()
}

#[tokio::test]
async fn no_redirect_is_followed() {
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        // To itself, where it would be noticed, and to where it would hurt.
        for location in ["/elsewhere", "https://169.254.169.254/", "http://127.0.0.1/", "file:///etc/passwd"]
        {
            let said = answer(status, &format!("Location: {location}\r\n"), b"");
            let (server, trust) = saying(said).await;
            let error = push(server.port, trust).await.unwrap_err();
            let expected = HttpsError::Redirected { host: host(), status, location: location.to_owned() };
            assert_eq!(error, expected);
            assert_eq!(server.connections(), 1);
            assert_eq!(server.methods(), ["HEAD"], "the bundle was sent to a server that sends elsewhere");
        }
    }
    let after_the_upload = |method: &str| match method {
        "HEAD" => answer(404, "", b""),
        _ => answer(307, "Location: https://other.example/\r\n", b""),
    };
    let (server, trust) = saying_by_method(after_the_upload).await;
    let error = push(server.port, trust).await.unwrap_err();
    assert!(matches!(error, HttpsError::Redirected { status: 307, .. }), "{error}");
    assert_eq!(server.methods(), ["HEAD", "PUT"]);
}

/// 404 to HEAD, this to PUT.
fn to_put(said: Vec<u8>) -> impl Fn(&str) -> Vec<u8> + Send + Sync + 'static {
    move |method| if method == "HEAD" { answer(404, "", b"") } else { said.clone() }
}

async fn put(said: Vec<u8>) -> HttpsError {
    let (server, trust) = saying_by_method(to_put(said)).await;
    let error = push(server.port, trust).await.unwrap_err();
    assert_eq!(server.methods(), ["HEAD", "PUT"], "{error}");
    error
}

#[tokio::test]
async fn a_page_is_shown_as_text_and_only_its_beginning() {
    let page = "<html><script>alert('\u{1b}[2J\u{202e}')</script>\r\n\0";
    let error = put(answer(200, "Content-Type: text/html\r\n", page.as_bytes())).await;
    let shown = "<html><script>alert('\u{fffd}[2J\u{fffd}')</script>\u{fffd} \u{fffd}".to_owned();
    assert_eq!(error, HttpsError::NotAReceiver { host: host(), status: 200, shown });
    for status in [200, 202, 400, 401, 403, 418, 500] {
        let long = put(answer(status, "Content-Type: text/html\r\n", &vec![b'x'; 60_000])).await;
        let HttpsError::NotAReceiver { status: told, shown, .. } = long else { panic!("{long}") };
        assert_eq!((told, shown.len()), (status, LONGEST_SHOWN));
    }
    // The right words without their type, and a type without the right words, count for nothing.
    for said in [
        answer(202, "", br#"{"state":"waiting"}"#),
        json(202, "", r#"{"state":"taken"}"#),
        json(202, "", "waiting"),
        answer(200, "Content-Type: text/plain\r\n", crate::product::receipt(crate::JTI, None).as_bytes()),
        json(400, "", r#"{"error":"other"}"#),
    ] {
        assert!(matches!(put(said).await, HttpsError::NotAReceiver { .. }));
    }
    // And a good one does.
    let (server, trust) =
        saying_by_method(to_put(json(200, "", &crate::product::receipt(crate::JTI, None)))).await;
    assert!(push(server.port, trust).await.is_ok());
}

#[tokio::test]
async fn sizes_types_and_lengths_that_are_not_taken_are_told() {
    for status in [411, 413, 415] {
        let error = put(answer(status, "Content-Type: text/html\r\n", b"<html>")).await;
        assert_eq!(error, HttpsError::NotTaken { host: host(), status });
    }
}

/// 404 to HEAD; to PUT a head and then this piece again and again.
fn endless(head: &'static str, piece: Vec<u8>) -> Behaviour {
    Arc::new(move |mut conversation| {
        let piece = piece.clone();
        Box::pin(async move {
            let Some(asked) = conversation.head().await else { return };
            let _ = conversation.body(asked.length()).await;
            if asked.line.starts_with("HEAD") {
                conversation.say(&answer(404, "", b"")).await;
                return conversation.close().await;
            }
            conversation.say(head.as_bytes()).await;
            // A thousand million bytes at most, as the promise in the head says.
            for _ in 0..1_000_000_000 / piece.len() {
                if !conversation.say(&piece).await {
                    return;
                }
            }
        })
    })
}

async fn cut_off(head: &'static str, piece: Vec<u8>) -> HttpsError {
    let (server, trust) = behaving(endless(head, piece)).await;
    let error = push(server.port, trust).await.unwrap_err();
    let written = server.seen.written.load(Ordering::SeqCst);
    assert!(written < 32 * 1024 * 1024, "{written} bytes went out before the client hung up");
    assert_eq!(server.methods(), ["HEAD", "PUT"]);
    error
}

#[tokio::test]
async fn an_answer_of_a_thousand_million_bytes_is_cut_off() {
    let large = HttpsError::AnswerTooLarge { host: host(), limit: LARGEST_ANSWER };
    let json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
    ] {
        assert!(head.starts_with(json));
        assert_eq!(cut_off(head, vec![b' '; 16 * 1024]).await, large);
    }
    let chunk = [b"4000\r\n".to_vec(), vec![b' '; 16 * 1024], b"\r\n".to_vec()].concat();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(cut_off(head, chunk).await, large);
}

#[tokio::test]
async fn endless_headers_are_cut_off() {
    for (head, piece) in [
        ("HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n".repeat(500)),
        ("HTTP/1.1 200 OK\r\nX-Long: ", vec![b'a'; 16 * 1024]),
        ("HTTP/1.1 200 ", vec![b'O'; 16 * 1024]),
    ] {
        let error = cut_off(head, piece).await;
        assert!(matches!(error, HttpsError::AnswerTooLarge { .. } | HttpsError::NotHttp { .. }), "{error}");
    }
    let many: String = (0..65).map(|number| format!("X-{number}: a\r\n")).collect();
    assert!(matches!(put(json(200, &many, "{}")).await, HttpsError::AnswerTooLarge { .. }));
}

#[tokio::test]
async fn the_largest_allowed_answer_is_still_read() {
    let receipt = crate::product::receipt(crate::JTI, None);
    let padded = |size: usize| format!("{receipt}{}", " ".repeat(size - receipt.len()));
    let (server, trust) = saying_by_method(to_put(json(200, "", &padded(LARGEST_ANSWER)))).await;
    assert!(push(server.port, trust).await.is_ok());
    let error = put(json(200, "", &padded(LARGEST_ANSWER + 1))).await;
    assert_eq!(error, HttpsError::AnswerTooLarge { host: host(), limit: LARGEST_ANSWER });
}

#[tokio::test]
async fn a_compressed_answer_is_never_unpacked() {
    // The beginning of a bomb: gzip, and blocks that unpack to a thousand times their size.
    let bomb =
        [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xed, 0xc1, 1, 1, 0, 0, 0, 0x80, 0x90, 0xfe]].concat();
    for coding in ["gzip", "br", "deflate", "zstd", "GZIP", "gzip, gzip", "x-anything"] {
        let error = put(json_bytes(&format!("Content-Encoding: {coding}\r\n"), &bomb)).await;
        assert_eq!(error, HttpsError::Compressed { host: host() }, "{coding}");
    }
    // Without the header it is no text, and so no receipt.
    assert!(matches!(put(json_bytes("", &bomb)).await, HttpsError::NotAReceiver { .. }));
}

fn json_bytes(headers: &str, body: &[u8]) -> Vec<u8> {
    answer(200, &format!("Content-Type: application/json\r\n{headers}"), body)
}

#[tokio::test]
async fn what_is_no_http_is_told() {
    for said in
        [&b"220 mail.example.org ESMTP\r\n\r\n"[..], b"SSH-2.0-OpenSSH\r\n\r\n", b"\0\0\0\0\0\0\0\0\r\n\r\n"]
    {
        let (server, trust) = saying(said.to_vec()).await;
        let error = push(server.port, trust).await.unwrap_err();
        assert_eq!(error, HttpsError::NotHttp { host: host() });
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let said = |method: &str| match method {
        "HEAD" => answer(404, "Set-Cookie: word=1; Path=/\r\n", b""),
        _ => json(503, "Retry-After: 1\r\nSet-Cookie: other=2\r\n", "{}"),
    };
    let (server, trust) = saying_by_method(said).await;
    assert!(matches!(push(server.port, trust).await, Err(HttpsError::Busy { .. })));
    let heads = server.seen.heads.lock().unwrap();
    assert!(heads.len() > 3 && heads.iter().all(|head| head.header("cookie").is_none()));
}

/// Says this, and then one byte a second without end. From the first request on, time passes by itself whenever nothing
/// else happens.
fn dripping(begin: &'static [u8]) -> Behaviour {
    let paused = Arc::new(std::sync::Once::new());
    Arc::new(move |mut conversation| {
        let paused = paused.clone();
        Box::pin(async move {
            let Some(asked) = conversation.head().await else { return };
            let _ = conversation.body(asked.length()).await;
            paused.call_once(tokio::time::pause);
            conversation.say(begin).await;
            while conversation.say(b"a").await {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        })
    })
}

#[tokio::test]
async fn one_byte_a_second_ends_after_thirty_seconds() {
    let (server, trust) = behaving(dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ")).await;
    let from = tokio::time::Instant::now();
    let means = means_in_tokio_time();
    let delivery = Delivery::prepare(destination(server.port, trust), parcel(), means).await.unwrap();
    let asked = delivery.push(&never).await;
    let Err(HttpsError::Lost { reason, .. }) = asked else { panic!("{asked:?}") };
    assert_eq!(reason, "no whole answer within 30 seconds");
    // Each of four requests has its thirty seconds, and between them are 1, 2 and 4.
    let passed = from.elapsed().as_secs();
    assert!((127..=130).contains(&passed), "{passed} seconds");
    assert_eq!(server.methods(), ["HEAD"; 4]);
}

#[tokio::test]
async fn a_slow_body_ends_after_thirty_seconds_too() {
    let (server, trust) = behaving(dripping(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{")).await;
    let from = tokio::time::Instant::now();
    let fetched = fetch_offer(&destination(server.port, trust), &means_in_tokio_time()).await;
    let Err(HttpsError::Unreachable { reason, .. }) = fetched else { panic!("{fetched:?}") };
    assert_eq!(reason, "no whole answer within 30 seconds");
    let passed = from.elapsed().as_secs();
    assert!((30..=31).contains(&passed), "{passed} seconds");
}

/// Accepts connections and never says a word, not even of TLS.
#[tokio::test]
async fn a_server_that_never_speaks_is_given_up_after_ten_seconds() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (telling, accepted) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let first = listener.accept().await.unwrap();
        let _ = telling.send(());
        let mut held = vec![first];
        while let Ok(next) = listener.accept().await {
            held.push(next);
        }
    });
    let trust = crate::authority::self_signed().pinned();
    let delivery =
        Delivery::prepare(destination(port, trust), parcel(), means_in_tokio_time()).await.unwrap();
    let pushing = tokio::spawn(async move { delivery.push(&verify).await });
    accepted.await.unwrap();
    tokio::time::pause();
    let from = tokio::time::Instant::now();
    let error = pushing.await.unwrap().unwrap_err();
    assert!(matches!(&error, HttpsError::Unreachable { .. }), "{error}");
    // Four times ten seconds, and the pauses between.
    let passed = from.elapsed().as_secs();
    assert!((30..=50).contains(&passed), "{passed} seconds");
}

#[tokio::test]
async fn no_message_holds_a_byte_of_the_bundle() {
    // Servers that say back what they heard are not in the way: what is shown is theirs, so this looks at the others.
    let bundle = crate::bundle();
    for error in [
        put(json(400, "", r#"{"error":"refused"}"#)).await,
        put(json(409, "", r#"{"error":"conflict"}"#)).await,
        put(answer(413, "", b"")).await,
        put(answer(302, "Location: /\r\n", b"")).await,
        put(json(200, "", "{}")).await,
    ] {
        let (shown, debugged) = (error.to_string(), format!("{error:?}"));
        assert!(!shown.contains(&bundle[..10]) && !debugged.contains(&bundle[..10]), "{shown}");
        assert!(shown.contains(HOST), "{shown}");
    }
}
