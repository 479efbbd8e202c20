//! A pretend tenant inside this process: the simulator, a clock that can be hurried, and a pretend Teams shell.
//! Nothing of it is written outside its own folder, and it ends with the window.

use std::{
    future::Future,
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use engine::{Desk, SystemRandomness, TeamsShell, TeamsShellError, TeamsState, Trouble, cloud};
use serde_json::{Value, json};
use simulator::{Control, Running};
use time::OffsetDateTime;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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
}

/// Why there is no rehearsal.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The pretend tenant did not start.
    #[error("the pretend tenant did not start: {0}")]
    Tenant(#[from] simulator::StartError),
    /// Its addresses cannot be used.
    #[error("the pretend tenant's addresses cannot be used: {0}")]
    Place(String),
    /// Its desk did not open.
    #[error("the rehearsal's desk did not open")]
    Desk(Trouble),
}

/// Starts the pretend tenant and opens a desk on it that keeps nothing.
///
/// # Errors
/// [`RehearsalError`].
pub async fn start(folder: PathBuf) -> Result<Rehearsal, RehearsalError> {
    let settings =
        simulator::Settings { poll_interval: Duration::from_secs(1), ..simulator::Settings::default() };
    let tenant = simulator::start(settings).await?;
    let clock = Arc::new(RehearsalClock { tenant: tenant.control(), hurries: AtomicBool::new(false) });
    let teams: Arc<dyn TeamsShell> = Arc::new(PretendTeams { tenant: tenant.control() });
    let desk = Desk::open(engine::Settings {
        folder,
        vault: engine::vault::VaultMode::Memory,
        place: place(&tenant)?,
        clock: clock.clone(),
        random: Arc::new(SystemRandomness),
        teams: teams.clone(),
        rehearsal: true,
    })
    .map_err(RehearsalError::Desk)?;
    Ok(Rehearsal { desk, tenant, clock, teams })
}

fn place(tenant: &Running) -> Result<cloud::Place, RehearsalError> {
    let told = &tenant.announcement;
    let url =
        |text: &str| text.parse().map_err(|why: url::ParseError| RehearsalError::Place(why.to_string()));
    let mut place = cloud::Place::global().with_client_id(told.client_id.clone());
    place.name = "rehearsal".to_owned();
    place.kind = cloud::PlaceKind::Custom;
    place.login = url(&told.login)?;
    place.graph = url(&told.graph)?;
    place.ca_file.clone_from(&told.ca);
    Ok(place)
}

/// The pretend tenant's time. While it hurries, waiting pushes that time ahead instead of taking it.
pub struct RehearsalClock {
    tenant: Control,
    hurries: AtomicBool,
}

impl RehearsalClock {
    /// Lets waits pass quickly from now on, or no longer.
    pub fn hurry(&self, hurries: bool) {
        self.hurries.store(hurries, Ordering::Relaxed);
    }

    /// Pushes the pretend tenant's time ahead.
    pub fn push(&self, by: Duration) {
        self.tenant.advance(by);
    }
}

impl cloud::Clock for RehearsalClock {
    fn now(&self) -> OffsetDateTime {
        self.tenant.now()
    }

    fn sleep(&self, duration: Duration) -> Boxed<'_, ()> {
        Box::pin(async move {
            if !self.hurries.load(Ordering::Relaxed) {
                return tokio::time::sleep(duration).await;
            }
            // A little real time, so that a wait can be seen and stopped.
            let shown = duration.min(Duration::from_millis(120));
            tokio::time::sleep(shown).await;
            self.tenant.advance(duration.saturating_sub(shown));
        })
    }
}

/// What the Teams script does, done to the pretend tenant.
struct PretendTeams {
    tenant: Control,
}

impl TeamsShell for PretendTeams {
    fn find(&self) -> Boxed<'_, TeamsState> {
        Box::pin(async {
            TeamsState::Found { program: "rehearsal".to_owned(), version: "rehearsal".to_owned() }
        })
    }

    fn run<'a>(&'a self, parameters: &'a Value) -> Boxed<'a, Result<Value, TeamsShellError>> {
        Box::pin(async move { self.play(parameters) })
    }
}

impl PretendTeams {
    fn cmdlet(&self, cmdlet: &str, parameters: Value) -> Result<Vec<Value>, TeamsShellError> {
        let answer = self.tenant.teams(&json!({ "cmdlet": cmdlet, "parameters": parameters }));
        if answer["ok"] == true {
            return Ok(answer["output"].as_array().cloned().unwrap_or_default());
        }
        let why = answer["error"]["message"].as_str().unwrap_or("no reason was given").to_owned();
        Err(TeamsShellError::Failed { why })
    }

    /// The application ids of a policy; `None` where there is no such policy.
    fn policy(&self, name: &Value) -> Option<Vec<Value>> {
        let found = self.cmdlet("Get-CsApplicationAccessPolicy", json!({ "Identity": name })).ok()?;
        found.first().map(|policy| policy["AppIds"].as_array().cloned().unwrap_or_default())
    }

    fn held(&self, user: &Value) -> Result<Value, TeamsShellError> {
        let found = self.cmdlet("Get-CsOnlineUser", json!({ "Identity": user }))?;
        Ok(found.first().map(|person| person["ApplicationAccessPolicy"].clone()).unwrap_or_default())
    }

    fn play(&self, wanted: &Value) -> Result<Value, TeamsShellError> {
        let (name, application) = (&wanted["policy-name"], &wanted["application-id"]);
        let users = wanted["user-ids"].as_array().cloned().unwrap_or_default();
        let mut assigned = Vec::new();
        let mut overwritten = Vec::new();
        let (mut global, mut group) = (Value::Null, Value::Null);
        match wanted["action"].as_str().unwrap_or_default() {
            "policy" => self.make_policy(wanted)?,
            "assign" => {
                let before = users.iter().map(|user| self.held(user)).collect::<Result<Vec<_>, _>>()?;
                match wanted["scope"].as_str() {
                    Some("everyone") => {
                        self.cmdlet(
                            "Grant-CsApplicationAccessPolicy",
                            json!({ "PolicyName": name, "Global": true }),
                        )?;
                        global = name.clone();
                    }
                    Some("group") => {
                        let given = json!({ "PolicyName": name, "Group": wanted["group-id"], "Rank": 1 });
                        self.cmdlet("Grant-CsApplicationAccessPolicy", given)?;
                        group = name.clone();
                    }
                    _ => {
                        for user in &users {
                            let given = json!({ "PolicyName": name, "Identity": user });
                            self.cmdlet("Grant-CsApplicationAccessPolicy", given)?;
                        }
                    }
                }
                for (user, before) in users.iter().zip(before) {
                    if !before.is_null() && before != *name {
                        overwritten.push(json!({ "user-id": user, "policy": before }));
                    }
                    assigned.push(json!({ "user-id": user, "policy": self.held(user)?, "before": before }));
                }
            }
            _ => {
                for user in &users {
                    let given = json!({ "PolicyName": null, "Identity": user });
                    self.cmdlet("Grant-CsApplicationAccessPolicy", given)?;
                }
                if self.policy(name).is_some_and(|ids| ids.contains(application)) {
                    let given = json!({ "Identity": name, "AppIds": { "Remove": application } });
                    self.cmdlet("Set-CsApplicationAccessPolicy", given)?;
                }
            }
        }
        let at = self.tenant.now().format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        Ok(json!({
            "format": 1, "action": wanted["action"], "application-id": application, "policy-name": name,
            "policy-app-ids": self.policy(name).unwrap_or_default(), "assigned": assigned,
            "overwritten": overwritten, "global": global, "group": group, "at": at,
        }))
    }

    fn make_policy(&self, wanted: &Value) -> Result<(), TeamsShellError> {
        let (name, application) = (&wanted["policy-name"], &wanted["application-id"]);
        match self.policy(name) {
            None => {
                let given =
                    json!({ "Identity": name, "AppIds": application, "Description": wanted["description"] });
                self.cmdlet("New-CsApplicationAccessPolicy", given).map(drop)
            }
            Some(ids) if ids.contains(application) => Ok(()),
            Some(_) => {
                let given = json!({ "Identity": name, "AppIds": { "Add": application } });
                self.cmdlet("Set-CsApplicationAccessPolicy", given).map(drop)
            }
        }
    }
}
