//! A self-test against receivers of every sort: a strict one, and ones that leave out a check.
#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use bundle::{OwnKey, Seen, SeenInMemory, open};
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
const NONCE: &str = "q83vEjRWeJCrze8SNFZ4kA";

/// What a receiver does badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    TakesAnything,
    TakesNothing,
    NoReceipt,
    ForgetsNonces,
    AsksForTheFirst,
    AlwaysBroken,
}

struct Product {
    own: OwnKey,
    fault: Fault,
    seen: Mutex<SeenInMemory>,
    taken: Mutex<Vec<(String, String)>>,
    pauses: Mutex<usize>,
}

impl Product {
    fn new(fault: Fault) -> Product {
        Product {
            own: OwnKey::generate().unwrap(),
            fault,
            seen: Mutex::new(SeenInMemory::with_offer(NONCE).and_rehearsals()),
            taken: Mutex::default(),
            pauses: Mutex::default(),
        }
    }

    fn offer(&self) -> Offer {
        Offer {
            product: "sample".into(),
            install_id: "one".into(),
            endpoint: None,
            key: self.own.recipient().clone(),
            nonce: NONCE.into(),
            expires_at: NOW + time::Duration::hours(1),
            accepts: vec![Accepts::Secret],
            cert_request: None,
            ssh_hostkey_s256: None,
            tls_spki_s256: None,
        }
    }

    fn answer(&self, text: &str) -> (u16, String) {
        if let Some((_, receipt)) = self.taken.lock().unwrap().iter().find(|(known, _)| known == text) {
            return (200, receipt.clone());
        }
        let mut seen = self.seen.lock().unwrap();
        match open(text, &self.own, NOW, &mut *seen) {
            Ok(_) if self.fault == Fault::TakesNothing => (400, String::new()),
            Ok(opened) => {
                let jti = &opened.payload.jti;
                let receipt = Acknowledgement::new(&opened.receipt_key, jti, NOW).to_json().unwrap();
                self.taken.lock().unwrap().push((text.to_owned(), receipt.clone()));
                if self.fault == Fault::ForgetsNonces {
                    *seen = SeenInMemory::with_offer(NONCE).and_rehearsals();
                    assert!(seen.expects(Some(NONCE)));
                }
                (200, if self.fault == Fault::NoReceipt { "{}".into() } else { receipt })
            }
            Err(_) if self.fault == Fault::TakesAnything => (200, "{}".into()),
            Err(_) => (400, r#"{"error":"refused"}"#.into()),
        }
    }
}

impl EndPoint for Product {
    fn send<'a>(&'a self, _jti: &'a str, text: &'a str) -> BoxFuture<'a, Result<Reply, HttpsError>> {
        Box::pin(async move {
            if self.fault == Fault::AlwaysBroken {
                return Err(HttpsError::Lost { host: "h".into(), reason: "r".into() });
            }
            let waits = self.fault == Fault::AsksForTheFirst && *self.pauses.lock().unwrap() == 0;
            if waits && bundle::verify(text, &self.own, NOW, &*self.seen.lock().unwrap()).is_ok() {
                return Ok(Reply { status: 202, waiting: true, again_in: None, text: String::new() });
            }
            let (status, text) = self.answer(text);
            Ok(Reply { status, waiting: false, again_in: None, text })
        })
    }

    fn pause(&self, _duration: Duration) -> BoxFuture<'_, ()> {
        *self.pauses.lock().unwrap() += 1;
        Box::pin(std::future::ready(()))
    }
}

async fn tried(fault: Fault) -> SelfTest {
    let product = Product::new(fault);
    let mut heard = Vec::new();
    let mut told = |one: &Tried| heard.push(one.clone());
    let report = carry_out(&product.offer(), NOW, &product, &mut told).await.unwrap();
    assert_eq!(heard, report.tried);
    report
}

#[tokio::test]
async fn a_strict_receiver_is_right_in_everything() {
    for fault in [Fault::None, Fault::AsksForTheFirst] {
        let report = tried(fault).await;
        assert!(report.is_good(), "{fault:?}: {:?}", report.tried);
        assert_eq!(report.count(Verdict::Right), report.tried.len());
        assert!(report.tried.len() > 70, "{}", report.tried.len());
    }
}

#[tokio::test]
async fn a_receiver_that_takes_anything_is_found_out_bundle_by_bundle() {
    let report = tried(Fault::TakesAnything).await;
    assert!(!report.is_good());
    let negative = report.tried.iter().filter(|one| matches!(one.wanted, Wanted::Refused(_))).count();
    assert_eq!(report.count(Verdict::Wrong), negative, "{:?}", report.tried);
}

#[tokio::test]
async fn a_receiver_that_refuses_everything_is_no_good_either() {
    let report = tried(Fault::TakesNothing).await;
    assert!(!report.is_good());
    let wrong: Vec<&str> =
        report.tried.iter().filter(|one| one.verdict == Verdict::Wrong).map(|one| one.name).collect();
    assert_eq!(wrong, ["00-good"]);
    assert!(!tried(Fault::AlwaysBroken).await.is_good());
}

#[tokio::test]
async fn a_receipt_that_does_not_hold_is_no_receipt() {
    let report = tried(Fault::NoReceipt).await;
    let good = report.tried.iter().find(|one| one.name == "00-good").unwrap();
    assert_eq!((&good.happened, good.verdict), (&Happened::Unproven, Verdict::Wrong));
}

#[tokio::test]
async fn a_nonce_that_is_not_burned_is_found() {
    let report = tried(Fault::ForgetsNonces).await;
    let wrong: Vec<&str> =
        report.tried.iter().filter(|one| one.verdict == Verdict::Wrong).map(|one| one.name).collect();
    assert_eq!(wrong, ["09-other-bytes-under-its-jti", "08-nonce-used-up"]);
}
