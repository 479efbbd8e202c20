//! Two hundred tenants in one run, each answering 429 now and then: all right, nothing made twice, a second run without
//! a write; and what a few that fail, or a stop in the middle, do to the others.

use engine::{ManyState, ManyTick, Stop};

use crate::scene::{Scene, Seen, all, is_ready_to_hand_over, small, throttled, told};

const TENANTS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_throttled_tenants_are_set_up_once_each_and_a_second_run_writes_nothing() {
    let at = Scene::open(throttled(TENANTS)).await;
    let (seen, stop) = (Seen::default(), Stop::default());
    let views = at.many.desk.many_run(&at.aims, &all(4), &seen, &stop).await.unwrap();
    assert_eq!(views.len(), TENANTS);
    for view in &views {
        assert!(is_ready_to_hand_over(view), "{}", told(view));
    }
    assert!(at.doubles().is_empty(), "{:?}", at.doubles());
    let (requests, refused) = at.requests();
    assert!(refused >= TENANTS, "only {refused} of {requests} requests were throttled");
    for aim in &at.aims {
        let ticks = seen.of(&aim.connection);
        assert_eq!(ticks.first(), Some(&ManyTick::SigningIn));
        assert_eq!(ticks.last(), Some(&ManyTick::Ended { state: ManyState::NeedsAPerson }));
        assert!(ticks.iter().filter(|tick| matches!(tick, ManyTick::Step { .. })).count() >= 10);
    }

    let writes = at.writes();
    let again = at.many.desk.many_run(&at.aims, &all(4), &seen, &stop).await.unwrap();
    assert!(again.iter().all(is_ready_to_hand_over));
    assert_eq!(at.writes(), writes, "a second run writes nothing");
    assert!(at.requests().0 > requests, "the second run must have looked");

    let ledger = at.many.desk.ledger().unwrap();
    assert_eq!(ledger.len(), TENANTS);
    assert!(ledger.is_sorted_by_key(|entry| entry.end));
    assert!(ledger.iter().all(|entry| entry.customer.is_some() && entry.ours));
    assert!(views.iter().all(|view| view.next_expiry.is_some()));
}

#[tokio::test]
async fn three_that_fail_leave_the_others_alone() {
    let at = Scene::open(small(20)).await;
    let planted = [2, 9, 19];
    planted.iter().for_each(|customer| at.plant(*customer));
    let (seen, stop) = (Seen::default(), Stop::default());
    let views = at.many.desk.many_run(&at.aims, &all(4), &seen, &stop).await.unwrap();
    for (number, view) in views.iter().enumerate() {
        match planted.contains(&number) {
            true => assert!(!is_ready_to_hand_over(view) && !view.troubles.is_empty(), "{}", told(view)),
            false => assert!(is_ready_to_hand_over(view), "{}", told(view)),
        }
    }
    assert!(planted.iter().all(|customer| at.writes_at(*customer) == 0), "nothing half-made");
    planted.iter().for_each(|customer| at.mend(*customer));
    let views = at.many.desk.many_run(&at.aims, &all(4), &seen, &stop).await.unwrap();
    assert!(views.iter().all(is_ready_to_hand_over));
    assert!(at.doubles().is_empty(), "{:?}", at.doubles());
}

#[tokio::test]
async fn a_stop_in_the_middle_is_honest_and_a_second_run_finishes() {
    let at = Scene::open(throttled(24)).await;
    let (seen, stop) = (Seen::default(), Stop::default());
    let stopping = |connection: &str, tick: ManyTick| {
        engine::ManyTicks::tick(&seen, connection, tick);
        if seen.ended() == 6 {
            stop.ask();
        }
    };
    let views = at.many.desk.many_run(&at.aims, &all(4), &stopping, &stop).await.unwrap();
    let count = |wanted: ManyState| views.iter().filter(|view| view.state == wanted).count();
    assert!(count(ManyState::NeedsAPerson) >= 6, "what had ended stays ended");
    assert_eq!(count(ManyState::NeedsAPerson) + count(ManyState::Stopped), 24);
    let untouched = (0..24).filter(|customer| at.writes_at(*customer) == 0).count();
    assert!(untouched >= 24 - 6 - 4, "after the stop nothing new is begun: {untouched} untouched");
    assert!(untouched < 24);

    let views = at.many.desk.many_run(&at.aims, &all(4), &seen, &Stop::default()).await.unwrap();
    for view in &views {
        assert!(is_ready_to_hand_over(view), "{}", told(view));
    }
    assert!(at.doubles().is_empty(), "{:?}", at.doubles());
}

#[tokio::test]
async fn a_plan_of_each_is_seen_before_anything_is_written() {
    let at = Scene::open(small(6)).await;
    for aim in &at.aims[..5] {
        at.many.desk.confirm(&aim.connection, "notice", "Anna Weber", "read").unwrap();
    }
    let seen = Seen::default();
    let views = at.many.desk.many_plan(&at.aims, 3, &seen, &Stop::default()).await.unwrap();
    assert_eq!(at.writes(), 0);
    for view in &views {
        assert!(view.changes["register"] > 0 && view.later > 3, "{}", told(view));
        assert_eq!(view.customer.as_deref(), Some(view.name.as_str()));
    }
    assert!(views[..5].iter().all(|view| view.state == ManyState::Ready));
    let unread = &views[5];
    assert_eq!(unread.state, ManyState::NeedsAPerson, "{}", told(unread));
    assert_eq!(unread.waits_for[0].step, "notice");
    assert_eq!(seen.ended(), 6);

    let mut how = all(3);
    how.notices = None;
    let views = at.many.desk.many_run(&at.aims, &how, &seen, &Stop::default()).await.unwrap();
    assert!(views[..5].iter().all(is_ready_to_hand_over));
    assert_eq!((views[5].state, at.writes_at(5)), (ManyState::NeedsAPerson, 0), "a notice nobody read");
}
