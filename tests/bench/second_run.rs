//! The set-up once more by a new process, where nothing is left to do.

use simulator::Settings;

use crate::footbridge::{self, Home};
use crate::row::{Line, median_of, seconds, times};
use crate::scene::Scene;

const REQUESTS: usize = 3;

/// Measures the row.
pub fn measure() -> Vec<Line> {
    let writes = Line::new("second-run/writes", "second run, nothing to do", "0 writes");
    let requests = Line::new("second-run/requests", "requests of the second run", "at most 3");
    if let Err(why) = footbridge::program() {
        return vec![writes.left_out(why), requests.left_out(why)];
    }
    let scene = Scene::open(Settings::default());
    let (mut first_took, mut second_took) = (Vec::new(), Vec::new());
    let (mut first, mut second) = ((0, 0), (0, 0));
    for turn in 0..=times(9) {
        let home = Home::new(&format!("Footbridge {turn}"));
        for (took, counts) in [(&mut first_took, &mut first), (&mut second_took, &mut second)] {
            let then = scene.moment();
            let spent = home.set_up(&scene);
            let passed = scene.since(then);
            // The most of all turns: a target of counts has to hold each time.
            *counts = (counts.0.max(passed.writes()), counts.1.max(passed.requests()));
            if turn > 0 {
                took.push(spent);
            }
        }
    }
    let told = |(writes, requests): (usize, usize), took: &[_]| {
        format!("{writes} writes, {requests} requests, {}", seconds(median_of(took)))
    };
    let (ours, peer) = (told(second, &second_took), format!("the first: {}", told(first, &first_took)));
    vec![
        writes.ours(ours.clone()).against(peer.clone()).met(second.0 == 0),
        requests.ours(ours).against(peer).met(second.1 <= REQUESTS),
    ]
}
