//! The desk: connections and what can be done with them. One call down, one value up.
//! State is derived from the journal and the last look each time; only sessions and looks are kept, in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloud::{Clock, Network, Place, Session, Wire};
use guide::Guide;
use journal::{Event, Journal};
use serde_json::{Value, json};
use vault::{Vault, VaultMode};

use crate::checklist::{Checklist, Seen, is_past, step_view};
use crate::handing;
use crate::history::{History, Told};
use crate::lent::Lent;
use crate::machine_policy::MachinePolicy;
use crate::network::{wire_meanwhile, wire_to};
use crate::phrase::Phrase;
use crate::random::Randomness;
use crate::reach::Reach;
use crate::renewal::Tried;
use crate::site::{Seat, SignedIn};
use crate::teams::TeamsShell;
use crate::trouble::{Code, Trouble};
use crate::verbs;

/// What a desk is opened with.
pub struct Settings {
    /// Where journal and vault live.
    pub folder: PathBuf,
    /// Where the one key comes from.
    pub vault: VaultMode,
    /// The cloud.
    pub place: Place,
    /// The way there.
    pub network: Network,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub random: Arc<dyn Randomness>,
    /// Teams' PowerShell, or what stands in for it.
    pub teams: Arc<dyn TeamsShell>,
    /// How servers that are not Microsoft's are reached.
    pub reach: Reach,
    /// Whether nothing here is real.
    pub rehearsal: bool,
    /// What is laid down for this machine.
    pub policy: Arc<MachinePolicy>,
}

/// What every step works with.
pub(crate) struct Room {
    pub folder: PathBuf,
    pub vault: Arc<Vault>,
    pub journal: Arc<Journal>,
    pub wire: Wire,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Randomness>,
    /// This desk among all that work in the folder.
    pub desk: String,
    pub teams: Arc<dyn TeamsShell>,
    pub reach: Reach,
    pub lent: Lent,
    pub rehearsal: bool,
    pub policy: Arc<MachinePolicy>,
    pub warnings: Vec<Phrase>,
    pub seats: Mutex<HashMap<String, Seat>>,
    /// Connections whose steps follow their sign-in at once.
    pub expecting: Mutex<HashSet<String>>,
    /// Claims that a refused sign-in asked for, by connection.
    pub challenges: Mutex<HashMap<String, String>>,
    pub seen: Mutex<HashMap<(String, String), Seen>>,
    pub renewing: Mutex<HashMap<(String, String), Tried>>,
    pub told: Mutex<HashMap<String, Told>>,
    /// The sign-in at the admin's own tenant, for the tenants of others.
    pub home: Mutex<Option<Arc<Session>>>,
    pub guides: Mutex<Vec<&'static Guide>>,
}

/// One admin's desk.
#[derive(Clone)]
pub struct Desk {
    pub(crate) room: Arc<Room>,
}

/// A connection in the list.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// The admin's name for it.
    pub name: String,
    /// The guide's id.
    pub guide: String,
    /// The product.
    pub product: String,
    /// For whom it is, where the admin looks after several.
    pub customer: Option<String>,
    /// The tenant's name, once somebody signed in.
    pub tenant: Option<String>,
    /// Whether it is a rehearsal.
    pub rehearsal: bool,
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
    /// The first step that is not done.
    pub next: Option<String>,
    /// Since when it has ended: its applications were taken down on purpose.
    pub ended: Option<time::OffsetDateTime>,
    /// Steps in each state.
    pub states: BTreeMap<&'static str, usize>,
}

/// A scope and the steps that need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeNeed {
    /// The delegated permission.
    pub scope: String,
    /// The steps.
    pub steps: Vec<String>,
}

/// What the admin approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// This plan, by its hash.
    Plan(String),
    /// Whatever the plan says; for a command line that was told yes beforehand.
    Any,
}

/// A user of the directory, for the chooser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundUser {
    /// Object id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// User principal name.
    pub user_principal_name: String,
    /// Whether the account is enabled, where the tenant tells.
    pub enabled: Option<bool>,
}

struct VaultSigner(Arc<Vault>);

impl journal::Signer for VaultSigner {
    fn tag(&self, message: &[u8]) -> [u8; 32] {
        self.0.tag("journal", message)
    }
}

impl Desk {
    /// Opens a desk; makes its folder when it is new.
    ///
    /// # Errors
    /// When vault or journal cannot be opened, the cloud's certificate file cannot be read, or the policy of this machine
    /// names another cloud, client or way.
    pub fn open(settings: Settings) -> Result<Self, Trouble> {
        Self::open_with(settings, Vec::new())
    }

    /// The same with further guides beside the built-in ones, which win where two have the same id.
    ///
    /// # Errors
    /// As [`Desk::open`].
    pub fn open_with(settings: Settings, guides: Vec<&'static Guide>) -> Result<Self, Trouble> {
        settings.policy.may_go(settings.rehearsal, &settings.place, &settings.network)?;
        let now = settings.clock.now();
        let is_memory = matches!(settings.vault, VaultMode::Memory);
        let (wire, vault) =
            wire_meanwhile((settings.place, settings.network, settings.clock.clone()), || {
                Vault::open_at(&settings.folder, settings.vault, now)
            });
        let vault = Arc::new(vault?);
        let signer = Arc::new(VaultSigner(vault.clone()));
        let mut warnings = Vec::new();
        if let Some(path) = vault.set_aside() {
            warnings.push(Phrase::new("warning.vault-set-aside").with("path", path.display()));
        }
        let journal = if is_memory {
            Journal::in_memory(signer)?
        } else {
            let opened = Journal::open(&settings.folder.join("journal.db"), signer)?;
            if let Some(path) = opened.set_aside {
                warnings.push(Phrase::new("warning.journal-set-aside").with("path", path.display()));
            }
            opened.journal
        };
        let room = Room {
            folder: settings.folder,
            vault,
            journal: Arc::new(journal),
            wire: wire?,
            clock: settings.clock,
            desk: settings.random.id(),
            random: settings.random,
            teams: settings.teams,
            reach: settings.reach,
            lent: Lent::default(),
            rehearsal: settings.rehearsal,
            policy: settings.policy,
            warnings,
            seats: Mutex::default(),
            expecting: Mutex::default(),
            challenges: Mutex::default(),
            seen: Mutex::default(),
            told: Mutex::default(),
            renewing: Mutex::default(),
            home: Mutex::default(),
            guides: Mutex::new(guides),
        };
        Ok(Self { room: Arc::new(room) })
    }

    /// The same vault and journal with another cloud; nobody is signed in there. What only memory keeps stays kept.
    ///
    /// # Errors
    /// When the cloud's certificate file cannot be read.
    pub fn moved_to(&self, place: Place) -> Result<Self, Trouble> {
        self.moved_by(place, self.room.wire.network().clone())
    }

    /// The same by another way.
    ///
    /// # Errors
    /// As [`Desk::moved_to`], for the network's certificate file too.
    pub fn moved_by(&self, place: Place, network: Network) -> Result<Self, Trouble> {
        self.room.policy.may_go(self.room.rehearsal, &place, &network)?;
        let room = Room {
            folder: self.room.folder.clone(),
            vault: self.room.vault.clone(),
            journal: self.room.journal.clone(),
            wire: wire_to(place, network, self.room.clock.clone())?,
            clock: self.room.clock.clone(),
            random: self.room.random.clone(),
            desk: self.room.random.id(),
            teams: self.room.teams.clone(),
            reach: self.room.reach.clone(),
            lent: Lent::default(),
            rehearsal: self.room.rehearsal,
            policy: self.room.policy.clone(),
            warnings: self.room.warnings.clone(),
            seats: Mutex::default(),
            expecting: Mutex::default(),
            challenges: Mutex::default(),
            seen: Mutex::default(),
            told: Mutex::default(),
            renewing: Mutex::default(),
            home: Mutex::default(),
            guides: Mutex::new(lock(&self.room.guides).clone()),
        };
        Ok(Self { room: Arc::new(room) })
    }

    /// What the admin should know at once, for example that a damaged file was set aside.
    pub fn warnings(&self) -> &[Phrase] {
        &self.room.warnings
    }

    /// The built-in guides.
    pub fn guides() -> Vec<&'static Guide> {
        guide::built_in().iter().filter_map(|built_in| guide::find(built_in.id)).collect()
    }

    /// The guide of an id: a built-in one, or one that the desk was opened with.
    pub fn guide_named(&self, id: &str) -> Option<&'static Guide> {
        guide::find(id).or_else(|| lock(&self.room.guides).iter().copied().find(|guide| guide.id == id))
    }

    /// The scopes that a guide's steps need, each with its steps; the sign-in page shows them.
    pub fn scopes(guide: &Guide) -> Vec<ScopeNeed> {
        let mut needs: Vec<ScopeNeed> = Vec::new();
        for step in &guide.steps {
            for scope in verbs::scopes(&step.action) {
                match needs.iter_mut().find(|need| need.scope == *scope) {
                    Some(need) => need.steps.push(step.id.clone()),
                    None => {
                        needs.push(ScopeNeed { scope: (*scope).to_owned(), steps: vec![step.id.clone()] })
                    }
                }
            }
        }
        needs
    }

    /// What a sign-in was granted beyond what the guide's steps need. Nothing of it can be used here.
    pub fn surplus(guide: &Guide, who: &SignedIn) -> Vec<String> {
        let quiet = ["openid", "profile", "email", "offline_access"];
        let needs = Self::scopes(guide);
        let is_needed = |scope: &&String| needs.iter().any(|need| need.scope == **scope);
        who.scopes
            .iter()
            .filter(|scope| !is_needed(scope) && !quiet.contains(&scope.as_str()))
            .cloned()
            .collect()
    }

    /// Makes a connection for a guide.
    ///
    /// # Errors
    /// Unknown guide, or a connection of this name exists.
    pub fn connect(&self, guide: &str, name: &str) -> Result<String, Trouble> {
        let guide =
            self.guide_named(guide).ok_or_else(|| Trouble::new(Code::GuideUnknown).with("name", guide))?;
        let name = name.trim();
        if self.find(name)?.is_some() {
            return Err(Trouble::new(Code::ConnectionExists).with("name", name));
        }
        self.connect_new(&guide.id, name)
    }

    /// The id of a connection by its name.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn find(&self, name: &str) -> Result<Option<String>, Trouble> {
        for id in self.room.journal.connections()? {
            let history = self.history(&id)?;
            if history.name == name.trim() && !history.removed {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The connections, oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn connections(&self) -> Result<Vec<Summary>, Trouble> {
        let mut list = Vec::new();
        for id in self.room.journal.connections()? {
            let history = self.history(&id)?;
            let Some(guide) = self.guide_named(&history.guide).filter(|_| !history.removed) else { continue };
            let checklist = self.checklist(&id)?;
            list.push(Summary {
                name: history.name.clone(),
                guide: history.guide.clone(),
                product: guide.product.clone(),
                customer: history.belonging.customer.clone(),
                tenant: history.signed_in.as_ref().map(|tenant| tenant.tenant_name.clone()),
                rehearsal: history.rehearsal,
                done: checklist.done,
                total: checklist.total,
                states: checklist.states(),
                next: checklist.next,
                ended: checklist.ended,
                id,
            });
        }
        Ok(list)
    }

    /// Takes a connection off the list; the journal keeps what happened.
    ///
    /// # Errors
    /// Unknown connection, or the journal refuses.
    pub fn remove(&self, connection: &str) -> Result<(), Trouble> {
        self.known(connection)?;
        self.give_back(connection);
        self.note(connection, &Event::Removed {})
    }

    /// The guide of a connection.
    ///
    /// # Errors
    /// Unknown connection or guide.
    pub fn guide_of(&self, connection: &str) -> Result<&'static Guide, Trouble> {
        let history = self.known(connection)?;
        self.guide_named(&history.guide)
            .ok_or_else(|| Trouble::new(Code::GuideUnknown).with("name", &history.guide))
    }

    /// Answers an ask; null takes the answer back.
    ///
    /// # Errors
    /// Unknown ask, or an answer that does not fit it.
    pub fn answer(&self, connection: &str, ask: &str, value: Value) -> Result<(), Trouble> {
        let guide = self.guide_of(connection)?;
        let known = guide
            .ask(ask)
            .ok_or_else(|| Trouble::new(Code::AnswerInvalid).with("value", ask).in_field(ask))?;
        if !value.is_null() {
            let list = handing::is_list(&known.kind) && value.is_array();
            let empty = list && value.as_array().is_some_and(Vec::is_empty);
            if !empty {
                guide::judge_answer(known, &value)
                    .map_err(|hint| Trouble::new(Code::AnswerInvalid).with("value", hint).in_field(ask))?;
            }
        }
        if self.history(connection)?.answers.get(ask) != Some(&value) {
            self.note(connection, &Event::Answered { ask: ask.to_owned(), value })?;
        }
        Ok(())
    }

    /// Takes the answers of a file: TOML, one key for each ask.
    ///
    /// # Errors
    /// A file that does not fit the guide, with line and column of the first fault.
    pub fn answers_from_file(&self, connection: &str, text: &str) -> Result<(), Trouble> {
        let guide = self.guide_of(connection)?;
        let answers = guide::read_answers(guide, text.as_bytes()).map_err(|faults| {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            Trouble::new(Code::FileInvalid)
                .with("why", first)
                .in_field(faults.first().map(|fault| fault.field.clone()).unwrap_or_default())
        })?;
        for (ask, value) in answers {
            self.answer(connection, &ask, value)?;
        }
        Ok(())
    }

    /// The steps as they stand.
    ///
    /// # Errors
    /// Unknown connection, or the journal cannot be read.
    pub fn checklist(&self, connection: &str) -> Result<Checklist, Trouble> {
        let guide = self.guide_of(connection)?;
        let history = self.history(connection)?;
        let seen = lock(&self.room.seen);
        let mut steps = Vec::new();
        let shown = |step: &&guide::Step| !history.is_for_another(&step.id);
        for (index, step) in guide.steps.iter().enumerate().filter(|(_, step)| shown(step)) {
            let last = seen.get(&(connection.to_owned(), step.id.clone()));
            let mut view = step_view(guide, index + 1, step, &history, last);
            view.portal = step.portal.map(|page| self.portal(guide, &history, page));
            steps.push(view);
        }
        let done = steps.iter().filter(|step| step.state.is_done()).count();
        let ended = crate::bringing_back::ended(guide, &history);
        let next = steps.iter().find(|step| !step.state.is_done() && ended.is_none());
        let next = next.map(|step| step.id.clone());
        Ok(Checklist {
            connection: connection.to_owned(),
            name: history.name.clone(),
            guide: guide.id.clone(),
            rehearsal: history.rehearsal,
            who: self.signed_in(connection),
            sections: guide
                .sections
                .iter()
                .filter(|section| steps.iter().any(|step| step.section == section.id))
                .map(|section| section.id.clone())
                .collect(),
            done,
            total: steps.len(),
            next,
            ended,
            steps,
        })
    }

    /// A person vouches for a step.
    ///
    /// # Errors
    /// Unknown connection or step.
    pub fn confirm(&self, connection: &str, step: &str, by: &str, note: &str) -> Result<Checklist, Trouble> {
        let (guide, found) = self.step(connection, step)?;
        let history = self.history(connection)?;
        if let Some(open) = handing::open_asks(guide, &history, found).first() {
            return Err(Trouble::new(Code::AnswerMissing).in_field(open));
        }
        let event = Event::Confirmed { step: step.to_owned(), by: by.to_owned(), note: note.to_owned() };
        self.note(connection, &event)?;
        self.checklist(connection)
    }

    /// Adopts an object that this connection did not make, knowingly.
    ///
    /// # Errors
    /// When the object is not among those that the last look showed as taken.
    pub fn adopt(&self, connection: &str, step: &str, object: &str) -> Result<Checklist, Trouble> {
        let key = (connection.to_owned(), step.to_owned());
        let taken = lock(&self.room.seen).get(&key).and_then(|seen| seen.taken.clone());
        let chosen = taken
            .and_then(|taken| taken.objects.into_iter().find(|other| other.id == object))
            .ok_or_else(|| Trouble::new(Code::NotFound).with("path", object))?;
        let object = json!({ "id": chosen.id, "application-id": chosen.application_id, "name": chosen.name });
        self.note(connection, &Event::Adopted { step: step.to_owned(), object })?;
        self.forget(connection);
        self.checklist(connection)
    }

    /// Makes another application beside those of the same name.
    ///
    /// # Errors
    /// Unknown connection or step.
    pub fn make_beside(&self, connection: &str, step: &str) -> Result<Checklist, Trouble> {
        self.step(connection, step)?;
        self.note(connection, &Event::Adopted { step: step.to_owned(), object: Value::Null })?;
        self.forget(connection);
        self.checklist(connection)
    }

    /// The figures of the last comparison of identity fields.
    ///
    /// # Errors
    /// Unknown connection.
    pub fn matches(&self, connection: &str) -> Result<Vec<verbs::MatchLine>, Trouble> {
        Ok(verbs::match_table(self.guide_of(connection)?, &*self.history(connection)?))
    }

    /// Steps that wait and are worth another look.
    ///
    /// # Errors
    /// Unknown connection.
    pub fn due(&self, connection: &str) -> Result<Vec<String>, Trouble> {
        let checklist = self.checklist(connection)?;
        let waits = checklist.steps.into_iter().filter(|step| step.state == crate::checklist::State::Pending);
        Ok(waits.map(|step| step.id).collect())
    }

    /// The way the vault is kept.
    pub fn vault_mode(&self) -> &'static str {
        self.room.vault.mode_name()
    }

    /// The cloud.
    pub fn place(&self) -> &Place {
        self.room.wire.place()
    }

    /// The folder of journal and vault.
    pub fn folder(&self) -> &std::path::Path {
        &self.room.folder
    }

    pub(crate) fn note(&self, connection: &str, event: &Event) -> Result<(), Trouble> {
        self.room.journal.append(self.room.clock.now(), connection, event)?;
        Ok(())
    }

    fn known(&self, connection: &str) -> Result<Arc<History>, Trouble> {
        let history = self.history(connection)?;
        match history.since {
            Some(_) if !history.removed => Ok(history),
            _ => Err(Trouble::new(Code::ConnectionUnknown).with("name", connection)),
        }
    }

    pub(crate) fn step(
        &self,
        connection: &str,
        step: &str,
    ) -> Result<(&'static Guide, &'static guide::Step), Trouble> {
        let guide = self.guide_of(connection)?;
        let step = guide.step(step).ok_or_else(|| Trouble::new(Code::StepUnknown).with("name", step))?;
        Ok((guide, step))
    }

    /// Forgets what was seen of the tenant, so that the next run of each step looks again.
    pub async fn look_anew(&self, connection: &str) {
        if let Some(seat) = self.seat(connection) {
            seat.sights.lock().await.forget_all();
        }
    }

    pub(crate) fn forget(&self, connection: &str) {
        lock(&self.room.seen).retain(|(other, _), _| other != connection);
        lock(&self.room.renewing).retain(|(other, _), _| other != connection);
        if let Some(seat) = lock(&self.room.seats).get(connection)
            && let Ok(mut sights) = seat.sights.try_lock()
        {
            sights.forget_all();
        }
    }

    pub(crate) fn seat(&self, connection: &str) -> Option<Seat> {
        lock(&self.room.seats).get(connection).cloned()
    }

    pub(crate) fn see(&self, connection: &str, step: &str, seen: Seen) {
        lock(&self.room.seen).insert((connection.to_owned(), step.to_owned()), seen);
    }

    pub(crate) fn open_steps(&self, guide: &Guide, history: &History, step: &guide::Step) -> Vec<String> {
        step.after.iter().filter(|id| !is_past(guide, history, id)).cloned().collect()
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who is signed in, for whoever shows it.
impl Desk {
    /// Who is signed in at this connection.
    pub fn signed_in(&self, connection: &str) -> Option<SignedIn> {
        self.seat(connection).map(|seat| seat.who)
    }
}
