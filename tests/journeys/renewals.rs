//! A secret and a certificate are renewed without a gap: the product can sign in at each named place and after each stage,
//! nothing of others is touched, and a renewal can be interrupted by lost answers and taken back.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use engine::{Approval, Code, Ending, Quiet, Recipient, Renewal, SealedFor, Stage, StageState, Standing};
use footbridge_tests::{Hands, Other, Product, Scene, TestDesk};
use serde_json::{Value, json};
use simulator::Faults;

/// Southwind has a secret, Northwind a certificate.
const BOTH: [&str; 2] = ["southwind", "northwind"];
const STEP: &str = "certificate";

/// What the hook at the named places asks; each test has its own process or is the first to set it.
static PROBED: OnceLock<Probed> = OnceLock::new();

struct Probed {
    product: Mutex<Option<Arc<Product>>>,
    seen: Mutex<Vec<(String, bool)>>,
}

fn probe(place: &str) {
    let Some(probed) = PROBED.get() else { return };
    let product = probed.product.lock().unwrap().clone();
    if let Some(product) = product {
        let works = product.signs_in_at_once().is_ok();
        probed.seen.lock().unwrap().push((place.to_owned(), works));
    }
}

async fn connected<'a>(at: &'a TestDesk, guide: &str) -> Hands<'a> {
    let hands = at.pretend_product(guide, "a.weber").await;
    hands.finish(2).await;
    hands
}

fn held(hands: &Hands<'_>) -> secrecy::SecretString {
    hands.at.desk.secret_value(&hands.connection, "certificate").unwrap()
}

fn object(hands: &Hands<'_>) -> String {
    hands.list().step("register").unwrap().outputs["application-object-id"].clone()
}

fn product(hands: &Hands<'_>) -> Arc<Product> {
    let outputs = hands.list().step("register").unwrap().outputs.clone();
    let (directory, client) = (outputs["directory-id"].clone(), outputs["application-id"].clone());
    Arc::new(Product::new(hands.at.place(), hands.at.clock.clone(), directory, client, held(hands)))
}

async fn next(hands: &Hands<'_>, approval: Approval) -> Renewal {
    hands.at.desk.renew_next(&hands.connection, STEP, approval, SealedFor::Passphrase, &Quiet).await.unwrap()
}

/// One stage, as an admin does it: look, say yes to that plan, hand over.
async fn stage(hands: &Hands<'_>, wanted: Stage) -> Renewal {
    let shown = next(hands, Approval::Plan(String::new())).await;
    assert_eq!(shown.next, Some(wanted), "{:?}", shown.trouble);
    let view = shown.stage(wanted).unwrap();
    assert_eq!(view.state, StageState::Planned, "{:?}", shown.trouble);
    if wanted == Stage::HandOver {
        hands.hand_over(Recipient::Passphrase);
        return hands.at.desk.renewal(&hands.connection, STEP).unwrap();
    }
    let done = next(hands, Approval::Plan(view.plan.as_ref().unwrap().hash.clone())).await;
    assert!(done.trouble.is_none(), "{:?}", done.trouble);
    done
}

/// The credentials of the application as the tenant keeps them, both kinds.
fn credentials(hands: &Hands<'_>) -> Vec<Value> {
    let world = hands.at.tenant.world();
    let object = object(hands);
    let application = world.rows("applications", "id", &object)[0].clone();
    ["passwordCredentials", "keyCredentials"]
        .iter()
        .flat_map(|list| application[*list].as_array().cloned().unwrap_or_default())
        .collect()
}

fn others(hands: &Hands<'_>) -> Vec<Value> {
    credentials(hands).into_iter().filter(|one| one["displayName"] == "theirs").collect()
}

fn ours(hands: &Hands<'_>) -> Vec<String> {
    let all = credentials(hands).into_iter().filter(|one| one["displayName"] != "theirs");
    all.map(|one| one["keyId"].as_str().unwrap().to_owned()).collect()
}

async fn without_a_gap(guide: &str) {
    let at = TestDesk::open(Scene::default()).await;
    let hands = connected(&at, guide).await;
    let other = Other::sign_in(&at).await;
    other.adds_secret(&object(&hands)).await;
    other.adds_certificate(&object(&hands), "11111111-2222-4333-8444-555555555555").await;
    let foreign = others(&hands);
    assert_eq!(foreign.len(), 2);
    let (product, left_behind) = (product(&hands), product(&hands));
    let old = ours(&hands);
    PROBED.get_or_init(|| Probed { product: Mutex::new(Some(product.clone())), seen: Mutex::default() });
    engine::crash::set_hook(probe);

    let added = stage(&hands, Stage::Add).await;
    assert_eq!(added.old, old[0]);
    assert_eq!(ours(&hands).len(), 2, "the new one stands beside the old one");
    product.signs_in().await.unwrap();
    stage(&hands, Stage::HandOver).await;
    product.signs_in().await.unwrap();
    let proven = stage(&hands, Stage::Prove).await;
    assert_eq!(proven.next, Some(Stage::Remove));
    product.takes(held(&hands));
    product.signs_in().await.unwrap();
    let over = stage(&hands, Stage::Remove).await;
    assert!(!over.begun && matches!(over.ended, Some((Ending::Removed, _))));
    product.signs_in().await.unwrap();

    assert!(
        left_behind.signs_in().await.is_err(),
        "the old one no longer works, so the question means something"
    );

    assert_eq!(ours(&hands), [added.new.clone().unwrap()]);
    assert_eq!(others(&hands), foreign, "what others put there is the same to the byte");
    let seen = PROBED.get().unwrap().seen.lock().unwrap().clone();
    assert!(seen.len() >= 10, "the product was asked at {} places only", seen.len());
    assert!(seen.iter().all(|(_, works)| *works), "{seen:?}");
    *PROBED.get().unwrap().product.lock().unwrap() = None;

    // Run again, everything is as it should be and nothing is written.
    let writes = at.tenant.world().writes();
    let list = hands.work().await;
    assert!(list.is_done(), "{}", footbridge_tests::told(&list));
    assert_eq!(at.tenant.world().writes(), writes);
    let ledger = at.desk.ledger().unwrap();
    assert_eq!(ledger.iter().filter(|entry| entry.ours).count(), 1);
    assert_eq!(ledger.iter().filter(|entry| !entry.ours).count(), 2);
    assert!(at.desk.journal_verify().is_ok());
    at.desk.undo(&hands.connection, &Quiet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_renewed_and_the_product_can_always_sign_in() {
    without_a_gap("southwind").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_renewed_and_the_product_can_always_sign_in() {
    without_a_gap("northwind").await;
}

#[tokio::test]
async fn the_proofs_of_a_whole_guide_are_made_anew_and_a_second_run_writes_nothing() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    hands.finish(2).await;
    for _ in 0..8 {
        let view = at.desk.renewal(&hands.connection, "secret").unwrap();
        if view.ended.is_some() {
            break;
        }
        if view.next == Some(Stage::HandOver) {
            hands.hand_over(Recipient::Passphrase);
            continue;
        }
        let by = (Approval::Any, SealedFor::Passphrase);
        let done = at.desk.renew_next(&hands.connection, "secret", by.0, by.1, &Quiet).await.unwrap();
        assert!(done.trouble.is_none(), "{:?}", done.trouble);
    }
    assert!(at.desk.renewal(&hands.connection, "secret").unwrap().ended.is_some());
    assert_eq!(hands.secret_works().await.roles.len(), 2);
    assert_eq!(at.tenant.world().doubles(footbridge_tests::APPLICATION), Vec::<String>::new());
    let writes = at.tenant.world().writes();
    let list = hands.work().await;
    assert!(list.is_done(), "{}", footbridge_tests::told(&list));
    assert_eq!(at.tenant.world().writes(), writes);
}

#[tokio::test]
async fn up_to_the_last_stage_a_new_secret_can_be_taken_back() {
    taken_back("southwind").await;
}

#[tokio::test]
async fn up_to_the_last_stage_a_new_certificate_can_be_taken_back() {
    taken_back("northwind").await;
}

async fn taken_back(guide: &str) {
    for last in [Stage::Add, Stage::HandOver, Stage::Prove] {
        let at = TestDesk::open(Scene::default()).await;
        let hands = connected(&at, guide).await;
        let (product, before) = (product(&hands), credentials(&hands));
        for wanted in Stage::ALL.into_iter().filter(|wanted| *wanted <= last) {
            stage(&hands, wanted).await;
        }
        let said = at.desk.undo_renewal(&hands.connection, STEP, &Quiet).await.unwrap();
        assert_eq!(said.len(), if last == Stage::Add { 1 } else { 2 }, "{guide} {last:?}: {said:?}");
        assert_eq!(credentials(&hands), before, "{guide} {last:?}");
        product.signs_in().await.unwrap();
        hands.finish(2).await;
        assert_eq!(credentials(&hands), before, "{guide} {last:?}");
        let again = at.desk.undo_renewal(&hands.connection, STEP, &Quiet).await;
        assert_eq!(again.unwrap_err().code, Code::RenewalOver);
    }
}

#[tokio::test]
async fn the_old_one_can_be_left_and_is_no_longer_told_of() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = connected(&at, "southwind").await;
    let early = at.desk.keep_old(&hands.connection, STEP);
    assert_eq!(early.unwrap_err().code, Code::NotYet);
    for wanted in [Stage::Add, Stage::HandOver, Stage::Prove] {
        stage(&hands, wanted).await;
    }
    let kept = at.desk.keep_old(&hands.connection, STEP).unwrap();
    assert!(matches!(kept.ended, Some((Ending::Kept, _))));
    assert_eq!(ours(&hands).len(), 2);
    let ledger = at.desk.ledger().unwrap();
    assert_eq!(ledger.iter().filter(|entry| entry.ours && !entry.matters()).count(), 1);
    assert!(hands.work().await.is_done());
}

/// Works through a renewal whatever gets lost, as an admin who tries again would.
async fn to_the_end(hands: &Hands<'_>) {
    for _ in 0..16 {
        let view = hands.at.desk.renewal(&hands.connection, STEP).unwrap();
        if view.ended.is_some() {
            return;
        }
        if view.next == Some(Stage::HandOver) {
            hands.hand_over(Recipient::Passphrase);
            continue;
        }
        next(hands, Approval::Any).await;
    }
    let view = hands.at.desk.renewal(&hands.connection, STEP).unwrap();
    panic!("not over: {:?} {:?}", view.next, view.trouble);
}

async fn survives(guide: &str, method: &str, nth: u64, action: &Value) -> bool {
    let at = TestDesk::open(Scene::default()).await;
    let hands = connected(&at, guide).await;
    let other = Other::sign_in(&at).await;
    other.adds_certificate(&object(&hands), "11111111-2222-4333-8444-555555555555").await;
    let foreign = others(&hands);
    let before = at.control().traffic().len();
    let fault = json!({ "faults": [{
        "match": { "method": method, "path": "/v1.0/applications/*" }, "nth": nth, "times": 1, "action": action,
    }] });
    at.control().set_faults(Faults::read(&fault.to_string()).unwrap());
    to_the_end(&hands).await;
    let traffic = at.control().traffic();
    let struck = traffic.iter().skip(before).any(|exchange| !exchange.answered || exchange.status >= 500);
    assert_eq!(ours(&hands).len(), 1, "{guide} {method} {nth} {action}: {:?}", credentials(&hands));
    assert_eq!(others(&hands), foreign, "{guide} {method} {nth} {action}");
    product(&hands).signs_in().await.unwrap();
    assert!(hands.work().await.is_done(), "{guide} {method} {nth} {action}");
    struck
}

/// Adding and removing each lose their answer once, in a renewal of its own.
async fn every(guide: &str, method: &str) {
    let at_least = 2;
    for action in [json!({ "do": "apply-then-drop" }), json!({ "do": "apply-then-answer", "status": 500 })] {
        let mut struck = 0;
        for nth in 1..=4 {
            if !survives(guide, method, nth, &action).await {
                break;
            }
            struck += 1;
        }
        assert!(struck >= at_least, "only {struck} answers were lost: {guide} {method} {action}");
    }
}

#[tokio::test]
async fn lost_answers_leave_no_unknown_secret() {
    every("southwind", "POST").await;
}

#[tokio::test]
async fn lost_answers_leave_no_unknown_certificate() {
    every("northwind", "PATCH").await;
}

#[tokio::test]
async fn replicas_that_lag_and_disagree_do_not_end_it_early() {
    for guide in BOTH {
        let at = TestDesk::open(Scene::default()).await;
        let hands = connected(&at, guide).await;
        at.control().set_replication_delay(Duration::from_secs(30));
        to_the_end(&hands).await;
        at.control().advance(Duration::from_secs(60));
        assert_eq!(ours(&hands).len(), 1, "{guide}");
        product(&hands).signs_in().await.unwrap();
        assert!(hands.finish(2).await.is_done());
    }
}

#[tokio::test]
async fn what_runs_out_is_told_of_once_and_refused_afterwards() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = connected(&at, "southwind").await;
    let now = || at.control().now();
    let product = product(&hands);
    assert!(at.desk.reminders(now()).unwrap().is_empty());
    let day = |days: u64| Duration::from_secs(days * 86_400);
    at.control().advance(day(310));
    let told = at.desk.reminders(now()).unwrap();
    assert_eq!(told.iter().map(|reminder| reminder.mark).collect::<Vec<_>>(), [60]);
    at.desk.reminded(&told[0]).unwrap();
    assert!(at.desk.reminders(now()).unwrap().is_empty(), "each is told once");
    at.control().advance(day(54));
    assert_eq!(at.desk.reminders(now()).unwrap()[0].mark, 1);
    at.control().advance(day(2));
    assert_eq!(at.desk.reminders(now()).unwrap()[0].mark, 0);
    assert_eq!(at.desk.ledger().unwrap()[0].standing, Standing::Expired);
    assert_eq!(product.signs_in().await.unwrap_err().aadsts(), Some(7_000_222));
    // What has run out is renewed in the same way.
    hands.sign_in("a.weber").await.unwrap();
    to_the_end(&hands).await;
    assert_eq!(ours(&hands).len(), 1);
    assert!(at.desk.reminders(now()).unwrap().is_empty());
}
