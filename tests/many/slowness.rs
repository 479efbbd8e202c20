//! A tenant that asks to wait slows itself alone.

use std::sync::Arc;
use std::time::Duration;

use engine::cloud::Clock;
use engine::{ManyTick, Stop};
use futures_util::future::BoxFuture;
use simulator::{Control, Faults};
use time::OffsetDateTime;
use tokio::sync::Notify;

use crate::scene::{GUIDE, Scene, Seen, all, is_ready_to_hand_over, small, told};

/// Long pauses last until somebody ends them; short ones pass at once.
struct HeldClock {
    tenants: Control,
    woken: Arc<Notify>,
}

const LONG: Duration = Duration::from_secs(100);

impl Clock for HeldClock {
    fn now(&self) -> OffsetDateTime {
        self.tenants.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        let until = self.tenants.now() + duration;
        Box::pin(async move {
            match duration >= LONG {
                true => self.woken.notified().await,
                false => tokio::task::yield_now().await,
            }
            self.tenants.advance_to(until);
        })
    }
}

#[tokio::test]
async fn the_others_are_set_up_while_one_tenant_makes_its_connection_wait() {
    let at = Scene::open(small(8)).await;
    let estate = &at.many.estate;
    let woken = Arc::new(Notify::new());
    let clock = HeldClock { tenants: estate.home.clone(), woken: woken.clone() };
    let folder = tempfile::tempdir().unwrap();
    let memory = engine::vault::VaultMode::Memory;
    let desk = rehearsal::desk_with_clock(
        estate,
        folder.path().into(),
        memory,
        Vec::new(),
        Arc::default(),
        Arc::new(clock),
    )
    .unwrap();
    rehearsal::sign_in_home(&desk, estate).await.unwrap();
    let guide = desk.guide_named(GUIDE).unwrap();
    let aims = desk.many_prepare(GUIDE, &rehearsal::listed(estate, guide)).unwrap();
    let slow = r#"{"faults":[{"match":{"path":"/v1.0/*"},"nth":2,"action":{"do":"retry-after","status":429,"seconds":200}}]}"#;
    estate.customers[0].control.set_faults(Faults::read(slow).unwrap());
    let seen = Seen::default();
    // The slow one is woken only after the seven others have ended: if it held them up, nobody would ever end.
    let ticks = |connection: &str, tick: ManyTick| {
        engine::ManyTicks::tick(&seen, connection, tick);
        if seen.ended() == 7 {
            woken.notify_one();
        }
    };
    let views = desk.many_run(&aims, &all(2), &ticks, &Stop::default()).await.unwrap();
    for view in &views {
        assert!(is_ready_to_hand_over(view), "{}", told(view));
    }
    let throttled =
        estate.customers[0].control.traffic().iter().filter(|exchange| exchange.status == 429).count();
    assert_eq!(throttled, 1, "the fault was never met, so the test showed nothing");
}
