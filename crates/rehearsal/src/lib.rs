//! A desk in the pretend tenant: starts the simulator in this process and opens a desk on it, with a clock that can be
//! hurried and a pretend Teams. For the window, the command line and the tests; the engine itself never knows of it.

mod answers;
mod clock;
mod exchange;
mod lobby;
mod many;
mod people;
mod products;
mod teams;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use engine::{Desk, MachinePolicy, SystemRandomness, TeamsShell, Trouble, cloud, guide, vault};
use simulator::Running;

pub use answers::UnknownAccount;
pub use clock::RehearsalClock;
pub use exchange::PretendExchange;
pub use many::{ManyOpening, ManyRehearsal, desk_at_many, desk_with_clock, listed, sign_in_home, start_many};
pub use products::reach;
pub use teams::PretendTeams;

/// The pretend tenant and the desk that works with it.
pub struct Rehearsal {
    /// The desk.
    pub desk: Desk,
    /// The pretend tenant.
    pub tenant: Running,
    /// Its clock.
    pub clock: Arc<RehearsalClock>,
    /// Its Teams shell.
    pub teams: Arc<dyn TeamsShell>,
    /// Where journal and vault would live, and where files of pretend people are written.
    pub folder: PathBuf,
}

/// How a rehearsal is opened.
pub struct Opening {
    /// Where journal and vault would live; its own folder, never that of real connections.
    pub folder: PathBuf,
    /// Where the vault's key comes from.
    pub vault: vault::VaultMode,
    /// The pretend tenant.
    pub tenant: simulator::Settings,
    /// Whether waits push the pretend time ahead instead of taking it.
    pub hurries: bool,
    /// How much real time a hurried wait takes at most, so that it can be seen and stopped.
    pub shown: Duration,
    /// Guides beside the built-in ones.
    pub guides: Vec<&'static guide::Guide>,
    /// What is laid down for this machine.
    pub policy: Arc<MachinePolicy>,
}

impl Opening {
    /// A rehearsal that keeps nothing.
    pub fn in_memory(folder: PathBuf) -> Self {
        let tenant =
            simulator::Settings { poll_interval: Duration::from_secs(1), ..simulator::Settings::default() };
        Self {
            folder,
            vault: vault::VaultMode::Memory,
            tenant,
            hurries: false,
            shown: Duration::from_millis(120),
            guides: Vec::new(),
            policy: Arc::default(),
        }
    }
}

/// Why there is no rehearsal.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The pretend tenant did not start.
    #[error("the pretend tenant did not start: {0}")]
    Tenant(#[from] simulator::StartError),
    /// Its addresses cannot be used.
    #[error("the pretend tenant's addresses cannot be used: {0}")]
    Place(#[from] url::ParseError),
    /// Its desk did not open.
    #[error("the rehearsal's desk did not open")]
    Desk(Trouble),
}

/// Starts the pretend tenant and opens a desk on it.
///
/// # Errors
/// [`RehearsalError`].
pub async fn start(opening: Opening) -> Result<Rehearsal, RehearsalError> {
    let folder = opening.folder.clone();
    let tenant = simulator::start(simulator::Settings { products: true, ..opening.tenant }).await?;
    let clock = Arc::new(RehearsalClock::new(tenant.control(), opening.hurries, opening.shown));
    let teams: Arc<dyn TeamsShell> = Arc::new(PretendTeams::new(tenant.control()));
    let settings = engine::Settings {
        folder: opening.folder,
        vault: opening.vault,
        place: place(&tenant)?,
        network: cloud::Network::direct(),
        clock: clock.clone(),
        random: Arc::new(SystemRandomness),
        teams: teams.clone(),
        reach: products::reach_by_real_time(&tenant),
        rehearsal: true,
        policy: opening.policy,
    };
    let desk = Desk::open_with(settings, opening.guides).map_err(RehearsalError::Desk)?;
    Ok(Rehearsal { desk, tenant, clock, teams, folder })
}

/// The pretend tenant as a cloud of its own.
///
/// # Errors
/// When its addresses are no addresses.
pub fn place(tenant: &Running) -> Result<cloud::Place, url::ParseError> {
    let told = &tenant.announcement;
    let mut place = cloud::Place::global().with_client_id(told.client_id.clone());
    "rehearsal".clone_into(&mut place.name);
    place.kind = cloud::PlaceKind::Custom;
    place.login = told.login.parse()?;
    place.graph = told.graph.parse()?;
    place.ca_file.clone_from(&told.ca);
    Ok(place)
}
