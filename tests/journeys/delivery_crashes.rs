//! The program is killed on the way to the product and run again: the product takes the bundle once, and a server's
//! folder holds nothing partial.
#![cfg(unix)]

use std::path::Path;

use footbridge_tests::ReceivingProduct;

use crate::child::{Ended, Home, program};
use crate::sshd::{self, Setting, Sshd};

fn said(ended: &Ended) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr))
}

/// A home in which everything was done and handed over as a file once.
async fn done(program: &Path) -> Home {
    let home = Home::open().await.with_quick_vault();
    home.to_the_end(program);
    home
}

fn is_intact(home: &Home, program: &Path) {
    let verdict = home.run(program, &["journal", "verify"], None);
    assert_eq!(verdict.code, Some(0), "{}", said(&verdict));
}

async fn pushed_after_a_kill_at(place: &str) {
    let Some(program) = program() else { return };
    let home = done(&program).await;
    let mut product = ReceivingProduct::listens("targetconnect", false).await;
    let offer = home.path().join("offer.txt");
    std::fs::write(&offer, product.offer.to_line().unwrap()).unwrap();
    let offer = offer.display().to_string();
    let push = ["deliver", "https", "--connection", "Pilot", "--offer", &offer, "--this-computer", "--yes"];
    // The person at the product says yes as soon as somebody asks.
    let approving = tokio::spawn(async move {
        product.approves().await;
        product
    });
    let killed = tokio::task::block_in_place(|| home.run(&program, &push, Some(place)));
    assert_eq!(killed.code, None, "{place} was never passed: {}", said(&killed));
    let again = tokio::task::block_in_place(|| home.run(&program, &push, None));
    assert_eq!(again.code, Some(0), "{place}: {}", said(&again));
    let product = approving.await.unwrap();
    assert!(product.file().is_some(), "{place}: the product has nothing");
    let third = tokio::task::block_in_place(|| home.run(&program, &push, None));
    assert_eq!(third.code, Some(5), "{place}: an offer is answered once: {}", said(&third));
    is_intact(&home, &program);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_goes_on_after_a_kill_before_it() {
    pushed_after_a_kill_at("push.before").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_goes_on_after_a_kill_behind_the_receipt() {
    pushed_after_a_kill_at("push.taken").await;
}

async fn uploaded_after_a_kill_at(place: &str, there: usize) {
    if !sshd::installed() {
        return;
    }
    let Some(program) = program() else { return };
    let sshd = Sshd::start(&Setting::default());
    let home = done(&program).await;
    let own = bundle::OwnKey::generate().unwrap();
    let key = home.path().join("recipient.jwk");
    std::fs::write(&key, own.recipient().to_jwk()).unwrap();
    let key = key.display().to_string();
    let identity = sshd.room.path().join("account").display().to_string();
    let folder = format!("sftp://{}@{}{}", sshd.user, sshd.address, sshd.folder().display());
    let print = sshd::fingerprint(&sshd.host_key("ed25519"));
    let upload = [
        "deliver",
        "sftp",
        "--connection",
        "Pilot",
        "--to",
        &folder,
        "--recipient",
        &key,
        "--host-key",
        &print,
        "--identity",
        &identity,
    ];
    let killed = tokio::task::block_in_place(|| home.run(&program, &upload, Some(place)));
    assert_eq!(killed.code, None, "{place} was never passed: {}", said(&killed));
    assert_eq!(sshd.names().len(), there, "{place}: {:?}", sshd.names());
    let again = tokio::task::block_in_place(|| home.run(&program, &upload, None));
    assert_eq!(again.code, Some(0), "{place}: {}", said(&again));
    assert_eq!(sshd.names().len(), there + 1, "{place}: {:?}", sshd.names());
    for name in sshd.names() {
        let sealed = std::fs::read_to_string(sshd.folder().join(&name)).unwrap();
        let mut memory = bundle::SeenInMemory::without_offer();
        let now = time::OffsetDateTime::now_utc();
        assert!(bundle::open(&sealed, &own, now, &mut memory).is_ok(), "{place}: {name} does not open");
    }
    is_intact(&home, &program);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_begins_again_after_a_kill_before_it() {
    uploaded_after_a_kill_at("sftp.before", 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_was_not_noted_is_made_again_beside_the_first() {
    uploaded_after_a_kill_at("sftp.written", 1).await;
}

#[test]
fn every_named_place_of_a_delivery_is_tried() {
    let here = ["push.before", "push.taken", "sftp.before", "sftp.written"];
    let places = engine::crash::PLACES;
    let named: Vec<&str> =
        places.into_iter().filter(|place| place.starts_with("push.") || place.starts_with("sftp.")).collect();
    assert_eq!(named, here);
}
