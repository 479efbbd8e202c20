//! The pretend tenant's clock as the engine's own: a wait pushes it ahead and takes no real time, so that half an hour of
//! waiting for Teams passes at once. For rehearsals only.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use engine::cloud::Clock;
use simulator::Control;
use time::OffsetDateTime;

/// Turns the pretend tenant's clock instead of waiting.
pub struct TurnedClock {
    tenant: Control,
}

impl TurnedClock {
    pub fn new(tenant: Control) -> Self {
        Self { tenant }
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> OffsetDateTime {
        self.tenant.now()
    }

    fn sleep<'a>(&'a self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            self.tenant.advance(duration);
            tokio::task::yield_now().await;
        })
    }
}
