//! G-39: the journal's state machine and the server as a small model, every state of which is visited: at most three crashes,
//! at most two lost answers, and every change seen late by as much as the model likes. O1, O2 and O4 hold in each of them.
//! The model is the engine's own order of things (`verbs/register_application.rs`, `verbs/secret.rs`, `run.rs`); four weakened
//! engines, each of which leaves one protection out, are caught by the same check.

use footbridge_tests::goal::{Target, reached, scale};
use stateright::{Checker, Model, Property};

/// What an engine leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weakness {
    None,
    /// A lost answer is answered by sending again, without looking for what it may have left.
    NoSweep,
    /// The application is created by POST, not by its unique name.
    BlindCreation,
    /// The call goes out before its intent is durable.
    IntentAfterwards,
    /// The journal says "stored" before the vault has it.
    JournalBeforeVault,
}

/// A secret at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Secret {
    id: u8,
    seen: bool,
}

/// Where the process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// Not running, or at rest.
    Idle,
    /// It has looked at the application and wants to make it.
    WantsApplication,
    /// Its intent is durable.
    IntendsApplication,
    /// The call went out and its answer is awaited.
    AwaitsApplication,
    /// It looks at the secrets.
    Looks,
    WantsSecret,
    IntendsSecret,
    /// The answer is here, with the secret of this id.
    Answered(u8),
    Sealed(u8),
    /// All is as wanted, as far as this process saw.
    Done,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    place: Place,
    // What lasts.
    intent: bool,
    vault: Vec<u8>,
    stored: Vec<u8>,
    // The server.
    applications: u8,
    application_seen: bool,
    secrets: Vec<Secret>,
    next: u8,
    // What can still go wrong.
    crashes: u8,
    losses: u8,
    /// A change was made that no intent stood for.
    unannounced: bool,
    /// Whether the last look saw everything that there is.
    looked_at_all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Goes,
    AnswerIsLost,
    Crashes,
    ApplicationIsSeen,
    SecretIsSeen(u8),
}

struct Engine {
    weakness: Weakness,
    crashes: u8,
    losses: u8,
}

impl World {
    /// The look at the secrets, as `secret::check` and its sweep judge it.
    fn look(&mut self, weakness: Weakness) {
        self.looked_at_all = self.secrets.iter().all(|secret| secret.seen);
        let is_ours = |vault: &[u8], secret: &Secret| vault.contains(&secret.id);
        if weakness != Weakness::NoSweep {
            // One call for each orphan that is seen; each is announced by its own intent and journalled.
            let vault = self.vault.clone();
            self.secrets.retain(|secret| !secret.seen || is_ours(&vault, secret));
        }
        let live = self.secrets.iter().any(|secret| secret.seen && is_ours(&self.vault, secret));
        let awaited = self.secrets.iter().any(|secret| !secret.seen && is_ours(&self.vault, secret));
        self.place = match (live, awaited) {
            (true, false) => Place::Done,
            // A younger one of ours is not seen yet: it is waited for, never made again.
            (_, true) => Place::Looks,
            (false, false) => Place::WantsSecret,
        };
    }

    fn add_secret(&mut self) -> u8 {
        let id = self.next;
        self.next += 1;
        self.secrets.push(Secret { id, seen: false });
        id
    }

    fn make_application(&mut self, weakness: Weakness) {
        if self.applications == 0 || weakness == Weakness::BlindCreation {
            self.applications += 1;
        }
    }

    fn change(&mut self) {
        self.unannounced |= !self.intent;
    }
}

impl Model for Engine {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            place: Place::Idle,
            intent: false,
            vault: Vec::new(),
            stored: Vec::new(),
            applications: 0,
            application_seen: false,
            secrets: Vec::new(),
            next: 0,
            crashes: self.crashes,
            losses: self.losses,
            unannounced: false,
            looked_at_all: false,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Step>) {
        // Whoever waits for something to be seen goes on when it is.
        actions.push(Step::Goes);
        let sends = matches!(world.place, Place::IntendsApplication | Place::IntendsSecret);
        if sends && world.losses > 0 {
            actions.push(Step::AnswerIsLost);
        }
        if world.place != Place::Idle && world.crashes > 0 {
            actions.push(Step::Crashes);
        }
        if world.applications > 0 && !world.application_seen {
            actions.push(Step::ApplicationIsSeen);
        }
        let late = world.secrets.iter().filter(|secret| !secret.seen);
        actions.extend(late.map(|secret| Step::SecretIsSeen(secret.id)));
    }

    fn next_state(&self, before: &World, step: Step) -> Option<World> {
        let mut world = before.clone();
        match step {
            Step::Crashes => {
                world.crashes -= 1;
                world.place = Place::Idle;
            }
            Step::ApplicationIsSeen => world.application_seen = true,
            Step::SecretIsSeen(id) => {
                world
                    .secrets
                    .iter_mut()
                    .filter(|secret| secret.id == id)
                    .for_each(|secret| secret.seen = true);
            }
            Step::AnswerIsLost => {
                world.losses -= 1;
                world.change();
                match world.place {
                    Place::IntendsApplication => {
                        world.make_application(self.weakness);
                        world.place = match self.weakness {
                            Weakness::BlindCreation => Place::WantsApplication,
                            _ => Place::AwaitsApplication,
                        };
                    }
                    _ => {
                        world.add_secret();
                        world.place = Place::Looks;
                    }
                }
            }
            Step::Goes => self.go(&mut world),
        }
        (world != *before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("O1: one application", |_: &Engine, world: &World| world.applications <= 1),
            Property::always("O2: at rest the live secrets are those in the vault", |_, world: &World| {
                let at_rest = world.place == Place::Done && world.looked_at_all;
                let mut live: Vec<u8> = world.secrets.iter().map(|secret| secret.id).collect();
                live.sort_unstable();
                !at_rest || (live == world.vault && live.len() == 1)
            }),
            Property::always("O2: what the journal calls stored is in the vault", |_, world: &World| {
                world.stored.iter().all(|id| world.vault.contains(id))
            }),
            Property::always("O4: no change without a durable intent", |_, world: &World| !world.unannounced),
            Property::sometimes("it comes to its end", |_, world: &World| {
                world.place == Place::Done && world.looked_at_all && world.stored.len() == 1
            }),
            Property::sometimes("after every crash and every lost answer", |_, world: &World| {
                world.place == Place::Done && world.crashes == 0 && world.losses == 0
            }),
        ]
    }
}

impl Engine {
    fn go(&self, world: &mut World) {
        let early = self.weakness == Weakness::IntentAfterwards;
        match world.place {
            Place::Idle if world.application_seen => world.place = Place::Looks,
            // An application that was made and is not seen is upserted again by its unique name, which makes no second one.
            Place::Idle => world.place = Place::WantsApplication,
            Place::WantsApplication => {
                world.intent = !early;
                world.place = Place::IntendsApplication;
            }
            Place::IntendsApplication => {
                world.change();
                world.make_application(self.weakness);
                world.intent = true;
                world.place = Place::AwaitsApplication;
            }
            Place::AwaitsApplication if world.application_seen => {
                world.intent = false;
                world.place = Place::Looks;
            }
            Place::AwaitsApplication => {}
            Place::Looks | Place::Done => world.look(self.weakness),
            Place::WantsSecret => {
                world.intent = !early;
                world.place = Place::IntendsSecret;
            }
            Place::IntendsSecret => {
                world.change();
                let id = world.add_secret();
                world.intent = true;
                world.place = Place::Answered(id);
            }
            Place::Answered(id) if self.weakness == Weakness::JournalBeforeVault => {
                world.stored.push(id);
                world.place = Place::Sealed(id);
            }
            Place::Answered(id) => {
                world.vault.push(id);
                world.place = Place::Sealed(id);
            }
            Place::Sealed(id) => {
                if self.weakness == Weakness::JournalBeforeVault {
                    world.vault.push(id);
                } else {
                    world.stored.push(id);
                }
                world.intent = false;
                world.place = Place::Looks;
            }
        }
    }
}

/// What a check found: states visited, and the properties that do not hold.
fn check(weakness: Weakness, depth: usize) -> (u64, Vec<&'static str>) {
    let engine = Engine { weakness, crashes: 3, losses: 2 };
    let checker = engine.checker().target_max_depth(depth).spawn_bfs().join();
    let broken = checker.discoveries().into_keys().filter(|name| name.starts_with('O')).collect();
    (checker.unique_state_count() as u64, broken)
}

#[test]
fn g39_every_state_of_the_journal_holds() {
    // The whole goes on until there is no state left that was not visited.
    let (states, broken) = check(Weakness::None, scale(21, 10_000));
    println!("{states} states: {broken:?}");
    let mut caught = 0;
    for (weakness, expected) in [
        (Weakness::NoSweep, "O2"),
        (Weakness::BlindCreation, "O1"),
        (Weakness::IntentAfterwards, "O4"),
        (Weakness::JournalBeforeVault, "O2"),
    ] {
        let (_, broken) = check(weakness, 21);
        assert!(
            broken.iter().any(|name| name.starts_with(expected)),
            "{weakness:?} is not caught: {broken:?}"
        );
        caught += 1;
    }
    reached("G-39", "states visited, to depth 20 at least", states, Target::AtLeast(1_500));
    reached("G-39", "invariants that do not hold", broken.len() as u64, Target::Exactly(0));
    reached("G-39", "weakened engines that are caught (control)", caught, Target::Exactly(4));
}
