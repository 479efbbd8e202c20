//! The HTTP contract, line by line, over real TLS on loopback.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::io::Write as _;
use std::time::Duration;

use bundle::Acknowledgement;
use receiver::{Limits, Notice, Terms};
use support::serving::{JOSE, PATH, Served, read_all, terms};
use support::{CANARY, House, NOW, Sender};

/// A receiver that says yes to this sender.
fn ready() -> (House, Sender, Served) {
    let (house, sender) = (House::new(), Sender::new());
    house.offer();
    let terms = terms(&house, vec![sender.fingerprint().to_lowercase()]);
    let served = Served::new(&house, terms, Limits::default());
    (house, sender, served)
}

/// A receiver that asks a person.
fn asking() -> (House, Sender, Served) {
    let (house, sender) = (House::new(), Sender::new());
    house.offer();
    let served = Served::new(&house, terms(&house, Vec::new()), Limits::default());
    (house, sender, served)
}

#[test]
fn put_and_post_of_a_whole_bundle_give_a_receipt_that_holds_and_the_same_again() {
    let (house, sender, served) = ready();
    for post in [false, true] {
        let (sealed, jti) = sender.seal(&house.offer(), |_| {});
        let send = || if post { served.post(&jti, &sealed.text) } else { served.put(&jti, &sealed.text, 0) };
        let (first, second) = (send(), send());
        assert_eq!((first.status, first.field("content-type")), (200, Some("application/json")));
        Acknowledgement::verify(&first.body, &sealed.receipt_key, &jti).unwrap();
        assert_eq!((second.status, &second.body), (200, &first.body));
        assert_eq!((served.get(&jti).status, served.get(&jti).body), (200, first.body));
        let head = served.head(&jti);
        assert_eq!((head.status, head.offset(), head.body.as_str()), (200, Some(sealed.text.len()), ""));
        assert!(std::fs::read_to_string(house.at("product.env")).unwrap().contains(CANARY));
    }
    assert!(served.notices().iter().any(|notice| matches!(notice, Notice::Receipt { .. })));
}

#[test]
fn an_upload_goes_on_after_a_drop_at_any_place() {
    let (house, sender, served) = ready();
    let length = sender.seal(&house.offer(), |_| {}).0.text.len();
    let edges = [1, 2, length - 2, length - 1];
    for cut in (53..length - 2).step_by(211).chain(edges) {
        let (sealed, jti) = sender.seal(&house.offer(), |_| {});
        assert_eq!(served.head(&jti).status, 404);
        served.put_until(&jti, &sealed.text, 0, cut);
        let head = served.head(&jti);
        assert_eq!((head.status, head.offset()), (200, Some(cut)));
        assert_eq!(served.get(&jti).status, 404);
        let rest = served.put(&jti, &sealed.text, cut);
        assert_eq!(rest.status, 200, "{cut}: {}", rest.body);
        Acknowledgement::verify(&rest.body, &sealed.receipt_key, &jti).unwrap();
    }
}

#[test]
fn an_upload_goes_on_after_many_drops() {
    let (house, sender, served) = ready();
    let (sealed, jti) = sender.seal(&house.offer(), |_| {});
    let mut at = 0;
    while at + 101 < sealed.text.len() {
        served.put_until(&jti, &sealed.text, at, at + 101);
        at += 101;
        assert_eq!(served.head(&jti).offset(), Some(at));
    }
    assert_eq!(served.put(&jti, &sealed.text, at).status, 200);
}

#[test]
fn a_place_that_does_not_fit_and_other_bytes_are_a_conflict() {
    let (house, sender, served) = ready();
    let (sealed, jti) = sender.seal(&house.offer(), |_| {});
    let conflict = |reply: support::serving::Reply, at| {
        assert_eq!(
            (reply.status, reply.offset(), reply.body.as_str()),
            (409, Some(at), r#"{"error":"conflict"}"#)
        );
    };
    conflict(served.put(&jti, &sealed.text, 10), 0);
    served.put_until(&jti, &sealed.text, 0, 40);
    conflict(served.put(&jti, &sealed.text, 0), 40);
    conflict(served.put(&jti, &sealed.text, 41), 40);
    conflict(served.put(&jti, &sealed.text[..200], 40), 40);
    assert_eq!(served.put(&jti, &sealed.text, 40).status, 200);
    let other = sender.seal(&house.offer(), |_| {}).0.text;
    conflict(served.put(&jti, &other, 0), sealed.text.len());
    conflict(served.post(&jti, &other), sealed.text.len());
    conflict(served.put(&jti, &sealed.text, 40), sealed.text.len());
}

#[test]
fn length_size_type_method_and_path_have_their_refusals() {
    let (house, sender, served) = ready();
    let (sealed, jti) = sender.seal(&house.offer(), |_| {});
    let path = format!("{PATH}/{jti}");
    let big = vec![b'a'; 262_145];
    let status =
        |method, path: &str, fields: &str, body: &[u8]| served.ask(method, path, fields, body).status;
    let range = "Content-Range: bytes 0-262144/262145\r\n";
    assert_eq!(status("PUT", &path, &format!("{JOSE}{range}"), &big), 413);
    assert_eq!(status("POST", PATH, &format!("{JOSE}Footbridge-Jti: {jti}\r\n"), &big), 413);
    let whole = format!("Content-Range: bytes 0-{}/{}\r\n", sealed.text.len() - 1, sealed.text.len());
    assert_eq!(status("PUT", &path, &whole, sealed.text.as_bytes()), 415);
    assert_eq!(
        status("PUT", &path, &format!("Content-Type: text/plain\r\n{whole}"), sealed.text.as_bytes()),
        415
    );
    assert_eq!(status("PUT", &path, JOSE, sealed.text.as_bytes()), 400);
    assert_eq!(status("POST", PATH, JOSE, sealed.text.as_bytes()), 400);
    assert_eq!(status("DELETE", &path, "", &[]), 405);
    assert_eq!(status("GET", "/elsewhere/abc", "", &[]), 404);
    assert_eq!(status("PUT", "/elsewhere/abc", &format!("{JOSE}{whole}"), sealed.text.as_bytes()), 404);
    let chunked = "Transfer-Encoding: chunked\r\n";
    let mut line = served.connect();
    write!(
        line,
        "PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{JOSE}{whole}{chunked}\r\n0\r\n\r\n"
    )
    .unwrap();
    assert!(read_all(&mut line).starts_with("HTTP/1.1 411"));
    // The control: after all of this the bundle is taken.
    assert_eq!(served.put(&jti, &sealed.text, 0).status, 200);
}

#[test]
fn a_head_that_is_too_long_is_cut() {
    let (_house, _sender, served) = ready();
    let mut line = served.connect();
    let _ = write!(line, "GET {PATH}/a HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(40_000));
    let answer = read_all(&mut line);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    let mut line = served.connect();
    let _ = write!(line, "GET {PATH}/a HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: a\r\n".repeat(80));
    let answer = read_all(&mut line);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(served.head("a").status, 404);
}

#[test]
fn what_does_not_hold_gets_one_answer_and_the_step_stays_here() {
    let (house, sender, served) = ready();
    let offer = house.offer();
    let (good, jti) = sender.seal(&offer, |_| {});
    let at = good.text.len() - 40;
    let flipped = if good.text.as_bytes()[at] == b'A' { "B" } else { "A" };
    let tampered = format!("{}{flipped}{}", &good.text[..at], &good.text[at + 1..]);
    let foreign = sender.seal(&House::new().offer(), |_| {});
    let expired = sender.seal(&offer, |p| p.issued_at = NOW - time::Duration::hours(25));
    let rehearsal = sender.seal(&offer, |p| p.rehearsal = true);
    let other_nonce = sender.seal(&offer, |p| p.nonce = Some("q83vEjRWeJCrze8SNFZ4kA".into()));
    let cases = [
        (jti.as_str(), tampered.as_str(), Some(6)),
        (&foreign.1, &foreign.0.text, Some(4)),
        (&expired.1, &expired.0.text, Some(9)),
        (&rehearsal.1, &rehearsal.0.text, None),
        (&other_nonce.1, &other_nonce.0.text, Some(8)),
        ("another-number", &good.text, None),
        (&jti, "no bundle", Some(1)),
        (&jti, "gr\u{fc}n", Some(1)),
    ];
    for (jti, text, step) in cases {
        for post in [false, true] {
            let reply = if post { served.post(jti, text) } else { served.put(jti, text, 0) };
            assert_eq!((reply.status, reply.body.as_str()), (400, r#"{"error":"refused"}"#), "{step:?}");
            let told = served.notices();
            assert!(matches!(&told[..], [Notice::Refused { step: found, .. }] if *found == step), "{told:?}");
        }
    }
    assert!(!house.at("product.env").exists());
    assert_eq!(served.put(&jti, &good.text, 0).status, 200);
    // A second bundle for the same offer, and the first one under another number.
    let (second, number) = sender.seal(&offer, |_| {});
    assert_eq!(served.put(&number, &second.text, 0).status, 400);
    assert_eq!(served.put("another-number", &good.text, 0).status, 400);
}

#[test]
fn a_rehearsal_is_taken_with_the_flag_for_tests() {
    let (house, sender) = (House::new(), Sender::new());
    let offer = house.offer();
    let terms = Terms { rehearsals: true, ..terms(&house, vec![sender.fingerprint()]) };
    let served = Served::new(&house, terms, Limits::default());
    let (sealed, jti) = sender.seal(&offer, |p| p.rehearsal = true);
    assert_eq!(served.put(&jti, &sealed.text, 0).status, 200);
}

#[test]
fn a_person_is_waited_for_and_the_answer_counts_once() {
    let (house, sender, served) = asking();
    let (sealed, jti) = sender.seal(&house.offer(), |_| {});
    for _ in 0..2 {
        let reply = served.put(&jti, &sealed.text, 0);
        assert_eq!((reply.status, reply.body.as_str()), (202, r#"{"state":"waiting"}"#));
        assert!(reply.field("retry-after").is_some());
    }
    let told = served.notices();
    assert!(matches!(&told[..], [Notice::Asked(judged)] if judged.overview.jti == jti), "{told:?}");
    assert_eq!((served.get(&jti).status, served.head(&jti).offset()), (202, Some(sealed.text.len())));
    let other = sender.seal(&house.offer(), |_| {}).0.text;
    assert_eq!(served.put(&jti, &other, 0).status, 409);
    assert!(!house.at("product.env").exists());

    // Another process answers, as `receive approve` does.
    let elsewhere = house.memory();
    assert_eq!(elsewhere.waiting().unwrap()[0].jti, jti);
    assert!(elsewhere.answer(&jti, true).unwrap() && !elsewhere.answer(&jti, false).unwrap());
    served.intake.carry_out_answers();
    assert!(house.at("product.env").exists());
    let reply = served.get(&jti);
    Acknowledgement::verify(&reply.body, &sealed.receipt_key, &jti).unwrap();
    assert_eq!(served.put(&jti, &sealed.text, 0).body, reply.body);

    // The signer is known now; nobody is asked again.
    let (next, number) = sender.seal(&house.offer(), |_| {});
    assert_eq!(served.put(&number, &next.text, 0).status, 200);
}

#[test]
fn a_no_is_final_and_writes_nothing() {
    let (house, sender, served) = asking();
    let (sealed, jti) = sender.seal(&house.offer(), |_| {});
    assert_eq!(served.put(&jti, &sealed.text, 0).status, 202);
    assert!(served.intake.answer(&jti, false).unwrap());
    let reply = served.get(&jti);
    assert_eq!((reply.status, reply.body.as_str()), (403, r#"{"error":"refused"}"#));
    assert_eq!(served.put(&jti, &sealed.text, 0).status, 400);
    assert!(!house.at("product.env").exists());
    assert!(!served.intake.answer("unknown", true).unwrap());
}

#[test]
fn without_anybody_to_ask_an_unknown_signer_is_refused() {
    let (house, sender) = (House::new(), Sender::new());
    let offer = house.offer();
    let terms = Terms { asks: false, ..terms(&house, vec![Sender::new().fingerprint()]) };
    let served = Served::new(&house, terms, Limits::default());
    let (sealed, jti) = sender.seal(&offer, |_| {});
    assert_eq!(served.put(&jti, &sealed.text, 0).status, 400);
    assert!(matches!(&served.notices()[..], [Notice::Refused { step: Some(11), .. }]));
}

#[test]
fn the_seventeenth_unfinished_upload_waits_and_old_ones_are_forgotten() {
    let (house, sender, served) = ready();
    let (sealed, jti) = sender.seal(&house.offer(), |_| {});
    for number in 0..16 {
        served.put_until(&format!("part-{number}"), &sealed.text, 0, 5);
    }
    let reply = served.put(&jti, &sealed.text, 0);
    assert_eq!((reply.status, reply.field("retry-after")), (429, Some("60")));
    // Those that are there can go on, and one that ends gives its place back.
    assert_eq!(served.put("part-3", &sealed.text, 5).status, 400);
    assert_eq!(served.head("part-3").status, 404);
    assert_eq!(served.put(&jti, &sealed.text, 0).status, 200);
    served.turn_clock(time::Duration::hours(1));
    assert_eq!(served.head("part-4").status, 404);
}

#[test]
fn slow_clients_are_cut_and_what_they_sent_is_kept() {
    let (house, sender) = (House::new(), Sender::new());
    let offer = house.offer();
    let short = Duration::from_millis(200);
    let limits = Limits { head: short, idle: short, ..Limits::default() };
    let served = Served::new(&house, terms(&house, vec![sender.fingerprint()]), limits);
    let (sealed, jti) = sender.seal(&offer, |_| {});
    // Each of these reads until the server ends the line; a server that waits for ever would hang the test.
    let mut silent = std::net::TcpStream::connect(served.address).unwrap();
    std::io::copy(&mut silent, &mut std::io::sink()).unwrap();
    let mut half_a_head = served.connect();
    half_a_head.write_all(b"PUT /foot").unwrap();
    half_a_head.flush().unwrap();
    read_all(&mut half_a_head);
    let mut half_a_body = served.begin(&jti, &sealed.text, 0, 77);
    assert_eq!(read_all(&mut half_a_body), "");
    assert_eq!(served.head(&jti).offset(), Some(77));
    assert_eq!(served.put(&jti, &sealed.text, 77).status, 200);
}

#[test]
fn connections_beyond_the_most_wait_for_a_place() {
    let (house, sender) = (House::new(), Sender::new());
    let offer = house.offer();
    let limits = Limits { connections: 1, idle: Duration::from_millis(200), ..Limits::default() };
    let served = Served::new(&house, terms(&house, vec![sender.fingerprint()]), limits);
    let (sealed, jti) = sender.seal(&offer, |_| {});
    let first = served.begin("slow", &sealed.text, 0, 9);
    // Answered only once the slow one was cut.
    assert_eq!(served.put(&jti, &sealed.text, 0).status, 200);
    drop(first);
}

#[test]
fn a_receipt_waits_for_the_files() {
    let (house, sender, served) = ready();
    let (sealed, jti) = sender.seal(&house.offer(), |_| {});
    std::fs::create_dir(house.at("product.json")).unwrap();
    let reply = served.put(&jti, &sealed.text, 0);
    assert_eq!((reply.status, reply.body.as_str()), (503, r#"{"error":"later"}"#));
    assert!(house.canaries().is_empty());
    std::fs::remove_dir(house.at("product.json")).unwrap();
    assert_eq!(served.put(&jti, &sealed.text, 0).status, 200);
}

#[test]
fn no_answer_notice_or_state_holds_the_secret() {
    let (house, sender, served) = asking();
    let (sealed, jti) = sender.seal(&house.offer(), |_| {});
    let mut heard = String::new();
    for reply in [served.put(&jti, &sealed.text, 0), served.get(&jti), served.head(&jti)] {
        heard.push_str(&reply.head);
        heard.push_str(&reply.body);
    }
    assert!(house.canaries().is_empty(), "{:?}", house.canaries());
    assert!(served.intake.answer(&jti, true).unwrap());
    heard.push_str(&served.get(&jti).body);
    let told = format!("{:?}", served.notices());
    assert!(told.contains(&jti) && !told.contains(CANARY), "{told}");
    assert!(heard.contains("receipt") || heard.contains("proof"));
    assert!(!heard.contains(CANARY));
    // The control: the scan finds it where it belongs.
    assert_eq!(house.canaries(), ["product.env", "product.json"]);
}
