//! A product's server is given its values by its own command line, through the desk: Upwind's guide from end to end,
//! and everything at which that dialogue can stop.

use engine::{Approval, Code, Quiet, State, StepView, Trouble};
use footbridge_tests::{Canary, Hands, Scene, TestDesk, scan_bytes, told};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use simulator::Products;
use simulator::axigen::{Kind, Mishap};

const ADMIN: &str = "admin";

async fn desk() -> TestDesk {
    let mut scene = Scene::default();
    scene.tenant.products = true;
    TestDesk::open(scene).await
}

fn products(at: &TestDesk) -> &Products {
    at.tenant.running().products().unwrap()
}

/// Signed in and answered; `further` wins over what is usual.
async fn upwind<'a>(at: &'a TestDesk, further: &[(&str, Value)]) -> Hands<'a> {
    let hands = at.pretend_product("upwind", "a.weber").await;
    let usual = [("host", json!("mail.example.org")), ("domain", json!("example.com"))];
    for (ask, value) in usual.iter().chain(further) {
        at.desk.answer(&hands.connection, ask, value.clone()).unwrap();
    }
    hands
}

fn view(hands: &Hands<'_>, step: &str) -> StepView {
    hands.list().step(step).unwrap().clone()
}

fn trouble(hands: &Hands<'_>, step: &str) -> Trouble {
    view(hands, step).trouble.unwrap_or_else(|| panic!("no trouble at {step}: {}", told(&hands.list())))
}

fn lend(hands: &Hands<'_>, step: &str, password: &str) {
    hands.at.desk.lend(&hands.connection, step, ADMIN, SecretString::from(password)).unwrap();
}

/// Runs a step with the right password.
async fn push(hands: &Hands<'_>, step: &str) -> StepView {
    let password = products(hands.at).axigen.password().to_owned();
    lend(hands, step, &password);
    hands.run(step).await;
    view(hands, step)
}

async fn up_to_connector(hands: &Hands<'_>) {
    for step in ["register", "secret", "version"] {
        assert!(hands.run(step).await.step(step).unwrap().state.is_done(), "{}", told(&hands.list()));
    }
}

#[tokio::test]
async fn the_server_gets_its_values_once_and_a_second_pass_writes_nothing() {
    let at = desk().await;
    let hands = upwind(&at, &[]).await;
    hands.work().await;
    for step in ["connector", "permission"] {
        if step == "connector" {
            assert_eq!(view(&hands, step).missing_passwords, [ADMIN]);
        }
        assert_eq!(push(&hands, step).await.state, State::Proven, "{}", told(&hands.list()));
    }
    let list = hands.work().await;
    assert!(list.is_done(), "{}", told(&list));
    let secret = at.desk.secret_value(&hands.connection, "client-secret").unwrap();
    let axigen = &products(&at).axigen;
    let saved = axigen.saved();
    assert_eq!(saved, axigen.running());
    let connector = &saved.connectors[&list.step("connector").unwrap().outputs["connector-name"]];
    assert_eq!(connector.fields["clientSecret"], secret.expose_secret());
    assert!(saved.teams_connector && saved.domains["example.com"].teams);

    let (heard, writes) = (axigen.heard(), at.tenant.world().writes());
    let again = hands.work().await;
    let checked = at.desk.check_all(&hands.connection, &Quiet).await.unwrap();
    assert!(again.is_done() && checked.is_done(), "{}", told(&again));
    assert!(checked.steps.iter().all(|step| step.missing_passwords.is_empty()));
    assert_eq!((axigen.heard(), axigen.saved()), (heard, saved));
    assert_eq!(at.tenant.world().writes(), writes);

    // A password that is lent all the same lets the step read what the server has now, and write nothing.
    assert_eq!(push(&hands, "connector").await.state, State::Proven);
    assert!(axigen.heard().iter().filter(|command| command.starts_with("SAVE")).count() == 2);

    let mut journal = Vec::new();
    at.desk.journal_export(None, &mut journal, false).unwrap();
    let canaries = [
        Canary::new("client secret", secret.expose_secret()),
        Canary::new("admin's password", axigen.password()),
    ];
    assert_eq!(scan_bytes("journal", &journal, &canaries), Vec::<String>::new());
    let shown = format!("{:?}", hands.list());
    assert_eq!(scan_bytes("checklist", shown.as_bytes(), &canaries), Vec::<String>::new());
    let planted = format!("{shown}{}", axigen.password());
    assert_eq!(scan_bytes("planted", planted.as_bytes(), &canaries).len(), 1, "the control must be found");
}

#[tokio::test]
async fn a_plan_tells_old_and_new_and_waits_with_the_password_for_its_yes() {
    let at = desk().await;
    let hands = upwind(&at, &[]).await;
    up_to_connector(&hands).await;
    lend(&hands, "connector", products(&at).axigen.password());
    let run = async |approval| at.desk.run(&hands.connection, "connector", approval, &Quiet).await.unwrap();
    let before = products(&at).axigen.running();
    let list = run(Approval::Plan(String::new())).await;
    let planned = list.step("connector").unwrap();
    assert_eq!(planned.state, State::Planned, "{}", told(&list));
    let plan = planned.plan.clone().unwrap();
    let names: Vec<&str> = plan.changes.iter().map(|change| change.name.as_str()).collect();
    assert!(names.contains(&"clientId") && names.contains(&"clientSecret"), "{names:?}");
    assert_eq!(names.last(), Some(&"SAVE CONFIG"));
    let line = |name: &str| {
        let change = plan.changes.iter().find(|change| change.name == name).unwrap();
        change.note.in_language(guide::Language::English)
    };
    assert!(line("clientScopes").contains("Calendars.ReadWrite"), "{}", line("clientScopes"));
    let secret = at.desk.secret_value(&hands.connection, "client-secret").unwrap();
    assert!(!format!("{plan:?}").contains(secret.expose_secret()));
    assert_eq!(products(&at).axigen.running(), before, "a plan changes nothing");

    let list = run(Approval::Plan(plan.hash)).await;
    assert_eq!(list.step("connector").unwrap().state, State::Proven, "{}", told(&list));
    // Used and dropped: what differs later asks for it anew.
    at.desk.answer(&hands.connection, "account-type", json!("multiple-tenants")).unwrap();
    hands.run("connector").await;
    let view = view(&hands, "connector");
    assert_eq!(
        (view.state, view.missing_passwords.as_slice()),
        (State::ChangedSince, &[ADMIN.to_owned()][..])
    );
}

#[tokio::test]
async fn a_wrong_password_is_told_and_never_tried_twice() {
    let at = desk().await;
    let hands = upwind(&at, &[]).await;
    up_to_connector(&hands).await;
    let before = products(&at).axigen.running();
    lend(&hands, "connector", "not the password");
    hands.run("connector").await;
    assert_eq!(trouble(&hands, "connector").code, Code::PasswordWrong);
    hands.run("connector").await;
    assert_eq!(view(&hands, "connector").missing_passwords, [ADMIN]);
    assert_eq!(products(&at).axigen.running(), before);
    assert_eq!(push(&hands, "connector").await.state, State::Proven);
}

#[tokio::test]
async fn only_what_a_step_asks_for_can_be_lent() {
    let at = desk().await;
    let hands = upwind(&at, &[]).await;
    let lend = |step: &str, name: &str, password: &str| {
        at.desk.lend(&hands.connection, step, name, SecretString::from(password)).map_err(|t| t.code)
    };
    assert_eq!(lend("connector", "root", "x"), Err(Code::PasswordNotAsked));
    assert_eq!(lend("register", ADMIN, "x"), Err(Code::PasswordNotAsked));
    assert_eq!(lend("connector", ADMIN, ""), Err(Code::PasswordMissing));
    assert_eq!(lend("connector", ADMIN, "x"), Ok(()));
    at.desk.give_back(&hands.connection);
    up_to_connector(&hands).await;
    hands.run("connector").await;
    assert_eq!(view(&hands, "connector").missing_passwords, [ADMIN]);
}

/// Lets one thing go wrong at each command of a push, and pushes again afterwards.
async fn each_place(kind: Kind) {
    let at = desk().await;
    let hands = upwind(&at, &[]).await;
    up_to_connector(&hands).await;
    let axigen = &products(&at).axigen;
    let mut stopped = 0;
    for place in 1..200 {
        axigen.restore();
        let before = axigen.running();
        axigen.trouble(Some(Mishap { at: place, kind }));
        let view = push(&hands, "connector").await;
        if !axigen.has_happened() {
            assert_eq!(view.state, State::Proven, "{}", told(&hands.list()));
            break;
        }
        axigen.trouble(None);
        if view.state.is_done() {
            // Put right within the step, or a refusal that only made the dialogue noisier.
            at.desk.answer(&hands.connection, "connector-name", json!("Microsoft Teams")).unwrap();
            at.desk.answer(&hands.connection, "connector-name", Value::Null).unwrap();
            continue;
        }
        stopped += 1;
        let trouble = trouble(&hands, "connector");
        // What the server refuses to show is no connector that could be meant.
        let is_told = matches!(trouble.code, Code::ProductStopped | Code::ConnectorUnclear);
        assert!(is_told, "{kind:?} at {place}: {trouble:?}");
        let told = trouble.what(guide::Language::German);
        assert!(!told.contains('…'), "{told}");
        let left = trouble.because.iter().map(|phrase| phrase.key.as_str()).collect::<Vec<_>>();
        assert_eq!(axigen.running(), before, "{kind:?} at {place}: {left:?}");
    }
    assert!(stopped > 10, "only {stopped} places stopped it");
}

#[tokio::test]
async fn a_refusal_at_any_command_leaves_the_server_as_it_was() {
    each_place(Kind::Refuse).await;
}

#[tokio::test]
async fn a_line_that_ends_at_any_command_leaves_the_server_as_it_was() {
    each_place(Kind::Drop).await;
}

#[tokio::test]
async fn old_servers_are_refused_before_anything_is_changed() {
    let at = desk().await;
    let hands = upwind(&at, &[("way", json!("by-hand"))]).await;
    hands.run("version").await;
    assert_eq!(view(&hands, "version").missing_answers, ["version-typed"]);
    for (version, account_type, refused) in [
        ("10.5.99", "personal", true),
        ("10.6.0", "personal", false),
        ("10.6.8", "single-tenant", true),
        ("10.6.9", "single-tenant", false),
    ] {
        at.desk.answer(&hands.connection, "version-typed", json!(version)).unwrap();
        at.desk.answer(&hands.connection, "account-type", json!(account_type)).unwrap();
        hands.run("version").await;
        match refused {
            true => assert_eq!(trouble(&hands, "version").code, Code::ProductTooOld, "{version}"),
            false => assert_eq!(view(&hands, "version").outputs["version"], version),
        }
    }
    assert_eq!(hands.state("connector"), State::NotApplicable);
}

#[tokio::test]
async fn what_the_server_does_not_have_is_named_and_what_is_missing_is_asked() {
    let at = desk().await;
    let hands = upwind(&at, &[("connector-name", json!("Zum Team"))]).await;
    up_to_connector(&hands).await;
    push(&hands, "connector").await;
    let unclear = trouble(&hands, "connector");
    assert_eq!((unclear.code, unclear.field.as_deref()), (Code::ConnectorUnclear, Some("connector-name")));
    assert!(unclear.what(guide::Language::English).contains("Microsoft Teams"), "the names are told");
    at.desk.answer(&hands.connection, "connector-name", json!("Microsoft Teams")).unwrap();
    assert_eq!(push(&hands, "connector").await.state, State::Proven);

    at.desk.answer(&hands.connection, "level", json!("account-class")).unwrap();
    push(&hands, "permission").await;
    assert_eq!(view(&hands, "permission").missing_answers, ["name"]);
    at.desk.answer(&hands.connection, "name", json!("Nobody")).unwrap();
    push(&hands, "permission").await;
    assert_eq!(trouble(&hands, "permission").code, Code::ProductStopped);
    at.desk.answer(&hands.connection, "name", json!("Power users")).unwrap();
    assert_eq!(push(&hands, "permission").await.state, State::Proven);
    assert_eq!(products(&at).axigen.saved().domains["example.com"].classes["Power users"], Some(true));
    at.desk.answer(&hands.connection, "level", json!("account")).unwrap();
    at.desk.answer(&hands.connection, "name", json!("anna@example.com")).unwrap();
    assert_eq!(push(&hands, "permission").await.state, State::Proven);
    assert_eq!(products(&at).axigen.saved().domains["example.com"].accounts["anna"], Some(true));
}

#[tokio::test]
async fn plain_text_goes_through_a_tunnel_only() {
    let at = desk().await;
    let hands = upwind(&at, &[("link", json!("ssh-tunnel"))]).await;
    hands.run("version").await;
    let refused = trouble(&hands, "version");
    assert_eq!(refused.code, Code::ProductNotReached);
    assert_eq!(refused.because[0].key, "axigen.plain-not-loopback");
    at.desk.answer(&hands.connection, "host", json!("127.0.0.1")).unwrap();
    up_to_connector(&hands).await;
    assert_eq!(push(&hands, "connector").await.state, State::Proven);
}

#[tokio::test]
async fn a_rehearsal_without_products_reaches_nobody() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = upwind(&at, &[]).await;
    hands.run("version").await;
    assert_eq!(trouble(&hands, "version").code, Code::ProductNotReached);
}

#[tokio::test]
async fn the_commands_to_paste_hold_a_placeholder_and_no_secret() {
    let at = desk().await;
    let hands = upwind(&at, &[("way", json!("by-hand")), ("version-typed", json!("10.6.9"))]).await;
    assert_eq!(at.desk.axigen_script(&hands.connection).unwrap_err().code, Code::NotYet);
    up_to_connector(&hands).await;
    let script = at.desk.axigen_script(&hands.connection).unwrap();
    let secret = at.desk.secret_value(&hands.connection, "client-secret").unwrap();
    assert!(script.contains("SET clientSecret <") && !script.contains(secret.expose_secret()), "{script}");
    let client = hands.list().step("register").unwrap().outputs["application-id"].clone();
    assert!(script.contains(&format!("SET clientId {client}")) && script.contains("SET enableTeams yes"));
    assert!(script.contains("LIST oauthConnectors") && script.contains("SAVE CONFIG"), "{script}");
}
