//! What can be typed after `many`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Shape, SignInOptions};

#[derive(Debug, Subcommand)]
pub enum ManyCommand {
    /// Show what run would change at each tenant; change nothing there
    Plan(Box<ManyPlan>),
    /// Run every step that runs by itself at each tenant; run again, it goes on where it stopped
    Run(Box<ManyRunning>),
    /// Show how each stands, without asking any tenant
    Overview(Shape),
    /// List the ends of all their secrets and certificates, the first to end first; ends as renewals does
    Expiry(ManyExpiry),
}

/// Which tenants, and how to sign in.
#[derive(Debug, Args)]
pub struct Tenants {
    /// The guide's id
    #[arg(long, value_name = "GUIDE")]
    pub guide: String,
    /// The list of tenants: CSV with the column tenant, and one for each ask that it answers [default: those known]
    #[arg(long, value_name = "FILE", conflicts_with = "rehearsal")]
    pub tenants: Option<PathBuf>,
    /// The heading of the customer's name in that list
    #[arg(long, value_name = "HEADING", default_value = "customer")]
    pub customer_column: String,
    /// So many pretend tenants on this computer instead
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub rehearsal: Option<u16>,
    /// How many tenants at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub at_once: u16,
    #[command(flatten)]
    pub sign_in: SignInOptions,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct ManyPlan {
    #[command(flatten)]
    pub tenants: Tenants,
}

#[derive(Debug, Args)]
pub struct ManyRunning {
    #[command(flatten)]
    pub tenants: Tenants,
    /// Say yes to every plan and confirm the notices, at all of them
    #[arg(long)]
    pub yes: bool,
    /// Run the scripts of Teams and Exchange too; each signs in by itself
    #[arg(long)]
    pub scripts: bool,
    /// Wait until steps that wait for Microsoft have turned green, at most 40 minutes
    #[arg(long)]
    pub wait: bool,
}

#[derive(Debug, Args)]
pub struct ManyExpiry {
    /// List only what ends within so many days, or has ended
    #[arg(long, value_name = "DAYS")]
    pub within: Option<i64>,
    #[command(flatten)]
    pub shape: Shape,
}

impl ManyCommand {
    /// Whether events are wanted instead of lines.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Plan(plan) => plan.tenants.shape.json,
            Self::Run(run) => run.tenants.shape.json,
            Self::Overview(shape) => shape.json,
            Self::Expiry(expiry) => expiry.shape.json,
        }
    }
}
