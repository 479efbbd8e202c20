//! The goals of the catalogue: how much of one is done in this run, and the figure that was reached beside its target.
//! With `FOOTBRIDGE_FIGURES` naming a folder the figures are written there, for the table of `cargo xtask catalogue`.

use std::path::Path;

/// What a figure is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Not less than this.
    AtLeast(u64),
    /// Not more than this.
    AtMost(u64),
    /// Just this.
    Exactly(u64),
}

impl Target {
    fn is_met_by(self, figure: u64) -> bool {
        match self {
            Self::AtLeast(least) => figure >= least,
            Self::AtMost(most) => figure <= most,
            Self::Exactly(wanted) => figure == wanted,
        }
    }

    fn words(self) -> String {
        match self {
            Self::AtLeast(least) => format!("at least {least}"),
            Self::AtMost(most) => format!("at most {most}"),
            Self::Exactly(wanted) => wanted.to_string(),
        }
    }
}

/// Whether the whole catalogue was asked for (`FOOTBRIDGE_CATALOGUE=whole`), else a slice of each goal.
pub fn is_whole() -> bool {
    std::env::var("FOOTBRIDGE_CATALOGUE").as_deref() == Ok("whole")
}

/// The first in a slice, the second in the whole catalogue.
pub fn scale<T>(slice: T, whole: T) -> T {
    if is_whole() { whole } else { slice }
}

/// Keeps a figure of a goal (`G-07`) and fails when its target is missed.
pub fn reached(goal: &str, what: &str, figure: u64, target: Target) {
    let met = target.is_met_by(figure);
    if let Some(folder) = std::env::var_os("FOOTBRIDGE_FIGURES") {
        let slug: String =
            what.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' }).collect();
        let folder = Path::new(&folder).join(goal);
        std::fs::create_dir_all(&folder).unwrap();
        // Four lines, which `cargo xtask catalogue` reads without a library.
        let met = if met { "yes" } else { "no" };
        let lines = format!("what: {what}\nfigure: {figure}\ntarget: {}\nmet: {met}\n", target.words());
        std::fs::write(folder.join(format!("{slug}.txt")), lines).unwrap();
    }
    assert!(met, "{goal}: {what}: {figure} instead of {}", target.words());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_or_missed() {
        assert!(Target::AtLeast(3).is_met_by(3) && !Target::AtLeast(3).is_met_by(2));
        assert!(Target::AtMost(3).is_met_by(3) && !Target::AtMost(3).is_met_by(4));
        assert!(Target::Exactly(0).is_met_by(0) && !Target::Exactly(0).is_met_by(1));
    }
}
