//! The tenant's clock: the clock below it plus what a test has pushed it ahead.
//!
//! It only says what time it is. It never sleeps and never runs backwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use time::OffsetDateTime;

use crate::settings::Now;

/// Copies tell the same time.
#[derive(Clone)]
pub(crate) struct Clock {
    below: Now,
    ahead_milliseconds: Arc<AtomicU64>,
}

impl Clock {
    pub(crate) fn new(below: Now) -> Clock {
        Clock { below, ahead_milliseconds: Arc::default() }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        (self.below)() + Duration::from_millis(self.ahead_milliseconds.load(Ordering::SeqCst))
    }

    /// The time on the caller's own machine, which no test has pushed.
    pub(crate) fn below(&self) -> OffsetDateTime {
        (self.below)()
    }

    pub(crate) fn advance(&self, by: Duration) {
        let milliseconds = u64::try_from(by.as_millis()).unwrap_or(u64::MAX / 4);
        self.ahead_milliseconds.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Moves on to a moment, unless it is past already: several who wait at once wait as long as one.
    pub(crate) fn advance_to(&self, moment: OffsetDateTime) {
        let ahead = Duration::try_from(moment - self.below()).unwrap_or_default();
        let milliseconds = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX / 4);
        self.ahead_milliseconds.fetch_max(milliseconds, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_moves_the_tenant_and_not_the_machine() {
        let clock = Clock::new(Arc::new(|| OffsetDateTime::UNIX_EPOCH));
        clock.advance(Duration::from_secs(1800));
        assert_eq!(clock.now().unix_timestamp(), 1800);
        assert_eq!(clock.below().unix_timestamp(), 0);
    }
}
