//! An admin who walks through the whole guide of any product in a rehearsal: answers what the rehearsal proposes, looks at
//! each plan and says yes to that plan by its hash, confirms what is a person's, lends passwords, hands over. What was
//! agreed to is kept, so that it can be held against what happened.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::guide::{Action, Guide, Language};
use engine::vault::VaultMode;
use engine::{
    Approval, Change, Checklist, Desk, HandOverTo, Quiet, Recipient, SignedIn, StepView, SystemRandomness,
    TeamsShell, Trouble,
};
use rehearsal::{PretendTeams, Rehearsal, RehearsalClock};
use secrecy::SecretString;
use simulator::{Control, Settings};
use tempfile::TempDir;

use crate::{Oracle, VAULT_PASSPHRASE, World};

/// The guides that are built in, by their ids.
pub const PRODUCTS: [&str; 5] = ["targetconnect", "axigen", "intrexx", "tixxt", "innovaphone"];

/// What an admin said yes to.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// The step.
    pub step: String,
    /// The plan, by its hash.
    pub hash: String,
    /// Its lines.
    pub changes: Vec<Change>,
}

/// How a walk is set up.
pub struct Opened {
    /// The tenant.
    pub tenant: Settings,
    /// How long a request may take.
    pub patience: engine::cloud::Patience,
    /// Whether everything outlives the desk.
    pub lasting: bool,
    /// Guides beside the built-in ones.
    pub guides: Vec<&'static Guide>,
}

impl Default for Opened {
    /// A small, prompt tenant that nobody waits for.
    fn default() -> Self {
        Self {
            tenant: small_tenant(),
            patience: engine::cloud::Patience::default(),
            lasting: false,
            guides: Vec::new(),
        }
    }
}

/// A pretend tenant of few people in which nothing lags.
#[must_use]
pub fn small_tenant() -> Settings {
    Settings {
        users: 20,
        service_principals: 2,
        teams_delay: Duration::ZERO,
        poll_interval: Duration::from_secs(1),
        ..Settings::default()
    }
}

/// An admin in a rehearsal.
pub struct Walkthrough {
    /// Desk, tenant, clock.
    pub rehearsal: Rehearsal,
    /// The guide.
    pub guide: &'static Guide,
    /// The connection.
    pub connection: String,
    /// Who signs in.
    pub account: String,
    /// The tenant as it was before anybody signed in.
    pub oracle: Oracle,
    agreed: Mutex<Vec<Agreed>>,
    lent: Mutex<Vec<(String, SecretString)>>,
    folder: TempDir,
    patience: engine::cloud::Patience,
}

impl Walkthrough {
    /// Starts a tenant, makes a connection with all answers, and signs in nobody yet.
    ///
    /// # Panics
    /// When any of it is refused.
    pub async fn open(product: &str, opened: Opened) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seed = opened.tenant.seed;
        let tenant = simulator::start(Settings { products: true, ..opened.tenant }).await.unwrap();
        let oracle = Oracle::before(&tenant.control());
        let clock = Arc::new(RehearsalClock::new(tenant.control(), true, Duration::ZERO));
        let teams: Arc<dyn TeamsShell> = Arc::new(PretendTeams::new(tenant.control()));
        let home = folder.path().join("home");
        let desk = open_desk(
            &tenant,
            &home,
            opened.lasting,
            opened.patience,
            clock.clone(),
            teams.clone(),
            opened.guides,
        );
        let rehearsal = Rehearsal { desk, tenant, clock, teams, folder: folder.path().join("files") };
        let guide = rehearsal.desk.guide_named(product).unwrap();
        let connection = rehearsal.desk.connect(product, "Pilot").unwrap();
        for (ask, value) in rehearsal.answers(guide, seed) {
            rehearsal.desk.answer(&connection, &ask, value).unwrap();
        }
        let account = rehearsal.account(None).unwrap();
        let (agreed, lent) = (Mutex::default(), Mutex::default());
        let patience = opened.patience;
        Self { rehearsal, guide, connection, account, oracle, agreed, lent, folder, patience }
    }

    /// The same with the first sign-in done.
    ///
    /// # Panics
    /// When any of it is refused.
    pub async fn signed_in(product: &str, opened: Opened) -> Self {
        let walk = Self::open(product, opened).await;
        walk.sign_in().await.unwrap();
        walk
    }

    /// Closes the desk and opens it again, as after the end of the process. Nobody is signed in then.
    ///
    /// # Panics
    /// When the desk does not open.
    pub fn reopen(&mut self) {
        let rehearsal = &mut self.rehearsal;
        let home = self.folder.path().join("home");
        let guides = Vec::new();
        let (clock, teams) = (rehearsal.clock.clone(), rehearsal.teams.clone());
        rehearsal.desk = open_desk(&rehearsal.tenant, &home, true, self.patience, clock, teams, guides);
    }

    /// The same admin at another connection of the desk.
    #[must_use]
    pub fn at(self, connection: String) -> Self {
        Self { connection, ..self }
    }

    /// Begins another guide at the same desk; what happened so far is what was there before.
    ///
    /// # Panics
    /// When any of it is refused.
    pub async fn turn_to(&mut self, product: &str) {
        self.guide = self.desk().guide_named(product).unwrap();
        self.connection = self.desk().connect(product, product).unwrap();
        for (ask, value) in self.rehearsal.answers(self.guide, 1) {
            self.desk().answer(&self.connection, &ask, value).unwrap();
        }
        self.oracle = Oracle::before(&self.control());
        self.agreed.lock().unwrap().clear();
        self.sign_in().await.unwrap();
    }

    /// Makes another connection for the same guide; nobody is signed in there.
    ///
    /// # Panics
    /// When it is refused.
    pub fn begin_again(&mut self, name: &str) {
        self.connection = self.desk().connect(&self.guide.id, name).unwrap();
        for (ask, value) in self.rehearsal.answers(self.guide, 1) {
            self.desk().answer(&self.connection, &ask, value).unwrap();
        }
    }

    /// Gives requests their usual time from now on; nobody is signed in then.
    ///
    /// # Panics
    /// When the desk refuses.
    pub fn be_patient(&mut self) {
        self.patience = engine::cloud::Patience::default();
        let place = rehearsal::place(&self.rehearsal.tenant).unwrap();
        self.rehearsal.desk = self.desk().moved_to(place).unwrap();
    }

    /// The desk.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.rehearsal.desk
    }

    /// Control of the tenant.
    #[must_use]
    pub fn control(&self) -> Control {
        self.rehearsal.tenant.control()
    }

    /// The tenant's state.
    #[must_use]
    pub fn world(&self) -> World {
        World::of(self.control().dump())
    }

    /// The folder that holds the desk's own folder and everything that is written.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Everything that was agreed to.
    ///
    /// # Panics
    /// When another thread panicked with it.
    #[must_use]
    pub fn agreed(&self) -> Vec<Agreed> {
        self.agreed.lock().unwrap().clone()
    }

    /// The steps as they stand.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    pub fn list(&self) -> Checklist {
        self.desk().checklist(&self.connection).unwrap()
    }

    /// Signs in by device code.
    ///
    /// # Errors
    /// What the desk says.
    pub async fn sign_in(&self) -> Result<SignedIn, Trouble> {
        let code = self.desk().begin_device_code(&self.connection, None, "en").await?;
        // An account that is blocked refuses here already; what counts is what the desk is told.
        let _ = self.control().approve(&code.user_code, &self.account);
        self.desk().finish_device_code(&self.connection, code, &|_| {}).await
    }

    /// Works through the guide once, as far as it goes. A step that the desk refuses to work on is left as it is.
    pub async fn pass(&self) -> Checklist {
        for step in &self.guide.steps {
            if self.step(&step.id).is_none_or(|view| view.state.is_done()) && self.rests(&step.action) {
                continue;
            }
            self.take(&step.id, &step.action).await;
        }
        self.list()
    }

    /// Whether a step that is done need not be run again: only what a person vouches for.
    fn rests(&self, action: &Action) -> bool {
        engine::is_for_a_person(action) || matches!(action, Action::HandOver { .. })
    }

    /// One step, until it waits for something that this admin does not have.
    pub async fn take(&self, step: &str, action: &Action) {
        if engine::is_for_a_person(action) {
            let waits = self.step(step).is_none_or(|view| !view.missing_steps.is_empty());
            if !waits {
                let _ = self.desk().confirm(&self.connection, step, "Anna Weber", "read");
            }
            return;
        }
        self.run(step, Approval::Plan(String::new())).await;
        let asked = self.step(step).map(|view| view.missing_passwords).unwrap_or_default();
        for name in &asked {
            if let Some(password) = self.rehearsal.password(name) {
                self.lent.lock().unwrap().push((name.clone(), password.clone()));
                let _ = self.desk().lend(&self.connection, step, name, password);
            }
        }
        if !asked.is_empty() {
            self.run(step, Approval::Plan(String::new())).await;
        }
        let Some(plan) = self.step(step).and_then(|view| view.plan) else { return };
        self.agree(step, &plan.hash, &plan.changes);
        if let Action::HandOver { .. } = action {
            let out = self.folder.path().join("out");
            let _ = std::fs::create_dir_all(&out);
            let to =
                HandOverTo { folder: out, recipient: Recipient::Passphrase, language: Language::English };
            let _ = self.desk().hand_over(&self.connection, step, &to);
            return;
        }
        self.run(step, Approval::Plan(plan.hash)).await;
    }

    fn agree(&self, step: &str, hash: &str, changes: &[Change]) {
        let agreed = Agreed { step: step.to_owned(), hash: hash.to_owned(), changes: changes.to_vec() };
        self.agreed.lock().unwrap().push(agreed);
    }

    /// Runs one step with this approval.
    pub async fn run(&self, step: &str, approval: Approval) {
        // What goes wrong stands in the step; the desk itself refuses only what a test looks at on its own.
        let _ = self.desk().run(&self.connection, step, approval, &Quiet).await;
    }

    /// One step as it stands.
    #[must_use]
    pub fn step(&self, step: &str) -> Option<StepView> {
        self.list().step(step).cloned()
    }

    /// Passes until everything is done, turning the clock and signing in again where that is needed.
    ///
    /// # Panics
    /// When it is not done after `most` passes.
    pub async fn finish(&self, most: usize) -> Checklist {
        let mut list = self.list();
        for pass in 0..most {
            if pass > 0 {
                self.control().advance(Duration::from_secs(31 * 60));
            }
            let ends = self.desk().signed_in(&self.connection).map(|who| who.expires_at);
            if ends.is_none_or(|ends| ends < self.control().now() + Duration::from_secs(600)) {
                let _ = self.sign_in().await;
            }
            list = self.pass().await;
            if list.is_done() {
                return list;
            }
        }
        panic!("{} is not done:\n{}", self.guide.id, crate::told(&list));
    }

    /// What the oracle says against the state at rest; nothing where all is well.
    #[must_use]
    pub fn judged(&self) -> Vec<String> {
        self.oracle.judge(self)
    }

    /// Every value that must be found nowhere: what is sealed, and what was lent.
    ///
    /// # Panics
    /// When another thread panicked with it.
    #[must_use]
    pub fn secrets(&self) -> Vec<(String, SecretString)> {
        let desk = self.desk();
        let fields = self.guide.fields.iter();
        let mut all: Vec<(String, SecretString)> = fields
            .filter_map(|field| {
                Some((field.id.clone(), desk.secret_value(&self.connection, &field.id).ok()?))
            })
            .collect();
        all.extend(desk.passphrase(&self.connection).ok().map(|phrase| ("passphrase".to_owned(), phrase)));
        all.extend(self.lent.lock().unwrap().iter().cloned());
        all
    }
}

fn open_desk(
    tenant: &simulator::Running,
    home: &std::path::Path,
    lasting: bool,
    patience: engine::cloud::Patience,
    clock: Arc<RehearsalClock>,
    teams: Arc<dyn TeamsShell>,
    guides: Vec<&'static Guide>,
) -> Desk {
    let vault =
        if lasting { VaultMode::Passphrase(SecretString::from(VAULT_PASSPHRASE)) } else { VaultMode::Memory };
    let place = engine::cloud::Place { patience, ..rehearsal::place(tenant).unwrap() };
    let settings = engine::Settings {
        folder: home.to_owned(),
        vault,
        place,
        network: engine::cloud::Network::direct(),
        clock,
        random: Arc::new(SystemRandomness),
        teams,
        reach: rehearsal::reach(tenant),
        rehearsal: true,
        policy: Arc::default(),
    };
    Desk::open_with(settings, guides).unwrap()
}
