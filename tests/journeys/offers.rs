//! A product's offer: taken before anything is changed, answered by one bundle, and where it brings a certificate, no secret
//! travels at all.

use bundle::{Accepts, Credential, Offer, OwnKey, SeenInMemory};
use certs::{Certificate, Order, PrivateKey, Purpose, Subject};
use engine::{Code, HandOverTo, Recipient, State, Trouble};
use footbridge_tests::{Canary, Hands, Scene, TestDesk, scan_bytes, told};
use guide::Language;
use secrecy::ExposeSecret;
use serde_json::json;

const NONCE: &str = "AAECAwQFBgcICQoLDA0ODw";

fn offer(at: &TestDesk, own: &OwnKey, product: &str) -> Offer {
    Offer {
        product: product.to_owned(),
        install_id: "north-wing".to_owned(),
        endpoint: Some("https://product.example.org/footbridge/v1/bundles".to_owned()),
        key: bundle::RecipientKey::read(&own.recipient().to_jwk()).unwrap(),
        nonce: NONCE.to_owned(),
        expires_at: (at.control().now() + time::Duration::hours(2)).replace_nanosecond(0).unwrap(),
        accepts: vec![Accepts::Secret],
        cert_request: None,
        ssh_hostkey_s256: None,
        tls_spki_s256: None,
    }
}

fn take(hands: &Hands<'_>, offer: &Offer) -> Result<engine::TakenOffer, Trouble> {
    hands.at.desk.take_offer(&hands.connection, &offer.to_line().unwrap())
}

fn hand_over(hands: &Hands<'_>, step: &str) -> Result<engine::HandedOver, Trouble> {
    let to = HandOverTo { folder: hands.at.out(), recipient: Recipient::Offer, language: Language::English };
    hands.at.desk.hand_over(&hands.connection, step, &to)
}

fn receiver() -> SeenInMemory {
    SeenInMemory::with_offer(NONCE).and_rehearsals()
}

#[tokio::test]
async fn a_bundle_answers_the_offer_once_and_the_journal_never_sees_its_nonce() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    let own = OwnKey::generate().unwrap();
    assert_eq!(hand_over(&hands, "hand-over").err().unwrap().code, Code::OfferMissing);
    let taken = take(&hands, &offer(&at, &own, "TARGETconnect")).unwrap();
    assert_eq!((taken.fingerprint, taken.used), (own.recipient().fingerprint(), false));
    hands.work().await;

    let handed = hand_over(&hands, "hand-over").unwrap();
    let sealed = std::fs::read_to_string(&handed.bundle).unwrap();
    let now = at.control().now();
    let opened = bundle::open(&sealed, &own, now, &mut receiver()).unwrap();
    assert_eq!(opened.payload.install_id.as_deref(), Some("north-wing"));
    assert!(matches!(opened.payload.credential, Credential::Secret { .. }));
    assert!(bundle::open(&sealed, &own, now, &mut SeenInMemory::without_offer().and_rehearsals()).is_err());
    assert!(at.desk.offer(&hands.connection).unwrap().unwrap().used);
    assert_eq!(hand_over(&hands, "hand-over").err().unwrap().code, Code::OfferUsed);

    let mut journal = Vec::new();
    at.desk.journal_export(None, &mut journal, false).unwrap();
    let canaries = [Canary::new("nonce", NONCE)];
    assert_eq!(scan_bytes("journal", &journal, &canaries), Vec::<String>::new());
    assert!(!scan_bytes("opened", opened.json.expose_secret().as_bytes(), &canaries).is_empty());

    let another = Offer { nonce: "EBESExQVFhcYGRobHB0eHw".to_owned(), ..offer(&at, &own, "targetconnect") };
    assert!(!take(&hands, &another).unwrap().used, "a new offer can be answered again");
    hand_over(&hands, "hand-over").unwrap();
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_before_anything_is_changed() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    let own = OwnKey::generate().unwrap();
    let good = offer(&at, &own, "targetconnect");
    let now = at.control().now().replace_nanosecond(0).unwrap();
    let writes = at.tenant.world().writes();
    let cases = [
        (Offer { product: "tixxt".to_owned(), ..good.clone() }, Code::OfferElsewhere),
        (Offer { expires_at: now - time::Duration::hours(1), ..good.clone() }, Code::OfferInvalid),
        (Offer { expires_at: now + time::Duration::days(9), ..good.clone() }, Code::OfferInvalid),
        (Offer { accepts: vec![Accepts::PublicCert], ..good.clone() }, Code::OfferRefuses),
    ];
    for (offer, code) in cases {
        let trouble = take(&hands, &offer).unwrap_err();
        assert_eq!((trouble.code, trouble.field.as_deref()), (code, Some("offer")));
    }
    let trouble = at.desk.take_offer(&hands.connection, "offer1:AAAA").unwrap_err();
    assert_eq!(trouble.code, Code::OfferInvalid);
    assert!(at.desk.offer(&hands.connection).unwrap().is_none());
    assert!(take(&hands, &good).is_ok());
    assert_eq!(at.tenant.world().writes(), writes);
}

#[tokio::test]
async fn an_offer_that_ended_meanwhile_is_not_answered() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    let own = OwnKey::generate().unwrap();
    let short = Offer {
        expires_at: (at.control().now() + time::Duration::minutes(1)).replace_nanosecond(0).unwrap(),
        ..offer(&at, &own, "targetconnect")
    };
    take(&hands, &short).unwrap();
    hands.work().await;
    at.control().advance(std::time::Duration::from_secs(600));
    assert_eq!(hand_over(&hands, "hand-over").err().unwrap().code, Code::OfferInvalid);
    assert!(std::fs::read_dir(at.out()).unwrap().next().is_none(), "nothing was written");
}

#[tokio::test]
async fn a_certificate_in_the_offer_goes_to_microsoft_and_no_secret_travels() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.pretend_product("eastwind", "a.weber").await;
    let key = PrivateKey::make(certs::KeyKind::Rsa2048).unwrap();
    let subject = Subject::common_name("Eastwind").unwrap();
    let order = Order { subject, other_names: Vec::new(), days: 90, purpose: Purpose::AppSignIn };
    let made = Certificate::self_signed(&key, &order, at.control().now()).unwrap();
    for (ask, value) in
        [("host", "mail.example.org"), ("redirect", "https://mail.example.org/done"), ("wants-lobby", "no")]
    {
        at.desk.answer(&hands.connection, ask, json!(value)).unwrap();
    }
    let users = &at.tenant.announcement().communication_users;
    let upn = &users.iter().find(|user| user.signs_in && user.note.starts_with("good")).unwrap().upn;
    at.desk.answer(&hands.connection, "organisers", json!([upn])).unwrap();
    let own = OwnKey::generate().unwrap();
    let brings = Offer {
        accepts: vec![Accepts::PublicCert],
        cert_request: Some(made.pem()),
        ..offer(&at, &own, "eastwind")
    };
    take(&hands, &brings).unwrap();
    for step in ["settings", "register", "certificate", "secret", "organisers"] {
        hands.run(step).await;
    }
    assert_eq!(hands.state("certificate"), State::Proven, "{}", told(&hands.list()));

    let secret_refused = hand_over(&hands, "values").err().unwrap();
    assert_eq!(secret_refused.code, Code::OfferRefuses, "the product said that it takes no secret");
    let handed = hand_over(&hands, "further-values").unwrap();
    let sealed = std::fs::read_to_string(&handed.bundle).unwrap();
    let opened = bundle::open(&sealed, &own, at.control().now(), &mut receiver()).unwrap();
    let Credential::None { cert_pem: Some(pem), thumbprint_s256: Some(thumbprint) } =
        opened.payload.credential
    else {
        panic!("the bundle names the certificate that Microsoft was given");
    };
    assert_eq!(pem, made.pem());
    assert_eq!(thumbprint, made.thumbprints().x5t_s256());
    assert!(!opened.json.expose_secret().contains("PRIVATE KEY"));
}
