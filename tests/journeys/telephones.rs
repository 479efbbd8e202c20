//! A telephone system beside Microsoft 365: Westwind's guide with its sign-ins by password, its public address, its pools
//! of people, a presence and a mail, and everything that can stand in their way.

use std::time::Duration;

use engine::journal::Event;
use engine::{Code, Quiet, State, StepView, Trouble};
use footbridge_tests::{Canary, Hands, Other, Scene, TestDesk, scan_bytes, told};
use guide::Language;
use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::web::{Echo, Mode};
use simulator::{CommunicationUser, Faults};

async fn desk(users: usize) -> TestDesk {
    let mut scene = Scene::default();
    scene.tenant.products = true;
    scene.tenant.users = users;
    TestDesk::open(scene).await
}

fn account(at: &TestDesk, local: &str) -> CommunicationUser {
    let all = &at.tenant.announcement().communication_users;
    all.iter().find(|user| user.upn.starts_with(&format!("{local}@"))).unwrap().clone()
}

/// Signed in and answered, with these accounts.
async fn westwind<'a>(at: &'a TestDesk, carriers: &[&str]) -> Hands<'a> {
    let hands = at.pretend_product("westwind", "a.weber").await;
    let names: Vec<String> = carriers.iter().map(|local| account(at, local).upn).collect();
    let person = at.tenant.operators(1).await;
    for (ask, value) in
        [("carriers", json!(names)), ("public-name", json!("pbx.example.org")), ("person", json!(person))]
    {
        at.desk.answer(&hands.connection, ask, value).unwrap();
    }
    hands
}

fn view(hands: &Hands<'_>, step: &str) -> StepView {
    hands.list().step(step).unwrap().clone()
}

fn trouble(hands: &Hands<'_>, step: &str) -> Trouble {
    view(hands, step).trouble.unwrap_or_else(|| panic!("no trouble at {step}: {}", told(&hands.list())))
}

/// Makes everything ready for the sign-in.
async fn up_to_sign_in(hands: &Hands<'_>) {
    for step in ["inbound", "public-client", "inbound-permissions", "inbound-consent", "carriers"] {
        assert!(hands.run(step).await.step(step).unwrap().state.is_done(), "{}", told(&hands.list()));
    }
}

/// Lends the password of an account, or another one, and runs the step.
async fn sign_in(hands: &Hands<'_>, local: &str, password: Option<&str>) {
    let account = account(hands.at, local);
    let password = SecretString::from(password.unwrap_or(&account.password));
    hands.at.desk.lend(&hands.connection, "sign-in", &account.upn, password).unwrap();
    hands.run("sign-in").await;
}

async fn up_to_outbound(hands: &Hands<'_>) {
    for step in ["outbound", "outbound-secret", "outbound-permissions", "outbound-consent", "person"] {
        assert!(hands.run(step).await.step(step).unwrap().state.is_done(), "{}", told(&hands.list()));
    }
}

#[tokio::test]
async fn everything_is_proven_and_no_password_is_left_anywhere() {
    let at = desk(200).await;
    let hands = westwind(&at, &["k.telefon1", "k.telefon2"]).await;
    up_to_sign_in(&hands).await;
    hands.run("sign-in").await;
    let good = ["k.telefon1", "k.telefon2"].map(|local| account(&at, local));
    assert_eq!(view(&hands, "sign-in").missing_passwords, [good[0].upn.clone(), good[1].upn.clone()]);
    for user in &good {
        let password = SecretString::from(user.password.as_str());
        at.desk.lend(&hands.connection, "sign-in", &user.upn, password).unwrap();
    }
    let list = hands.work().await;
    assert!(list.is_done(), "{}", told(&list));
    let scopes = list.step("sign-in").unwrap().evidence[0].values["scopes"].clone();
    assert!(scopes.contains("Presence.Read.All") && scopes.contains("User.Read.All"), "{scopes}");

    let (writes, world) = (at.tenant.world().writes(), at.tenant.world().lasting());
    let again = at.desk.check_all(&hands.connection, &Quiet).await.unwrap();
    assert!(again.is_done() && again.steps.iter().all(|step| step.missing_passwords.is_empty()));
    assert!(hands.work().await.is_done());
    assert_eq!((at.tenant.world().writes(), at.tenant.world().lasting()), (writes, world));

    let canaries = good.map(|user| Canary::new(&user.upn, &user.password));
    let mut journal = Vec::new();
    at.desk.journal_export(None, &mut journal, false).unwrap();
    let traffic = serde_json::to_vec(&at.control().traffic()).unwrap();
    for (place, bytes) in [("journal", &journal), ("traffic", &traffic)] {
        assert_eq!(scan_bytes(place, bytes, &canaries), Vec::<String>::new());
        let planted = [bytes.as_slice(), account(&at, "k.telefon1").password.as_bytes()].concat();
        assert_eq!(scan_bytes(place, &planted, &canaries).len(), 1, "the control must be found");
    }
}

/// Somebody has clicked "Grant admin consent" while `User.Read` was all that the portal had put there.
#[tokio::test]
async fn a_grant_that_was_there_gains_and_loses_at_once_and_undo_knows_what_it_was() {
    let at = desk(50).await;
    let hands = westwind(&at, &["k.telefon1"]).await;
    for step in ["inbound", "public-client", "inbound-permissions"] {
        assert!(hands.run(step).await.step(step).unwrap().state.is_done(), "{}", told(&hands.list()));
    }
    let principal = view(&hands, "inbound").outputs["service-principal-id"].clone();
    Other::sign_in(&at).await.grants(&principal, "User.Read").await;
    at.desk.look_anew(&hands.connection).await;
    let granted = || {
        let world = at.tenant.world();
        let grants = world.rows("oauth2PermissionGrants", "clientId", &principal);
        grants.iter().map(|grant| grant["scope"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(granted(), ["User.Read"]);
    let writes = at.tenant.world().writes();
    assert!(view(&hands, "inbound-consent").trouble.is_none());
    let list = hands.run("inbound-consent").await;
    assert!(list.step("inbound-consent").unwrap().state.is_done(), "{}", told(&list));
    assert_eq!(granted(), ["User.Read.All Presence.Read.All"]);
    assert_eq!(at.tenant.world().writes() - writes, 1, "one grant, one request");
    // One receipt, that sets it back: a second one, of a grant of our own, would delete what somebody else gave.
    let entries = at.desk.journal_entries(Some(&hands.connection)).unwrap();
    let receipts: Vec<Value> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Sent { made: Some(made), .. }
                if made["kind"].as_str().is_some_and(|kind| kind.starts_with("grant")) =>
            {
                Some(json!([made["kind"], made["before"]]))
            }
            _ => None,
        })
        .collect();
    assert_eq!(receipts, [json!(["grant-set", "User.Read"])]);
}

#[tokio::test]
async fn each_hurdle_of_a_sign_in_has_its_own_advice() {
    let mut advice = Vec::new();
    for (local, code, number) in [
        ("k.mfa", Code::SecondFactorAsked, "AADSTS50076"),
        ("k.neu", Code::SecondFactorNotSetUp, "AADSTS50079"),
        ("k.block", Code::PasswordBlockedByPolicy, "AADSTS53003"),
        ("k.abgelaufen", Code::PasswordExpired, "AADSTS50055"),
    ] {
        let at = desk(50).await;
        let hands = westwind(&at, &[local]).await;
        up_to_sign_in(&hands).await;
        sign_in(&hands, local, None).await;
        let trouble = trouble(&hands, "sign-in");
        assert_eq!(trouble.code, code, "{trouble:?}");
        assert_eq!(trouble.technical.microsoft_code.as_deref(), Some(number));
        advice.extend(Language::ALL.map(|language| trouble.next(language)));
    }
    let count = advice.len();
    advice.sort();
    advice.dedup();
    assert_eq!(advice.len(), count);
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_until_the_account_is_locked() {
    let at = desk(50).await;
    let hands = westwind(&at, &["k.telefon1"]).await;
    up_to_sign_in(&hands).await;
    let sign_ins = || {
        let traffic = at.control().traffic();
        traffic.iter().filter(|exchange| exchange.grant_type.as_deref() == Some("password")).count()
    };
    for tried in 1..=10 {
        let before = sign_ins();
        sign_in(&hands, "k.telefon1", Some("not the password")).await;
        assert_eq!(trouble(&hands, "sign-in").code, Code::PasswordWrong, "{tried}");
        assert_eq!(sign_ins(), before + 1, "one sign-in for one password");
        hands.run("sign-in").await;
        assert_eq!(sign_ins(), before + 1, "what was lent once is gone");
    }
    sign_in(&hands, "k.telefon1", None).await;
    assert_eq!(trouble(&hands, "sign-in").code, Code::AccountLocked);
    at.control().advance(Duration::from_secs(61));
    sign_in(&hands, "k.telefon1", None).await;
    assert_eq!(hands.state("sign-in"), State::Proven, "{}", told(&hands.list()));
}

#[tokio::test]
async fn without_public_flows_the_sign_in_names_the_step_that_allows_them() {
    let at = desk(50).await;
    let hands = westwind(&at, &["k.telefon1"]).await;
    up_to_sign_in(&hands).await;
    let object = view(&hands, "inbound").outputs["application-object-id"].clone();
    Other::sign_in(&at).await.forbids_public_flows(&object).await;
    sign_in(&hands, "k.telefon1", None).await;
    assert_eq!(trouble(&hands, "sign-in").code, Code::PublicClientOff);
}

#[tokio::test]
async fn a_bad_address_is_told_with_the_device_likely_at_fault() {
    let at = desk(50).await;
    let hands = westwind(&at, &["k.telefon1"]).await;
    at.desk.answer(&hands.connection, "proxy", json!("der Proxy im Keller")).unwrap();
    let web = &at.tenant.running().products().unwrap().web;
    for (mode, fault, device) in [
        (Mode::Expired, "probe.expired", "device.named"),
        (Mode::SelfSigned, "probe.self-signed", "device.named"),
        (Mode::WrongName, "probe.wrong-name", "device.named"),
        (Mode::MissingIntermediate, "probe.missing-intermediate", "device.named"),
        (Mode::HttpOnly, "probe.plain-http", "device.named"),
        (Mode::Redirect("https://elsewhere.example/".to_owned()), "probe.redirect", "device.named"),
        (Mode::Inspected, "probe.inspected", "device.desk"),
        (Mode::Status(404), "probe.path-unknown", "device.app-platform"),
        (Mode::WrongEcho(Echo::HtmlEscaped), "probe.echo-html-escaped", "device.app-platform"),
        (Mode::WrongEcho(Echo::AsHtml), "probe.wrong-content-type", "device.app-platform"),
    ] {
        web.set_mode(mode.clone());
        let asked = web.seen().len();
        hands.run("address").await;
        let trouble = trouble(&hands, "address");
        assert_eq!(trouble.code, Code::AddressNotReady, "{mode:?}");
        assert_eq!(trouble.because[0].key, fault, "{mode:?}");
        assert_eq!(trouble.advice[0].key, device, "{mode:?}");
        let german = format!("{} {}", trouble.what(Language::German), trouble.next(Language::German));
        assert!(!german.contains('…') && !german.contains("probe."), "{german}");
        assert!(device != "device.named" || german.contains("der Proxy im Keller"), "{german}");
        assert!(web.seen().len() <= asked + 1, "one look is one question");
    }
    web.set_mode(Mode::Good);
    assert_eq!(hands.run("address").await.step("address").unwrap().state, State::Proven);
    web.set_mode(Mode::Expired);
    let list = at.desk.check(&hands.connection, "address", &Quiet).await.unwrap();
    assert_eq!(list.step("address").unwrap().state, State::Failed, "a later look sees what changed");
}

#[tokio::test]
async fn the_pool_grows_with_those_whom_it_serves() {
    let at = desk(1500).await;
    let hands = westwind(&at, &["k.telefon1", "k.telefon2"]).await;
    hands.run("carriers").await;
    hands.run("pool").await;
    let small = trouble(&hands, "pool");
    assert_eq!((small.code, small.values["needed"].as_str()), (Code::PoolTooSmall, "3"), "{small:?}");
    let names = ["k.telefon1", "k.telefon2", "k.ohne"].map(|local| account(&at, local).upn);
    at.desk.answer(&hands.connection, "carriers", json!(names)).unwrap();
    hands.run("carriers").await;
    hands.run("pool").await;
    let pool = view(&hands, "pool");
    assert_eq!(
        (pool.state, pool.outputs["needed"].as_str()),
        (State::Proven, "3"),
        "{}",
        told(&hands.list())
    );
    let counted: usize = pool.outputs["counted"].parse().unwrap();
    let served: usize =
        pool.evidence.iter().filter_map(|phrase| phrase.values.get("people")?.parse::<usize>().ok()).sum();
    assert!(counted > 1300 && served == counted, "{served} of {counted}");

    // With a list only those count who are on it and enabled.
    let list = at.out().join("long-names.csv");
    let known = at.control().people("userPrincipalName", 30);
    let rows: String = known.iter().map(|name| format!("{}\r\n", name.to_uppercase())).collect();
    std::fs::write(&list, format!("Long Name\r\n{rows}nobody@nowhere.example\r\n")).unwrap();
    for (ask, value) in [("match-by", json!("userPrincipalName")), ("long-names", json!(list))] {
        at.desk.answer(&hands.connection, ask, value).unwrap();
    }
    hands.run("pool").await;
    let pool = view(&hands, "pool");
    assert_eq!((pool.outputs["counted"].as_str(), pool.outputs["needed"].as_str()), ("30", "1"));
    let told = pool.evidence.iter().find(|phrase| phrase.key == "seen.pool-list").unwrap();
    assert_eq!((told.values["listed"].as_str(), told.values["unmatched"].as_str()), ("31", "1"));
}

#[tokio::test]
async fn a_presence_is_seen_and_cleared_whatever_happens() {
    let at = desk(50).await;
    let hands = westwind(&at, &["k.telefon1"]).await;
    let person = at.tenant.operators(1).await[0].clone();
    up_to_outbound(&hands).await;
    at.control().set_presence(&person, None).unwrap();
    hands.run("presence").await;
    assert_eq!(trouble(&hands, "presence").code, Code::PresenceNotSeen);
    let calls = |end: &str| {
        let traffic = at.control().traffic();
        traffic.iter().filter(|exchange| exchange.url.ends_with(end)).count()
    };
    assert_eq!((calls("/setUserPreferredPresence"), calls("/clearUserPreferredPresence")), (1, 1));

    at.control().set_presence(&person, Some(("Available", "Available"))).unwrap();
    for path in [
        "/v1.0/users/*/presence/setUserPreferredPresence",
        "/v1.0/users/*/presence/clearUserPreferredPresence",
    ] {
        let fault = json!({ "faults": [{
            "match": { "method": "POST", "path": path }, "nth": 1, "times": 1, "action": { "do": "apply-then-drop" },
        }] });
        at.control().set_faults(Faults::read(&fault.to_string()).unwrap());
        at.desk.check(&hands.connection, "presence", &Quiet).await.unwrap();
        hands.run("presence").await;
        assert_eq!(hands.state("presence"), State::Proven, "{path}: {}", told(&hands.list()));
        assert!(calls("/clearUserPreferredPresence") >= 2);
        // Another application would have to be proven anew.
        hands.at.desk.answer(&hands.connection, "person", json!([at.tenant.operators(3).await[2]])).unwrap();
        hands.run("person").await;
    }
}

#[tokio::test]
async fn a_mail_waits_for_exchange_as_long_as_microsoft_says() {
    let at = desk(50).await;
    let hands = westwind(&at, &["k.telefon1"]).await;
    let person = at.tenant.operators(1).await[0].clone();
    up_to_outbound(&hands).await;
    let principal = view(&hands, "outbound").outputs["service-principal-id"].clone();
    Other::sign_in(&at).await.revokes_mail(&principal).await;
    hands.run("mail").await;
    assert_eq!(hands.state("mail"), State::Pending, "{}", told(&hands.list()));
    at.control().advance(Duration::from_secs(100 * 60));
    hands.run("mail").await;
    assert_eq!(hands.state("mail"), State::Pending, "{}", told(&hands.list()));
    at.control().advance(Duration::from_secs(26 * 60));
    // The admin's own session has ended in the meantime.
    hands.sign_in("a.weber").await.unwrap();
    hands.run("mail").await;
    assert_eq!(trouble(&hands, "mail").code, Code::MailNotAllowed);
    assert_eq!(at.control().mailbox(&person).unwrap()["inbox"], json!([]));
}

#[tokio::test]
async fn a_mail_whose_answer_is_lost_is_not_sent_twice_unasked() {
    let at = desk(50).await;
    let hands = westwind(&at, &["k.telefon1"]).await;
    let person = at.tenant.operators(1).await[0].clone();
    up_to_outbound(&hands).await;
    let fault = json!({ "faults": [{
        "match": { "method": "POST", "path": "/v1.0/users/*/sendMail" }, "nth": 1, "times": 1,
        "action": { "do": "apply-then-drop" },
    }] });
    at.control().set_faults(Faults::read(&fault.to_string()).unwrap());
    hands.run("mail").await;
    let lost = trouble(&hands, "mail");
    assert_eq!((lost.code, lost.because[0].key.as_str()), (Code::AnswerLost, "wait.mail-perhaps"));
    let inbox =
        || -> Vec<Value> { at.control().mailbox(&person).unwrap()["inbox"].as_array().unwrap().clone() };
    assert_eq!(inbox().len(), 1);
    hands.run("mail").await;
    assert_eq!(hands.state("mail"), State::Proven);
    assert_eq!(inbox().len(), 2, "the second one was run on purpose");
}
