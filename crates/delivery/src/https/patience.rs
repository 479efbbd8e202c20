//! How often and after which pause a push goes on, as arithmetic without a clock.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// Broken connections in a row that brought nothing.
const MOST_BARREN: u32 = 4;
/// Broken connections in all, so that a server that takes byte by byte does not hold a push forever.
const MOST_ROUNDS: u32 = 16;
/// Times that a product may ask for patience.
const MOST_BUSY: u32 = 6;
/// The longest pause for which a push waits.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_IN_SUM: Duration = Duration::from_secs(300);
/// The pause where a product asks for one and does not say how long.
const USUAL_PAUSE: Duration = Duration::from_secs(5);
/// What a wish that cannot be read, or none at all, is told as.
const UNTOLD: u64 = 60;

/// What one push has left.
#[derive(Debug, Default)]
pub(super) struct Patience {
    barren: u32,
    rounds: u32,
    busy: u32,
    waited: Duration,
    furthest: usize,
}

impl Patience {
    /// Notes how many bytes have arrived; more than before gives new patience.
    pub(super) fn arrived(&mut self, bytes: usize) {
        if bytes > self.furthest {
            self.furthest = bytes;
            self.barren = 0;
        }
    }

    /// The pause after a broken connection, or `None` when it is enough: 1, 2, 4 seconds.
    pub(super) fn broken(&mut self) -> Option<Duration> {
        self.barren += 1;
        self.rounds += 1;
        let pause = Duration::from_secs(1 << (self.barren - 1).min(6));
        (self.barren < MOST_BARREN && self.rounds < MOST_ROUNDS).then_some(pause)
    }

    /// The pause that a product asks for, or the seconds after which a person may push again.
    pub(super) fn busy(&mut self, wish: Option<Duration>) -> Result<Duration, u64> {
        self.busy += 1;
        let pause = wish.unwrap_or(USUAL_PAUSE);
        if self.busy > MOST_BUSY || pause > LONGEST_PAUSE || self.waited + pause > LONGEST_IN_SUM {
            return Err(wish.map_or(UNTOLD, |wish| wish.as_secs()));
        }
        self.waited += pause;
        Ok(pause)
    }
}

/// What `Retry-After` says: seconds or a date (RFC 9110 §10.2.3). At most a day; `None` for what cannot be read.
pub(super) fn retry_after(text: &str, now: OffsetDateTime) -> Option<Duration> {
    const DAY: u64 = 24 * 3600;
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(DAY).min(DAY)));
    }
    let until = OffsetDateTime::parse(text, &Rfc2822).ok()? - now;
    Some(Duration::from_secs(u64::try_from(until.whole_seconds()).unwrap_or(0).min(DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_more_than_a_day() {
        let now = datetime!(1994-11-06 08:49:07 UTC);
        let seconds = |text| retry_after(text, now).map(|wish| wish.as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(30));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:40:00 GMT"), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 2094 08:40:00 GMT"), Some(86_400));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        for text in ["", "soon", "-1", "1.5", "1e9"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn patience_ends() {
        let mut patience = Patience::default();
        let pauses: Vec<_> = std::iter::from_fn(|| patience.broken()).map(|pause| pause.as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4]);
        let mut patience = Patience::default();
        let mut rounds = 0;
        while patience.broken().is_some() {
            rounds += 1;
            patience.arrived(rounds);
        }
        assert_eq!(rounds, 15, "progress buys rounds, and not endlessly");
    }

    #[test]
    fn a_busy_product_is_waited_for_within_bounds() {
        let long = Duration::from_secs(61);
        assert_eq!(Patience::default().busy(Some(long)), Err(61));
        let mut patience = Patience::default();
        let waits = (0..10).map_while(|_| patience.busy(Some(Duration::ZERO)).ok()).count();
        assert_eq!(waits, 6);
        let mut patience = Patience::default();
        let waits = (0..10).map_while(|_| patience.busy(Some(LONGEST_PAUSE)).ok()).count();
        assert_eq!(waits, 5);
        assert_eq!(Patience::default().busy(None), Ok(USUAL_PAUSE));
    }
}
