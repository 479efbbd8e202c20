//! The tenant on the other end: lost answers, delay, faults, tokens, plans and sign-in.
#![allow(clippy::print_stdout)]

mod answers;
mod browser_sign_in;
mod cells;
mod credential_policies;
mod delays;
mod device_sign_in;
mod endurance;
mod faults;
mod foreign_credentials;
mod huge_tenant;
mod journal_model;
mod lost_answers;
mod oracle_controls;
mod pretend_proxy;
mod proxies;
mod scope_guard;
mod stray_tokens;
mod two_instances;
mod whole_guides;
