//! A panic tells its place and nothing else: its message may hold whatever stood in the failing expression.

use std::io::Write as _;
use std::panic;

/// Replaces what Rust prints of a panic by its place in the source, for the whole process. A backtrace is left out, too:
/// it is made of addresses, but tools that print it show arguments.
pub fn tell_only_the_place_of_a_panic() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        let place = place.unwrap_or_default();
        // Where nobody listens there is nobody to tell.
        let _ = writeln!(
            std::io::stderr(),
            "Footbridge stopped at {place}. This is a defect: report this line. Nothing was changed after it; start again."
        );
    }));
}
