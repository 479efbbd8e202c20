//! What `footbridge teams` takes.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Shape, SignInOptions};

#[derive(Debug, Subcommand)]
pub enum TeamsCommand {
    /// Write the script and its parameters into a folder
    Script {
        /// The connection
        #[arg(long, value_name = "NAME")]
        connection: String,
        /// The step
        #[arg(long, value_name = "STEP")]
        step: String,
        /// The folder
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// The parameters that take the step back
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        sign_in: SignInOptions,
        #[command(flatten)]
        shape: Shape,
    },
    /// Read the script's result back
    Result {
        /// The connection
        #[arg(long, value_name = "NAME")]
        connection: String,
        /// The step
        #[arg(long, value_name = "STEP")]
        step: String,
        /// result.json
        file: PathBuf,
        #[command(flatten)]
        sign_in: SignInOptions,
        #[command(flatten)]
        shape: Shape,
    },
}
