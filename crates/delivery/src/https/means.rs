//! Time and names as arguments. Nothing here asks the operating system for the time, waits or resolves by itself.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use time::OffsetDateTime;

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    /// The present moment, in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Waits for `duration` by this clock. Dropping the future ends the wait.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

/// The computer's own clock, waiting with tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// From a name to addresses. It is asked once for each delivery.
pub trait Resolver: Send + Sync {
    /// Every address of `host`, which is a name and no address.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver, hosts file included.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// What a delivery needs from outside.
#[derive(Clone)]
pub struct Means {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where addresses come from.
    pub resolver: Arc<dyn Resolver>,
}

impl Default for Means {
    /// The system's own.
    fn default() -> Self {
        Means { clock: Arc::new(SystemClock), resolver: Arc::new(SystemResolver) }
    }
}

impl std::fmt::Debug for Means {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Means")
    }
}

/// The outcome of `work`, or `None` when `patience` ended before.
pub(super) async fn within<T>(
    clock: &dyn Clock,
    patience: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        outcome = work => Some(outcome),
        () = clock.sleep(patience) => None,
    }
}
