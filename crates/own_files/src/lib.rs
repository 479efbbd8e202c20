//! The folder and files that only this user may open, and the SQLite database in such a file. It is no room: `journal`,
//! `vault` and `receiver` stand on it, and each keeps its own content and its own errors. It must never know what is kept
//! there, follow a link, replace a file, or reach the network.

mod aside;
mod database;
mod error;
mod folder;
mod platform;

pub use aside::set_aside;
pub use database::{Schema, open, open_in_memory, open_or_set_aside};
pub use error::{DatabaseFault, FolderError, OpenFault};
pub use folder::{lock, prepare_folder};
