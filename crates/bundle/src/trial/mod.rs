//! Bundles with exactly one thing wrong, made for one recipient: a vendor learns with them what the own receiver refuses,
//! and our own reader is judged by the same ones. Each is sealed and signed properly apart from its one fault, so that
//! it comes as far as the step that has to stop it. A few are good ones in an unusual spelling. None may carry a real
//! secret.

mod inner;
mod outer;

use aws_lc_rs::hmac;

use crate::error::{BundleError, Step};
use crate::keys::{OwnKey, RecipientKey, SigningKey};
use crate::payload::Payload;
use crate::wiping::Wiped;
use crate::{compact, new_jti, payload_json, seal};

/// A bundle to try a receiver with.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Its name; in front the number of the step, 00 for a good one.
    pub name: &'static str,
    /// What is the matter with it.
    pub what: &'static str,
    /// What a receiver has to do.
    pub due: Due,
    /// The number under which it is sent. What lies inside has the same one, unless that is what is wrong.
    pub jti: String,
    /// What is sent. Not each one is ASCII.
    pub text: String,
}

/// What a receiver has to do with a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Take it.
    Taken,
    /// Take it, or refuse it, if it compares the header by its text (step 3).
    Either,
    /// Refuse it; this is the first check that fails.
    Refused(Step),
}

/// One kind of bundle.
struct Row {
    name: &'static str,
    what: &'static str,
    due: Due,
    change: Change,
}

/// Where the fault is put in.
enum Change {
    /// The finished text.
    Text(fn(&str) -> String),
    /// The outer header, before it is sealed.
    Header(fn(&str) -> String),
    /// The payload, before it is signed.
    Payload(fn(&str, &Claims<'_>) -> String),
    /// The signed text, before it is sealed.
    Inner(fn(&Inner<'_>) -> String),
    /// The key that it is sealed to.
    Recipient,
}

/// What the payload's changes start from.
struct Claims<'a> {
    issued_at: i64,
    audience: &'a str,
    nonce: &'a str,
}

/// The parts of a good signed text, and the keys to make a bad one.
struct Inner<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// The signer's key.
    signer: String,
    /// Another key.
    other: String,
}

/// What is good although it looks unusual.
const GOOD: &[Row] = &[
    Row {
        name: "00-unknown-members",
        what: "good; with members that a reader does not know and ignores",
        due: Due::Taken,
        change: Change::Payload(|json, _| {
            json.replacen('{', r#"{"later":{"nonce":"x","v":2},"more":[1,null],"#, 1)
        }),
    },
    Row {
        name: "00-escaped-letters",
        what: "good; letters of the payload are written as escapes",
        due: Due::Taken,
        change: Change::Payload(|json, _| json.replacen(r#""product":""#, r#""product":"\u0050\/"#, 1)),
    },
    Row {
        name: "00-spaces-in-the-header",
        what: "good; its header has white space, which a reader may refuse that compares the text",
        due: Due::Either,
        change: Change::Header(|header| header.replace(",\"", " , \"")),
    },
    Row {
        name: "00-another-order-in-the-header",
        what: "good; the header's members have another order, which a reader may refuse that compares the text",
        due: Due::Either,
        change: Change::Header(|header| {
            let enc = r#""enc":"A256GCM","#;
            header.replacen(enc, "", 1).replacen('{', &format!("{{{enc}"), 1)
        }),
    },
];

/// One bundle for each row of the tables, by step. `payload` is a good one with the nonce of an open offer; each
/// bundle gets a `jti` of its own.
///
/// # Errors
/// [`BundleError::Payload`] for a payload without a nonce, or one that could not be sealed either.
pub fn trials(payload: &Payload, recipient: &RecipientKey) -> Result<Vec<Trial>, BundleError> {
    let nonce = payload.nonce.as_deref().ok_or(BundleError::Payload { field: "nonce" })?;
    let audience = recipient.thumbprint();
    let claims = Claims { issued_at: payload.issued_at.unix_timestamp(), audience: &audience, nonce };
    let good = payload_json::write(payload, Some(&audience))?;
    let good = std::str::from_utf8(good.as_slice()).map_err(|_| BundleError::Payload { field: "payload" })?;
    let signing = SigningKey::generate()?;
    let rows = GOOD.iter().chain(outer::ROWS).chain(inner::ROWS);
    rows.map(|row| {
        let jti = new_jti()?;
        let json = good.replacen(&payload.jti, &jti, 1);
        let text = row.make(&json, &claims, &signing, recipient)?;
        Ok(Trial { name: row.name, what: row.what, due: row.due, jti, text })
    })
    .collect()
}

impl Row {
    fn make(
        &self,
        json: &str,
        claims: &Claims<'_>,
        signing: &SigningKey,
        recipient: &RecipientKey,
    ) -> Result<String, BundleError> {
        let json = match self.change {
            Change::Payload(change) => change(json, claims),
            _ => json.to_owned(),
        };
        let signed = seal::sign(Wiped::from_exact(json.into_bytes()), signing)?;
        let signed = match self.change {
            Change::Inner(change) => Wiped::from_exact(inner_text(&signed, signing, change)?.into_bytes()),
            _ => signed,
        };
        let header = |kid: &str, epk: &str| match self.change {
            Change::Header(change) => change(&seal::header(kid, epk)),
            _ => seal::header(kid, epk),
        };
        match self.change {
            Change::Recipient => seal::seal_under(OwnKey::generate()?.recipient(), header, signed),
            Change::Text(change) => Ok(change(&seal::seal_under(recipient, header, signed)?)),
            _ => seal::seal_under(recipient, header, signed),
        }
    }
}

fn inner_text(
    signed: &Wiped,
    signing: &SigningKey,
    change: fn(&Inner<'_>) -> String,
) -> Result<String, BundleError> {
    let form = BundleError::Payload { field: "payload" };
    let text = std::str::from_utf8(signed.as_slice()).ok().and_then(compact::parts::<3>);
    let [header, payload, signature] = text.ok_or(form)?;
    let signer = signing.signer()?.0.jwk();
    let other = SigningKey::generate()?.signer()?.0.jwk();
    Ok(change(&Inner { header, payload, signature, signer, other }))
}

/// The parts of a compact text with one of them written anew.
fn with_part(text: &str, place: usize, change: impl Fn(&str) -> String) -> String {
    let parts = text.split('.').enumerate();
    parts
        .map(|(n, part)| if n == place { change(part) } else { part.to_owned() })
        .collect::<Vec<_>>()
        .join(".")
}

/// A JSON text with another text under a name.
fn with_text(json: &str, name: &str, value: &str) -> String {
    let opening = format!(r#""{name}":""#);
    let Some((front, rest)) = json.split_once(&opening) else { return json.to_owned() };
    let rest = rest.split_once('"').map_or("", |(_, rest)| rest);
    format!("{front}{opening}{value}\"{rest}")
}

/// A base64url text with its byte in the middle altered.
fn flipped(part: &str) -> String {
    let mut bytes = decoded(part);
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    compact::encode(&bytes)
}

fn decoded(part: &str) -> Vec<u8> {
    compact::decode(part).map(|bytes| bytes.as_slice().to_vec()).unwrap_or_default()
}

/// HS256 (RFC 7518 §3.2).
fn hs256(key: &[u8], text: &str) -> String {
    compact::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use time::{OffsetDateTime, macros::datetime};

    use super::*;
    use crate::{App, Credential, SeenInMemory, Settings, Tenant, Tool, seal, verify};

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
    const NONCE: &str = "q83vEjRWeJCrze8SNFZ4kA";

    fn payload() -> Payload {
        Payload {
            jti: new_jti().unwrap(),
            issued_at: NOW,
            nonce: Some(NONCE.into()),
            product: "p".into(),
            install_id: None,
            tool: Tool { name: "t".into(), version: "1".into() },
            tenant: Tenant { id: "i".into(), domain: "d.example".into(), cloud: "global".into() },
            app: App { client_id: "c".into(), object_id: "o".into(), uri: None },
            credential: Credential::None { cert_pem: None, thumbprint_s256: None },
            settings: Settings::new(),
            fields: Vec::new(),
            permissions: Vec::new(),
            rehearsal: false,
        }
    }

    #[test]
    fn each_one_fails_at_exactly_its_step() {
        let own = OwnKey::generate().unwrap();
        let seen = SeenInMemory::with_offer(NONCE);
        let good = seal(&payload(), &SigningKey::generate().unwrap(), own.recipient()).unwrap();
        verify(&good, &own, NOW, &seen).unwrap();
        for trial in trials(&payload(), own.recipient()).unwrap() {
            let number = match (verify(&trial.text, &own, NOW, &seen), trial.due) {
                (Ok(overview), Due::Taken | Due::Either) => {
                    assert_eq!(overview.jti, trial.jti);
                    0
                }
                (Err(BundleError::Refused { step, .. }), Due::Refused(due)) => {
                    assert_eq!(step, due, "{}", trial.name);
                    step.number()
                }
                (other, _) => panic!("{}: {other:?}", trial.name),
            };
            assert!(trial.name.starts_with(&format!("{number:02}-")), "{}", trial.name);
        }
    }

    #[test]
    fn there_is_one_for_each_check_that_a_bundle_can_fail_by_itself() {
        let own = OwnKey::generate().unwrap();
        let made = trials(&payload(), own.recipient()).unwrap();
        let refused = made.iter().filter_map(|trial| match trial.due {
            Due::Refused(step) => Some(step.number()),
            _ => None,
        });
        let steps: BTreeSet<u8> = refused.clone().collect();
        assert_eq!(steps, (1..=10).collect());
        let names: BTreeSet<&str> = made.iter().map(|trial| trial.name).collect();
        assert_eq!(names.len(), made.len(), "a name is there twice");
        assert!(refused.count() >= 60);
        let mut without = payload();
        without.nonce = None;
        assert!(matches!(trials(&without, own.recipient()), Err(BundleError::Payload { field: "nonce" })));
    }
}
