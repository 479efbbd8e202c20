//! The command line, read without a library, and the one question that is ever asked.
//! It must never decide for a person: without a terminal and without `--yes` the answer is no.

use std::io::{BufRead, IsTerminal, Write};

use crate::trouble::Trouble;

/// What is printed for `help` and beside every mistake.
pub const USAGE: &str = "\
cargo xtask run       [--yes]                        install what is missing, build, open the window
cargo xtask test      [--yes] [--skip PART]          install what is missing, build, run every check
cargo xtask catalogue [--yes] [--slice] [--only G-07]  hold every goal against its target
cargo xtask weaken    [--yes] [--only NAME]          take each protection away, and see a goal fail
cargo xtask bench     [--yes] [--no-build] [--only ROW]  measure against others, into docs/performance.md
cargo xtask manual    [--yes]                        build the manual into target/manual
cargo xtask package   [--yes] [--no-build]           build the release, and make its packages for Linux
cargo xtask setup     [--yes]                        only install what is missing

--yes        install without asking (so does CI=true)
--skip PART  leave a part out, for developers; may be repeated; the table names the parts
--slice      of each goal only what the plain tests do as well; docs/catalogue.md stays as it is
--only NAME  one goal, one weakening, or one row of the speed; may be repeated; the other rows of the page stay
--no-build   take the programs of the last release build";

/// The word after `cargo xtask`.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Verb {
    Run,
    Test,
    Catalogue,
    Weaken,
    Bench,
    Manual,
    Package,
    Setup,
    Usage,
}

/// One command line, understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    pub verb: Verb,
    /// Install without asking.
    pub yes: bool,
    /// Nobody is watching: lock files are law.
    pub unattended: bool,
    /// Parts of the tests that are left out, by their name in the table.
    pub skip: Vec<String>,
    /// The goals, weakenings or rows that are meant; all where it is empty.
    pub only: Vec<String>,
    /// A slice of each goal instead of the whole.
    pub slice: bool,
    /// The programs are built already.
    pub built: bool,
}

impl Order {
    /// Reads the arguments after the program's name.
    pub fn read(arguments: &[String], unattended: bool) -> Result<Self, Trouble> {
        let mut words = arguments.iter();
        let verb = match words.next().map(String::as_str) {
            Some("run") => Verb::Run,
            Some("test") => Verb::Test,
            Some("catalogue") => Verb::Catalogue,
            Some("weaken") => Verb::Weaken,
            Some("bench") => Verb::Bench,
            Some("manual") => Verb::Manual,
            Some("package") => Verb::Package,
            Some("setup") => Verb::Setup,
            None | Some("help" | "--help" | "-h") => Verb::Usage,
            Some(other) => return Err(Trouble::Usage(format!("`{other}` is not a command."))),
        };
        let mut order = Self {
            verb,
            yes: unattended,
            unattended,
            skip: Vec::new(),
            only: Vec::new(),
            slice: false,
            built: false,
        };
        while let Some(word) = words.next() {
            match (word.as_str(), verb) {
                ("--yes" | "-y", _) => order.yes = true,
                ("--skip", Verb::Test | Verb::Catalogue) => match words.next() {
                    Some(part) => order.skip.push(part.clone()),
                    None => return Err(Trouble::Usage("--skip wants the name of a part.".into())),
                },
                ("--slice", Verb::Catalogue) => order.slice = true,
                ("--no-build", Verb::Package | Verb::Bench) => order.built = true,
                ("--only", Verb::Catalogue | Verb::Weaken | Verb::Bench) => match words.next() {
                    Some(name) => order.only.push(name.clone()),
                    None => return Err(Trouble::Usage("--only wants a name.".into())),
                },
                (other, _) => return Err(Trouble::Usage(format!("`{other}` has no meaning here."))),
            }
        }
        Ok(order)
    }
}

/// Asks one yes-or-no question. No terminal means no.
pub fn agreed(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    print!("{question} [y/N] ");
    let mut answer = String::new();
    let heard = std::io::stdout().flush().is_ok() && std::io::stdin().lock().read_line(&mut answer).is_ok();
    heard && matches!(answer.trim(), "y" | "Y" | "yes" | "j" | "ja")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn nothing_asks_for_the_usage() {
        assert_eq!(Order::read(&[], false).map(|order| order.verb).ok(), Some(Verb::Usage));
    }

    #[test]
    fn unattended_needs_no_yes() {
        assert_eq!(Order::read(&words("setup"), true).map(|order| order.yes).ok(), Some(true));
    }

    #[test]
    fn attended_asks() {
        assert_eq!(Order::read(&words("run"), false).map(|order| order.yes).ok(), Some(false));
    }

    #[test]
    fn skip_may_be_repeated() {
        let order = Order::read(&words("test --skip deny --skip strangers"), false);
        assert_eq!(order.map(|order| order.skip).ok(), Some(words("deny strangers")));
    }

    #[test]
    fn only_one_goal_or_weakening_can_be_meant() {
        let order = Order::read(&words("catalogue --slice --only G-07 --only G-19b"), false).ok();
        assert_eq!(order.as_ref().map(|order| order.slice), Some(true));
        assert_eq!(order.map(|order| order.only), Some(words("G-07 G-19b")));
        let order = Order::read(&words("weaken --only exp-not-checked"), false);
        assert_eq!(order.map(|order| order.only).ok(), Some(words("exp-not-checked")));
    }

    #[test]
    fn single_rows_can_be_measured_with_what_is_built() {
        let order = Order::read(&words("bench --no-build --only keys --only match"), false).ok();
        assert_eq!(order.as_ref().map(|order| (order.verb, order.built)), Some((Verb::Bench, true)));
        assert_eq!(order.map(|order| order.only), Some(words("keys match")));
    }

    #[test]
    fn packages_can_be_made_of_what_is_built() {
        let built = |line| Order::read(&words(line), false).map(|order| order.built).ok();
        assert_eq!((built("package"), built("package --no-build")), (Some(false), Some(true)));
    }

    #[test]
    fn mistakes_are_named() {
        for line in [
            "walk",
            "manual --skip deny",
            "weaken --slice",
            "test --no-build",
            "bench --slice",
            "bench --only",
            "catalogue --only",
            "test --only deny",
            "run --skip deny",
            "test --skip",
            "setup --now",
        ] {
            assert!(Order::read(&words(line), false).is_err(), "{line} was taken");
        }
    }
}
