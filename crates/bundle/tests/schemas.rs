//! The JSON Schemas of the vendor kit judge everything that is made here, and refuse what our own readers refuse.
#![allow(clippy::unwrap_used)]

mod sample;
mod vector;

use std::fs;

use bundle::{
    Accepts, Acknowledgement, Credential, Offer, OwnKey, Payload, SeenInMemory, SigningKey, open,
    open_with_passphrase, seal, seal_with_passphrase,
};
use jsonschema::Validator;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use vector::{Expected, committed, kit};

const DIGEST: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

fn schema(name: &str) -> Validator {
    let text = fs::read_to_string(kit("schemas").join(format!("{name}.schema.json"))).unwrap();
    jsonschema::draft202012::new(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// Holds for the good one, and not for one with each of the changes.
fn judge(schema: &Validator, good: &Value, wrong: &[(&str, Value)]) {
    let faults: Vec<String> = schema.iter_errors(good).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    for (place, value) in wrong {
        let mut altered = good.clone();
        match altered.pointer_mut(place) {
            Some(found) => *found = value.clone(),
            None => altered[place.trim_start_matches('/')] = value.clone(),
        }
        assert!(!schema.is_valid(&altered), "{place} = {value} was taken");
    }
    for name in good.as_object().unwrap().keys() {
        let mut altered = good.clone();
        altered.as_object_mut().unwrap().remove(name);
        let optional = ["aud", "nonce", "install_id", "settings", "fields", "permissions", "rehearsal"];
        let more = ["endpoint", "cert_request", "ssh_hostkey_s256", "tls_spki_s256"];
        let may_be_absent =
            optional.contains(&name.as_str()) && good.get("jti").is_some() || more.contains(&name.as_str());
        assert_eq!(schema.is_valid(&altered), may_be_absent, "without {name}");
    }
}

fn credentials() -> Vec<Credential> {
    let some = |text: &str| Some(text.to_owned());
    vec![
        sample::payload().credential,
        Credential::None { cert_pem: None, thumbprint_s256: None },
        Credential::None { cert_pem: some(CERTIFICATE), thumbprint_s256: some(DIGEST) },
        Credential::Certificate {
            cert_pem: CERTIFICATE.into(),
            key_pkcs8_pem: SecretString::from(
                "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
            ),
            thumbprint_s256: DIGEST.into(),
        },
    ]
}

fn written(payload: &Payload) -> Value {
    let own = OwnKey::generate().unwrap();
    let sealed = seal(payload, &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let mut seen = SeenInMemory::with_offer(sample::NONCE);
    let opened = open(&sealed, &own, sample::NOW, &mut seen).unwrap();
    serde_json::from_str(opened.json.expose_secret()).unwrap()
}

#[test]
fn every_payload_that_is_sealed_holds() {
    let schema = schema("payload");
    let wrong = [
        ("/v", json!(2)),
        ("/jti", json!("AAAA")),
        ("/iat", json!("1")),
        ("/aud", json!([DIGEST])),
        ("/product", json!("")),
        ("/tenant", json!({ "id": "x" })),
        ("/credential", json!({ "kind": "federated" })),
        ("/credential", json!({ "kind": "secret" })),
        ("/credential", json!({ "kind": "certificate", "cert_pem": CERTIFICATE })),
        ("/fields/0/value", json!(1)),
        ("/permissions/0/kind", json!("other")),
        ("/rehearsal", json!("no")),
    ];
    for credential in credentials() {
        let mut payload = sample::payload();
        payload.credential = credential;
        payload.app.uri = Some("api://x".into());
        judge(&schema, &written(&payload), &wrong);
    }
    let mut payload = sample::payload();
    payload.nonce = None;
    let (sealed, passphrase) = seal_with_passphrase(&payload, &SigningKey::generate().unwrap()).unwrap();
    let mut seen = SeenInMemory::without_offer();
    let opened = open_with_passphrase(&sealed, &passphrase, sample::NOW, &mut seen).unwrap();
    judge(&schema, &serde_json::from_str(opened.json.expose_secret()).unwrap(), &wrong);
}

#[test]
fn every_payload_and_receipt_of_a_vector_holds() {
    let (payloads, receipts) = (schema("payload"), schema("receipt"));
    let mut judged = 0;
    for vector in committed() {
        if let Expected::Taken { payload, receipt, .. } = &vector.expected {
            assert!(payloads.is_valid(&serde_json::from_str(payload).unwrap()), "{}", vector.name);
            assert!(receipts.is_valid(&serde_json::from_str(receipt).unwrap()), "{}", vector.name);
            judged += 1;
        }
    }
    assert!(judged >= 8, "{judged}");
}

#[test]
fn every_receipt_holds() {
    let own = OwnKey::generate().unwrap();
    let sealed = seal(&sample::payload(), &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let mut seen = SeenInMemory::with_offer(sample::NONCE);
    let opened = open(&sealed, &own, sample::NOW, &mut seen).unwrap();
    let receipt = Acknowledgement::new(&opened.receipt_key, &opened.payload.jti, sample::NOW);
    let receipt = serde_json::from_str(&receipt.to_json().unwrap()).unwrap();
    let wrong = [("/v", json!(2)), ("/jti", json!("x")), ("/taken", json!("now")), ("/proof", json!("AAAA"))];
    judge(&schema("receipt"), &receipt, &wrong);
}

#[test]
fn every_offer_holds_and_what_our_reader_refuses_does_not() {
    let schema = schema("offer");
    let full = Offer {
        product: "sample-product".into(),
        install_id: "Universität 1".into(),
        endpoint: Some("https://product.example:8443/footbridge/v1/bundles".into()),
        key: OwnKey::generate().unwrap().recipient().clone(),
        nonce: sample::NONCE.into(),
        expires_at: sample::NOW,
        accepts: vec![Accepts::PublicCert, Accepts::Certificate, Accepts::Secret],
        cert_request: Some(CERTIFICATE.into()),
        ssh_hostkey_s256: Some(DIGEST.into()),
        tls_spki_s256: Some(DIGEST.into()),
    };
    let wrong = [
        ("/v", json!(2)),
        ("/product", json!("")),
        ("/product", json!("  ")),
        ("/install_id", json!("a\nb")),
        ("/endpoint", json!("http://product.example")),
        ("/endpoint", json!("https://product example")),
        ("/key/crv", json!("P-384")),
        ("/key/x", json!("AAAA")),
        ("/key", json!({ "kty": "EC", "crv": "P-256", "x": DIGEST, "y": DIGEST, "d": DIGEST })),
        ("/nonce", json!("short")),
        ("/accepts", json!([])),
        ("/accepts/0", json!("password")),
        ("/cert_request", json!("-----BEGIN PRIVATE KEY-----")),
        ("/tls_spki_s256", json!("AAAA")),
        ("/more", json!(1)),
    ];
    let text: Value = serde_json::from_str(&full.to_json().unwrap()).unwrap();
    judge(&schema, &text, &wrong);
    for (place, value) in &wrong {
        let mut altered = text.clone();
        match altered.pointer_mut(place) {
            Some(found) => *found = value.clone(),
            None => altered[place.trim_start_matches('/')] = value.clone(),
        }
        assert!(Offer::parse(&altered.to_string()).is_err(), "our reader takes {place} = {value}");
    }
    let least =
        Offer { endpoint: None, cert_request: None, ssh_hostkey_s256: None, tls_spki_s256: None, ..full };
    judge(&schema, &serde_json::from_str(&least.to_json().unwrap()).unwrap(), &wrong[..4]);
}
