//! The pretend tenant's clock, for both sides at once: whoever waits on it pushes the tenant's time ahead as well.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::cloud;
use futures_util::future::BoxFuture;
use simulator::Control;
use time::OffsetDateTime;

/// The pretend tenant's time. While it hurries, waiting pushes that time ahead instead of taking it.
pub struct RehearsalClock {
    tenant: Control,
    hurries: AtomicBool,
    shown: Duration,
}

impl RehearsalClock {
    /// A clock of this tenant. While it hurries, each wait takes at most `shown` of real time.
    pub fn new(tenant: Control, hurries: bool, shown: Duration) -> Self {
        Self { tenant, hurries: AtomicBool::new(hurries), shown }
    }

    /// Lets waits pass quickly from now on, or no longer.
    pub fn hurry(&self, hurries: bool) {
        self.hurries.store(hurries, Ordering::Relaxed);
    }

    /// Pushes the pretend tenant's time ahead.
    pub fn push(&self, by: Duration) {
        self.tenant.advance(by);
    }
}

impl cloud::Clock for RehearsalClock {
    fn now(&self) -> OffsetDateTime {
        self.tenant.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if !self.hurries.load(Ordering::Relaxed) {
                return tokio::time::sleep(duration).await;
            }
            // A little real time, so that a wait can be seen and stopped.
            let shown = duration.min(self.shown);
            if shown.is_zero() {
                tokio::task::yield_now().await;
            } else {
                tokio::time::sleep(shown).await;
            }
            self.tenant.advance(duration.saturating_sub(shown));
        })
    }
}
