//! A pretend Microsoft on loopback: sign-in, Graph and Teams policies for one invented tenant; and beside it, in
//! [`web`], a pretend product's web server.
//!
//! [`start`] serves it until the returned [`Running`] is dropped. Everything lives in memory, every token
//! says that it is a rehearsal one. It imports no crate of ours, not even a constant, so it cannot share a
//! mistake with the client, and it never listens anywhere but on loopback.

mod accounts;
mod announcement;
pub mod axigen;
mod batch_faults;
mod certificates;
mod clock;
mod communication_users;
mod control;
mod control_address;
mod directory;
mod estate;
mod exchange;
mod faults;
mod gate;
pub mod graph;
mod login;
mod packing;
mod products;
mod random;
mod rehearsal;
mod running;
mod seeding;
mod server;
mod settings;
mod tokens;
mod traffic;
pub mod web;
pub mod world;

pub use accounts::Account;
pub use announcement::{Announcement, Confidential, ControlAddress};
pub use communication_users::CommunicationUser;
pub use control::{Control, ControlError};
pub use estate::{Customer, Estate, EstateSettings, Relation};
pub use faults::{Action, Fault, Faults, FaultsError, Match};
pub use products::{ProductAddresses, Products};
pub use running::{Running, StartError, start};
pub use settings::{CredentialPolicy, Now, Partner, Settings, Throttle};
pub use traffic::{Exchange, Kind};
