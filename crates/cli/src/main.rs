//! The `footbridge` command line: the same desk without a window.
fn main() {}
