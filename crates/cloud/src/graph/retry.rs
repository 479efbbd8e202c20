//! When a request is worth sending again, as arithmetic without a clock.
//! Only what cannot have had an effect is sent again: reads, and changes that Graph turned away before they began.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::fault::{GraphError, GraphFault};

const MOST_ATTEMPTS: u32 = 6;
const MOST_WITHOUT_NETWORK: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
const LONGEST_IN_SUM: Duration = Duration::from_secs(600);

/// What to do after an error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Stop,
    Wait(Duration),
}

/// What one call has left.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    attempts: u32,
    waited: Duration,
}

impl Patience {
    /// Counts a failed attempt and says whether there is another. `harmless` means that repeating changes nothing.
    pub(crate) fn after(&mut self, error: &GraphError, harmless: bool) -> Next {
        self.attempts += 1;
        let most = match error.kind {
            GraphFault::Throttled => MOST_ATTEMPTS,
            GraphFault::Busy if harmless && matches!(error.status, Some(503 | 504)) => MOST_ATTEMPTS,
            GraphFault::Busy if error.status == Some(503) && error.retry_after.is_some() => MOST_ATTEMPTS,
            GraphFault::AnswerLost if harmless && error.status == Some(504) => MOST_ATTEMPTS,
            GraphFault::Unreachable | GraphFault::AnswerLost if harmless && error.status.is_none() => {
                MOST_WITHOUT_NETWORK
            }
            _ => 0,
        };
        let pause = error.retry_after.unwrap_or_else(|| backoff(self.attempts));
        if self.attempts >= most || pause > LONGEST_PAUSE || self.waited + pause > LONGEST_IN_SUM {
            return Next::Stop;
        }
        self.waited += pause;
        Next::Wait(pause)
    }
}

/// 1, 2, 4, 8, 16 s.
fn backoff(attempt: u32) -> Duration {
    Duration::from_secs(1 << attempt.saturating_sub(1).min(4))
}

/// `Retry-After`: whole seconds or an HTTP date (RFC 9110 §10.2.3); anything else counts as not told.
pub(crate) fn pause_told(text: &str, now: OffsetDateTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    Some(Duration::try_from(until - now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::graph::call::Call;

    fn error(kind: GraphFault, status: Option<u16>, retry_after: Option<u64>) -> GraphError {
        GraphError {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            ..Call::get("/x").fault(kind, "x")
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = datetime!(2026-11-21 10:00:00 UTC);
        for (text, seconds) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("3600", Some(3600)),
            ("Sat, 21 Nov 2026 10:00:30 GMT", Some(30)),
            ("Sat, 21 Nov 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(pause_told(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn throttling_is_waited_out_as_told() {
        let mut patience = Patience::default();
        let throttled = error(GraphFault::Throttled, Some(429), Some(7));
        for _ in 0..5 {
            assert_eq!(patience.after(&throttled, false), Next::Wait(Duration::from_secs(7)));
        }
        assert_eq!(patience.after(&throttled, false), Next::Stop);
    }

    #[test]
    fn without_a_word_the_pauses_grow() {
        let mut patience = Patience::default();
        let busy = error(GraphFault::Busy, Some(503), None);
        let pauses: Vec<Next> = (0..6).map(|_| patience.after(&busy, true)).collect();
        let wait = |seconds| Next::Wait(Duration::from_secs(seconds));
        assert_eq!(pauses, [wait(1), wait(2), wait(4), wait(8), wait(16), Next::Stop]);
    }

    #[test]
    fn a_change_is_repeated_only_when_it_was_turned_away() {
        for (trouble, again) in [
            (error(GraphFault::Throttled, Some(429), None), true),
            (error(GraphFault::Busy, Some(503), Some(1)), true),
            (error(GraphFault::Busy, Some(503), None), false),
            (error(GraphFault::AnswerLost, Some(504), Some(1)), false),
            (error(GraphFault::AnswerLost, None, None), false),
            (error(GraphFault::Unreachable, None, None), false),
            (error(GraphFault::Other, Some(500), Some(1)), false),
            (error(GraphFault::NotFound, Some(404), None), false),
        ] {
            assert_eq!(Patience::default().after(&trouble, false) != Next::Stop, again, "{trouble:?}");
        }
    }

    #[test]
    fn hours_are_not_waited() {
        let trouble = error(GraphFault::Throttled, Some(429), Some(3600));
        assert_eq!(Patience::default().after(&trouble, true), Next::Stop);
        let mut patience = Patience::default();
        let slow = error(GraphFault::Throttled, Some(429), Some(250));
        assert_ne!(patience.after(&slow, true), Next::Stop);
        assert_ne!(patience.after(&slow, true), Next::Stop);
        assert_eq!(patience.after(&slow, true), Next::Stop);
    }

    #[test]
    fn a_read_survives_a_short_loss_of_the_network() {
        let mut patience = Patience::default();
        let lost = error(GraphFault::Unreachable, None, None);
        assert_ne!(patience.after(&lost, true), Next::Stop);
        assert_ne!(patience.after(&lost, true), Next::Stop);
        assert_eq!(patience.after(&lost, true), Next::Stop);
    }
}
