//! What `footbridge bundle` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Shape;
use super::selftest::SelfTestOptions;

#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Make a key to receive bundles: the private one, and the public one beside it
    Key {
        /// A new file for the private key
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        shape: Shape,
    },
    /// Open a bundle into a new file that only you can read
    Open {
        #[command(flatten)]
        read: BundleRead,
        /// A new file for the values
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show what anybody can see of a bundle; nothing of it is proven
    Inspect {
        /// The bundle
        file: PathBuf,
        #[command(flatten)]
        shape: Shape,
    },
    /// Check a bundle as a receiver does, without using it up
    Verify(BundleRead),
    /// Send bundles that a product's test end point has to refuse, and one that it has to take
    Selftest(SelfTestOptions),
    /// Write the passphrase of a connection's newest bundle into a new file
    Passphrase {
        /// The connection
        #[arg(long, value_name = "NAME")]
        connection: String,
        /// A new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        shape: Shape,
    },
}

#[derive(Debug, Args)]
pub struct BundleRead {
    /// The bundle
    pub file: PathBuf,
    /// The private key that it is sealed to
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    pub key: Option<PathBuf>,
    /// A file that holds the bundle's passphrase [default: asked for]
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// The nonce of the offer that the bundle answers
    #[arg(long, value_name = "NONCE")]
    pub nonce: Option<String>,
    /// Take a bundle of a rehearsal, too
    #[arg(long)]
    pub rehearsal: bool,
    #[command(flatten)]
    pub shape: Shape,
}

impl BundleCommand {
    /// Whether events are wanted instead of lines.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Open { read, .. } | Self::Verify(read) => read.shape.json,
            Self::Key { shape, .. }
            | Self::Inspect { shape, .. }
            | Self::Passphrase { shape, .. }
            | Self::Selftest(SelfTestOptions { shape, .. }) => shape.json,
        }
    }
}
