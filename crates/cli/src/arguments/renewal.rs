//! What can be typed after `renewals` and `renew`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Shape, SignInOptions};

#[derive(Debug, Args)]
pub struct Renewals {
    /// Write the ends as a calendar file with alarms: a new file
    #[arg(long, value_name = "FILE")]
    pub ics: Option<PathBuf>,
    /// List only what ends within so many days, or has ended
    #[arg(long, value_name = "DAYS")]
    pub within: Option<i64>,
    #[command(flatten)]
    pub shape: Shape,
}

/// The stages of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// The new credential is added beside the old one
    Add,
    /// The product gets it
    HandOver,
    /// The application signs in with it
    Prove,
    /// The old one is removed
    Remove,
}

#[derive(Debug, Args)]
pub struct Renew {
    /// The connection
    #[arg(long, value_name = "NAME")]
    pub connection: String,
    /// The key id of the credential; needed where the connection has several
    #[arg(long, value_name = "KEY-ID")]
    pub credential: Option<String>,
    /// Stop after this stage [default: remove; with --yes: prove]
    #[arg(long, value_name = "STAGE")]
    pub until: Option<Until>,
    /// Renew although more than 60 days are left
    #[arg(long)]
    pub early: bool,
    /// Leave the old credential until it runs out
    #[arg(long, conflicts_with = "until")]
    pub keep_old: bool,
    /// Take the renewal back that is under way
    #[arg(long, conflicts_with_all = ["until", "keep_old", "certificate"])]
    pub undo: bool,
    /// A PFX file with the new certificate and its key, instead of one that is made
    #[arg(long, value_name = "FILE", requires = "certificate_passphrase_file")]
    pub certificate: Option<PathBuf>,
    /// A file that holds the passphrase of that PFX file
    #[arg(long, value_name = "FILE")]
    pub certificate_passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    pub sign_in: SignInOptions,
    /// The folder for bundle, sheet and report [default: this one]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Whose key the bundle is sealed to: JWK, PEM or offer
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    pub recipient: Option<PathBuf>,
    /// A new file for the passphrase of the bundle
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Say yes to every plan; the old credential is removed only with --until remove
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub shape: Shape,
}
