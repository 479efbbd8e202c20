//! A receiver with its folders, and a sender that answers its offers.
#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

pub mod serving;

use std::path::{Path, PathBuf};

use bundle::{
    App, Credential, Field, FieldValue, Offer, Payload, Sealed, Settings, SigningKey, Tenant, Tool, new_jti,
    seal_for_receipt,
};
use receiver::{Memory, Offering, Owner, Point, Taking, Template, Tls, Wanted, Wish, make_offer};
use secrecy::SecretString;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

pub const NOW: OffsetDateTime = datetime!(2026-05-04 10:00 UTC);

/// What must stand in the written files and nowhere else.
pub const CANARY: &str = "Canary~8Q.7f3a_secret-value";

pub struct House {
    pub folder: tempfile::TempDir,
}

impl House {
    pub fn new() -> House {
        House { folder: tempfile::tempdir().unwrap() }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn memory(&self) -> Memory {
        self.memory_at(NOW)
    }

    pub fn memory_at(&self, now: OffsetDateTime) -> Memory {
        Memory::open(&self.at("state"), now).unwrap()
    }

    pub fn offer(&self) -> Offer {
        offer(&self.memory()).offer
    }

    /// An env file and a JSON file.
    pub fn wanted(&self) -> Vec<Wanted> {
        vec![
            Wanted { template: Template::Env, to: self.at("product.env") },
            Wanted { template: Template::Json, to: self.at("product.json") },
        ]
    }

    /// Every file below this folder, with its content.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => walk(&path, found),
                    false => found.push((path.clone(), std::fs::read(&path).unwrap())),
                }
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), &mut found);
        found.sort();
        found
    }

    /// The names of the files that hold the canary.
    pub fn canaries(&self) -> Vec<String> {
        let holds = |bytes: &[u8]| bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        let files = self.files().into_iter().filter(|(_, bytes)| holds(bytes));
        files.map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }
}

pub fn wish() -> Wish {
    Wish {
        product: "minutes".into(),
        install_id: Some("north-1".into()),
        endpoint: Some("https://localhost:8443/footbridge/v1/bundles".into()),
        tls: Tls::OwnMade,
        accepts: vec![bundle::Accepts::PublicCert, bundle::Accepts::Certificate, bundle::Accepts::Secret],
        own_certificate: false,
        lifetime: Duration::hours(24),
    }
}

pub fn offer(memory: &Memory) -> Offering {
    make_offer(memory, &wish(), NOW).unwrap()
}

pub const NEVER: &(dyn Fn(Point) -> bool + Sync) = &|_| false;

pub fn taking<'a>(wanted: &'a [Wanted]) -> Taking<'a> {
    Taking { wanted, owner: Owner::default(), mode: 0o600, passphrase: None, rehearsals: false, crash: NEVER }
}

/// An installation of Footbridge.
pub struct Sender {
    pub key: SigningKey,
}

impl Sender {
    pub fn new() -> Sender {
        Sender { key: SigningKey::generate().unwrap() }
    }

    pub fn fingerprint(&self) -> String {
        self.key.signer().unwrap().fingerprint()
    }

    pub fn seal(&self, offer: &Offer, change: impl FnOnce(&mut Payload)) -> (Sealed, String) {
        let mut payload = payload(offer);
        change(&mut payload);
        (seal_for_receipt(&payload, &self.key, &offer.key).unwrap(), payload.jti)
    }
}

pub fn payload(offer: &Offer) -> Payload {
    let mut settings = Settings::new();
    settings.set("directory-id", "2d1a7f9e-0000-4000-8000-000000000001");
    settings.set("display name", "North \"University\" $HOME");
    Payload {
        jti: new_jti().unwrap(),
        issued_at: NOW,
        nonce: Some(offer.nonce.clone()),
        product: offer.product.clone(),
        install_id: Some(offer.install_id.clone()),
        tool: Tool { name: "Footbridge".into(), version: "1".into() },
        tenant: Tenant { id: "2d1a7f9e".into(), domain: "north.example".into(), cloud: "global".into() },
        app: App { client_id: "c11e".into(), object_id: "0b1e".into(), uri: None },
        credential: Credential::Secret {
            secret: SecretString::from(CANARY),
            expires: datetime!(2028-05-04 10:00 UTC),
        },
        settings,
        fields: vec![Field {
            id: "client-secret".into(),
            label: "Client secret".into(),
            value: FieldValue::Secret(SecretString::from(CANARY)),
        }],
        permissions: Vec::new(),
        rehearsal: false,
    }
}
