//! Many tenants at once: one guide, several connections of one desk, each for its own tenant. A connection says for whom
//! it is; a plan of each can be seen before anything is written; what goes wrong in one stays there.
//! It makes nothing true itself: every step is run as for a single connection.

mod home;
mod overview;
mod table;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use journal::Event;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use overview::{ManyState, ManyView, WaitsFor, WaitsForAPerson};
pub use table::{read_tenants, write_tenants};

use crate::checklist::State;
use crate::crash;
use crate::desk::Desk;
use crate::tick::Tick;
use crate::trouble::{Code, Trouble};

/// The note under which a connection's customer is kept.
pub(crate) const CUSTOMER: &str = "customer";

/// For whom a connection is, and at which tenant, in the admin's words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Belonging {
    pub customer: Option<String>,
    pub tenant: Option<String>,
}

impl Belonging {
    pub fn of(details: &Value) -> Self {
        serde_json::from_value(details.clone()).unwrap_or_default()
    }
}

/// One tenant as an admin lists it.
#[derive(Debug, Clone, Default)]
pub struct ManyTenant {
    /// The name of its connection.
    pub name: String,
    /// For whom it is.
    pub customer: Option<String>,
    /// The tenant's id or a domain of it.
    pub tenant: String,
    /// Answers by ask.
    pub answers: BTreeMap<String, Value>,
}

/// One of many: a connection and the tenant to sign in at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// The connection's id.
    pub connection: String,
    /// The tenant's id or a domain of it.
    pub tenant: String,
}

/// How many are worked on.
#[derive(Debug, Clone)]
pub struct ManyRun {
    /// How many at a time; connections to the same tenant always follow each other.
    pub at_once: usize,
    /// Who has read the guide's notices for all of them, and in which words; without, notices wait for a person.
    pub notices: Option<(String, String)>,
    /// Whether steps that run a script of Teams or Exchange are run too: each such script signs in by itself.
    pub scripts: bool,
    /// How often what waits for Microsoft is looked at again.
    pub looks: u32,
    /// The pause before each such look.
    pub pause: Duration,
}

impl Default for ManyRun {
    fn default() -> Self {
        Self { at_once: 4, notices: None, scripts: false, looks: 0, pause: Duration::ZERO }
    }
}

/// A wish to stop: what is being written is finished, and nothing new is begun.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks to stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A sign of life of one of many.
#[derive(Debug, Clone, PartialEq)]
pub enum ManyTick {
    /// It is signed in at.
    SigningIn,
    /// A step came to rest.
    Step {
        /// The step.
        step: String,
        /// How it stands.
        state: State,
        /// How many of its steps are done.
        done: usize,
        /// How many it has.
        total: usize,
    },
    /// A step tells something.
    Inside {
        /// The step.
        step: String,
        /// What it tells.
        tick: Tick,
    },
    /// Nothing more happens here.
    Ended {
        /// How it ended.
        state: ManyState,
    },
}

/// Takes the ticks of many.
pub trait ManyTicks: Send + Sync {
    /// One tick of one connection.
    fn tick(&self, connection: &str, tick: ManyTick);
}

impl<F: Fn(&str, ManyTick) + Send + Sync> ManyTicks for F {
    fn tick(&self, connection: &str, tick: ManyTick) {
        self(connection, tick);
    }
}

impl Desk {
    /// Says for whom a connection is; nothing takes it back. The tenant stays as it was said.
    ///
    /// # Errors
    /// Unknown connection, a name that is too long, or the journal refuses.
    pub fn set_customer(&self, connection: &str, customer: Option<&str>) -> Result<(), Trouble> {
        self.guide_of(connection)?;
        let tenant = self.history(connection)?.belonging.tenant.clone();
        self.note_belonging(connection, customer, tenant)
    }

    /// For whom a connection is, where somebody said so.
    ///
    /// # Errors
    /// Unknown connection.
    pub fn customer(&self, connection: &str) -> Result<Option<String>, Trouble> {
        Ok(self.history(connection)?.belonging.customer.clone())
    }

    /// Makes the connections that are missing, and sets customer and answers of all. What is so already is not written
    /// again, so a list can be given as often as one likes.
    ///
    /// # Errors
    /// The first tenant that does not fit, with its name: an answer that does not fit its ask, a connection of that name
    /// for another guide, or two tenants with one name. Those before it are made.
    pub fn many_prepare(&self, guide: &str, tenants: &[ManyTenant]) -> Result<Vec<Aim>, Trouble> {
        let mut known: BTreeMap<String, (String, String)> = BTreeMap::new();
        for id in self.room.journal.connections()? {
            let history = self.history(&id)?;
            if !history.removed {
                known.insert(history.name.clone(), (id, history.guide.clone()));
            }
        }
        let mut names = BTreeSet::new();
        for name in tenants.iter().map(|tenant| tenant.name.trim()) {
            let is_other = known.get(name).is_some_and(|(_, other)| other != guide);
            if is_other || !names.insert(name) {
                return Err(Trouble::new(Code::ConnectionExists).with("name", name).in_field("name"));
            }
        }
        let mut aims: Vec<Aim> = Vec::new();
        for tenant in tenants {
            let name = tenant.name.trim();
            let connection = match known.get(name) {
                Some((id, _)) => id.clone(),
                None => self.connect_new(guide, name)?,
            };
            let customer = tenant.customer.as_deref().map(str::trim).filter(|name| !name.is_empty());
            self.note_belonging(&connection, customer, Some(tenant.tenant.trim().to_lowercase()))?;
            for (ask, value) in &tenant.answers {
                self.answer(&connection, ask, value.clone()).map_err(|trouble| trouble.with("name", name))?;
            }
            aims.push(Aim { connection, tenant: tenant.tenant.trim().to_lowercase() });
        }
        Ok(aims)
    }

    /// The connections that were made for many, each with its tenant.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn many_aims(&self) -> Result<Vec<Aim>, Trouble> {
        let mut aims = Vec::new();
        for connection in self.room.journal.connections()? {
            let history = self.history(&connection)?;
            if let Some(tenant) = history.belonging.tenant.clone().filter(|_| !history.removed) {
                aims.push(Aim { connection, tenant });
            }
        }
        Ok(aims)
    }

    /// As [`Desk::connect`] for a name that is known to be new.
    pub(crate) fn connect_new(&self, guide: &str, name: &str) -> Result<String, Trouble> {
        let guide =
            self.guide_named(guide).ok_or_else(|| Trouble::new(Code::GuideUnknown).with("name", guide))?;
        if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
            return Err(Trouble::new(Code::AnswerInvalid).with("value", name).in_field("name"));
        }
        let id = self.room.random.id();
        let event = Event::Connected {
            guide: guide.id.clone(),
            guide_version: guide.version.clone(),
            name: name.to_owned(),
            place: self.room.wire.place().name.clone(),
            rehearsal: self.room.rehearsal,
        };
        self.note(&id, &event)?;
        crash::place("connected");
        Ok(id)
    }

    fn note_belonging(
        &self,
        connection: &str,
        customer: Option<&str>,
        tenant: Option<String>,
    ) -> Result<(), Trouble> {
        let fits = |name: &str| name.chars().count() <= 120 && !name.chars().any(char::is_control);
        if let Some(name) = customer.filter(|name| !fits(name)) {
            return Err(Trouble::new(Code::AnswerInvalid).with("value", name).in_field("customer"));
        }
        let belonging = Belonging { customer: customer.map(str::to_owned), tenant };
        if self.history(connection)?.belonging == belonging {
            return Ok(());
        }
        self.note(connection, &Event::Noted { what: CUSTOMER.to_owned(), details: json!(belonging) })
    }
}
