//! What can be typed after `check`, `page` and `bring-back`.

use std::path::PathBuf;

use clap::Args;

use super::{Look, Shape, SignInOptions};

#[derive(Debug, Args)]
pub struct Check {
    /// The guide's id; then the connection is made when it is new
    pub guide: Option<String>,
    #[command(flatten)]
    pub look: Look,
    /// Answers to the guide's asks (footbridge guide asks GUIDE)
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Look at an application that was made by hand, by its application (client) ID
    #[arg(long, value_name = "STEP=CLIENT-ID")]
    pub existing: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Page {
    /// The connection
    pub connection: String,
    /// The step that hands the page out
    pub step: String,
    /// A new file
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    #[command(flatten)]
    pub sign_in: SignInOptions,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct BringBack {
    /// The step that took the application down
    pub step: String,
    #[command(flatten)]
    pub look: Look,
}
