//! Tests against bundles that this crate would never make: properly encrypted, with one thing wrong.
#![allow(clippy::unwrap_used)]

use time::{OffsetDateTime, macros::datetime};

use crate::seal::header;
use crate::wiping::Wiped;
use crate::*;

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

/// Encrypts an inner text under a header that is written by `header` from kid and epk.
fn forge(own: &OwnKey, header: impl Fn(&str, &str) -> String, inner: Wiped) -> String {
    seal::seal_under(own.recipient(), header, inner).unwrap()
}

fn payload_json(own: &OwnKey) -> String {
    let iat = NOW.unix_timestamp();
    format!(
        r#"{{"v":1,"jti":"AAAAAAAAAAAAAAAAAAAAAA","iat":{iat},"exp":{},"aud":"{}","product":"p","tool":{{"name":"t","version":"1"}},"tenant":{{"id":"i","domain":"d","cloud":"global"}},"app":{{"client_id":"c","object_id":"o"}},"credential":{{"kind":"none"}},"later":[1]}}"#,
        iat + 86_400,
        own.recipient().thumbprint()
    )
}

fn wiped(text: &str) -> Wiped {
    Wiped::from_exact(text.as_bytes().to_vec())
}

fn signed(json: &str) -> Wiped {
    seal::sign(wiped(json), &SigningKey::generate().unwrap()).unwrap()
}

fn judge(own: &OwnKey, bundle: &str) -> Result<Overview, (Step, Refusal)> {
    verify(bundle, own, NOW, &SeenInMemory::without_offer()).map_err(|error| match error {
        BundleError::Refused { step, why } => (step, why),
        other => panic!("{other}"),
    })
}

#[test]
fn the_forger_s_tools_make_a_good_bundle_when_nothing_is_wrong() {
    let own = OwnKey::generate().unwrap();
    judge(&own, &forge(&own, header, signed(&payload_json(&own)))).unwrap();
    let spaced = |kid: &str, epk: &str| header(kid, epk).replace(",\"", " , \"");
    judge(&own, &forge(&own, spaced, signed(&payload_json(&own)))).unwrap();
}

#[test]
fn a_header_with_one_thing_wrong_is_refused_at_its_step() {
    let own = OwnKey::generate().unwrap();
    let inner = || signed(&payload_json(&own));
    let added = ["apu", "apv", "zip", "crit", "jku", "x5u", "jwk", "p2s", "p2c", "anything"];
    for name in added {
        let bundle = forge(
            &own,
            |kid, epk| header(kid, epk).replacen('{', &format!(r#"{{"{name}":"DEF","#), 1),
            inner(),
        );
        assert_eq!(judge(&own, &bundle).unwrap_err(), (Step::Header, Refusal::HeaderMembers), "{name}");
    }
    let cases = [
        (r#""alg":"ECDH-ES","#, r#""alg":"ECDH-ES","alg":"ECDH-ES","#, Step::Header, Refusal::HeaderMembers),
        (r#""alg":"ECDH-ES","#, "", Step::Header, Refusal::HeaderMembers),
        (r#""alg":"ECDH-ES""#, r#""alg":["ECDH-ES"]"#, Step::Header, Refusal::HeaderMembers),
        (r#""kty":"EC""#, r#""kty":"EC","kty":"EC""#, Step::Header, Refusal::HeaderMembers),
        ("\"ECDH-ES\"", "\"ECDH-ES+A128KW\"", Step::Constants, Refusal::HeaderConstant),
        ("\"ECDH-ES\"", "\"ecdh-es\"", Step::Constants, Refusal::HeaderConstant),
        ("\"ECDH-ES\"", "\"none\"", Step::Constants, Refusal::HeaderConstant),
        ("\"ECDH-ES\"", "1", Step::Constants, Refusal::HeaderConstant),
        ("A256GCM", "A128GCM", Step::Constants, Refusal::HeaderConstant),
        ("bundle+jwe", "bundle-pw+jwe", Step::Constants, Refusal::HeaderConstant),
        ("bundle+jws", "JWT", Step::Constants, Refusal::HeaderConstant),
        (r#""kid":""#, r#""kid":"A"#, Step::Constants, Refusal::OtherRecipient),
        ("P-256", "P-384", Step::EphemeralKey, Refusal::NotOnCurve),
        (r#""x":""#, r#""x":"A"#, Step::EphemeralKey, Refusal::NotOnCurve),
        (r#""kty":"EC""#, r#""kty":"EC","d":"AA""#, Step::EphemeralKey, Refusal::NotOnCurve),
    ];
    for (from, to, step, why) in cases {
        let bundle = forge(&own, |kid, epk| header(kid, epk).replacen(from, to, 1), inner());
        assert_eq!(judge(&own, &bundle).unwrap_err(), (step, why), "{from} -> {to}");
    }
}

#[test]
fn a_one_time_key_off_the_curve_is_refused() {
    let own = OwnKey::generate().unwrap();
    let y = compact::encode(&[7; 32]);
    let off =
        |kid: &str, _: &str| header(kid, &format!(r#"{{"kty":"EC","crv":"P-256","x":"{y}","y":"{y}"}}"#));
    let bundle = forge(&own, off, signed(&payload_json(&own)));
    assert_eq!(judge(&own, &bundle).unwrap_err(), (Step::EphemeralKey, Refusal::NotOnCurve));
}

#[test]
fn a_payload_with_one_thing_wrong_is_refused_at_its_step() {
    let own = OwnKey::generate().unwrap();
    let json = payload_json(&own);
    let aud = own.recipient().thumbprint();
    let exp = (NOW.unix_timestamp() + 86_400).to_string();
    let longer = (NOW.unix_timestamp() + 86_401).to_string();
    let cases = [
        (r#""v":1"#, r#""v":2"#, Step::Audience, Refusal::Version),
        (r#""v":1,"#, "", Step::Audience, Refusal::PayloadForm),
        (r#""v":1,"#, r#""v":1,"v":1,"#, Step::Audience, Refusal::PayloadForm),
        (r#""kind":"none""#, r#""kind":"federated""#, Step::Audience, Refusal::PayloadForm),
        (r#""kind":"none""#, r#""kind":"secret""#, Step::Audience, Refusal::PayloadForm),
        ("AAAAAAAAAAAAAAAAAAAAAA", "AAAA", Step::Audience, Refusal::PayloadForm),
        (aud.as_str(), "somebody", Step::Audience, Refusal::OtherAudience),
        (r#""product""#, r#""nonce":"n","product""#, Step::Nonce, Refusal::UnknownNonce),
        (exp.as_str(), longer.as_str(), Step::Replay, Refusal::Times),
        (exp.as_str(), "1", Step::Replay, Refusal::Times),
        (exp.as_str(), "99999999999", Step::Replay, Refusal::Times),
    ];
    for (from, to, step, why) in cases {
        let altered = json.replacen(from, to, 1);
        assert_ne!(altered, json, "{from}");
        let bundle = forge(&own, header, signed(&altered));
        assert_eq!(judge(&own, &bundle).unwrap_err(), (step, why), "{from} -> {to}");
    }
}

#[test]
fn an_inner_text_with_one_thing_wrong_is_refused_at_its_step() {
    let own = OwnKey::generate().unwrap();
    let jwk = SigningKey::generate().unwrap().signer().unwrap().0.jwk();
    let good = signed(&payload_json(&own));
    let good = std::str::from_utf8(good.as_slice()).unwrap();
    let [head, load, signature] = compact::parts::<3>(good).unwrap();
    let foreign = compact::encode(format!(r#"{{"alg":"ES256","typ":"bundle+jws","jwk":{jwk}}}"#).as_bytes());
    let none = compact::encode(format!(r#"{{"alg":"none","typ":"bundle+jws","jwk":{jwk}}}"#).as_bytes());
    let more =
        compact::encode(format!(r#"{{"alg":"ES256","typ":"bundle+jws","jwk":{jwk},"b64":"x"}}"#).as_bytes());
    let cases = [
        (format!("{head}.{load}"), (Step::Audience, Refusal::PayloadForm)),
        (format!("{head}.{load}.{signature}.x"), (Step::Audience, Refusal::PayloadForm)),
        (format!("{head}.{load}=.{signature}"), (Step::Audience, Refusal::PayloadForm)),
        (format!("{none}.{load}."), (Step::Signature, Refusal::InnerHeader)),
        (format!("{more}.{load}.{signature}"), (Step::Signature, Refusal::InnerHeader)),
        (format!("{foreign}.{load}.{signature}"), (Step::Signature, Refusal::BadSignature)),
        (format!("{head}.{load}."), (Step::Signature, Refusal::BadSignature)),
        (format!("{head}.{load}.{}", compact::encode(&[0; 64])), (Step::Signature, Refusal::BadSignature)),
        (format!("{head}.{load}.{}", &signature[..84]), (Step::Signature, Refusal::BadSignature)),
    ];
    for (inner, expected) in cases {
        assert_eq!(judge(&own, &forge(&own, header, wiped(&inner))).unwrap_err(), expected, "{inner}");
    }
    judge(&own, &forge(&own, header, wiped(good))).unwrap();
}

/// Each byte by eight flips, xor ff, delete and double.
fn mutated(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::with_capacity(bytes.len() * 11);
    for place in 0..bytes.len() {
        for mask in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
            let mut flipped = bytes.to_vec();
            flipped[place] ^= mask;
            found.push(flipped);
        }
        let mut deleted = bytes.to_vec();
        deleted.remove(place);
        let mut doubled = bytes.to_vec();
        doubled.insert(place, bytes[place]);
        found.extend([deleted, doubled]);
    }
    found
}

#[test]
fn no_mutated_header_is_taken_even_when_it_is_sealed_with_the_bundle() {
    let own = OwnKey::generate().unwrap();
    let good = signed(&payload_json(&own));
    let own_header = header(&own.recipient().thumbprint(), &own.recipient().0.jwk());
    let mut variants = 0;
    for n in 0..mutated(own_header.as_bytes()).len() {
        // The one-time key is another one each time, so that the mutation is made on the header that it is sealed with.
        let altered = |kid: &str, epk: &str| {
            String::from_utf8_lossy(&mutated(header(kid, epk).as_bytes())[n]).into_owned()
        };
        let bundle = forge(&own, altered, Wiped::from_exact(good.as_slice().to_vec()));
        assert!(judge(&own, &bundle).is_err(), "mutation {n} of the header was taken");
        variants += 1;
    }
    assert!(variants > 2_500, "{variants}");
    judge(&own, &forge(&own, header, good)).unwrap();
}

#[test]
fn no_mutated_claim_is_taken_under_its_old_signature() {
    let own = OwnKey::generate().unwrap();
    let json = payload_json(&own);
    let good = signed(&json);
    let good = std::str::from_utf8(good.as_slice()).unwrap();
    let [head, _, signature] = compact::parts::<3>(good).unwrap();
    let variants = mutated(json.as_bytes());
    for altered in &variants {
        let inner = format!("{head}.{}.{signature}", compact::encode(altered));
        let step = judge(&own, &forge(&own, header, wiped(&inner))).unwrap_err().0;
        assert!(step >= Step::Audience, "{}", String::from_utf8_lossy(altered));
    }
    assert!(variants.len() > 3_000, "{}", variants.len());
    judge(&own, &forge(&own, header, wiped(good))).unwrap();
}

#[test]
fn sizes_and_characters_are_checked_first() {
    let own = OwnKey::generate().unwrap();
    let good = forge(&own, header, signed(&payload_json(&own)));
    assert_eq!(judge(&own, &"A".repeat(LARGEST_BUNDLE + 1)).unwrap_err(), (Step::Size, Refusal::TooLarge));
    assert_eq!(judge(&own, "").unwrap_err(), (Step::Size, Refusal::Empty));
    for end in ["\n", " ", "\u{e4}", "\0"] {
        assert_eq!(judge(&own, &format!("{good}{end}")).unwrap_err(), (Step::Size, Refusal::Characters));
    }
    assert_eq!(judge(&own, &good.replacen("..", ".", 1)).unwrap_err(), (Step::Parts, Refusal::PartCount));
    assert_eq!(
        judge(&own, &good.replacen("..", ".AAAA.", 1)).unwrap_err(),
        (Step::Parts, Refusal::PartCount)
    );
    assert_eq!(judge(&own, &format!("{good}=")).unwrap_err(), (Step::Parts, Refusal::NotCanonical));
    // Another spelling of the same bytes: the last character of a 16-byte tag has four idle bits.
    let mut spelling = good.clone();
    let last = spelling.pop().unwrap();
    spelling.push(char::from(last as u8 + 1));
    assert_eq!(judge(&own, &spelling).unwrap_err(), (Step::Parts, Refusal::NotCanonical));
    judge(&own, &good).unwrap();
}

#[test]
fn the_passphrase_form_takes_one_count_only() {
    let passphrase = passphrase::generate().unwrap();
    let payload = payload_json(&OwnKey::generate().unwrap());
    let aud = payload.find("\"aud\"").unwrap();
    let without_aud = format!("{}{}", &payload[..aud], &payload[payload.find("\"product\"").unwrap()..]);
    let make = |json: &str, from: &str, to: &str| {
        let (salt, key) = ([3; 16], [5; 32]);
        let wrapped = compact::encode(&passphrase::wrap(&passphrase, &salt, &key).unwrap());
        let header = passphrase::header(&salt).replacen(from, to, 1);
        let bundle = seal::encrypt(&header, &wrapped, &key, signed(json)).unwrap();
        verify_with_passphrase(&bundle, &passphrase, NOW, &SeenInMemory::without_offer())
    };
    make(&without_aud, "", "").unwrap();
    let step = |result: Result<Overview, BundleError>| match result.unwrap_err() {
        BundleError::Refused { step, .. } => step,
        other => panic!("{other}"),
    };
    for count in ["9999", "10001", "1", "4000000000", "\"10000\"", "1e4"] {
        let found = step(make(&without_aud, "10000", count));
        assert!(found <= Step::EphemeralKey, "{count}: {found}");
    }
    assert_eq!(step(make(&without_aud, "bundle-pw+jwe", "bundle+jwe")), Step::Constants);
    assert_eq!(step(make(&payload, "", "")), Step::Audience);
}
