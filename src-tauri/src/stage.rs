//! What stands behind the commands: the real desk, the rehearsal's desk, the settings, and what is open right now.
//! It finds the desk a connection belongs to and turns answers into views; what is true is decided by the engine.

mod deliveries;
mod laid_down;
mod lent;
mod network;
mod opened;
mod others;
mod papers;
mod people;
mod renewals;
mod shelf;
mod sign_in;
mod steps;
mod support;
mod vault;
mod workshop;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

use engine::secrecy::SecretString;
use engine::{
    Desk, Feature, PowerShell, Script, SystemRandomness, TeamsShell, TeamsState, Trouble as Wrong, cloud,
    journal,
};
use rehearsal::{Opening, Rehearsal, RehearsalError};
use tauri::AppHandle;
use tokio::sync::{Notify, OnceCell};

pub use laid_down::{Obeyed, obeyed};
pub use opened::among;
use shelf::Shelf;
use time::OffsetDateTime;
use vault::Real;

use crate::{
    confirm,
    keep::{self, Kept},
    prompt,
    shown::{self, Links, Sight, small},
    told::{self, either, speech},
    view::{
        Checklist, CloudChoice, ConnectionCard, Home, Journal, JournalEntry, Language, Settings, Trouble,
        VaultMode, Verdict,
    },
};

/// The longest name of a screen, `connection:` and an id, in bytes.
const LONGEST_SCREEN: usize = 100;

type Given<T> = Result<T, Trouble>;

/// Everything that lives as long as the window.
pub struct Stage {
    folder: PathBuf,
    set_aside: Option<String>,
    /// What is laid down for this machine, or why nothing may be done.
    policy: Obeyed,
    /// What the admin chose before, where something else is laid down now.
    chosen: Settings,
    settings: Mutex<Settings>,
    real: Mutex<Option<Real>>,
    passphrase: Mutex<Option<SecretString>>,
    proxy_password: Mutex<Option<Arc<SecretString>>>,
    asking: AtomicBool,
    rehearsal: OnceCell<Rehearsal>,
    teams: Arc<dyn TeamsShell>,
    open: Mutex<HashMap<String, Open>>,
    shelf: Mutex<Option<Shelf>>,
    /// The file that the app was opened with, until the page asks for it.
    handed: Mutex<Option<PathBuf>>,
    waits: Mutex<Waits>,
    /// The support report that was shown last.
    reported: Mutex<String>,
    /// The sheet or report that was saved last.
    paper: Mutex<Option<PathBuf>>,
}

/// Since when a person waits for the product, by connection and step.
type Waits = HashMap<(String, String), OffsetDateTime>;

/// What is open at a connection.
#[derive(Default)]
struct Open {
    step: String,
    links: Links,
    code: Option<String>,
    stop: Arc<Notify>,
}

/// The desk of one connection.
struct Place {
    desk: Desk,
    teams: Arc<dyn TeamsShell>,
    clock: Arc<dyn cloud::Clock>,
    rehearsal: bool,
}

impl Stage {
    /// A stage over a folder, on a machine with this policy.
    pub fn new(folder: PathBuf, kept: Kept, policy: Obeyed) -> Self {
        let chosen = kept.settings.clone();
        let mut settings = kept.settings;
        if let Ok(policy) = &policy {
            laid_down::put_in_force(policy, &mut settings);
        }
        Self {
            folder,
            set_aside: kept.set_aside,
            policy,
            chosen,
            settings: Mutex::new(settings),
            real: Mutex::new(None),
            passphrase: Mutex::new(None),
            proxy_password: Mutex::new(None),
            asking: AtomicBool::new(false),
            rehearsal: OnceCell::new(),
            teams: Arc::new(PowerShell::new(Arc::new(SystemRandomness))),
            open: Mutex::new(HashMap::new()),
            shelf: Mutex::new(None),
            handed: Mutex::default(),
            waits: Mutex::default(),
            reported: Mutex::default(),
            paper: Mutex::default(),
        }
    }

    /// Everything outside a connection.
    pub async fn home(&self) -> Given<Home> {
        let settings = lock(&self.settings).clone();
        let language = settings.language;
        let policy = self.policy()?;
        let real = self.real()?;
        let mut connections = Vec::new();
        if let Some(rehearsal) = self.rehearsal.get() {
            connections.extend(self.cards(&rehearsal.desk, language)?);
        }
        connections.extend(self.cards(&real.desk, language)?);
        let warnings: Vec<String> =
            real.desk.warnings().iter().map(|phrase| phrase.in_language(speech(language))).collect();
        let set_aside: Vec<String> = self.set_aside.iter().cloned().chain(warnings).collect();
        Ok(Home {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            clouds: clouds(&settings),
            policy: laid_down::drawn(&policy, language),
            default_client_id: cloud::Place::global().client_id,
            connections,
            guides: self.guide_cards(language),
            lost_guides: self.lost_guides(),
            vault: match real.desk.vault_mode() {
                "keyring" => VaultMode::Keyring,
                "passphrase" => VaultMode::Passphrase,
                _ => VaultMode::Memory,
            },
            proxy_password: lock(&self.proxy_password).is_some(),
            can_ask: prompt::CAN_ASK,
            vaults: vault::CHOICES.to_vec(),
            vault_trouble: real.vault_trouble.as_ref().map(|why| self.vault_trouble(why)),
            set_aside: Some(set_aside.join(" · ")).filter(|text| !text.is_empty()),
            data_folder: self.folder.display().to_string(),
            due: self.due()?,
            kept: real.desk.kept_certificates().map_or(0, |kept| small(kept.len())),
            settings,
        })
    }

    /// Keeps the settings; another cloud or client is in force for the next sign-in.
    pub async fn set_settings(&self, mut settings: Settings) -> Given<Home> {
        let policy = self.policy()?;
        let before = self
            .keep_settings(|kept| {
                // The screen is kept by itself; the page's copy of it may be older.
                settings.last_screen.clone_from(&kept.last_screen);
                settings.network.clone_from(&kept.network);
                laid_down::put_in_force(&policy, &mut settings);
                settings.zoom = settings.zoom.clamp(*Settings::ZOOM.start(), *Settings::ZOOM.end());
                std::mem::replace(kept, settings.clone())
            })
            .map_err(|why| self.file_trouble(&why))?;
        let elsewhere = |one: &Settings| (one.cloud.clone(), one.cloud_file.clone(), one.client_id.clone());
        if elsewhere(&before) != elsewhere(&settings) {
            self.move_real(&settings)?;
        }
        self.home().await
    }

    /// Keeps which screen is open; what cannot be the name of one is not kept.
    pub async fn remember_screen(&self, screen: String) -> Given<()> {
        let usable = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ':');
        if screen.len() > LONGEST_SCREEN || !screen.chars().all(usable) {
            return Ok(());
        }
        self.keep_settings(|kept| kept.last_screen = Some(screen)).map_err(|why| self.file_trouble(&why))
    }

    /// Changes the settings in memory and on disk; when the disk refuses, in neither.
    fn keep_settings<T>(&self, change: impl FnOnce(&mut Settings) -> T) -> std::io::Result<T> {
        let mut kept = lock(&self.settings);
        let mut changed = kept.clone();
        let given = change(&mut changed);
        keep::write(&self.folder, &self.to_keep(&changed))?;
        *kept = changed;
        Ok(given)
    }

    /// Asks for a cloud file and puts it into force, when it can be read.
    pub async fn pick_cloud_file(&self, app: &AppHandle) -> Given<Home> {
        self.permits(Feature::CloudFile)?;
        let title = self.say("Choose a cloud file", "Cloud-Datei auswählen");
        let Some(path) = confirm::file(app, title, "TOML", &["toml"]).await else { return self.home().await };
        let place = cloud::Place::read(&path)
            .map_err(|why| self.plain_trouble("cloud-file", &why.to_string(), "cloud"))?;
        self.policy()?.place(Some(place), None).map_err(|wrong| self.trouble(&wrong))?;
        let mut settings = lock(&self.settings).clone();
        settings.cloud = "custom".to_owned();
        settings.cloud_file = Some(path.display().to_string());
        self.set_settings(settings).await
    }

    /// Starts a connection and opens it.
    pub async fn start(&self, guide: &str, rehearsal: bool) -> Given<Checklist> {
        let desk = if rehearsal { self.rehearse().await?.desk.clone() } else { self.real()?.desk };
        let product = desk.guide_named(guide).map_or(guide, |guide| guide.product.as_str());
        let mut name = product.to_owned();
        let mut number = 1;
        while desk.find(&name).map_err(|wrong| self.trouble(&wrong))?.is_some() {
            number += 1;
            name = format!("{product} {number}");
        }
        let id = desk.connect(guide, &name).map_err(|wrong| self.trouble(&wrong))?;
        self.open(&id).await
    }

    /// Opens a connection at its next step.
    pub async fn open(&self, connection: &str) -> Given<Checklist> {
        let place = self.place(connection)?;
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let last = list.steps.last().map(|step| step.id.clone());
        let step = list.next.clone().or(last).unwrap_or_default();
        self.view(&place, list, &step).await
    }

    /// Opens a step.
    pub async fn look(&self, connection: &str, step: &str) -> Given<Checklist> {
        let place = self.place(connection)?;
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        self.view(&place, list, step).await
    }

    /// Takes a connection off the list, after a question.
    pub async fn remove(&self, app: &AppHandle, connection: &str) -> Given<Home> {
        let place = self.place(connection)?;
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let question = confirm::Question {
            title: format!("{} {}", self.say("Forget", "Vergessen:"), list.name),
            text: self
                .say(
                    "The connection leaves this list. Nothing is changed in the tenant, and the journal stays.",
                    "Die Verbindung verlässt diese Liste. Im Mandanten ändert sich nichts, das Journal bleibt.",
                )
                .to_owned(),
            yes: self.say("Forget", "Vergessen").to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        };
        if confirm::ask(app, place.rehearsal, question).await {
            place.desk.remove(connection).map_err(|wrong| self.trouble(&wrong))?;
        }
        self.home().await
    }

    /// The diary, newest first.
    pub async fn journal(&self, connection: Option<&str>) -> Given<Journal> {
        let language = self.language();
        let mut desks: Vec<Desk> =
            self.rehearsal.get().map(|rehearsal| rehearsal.desk.clone()).into_iter().collect();
        desks.push(self.real()?.desk);
        let mut entries = Vec::new();
        let mut verdict = Verdict::Intact { entries: 0 };
        for desk in &desks {
            let names: HashMap<String, String> = desk
                .connections()
                .map_err(|wrong| self.trouble(&wrong))?
                .into_iter()
                .map(|one| (one.id, one.name))
                .collect();
            for entry in desk.journal_entries(connection).map_err(|wrong| self.trouble(&wrong))?.iter().rev()
            {
                let guide = desk.guide_of(&entry.connection).ok();
                let (what, details) = told::event(&entry.event, guide, language);
                entries.push(JournalEntry {
                    number: u32::try_from(entry.seq).unwrap_or(u32::MAX),
                    at: shown::moment(entry.at),
                    name: names.get(&entry.connection).cloned().unwrap_or_default(),
                    connection: entry.connection.clone(),
                    kind: told::kind(&entry.event),
                    what,
                    details,
                });
            }
            verdict = both(verdict, desk.journal_verify().map_err(|wrong| self.trouble(&wrong))?);
        }
        Ok(Journal { entries, verdict })
    }

    /// Saves the diary.
    pub async fn export_journal(
        &self,
        app: &AppHandle,
        connection: Option<&str>,
    ) -> Given<crate::view::Saved> {
        let mut text = Vec::new();
        let desk = self.real()?.desk;
        desk.journal_export(connection, &mut text, false).map_err(|wrong| self.trouble(&wrong))?;
        self.save(app, "footbridge-journal.jsonl", &text).await
    }

    /// Stops what waits; called when the window closes.
    pub fn close(&self) {
        for open in lock(&self.open).values() {
            open.stop.notify_waiters();
        }
    }

    /// A folder that belongs to this start only and is emptied at the next.
    fn session_folder(&self) -> Given<PathBuf> {
        self.fresh_folder("this-session")
    }

    fn fresh_folder(&self, name: &str) -> Given<PathBuf> {
        let folder = self.folder.join(name);
        let _ = std::fs::remove_dir_all(&folder);
        keep::make_folder(&folder).map_err(|why| self.file_trouble(&why))?;
        Ok(folder)
    }

    /// The rehearsal; started on first use.
    async fn rehearse(&self) -> Given<&Rehearsal> {
        let begin = async {
            let policy = self.policy()?;
            let mut opening = Opening::in_memory(self.fresh_folder("rehearsal")?);
            opening.policy = policy;
            opening.tenant.latency = confirm::pretend_latency();
            let rehearsal = rehearsal::start(opening).await.map_err(|why| self.rehearsal_trouble(&why))?;
            self.lay_out(&rehearsal.desk);
            Ok(rehearsal)
        };
        self.rehearsal.get_or_try_init(|| begin).await
    }

    fn place(&self, connection: &str) -> Given<Place> {
        if let Some(rehearsal) = self.rehearsal.get()
            && rehearsal.desk.guide_of(connection).is_ok()
        {
            return Ok(Place {
                desk: rehearsal.desk.clone(),
                teams: rehearsal.teams.clone(),
                clock: rehearsal.clock.clone(),
                rehearsal: true,
            });
        }
        Ok(Place {
            desk: self.real()?.desk,
            teams: self.teams.clone(),
            clock: Arc::new(cloud::SystemClock),
            rehearsal: false,
        })
    }

    /// The view of a connection with one step open; remembers which pages can be opened from it.
    async fn view(&self, place: &Place, list: engine::Checklist, step: &str) -> Given<Checklist> {
        let language = self.language();
        let connection = list.connection.clone();
        let mut sight = Sight::of(&place.desk, list, language).map_err(|wrong| self.trouble(&wrong))?;
        if let Some(script) = sight.guide.step(step).and_then(|step| Script::of(&step.action))
            && let TeamsState::Found { program, version } = place.teams.find(script).await
        {
            sight.teams = Some((program, version));
        }
        sight.maker = self.maker_of(&sight.guide.id);
        sight.waits = lock(&self.waits)
            .iter()
            .filter(|((other, _), _)| *other == connection)
            .map(|((_, step), since)| (step.clone(), *since))
            .collect();
        let mut open = lock(&self.open);
        let mine = open.entry(connection).or_default();
        mine.step = step.to_owned();
        let sign_in = mine.links.remove("sign-in");
        mine.links = sight.links(step);
        mine.links.extend(sign_in.map(|address| ("sign-in".to_owned(), address)));
        Ok(sight.checklist(step))
    }

    fn cards(&self, desk: &Desk, language: Language) -> Given<Vec<ConnectionCard>> {
        let list = desk.connections().map_err(|wrong| self.trouble(&wrong))?;
        let card = |one: engine::Summary| {
            let entries = desk.journal_entries(Some(&one.id)).unwrap_or_default();
            let guide = desk.guide_of(&one.id).ok();
            let checklist = desk.checklist(&one.id).ok();
            let expires = checklist
                .iter()
                .flat_map(|list| &list.steps)
                .find_map(|step| step.outputs.get("secret-expires").cloned());
            ConnectionCard {
                customer: desk.customer(&one.id).ok().flatten(),
                standing: shown::standing(&one.states, one.done, one.total),
                next: one.next.map(|step| told::step_title(guide, &step, language)),
                last: entries.last().map(|entry| shown::moment(entry.at)),
                expires,
                id: one.id,
                name: one.name,
                product: one.product,
                tenant: one.tenant,
                rehearsal: one.rehearsal,
                done: small(one.done),
                total: small(one.total),
            }
        };
        Ok(list.into_iter().rev().map(card).collect())
    }

    fn language(&self) -> Language {
        lock(&self.settings).language
    }

    fn say(&self, english: &'static str, german: &'static str) -> &'static str {
        either(self.language(), english, german)
    }

    fn trouble(&self, wrong: &Wrong) -> Trouble {
        shown::trouble(wrong, self.language())
    }

    fn rehearsal_trouble(&self, why: &RehearsalError) -> Trouble {
        match why {
            RehearsalError::Desk(wrong) => self.trouble(wrong),
            other => self.plain_trouble("rehearsal", &other.to_string(), ""),
        }
    }

    fn file_trouble(&self, why: &std::io::Error) -> Trouble {
        self.trouble(&Wrong::new(engine::Code::FileFailed).with("why", why))
    }

    fn plain_trouble(&self, code: &str, what: &str, field: &str) -> Trouble {
        Trouble {
            code: code.to_owned(),
            what: what.to_owned(),
            field: Some(field.to_owned()).filter(|field| !field.is_empty()),
            why: None,
            next: self
                .say(
                    "Nothing was changed. Mend it and try again.",
                    "Nichts wurde geändert. Beheben Sie es und versuchen Sie es erneut.",
                )
                .to_owned(),
            request_id: None,
        }
    }
}

fn chosen_place(settings: &Settings) -> Result<cloud::Place, cloud::PlaceError> {
    let place = match (&settings.cloud_file, settings.cloud.as_str()) {
        (Some(file), "custom") => cloud::Place::read(file.as_ref())?,
        (_, name) => cloud::Place::named(name).unwrap_or_else(cloud::Place::global),
    };
    Ok(match &settings.client_id {
        Some(client_id) => place.with_client_id(client_id.clone()),
        None => place,
    })
}

fn clouds(settings: &Settings) -> Vec<CloudChoice> {
    let host = |url: &url::Url| url.host_str().unwrap_or_default().to_owned();
    let choice = |name: &str, place: &cloud::Place| CloudChoice {
        name: name.to_owned(),
        login_host: host(&place.login),
        graph_host: host(&place.graph),
    };
    let known = ["global", "us-government", "us-dod", "china"];
    let mut clouds: Vec<CloudChoice> =
        known.iter().filter_map(|name| Some(choice(name, &cloud::Place::named(name)?))).collect();
    if let Some(file) = &settings.cloud_file
        && let Ok(place) = cloud::Place::read(file.as_ref())
    {
        clouds.push(choice("custom", &place));
    }
    clouds
}

fn both(one: Verdict, other: journal::Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Intact { entries: before }, journal::Verdict::Intact { entries }) => {
            Verdict::Intact { entries: before.saturating_add(u32::try_from(entries).unwrap_or(u32::MAX)) }
        }
        (Verdict::Intact { .. }, journal::Verdict::Broken { at_seq, why }) => {
            Verdict::Broken { at: u32::try_from(at_seq).unwrap_or(u32::MAX), why: why.to_string() }
        }
        // What cannot be checked is not intact, and the screen must not say so.
        (Verdict::Intact { .. }, journal::Verdict::OtherKey { .. }) => Verdict::Broken {
            at: 1,
            why: "written under another key, so it cannot be checked here".to_owned(),
        },
        (broken @ Verdict::Broken { .. }, _) => broken,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
