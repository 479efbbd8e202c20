//! One line of the table, and the figures in it.

use std::fmt;
use std::time::Duration;

/// How a line ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The target is met.
    Met,
    /// It is not.
    Missed,
    /// It was not measured, for this reason.
    LeftOut(String),
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Line {
    /// The row, and after a slash what of it.
    pub key: String,
    /// What is measured.
    pub work: String,
    /// Footbridge's figure.
    pub ours: String,
    /// Whose figure it is compared with, and that figure.
    pub peer: String,
    /// The ratio of the two, where there is one.
    pub ratio: Option<f64>,
    /// The target in words.
    pub target: String,
    /// How it ended.
    pub outcome: Outcome,
}

impl Line {
    /// A line without figures.
    pub fn new(key: &str, work: &str, target: &str) -> Self {
        Self {
            key: key.to_owned(),
            work: work.to_owned(),
            ours: String::new(),
            peer: String::new(),
            ratio: None,
            target: target.to_owned(),
            outcome: Outcome::Missed,
        }
    }

    /// The same with Footbridge's figure.
    pub fn ours(self, ours: impl Into<String>) -> Self {
        Self { ours: ours.into(), ..self }
    }

    /// The same with the other figure and whose it is.
    pub fn against(self, peer: impl Into<String>) -> Self {
        Self { peer: peer.into(), ..self }
    }

    /// The same with a ratio that is good when it is at most so much.
    pub fn at_most(self, ratio: f64, most: f64) -> Self {
        Self { ratio: Some(ratio), ..self }.met(ratio <= most)
    }

    /// The same with a ratio that is good when it is at least so much.
    pub fn at_least(self, ratio: f64, least: f64) -> Self {
        Self { ratio: Some(ratio), ..self }.met(ratio >= least)
    }

    /// The same with its outcome.
    pub fn met(self, met: bool) -> Self {
        Self { outcome: if met { Outcome::Met } else { Outcome::Missed }, ..self }
    }

    /// The same, not measured.
    pub fn left_out(self, why: impl Into<String>) -> Self {
        Self { outcome: Outcome::LeftOut(why.into()), ..self }
    }

    /// The cells, with tabs between them.
    pub fn cells(&self) -> String {
        let ratio = self.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let outcome = self.outcome.to_string();
        let cells = [&self.key, &self.work, &self.ours, &self.peer, &ratio, &self.target, &outcome];
        cells.map(|cell| cell.replace(['\t', '\n'], " ")).join("\t")
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Met => out.write_str("met"),
            Self::Missed => out.write_str("missed"),
            Self::LeftOut(why) => write!(out, "left out: {why}"),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.cells().replace('\t', " | "))
    }
}

/// The middle one; of an even number the mean of the two in the middle.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        count if count.is_multiple_of(2) => (sorted[middle - 1] + sorted[middle]) / 2.0,
        _ => sorted[middle],
    }
}

/// The median of times, in seconds.
pub fn median_of(times: &[Duration]) -> f64 {
    median(&times.iter().map(Duration::as_secs_f64).collect::<Vec<_>>())
}

/// Seconds for a reader.
pub fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") }
}

/// Bytes for a reader, in MiB.
pub fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", as_f64(bytes) / 1_048_576.0)
}

/// A count as a number to divide by; nothing that is counted here comes near 2^53.
pub fn as_f64(count: u64) -> f64 {
    count as f64
}

/// How often something is done: what the row says, or what somebody wants for a quick look.
pub fn times(usual: usize) -> usize {
    let wanted = std::env::var("FOOTBRIDGE_BENCH_TIMES").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or(usual)
}
