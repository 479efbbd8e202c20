//! Whole guides over real HTTP: the desk at one end, a pretend tenant at the other, and a clock that nobody waits for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, missing_docs)]

mod approvals;
mod axigen;
mod canary;
mod certificates;
mod crashes;
mod delivery_crashes;
mod eastwind;
mod lean;
mod lost_answers;
mod offers;
mod openers;
mod passing_on;
mod probe;
mod probe_strangers;
mod pushing;
mod received;
mod renewal_crashes;
mod renewals;
mod replication;
mod roles;
mod server_folder;
#[allow(dead_code, reason = "the delivery's own tests look deeper into the same server")]
#[path = "../../crates/delivery/tests/sftp/sshd.rs"]
mod sshd;
mod taken;
mod targetconnect;
mod teams;
mod telephones;
mod undo;

use footbridge_tests::child;
