//! What is told while a step runs. Ticks carry nothing that the returned checklist does not also say.

use serde::Serialize;

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "tick", rename_all = "kebab-case")]
pub enum Tick {
    /// A step is looked at.
    Looking {
        /// The step.
        step: String,
    },
    /// A change was confirmed.
    Sent {
        /// Method and path.
        what: String,
        /// HTTP status.
        status: u16,
    },
    /// Microsoft needs a moment.
    Waiting {
        /// For how many seconds.
        seconds: u64,
    },
    /// It was seen as wanted, so many times running.
    Seen {
        /// How often.
        times: u32,
        /// How often it is wanted.
        of: u32,
    },
    /// Users were read.
    Users {
        /// How many so far.
        count: usize,
    },
}

/// Takes the ticks.
pub trait Ticks: Send + Sync {
    /// One tick.
    fn tick(&self, tick: Tick);
}

/// Takes no notice.
#[derive(Debug, Default, Clone, Copy)]
pub struct Quiet;

impl Ticks for Quiet {
    fn tick(&self, _tick: Tick) {}
}

impl<F: Fn(Tick) + Send + Sync> Ticks for F {
    fn tick(&self, tick: Tick) {
        self(tick);
    }
}
