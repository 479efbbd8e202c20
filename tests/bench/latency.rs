//! The same set-up where each round trip takes 50 ms, beside the sum of the round trips that had to wait for one another.
//! Signing in is part of both. A connection is opened at the speed of this computer: the pretend tenant delays its answers.

use std::time::Duration;

use simulator::Settings;

use crate::footbridge::{self, Home};
use crate::row::{Line, median, seconds, times};
use crate::scene::Scene;

const ROUND_TRIP: Duration = Duration::from_millis(50);
const MOST: f64 = 1.25;

/// Measures the row.
pub fn measure() -> Vec<Line> {
    let line = Line::new("latency", "the set-up with 50 ms a round trip", "at most 1.25 times");
    if let Err(why) = footbridge::program() {
        return vec![line.left_out(why)];
    }
    let scene = Scene::open(Settings { latency: ROUND_TRIP, ..Settings::default() });
    let (mut took, mut sums, mut ratios, mut told) = (Vec::new(), Vec::new(), Vec::new(), String::new());
    for turn in 0..=times(9) {
        let then = scene.moment();
        let spent = Home::new(&format!("Footbridge {turn}")).set_up(&scene).as_secs_f64();
        let passed = scene.since(then);
        let rounds = passed.one_after_another(ROUND_TRIP);
        let sum = ROUND_TRIP.as_secs_f64() * f64::from(rounds);
        if turn > 0 {
            took.push(spent);
            sums.push(sum);
            ratios.push(spent / sum);
            told =
                format!("{rounds} round trips one after another, of {} with sign-in", passed.exchanges.len());
        }
    }
    let peer = format!("{told}: {}", seconds(median(&sums)));
    vec![line.ours(seconds(median(&took))).against(peer).at_most(median(&ratios), MOST)]
}
