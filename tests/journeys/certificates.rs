//! A certificate as a step: proven by a real sign-in, uploaded beside what others put there, refused or limited by the
//! tenant's policy, and taken from a company's authority instead.

use std::sync::{Arc, OnceLock};

use engine::{Code, State};
use footbridge_tests::{Hands, Other, Scene, TestDesk};
use serde_json::Value;
use simulator::CredentialPolicy;

const STEP: &str = "certificate";

async fn northwind(at: &TestDesk) -> Hands<'_> {
    at.pretend_product("northwind", "a.weber").await
}

fn application(hands: &Hands<'_>) -> Value {
    hands.at.tenant.world().applications("Northwind")[0].clone()
}

fn object(hands: &Hands<'_>) -> String {
    application(hands)["id"].as_str().unwrap().to_owned()
}

fn keys(hands: &Hands<'_>) -> Vec<Value> {
    application(hands)["keyCredentials"].as_array().unwrap().clone()
}

fn trouble(hands: &Hands<'_>) -> Option<Code> {
    hands.list().step(STEP).unwrap().trouble.as_ref().map(|trouble| trouble.code)
}

#[tokio::test]
async fn a_guide_with_a_certificate_is_done_and_a_second_run_writes_nothing() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = northwind(&at).await;
    hands.finish(2).await;
    let list = hands.list();
    let outputs = &list.step(STEP).unwrap().outputs;
    let listed = keys(&hands);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["keyId"], outputs["certificate-key-id"].as_str());
    assert_eq!(listed[0]["customKeyIdentifier"], outputs["certificate-thumbprint"].as_str());
    assert!(!format!("{:?}", at.desk.journal_entries(None).unwrap()).contains("PRIVATE KEY"));
    let writes = at.tenant.world().writes();
    hands.work().await;
    assert_eq!(at.tenant.world().writes(), writes);
    let report = at.desk.undo(&hands.connection, &engine::Quiet).await.unwrap();
    assert!(!report.undone.is_empty());
    assert!(at.desk.secret_value(&hands.connection, STEP).is_err());
}

#[tokio::test]
async fn what_others_put_there_stays_to_the_byte() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = northwind(&at).await;
    hands.run("register").await;
    let other = Other::sign_in(&at).await;
    other.adds_certificate(&object(&hands), "11111111-2222-4333-8444-555555555555").await;
    let foreign = keys(&hands);
    hands.finish(2).await;
    let listed = keys(&hands);
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&foreign[0]), "{listed:?}");
    at.desk.undo(&hands.connection, &engine::Quiet).await.unwrap();
}

static OTHER: OnceLock<(Arc<Other>, String, tokio::runtime::Handle)> = OnceLock::new();
static TIMES: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

/// Between the two readings somebody else adds one, once.
fn meanwhile(place: &str) {
    let Some((other, object, handle)) = OTHER.get() else { return };
    if place == "certificate.read" && TIMES.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
        let (other, object, handle) = (other.clone(), object.clone(), handle.clone());
        let adds = std::thread::spawn(move || {
            handle.block_on(other.adds_certificate(&object, "99999999-2222-4333-8444-555555555555"));
        });
        adds.join().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_between_reading_and_writing_is_noticed_and_kept() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = northwind(&at).await;
    hands.run("register").await;
    let other = Arc::new(Other::sign_in(&at).await);
    assert!(OTHER.set((other, object(&hands), tokio::runtime::Handle::current())).is_ok());
    engine::crash::set_hook(meanwhile);
    hands.run(STEP).await;
    assert_eq!(hands.state(STEP), State::Proven, "{:?}", hands.list().step(STEP).unwrap().trouble);
    assert!(TIMES.load(std::sync::atomic::Ordering::SeqCst) >= 2, "the look was repeated");
    let listed = keys(&hands);
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed.iter().any(|one| one["keyId"] == "99999999-2222-4333-8444-555555555555"));
}

#[tokio::test]
async fn a_policy_against_self_signed_ones_leads_to_the_companys_authority() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = northwind(&at).await;
    hands.run("register").await;
    at.control()
        .restrict_credentials(CredentialPolicy { no_self_signed: true, ..CredentialPolicy::default() });
    hands.sign_in("a.weber").await.unwrap();
    let writes = at.tenant.world().writes();
    hands.run(STEP).await;
    assert_eq!(trouble(&hands), Some(Code::SelfSignedForbidden));
    assert_eq!(at.tenant.world().writes(), writes, "the policy was read before anything was asked for");
    let (pfx, passphrase) = issued(at.control().now());
    let thumbprint = at.desk.offer_certificate(&hands.connection, STEP, &pfx, &passphrase).unwrap();
    hands.run(STEP).await;
    assert_eq!(trouble(&hands), None);
    assert_eq!(hands.list().step(STEP).unwrap().outputs["certificate-thumbprint"], thumbprint);
    hands.finish(2).await;
}

#[tokio::test]
async fn a_limited_lifetime_is_kept() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = northwind(&at).await;
    hands.run("register").await;
    at.control()
        .restrict_credentials(CredentialPolicy { certificate_days: Some(90), ..CredentialPolicy::default() });
    hands.sign_in("a.weber").await.unwrap();
    hands.finish(2).await;
    let entry = at.desk.ledger().unwrap().remove(0);
    assert_eq!(entry.days_left, Some(88), "a day less than the limit, and the day has begun");
}

#[tokio::test]
async fn a_policy_against_secrets_offers_a_certificate() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.pretend_product("southwind", "a.weber").await;
    hands.run("register").await;
    at.control().restrict_credentials(CredentialPolicy { no_secrets: true, ..CredentialPolicy::default() });
    hands.sign_in("a.weber").await.unwrap();
    hands.run(STEP).await;
    let list = hands.list();
    let trouble = list.step(STEP).unwrap().trouble.as_ref().unwrap();
    assert_eq!(trouble.code, Code::SecretsForbidden);
    assert!(trouble.next(engine::guide::Language::English).contains("certificate"));
    assert!(trouble.next(engine::guide::Language::German).contains("Zertifikat"));
}

/// A certificate of a company's authority with its key, as a PFX file.
fn issued(now: time::OffsetDateTime) -> (Vec<u8>, certs::Passphrase) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
    let key = certs::PrivateKey::make(certs::KeyKind::Rsa2048).unwrap();
    let params = |name: &str| {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = now - time::Duration::days(1);
        params.not_after = now + time::Duration::days(200);
        params
    };
    let mut authority = params("Company Authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let leaf = params("Northwind").signed_by(&key, &authority).unwrap();
    let chain = [
        certs::Certificate::from_der(leaf.der()).unwrap(),
        certs::Certificate::from_der(authority.der()).unwrap(),
    ];
    let passphrase = certs::Passphrase::made().unwrap();
    let form = certs::Form::Modern;
    let pfx = certs::Pfx::write(
        &key,
        &chain,
        "northwind",
        &passphrase,
        form,
        certs::Iterations::new(2048).unwrap(),
    );
    (pfx.unwrap().bytes().to_vec(), passphrase)
}
