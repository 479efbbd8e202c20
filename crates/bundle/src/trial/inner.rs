//! What can be wrong with the signed text and its payload: steps 7 to 10 of the format page.

use super::{Change, Claims, Due, Inner, Row, decoded, hs256, with_text};
use crate::compact;
use crate::error::Step;

const DAY: i64 = 86_400;

const fn payload(
    name: &'static str,
    what: &'static str,
    step: Step,
    change: fn(&str, &Claims<'_>) -> String,
) -> Row {
    Row { name, what, due: Due::Refused(step), change: Change::Payload(change) }
}

const fn inner(name: &'static str, what: &'static str, step: Step, change: fn(&Inner<'_>) -> String) -> Row {
    Row { name, what, due: Due::Refused(step), change: Change::Inner(change) }
}

pub(super) const ROWS: &[Row] = &[
    payload("07-version-2", "v is 2", Step::Audience, |json, _| json.replacen(r#""v":1"#, r#""v":2"#, 1)),
    payload("07-version-as-text", "v is a text", Step::Audience, |json, _| {
        json.replacen(r#""v":1"#, r#""v":"1""#, 1)
    }),
    payload("07-without-version", "v is missing", Step::Audience, |json, _| {
        json.replacen(r#""v":1,"#, "", 1)
    }),
    payload("07-version-twice", "v is there twice", Step::Audience, |json, _| {
        json.replacen(r#""v":1,"#, r#""v":1,"v":1,"#, 1)
    }),
    payload("07-audience-of-another", "signed for another recipient", Step::Audience, |json, claims| {
        json.replacen(claims.audience, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", 1)
    }),
    payload("07-without-audience", "aud is missing", Step::Audience, |json, claims| {
        json.replacen(&format!(r#""aud":"{}","#, claims.audience), "", 1)
    }),
    payload(
        "07-audience-in-a-list",
        "aud is a list that holds the right one",
        Step::Audience,
        |json, claims| {
            let text = format!(r#""{}""#, claims.audience);
            json.replacen(&text, &format!("[{text}]"), 1)
        },
    ),
    payload("07-payload-is-no-json", "the payload is no JSON", Step::Audience, |_, _| "bundle".into()),
    payload("07-payload-with-a-tail", "something behind the payload's JSON", Step::Audience, |json, _| {
        format!("{json} {{}}")
    }),
    payload("07-short-jti", "jti has three bytes", Step::Audience, |json, _| with_text(json, "jti", "AAAA")),
    payload("07-unknown-credential", "a kind of credential that is reserved", Step::Audience, |json, _| {
        json.replacen(r#""kind":""#, r#""kind":"federated","was":""#, 1)
    }),
    payload(
        "07-credential-without-its-secret",
        "kind is secret, and there is none",
        Step::Audience,
        |json, _| json.replacen(r#""credential":{"#, r#""credential":{"kind":"secret"},"was":{"#, 1),
    ),
    inner("07-two-inner-parts", "the signed text has no signature", Step::Audience, |parts| {
        format!("{}.{}", parts.header, parts.payload)
    }),
    inner("07-four-inner-parts", "the signed text has a fourth part", Step::Audience, |parts| {
        format!("{}.AAAA", whole(parts))
    }),
    inner("07-padded-payload", "the payload's base64url is padded", Step::Audience, |parts| {
        format!("{}.{}=.{}", parts.header, parts.payload, parts.signature)
    }),
    payload("08-another-nonce", "a nonce that no open offer has", Step::Nonce, |json, claims| {
        json.replacen(claims.nonce, "AAAAAAAAAAAAAAAAAAAAAA", 1)
    }),
    payload("08-without-nonce", "no nonce, though there was an offer", Step::Nonce, |json, claims| {
        json.replacen(&format!(r#""nonce":"{}","#, claims.nonce), "", 1)
    }),
    payload("09-past-its-end", "its end was an hour ago", Step::Replay, |json, claims| {
        times(json, claims, -25 * 3600, -3600)
    }),
    payload("09-from-the-future", "made an hour from now", Step::Replay, |json, claims| {
        times(json, claims, 3600, 3600 + DAY)
    }),
    payload(
        "09-longer-than-a-day",
        "it lives a second longer than 24 hours",
        Step::Replay,
        |json, claims| times(json, claims, 0, DAY + 1),
    ),
    payload("09-end-before-beginning", "it ends before it was made", Step::Replay, |json, claims| {
        times(json, claims, 0, -1)
    }),
    inner(
        "10-alg-none",
        "the inner header says alg none, and there is no signature",
        Step::Signature,
        |parts| format!("{}.{}.", header("none", &parts.signer), parts.payload),
    ),
    inner("10-alg-hs256", "signed by HS256 with the public key as its secret", Step::Signature, |parts| {
        let signed = format!("{}.{}", header("HS256", &parts.signer), parts.payload);
        format!("{signed}.{}", hs256(parts.signer.as_bytes(), &signed))
    }),
    inner("10-inner-header-with-more", "the inner header has a member more", Step::Signature, |parts| {
        let more = format!(r#"{{"alg":"ES256","typ":"bundle+jws","b64":"x","jwk":{}}}"#, parts.signer);
        format!("{}.{}.{}", compact::encode(more.as_bytes()), parts.payload, parts.signature)
    }),
    inner("10-typ-jwt", "the inner typ is JWT", Step::Signature, |parts| {
        let typ = format!(r#"{{"alg":"ES256","typ":"JWT","jwk":{}}}"#, parts.signer);
        format!("{}.{}.{}", compact::encode(typ.as_bytes()), parts.payload, parts.signature)
    }),
    inner("10-key-of-another", "the inner header names a key that did not sign", Step::Signature, |parts| {
        format!("{}.{}.{}", header("ES256", &parts.other), parts.payload, parts.signature)
    }),
    inner("10-no-signature", "the signature is empty", Step::Signature, |parts| {
        format!("{}.{}.", parts.header, parts.payload)
    }),
    inner("10-signature-of-zeros", "r and s are zero (CVE-2022-21449)", Step::Signature, |parts| {
        format!("{}.{}.{}", parts.header, parts.payload, compact::encode(&[0; 64]))
    }),
    inner("10-signature-in-der", "the signature is written in DER", Step::Signature, |parts| {
        format!("{}.{}.{}", parts.header, parts.payload, compact::encode(&der(&decoded(parts.signature))))
    }),
    inner("10-payload-altered", "another tenant, put in after the signing", Step::Signature, |parts| {
        let json = String::from_utf8(decoded(parts.payload)).unwrap_or_default();
        let json = with_text(&json, "domain", "attacker.example.org");
        format!("{}.{}.{}", parts.header, compact::encode(json.as_bytes()), parts.signature)
    }),
];

fn whole(parts: &Inner<'_>) -> String {
    format!("{}.{}.{}", parts.header, parts.payload, parts.signature)
}

fn header(algorithm: &str, jwk: &str) -> String {
    compact::encode(format!(r#"{{"alg":"{algorithm}","typ":"bundle+jws","jwk":{jwk}}}"#).as_bytes())
}

/// The payload with other times, each in seconds from now.
fn times(json: &str, claims: &Claims<'_>, issued: i64, ends: i64) -> String {
    let at = claims.issued_at;
    json.replacen(
        &format!(r#""iat":{at},"exp":{}"#, at + DAY),
        &format!(r#""iat":{},"exp":{}"#, at + issued, at + ends),
        1,
    )
}

/// r and s as a SEQUENCE of two INTEGERs (RFC 3279 §2.2.3).
fn der(signature: &[u8]) -> Vec<u8> {
    let integers: Vec<u8> = signature.chunks(32).flat_map(integer).collect();
    let mut text = vec![0x30, integers.len() as u8];
    text.extend(integers);
    text
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if digits.first().is_none_or(|first| *first > 127) {
        digits.insert(0, 0);
    }
    let mut text = vec![2, digits.len() as u8];
    text.extend(digits);
    text
}
