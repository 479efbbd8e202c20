//! The append-only, chained diary: what happened, by whom, when.
//! Every row carries a tag over its place, its content and the row before; so an edited, deleted, reordered or
//! inserted row is noticed. No secret has a type here, and this crate must never import one that has.

mod chain;
mod error;
mod event;
mod export;
mod rows;
mod strike;
mod verified;

pub use chain::{Flaw, Signer, Verdict};
pub use error::{ExportError, JournalError};
pub use event::{Entry, Event};
pub use export::{ExportVerdict, verify_export};
pub use own_files::{DatabaseFault, FolderError};
pub use rows::{Journal, Opened, put_aside};
