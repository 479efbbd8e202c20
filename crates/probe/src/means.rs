//! What a probe works with: where names come from, which roots count, the time, patience and chance.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::resolver::Resolver;
use crate::roots::Roots;

/// Waits so long; an argument, so that tests decide when a wait is over.
///
/// It has to be a wait of real time where a real server is asked: a clock that skips its waits would make every server
/// too slow.
pub type Sleep = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Everything a probe takes from outside.
#[derive(Clone)]
pub struct Means {
    /// Where a name's addresses come from.
    pub resolver: Resolver,
    /// The authorities that count.
    pub roots: Roots,
    /// The time at which certificates are judged.
    pub now: OffsetDateTime,
    /// How long each part may take.
    pub patience: Patience,
    /// How it is waited.
    pub sleep: Sleep,
    /// What makes the validation token one that nobody has seen before.
    pub random: [u8; 16],
}

impl Means {
    /// The means of a desk that looks at the real internet: the system's resolver, public roots, real time.
    #[must_use]
    pub fn of_the_desk(now: OffsetDateTime, random: [u8; 16]) -> Means {
        Means {
            resolver: Resolver::System,
            roots: Roots::public(),
            now,
            patience: Patience::default(),
            sleep: Arc::new(|duration| Box::pin(tokio::time::sleep(duration))),
            random,
        }
    }
}

/// How long each part of a probe may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the name to be resolved.
    pub lookup: Duration,
    /// For each connection to be accepted.
    pub connection: Duration,
    /// For encryption to be agreed.
    pub handshake: Duration,
    /// From the question to the last byte of its answer.
    pub answer: Duration,
}

impl Default for Patience {
    /// Ten seconds for the answer, as Microsoft Graph gives for a validation; the same for what comes before it, for
    /// which Microsoft names no time.
    fn default() -> Patience {
        let ten = Duration::from_secs(10);
        Patience { lookup: ten, connection: ten, handshake: ten, answer: ten }
    }
}

/// The outcome, or nothing when patience ends first. What is ready counts, even at the last moment.
pub(crate) async fn within<T>(sleep: &Sleep, patience: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        outcome = work => Some(outcome),
        () = sleep(patience) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_microsofts_ten_seconds() {
        assert_eq!(Patience::default().answer, Duration::from_secs(10));
    }
}
