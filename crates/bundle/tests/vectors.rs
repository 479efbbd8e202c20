//! The vectors of the vendor kit. Each committed one is judged anew here and has to end exactly as its file says.
//! `UPDATE_VECTORS=1 cargo test -p bundle --test vectors each_committed` writes all of them anew, with a new key.
#![allow(clippy::unwrap_used)]

mod vector;

use std::collections::BTreeSet;
use std::fs;

use bundle::trial::{Due, trials};
use bundle::{
    Acknowledgement, App, Credential, Field, FieldValue, OwnKey, Payload, Permission, PermissionKind,
    Settings, SigningKey, Tenant, Tool, new_jti, seal,
};
use secrecy::{ExposeSecret as _, SecretString};
use time::{Duration, OffsetDateTime, macros::datetime};
use vector::{Expected, Memory, Person, Vector, committed, kit};

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
const NONCE: &str = "q83vEjRWeJCrze8SNFZ4kA";
const CERTIFICATE: &str =
    "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUYWJj\n-----END CERTIFICATE-----\n";
const THUMBPRINT: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

#[test]
fn each_committed_vector_ends_exactly_as_its_file_says() {
    let made = Maker::new().vectors();
    for vector in &made {
        assert_eq!(vector.judged(), vector.expected, "{}", vector.name);
    }
    if std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1") {
        return write(&made);
    }
    let vectors = committed();
    for vector in &vectors {
        assert_eq!(vector.judged(), vector.expected, "{}", vector.name);
    }
    let names = |vectors: &[Vector]| -> BTreeSet<String> {
        vectors.iter().map(|one| format!("{}: {}", one.name, one.what)).collect()
    };
    assert_eq!(names(&vectors), names(&made), "the files are older than their maker; see above");
}

#[test]
fn each_check_of_the_page_has_a_vector_that_fails_there() {
    let vectors = committed();
    let steps: BTreeSet<u8> = vectors
        .iter()
        .filter_map(|vector| match vector.expected {
            Expected::Refused { step } => Some(step),
            _ => None,
        })
        .collect();
    assert_eq!(steps, (1..=12).collect());
    let taken = vectors.iter().filter(|one| matches!(one.expected, Expected::Taken { .. })).count();
    assert!(taken >= 8 && vectors.len() - taken >= 40, "{taken} taken of {}", vectors.len());
    assert!(vectors.iter().any(|one| one.expected == Expected::RefusedAsRehearsal));
}

#[test]
fn each_receipt_of_a_vector_holds_for_its_bundle_and_for_no_other() {
    let taken: Vec<Vector> = committed().into_iter().filter(|one| one.receipt_key().is_some()).collect();
    for (vector, next) in taken.iter().zip(taken.iter().cycle().skip(1)) {
        let Expected::Taken { receipt, payload, .. } = &vector.expected else { unreachable!() };
        let payload: serde_json::Value = serde_json::from_str(payload).unwrap();
        let jti = payload["jti"].as_str().unwrap();
        Acknowledgement::verify(receipt, &vector.receipt_key().unwrap(), jti).unwrap();
        assert!(Acknowledgement::verify(receipt, &next.receipt_key().unwrap(), jti).is_err());
    }
}

fn write(vectors: &[Vector]) {
    let folder = kit("vectors");
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for vector in vectors {
        let text = serde_json::to_string_pretty(vector).unwrap() + "\n";
        fs::write(folder.join(format!("{}.json", vector.name)), text).unwrap();
    }
}

/// Makes all vectors for one key.
struct Maker {
    own: OwnKey,
    signing: SigningKey,
    found: Vec<Vector>,
}

impl Maker {
    fn new() -> Maker {
        let (own, signing) = (OwnKey::generate().unwrap(), SigningKey::generate().unwrap());
        Maker { own, signing, found: Vec::new() }
    }

    fn vectors(mut self) -> Vec<Vector> {
        self.good_ones();
        self.refused_by_the_receiver_s_memory();
        for trial in trials(&payload(), self.own.recipient()).unwrap() {
            let mut vector = self.vector(trial.name, trial.what, trial.text);
            match trial.due {
                Due::Refused(step) => vector.expected = Expected::Refused { step: step.number() },
                Due::Taken | Due::Either => vector.expected = vector.judged(),
            }
            if let Expected::Taken { may_be_refused, .. } = &mut vector.expected {
                *may_be_refused = trial.due == Due::Either;
            }
            self.found.push(vector);
        }
        self.found
    }

    fn good_ones(&mut self) {
        self.taken("00-client-secret", "good; a client secret travels", payload(), |_| {});
        let mut one = payload();
        one.credential = Credential::Certificate {
            cert_pem: CERTIFICATE.into(),
            key_pkcs8_pem: SecretString::from(
                "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n",
            ),
            thumbprint_s256: THUMBPRINT.into(),
        };
        self.taken(
            "00-certificate",
            "good; a certificate travels with its key (the PEM is a sample)",
            one,
            |_| {},
        );
        let mut one = payload();
        one.credential =
            Credential::None { cert_pem: Some(CERTIFICATE.into()), thumbprint_s256: Some(THUMBPRINT.into()) };
        one.app.uri = Some("api://product.example.org".into());
        self.taken("00-own-certificate", "good; the product brought its own certificate", one, |_| {});
        let mut one = payload();
        (one.nonce, one.install_id) = (None, None);
        self.taken(
            "00-without-offer",
            "good; for a key that was handed over without an offer",
            one,
            |memory| {
                (memory.open_nonces, memory.without_offer) = (Vec::new(), true);
            },
        );
        let mut one = payload();
        one.settings.set("large", "x".repeat(20_000));
        self.taken("00-large", "good; larger than usual", one, |_| {});
        let mut one = payload();
        one.rehearsal = true;
        self.taken("00-rehearsal-in-a-test", "good in a test: it comes from a rehearsal", one, |memory| {
            memory.rehearsals = true;
        });
        let mut one = payload();
        one.issued_at = NOW - Duration::hours(24) - Duration::minutes(5);
        self.taken("00-five-minutes-late", "good; its end is past by what clocks may differ", one, |_| {});
        let mut one = payload();
        one.issued_at = NOW + Duration::minutes(5);
        self.taken(
            "00-five-minutes-early",
            "good; its beginning is ahead by what clocks may differ",
            one,
            |_| {},
        );
    }

    fn refused_by_the_receiver_s_memory(&mut self) {
        let mut one = payload();
        one.rehearsal = true;
        let mut vector = self.sealed("11-rehearsal", "from a rehearsal, and this is no test", &one);
        vector.expected = Expected::RefusedAsRehearsal;
        self.found.push(vector);

        let mut vector = self.sealed("08-no-open-offer", "the offer with this nonce is closed", &payload());
        vector.memory.open_nonces.clear();
        self.refused(vector, 8);
        let one = payload();
        let mut vector = self.sealed("09-seen-before", "a bundle with this jti was taken before", &one);
        vector.memory.taken_jtis.push(one.jti);
        self.refused(vector, 9);
        let mut one = payload();
        one.issued_at = NOW - Duration::hours(24) - Duration::minutes(5) - Duration::seconds(1);
        let vector = self.sealed(
            "09-a-second-too-late",
            "its end is past by a second more than clocks may differ",
            &one,
        );
        self.refused(vector, 9);
        let mut one = payload();
        one.issued_at = NOW + Duration::minutes(5) + Duration::seconds(1);
        let vector = self.sealed(
            "09-a-second-too-early",
            "its beginning is ahead by a second more than clocks may differ",
            &one,
        );
        self.refused(vector, 9);
        let mut vector = self.sealed("11-declined", "good, but the product's admin says no", &payload());
        vector.person = Person::Declines;
        self.refused(vector, 11);
        let mut vector = self.sealed(
            "12-used-meanwhile",
            "good, but another opening was faster to record its use",
            &payload(),
        );
        vector.memory.recording_fails = true;
        self.refused(vector, 12);
    }

    fn taken(&mut self, name: &str, what: &str, payload: Payload, memory: impl FnOnce(&mut Memory)) {
        let mut vector = self.sealed(name, what, &payload);
        memory(&mut vector.memory);
        vector.expected = vector.judged();
        assert!(matches!(vector.expected, Expected::Taken { .. }), "{name}: {:?}", vector.expected);
        self.found.push(vector);
    }

    fn refused(&mut self, mut vector: Vector, step: u8) {
        vector.expected = Expected::Refused { step };
        self.found.push(vector);
    }

    fn sealed(&self, name: &str, what: &str, payload: &Payload) -> Vector {
        self.vector(name, what, seal(payload, &self.signing, self.own.recipient()).unwrap())
    }

    fn vector(&self, name: &str, what: &str, bundle: String) -> Vector {
        Vector {
            name: name.into(),
            what: what.into(),
            now: NOW.unix_timestamp(),
            key: serde_json::from_str(self.own.to_jwk().unwrap().expose_secret()).unwrap(),
            memory: Memory { open_nonces: vec![NONCE.into()], ..Memory::default() },
            person: Person::Agrees,
            bundle,
            expected: Expected::Refused { step: 0 },
        }
    }
}

fn payload() -> Payload {
    let secret = || SecretString::from("Sample~not.a.real-secret");
    let client = "11111111-2222-3333-4444-555555555555";
    let mut settings = Settings::new();
    settings.set("client-id", client);
    settings.set("operators", 3);
    Payload {
        jti: new_jti().unwrap(),
        issued_at: NOW,
        nonce: Some(NONCE.into()),
        product: "sample-product".into(),
        install_id: Some("university-1".into()),
        tool: Tool { name: "footbridge".into(), version: "0.1.0".into() },
        tenant: Tenant {
            id: "99999999-8888-7777-6666-555555555555".into(),
            domain: "contoso.onmicrosoft.com".into(),
            cloud: "global".into(),
        },
        app: App {
            client_id: client.into(),
            object_id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee".into(),
            uri: None,
        },
        credential: Credential::Secret { secret: secret(), expires: NOW + Duration::days(180) },
        settings,
        fields: vec![
            Field {
                id: "client-id".into(),
                label: "Zürich \"ID\"".into(),
                value: FieldValue::Plain(client.into()),
            },
            Field { id: "client-secret".into(), label: "Secret".into(), value: FieldValue::Secret(secret()) },
        ],
        permissions: vec![Permission {
            name: "User.ReadBasic.All".into(),
            kind: PermissionKind::Application,
        }],
        rehearsal: false,
    }
}
