//! What `footbridge policy` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct PolicyOptions {
    #[command(subcommand)]
    pub command: Option<PolicyCommand>,
    /// Print one JSON object a line
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Read a policy file and tell what it would lay down; nothing of it is put into force
    Check {
        /// The file
        file: PathBuf,
    },
}
