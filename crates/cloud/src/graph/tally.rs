//! Counts requests, reads and changes, so that "a second run makes no change" is a number.

use std::sync::atomic::{AtomicU64, Ordering};

use super::call::Method;

/// What went out so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// HTTP requests to Graph, repeats included; a batch is one.
    pub requests: u64,
    /// Calls that read, each call of a batch counted.
    pub reads: u64,
    /// Calls that change something, each call of a batch counted.
    pub writes: u64,
}

#[derive(Default)]
pub(crate) struct Counter {
    requests: AtomicU64,
    reads: AtomicU64,
    writes: AtomicU64,
}

impl Counter {
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, method: Method, calls: u64) {
        let counter = if method == Method::Get { &self.reads } else { &self.writes };
        counter.fetch_add(calls, Ordering::Relaxed);
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally {
            requests: self.requests.load(Ordering::Relaxed),
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
        }
    }
}
