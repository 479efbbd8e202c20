//! Feeds `targets::axigen`.
#![no_main]

#[path = "../targets/mod.rs"]
#[allow(dead_code, unused_imports)]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::axigen(bytes));
