//! Readings that came in one request with something else, so that nothing is asked for twice. Each is used once, by the
//! very call that would have asked for it, and only while it is young.

use cloud::{Answer, Call, GraphError};
use time::{Duration, OffsetDateTime};

/// What `Graph::batch` answers for one call.
pub(crate) type Outcome = Result<Answer, GraphError>;

/// Readings that nobody has used yet.
#[derive(Default)]
pub(crate) struct Ahead(Vec<Reading>);

struct Reading {
    call: Call,
    outcome: Outcome,
    at: OffsetDateTime,
}

impl Ahead {
    pub fn keep(&mut self, call: Call, outcome: Outcome, at: OffsetDateTime) {
        self.0.push(Reading { call, outcome, at });
    }

    /// The answers to all of these calls, taken out; none where one of them is missing or older than `most`.
    pub fn take(&mut self, calls: &[Call], now: OffsetDateTime, most: Duration) -> Option<Vec<Outcome>> {
        let mut places: Vec<usize> = Vec::new();
        for call in calls {
            let fits = |place: &usize| {
                let reading = &self.0[*place];
                !places.contains(place) && is_same(&reading.call, call) && now - reading.at <= most
            };
            places.push((0..self.0.len()).find(fits)?);
        }
        let mut left: Vec<Option<Reading>> = std::mem::take(&mut self.0).into_iter().map(Some).collect();
        let taken = places.iter().filter_map(|place| left[*place].take()).map(|reading| reading.outcome);
        let taken = taken.collect();
        self.0 = left.into_iter().flatten().collect();
        Some(taken)
    }

    /// Drops what is older than `most`.
    pub fn keep_younger(&mut self, now: OffsetDateTime, most: Duration) {
        self.0.retain(|reading| now - reading.at <= most);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// The same request, whatever it waits for in its batch.
fn is_same(one: &Call, other: &Call) -> bool {
    one.method == other.method
        && one.path == other.path
        && one.headers == other.headers
        && one.body == other.body
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const AT: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn ahead(paths: &[&str]) -> Ahead {
        let mut ahead = Ahead::default();
        for (number, path) in (200..).zip(paths) {
            ahead.keep(Call::get(*path).after([0]), Ok(Answer::without_body(number, AT)), AT);
        }
        ahead
    }

    fn taken(ahead: &mut Ahead, paths: &[&str], now: OffsetDateTime) -> Option<Vec<u16>> {
        let calls: Vec<Call> = paths.iter().map(|path| Call::get(*path)).collect();
        let outcomes = ahead.take(&calls, now, Duration::seconds(60))?;
        Some(outcomes.into_iter().map(|outcome| outcome.unwrap().status).collect())
    }

    #[test]
    fn a_reading_is_used_once_and_only_by_its_own_call() {
        let mut ahead = ahead(&["/a", "/b", "/a"]);
        assert_eq!(taken(&mut ahead, &["/a", "/c"], AT), None, "all or none");
        assert_eq!(taken(&mut ahead, &["/b", "/a", "/a"], AT), Some(vec![201, 200, 202]));
        assert_eq!(taken(&mut ahead, &["/a"], AT), None);
        let other = Call::get("/a").header("Prefer", "x");
        assert!(self::ahead(&["/a"]).take(&[other], AT, Duration::MAX).is_none());
    }

    #[test]
    fn what_is_old_is_asked_for_anew() {
        let late = AT + Duration::seconds(61);
        assert_eq!(taken(&mut ahead(&["/a"]), &["/a"], late), None);
        let mut ahead = ahead(&["/a"]);
        ahead.keep_younger(late, Duration::seconds(10));
        assert_eq!(taken(&mut ahead, &["/a"], AT), None);
    }
}
