//! Axigen's command line service: the Teams connector and the permission to use it, pushed with preview and read-back.
//!
//! Facts about the dialogue are from Axigen's published CLI reference for 10.6.30 (axigen/plugin-cli-skill) and its
//! client library (axigen/automation-tools). The admin's password goes into one line of the sign-in and nowhere else;
//! no error, preview, receipt or script holds it. Plain text never leaves this machine.

mod applying;
mod command;
mod connector;
mod error;
mod line;
mod permission;
mod receipt;
mod session;
mod shown;
mod target;
mod value;
mod version;
mod wire;

pub use connector::{ConnectorChange, ConnectorPlan, Difference, SecretState};
pub use error::{AxigenError, Left, Place, Stopped};
pub use permission::{Permission, PermissionPlan};
pub use receipt::{Receipt, SecretReadBack};
pub use session::{Admin, Session, version};
pub use target::{Protection, Target};
pub use value::{LONGEST_VALUE, ValueFault, quoted};
pub use version::Version;
