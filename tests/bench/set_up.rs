//! TARGETconnect's set-up at zero latency: application, two permissions, service principal, secret and consent, beside the
//! Azure CLI and the CLI for Microsoft 365, in turns. Each side's own processes are in the time. Nobody waits for a device
//! code; the peers signed in before, while Footbridge signs in within its time.

use std::time::Duration;

use simulator::Settings;

use crate::azure::Azure;
use crate::footbridge::{self, Home};
use crate::m365::M365;
use crate::row::{Line, as_f64, median, median_of, seconds, times};
use crate::scene::{Passed, Scene};

const WORK: &str = "TARGETconnect set-up";
const FASTER: f64 = 15.0;
const REQUESTS: usize = 12;
const BYTES: f64 = 60_000.0;

/// One side: how long it took each time, and what passed.
#[derive(Default)]
struct Side {
    took: Vec<Duration>,
    requests: Vec<f64>,
    bytes: Vec<f64>,
}

impl Side {
    fn note(&mut self, took: Duration, passed: &Passed) {
        self.took.push(took);
        self.requests.push(as_f64(u64::try_from(passed.requests()).unwrap_or(u64::MAX)));
        self.bytes.push(as_f64(passed.bytes));
    }

    fn told(&self, name: &str) -> String {
        format!("{name}: {}", self.figures())
    }

    fn figures(&self) -> String {
        format!(
            "{}, {} requests, {:.1} KB",
            seconds(median_of(&self.took)),
            median(&self.requests),
            median(&self.bytes) / 1000.0
        )
    }
}

/// Measures the row.
pub fn measure() -> Vec<Line> {
    let faster = "at least 15 times faster";
    let mut lines = vec![
        Line::new("set-up/azure-cli", WORK, faster),
        Line::new("set-up/m365", WORK, faster),
        Line::new("set-up/requests", "requests of it", "at most 12"),
        Line::new("set-up/bytes", "bytes on the wire of it", "at most 60 KB"),
        Line::new("set-up/size", "requests in a tenant of 20,000 users and 1,500 products", "as many"),
    ];
    if let Err(why) = footbridge::program() {
        return lines.into_iter().map(|line| line.left_out(why)).collect();
    }
    let scene = Scene::open(Settings::default());
    let (azure, m365) = (Azure::sign_in(&scene), M365::sign_in(&scene));
    let (mut ours, mut by_azure, mut by_m365) = (Side::default(), Side::default(), Side::default());
    // The first of each warms the disk and is not counted.
    for turn in 0..=times(9) {
        let note = |side: &mut Side, work: &dyn Fn() -> Duration| {
            let then = scene.moment();
            let took = work();
            if turn > 0 {
                side.note(took, &scene.since(then));
            }
        };
        note(&mut ours, &|| Home::new(&format!("Footbridge {turn}")).set_up(&scene));
        if let Ok(azure) = &azure {
            note(&mut by_azure, &|| azure.set_up(&format!("Azure {turn}")));
        }
        if let Ok(m365) = &m365 {
            note(&mut by_m365, &|| m365.set_up(&format!("M365 {turn}")));
        }
    }
    let compared = |line: Line, side: &Side, name: Result<&String, &&'static str>| match name {
        Ok(name) => line
            .ours(ours.figures())
            .against(side.told(name))
            .at_least(median_of(&side.took) / median_of(&ours.took), FASTER),
        Err(why) => line.ours(ours.figures()).left_out(*why),
    };
    let (requests, bytes) = (median(&ours.requests), median(&ours.bytes));
    let larger = in_a_large_tenant();
    lines[0] = compared(lines[0].clone(), &by_azure, azure.as_ref().map(|azure| &azure.name));
    lines[1] = compared(lines[1].clone(), &by_m365, m365.as_ref().map(|m365| &m365.name));
    let most = f64::from(u32::try_from(REQUESTS).unwrap_or(u32::MAX));
    lines[2] = lines[2].clone().ours(format!("{requests}")).met(requests <= most);
    lines[3] = lines[3].clone().ours(format!("{:.1} KB", bytes / 1000.0)).met(bytes <= BYTES);
    let same = larger.requests[0].total_cmp(&requests).is_eq();
    lines[4] = lines[4].clone().ours(larger.figures()).against(ours.told("the small tenant")).met(same);
    lines
}

fn in_a_large_tenant() -> Side {
    let scene = Scene::open(Settings { users: 20_000, service_principals: 1_500, ..Settings::default() });
    let mut side = Side::default();
    let then = scene.moment();
    let took = Home::new("Footbridge").set_up(&scene);
    side.note(took, &scene.since(then));
    side
}
