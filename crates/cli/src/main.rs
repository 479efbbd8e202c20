//! The `footbridge` command line: the same desk without a window. It reads arguments, opens a desk, shows what the desk
//! returns, and ends with the documented exit codes. It must not call Microsoft, store anything itself, or show a secret.

mod arguments;
mod certificates;
mod commands;
mod crash_point;
mod events;
mod exit;
mod failure;
mod further_guides;
mod giving;
mod lending;
mod opening;
mod pretend_tenant;
mod private_file;
mod pushing;
mod reaching;
mod receiving;
mod renewing;
mod signing_in;
mod voice;
mod walk;
mod words;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use engine::guide::Language;
use engine::{MachinePolicy, Trouble};

use crate::arguments::policy::{PolicyCommand, PolicyOptions};
use crate::arguments::{Arguments, Command};
use crate::failure::Failure;
use crate::voice::Voice;

fn main() -> ExitCode {
    engine::vault::tell_only_the_place_of_a_panic();
    // Without it the program works as well; a dump is written only where somebody asked for dumps.
    let _ = engine::vault::keep_out_of_dumps();
    let mut arguments = Arguments::parse();
    let spoken = laid_down(&mut arguments);
    let otherwise = arguments.room.lang.unwrap_or(Language::English);
    let voice = Voice::new(arguments.command.wants_json(), *spoken.as_ref().unwrap_or(&otherwise));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match (spoken, runtime) {
        (Err(trouble), _) => Err(Failure::from(trouble)),
        (Ok(_), Ok(runtime)) => runtime.block_on(commands::carry_out(&arguments, &voice)),
        (Ok(_), Err(why)) => Err(why.into()),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            voice.failure(&failure);
            failure.exit().into()
        }
    }
}

/// Puts the policy of this machine into force, before anything is done; gives the language to speak. Only the check of a policy
/// file goes without, or nobody could mend one that is not in order.
fn laid_down(arguments: &mut Arguments) -> Result<Language, Trouble> {
    let checks = matches!(
        arguments.command,
        Command::Policy(PolicyOptions { command: Some(PolicyCommand::Check { .. }), .. })
    );
    if !checks {
        arguments.room.policy = Arc::new(MachinePolicy::in_force(arguments.room.policy_file.as_deref())?);
    }
    arguments.room.policy.speech(arguments.room.lang)
}
