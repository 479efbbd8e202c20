//! The commands of the project: `run` shows it, `test` proves it, `catalogue` and `weaken` hold it against its promises,
//! and `bench` against its peers; `manual` writes its manual, `package` wraps it up, and `setup` is the part they share.
//! Depends on the standard library only, so that it starts within seconds on a machine that has nothing but Rust.
//! It must never hold knowledge of the product: it installs, builds and starts, and nothing else.

// This program talks to a person at a terminal; everywhere else printing is a mistake.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod ask;
mod bench;
mod catalogue;
mod copy;
mod desktop;
mod goals;
mod ground;
mod install;
mod junit;
mod linked;
mod manual;
mod named;
mod needs;
mod node;
mod package;
mod page;
mod record;
mod run;
mod setup;
mod sheet;
mod shell;
mod strangers;
mod suite;
mod table;
mod trouble;
mod weaken;

use std::process::ExitCode;

use ask::{Order, Verb};
use shell::Shell;
use trouble::Trouble;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match obey(&arguments) {
        Ok(code) => code,
        Err(trouble) => {
            eprintln!("\nxtask: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn obey(arguments: &[String]) -> Result<ExitCode, Trouble> {
    let order = Order::read(arguments, std::env::var_os("CI").is_some())?;
    let mut shell = Shell::here()?;
    match order.verb {
        Verb::Run => run::run(&mut shell, &order),
        Verb::Test => suite::test(&mut shell, &order),
        Verb::Catalogue => catalogue::hold(&mut shell, &order),
        Verb::Weaken => weaken::weaken(&mut shell, &order),
        Verb::Bench => bench::measure(&mut shell, &order),
        Verb::Manual => manual::write(&mut shell, &order),
        Verb::Package => package::package(&mut shell, &order),
        Verb::Setup => {
            setup::prepare(&mut shell, &order, needs::Purpose::Test)?;
            println!("\nEverything is in place. Next: cargo xtask run, or cargo xtask test.");
            Ok(ExitCode::SUCCESS)
        }
        Verb::Usage => {
            println!("{}", ask::USAGE);
            Ok(ExitCode::SUCCESS)
        }
    }
}
