//! The window. Hardens the environment before a web view starts, then hands over to the library.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match footbridge_desktop::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            footbridge_desktop::tell_start_failed(&why);
            ExitCode::FAILURE
        }
    }
}
