//! A desk at a pretend tenant, and the hands of an admin who works through a guide at it.
//! The hands use the desk's public calls only, as a shell would.

use std::path::PathBuf;
use std::sync::Arc;

use engine::vault::VaultMode;
use engine::{
    Approval, Checklist, Desk, HandOverTo, HandedOver, Quiet, Recipient, SignedIn, State, SystemRandomness,
    Trouble,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::{Control, Settings};
use tempfile::TempDir;

use crate::{PretendTeams, Tenant, TenantClock};

/// What a test chooses about its desk.
pub struct Scene {
    /// The tenant.
    pub tenant: Settings,
    /// Whether everything outlives the desk; then the vault has a passphrase.
    pub lasting: bool,
    /// Whether PowerShell for Teams is found.
    pub teams: bool,
}

impl Default for Scene {
    fn default() -> Self {
        Self { tenant: Settings::default(), lasting: false, teams: true }
    }
}

/// A desk with its tenant, folder and clock.
pub struct TestDesk {
    /// The desk.
    pub desk: Desk,
    /// The tenant.
    pub tenant: Tenant,
    /// The clock that both share.
    pub clock: Arc<TenantClock>,
    /// Teams.
    pub teams: Arc<PretendTeams>,
    folder: TempDir,
    lasting: bool,
}

/// The passphrase of lasting desks.
pub const VAULT_PASSPHRASE: &str = "vault passphrase of the tests";

impl TestDesk {
    /// Opens a desk at a tenant of its own.
    ///
    /// # Panics
    /// When either does not open.
    pub async fn open(scene: Scene) -> Self {
        let tenant = Tenant::start(scene.tenant).await;
        let control = tenant.control();
        let teams = if scene.teams {
            PretendTeams::found(control.clone())
        } else {
            PretendTeams::missing(control.clone())
        };
        let (teams, clock) = (Arc::new(teams), Arc::new(TenantClock::new(control)));
        let folder = tempfile::tempdir().unwrap();
        let desk = desk_at(&tenant, &folder, scene.lasting, &clock, &teams);
        Self { desk, tenant, clock, teams, folder, lasting: scene.lasting }
    }

    /// Closes the desk and opens it again, as after the end of the process.
    ///
    /// # Panics
    /// When the desk does not last.
    #[must_use]
    pub fn reopened(self) -> Self {
        let Self { desk, tenant, clock, teams, folder, lasting } = self;
        assert!(lasting, "this desk was to end with the process");
        drop(desk);
        let desk = desk_at(&tenant, &folder, true, &clock, &teams);
        Self { desk, tenant, clock, teams, folder, lasting }
    }

    /// The desk of another admin at the same tenant, on another computer.
    ///
    /// # Panics
    /// When it does not open.
    #[must_use]
    pub fn colleague(&self) -> (Desk, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (desk_at(&self.tenant, &folder, false, &self.clock, &self.teams), folder)
    }

    /// Control of the tenant.
    #[must_use]
    pub fn control(&self) -> Control {
        self.tenant.control()
    }

    /// The desk's own folder.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The folder for what is handed over.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn out(&self) -> PathBuf {
        let out = self.folder.path().join("out");
        std::fs::create_dir_all(&out).unwrap();
        out
    }

    /// Makes a connection for TARGETconnect with all answers, signed in as an account.
    ///
    /// # Panics
    /// When any of it is refused.
    pub async fn targetconnect(&self, account: &str) -> Hands<'_> {
        let hands = self.connection("Pilot").await;
        hands.sign_in(account).await.unwrap();
        hands
    }

    /// Makes a connection for one of the pretend products, signed in as an account.
    ///
    /// # Panics
    /// When any of it is refused.
    pub async fn pretend_product(&self, guide: &str, account: &str) -> Hands<'_> {
        let hands = Hands { at: self, connection: self.desk.connect(guide, guide).unwrap() };
        hands.sign_in(account).await.unwrap();
        hands
    }

    /// The tenant as a place.
    #[must_use]
    pub fn place(&self) -> engine::cloud::Place {
        self.tenant.place(self.folder.path())
    }

    /// The same without anybody signed in.
    ///
    /// # Panics
    /// When any of it is refused.
    pub async fn connection(&self, name: &str) -> Hands<'_> {
        let hands = Hands { at: self, connection: self.desk.connect("targetconnect", name).unwrap() };
        for (ask, value) in answers(&self.tenant.operators(2).await) {
            self.desk.answer(&hands.connection, ask, value).unwrap();
        }
        hands
    }

    /// Takes a known connection up again.
    #[must_use]
    pub fn resume(&self, connection: &str) -> Hands<'_> {
        Hands { at: self, connection: connection.to_owned() }
    }
}

fn desk_at(
    tenant: &Tenant,
    folder: &TempDir,
    lasting: bool,
    clock: &Arc<TenantClock>,
    teams: &Arc<PretendTeams>,
) -> Desk {
    let vault =
        if lasting { VaultMode::Passphrase(SecretString::from(VAULT_PASSPHRASE)) } else { VaultMode::Memory };
    let settings = engine::Settings {
        folder: folder.path().join("home"),
        vault,
        place: tenant.place(folder.path()),
        network: engine::cloud::Network::direct(),
        clock: clock.clone(),
        random: Arc::new(SystemRandomness),
        teams: teams.clone(),
        reach: rehearsal::reach(tenant.running()),
        rehearsal: true,
        policy: Arc::default(),
    };
    Desk::open_with(settings, crate::further_guides()).unwrap()
}

/// Answers for every ask that has no default.
#[must_use]
pub fn answers(operators: &[String]) -> Vec<(&'static str, Value)> {
    vec![
        ("operators", json!(operators)),
        ("operator-local-field", json!("Email")),
        ("operator-remote-field", json!("mail")),
        ("user-local-field", json!("Username")),
        ("user-remote-field", json!("userPrincipalName")),
    ]
}

/// An admin at one connection.
pub struct Hands<'a> {
    /// The desk and its tenant.
    pub at: &'a TestDesk,
    /// The connection.
    pub connection: String,
}

impl Hands<'_> {
    /// Signs in by device code; the named account approves it.
    ///
    /// # Errors
    /// What the desk says.
    ///
    /// # Panics
    /// When the tenant does not know the code.
    pub async fn sign_in(&self, account: &str) -> Result<SignedIn, Trouble> {
        let code = self.at.desk.begin_device_code(&self.connection, None, "en").await?;
        // An account that is blocked refuses here already; what counts is what the desk is told.
        let _ = self.at.control().approve(&code.user_code, account);
        self.at.desk.finish_device_code(&self.connection, code, &|_| {}).await
    }

    /// The checklist as it stands.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn list(&self) -> Checklist {
        self.at.desk.checklist(&self.connection).unwrap()
    }

    /// The state of a step.
    ///
    /// # Panics
    /// When there is no such step.
    #[must_use]
    pub fn state(&self, step: &str) -> State {
        self.list().step(step).unwrap().state
    }

    /// Runs one step, whatever its plan says.
    ///
    /// # Panics
    /// When the desk refuses to work on it.
    pub async fn run(&self, step: &str) -> Checklist {
        self.at.desk.run(&self.connection, step, Approval::Any, &Quiet).await.unwrap()
    }

    /// Works through the guide from top to bottom once, as far as it goes: confirms what is a person's, runs the
    /// rest, hands over to a passphrase.
    ///
    /// # Panics
    /// When the desk refuses to work.
    pub async fn work(&self) -> Checklist {
        let desk = &self.at.desk;
        for step in &desk.guide_of(&self.connection).unwrap().steps {
            match step.id.as_str() {
                "notice" if !self.state("notice").is_done() => {
                    desk.confirm(&self.connection, "notice", "Anna Weber", "read").unwrap();
                }
                "hand-over" => {
                    self.run("hand-over").await;
                    let ready =
                        self.list().steps.iter().all(|step| step.state.is_done() || step.id == "hand-over");
                    if ready && !self.state("hand-over").is_done() {
                        self.hand_over(Recipient::Passphrase);
                    }
                }
                id => {
                    self.run(id).await;
                }
            }
        }
        self.list()
    }

    /// Works until everything is done, turning the clock where Microsoft needs time.
    ///
    /// # Panics
    /// When it is not done after `most` passes.
    pub async fn finish(&self, most: usize) -> Checklist {
        let mut list = self.work().await;
        for _ in 1..most {
            if list.is_done() {
                break;
            }
            self.at.control().advance(std::time::Duration::from_secs(31 * 60));
            list = self.work().await;
        }
        assert!(list.is_done(), "{}", told(&list));
        list
    }

    /// Hands over into the desk's out folder.
    ///
    /// # Panics
    /// When it is refused.
    pub fn hand_over(&self, recipient: Recipient) -> HandedOver {
        let to = HandOverTo { folder: self.at.out(), recipient, language: guide::Language::English };
        self.at.desk.hand_over(&self.connection, "hand-over", &to).unwrap()
    }

    /// Asks the tenant for a token with the sealed secret: whether the vault's secret is the live one.
    ///
    /// # Panics
    /// When the secret is not in the vault or the tenant refuses it.
    pub async fn secret_works(&self) -> engine::cloud::ApplicationToken {
        let list = self.list();
        let id = |name: &str| list.step("note-ids").unwrap().outputs[name].clone();
        let secret = self.at.desk.secret_value(&self.connection, "client-secret").unwrap();
        let place = self.at.tenant.place(self.at.folder.path());
        let wire = engine::cloud::Wire::new(place, self.at.clock.clone()).unwrap();
        engine::cloud::signin::application::token(&wire, &id("directory-id"), &id("application-id"), &secret)
            .await
            .unwrap()
    }
}

/// A checklist in one line for each step, for a failed assertion.
#[must_use]
pub fn told(list: &Checklist) -> String {
    let line = |step: &engine::StepView| {
        let trouble = step.trouble.as_ref().map(|trouble| format!("{trouble:?}")).unwrap_or_default();
        format!(
            "{:10} {:20} {trouble} {:?} {:?}",
            step.id,
            step.state.name(),
            step.missing_steps,
            step.missing_answers
        )
    };
    list.steps.iter().map(line).collect::<Vec<_>>().join("\n")
}
