//! What a sender and a receiver may rely on: round trips, one use, the end, the right recipient, rehearsals.
#![allow(clippy::unwrap_used)]

mod sample;

use bundle::{
    BundleError, Credential, FieldValue, Form, OwnKey, Refusal, SeenInMemory, SigningKey, Step, in_groups,
    inspect, open, open_with_passphrase, seal, seal_with_passphrase, verify, verify_with_passphrase,
};
use proptest::prelude::*;
use sample::{NONCE, NOW, SECRET};
use secrecy::{ExposeSecret as _, SecretString};
use time::Duration;

fn refusal<T>(result: Result<T, BundleError>) -> (Step, Refusal) {
    match result.err().expect("it was taken") {
        BundleError::Refused { step, why } => (step, why),
        other => panic!("{other}"),
    }
}

#[test]
fn what_was_sealed_comes_out() {
    let (own, signing) = (OwnKey::generate().unwrap(), SigningKey::generate().unwrap());
    let sealed = seal(&sample::payload(), &signing, own.recipient()).unwrap();
    let opened = open(&sealed, &own, NOW, &mut SeenInMemory::with_offer(NONCE)).unwrap();
    assert_eq!(opened.signer, signing.signer().unwrap());
    assert_eq!(opened.expires_at, NOW + Duration::hours(24));
    let Credential::Secret { secret, expires } = &opened.payload.credential else { panic!() };
    assert_eq!((secret.expose_secret(), *expires), (SECRET, NOW + Duration::days(180)));
    assert_eq!(opened.payload.fields[0].label, "Zürich \"ID\"");
    assert!(
        matches!(&opened.payload.fields[1].value, FieldValue::Secret(text) if text.expose_secret() == SECRET)
    );
    assert_eq!(opened.payload.settings, sample::payload().settings);
    assert_eq!(opened.payload.permissions, sample::payload().permissions);
    let json: serde_json::Value = serde_json::from_str(opened.json.expose_secret()).unwrap();
    assert_eq!(json["aud"], own.recipient().thumbprint());
    assert_eq!(json["v"], 1);
    assert!(!format!("{opened:?}{:?}", opened.overview()).contains(SECRET));
}

#[test]
fn nothing_is_readable_from_outside() {
    let own = OwnKey::generate().unwrap();
    let sealed = seal(&sample::payload(), &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let seen = inspect(&sealed).unwrap();
    assert_eq!(seen.form, Form::Recipient);
    assert_eq!(seen.bytes, sealed.len());
    assert_eq!(seen.recipient_fingerprint, Some(own.recipient().fingerprint()));
    assert!(!format!("{seen:?}").contains("contoso"));
    assert!(inspect("x").is_err() && inspect("").is_err());
}

#[test]
fn a_bundle_opens_once() {
    let own = OwnKey::generate().unwrap();
    let mut payload = sample::payload();
    payload.nonce = None;
    let sealed = seal(&payload, &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let mut seen = SeenInMemory::without_offer();
    verify(&sealed, &own, NOW, &seen).unwrap();
    open(&sealed, &own, NOW, &mut seen).unwrap();
    assert_eq!(refusal(open(&sealed, &own, NOW, &mut seen)), (Step::Replay, Refusal::SeenBefore));
    assert_eq!(refusal(verify(&sealed, &own, NOW, &seen)), (Step::Replay, Refusal::SeenBefore));
}

#[test]
fn a_nonce_has_to_be_an_open_one() {
    let own = OwnKey::generate().unwrap();
    let sealed = seal(&sample::payload(), &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let mut none = SeenInMemory::without_offer();
    assert_eq!(refusal(open(&sealed, &own, NOW, &mut none)), (Step::Nonce, Refusal::UnknownNonce));
    let mut payload = sample::payload();
    payload.nonce = None;
    let pushed = seal(&payload, &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let mut offer = SeenInMemory::with_offer(NONCE);
    assert_eq!(refusal(open(&pushed, &own, NOW, &mut offer)), (Step::Nonce, Refusal::NoNonce));
    open(&sealed, &own, NOW, &mut offer).unwrap();
    assert_eq!(refusal(open(&sealed, &own, NOW, &mut offer)), (Step::Nonce, Refusal::UnknownNonce));
}

#[test]
fn a_bundle_has_an_end_and_a_beginning() {
    let own = OwnKey::generate().unwrap();
    let sealed = seal(&sample::payload(), &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let at = |now| verify(&sealed, &own, now, &SeenInMemory::with_offer(NONCE));
    at(NOW + Duration::hours(24) + Duration::minutes(5)).unwrap();
    let late = at(NOW + Duration::hours(24) + Duration::minutes(5) + Duration::seconds(1));
    assert_eq!(refusal(late), (Step::Replay, Refusal::Expired));
    at(NOW - Duration::minutes(5)).unwrap();
    assert_eq!(refusal(at(NOW - Duration::minutes(6))), (Step::Replay, Refusal::Times));
}

#[test]
fn another_key_opens_nothing() {
    let (own, other) = (OwnKey::generate().unwrap(), OwnKey::generate().unwrap());
    let sealed = seal(&sample::payload(), &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let result = verify(&sealed, &other, NOW, &SeenInMemory::with_offer(NONCE));
    assert_eq!(refusal(result), (Step::Constants, Refusal::OtherRecipient));
}

#[test]
fn a_rehearsal_is_refused_unless_wanted() {
    let own = OwnKey::generate().unwrap();
    let mut payload = sample::payload();
    payload.rehearsal = true;
    let sealed = seal(&payload, &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let mut seen = SeenInMemory::with_offer(NONCE);
    assert!(matches!(open(&sealed, &own, NOW, &mut seen), Err(BundleError::Rehearsal)));
    let opened = open(&sealed, &own, NOW, &mut seen.and_rehearsals()).unwrap();
    assert!(opened.overview().rehearsal);
}

#[test]
fn a_passphrase_opens_its_bundle_and_no_other() {
    let mut payload = sample::payload();
    let signing = SigningKey::generate().unwrap();
    assert!(matches!(seal_with_passphrase(&payload, &signing), Err(BundleError::Payload { field: "nonce" })));
    payload.nonce = None;
    let (sealed, passphrase) = seal_with_passphrase(&payload, &signing).unwrap();
    assert_eq!(inspect(&sealed).unwrap().form, Form::Passphrase);
    let mut seen = SeenInMemory::without_offer();
    let typed = SecretString::from(in_groups(&passphrase).expose_secret().to_lowercase());
    verify_with_passphrase(&sealed, &typed, NOW, &seen).unwrap();
    let opened = open_with_passphrase(&sealed, &typed, NOW, &mut seen).unwrap();
    assert!(opened.json.expose_secret().contains(SECRET));

    let (_, other) = seal_with_passphrase(&payload, &signing).unwrap();
    let wrong = verify_with_passphrase(&sealed, &other, NOW, &SeenInMemory::without_offer());
    assert_eq!(refusal(wrong), (Step::Decryption, Refusal::NotAuthentic));
    let key = OwnKey::generate().unwrap();
    assert_eq!(refusal(verify(&sealed, &key, NOW, &seen)), (Step::Parts, Refusal::PartCount));
    let to_key = seal(&payload, &signing, key.recipient()).unwrap();
    let crossed = verify_with_passphrase(&to_key, &typed, NOW, &SeenInMemory::without_offer());
    assert_eq!(refusal(crossed), (Step::Parts, Refusal::PartCount));
}

#[test]
fn a_payload_that_is_too_large_or_incomplete_is_not_sealed() {
    let (own, signing) = (OwnKey::generate().unwrap(), SigningKey::generate().unwrap());
    let mut payload = sample::payload();
    payload.settings.set("large", "x".repeat(200_000));
    assert!(matches!(seal(&payload, &signing, own.recipient()), Err(BundleError::TooLarge { .. })));
    let mut payload = sample::payload();
    payload.jti = "short".into();
    assert!(matches!(seal(&payload, &signing, own.recipient()), Err(BundleError::Payload { field: "jti" })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_survives_the_round_trip(
        secret in "\\PC{0,60}",
        plain in any::<String>(),
        names in proptest::collection::btree_set("[a-z\"\\\\\u{e4}]{1,12}", 0..6),
    ) {
        let (own, signing) = (OwnKey::generate().unwrap(), SigningKey::generate().unwrap());
        let mut payload = sample::payload();
        payload.credential = Credential::Secret { secret: SecretString::from(secret.as_str()), expires: NOW };
        payload.fields[0].value = FieldValue::Plain(plain.clone());
        for name in names.iter().rev() {
            payload.settings.set(name.as_str(), plain.as_str());
        }
        let sealed = seal(&payload, &signing, own.recipient()).unwrap();
        let opened = open(&sealed, &own, NOW, &mut SeenInMemory::with_offer(NONCE)).unwrap();
        let Credential::Secret { secret: found, .. } = &opened.payload.credential else { panic!() };
        prop_assert_eq!(found.expose_secret(), secret);
        prop_assert!(matches!(&opened.payload.fields[0].value, FieldValue::Plain(text) if *text == plain));
        prop_assert_eq!(&opened.payload.settings, &payload.settings);
    }

    #[test]
    fn any_text_is_answered_with_an_error(text in any::<String>(), dotted in "[A-Za-z0-9_.-]{0,200}") {
        let own = OwnKey::generate().unwrap();
        for text in [text, dotted] {
            prop_assert!(verify(&text, &own, NOW, &SeenInMemory::without_offer()).is_err());
            prop_assert!(inspect(&text).is_err());
            prop_assert!(bundle::Offer::parse(&text).is_err());
        }
    }
}

#[test]
fn the_receipt_of_who_opened_it_counts_and_no_other() {
    let own = OwnKey::generate().unwrap();
    let signing = SigningKey::generate().unwrap();
    let sealed = bundle::seal_for_receipt(&sample::payload(), &signing, own.recipient()).unwrap();
    let again = bundle::seal_for_receipt(&sample::payload(), &signing, own.recipient()).unwrap();
    let mut seen = SeenInMemory::with_offer(sample::NONCE);
    let opened = open(&sealed.text, &own, sample::NOW, &mut seen).unwrap();
    let jti = &opened.payload.jti;
    let receipt = bundle::Acknowledgement::new(&opened.receipt_key, jti, sample::NOW).to_json().unwrap();
    assert!(bundle::Acknowledgement::verify(&receipt, &sealed.receipt_key, jti).is_ok());
    let other = bundle::Acknowledgement::verify(&receipt, &again.receipt_key, jti);
    assert_eq!(
        other,
        Err(bundle::AcknowledgementFault::Proof),
        "a bundle of the same values is another bundle"
    );
}
