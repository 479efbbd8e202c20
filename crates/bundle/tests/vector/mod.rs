//! The vectors of the vendor kit: how a file is laid out, and the judge, which does what the format page tells a receiver.
#![allow(dead_code, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use bundle::{Acknowledgement, BundleError, OwnKey, ReceiptKey, Seen, SeenError, SeenInMemory, open, verify};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// One vector, as its file has it (vendor-kit/README.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    pub name: String,
    pub what: String,
    pub now: i64,
    pub key: serde_json::Value,
    pub memory: Memory,
    pub person: Person,
    pub bundle: String,
    pub expected: Expected,
}

/// What the receiver remembers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    pub open_nonces: Vec<String>,
    pub without_offer: bool,
    pub taken_jtis: Vec<String>,
    pub rehearsals: bool,
    pub recording_fails: bool,
}

/// What the product's admin says at step 11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Person {
    Agrees,
    Declines,
}

/// How it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expected {
    Taken {
        may_be_refused: bool,
        payload: String,
        tenant: String,
        signer: String,
        receipt_key: String,
        receipt: String,
    },
    Refused {
        step: u8,
    },
    RefusedAsRehearsal,
}

/// The folder of the kit.
pub fn kit(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vendor-kit").join(part)
}

/// Every committed vector, by name.
pub fn committed() -> Vec<Vector> {
    let files = fs::read_dir(kit("vectors")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<Vector> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            let vector: Vector = serde_json::from_str(&fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            assert_eq!(path.file_stem().unwrap().to_str(), Some(vector.name.as_str()));
            vector
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

impl Vector {
    /// The key that the bundle is opened with.
    pub fn own(&self) -> OwnKey {
        OwnKey::from_jwk(&SecretString::from(self.key.to_string())).unwrap()
    }

    /// What a receiver does with it by the format page, steps 1 to 12.
    pub fn judged(&self) -> Expected {
        let (own, now) = (self.own(), OffsetDateTime::from_unix_timestamp(self.now).unwrap());
        let mut seen = Remembered::of(&self.memory);
        let overview = match verify(&self.bundle, &own, now, &seen) {
            Ok(overview) => overview,
            Err(error) => return refused(&error),
        };
        if self.person == Person::Declines {
            return Expected::Refused { step: 11 };
        }
        let opened = match open(&self.bundle, &own, now, &mut seen) {
            Ok(opened) => opened,
            Err(error) => return refused(&error),
        };
        Expected::Taken {
            may_be_refused: matches!(&self.expected, Expected::Taken { may_be_refused: true, .. }),
            payload: opened.json.expose_secret().to_owned(),
            tenant: overview.tenant.id,
            signer: overview.signer_fingerprint,
            receipt_key: opened.receipt_key.to_text().expose_secret().to_owned(),
            receipt: Acknowledgement::new(&opened.receipt_key, &opened.payload.jti, now).to_json().unwrap(),
        }
    }

    /// The receipt key of a taken one.
    pub fn receipt_key(&self) -> Option<ReceiptKey> {
        match &self.expected {
            Expected::Taken { receipt_key, .. } => {
                ReceiptKey::from_text(&SecretString::from(receipt_key.as_str()))
            }
            _ => None,
        }
    }
}

fn refused(error: &BundleError) -> Expected {
    match error {
        BundleError::Refused { step, .. } => Expected::Refused { step: step.number() },
        BundleError::Rehearsal => Expected::RefusedAsRehearsal,
        other => panic!("{other}"),
    }
}

struct Remembered<'a> {
    memory: &'a Memory,
    used: SeenInMemory,
}

impl Remembered<'_> {
    fn of(memory: &Memory) -> Remembered<'_> {
        Remembered { memory, used: SeenInMemory::without_offer() }
    }
}

impl Seen for Remembered<'_> {
    fn expects(&self, nonce: Option<&str>) -> bool {
        match nonce {
            Some(nonce) => self.memory.open_nonces.iter().any(|one| one == nonce),
            None => self.memory.without_offer,
        }
    }

    fn knows(&self, jti: &str) -> bool {
        self.memory.taken_jtis.iter().any(|one| one == jti) || self.used.knows(jti)
    }

    fn burn(&mut self, _nonce: Option<&str>, jti: &str, until: OffsetDateTime) -> Result<(), SeenError> {
        match self.memory.recording_fails {
            true => Err(SeenError::AlreadyUsed),
            false => self.used.burn(None, jti, until),
        }
    }

    fn wants_rehearsal(&self) -> bool {
        self.memory.rehearsals
    }
}
