//! The `footbridge` command line: the same desk without a window. It reads arguments, opens a desk, shows what the desk
//! returns, and ends with the documented exit codes. It must not call Microsoft, store anything itself, or show a secret.

mod arguments;
mod certificates;
mod commands;
mod crash_point;
mod delivery_arguments;
mod events;
mod exit;
mod failure;
mod further_guides;
mod giving;
mod guide_arguments;
mod lending;
mod many_arguments;
mod opening;
mod pretend_tenant;
mod private_file;
mod pushing;
mod reaching;
mod receiving;
mod renewal_arguments;
mod renewing;
mod room_arguments;
mod selftest_arguments;
mod signing_in;
mod step_arguments;
mod voice;
mod walk;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::Arguments;
use crate::voice::Voice;

fn main() -> ExitCode {
    engine::vault::tell_only_the_place_of_a_panic();
    // Without it the program works as well; a dump is written only where somebody asked for dumps.
    let _ = engine::vault::keep_out_of_dumps();
    let arguments = Arguments::parse();
    let voice = Voice::new(arguments.command.wants_json(), arguments.room.lang);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::carry_out(&arguments, &voice)),
        Err(why) => Err(why.into()),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            voice.failure(&failure);
            failure.exit().into()
        }
    }
}
