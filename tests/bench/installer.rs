//! What the larger package for Debian weighs, as `cargo xtask package` makes it.

use crate::process;
use crate::row::{Line, as_f64};

const MOST: u64 = 8_000_000;

/// Measures the row.
pub fn measure() -> Vec<Line> {
    let line = Line::new("installer", "the larger .deb", "at most 8 MB");
    let Some(path) = process::named("FOOTBRIDGE_PACKAGE") else {
        return vec![line.left_out("the package is not made")];
    };
    let bytes = std::fs::metadata(path).unwrap().len();
    vec![line.ours(format!("{:.2} MB", as_f64(bytes) / 1e6)).met(bytes <= MOST)]
}
