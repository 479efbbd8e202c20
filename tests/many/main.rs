//! Many tenants at once: one sign-in, one guide, a pretend tenant for each customer, and what goes wrong in a few of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, missing_docs)]

mod contract;
mod measured;
mod scene;
mod signing_in;
mod slowness;
mod two_hundred;
