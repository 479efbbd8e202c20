//! The oracle's own controls: six small runs, each of which breaks one of O1 to O6 on purpose. Each is reported, and so is
//! nothing else.

use std::collections::BTreeSet;

use engine::{Approval, Quiet};
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::{Opened, Walkthrough};
use secrecy::ExposeSecret as _;
use serde_json::json;

async fn done() -> Walkthrough {
    let walk = Walkthrough::open("targetconnect", Opened::default()).await;
    walk.finish(3).await;
    assert_eq!(walk.judged(), Vec::<String>::new(), "before anything was broken");
    walk
}

fn object(walk: &Walkthrough) -> String {
    walk.step("register").unwrap().outputs["application-object-id"].clone()
}

/// Which of the six are reported.
fn reported(walk: &Walkthrough) -> BTreeSet<String> {
    walk.judged().iter().map(|what| what[..2].to_owned()).collect()
}

/// A second application beside the first one.
async fn doubled() -> Walkthrough {
    let walk = done().await;
    let desk = walk.desk();
    let other = desk.connect("targetconnect", "Other").unwrap();
    for (ask, value) in walk.rehearsal.answers(walk.guide, 1) {
        desk.answer(&other, &ask, value).unwrap();
    }
    let code = desk.begin_device_code(&other, None, "en").await.unwrap();
    walk.control().approve(&code.user_code, &walk.account).unwrap();
    desk.finish_device_code(&other, code, &|_| {}).await.unwrap();
    desk.confirm(&other, "notice", "Anna Weber", "read").unwrap();
    desk.run(&other, "register", Approval::Any, &Quiet).await.unwrap();
    desk.make_beside(&other, "register").unwrap();
    desk.run(&other, "register", Approval::Any, &Quiet).await.unwrap();
    walk
}

/// A secret with our mark that nobody has.
async fn orphaned() -> Walkthrough {
    let walk = done().await;
    let mark = walk.connection[..8].to_owned();
    walk.control().amend_application(&object(&walk), |application| {
        let mut orphan = application["passwordCredentials"][0].clone();
        orphan["keyId"] = json!("99999999-0000-4000-8000-000000000000");
        orphan["displayName"] = json!(format!("TARGETconnect [{mark}-lost-1]"));
        application["passwordCredentials"].as_array_mut().unwrap().push(orphan);
    });
    walk
}

/// A token at another door than Graph's.
async fn strayed() -> Walkthrough {
    let walk = done().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("{}/x/oauth2/v2.0/token", walk.rehearsal.tenant.announcement.login);
    http.get(address).bearer_auth("false").send().await.unwrap();
    walk
}

/// A change that nobody agreed to.
async fn unplanned() -> Walkthrough {
    let walk = done().await;
    walk.control().amend_application(&object(&walk), |application| {
        application["web"]["redirectUris"] = json!(["https://not-agreed.example/"]);
    });
    walk
}

/// A member of somebody else's application.
async fn foreign() -> Walkthrough {
    let walk = done().await;
    let ours = object(&walk);
    let dump = walk.control().deep_dump();
    let all = dump["applications"].as_array().unwrap();
    let theirs = all.iter().find(|one| one["id"] != ours.as_str()).expect("an application of somebody else");
    walk.control().amend_application(theirs["id"].as_str().unwrap(), |application| {
        application["notes"] = json!("written over");
    });
    walk
}

/// A secret in a file.
async fn leaked() -> Walkthrough {
    let walk = done().await;
    let (_, secret) = walk.secrets().into_iter().next().expect("a secret");
    std::fs::write(walk.folder().join("note.txt"), format!("the secret is {}", secret.expose_secret()))
        .unwrap();
    walk
}

#[tokio::test]
async fn oracle_reports_each_of_six_broken_runs() {
    let mut found = Vec::new();
    for (id, walk) in [
        ("O1", doubled().await),
        ("O2", orphaned().await),
        ("O3", strayed().await),
        ("O4", unplanned().await),
        ("O5", foreign().await),
        ("O6", leaked().await),
    ] {
        let reported = reported(&walk);
        assert!(reported.contains(id), "{id} was broken, and this was reported: {:?}", walk.judged());
        found.push(id);
    }
    reached("oracle", "broken runs that are reported (control)", found.len() as u64, Target::Exactly(6));
}
