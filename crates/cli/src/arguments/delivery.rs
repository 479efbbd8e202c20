//! What `footbridge deliver` takes, and how `run` and `rehearse` push instead of writing a file.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Shape;

/// Push instead of writing a file.
#[derive(Debug, Clone, Default, Args)]
pub struct Push {
    /// Push the bundle to the address in the offer, and wait for the product's receipt, instead of writing a file
    #[arg(long, requires = "recipient")]
    pub push: bool,
    /// The product runs on this computer: its address may be a loopback one
    #[arg(long, requires = "push")]
    pub this_computer: bool,
}

#[derive(Debug, Subcommand)]
pub enum DeliverCommand {
    /// Take the product's offer, once its fingerprint was compared
    Offer(Box<TakeOffer>),
    /// Push it to the address in the product's offer and wait for the receipt
    Https(OverHttps),
    /// Put it into a folder of a server, whole under its name or not at all
    Sftp(Box<OverSftp>),
}

impl DeliverCommand {
    pub fn is_json(&self) -> bool {
        match self {
            Self::Offer(take) => take.shape.json,
            Self::Https(over) => over.shape.json,
            Self::Sftp(over) => over.shape.json,
        }
    }
}

#[derive(Debug, Args)]
pub struct TakeOffer {
    /// The connection
    #[arg(long, value_name = "NAME")]
    pub connection: String,
    /// The offer's file, or the https address that shows it
    #[arg(long, value_name = "FILE|URL")]
    pub from: String,
    /// The fingerprint that the product shows; without it you are asked to compare
    #[arg(long, value_name = "FINGERPRINT")]
    pub fingerprint: Option<String>,
    /// The product runs on this computer: its address may be a loopback one
    #[arg(long)]
    pub this_computer: bool,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct OverHttps {
    /// The connection
    #[arg(long, value_name = "NAME")]
    pub connection: String,
    /// The hand-over step [default: the guide's first]
    #[arg(long, value_name = "STEP")]
    pub step: Option<String>,
    /// The product's offer [default: the one that was taken before]
    #[arg(long, value_name = "FILE")]
    pub offer: Option<PathBuf>,
    /// The product runs on this computer: its address may be a loopback one
    #[arg(long)]
    pub this_computer: bool,
    /// Send without asking
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct OverSftp {
    /// The connection
    #[arg(long, value_name = "NAME")]
    pub connection: String,
    /// The hand-over step [default: the guide's first]
    #[arg(long, value_name = "STEP")]
    pub step: Option<String>,
    /// The server's folder: sftp://USER@HOST:PORT/FOLDER; a folder below the home as /~/FOLDER
    #[arg(long, value_name = "ADDRESS")]
    pub to: String,
    /// Whose key the bundle is sealed to (JWK or PEM), or the offer that it answers
    #[arg(long, value_name = "FILE")]
    pub recipient: PathBuf,
    /// Pin this host key, as ssh-keygen -lf shows it on the server: SHA256:…
    #[arg(long, value_name = "FINGERPRINT")]
    pub host_key: Option<String>,
    /// The account's private key, OpenSSH, Ed25519 or ECDSA [default: the SSH agent]
    #[arg(long, value_name = "FILE", conflicts_with = "password_file")]
    pub identity: Option<PathBuf>,
    /// A file that holds the passphrase of that key
    #[arg(long, value_name = "FILE", requires = "identity")]
    pub identity_passphrase_file: Option<PathBuf>,
    /// A file that holds the account's password
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Replace a file of the same name
    #[arg(long)]
    pub replace: bool,
    #[command(flatten)]
    pub shape: Shape,
}
