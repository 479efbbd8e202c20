//! The directory behind Graph, asked without a server in between.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod credentials;
mod drive;
mod exchange;
mod grants;
mod lobby;
mod meetings;
mod people;
mod presence;
mod refusals;
mod registrations;
mod replicas;
