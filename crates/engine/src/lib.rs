//! Makes documented steps true. `Desk` is one admin's desk: connections, sign-in, the checklist, running, hand-over, undo.
//! It knows neither its shell (window or command line) nor its rehearsal: HTTP is the only port to the tenant.

mod checklist;
pub mod crash;
mod desk;
mod handing;
mod handing_over;
mod history;
mod look;
mod papers;
mod phrase;
mod plan;
mod portal;
mod random;
mod record;
mod role;
mod run;
mod signing_in;
mod site;
mod steady;
mod teams;
mod tick;
mod trouble;
mod undo;
mod verbs;

pub use checklist::{Checklist, PlanView, State, StepView};
pub use desk::{Approval, Desk, FoundUser, ScopeNeed, Settings, Summary};
pub use handing::{FieldValue, Shown};
pub use handing_over::{HandOverTo, HandedOver, Recipient};
pub use history::{Confirmed, History};
pub use phrase::Phrase;
pub use plan::{Change, Outputs, Proof, Risk, Sign, Taken, TakenObject};
pub use random::{Randomness, SystemRandomness};
pub use role::DirectoryRole;
pub use site::SignedIn;
pub use teams::{PowerShell, SCRIPT, TeamsPacket, TeamsShell, TeamsShellError, TeamsState};
pub use tick::{Quiet, Tick, Ticks};
pub use trouble::{Code, Technical, Trouble};
pub use undo::{UndoLine, UndoReport};
pub use verbs::{MatchLine, roles, scopes};

pub use {bundle, certs, cloud, guide, journal, secrecy, vault};
