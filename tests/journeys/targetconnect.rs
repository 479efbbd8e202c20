//! The whole of TARGETconnect's guide, step by step, once and again, and what comes out of it.

use bundle::{FieldValue, OwnKey, SeenInMemory};
use engine::{Recipient, State};
use footbridge_tests::{Canary, Scene, TestDesk, scan_bytes, told};
use secrecy::ExposeSecret;

/// A receiver in rehearsal, of a product that makes no offers.
fn receiver() -> SeenInMemory {
    SeenInMemory::without_offer().and_rehearsals()
}

/// A tenant in which the policy is in force at once, so that nothing lags.
fn prompt() -> Scene {
    let mut scene = Scene::default();
    scene.tenant.teams_delay = std::time::Duration::ZERO;
    scene
}

#[tokio::test]
async fn every_step_turns_green_in_at_most_twenty_requests_and_a_second_pass_writes_nothing() {
    let at = TestDesk::open(prompt()).await;
    let hands = at.connection("Pilot").await;
    let before = at.tenant.graph_requests();
    hands.sign_in("a.weber").await.unwrap();
    let list = hands.work().await;
    assert!(list.is_done(), "{}", told(&list));
    for step in &list.steps {
        assert!(matches!(step.state, State::Proven | State::Confirmed), "{}", told(&list));
    }
    assert_eq!(list.step("notice").unwrap().state, State::Confirmed);
    let requests = at.tenant.graph_requests() - before;
    assert!(requests <= 20, "{requests} Graph requests");
    assert_eq!(at.tenant.world().doubles(footbridge_tests::APPLICATION), Vec::<String>::new());
    assert_eq!(hands.secret_works().await.roles.len(), 2);

    let (writes, world) = (at.tenant.world().writes(), at.tenant.world().lasting());
    let tally = at.desk.tally(&hands.connection);
    hands.work().await;
    let again = at.desk.check_all(&hands.connection, &engine::Quiet).await.unwrap();
    assert!(again.is_done(), "{}", told(&again));
    assert_eq!(at.tenant.world().writes(), writes);
    assert_eq!(at.tenant.world().lasting(), world);
    let now = at.desk.tally(&hands.connection);
    assert_eq!(now.writes, tally.writes);
    assert!(now.reads > tally.reads, "the second pass must have looked");
}

#[tokio::test]
async fn the_bundle_holds_exactly_the_seven_values_for_its_recipient() {
    let at = TestDesk::open(prompt()).await;
    let hands = at.targetconnect("a.weber").await;
    hands.work().await;
    let own = OwnKey::generate().unwrap();
    let key = bundle::RecipientKey::read(&own.recipient().to_jwk()).unwrap();
    let handed = hands.hand_over(Recipient::Key(key));
    assert!(handed.passphrase.is_none());
    let sealed = std::fs::read_to_string(&handed.bundle).unwrap();
    let opened = bundle::open(&sealed, &own, at.control().now(), &mut receiver()).unwrap();
    let secret = at.desk.secret_value(&hands.connection, "client-secret").unwrap();
    let outputs = hands.list().step("note-ids").unwrap().outputs.clone();
    let expected = [
        ("application-id", outputs["application-id"].as_str()),
        ("directory-id", outputs["directory-id"].as_str()),
        ("client-secret", secret.expose_secret()),
        ("operator-local-field", "Email"),
        ("operator-remote-field", "mail"),
        ("user-local-field", "Username"),
        ("user-remote-field", "userPrincipalName"),
    ];
    let found: Vec<(String, String)> =
        opened.payload.fields.iter().map(|field| (field.id.clone(), text(&field.value))).collect();
    let expected: Vec<(String, String)> =
        expected.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect();
    assert_eq!(found, expected);
    let wrong = OwnKey::generate().unwrap();
    assert!(bundle::open(&sealed, &wrong, at.control().now(), &mut receiver()).is_err());
    assert!(bundle::open(&sealed, &own, at.control().now(), &mut SeenInMemory::without_offer()).is_err());
}

fn text(value: &FieldValue) -> String {
    match value {
        FieldValue::Plain(text) => text.clone(),
        FieldValue::Secret(secret) => secret.expose_secret().to_owned(),
    }
}

#[tokio::test]
async fn a_passphrase_opens_the_bundle_and_the_papers_hold_no_secret() {
    let at = TestDesk::open(prompt()).await;
    let hands = at.targetconnect("a.weber").await;
    hands.work().await;
    let handed = hands.hand_over(Recipient::Passphrase);
    let passphrase = at.desk.passphrase(&hands.connection).unwrap();
    assert_eq!(handed.passphrase.unwrap().expose_secret(), passphrase.expose_secret());
    let sealed = std::fs::read_to_string(&handed.bundle).unwrap();
    let opened =
        bundle::open_with_passphrase(&sealed, &passphrase, at.control().now(), &mut receiver()).unwrap();
    assert_eq!(opened.payload.fields.len(), 7);
    assert!(opened.payload.rehearsal);
    let secret = at.desk.secret_value(&hands.connection, "client-secret").unwrap();
    let canaries = [
        Canary::new("client secret", secret.expose_secret()),
        Canary::new("passphrase", passphrase.expose_secret()),
    ];
    let mut journal = Vec::new();
    at.desk.journal_export(None, &mut journal, false).unwrap();
    for (place, path) in [("bundle", &handed.bundle), ("sheet", &handed.sheet), ("report", &handed.report)] {
        assert_eq!(scan_bytes(place, &std::fs::read(path).unwrap(), &canaries), Vec::<String>::new());
    }
    assert_eq!(scan_bytes("journal", &journal, &canaries), Vec::<String>::new());
    let opened = scan_bytes("opened", opened.json.expose_secret().as_bytes(), &canaries);
    assert_eq!(opened, ["opened: client secret (raw)"], "the control must be found");
    let sheet = std::fs::read_to_string(&handed.sheet).unwrap();
    assert!(sheet.contains(&hands.list().step("note-ids").unwrap().outputs["application-id"]));
}

#[tokio::test]
async fn closed_in_the_middle_it_goes_on_where_it_stopped() {
    let mut scene = prompt();
    scene.lasting = true;
    let at = TestDesk::open(scene).await;
    let hands = at.targetconnect("a.weber").await;
    let connection = hands.connection.clone();
    at.desk.confirm(&connection, "notice", "Anna Weber", "read").unwrap();
    for step in ["register", "note-ids", "secret"] {
        hands.run(step).await;
    }
    assert_eq!(hands.state("secret"), State::Proven);
    let key = hands.list().step("secret").unwrap().outputs["secret-key-id"].clone();
    let at = at.reopened();
    let hands = at.resume(&connection);
    assert!(at.desk.signed_in(&connection).is_none(), "no session outlives the process");
    assert_eq!(hands.state("secret"), State::Proven);
    hands.sign_in("a.weber").await.unwrap();
    let list = hands.work().await;
    assert!(list.is_done(), "{}", told(&list));
    assert_eq!(list.step("secret").unwrap().outputs["secret-key-id"], key);
    assert_eq!(at.tenant.world().doubles(footbridge_tests::APPLICATION), Vec::<String>::new());
}
