//! The options of `bundle selftest`.

use std::path::PathBuf;

use clap::Args;

use super::Shape;

#[derive(Debug, Args)]
pub struct SelfTestOptions {
    /// The test end point, https
    pub url: String,
    /// An offer of the test end point, which is used up; a file with its JSON or its line
    #[arg(long, value_name = "FILE")]
    pub offer: PathBuf,
    /// The end point is on this very machine
    #[arg(long)]
    pub this_machine: bool,
    #[command(flatten)]
    pub shape: Shape,
}
