//! The support report of a whole run says how things stand and holds no text of the tenant, of the admin or of a secret.
//! What is looked for is every text of every event in the journal; the journal itself is the control.

use std::collections::BTreeSet;

use engine::AskedBy;
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::{Canary, Scene, TestDesk, scan_bytes};
use secrecy::ExposeSecret as _;
use serde_json::Value;

/// Members of events whose words are the program's own or the built-in guide's.
const OWN_WORDS: [&str; 10] =
    ["kind", "step", "guide", "guide_version", "place", "how", "state", "method", "what", "status"];

/// Every text and number of some length in a value.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(found.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => {
            let foreign = members.iter().filter(|(name, _)| !OWN_WORDS.contains(&name.as_str()));
            foreign.for_each(|(_, value)| texts(value, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn g10_the_support_report_holds_no_text_of_the_tenant() {
    let mut scene = Scene::default();
    scene.tenant.teams_delay = std::time::Duration::ZERO;
    let at = TestDesk::open(scene).await;
    let hands = at.targetconnect("a.weber").await;
    hands.work().await;
    let report = at.desk.support_report(AskedBy { program: "terminal", version: "0.1.0" }).unwrap();
    for told in [
        "targetconnect",
        "register",
        "proven",
        "connection-1",
        "tenant-1",
        "account-1",
        "POST",
        "journal: intact",
    ] {
        assert!(report.contains(told), "{told} is not told:\n{report}");
    }
    let entries = at.desk.journal_entries(None).unwrap();
    let mut foreign = BTreeSet::new();
    for entry in &entries {
        texts(&serde_json::to_value(&entry.event).unwrap(), &mut foreign);
        foreign.insert(entry.connection.clone());
    }
    // Shorter ones are parts of ordinary words.
    foreign.retain(|text| text.chars().count() >= 6);
    assert!(foreign.len() > 40, "only {} texts were found in the journal", foreign.len());
    let own: BTreeSet<&str> = report.split_whitespace().collect();
    let told: Vec<&String> = foreign.iter().filter(|text| report.contains(text.as_str())).collect();
    // A word of the guide that also stands in an answer or in evidence is still a word of the guide.
    let guide = at.desk.guide_of(&hands.connection).unwrap();
    let known = |text: &str| guide.step(text).is_some() || guide.id == text || text == "applications";
    let leaked: Vec<&&String> = told.iter().filter(|text| !known(text)).collect();
    assert!(leaked.is_empty(), "{leaked:?}\n{report}");
    assert!(!own.contains("a.weber"));
    let secret = at.desk.secret_value(&hands.connection, "client-secret").unwrap();
    let canary = [Canary::new("client secret", secret.expose_secret())];
    assert_eq!(scan_bytes("report", report.as_bytes(), &canary), Vec::<String>::new());
    assert_eq!(scan_bytes("control", secret.expose_secret().as_bytes(), &canary).len(), 1);
    // The same thing has the same stand-in: made again, all but the time of making is the same.
    let again = at.desk.support_report(AskedBy { program: "terminal", version: "0.1.0" }).unwrap();
    assert!(report.lines().skip(1).eq(again.lines().skip(1)), "{report}\n{again}");
    reached("G-10", "texts of the journal found in the support report", 0, Target::Exactly(0));
}
