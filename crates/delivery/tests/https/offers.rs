//! An offer fetched from an address, by the rules of a push.

use delivery::https::{
    CertificateFault, Destination, FetchedOffer, HttpsError, LARGEST_OFFER, Trust, fetch_offer,
};

use crate::authority::self_signed;
use crate::server::{answer, saying};
use crate::{HOST, destination, means};

async fn fetched(said: Vec<u8>) -> Result<FetchedOffer, HttpsError> {
    let (server, trust) = saying(said).await;
    let outcome = fetch_offer(&destination(server.port, trust.clone()), &means().0).await;
    assert_eq!(server.lines(), ["GET /footbridge/v1/bundles HTTP/1.1"]);
    if let (Ok(offer), Trust::Pinned(pin)) = (&outcome, trust) {
        assert_eq!(offer.tls_spki_s256, Some(pin.to_string()));
    }
    outcome
}

#[tokio::test]
async fn both_forms_of_an_offer_are_fetched_as_they_are() {
    for text in ["{\"v\":1}", "offer1:eyJ2IjoxfQ\n", "\r\n  offer1:AA"] {
        assert_eq!(
            fetched(answer(200, "Content-Type: text/plain\r\n", text.as_bytes())).await.unwrap().text,
            text
        );
    }
    let largest = format!("{{{}", " ".repeat(LARGEST_OFFER - 1));
    assert_eq!(fetched(answer(200, "", largest.as_bytes())).await.unwrap().text, largest);
}

#[tokio::test]
async fn what_is_no_offer_is_refused() {
    let host = || HOST.to_owned();
    let large = answer(200, "", &vec![b'{'; LARGEST_OFFER + 1]);
    let limit = LARGEST_OFFER;
    assert_eq!(fetched(large).await, Err(HttpsError::AnswerTooLarge { host: host(), limit }));
    for body in [&b"<html>"[..], b"", b"\xff\xfe{", b"{\x1b[2J}"] {
        assert_eq!(fetched(answer(200, "", body)).await, Err(HttpsError::NotAnOffer { host: host() }));
    }
    for status in [201, 204, 401, 404, 500] {
        let error = fetched(answer(status, "", b"")).await.unwrap_err();
        assert!(matches!(error, HttpsError::NotAReceiver { .. }), "{error}");
    }
    let error = fetched(answer(302, "Location: /offer\r\n", b"")).await.unwrap_err();
    assert!(matches!(error, HttpsError::Redirected { .. }), "{error}");
}

#[tokio::test]
async fn an_offer_of_the_wrong_server_or_of_a_forbidden_place_is_not_fetched() {
    let (server, _) = saying(answer(200, "", b"{}")).await;
    let error = fetch_offer(&destination(server.port, self_signed().pinned()), &means().0).await.unwrap_err();
    assert!(
        matches!(error, HttpsError::Certificate { fault: CertificateFault::OtherKey { .. }, .. }),
        "{error}"
    );
    let untrusted = destination(server.port, Trust::default());
    let error = fetch_offer(&untrusted, &means().0).await.unwrap_err();
    assert!(matches!(error, HttpsError::Certificate { .. }), "{error}");
    assert_eq!(server.heard(), 0);
    let closed = Destination { loopback: false, ..untrusted };
    assert!(matches!(fetch_offer(&closed, &means().0).await, Err(HttpsError::Loopback { .. })));
}
