//! The other admin: who lacks a role passes one step on as a file, the other opens it in his own Footbridge, runs that step
//! and nothing else, and the first sees it by looking.

use engine::guide::Language;
use engine::{Approval, Code, Desk, Quiet, SignedIn, State, Trouble};
use footbridge_tests::{APPLICATION, Scene, TestDesk, told};

async fn sign_in(at: &TestDesk, desk: &Desk, connection: &str, account: &str) -> Result<SignedIn, Trouble> {
    let code = desk.begin_device_code(connection, None, "en").await?;
    at.control().approve(&code.user_code, account).unwrap();
    desk.finish_device_code(connection, code, &|_| {}).await
}

#[tokio::test]
async fn another_admin_runs_exactly_the_step_that_was_passed_on() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("b.keller").await;
    let list = hands.work().await;
    assert_eq!(list.step("consent").unwrap().state, State::NeedsAnotherAdmin, "{}", told(&list));
    let letter = at.desk.pass_on(&hands.connection, "consent").unwrap();

    let (desk, _folder) = at.colleague();
    let received = desk.take_over(&letter.file, None, Language::English).unwrap();
    assert_eq!(received.fingerprint, letter.fingerprint);
    assert!(received.asked_by.starts_with("b.keller@"), "{received:?}");
    sign_in(&at, &desk, &received.connection, "a.weber").await.unwrap();
    let list = desk.checklist(&received.connection).unwrap();
    assert_eq!((list.total, list.steps[0].id.as_str()), (1, "consent"));
    for other in ["register", "secret", "hand-over"] {
        let trouble = desk.run(&received.connection, other, Approval::Any, &Quiet).await.unwrap_err();
        assert_eq!(trouble.code, Code::StepUnknown, "{other}");
    }
    let list = desk.run(&received.connection, "consent", Approval::Any, &Quiet).await.unwrap();
    assert_eq!(list.step("consent").unwrap().state, State::Proven, "{}", told(&list));

    let list = at.desk.check(&hands.connection, "consent", &Quiet).await.unwrap();
    assert_eq!(list.step("consent").unwrap().state, State::Proven, "{}", told(&list));
    hands.finish(3).await;
    assert_eq!(at.tenant.world().doubles(APPLICATION), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_that_was_changed_or_is_for_elsewhere_opens_nothing() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("b.keller").await;
    hands.work().await;
    let letter = at.desk.pass_on(&hands.connection, "consent").unwrap().file;
    let (desk, _folder) = at.colleague();
    let place = letter.find('.').unwrap() + 5;
    let mut changed = letter.clone().into_bytes();
    changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for bad in [changed.as_str(), "", "{}", &letter[..letter.len() - 10]] {
        assert_eq!(desk.take_over(bad, None, Language::English).unwrap_err().code, Code::FileInvalid);
    }
    assert!(desk.connections().unwrap().is_empty());
    let received = desk.take_over(&letter, Some("For Keller"), Language::English).unwrap();
    assert_eq!(desk.connections().unwrap()[0].name, "For Keller");
    assert!(sign_in(&at, &desk, &received.connection, "f.fremd").await.is_err(), "another tenant");
    assert_eq!(
        desk.take_over(&letter, Some("For Keller"), Language::English).unwrap_err().code,
        Code::ConnectionExists
    );
}

#[tokio::test]
async fn a_step_whose_predecessors_are_open_is_not_passed_on_and_the_text_holds_no_secret() {
    let at = TestDesk::open(Scene::default()).await;
    let hands = at.targetconnect("b.keller").await;
    let trouble = at.desk.pass_on(&hands.connection, "consent").unwrap_err();
    assert_eq!(trouble.code, Code::NotYet);
    hands.work().await;
    for (language, words) in [
        (Language::English, ["Privileged Role Administrator", "Grant admin consent"]),
        (Language::German, ["Privileged Role Administrator", "Administratorzustimmung"]),
    ] {
        let text = at.desk.pass_on_text(&hands.connection, "consent", language).unwrap();
        for word in words.into_iter().chain(["OnlineMeetings.ReadWrite.All", "TC-16"]) {
            assert!(text.contains(word), "{word} is missing in:\n{text}");
        }
        assert!(!text.contains("**") && !text.contains('{'), "{text}");
    }
}
