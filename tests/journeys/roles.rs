//! Accounts that cannot do everything: each stop names what is missing, and nothing is changed beyond it.

use engine::{Code, State};
use footbridge_tests::{APPLICATION, Scene, TestDesk, told};
use simulator::CredentialPolicy;

#[tokio::test]
async fn an_application_administrator_gets_as_far_as_consent_and_another_admin_finishes() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("b.keller").await;
    let list = hands.work().await;
    for step in ["register", "note-ids", "secret", "permissions"] {
        assert_eq!(list.step(step).unwrap().state, State::Proven, "{}", told(&list));
    }
    let consent = list.step("consent").unwrap();
    assert_eq!(consent.state, State::NeedsAnotherAdmin, "{}", told(&list));
    assert!(consent.missing_role.contains(&engine::DirectoryRole::PrivilegedRoleAdministrator));
    assert_eq!(at.tenant.world().doubles(APPLICATION), ["0 app role assignments instead of 2"]);
    hands.sign_in("a.weber").await.unwrap();
    hands.finish(3).await;
    assert_eq!(at.tenant.world().doubles(APPLICATION), Vec::<String>::new());
}

#[tokio::test]
async fn a_user_without_rights_cannot_finish_and_is_told_why() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.connection("Pilot").await;
    let who = hands.sign_in("u.ohne").await.unwrap();
    assert!(who.roles.is_empty());
    let list = hands.work().await;
    assert!(!list.is_done());
    let stopped = list.steps.iter().any(|step| {
        step.state == State::NeedsAnotherAdmin
            || step.trouble.as_ref().is_some_and(|trouble| trouble.code == Code::NotPermitted)
    });
    assert!(stopped, "{}", told(&list));
}

#[tokio::test]
async fn a_change_that_needs_a_step_up_says_so_and_signing_in_again_is_enough() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    at.control().demand_step_up(Some("c1"));
    let list = hands.work().await;
    let trouble = list.step("register").unwrap().trouble.as_ref().expect("a refused change");
    assert_eq!(trouble.code, Code::SignInStepUp, "{}", told(&list));
    assert_eq!(at.tenant.world().applications(APPLICATION).len(), 0);
    hands.sign_in("a.weber").await.unwrap();
    hands.finish(3).await;
    assert_eq!(at.tenant.world().doubles(APPLICATION), Vec::<String>::new());
}

#[tokio::test]
async fn conditional_access_that_blocks_the_code_says_so() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.connection("Pilot").await;
    assert_eq!(hands.sign_in("c.gesperrt").await.unwrap_err().code, Code::SignInBlocked);
    assert_eq!(hands.sign_in("d.browser").await.unwrap_err().code, Code::SignInBlocked);
    assert!(at.desk.signed_in(&hands.connection).is_none());
    hands.sign_in("a.weber").await.unwrap();
}

#[tokio::test]
async fn an_account_of_another_tenant_is_not_let_near_this_one() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("a.weber").await;
    at.desk.sign_out(&hands.connection).unwrap();
    // At this tenant's own door Microsoft refuses on its page, and the code runs out.
    assert_eq!(hands.sign_in("f.fremd").await.unwrap_err().code, Code::SignInExpired);
    // At the common door the stranger gets in, to another tenant.
    let desk = &at.desk;
    let code = desk.begin_device_code(&hands.connection, Some("organizations"), "en").await.unwrap();
    at.control().approve(&code.user_code, "f.fremd").unwrap();
    let trouble = desk.finish_device_code(&hands.connection, code, &|_| {}).await.unwrap_err();
    assert_eq!(trouble.code, Code::SignInWrongTenant);
    assert!(desk.signed_in(&hands.connection).is_none());
}

#[tokio::test]
async fn a_guest_is_shown_as_one() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.connection("Pilot").await;
    let who = hands.sign_in("p.gast").await.unwrap();
    assert!(who.guest, "{who:?}");
    assert!(who.roles.is_empty());
    assert!(!hands.work().await.is_done());
    let hands = at.connection("Member").await;
    assert!(!hands.sign_in("a.weber").await.unwrap().guest);
}

#[tokio::test]
async fn a_tenant_that_forbids_secrets_says_so_before_any_is_tried() {
    let mut scene = Scene::default();
    scene.tenant.credential_policy =
        Some(CredentialPolicy { no_secrets: true, ..CredentialPolicy::default() });
    let at = TestDesk::open(scene).await;
    let hands = at.targetconnect("a.weber").await;
    let list = hands.work().await;
    let secret = list.step("secret").unwrap();
    assert_eq!(secret.trouble.as_ref().unwrap().code, Code::SecretsForbidden, "{}", told(&list));
    let tried = at.control().traffic().iter().any(|exchange| exchange.url.contains("addPassword"));
    assert!(!tried, "a secret was tried although the policy forbids it");
    at.control().restrict_credentials(CredentialPolicy::default());
    hands.sign_in("a.weber").await.unwrap();
    hands.finish(3).await;
}

#[tokio::test]
async fn a_tenant_that_limits_life_gets_a_shorter_secret() {
    let mut scene = Scene::default();
    scene.tenant.credential_policy =
        Some(CredentialPolicy { secret_days: Some(90), ..CredentialPolicy::default() });
    let at = TestDesk::open(scene).await;
    let hands = at.targetconnect("a.weber").await;
    hands.finish(3).await;
    let world = at.tenant.world();
    let credential = &world.applications(APPLICATION)[0]["passwordCredentials"][0];
    let moment = |member: &str| {
        let text = credential[member].as_str().unwrap();
        time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).unwrap()
    };
    let life = moment("endDateTime") - moment("startDateTime");
    assert!(life <= time::Duration::days(90) && life >= time::Duration::days(89), "{life}");
}
