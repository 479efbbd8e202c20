//! The running tenant's shared state, and the way of one request through it.
//!
//! Faults, latency and throttling are applied here, once, for every endpoint; the endpoints themselves know
//! nothing of them. Locks are held only while an answer is computed, never across a wait.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::accounts::Person;
use crate::clock::Clock;
use crate::exchange::{Fate, Reply, Request, find};
use crate::faults::{Action, Armed, Match, Sight, path_and_query};
use crate::graph::Caller;
use crate::login::state::SignIns;
use crate::random::Random;
use crate::seeding::Seeded;
use crate::settings::Settings;
use crate::tokens::SigningKey;
use crate::traffic::{Kind, Traffic};
use crate::world::World;
use crate::{gate, login, packing};

pub(crate) struct Rehearsal {
    pub settings: Settings,
    pub clock: Clock,
    pub world: Mutex<World>,
    /// The world as it was before the first request, for a reset.
    pub fresh: World,
    pub sign_ins: Mutex<SignIns>,
    pub armed: Mutex<Armed>,
    /// What somebody else does just before a request of this kind is answered; each once.
    pub meanwhile: Mutex<Vec<(Match, Deed)>>,
    pub traffic: Mutex<Traffic>,
    pub random: Mutex<Random>,
    /// Tenants of one estate share it, as Microsoft's tenants share theirs.
    pub key: Arc<SigningKey>,
    pub people: Vec<Person>,
    pub tenant_id: String,
    pub domain: String,
    /// Scheme, host and port as announced.
    pub origin: String,
    pub graph_requests: AtomicU64,
    /// The authentication context that every change by a person needs, where Conditional Access demands one.
    pub step_up: Mutex<Option<String>>,
}

/// What tenants of one listener share.
pub(crate) struct Ground {
    pub clock: Clock,
    /// Scheme, host and port as announced.
    pub origin: String,
    pub key: Arc<SigningKey>,
}

/// What somebody else does to the directory.
pub(crate) type Deed = Box<dyn FnOnce(&mut World) + Send>;

/// A lock; a panic elsewhere does not end the rehearsal.
pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Rehearsal {
    /// A seeded tenant, before its first request.
    pub fn new(ground: &Ground, settings: Settings, seeded: Seeded, traffic: Traffic) -> Rehearsal {
        Rehearsal {
            clock: ground.clock.clone(),
            fresh: seeded.world.clone(),
            world: Mutex::new(seeded.world),
            sign_ins: Mutex::new(SignIns::default()),
            armed: Mutex::new(Armed::new(settings.faults.clone())),
            meanwhile: Mutex::default(),
            traffic: Mutex::new(traffic),
            random: Mutex::new(Random::new(settings.seed ^ 0x5349_474E)),
            key: Arc::clone(&ground.key),
            people: seeded.people,
            tenant_id: seeded.tenant_id,
            domain: seeded.domain,
            origin: ground.origin.clone(),
            graph_requests: AtomicU64::new(0),
            step_up: Mutex::new(None),
            settings,
        }
    }

    /// The world with its clock set.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = held(&self.world);
        world.now = self.clock.now();
        world
    }

    pub fn guid(&self) -> String {
        held(&self.random).guid()
    }

    /// The account of this user principal name, or of its part before the `@`.
    pub fn person(&self, name: &str) -> Option<usize> {
        let name = name.trim();
        self.people.iter().position(|person| {
            let upn = &person.account.upn;
            upn.eq_ignore_ascii_case(name)
                || person.local.eq_ignore_ascii_case(name)
                || person.home.as_ref().is_some_and(|home| home.mail.eq_ignore_ascii_case(name))
        })
    }

    /// An account as a caller of Graph that may do whatever its roles allow.
    pub fn caller_of(&self, person: usize) -> Caller {
        let person = &self.people[person];
        crate::seeding::all_powerful_scopes(&person.object_id, person.role_ids.clone())
    }

    /// Answers one request, with everything that is to go wrong on the way.
    pub async fn answer(&self, request: Request) -> Reply {
        if !self.settings.latency.is_zero() {
            tokio::time::sleep(self.settings.latency).await;
        }
        let kind = kind_of(&request);
        let action = self.strike(&request);
        self.let_others_act(&request);
        if let Some(Action::Delay { milliseconds }) = &action {
            tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
        }
        // The very text of a fault goes out as it stands.
        let says_all = matches!(action, Some(Action::Raw { .. }));
        let reply = match action {
            Some(Action::Answer { status, body, headers }) => {
                dressed(self.made_up(kind, status, body), &headers)
            }
            Some(Action::RetryAfter { status, seconds }) => {
                self.made_up(kind, status, None).with("retry-after", &seconds.to_string())
            }
            Some(Action::Drop {}) => Reply::dropped(),
            Some(Action::ApplyThenDrop {}) => Reply { fate: Fate::Dropped, ..self.apply(kind, &request) },
            Some(Action::ApplyThenAnswer { status, body }) => {
                self.apply(kind, &request);
                self.made_up(kind, status, body)
            }
            Some(Action::CutBody { bytes }) => {
                Reply { fate: Fate::CutAfter(bytes), ..self.apply(kind, &request) }
            }
            Some(Action::ApplyThenReset {}) => Reply { fate: Fate::Reset, ..self.apply(kind, &request) },
            Some(Action::ApplyThenHang {}) => Reply { fate: Fate::Hung, ..self.apply(kind, &request) },
            Some(Action::Trickle { milliseconds }) => {
                Reply { fate: Fate::Trickled(milliseconds), ..self.apply(kind, &request) }
            }
            Some(Action::Raw { status, content_type, text, times, headers, applied }) => {
                if applied {
                    self.apply(kind, &request);
                }
                let body = text.repeat(usize::try_from(times).unwrap_or(1)).into_bytes();
                let bare = Reply { status, headers: Vec::new(), body, fate: Fate::Whole };
                let reply =
                    if content_type.is_empty() { bare } else { bare.with("content-type", &content_type) };
                dressed(reply, &headers)
            }
            Some(Action::Delay { .. } | Action::LeaveOut { .. } | Action::Reverse {}) | None => {
                self.apply(kind, &request)
            }
        };
        let packed = match kind {
            Kind::Graph if !says_all => packing::packed(&request, &reply),
            _ => None,
        };
        held(&self.traffic).note(kind, &request, &reply, packed.as_ref(), self.clock.now());
        if reply.fate == Fate::Hung {
            std::future::pending::<()>().await;
        }
        packed.unwrap_or(reply)
    }

    fn let_others_act(&self, request: &Request) {
        let path_and_query = path_and_query(request);
        let (method, path) = (request.method.as_str(), path_and_query.as_str());
        let sight = Sight { method, path_and_query: path, grant_type: None, inside_batch: false };
        let mut waiting = held(&self.meanwhile);
        let Some(place) = waiting.iter().position(|(matches, _)| matches.means(&sight)) else { return };
        let (_, deed) = waiting.remove(place);
        drop(waiting);
        deed(&mut self.world());
    }

    fn strike(&self, request: &Request) -> Option<Action> {
        let form = if request.method == "POST" && request.path.to_lowercase().ends_with("/token") {
            request.form()
        } else {
            Vec::new()
        };
        let path_and_query = path_and_query(request);
        held(&self.armed).strike(&Sight {
            method: &request.method,
            path_and_query: &path_and_query,
            grant_type: find(&form, "grant_type"),
            inside_batch: false,
        })
    }

    fn apply(&self, kind: Kind, request: &Request) -> Reply {
        match kind {
            Kind::Graph => gate::answer(self, request),
            Kind::Azure => gate::azure(self, request),
            Kind::SignIn => login::answer(self, request),
        }
    }

    /// An answer that no endpoint gave, in the dress of the room it would have come from.
    fn made_up(&self, kind: Kind, status: u16, body: Option<Value>) -> Reply {
        let body = body.unwrap_or_else(|| match kind {
            Kind::SignIn => {
                let refusal = login::refusal::Refusal::new(
                    status,
                    "temporarily_unavailable",
                    90033,
                    "A transient error has occurred. Please try again.",
                );
                refusal.body(self)
            }
            Kind::Graph | Kind::Azure => {
                let (code, message) = gate::words_for(status);
                gate::error_body(self, None, code, message)
            }
        });
        if status == 204 {
            return Reply { status, headers: Vec::new(), body: Vec::new(), fate: Fate::Whole };
        }
        Reply::json(status, &body)
    }
}

fn dressed(reply: Reply, headers: &serde_json::Map<String, Value>) -> Reply {
    headers.iter().fold(reply, |reply, (name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        reply.with(name, &text)
    })
}

pub(crate) fn kind_of(request: &Request) -> Kind {
    match request.segments().first().map(String::as_str) {
        Some("v1.0" | "beta") => Kind::Graph,
        Some("subscriptions" | "tenants") => Kind::Azure,
        _ => Kind::SignIn,
    }
}
