//! The commands, one file each. A command opens a desk, asks it, shows what it returns, and says how it ended.

mod bringing_back;
mod bundle;
mod connections;
mod deliver;
mod guide;
mod journal;
mod look;
mod many;
mod network;
mod own_guide;
mod page;
mod passing_on;
mod policy;
mod rehearsal;
mod rehearse;
mod renew;
mod renewals;
mod run;
mod selftest;
mod support;
mod teams;
mod undo;

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::voice::Voice;

/// Carries out the command.
pub async fn carry_out(arguments: &Arguments, voice: &Voice) -> Result<Exit, Failure> {
    let room = &arguments.room;
    match &arguments.command {
        Command::Guides(_) => Ok(guide::list(voice)),
        Command::Guide(command) => guide::carry_out(command, room, voice),
        Command::Rehearse(rehearse) => rehearse::carry_out(room, rehearse, voice).await,
        Command::Run(run) => run::carry_out(room, run, voice).await,
        Command::Check(check) => look::check(room, check, voice).await,
        Command::Plan(look) => look::plan(room, look, voice).await,
        Command::PassOn(passed) => passing_on::pass_on(room, passed, voice),
        Command::TakeOver(taken) => passing_on::take_over(room, taken, voice).await,
        Command::Undo(undo) => undo::carry_out(room, undo, voice).await,
        Command::BringBack(back) => bringing_back::carry_out(room, back, voice).await,
        Command::Deliver(command) => deliver::carry_out(room, command, voice).await,
        Command::Page(page) => page::carry_out(room, page, voice),
        Command::Connections(_) => connections::carry_out(room, voice),
        Command::Network(test) => network::carry_out(room, test, voice).await,
        Command::Many(command) => many::carry_out(room, command, voice).await,
        Command::Renewals(renewals) => renewals::carry_out(room, renewals, voice),
        Command::Renew(renew) => renew::carry_out(room, renew, voice).await,
        Command::Journal(command) => journal::carry_out(room, command, voice),
        Command::Support(command) => support::carry_out(room, command, voice),
        Command::Bundle(command) => bundle::carry_out(room, command, voice).await,
        Command::Teams(command) => teams::carry_out(room, command, voice).await,
        Command::Cert(command) => crate::certificates::carry_out(command, voice),
        Command::Receive(command) => crate::receiving::carry_out(command, voice).await,
        Command::Policy(options) => policy::carry_out(room, options, voice),
        Command::Rehearsal(command) => rehearsal::carry_out(command, voice).await,
    }
}
