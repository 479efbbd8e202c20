//! A rehearsal with many tenants: an estate of pretend tenants in this process, one desk for all of them, and a sign-in
//! at the pretend partner's own tenant that is approved in the same breath.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use engine::guide::{Ask, AskKind, Guide};
use engine::{
    Desk, MachinePolicy, ManyTenant, PretendServers, Reach, Script, SystemRandomness, TeamsShell,
    TeamsShellError, TeamsState, Trouble, cloud, guide, vault,
};
use futures_util::future::BoxFuture;
use serde_json::Value;
use simulator::{Control, Estate, EstateSettings};
use time::OffsetDateTime;

use crate::answers::{answer, chosen};
use crate::{PretendTeams, RehearsalError};

/// How a rehearsal with many tenants is opened.
pub struct ManyOpening {
    /// Where journal and vault would live.
    pub folder: PathBuf,
    /// Where the vault's key comes from.
    pub vault: vault::VaultMode,
    /// The pretend tenants.
    pub estate: EstateSettings,
    /// Guides beside the built-in ones.
    pub guides: Vec<&'static guide::Guide>,
    /// What is laid down for this machine.
    pub policy: Arc<MachinePolicy>,
}

/// The pretend tenants and the desk that works with them.
pub struct ManyRehearsal {
    /// The desk.
    pub desk: Desk,
    /// The pretend tenants.
    pub estate: Estate,
}

/// Starts the pretend tenants and opens a desk on them.
///
/// # Errors
/// [`RehearsalError`].
pub async fn start_many(opening: ManyOpening) -> Result<ManyRehearsal, RehearsalError> {
    let estate = Estate::start(opening.estate).await?;
    let desk = desk_at_many(&estate, opening.folder, opening.vault, opening.guides, opening.policy)?;
    Ok(ManyRehearsal { desk, estate })
}

/// Opens a desk at pretend tenants that are there already.
///
/// # Errors
/// [`RehearsalError`].
pub fn desk_at_many(
    estate: &Estate,
    folder: PathBuf,
    vault: vault::VaultMode,
    guides: Vec<&'static guide::Guide>,
    policy: Arc<MachinePolicy>,
) -> Result<Desk, RehearsalError> {
    desk_with_clock(estate, folder, vault, guides, policy, Arc::new(EstateClock(estate.home.clone())))
}

/// The same with a clock of the caller's.
///
/// # Errors
/// [`RehearsalError`].
pub fn desk_with_clock(
    estate: &Estate,
    folder: PathBuf,
    vault: vault::VaultMode,
    guides: Vec<&'static guide::Guide>,
    policy: Arc<MachinePolicy>,
    clock: Arc<dyn cloud::Clock>,
) -> Result<Desk, RehearsalError> {
    let mut place = cloud::Place::global().with_client_id(estate.client_id.clone());
    "rehearsal".clone_into(&mut place.name);
    place.kind = cloud::PlaceKind::Custom;
    place.login = estate.origin.parse()?;
    place.graph = estate.origin.parse()?;
    let controls = estate.customers.iter().map(|customer| customer.control.clone()).collect();
    let settings = engine::Settings {
        folder,
        vault,
        place,
        network: engine::cloud::Network::direct(),
        clock,
        random: Arc::new(SystemRandomness),
        teams: Arc::new(TeamsOfMany(controls)),
        reach: Reach::pretend(PretendServers::default()),
        rehearsal: true,
        policy,
    };
    Desk::open_with(settings, guides).map_err(RehearsalError::Desk)
}

impl ManyRehearsal {
    /// Signs in at the partner's own tenant. Answers the account.
    ///
    /// # Errors
    /// What the desk says.
    pub async fn sign_in(&self) -> Result<String, Trouble> {
        sign_in_home(&self.desk, &self.estate).await
    }

    /// The customers as an admin would list them, with answers to what a guide asks for.
    #[must_use]
    pub fn tenants(&self, guide: &Guide) -> Vec<ManyTenant> {
        listed(&self.estate, guide)
    }
}

/// Signs a desk in at the partner's own tenant. Answers the account.
///
/// # Errors
/// What the desk says.
pub async fn sign_in_home(desk: &Desk, estate: &Estate) -> Result<String, Trouble> {
    let code = desk.begin_home_code(Some(&estate.home_id), "en-GB").await?;
    // A refusal reaches whoever polls, as it would in earnest.
    let _ = estate.home.approve(&code.user_code, &estate.account);
    desk.finish_home_code(code, &|_| {}).await
}

/// The customers as an admin would list them, with answers to what a guide asks for.
#[must_use]
pub fn listed(estate: &Estate, guide: &Guide) -> Vec<ManyTenant> {
    let is_open = |ask: &&Ask| ask.required && ask.default.is_none();
    let tenant = |customer: &simulator::Customer| {
        let people = PretendTeams::new(customer.control.clone()).candidates(&[]);
        let given = |ask: &Ask| -> Option<(String, Value)> {
            let value = match &ask.kind {
                AskKind::Users { most } => chosen(&people, *most, 0, true),
                kind => ask.exampled().or_else(|| answer(kind)),
            };
            Some((ask.id.clone(), value?))
        };
        ManyTenant {
            name: customer.name.clone(),
            customer: Some(customer.name.clone()),
            tenant: customer.domain.clone(),
            answers: guide.asks.iter().filter(is_open).filter_map(given).collect(),
        }
    };
    estate.customers.iter().map(tenant).collect()
}

/// The clock of all the tenants. Several who wait at once wait as long as the longest of them.
struct EstateClock(Control);

impl cloud::Clock for EstateClock {
    fn now(&self) -> OffsetDateTime {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        let until = self.0.now() + duration;
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.0.advance_to(until);
        })
    }
}

/// Runs each script in the tenant whose application it names.
struct TeamsOfMany(Vec<Control>);

impl TeamsShell for TeamsOfMany {
    fn find(&self, _: Script) -> BoxFuture<'_, TeamsState> {
        let found = TeamsState::Found { program: "rehearsal".to_owned(), version: "rehearsal".to_owned() };
        Box::pin(async { found })
    }

    fn run<'a>(
        &'a self,
        script: Script,
        parameters: &'a Value,
    ) -> BoxFuture<'a, Result<Value, TeamsShellError>> {
        Box::pin(async move {
            let application = parameters["application-id"].as_str().unwrap_or_default();
            let Some(control) = self.0.iter().find(|control| control.has_application(application)) else {
                let why = "no pretend tenant has this application".to_owned();
                return Err(TeamsShellError::Failed { why });
            };
            PretendTeams::new(control.clone()).run(script, parameters).await
        })
    }
}
