//! Time as an argument, so that a wait of half an hour is tested in microseconds.
//! Nothing in this room asks the operating system for the time or sleeps by itself.

use std::time::Duration;

use futures_util::future::BoxFuture;
use time::OffsetDateTime;

/// Tells the time and waits. The product uses [`SystemClock`], tests turn theirs by hand.
pub trait Clock: Send + Sync {
    /// The present moment, in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Waits for `duration` by this clock. Dropping the future ends the wait.
    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()>;
}

/// The computer's own clock, waiting with tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
