//! The verbs that TARGETconnect does not need, each over real HTTP: redirect addresses, public clients, a certificate of the
//! product's own, what accounts need, the lobby of meetings, one mailbox, and an end that can be taken back.

use std::time::Duration;

use engine::certs::{self, Certificate, Order, PrivateKey, Purpose, Subject};
use engine::guide::Language;
use engine::{Code, Quiet, Sign, State};
use footbridge_tests::{Hands, Scene, TestDesk, told};
use serde_json::{Value, json};
use simulator::Faults;

const REDIRECT: &str = "https://mail.example.org/oauth/back";
/// May read Conditional Access and assign policies of Teams.
const GLOBAL_ADMIN: &str = "g.admin";

/// A self-signed certificate of the product, as it is at the pretend tenant's time.
fn certificate(at: &TestDesk, days: u32) -> (PrivateKey, Certificate) {
    let key = PrivateKey::make(certs::KeyKind::Rsa2048).unwrap();
    let subject = Subject::common_name("Eastwind").unwrap();
    let order = Order { subject, other_names: Vec::new(), days, purpose: Purpose::AppSignIn };
    let made = Certificate::self_signed(&key, &order, at.control().now()).unwrap();
    (key, made)
}

fn answer(hands: &Hands<'_>, ask: &str, value: Value) {
    hands.at.desk.answer(&hands.connection, ask, value).unwrap();
}

async fn eastwind(at: &TestDesk) -> Hands<'_> {
    eastwind_as(at, "a.weber").await
}

async fn eastwind_as<'a>(at: &'a TestDesk, account: &str) -> Hands<'a> {
    let hands = at.pretend_product("eastwind", account).await;
    let (_, made) = certificate(at, 90);
    let file = at.out().join("eastwind.pem");
    std::fs::write(&file, made.pem()).unwrap();
    answer(&hands, "host", json!("mail.example.org"));
    answer(&hands, "redirect", json!(REDIRECT));
    answer(&hands, "certificate-file", json!(file));
    answer(&hands, "wants-lobby", json!("yes"));
    answer(&hands, "organisers", json!(accounts(at)));
    hands
}

/// Two accounts against which nothing stands.
fn accounts(at: &TestDesk) -> Vec<String> {
    let all = at.tenant.announcement().communication_users.iter();
    all.filter(|user| user.signs_in && user.note.starts_with("good")).map(|user| user.upn.clone()).collect()
}

fn named(at: &TestDesk, local: &str) -> String {
    let all = &at.tenant.announcement().communication_users;
    all.iter().find(|user| user.upn.starts_with(&format!("{local}@"))).unwrap().upn.clone()
}

fn hand_over(hands: &Hands<'_>, step: &str) -> engine::HandedOver {
    let (folder, recipient) = (hands.at.out(), engine::Recipient::Passphrase);
    let to = engine::HandOverTo { folder, recipient, language: Language::English };
    hands.at.desk.hand_over(&hands.connection, step, &to).unwrap()
}

/// The application as the tenant itself has it.
fn application(at: &TestDesk) -> Value {
    let dump = at.control().dump();
    let all = dump["world"]["applications"].as_array().cloned().unwrap_or_default();
    all.into_iter().find(|one| one["displayName"] == "Eastwind").unwrap_or_default()
}

fn code(hands: &Hands<'_>, step: &str) -> Option<Code> {
    hands.list().step(step).unwrap().trouble.as_ref().map(|trouble| trouble.code)
}

fn evidence(hands: &Hands<'_>, step: &str) -> Vec<String> {
    hands.list().step(step).unwrap().evidence.iter().map(|line| line.key.clone()).collect()
}

#[tokio::test]
async fn the_whole_guide_ends_and_a_second_run_writes_nothing() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    at.desk.confirm(&hands.connection, "hand-out", "Anna Weber", "printed").unwrap();
    hands.work().await;
    for step in ["values", "further-values"] {
        hand_over(&hands, step);
    }
    let list = hands.finish(4).await;
    assert!(list.is_done(), "{}", told(&list));
    let app = application(&at);
    assert_eq!(app["web"]["redirectUris"], json!([REDIRECT]));
    assert_eq!(app["isFallbackPublicClient"], true);
    assert_eq!(app["keyCredentials"].as_array().map(Vec::len), Some(1));
    let (writes, runs) = (at.tenant.world().writes(), at.teams.runs());
    hands.work().await;
    assert_eq!(at.tenant.world().writes(), writes);
    assert_eq!(at.teams.runs(), runs);
}

#[tokio::test]
async fn an_open_choice_keeps_its_step_waiting_and_a_decided_one_leaves_it_out() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.pretend_product("eastwind", "a.weber").await;
    let list = hands.list();
    let lobby = list.step("lobby").unwrap();
    assert_eq!(
        (lobby.state, lobby.missing_answers.as_slice()),
        (State::NotYet, &["wants-lobby".to_owned()][..])
    );
    assert_eq!(hands.state("end"), State::NotApplicable, "a proposal decides");
    answer(&hands, "wants-lobby", json!("no"));
    assert_eq!(hands.state("lobby"), State::NotApplicable);
    answer(&hands, "wants-lobby", json!("yes"));
    assert_eq!(hands.state("lobby"), State::NotYet);
    assert!(hands.list().step("lobby").unwrap().missing_answers.is_empty());
}

#[tokio::test]
async fn redirect_addresses_are_added_beside_those_of_others_and_only_they_are_taken_back() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    for step in ["settings", "register", "redirects"] {
        hands.run(step).await;
    }
    assert_eq!(hands.state("redirects"), State::Proven, "{}", told(&hands.list()));
    answer(&hands, "further-redirect", json!("https://mail.example.org/second"));
    at.desk.check(&hands.connection, "redirects", &Quiet).await.unwrap();
    let list = hands.list();
    let plan = list.step("redirects").unwrap().plan.as_ref().unwrap();
    let lines: Vec<_> = plan.changes.iter().map(|line| (line.sign, line.name.as_str())).collect();
    assert_eq!(lines, [(Sign::Add, "https://mail.example.org/second")]);
    hands.run("redirects").await;
    assert_eq!(application(&at)["web"]["redirectUris"].as_array().map(Vec::len), Some(2));
    answer(&hands, "further-redirect", json!("https://elsewhere.example.org/x"));
    hands.run("redirects").await;
    let list = hands.list();
    let trouble = list.step("redirects").unwrap().trouble.as_ref().unwrap();
    assert_eq!((trouble.code, trouble.field.as_deref()), (Code::AnswerInvalid, Some("further-redirect")));
    let report = at.desk.undo(&hands.connection, &Quiet).await.unwrap();
    let undone: Vec<_> = report.undone.iter().map(|line| line.key.as_str()).collect();
    assert_eq!(undone.iter().filter(|key| **key == "undo.redirect-uris").count(), 2);
}

#[tokio::test]
async fn an_ended_certificate_is_refused_and_the_ask_is_named() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    hands.run("register").await;
    let (_, short) = certificate(&at, 1);
    let ended = at.out().join("ended.pem");
    std::fs::write(&ended, short.pem()).unwrap();
    at.control().advance(Duration::from_secs(2 * 24 * 3600));
    hands.sign_in("a.weber").await.unwrap();
    answer(&hands, "certificate-file", json!(ended));
    hands.run("certificate").await;
    assert_eq!(code(&hands, "certificate"), Some(Code::CertificateEnded));
    let list = hands.list();
    let trouble = list.step("certificate").unwrap().trouble.as_ref().unwrap();
    assert_eq!(trouble.field.as_deref(), Some("certificate-file"));
}

#[tokio::test]
async fn the_products_certificate_stands_in_the_ledger_as_the_products() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    for step in ["settings", "register", "certificate"] {
        hands.run(step).await;
    }
    assert_eq!(hands.state("certificate"), State::Proven, "{}", told(&hands.list()));
    let ledger = at.desk.ledger().unwrap();
    assert_eq!(ledger.len(), 1);
    let entry = &ledger[0];
    assert!(entry.by_product && !entry.ours && entry.current && entry.matters());
    assert_eq!(entry.step.as_deref(), Some("certificate"));
    let now = at.control().now() + time::Duration::days(80);
    let reminders = at.desk.reminders(now).unwrap();
    assert_eq!(reminders[0].body.key, "reminder.products");
    assert!(at.desk.calendar(Language::English).unwrap().contains("product made"));
}

#[tokio::test]
async fn what_an_account_lacks_is_told_by_name() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind_as(&at, GLOBAL_ADMIN).await;
    for (local, wanted) in [
        ("k.mfa", Code::MultiFactorRequired),
        ("k.block", Code::MultiFactorRequired),
        ("k.rolle", Code::DirectoryRoleHeld),
        ("k.ohne", Code::LicenceMissing),
    ] {
        let Some(user) =
            at.tenant.announcement().communication_users.iter().find(|one| one.upn.starts_with(local))
        else {
            panic!("the tenant has no {local}: {:?}", at.tenant.announcement().communication_users);
        };
        answer(&hands, "organisers", json!([user.upn]));
        hands.run("organisers").await;
        let list = hands.list();
        let trouble = list
            .step("organisers")
            .unwrap()
            .trouble
            .as_ref()
            .unwrap_or_else(|| panic!("{local} {:?}", list.step("organisers")));
        assert_eq!((trouble.code, trouble.field.as_deref()), (wanted, Some("organisers")), "{local}");
        assert!(trouble.values["names"].contains(&user.upn), "{:?}", trouble.values);
    }
    answer(&hands, "organisers", json!(accounts(&at)));
    hands.run("organisers").await;
    assert_eq!(hands.state("organisers"), State::Proven, "{}", told(&hands.list()));
    assert_eq!(
        hands.list().step("organisers").unwrap().outputs["first-user-principal-name"],
        accounts(&at)[0]
    );
    at.control().set_security_defaults(true);
    answer(&hands, "organisers", json!([named(&at, "k.telefon1")]));
    hands.run("organisers").await;
    assert_eq!(code(&hands, "organisers"), Some(Code::SecurityDefaultsOn));
}

#[tokio::test]
async fn policies_that_may_not_be_read_are_told_and_not_taken_for_absent() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    hands.run("organisers").await;
    assert_eq!(hands.state("organisers"), State::Proven, "{}", told(&hands.list()));
    assert!(evidence(&hands, "organisers").contains(&"seen.conditional-access-not-checked".to_owned()));
}

#[tokio::test]
async fn organisers_get_the_lobby_by_graph_and_without_it_by_the_script() {
    for offered in [true, false] {
        let at = TestDesk::open(Scene::default()).await;
        at.control().offer_teams_by_graph(offered);
        let hands = eastwind_as(&at, GLOBAL_ADMIN).await;
        for step in ["settings", "organisers", "lobby"] {
            hands.run(step).await;
        }
        assert_eq!(hands.state("lobby"), State::Proven, "{}", told(&hands.list()));
        let by_graph = evidence(&hands, "lobby").contains(&"seen.lobby-assigned-by-graph".to_owned());
        assert_eq!(by_graph, offered);
        assert_eq!(at.teams.runs(), if offered { 1 } else { 2 });
        let packet = at.desk.undo_packet(&hands.connection, "lobby").unwrap();
        assert_eq!(packet.parameters["action"], "lobby-undo");
        assert_eq!(packet.parameters["restore"].as_array().map(Vec::len), Some(2));
    }
}

#[tokio::test]
async fn the_tenants_own_lobby_names_everybody_and_notes_what_was_before() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    answer(&hands, "lobby-way", json!("tenant"));
    for step in ["settings", "organisers"] {
        hands.run(step).await;
    }
    at.desk.check(&hands.connection, "lobby", &Quiet).await.unwrap();
    let list = hands.list();
    let plan = list.step("lobby").unwrap().plan.as_ref().unwrap();
    assert_eq!(plan.changes[0].note.key, "change.lobby-tenant");
    assert!(plan.changes[0].note.values["count"].parse::<u64>().unwrap() > 10);
    hands.run("lobby").await;
    hands.run("lobby").await;
    assert_eq!(hands.state("lobby"), State::Proven, "{}", told(&hands.list()));
    let packet = at.desk.undo_packet(&hands.connection, "lobby").unwrap();
    assert_eq!(packet.parameters["before"], "EveryoneInCompany");
}

#[tokio::test]
async fn one_mailbox_is_proven_and_a_grant_for_every_mailbox_is_refused() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    for step in ["settings", "register", "organisers", "mailbox"] {
        hands.run(step).await;
    }
    assert_eq!(hands.state("mailbox"), State::Proven, "{}", told(&hands.list()));
    assert_eq!(evidence(&hands, "mailbox"), ["seen.mailbox-limited"]);
    answer(&hands, "mailbox-way", json!("every"));
    for step in ["permissions", "consent"] {
        hands.run(step).await;
    }
    hands.run("mailbox").await;
    assert_eq!(code(&hands, "mailbox"), Some(Code::GrantsAddUp), "{}", told(&hands.list()));
}

#[tokio::test]
async fn what_is_taken_down_ends_the_connection_and_can_be_brought_back_for_thirty_days() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    for step in ["settings", "register", "redirects", "secret", "permissions", "consent"] {
        hands.run(step).await;
    }
    answer(&hands, "end", json!("yes"));
    at.desk.check(&hands.connection, "end", &Quiet).await.unwrap();
    let list = hands.list();
    let plan = list.step("end").unwrap().plan.as_ref().unwrap();
    let gone: Vec<_> =
        plan.changes.iter().filter(|line| line.sign == Sign::Remove).map(|line| &line.note.key).collect();
    for note in
        ["change.take-down", "change.service-principal", "change.take-down-secret", "change.take-down-grant"]
    {
        assert!(gone.iter().any(|key| *key == note), "{note}: {gone:?}");
    }
    hands.run("end").await;
    let list = hands.list();
    assert!(list.ended.is_some() && list.next.is_none() && list.is_done(), "{}", told(&list));
    assert_eq!(hands.state("redirects"), State::Proven, "what it was stays shown");
    assert_eq!(application(&at), Value::Null);
    assert!(at.desk.ledger().unwrap().is_empty(), "what is gone is not reminded of");
    at.desk.check_all(&hands.connection, &Quiet).await.unwrap();
    assert_eq!(hands.state("redirects"), State::Proven);
    at.desk.bring_back(&hands.connection, "end", &Quiet).await.unwrap();
    answer(&hands, "end", json!("no"));
    assert!(hands.list().ended.is_none());
    at.desk.check_all(&hands.connection, &Quiet).await.unwrap();
    for step in ["register", "redirects", "secret", "permissions", "consent"] {
        assert_eq!(hands.state(step), State::Proven, "{}", told(&hands.list()));
    }
    answer(&hands, "end", json!("yes"));
    hands.run("end").await;
    at.control().advance(Duration::from_secs(31 * 24 * 3600));
    hands.sign_in("a.weber").await.unwrap();
    let refused = at.desk.bring_back(&hands.connection, "end", &Quiet).await.unwrap_err();
    assert_eq!(refused.code, Code::BringBackOver);
}

#[tokio::test]
async fn an_application_made_by_hand_is_looked_at_as_it_stands_and_nothing_is_written() {
    let at = TestDesk::open(Scene::default()).await;
    let first = eastwind(&at).await;
    for step in ["settings", "register", "redirects", "permissions", "consent"] {
        first.run(step).await;
    }
    let id = first.list().step("register").unwrap().outputs["application-id"].clone();
    let second = Hands { at: &at, connection: at.desk.connect("eastwind", "By hand").unwrap() };
    second.sign_in("a.weber").await.unwrap();
    answer(&second, "redirect", json!(REDIRECT));
    for (wrong, wanted) in
        [("not an id", Code::AnswerInvalid), ("00000000-0000-4000-8000-000000000000", Code::NotFound)]
    {
        let refused = at.desk.point_at(&second.connection, "register", wrong).await.unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (wanted, Some("application-id")));
    }
    let writes = at.tenant.world().writes();
    at.desk.point_at(&second.connection, "register", &id).await.unwrap();
    let list = at.desk.check_all(&second.connection, &Quiet).await.unwrap();
    for step in ["register", "redirects", "permissions", "consent"] {
        assert_eq!(list.step(step).unwrap().state, State::Proven, "{}", told(&list));
    }
    assert_eq!(list.step("public").unwrap().state, State::Planned);
    assert_eq!(at.tenant.world().writes(), writes);
    assert!(at.desk.undo_plan(&second.connection).unwrap().is_empty(), "nothing of it is this connection's");
}

#[tokio::test]
async fn the_page_for_end_users_is_numbered_and_holds_no_script() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    answer(&hands, "host", json!("mail.example.org"));
    for (language, word) in [(Language::English, "Connect"), (Language::German, "Verbinden")] {
        let page = at.desk.page(&hands.connection, "hand-out", language).unwrap();
        assert!(page.contains(&format!("<strong>{word}</strong>")) && page.contains("<ol><li>"), "{page}");
        assert!(page.contains("<code>mail.example.org</code>") && !page.contains("<script"));
    }
    assert_eq!(
        at.desk.page(&hands.connection, "register", Language::English).unwrap_err().code,
        Code::StepUnknown
    );
}

/// The answer to a change never comes, although the change was made: nothing is made twice, and undo knows of it.
#[tokio::test]
async fn a_lost_answer_is_looked_up_and_can_still_be_taken_back() {
    for (step, line) in [
        ("redirects", "undo.redirect-uris"),
        ("public", "undo.public-client"),
        ("certificate", "undo.product-certificate"),
    ] {
        let at = TestDesk::open(Scene::default()).await;
        let hands = eastwind(&at).await;
        for step in ["settings", "register"] {
            hands.run(step).await;
        }
        let fault = json!({ "faults": [{
            "match": { "method": "PATCH", "path": "/v1.0/applications/*" }, "nth": 1, "times": 1,
            "action": { "do": "apply-then-drop" },
        }] });
        at.control().set_faults(Faults::read(&fault.to_string()).unwrap());
        hands.run(step).await;
        assert_eq!(hands.state(step), State::Proven, "{step} {}", told(&hands.list()));
        assert_eq!(
            application(&at)["keyCredentials"].as_array().map(Vec::len),
            Some(usize::from(step == "certificate"))
        );
        let plan = at.desk.undo_plan(&hands.connection).unwrap();
        assert!(plan.iter().any(|one| one.what.key == line && one.can), "{step}: {plan:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_removal_ends_the_connection_all_the_same() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    for step in ["settings", "register"] {
        hands.run(step).await;
    }
    answer(&hands, "end", json!("yes"));
    let fault = json!({ "faults": [{
        "match": { "method": "DELETE", "path": "/v1.0/applications/*" }, "nth": 1, "times": 1,
        "action": { "do": "apply-then-drop" },
    }] });
    at.control().set_faults(Faults::read(&fault.to_string()).unwrap());
    hands.run("end").await;
    assert!(hands.list().ended.is_some(), "{}", told(&hands.list()));
    at.desk.bring_back(&hands.connection, "end", &Quiet).await.unwrap();
    assert!(application(&at)["appId"].is_string());
}

#[tokio::test]
async fn values_are_handed_over_at_two_places_and_each_keeps_its_own_receipt() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = eastwind(&at).await;
    for step in ["settings", "register", "secret", "organisers"] {
        hands.run(step).await;
    }
    let first = hand_over(&hands, "values");
    assert_eq!(hands.state("values"), State::Proven);
    hands.run("further-values").await;
    assert_eq!(hands.state("further-values"), State::Planned, "{}", told(&hands.list()));
    let second = hand_over(&hands, "further-values");
    assert_ne!(first.bundle, second.bundle);
    let ids = |step: &str| -> Vec<String> {
        at.desk.values_of(&hands.connection, step).unwrap().into_iter().map(|value| value.id).collect()
    };
    assert_eq!(ids("values"), ["application-id", "client-secret"]);
    assert_eq!(ids("further-values"), ["organiser"]);
    let sheet = std::fs::read_to_string(&second.sheet).unwrap();
    assert!(sheet.contains("organiser") && !sheet.contains("client-secret"), "{sheet}");
    answer(&hands, "organisers", json!(accounts(&at)[1..]));
    for step in ["organisers", "values", "further-values"] {
        at.desk.check(&hands.connection, step, &Quiet).await.unwrap();
    }
    assert_eq!(hands.state("values"), State::Proven);
    assert_eq!(hands.state("further-values"), State::ChangedSince);
    assert_eq!(at.desk.hand_over_of(&hands.connection, "secret").unwrap(), "values");
    let refused = at.desk.hand_over(
        &hands.connection,
        "register",
        &engine::HandOverTo {
            folder: at.out(),
            recipient: engine::Recipient::Passphrase,
            language: Language::English,
        },
    );
    assert_eq!(refused.err().map(|trouble| trouble.code), Some(Code::StepUnknown));
}
