//! An application of the same name by somebody else: shown as taken, adopted only knowingly, or left alone.

use engine::State;
use footbridge_tests::{APPLICATION, Hands, Scene, TestDesk, told};

/// Another connection, at another desk, makes the application first.
async fn occupied(at: &TestDesk) -> (Hands<'_>, String) {
    let first = at.targetconnect("b.keller").await;
    at.desk.confirm(&first.connection, "notice", "Bernd Keller", "read").unwrap();
    first.run("register").await;
    assert_eq!(first.state("register"), State::Proven, "{}", told(&first.list()));
    let theirs = at.tenant.world().applications(APPLICATION)[0]["id"].as_str().unwrap().to_owned();
    let second = at.connection("Second").await;
    second.sign_in("a.weber").await.unwrap();
    at.desk.confirm(&second.connection, "notice", "Anna Weber", "read").unwrap();
    let writes = at.tenant.world().writes();
    second.run("register").await;
    assert_eq!(second.state("register"), State::Taken, "{}", told(&second.list()));
    assert_eq!(at.tenant.world().writes(), writes, "nothing may be changed while a name is taken");
    let taken = second.list().step("register").unwrap().taken.clone().unwrap();
    assert_eq!(taken.objects.iter().map(|object| object.id.as_str()).collect::<Vec<_>>(), [theirs.as_str()]);
    (second, theirs)
}

#[tokio::test]
async fn adopted_it_is_used_and_no_second_one_is_made() {
    let at = TestDesk::open(Scene::default()).await;
    let (hands, theirs) = occupied(&at).await;
    assert!(at.desk.adopt(&hands.connection, "register", "00000000-0000-0000-0000-000000000001").is_err());
    at.desk.adopt(&hands.connection, "register", &theirs).unwrap();
    hands.finish(4).await;
    let world = at.tenant.world();
    assert_eq!(world.doubles(APPLICATION), Vec::<String>::new());
    assert_eq!(world.applications(APPLICATION)[0]["id"], theirs.as_str());
    at.desk.undo(&hands.connection, &engine::Quiet).await.unwrap();
    let left = at.tenant.world();
    assert_eq!(left.applications(APPLICATION).len(), 1, "an adopted application is never deleted");
}

#[tokio::test]
async fn made_beside_it_both_stand_and_theirs_is_untouched() {
    let at = TestDesk::open(Scene::default()).await;
    let (hands, theirs) = occupied(&at).await;
    let of_theirs = |at: &TestDesk| {
        let world = at.tenant.world();
        world.rows("applications", "id", &theirs)[0].clone()
    };
    let before = of_theirs(&at);
    at.desk.make_beside(&hands.connection, "register").unwrap();
    hands.finish(4).await;
    assert_eq!(of_theirs(&at), before);
    assert_eq!(at.tenant.world().applications(APPLICATION).len(), 2);
    assert_eq!(hands.secret_works().await.roles.len(), 2);
}
