//! The clock of a pretend tenant as the desk's own: whoever sleeps turns it ahead and goes on at once.

use std::sync::Mutex;
use std::time::Duration;

use engine::cloud::Clock;
use futures_util::future::BoxFuture;
use time::OffsetDateTime;

/// Tells the tenant's time and never waits in earnest.
pub struct TenantClock {
    control: simulator::Control,
    slept: Mutex<Duration>,
}

impl TenantClock {
    /// The clock of this tenant.
    #[must_use]
    pub fn new(control: simulator::Control) -> Self {
        Self { control, slept: Mutex::new(Duration::ZERO) }
    }

    /// How long was slept in all, by this clock.
    pub fn slept(&self) -> Duration {
        *self.slept.lock().unwrap()
    }
}

impl Clock for TenantClock {
    fn now(&self) -> OffsetDateTime {
        self.control.now()
    }

    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.control.advance(duration);
            *self.slept.lock().unwrap() += duration;
            tokio::task::yield_now().await;
        })
    }
}
