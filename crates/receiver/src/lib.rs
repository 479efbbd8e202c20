//! What runs on a product's server: it makes the offer, takes one sealed bundle for it, asks a person, and writes the files
//! that the product reads. It knows nothing of a tenant or of Footbridge's desk, calls nobody, and keeps no secret.

mod intake;
mod judging;
mod laying;
mod memory;
mod offering;
mod questions;
mod rendering;
mod server;
mod tables;
mod taking;
mod values;

pub use intake::{Clock, Intake, Notice, Terms};
pub use judging::{JudgeError, Judged, Standing, judge};
pub use laying::LayingError;
pub use memory::{Memory, MemoryError, OwnCertificate};
pub use offering::{Offering, OfferingError, Tls, Wish, make_offer};
pub use own_files::{DatabaseFault, FolderError};
pub use questions::Waiting;
pub use rendering::{
    EscapeFault, PfxFault, Placeholders, RenderError, Template, TemplateFault, UnknownTemplate,
};
pub use server::{Identity, IdentityError, Limits, Server};
pub use taking::{Finished, Owner, Point, Taking, TakingError, Took, UnknownOwner, Wanted, finish, take};
