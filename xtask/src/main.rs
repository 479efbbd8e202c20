//! The two commands: run and test.
fn main() {}
