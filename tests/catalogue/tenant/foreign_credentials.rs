//! G-04: twelve keys and secrets of others stand on an application that is adopted. Adding and removing ours leaves every one
//! of them as it was, byte for byte; and where somebody edits between our reading and our writing, that is noticed.

use std::collections::BTreeMap;

use engine::{Approval, Quiet};
use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::{Opened, Walkthrough, further_guides, told};
use serde_json::{Value, json};
use simulator::{Match, Settings};

const FOREIGN: usize = 12;

/// Twelve entries as others would have put them there, with members that Footbridge does not know.
fn planted(application: &mut Value) {
    let life = json!({ "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2028-01-01T00:00:00Z" });
    let mut keys = Vec::new();
    let mut secrets = Vec::new();
    for number in 0..FOREIGN / 2 {
        let id = |kind: u32| format!("{kind:08x}-0000-4000-8000-{number:012x}");
        let mut key = life.clone();
        for (member, value) in [
            ("keyId", json!(id(1))),
            ("type", json!("AsymmetricX509Cert")),
            ("usage", json!(if number % 2 == 0 { "Verify" } else { "Sign" })),
            ("displayName", json!(format!("CN=theirs {number} ü"))),
            ("customKeyIdentifier", json!(format!("{:040X}", number + 7))),
            ("key", json!(format!("QUJD{number}A=="))),
        ] {
            key[member] = value;
        }
        keys.push(key);
        let mut secret = life.clone();
        secret["keyId"] = json!(id(2));
        secret["displayName"] = json!(format!("theirs [not-ours-{number}]"));
        secret["hint"] = json!("abc");
        secrets.push(secret);
    }
    application["keyCredentials"] = json!(keys);
    application["passwordCredentials"] = json!(secrets);
}

/// The entries of others as the tenant keeps them, by key id.
fn foreign(walk: &Walkthrough, object: &str) -> BTreeMap<String, String> {
    let dump = walk.control().deep_dump();
    let all = dump["applications"].as_array().unwrap();
    let application = all.iter().find(|one| one["id"] == object).unwrap();
    let lists = ["keyCredentials", "passwordCredentials"].map(|list| application[list].as_array().cloned());
    lists
        .into_iter()
        .flatten()
        .flatten()
        .filter(|one| one["displayName"].as_str().is_some_and(|name| name.contains("theirs")))
        .map(|one| (one["keyId"].as_str().unwrap().to_owned(), one.to_string()))
        .collect()
}

struct Scene {
    walk: Walkthrough,
    object: String,
}

/// An application of the guide's name that others made and use, adopted.
async fn adopted(product: &str, seed: u64) -> Scene {
    let mut opened = Opened { guides: further_guides(), ..Opened::default() };
    opened.tenant = Settings { seed, ..opened.tenant };
    let walk = Walkthrough::signed_in(product, opened).await;
    walk.run("register", Approval::Any).await;
    let object = walk.step("register").unwrap().outputs["application-object-id"].clone();
    walk.control().amend_application(&object, |application| {
        planted(application);
        // It is somebody else's from now on.
        application["uniqueName"] = Value::Null;
    });
    let desk = walk.desk();
    let other = desk.connect(product, "Other").unwrap();
    let code = desk.begin_device_code(&other, None, "en").await.unwrap();
    walk.control().approve(&code.user_code, &walk.account).unwrap();
    desk.finish_device_code(&other, code, &|_| {}).await.unwrap();
    desk.run(&other, "register", Approval::Any, &Quiet).await.unwrap();
    desk.adopt(&other, "register", &object).unwrap();
    let list = desk.run(&other, "register", Approval::Any, &Quiet).await.unwrap();
    assert!(list.step("register").unwrap().state.is_done(), "{}", told(&list));
    Scene { walk: walk.at(other), object }
}

#[tokio::test]
async fn g04_credentials_of_others_stay_to_the_byte() {
    let mut changed = 0;
    for product in ["northwind", "southwind"] {
        let Scene { walk, object } = adopted(product, 3).await;
        let before = foreign(&walk, &object);
        assert_eq!(before.len(), FOREIGN);
        walk.run("certificate", Approval::Any).await;
        let list = walk.list();
        assert!(list.step("certificate").unwrap().state.is_done(), "{}", told(&list));
        changed += before.iter().filter(|(key, one)| foreign(&walk, &object).get(*key) != Some(one)).count();
        let report = walk.desk().undo(&walk.connection, &Quiet).await.unwrap();
        assert!(!report.undone.is_empty(), "ours must have been there, and is taken back");
        changed += before.iter().filter(|(key, one)| foreign(&walk, &object).get(*key) != Some(one)).count();
    }
    reached("G-04", "foreign credentials on the application", FOREIGN as u64, Target::AtLeast(12));
    reached("G-04", "foreign credentials that changed", changed as u64, Target::Exactly(0));
}

/// What somebody else does to the application.
type Edit = fn(&mut Value);

/// What somebody else does to the keys, just before one of our requests is answered.
fn edits() -> [(&'static str, Edit); 3] {
    [
        ("one more", |application| {
            let mut one = application["keyCredentials"][0].clone();
            one["keyId"] = json!("00000009-0000-4000-8000-000000000009");
            application["keyCredentials"].as_array_mut().unwrap().push(one);
        }),
        ("another name", |application| {
            application["keyCredentials"][1]["displayName"] = json!("theirs, renamed");
        }),
        ("one less", |application| {
            application["keyCredentials"].as_array_mut().unwrap().remove(2);
        }),
    ]
}

/// Somebody edits at each moment between our first reading and our reading back. Afterwards every entry is as *they* left it,
/// or the step says that something of theirs was lost in between.
#[tokio::test]
async fn g04_an_edit_in_between_is_noticed() {
    let (mut edited, mut unnoticed, mut at_the_write) = (0_u64, Vec::new(), 0_u64);
    // The first reading of the collection, the second, the write itself.
    let moments = [
        ("GET", "/v1.0/applications/*keyCredentials", 1_usize),
        ("GET", "/v1.0/applications/*keyCredentials", 2),
        ("PATCH", "/v1.0/applications/*", 1),
    ];
    for seed in 0..scale(1, 6) {
        for (method, path, nth) in moments {
            for (name, edit) in edits() {
                let Scene { walk, object } = adopted("northwind", 10 + seed).await;
                let request = || Match {
                    method: Some(method.to_owned()),
                    path: Some(path.to_owned()),
                    ..Match::default()
                };
                // What comes before the moment that is meant passes by.
                for _ in 1..nth {
                    walk.control().meanwhile(request(), &object, |_| {});
                }
                walk.control().meanwhile(request(), &object, edit);
                walk.run("certificate", Approval::Any).await;
                let mut expected = json!({});
                planted(&mut expected);
                edit(&mut expected);
                let wanted: Vec<Value> = expected["keyCredentials"].as_array().unwrap().clone();
                let has = foreign(&walk, &object);
                let is_there = |one: &Value| {
                    let kept = has
                        .get(one["keyId"].as_str().unwrap())
                        .map(|text| serde_json::from_str::<Value>(text).unwrap());
                    kept.is_some_and(|kept| kept["displayName"] == one["displayName"])
                };
                let keys = has
                    .keys()
                    .filter(|key| key.starts_with("00000001") || key.starts_with("00000009"))
                    .count();
                let intact = wanted.iter().all(is_there) && keys == wanted.len();
                let told = walk.step("certificate").and_then(|step| step.trouble).is_some();
                edited += 1;
                match (intact || told, name, method) {
                    (true, ..) => {}
                    // Graph replaces the whole collection and offers no precondition for it: what is added after our last
                    // reading and before our write is gone without a trace that could be read back.
                    (false, "one more", "PATCH") => at_the_write += 1,
                    (false, ..) => unnoticed.push(format!("{name} at {method} {nth}")),
                }
            }
        }
    }
    println!("{unnoticed:?}");
    reached("G-04", "edits of others in between", edited, Target::AtLeast(scale(9, 54)));
    reached("G-04", "edits that were overwritten without a word", unnoticed.len() as u64, Target::Exactly(0));
    let instant = "additions in the instant of the write, which Graph gives no means to notice (known limit)";
    reached("G-04", instant, at_the_write, Target::AtMost(scale(1, 6)));
}
