//! From a rehearsal to the product's server: the desk pushes over loopback TLS, the receiver of `footbridge receive` takes
//! the bundle, and the file that the product reads holds exactly the values. Axigen has its own line, in `pushing`.

use std::collections::BTreeMap;

use engine::{Approval, Code, Pushed, Quiet, Shown, State};
use footbridge_tests::ReceivingProduct;
use guide::Action;
use rehearsal::{Opening, Rehearsal};
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// A rehearsal of a guide in which everything but the hand-over is done.
pub struct Rehearsed {
    pub rehearsal: Rehearsal,
    pub connection: String,
    _folder: TempDir,
}

pub async fn rehearsed(id: &str) -> Rehearsed {
    let folder = tempfile::tempdir().unwrap();
    let mut opening = Opening::in_memory(folder.path().to_owned());
    opening.hurries = true;
    opening.shown = std::time::Duration::ZERO;
    let rehearsal = rehearsal::start(opening).await.unwrap();
    let desk = rehearsal.desk.clone();
    let guide = desk.guide_named(id).unwrap();
    let connection = desk.connect(id, "Rehearsal").unwrap();
    let account = rehearsal.account(None).unwrap();
    let code = desk.begin_device_code(&connection, None, "en").await.unwrap();
    rehearsal.tenant.control().approve(&code.user_code, &account).unwrap();
    desk.finish_device_code(&connection, code, &|_| {}).await.unwrap();
    for (ask, value) in rehearsal.answers(guide, 1) {
        desk.answer(&connection, &ask, value).unwrap();
    }
    // What waits for Teams is looked at again after the half hour that it takes.
    for pass in 0..4 {
        if pass > 0 {
            rehearsal.clock.push(std::time::Duration::from_secs(31 * 60));
        }
        for step in &guide.steps {
            let list = desk.checklist(&connection).unwrap();
            let view = list.step(&step.id).unwrap();
            let waits = matches!(step.action, Action::HandOver { .. });
            if waits || matches!(view.state, State::NotApplicable) || view.state.is_done() {
                continue;
            }
            if engine::is_for_a_person(&step.action) {
                if view.missing_steps.is_empty() {
                    desk.confirm(&connection, &step.id, "Anna Weber", "done").unwrap();
                }
                continue;
            }
            let list = desk.run(&connection, &step.id, Approval::Any, &Quiet).await.unwrap();
            let lacks = list.step(&step.id).unwrap().missing_passwords.clone();
            for name in &lacks {
                desk.lend(&connection, &step.id, name, rehearsal.password(name).unwrap()).unwrap();
            }
            if !lacks.is_empty() {
                desk.run(&connection, &step.id, Approval::Any, &Quiet).await.unwrap();
            }
        }
    }
    Rehearsed { rehearsal, connection, _folder: folder }
}

async fn is_handed_to_its_product(id: &str) {
    let done = rehearsed(id).await;
    let (desk, connection) = (&done.rehearsal.desk, done.connection.as_str());
    let mut product = ReceivingProduct::listens(id, true).await;
    desk.take_offer(connection, &product.offer.to_line().unwrap()).unwrap();

    let preview = desk.push_preview(connection, "hand-over", false).await.unwrap();
    assert!(preview.places.iter().all(|place| place.address.is_loopback()), "{preview:?}");
    assert_eq!(preview.pinned, product.offer.tls_spki_s256);
    assert!(product.file().is_none(), "a preview sends nothing");

    // A person at the product is asked once, and sees whose tenant it is.
    let waiting = desk.push(connection, "hand-over", false).await.unwrap();
    assert!(matches!(waiting, Pushed::Waiting { .. }), "{waiting:?}");
    assert!(product.file().is_none());
    assert_eq!(product.approves().await, "contoso.onmicrosoft.com");
    let taken = desk.push(connection, "hand-over", false).await.unwrap();
    let Pushed::Taken(receipt) = taken else { panic!("{taken:?}") };
    assert_eq!(
        (receipt.jti.as_str(), receipt.sha256.as_str()),
        (preview.jti.as_str(), preview.sha256.as_str())
    );

    let file = product.file().expect("the product's file");
    let held: BTreeMap<String, String> = serde_json::from_value(file["fields"].clone()).unwrap();
    let mut wanted = BTreeMap::new();
    for field in desk.values_of(connection, "hand-over").unwrap() {
        let value = match field.value {
            Shown::Text(text) => text,
            Shown::Secret => desk.secret_value(connection, &field.id).unwrap().expose_secret().to_owned(),
            Shown::Missing => panic!("{} is missing", field.id),
        };
        wanted.insert(field.id, value);
    }
    assert!(wanted.len() > 2, "{:?}", wanted.keys());
    assert!(held == wanted, "the fields of {id} are others: {:?} and {:?}", held.keys(), wanted.keys());

    let list = desk.checklist(connection).unwrap();
    assert_eq!(list.step("hand-over").unwrap().state, State::Proven);
    assert!(desk.offer(connection).unwrap().unwrap().used);
    let again = desk.push(connection, "hand-over", false).await.unwrap_err();
    assert_eq!(again.code, Code::OfferUsed);
}

#[tokio::test]
async fn targetconnect_goes_from_the_rehearsal_to_its_server() {
    is_handed_to_its_product("targetconnect").await;
}

#[tokio::test]
async fn tixxt_goes_from_the_rehearsal_to_its_server() {
    is_handed_to_its_product("tixxt").await;
}

#[tokio::test]
async fn intrexx_goes_from_the_rehearsal_to_its_server() {
    is_handed_to_its_product("intrexx").await;
}

#[tokio::test]
async fn innovaphone_goes_from_the_rehearsal_to_its_server() {
    is_handed_to_its_product("innovaphone").await;
}

#[tokio::test]
async fn a_receiver_that_takes_no_rehearsals_refuses_and_nothing_is_written() {
    let done = rehearsed("targetconnect").await;
    let (desk, connection) = (&done.rehearsal.desk, done.connection.as_str());
    let product = ReceivingProduct::listens("targetconnect", false).await;
    desk.take_offer(connection, &product.offer.to_line().unwrap()).unwrap();
    let refused = desk.push(connection, "hand-over", false).await.unwrap_err();
    assert_eq!(refused.code, Code::DeliveryRefused, "{refused:?}");
    assert!(product.file().is_none());
    assert!(!desk.offer(connection).unwrap().unwrap().used);
}

#[tokio::test]
async fn a_rehearsal_never_leaves_this_computer() {
    let done = rehearsed("targetconnect").await;
    let (desk, connection) = (&done.rehearsal.desk, done.connection.as_str());
    let product = ReceivingProduct::listens("targetconnect", true).await;
    // An address for documentation (RFC 5737): nothing is asked of it, because it is judged first.
    let endpoint = Some("https://192.0.2.7/footbridge/v1/bundles".to_owned());
    let elsewhere = bundle::Offer { endpoint, ..product.offer.clone() };
    desk.take_offer(connection, &elsewhere.to_line().unwrap()).unwrap();
    let refused = desk.push(connection, "hand-over", false).await.unwrap_err();
    assert!(matches!(refused.code, Code::RehearsalStaysHere | Code::DeliveryFailed), "{refused:?}");
    let line = engine::SftpLine { host: "192.0.2.7".to_owned(), port: 22 };
    assert_eq!(desk.host_key(&line).await.unwrap_err().code, Code::RehearsalStaysHere);
}
