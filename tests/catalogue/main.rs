//! The catalogue: the goals of reliability and security, each a test at its figure with its positive control.
//! A plain run does a slice of each goal; `cargo xtask catalogue` does the whole and writes docs/catalogue.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs
)]

mod machine;
mod secrets;
mod surface;
mod tenant;
