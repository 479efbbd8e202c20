//! An estate with its desk, and questions to the tenants themselves.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use engine::{Aim, ManyRun, ManyState, ManyTick, ManyView, State};
use footbridge_tests::{APPLICATION, World};
use rehearsal::{ManyOpening, ManyRehearsal};
use simulator::{EstateSettings, Faults, Kind, Settings, Throttle};
use tempfile::TempDir;

/// The guide that is applied.
pub const GUIDE: &str = "targetconnect";

/// Pretend tenants, small and prompt.
pub fn small(customers: usize) -> EstateSettings {
    let tenant =
        Settings { users: 20, service_principals: 2, teams_delay: Duration::ZERO, ..Settings::default() };
    EstateSettings { tenant, customers, relations: BTreeMap::new() }
}

/// The same where each tenant answers every so many requests with 429.
pub fn throttled(customers: usize) -> EstateSettings {
    let mut settings = small(customers);
    settings.tenant.throttle = Some(Throttle { every: 7, retry_after: 3 });
    settings
}

pub struct Scene {
    pub many: ManyRehearsal,
    pub aims: Vec<Aim>,
    /// What each tenant counted before anybody signed in: its own set-up.
    seeded: Vec<u64>,
    _folder: TempDir,
}

impl Scene {
    /// Starts the tenants, signs in at home, and makes a connection for each customer.
    pub async fn open(settings: EstateSettings) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let vault = engine::vault::VaultMode::Memory;
        let opening = ManyOpening {
            folder: folder.path().join("home"),
            vault,
            estate: settings,
            guides: Vec::new(),
            policy: std::sync::Arc::default(),
        };
        let many = rehearsal::start_many(opening).await.unwrap();
        let counted = |customer: &simulator::Customer| World::of(customer.control.dump()).writes();
        let seeded = many.estate.customers.iter().map(counted).collect();
        many.sign_in().await.unwrap();
        let guide = many.desk.guide_named(GUIDE).unwrap();
        let aims = many.desk.many_prepare(GUIDE, &many.tenants(guide)).unwrap();
        Scene { many, aims, seeded, _folder: folder }
    }

    pub fn world(&self, customer: usize) -> World {
        World::of(self.many.estate.customers[customer].control.dump())
    }

    /// What was made twice or left behind, by customer.
    pub fn doubles(&self) -> BTreeMap<usize, Vec<String>> {
        let all = (0..self.many.estate.customers.len())
            .map(|number| (number, self.world(number).doubles(APPLICATION)));
        all.filter(|(_, doubles)| !doubles.is_empty()).collect()
    }

    /// Changes through Graph at one customer so far.
    pub fn writes_at(&self, customer: usize) -> u64 {
        self.world(customer).writes() - self.seeded[customer]
    }

    /// The same over all customers.
    pub fn writes(&self) -> u64 {
        (0..self.seeded.len()).map(|number| self.writes_at(number)).sum()
    }

    /// Requests to Graph so far, and how many of them were answered 429.
    pub fn requests(&self) -> (usize, usize) {
        let mut counted = (0, 0);
        for customer in &self.many.estate.customers {
            for exchange in customer.control.traffic() {
                if exchange.kind == Kind::Graph {
                    counted.0 += 1;
                    counted.1 += usize::from(exchange.status == 429);
                }
            }
        }
        counted
    }

    /// From now on every application that a customer's tenant is asked for fails.
    pub fn plant(&self, customer: usize) {
        let faults = r#"{"faults":[{"match":{"path":"/v1.0/applications*"},"times":0,"action":{"do":"answer","status":403}},
            {"match":{"path":"/v1.0/$batch"},"times":0,"action":{"do":"answer","status":403}}]}"#;
        self.many.estate.customers[customer].control.set_faults(Faults::read(faults).unwrap());
    }

    pub fn mend(&self, customer: usize) {
        self.many.estate.customers[customer].control.set_faults(Faults::default());
    }
}

/// Everything that a machine can do, scripts too.
pub fn all(at_once: usize) -> ManyRun {
    let notices = Some(("Anna Weber".to_owned(), "read".to_owned()));
    ManyRun { at_once, notices, scripts: true, looks: 2, pause: Duration::from_secs(60) }
}

/// The ticks that came, by connection.
#[derive(Default)]
pub struct Seen(Mutex<BTreeMap<String, Vec<ManyTick>>>);

impl engine::ManyTicks for Seen {
    fn tick(&self, connection: &str, tick: ManyTick) {
        self.0.lock().unwrap().entry(connection.to_owned()).or_default().push(tick);
    }
}

impl Seen {
    pub fn of(&self, connection: &str) -> Vec<ManyTick> {
        self.0.lock().unwrap().get(connection).cloned().unwrap_or_default()
    }

    /// How many came to an end.
    pub fn ended(&self) -> usize {
        let is_end = |tick: &ManyTick| matches!(tick, ManyTick::Ended { .. });
        self.0.lock().unwrap().values().filter(|ticks| ticks.iter().any(is_end)).count()
    }
}

/// Whether nothing but the hand-over is left.
pub fn is_ready_to_hand_over(view: &ManyView) -> bool {
    let left: Vec<&str> =
        view.steps.iter().filter(|(_, state)| !state.is_done()).map(|(step, _)| step.as_str()).collect();
    let right =
        |(_, state): &(String, State)| matches!(state, State::Proven | State::Confirmed | State::NotYet);
    view.state == ManyState::NeedsAPerson && left == ["hand-over"] && view.steps.iter().all(right)
}

/// A view in one line, for a failed assertion.
pub fn told(view: &ManyView) -> String {
    let troubles: Vec<String> = view.troubles.iter().map(|trouble| format!("{trouble:?}")).collect();
    format!("{} {:?} {:?} {:?} {troubles:?}", view.name, view.state, view.steps, view.waits_for)
}
