//! What can be typed after `footbridge receive`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::Shape;

#[derive(Debug, Subcommand)]
pub enum ReceiveCommand {
    /// Make an offer: a key that stays here, and a one-time number, for the admin who runs Footbridge
    Offer(OfferOptions),
    /// Take bundles over HTTPS, ask once, and write the product's files
    Listen(Listen),
    /// Take one bundle out of a file, ask, write the product's files, and delete the file
    Open(Open),
    /// Say yes or no to a bundle that waits; without a number, list those that wait
    Approve(Approve),
}

impl ReceiveCommand {
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Offer(offer) => offer.shape.json,
            Self::Listen(listen) => listen.shape.json,
            Self::Open(open) => open.shape.json,
            Self::Approve(approve) => approve.shape.json,
        }
    }
}

#[derive(Debug, Args)]
pub struct OfferOptions {
    /// The product's name
    #[arg(long, value_name = "NAME")]
    pub product: String,
    /// A name for this installation [default: a random one]
    #[arg(long, value_name = "NAME")]
    pub install: Option<String>,
    /// A new file for the offer
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Where bundles are taken over HTTPS, such as https://product.example.org:8443/footbridge/v1/bundles
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The certificate that the endpoint answers with; its key is named in the offer [default: one is made here]
    #[arg(long, value_name = "PEM", requires = "endpoint")]
    pub certificate: Option<PathBuf>,
    /// Name no key: the endpoint has a certificate that the sender's system trusts
    #[arg(long, requires = "endpoint", conflicts_with = "certificate")]
    pub no_pin: bool,
    /// What the product takes, the best first; can be given more than once [default: certificate, secret]
    #[arg(long, value_name = "KIND", value_delimiter = ',', conflicts_with = "own_certificate")]
    pub accepts: Vec<Kind>,
    /// Make the application's key and certificate here, and take nothing else: nothing secret travels
    #[arg(long)]
    pub own_certificate: bool,
    /// How long the offer is open, such as 30m or 12h; at most 24h
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub lifetime: Lifetime,
    #[command(flatten)]
    pub state: State,
    #[command(flatten)]
    pub shape: Shape,
}

/// Where the receiver remembers its offers.
#[derive(Debug, Args)]
pub struct State {
    /// The receiver's own folder [default: what systemd gives, else /var/lib/footbridge-receive]
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
}

/// What is written, and for whom.
#[derive(Debug, Args)]
pub struct Writing {
    /// A form: env, json, properties, pfx, pem, or the path of an own template; one for each --to
    #[arg(long, value_name = "TEMPLATE", required = true)]
    pub template: Vec<String>,
    /// Where it goes; what is there is replaced
    #[arg(long, value_name = "PATH", required = true)]
    pub to: Vec<PathBuf>,
    /// Whom the files belong to [default: who runs this]
    #[arg(long, value_name = "USER[:GROUP]")]
    pub owner: Option<String>,
    /// The files' mode
    #[arg(long, value_name = "MODE", default_value = "0600")]
    pub mode: Mode,
    /// A file that holds the passphrase for the PFX file
    #[arg(long, value_name = "FILE")]
    pub pfx_passphrase_file: Option<PathBuf>,
    /// Yes to bundles of the signer with this fingerprint; can be given more than once
    #[arg(long, value_name = "FINGERPRINT")]
    pub yes_from: Vec<String>,
    /// For tests: take a rehearsal's bundle, too, and say so in every line
    #[arg(long)]
    pub accept_rehearsal: bool,
}

#[derive(Debug, Args)]
pub struct Listen {
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8443")]
    pub address: SocketAddr,
    /// The chain of the server's certificate [default: the one that was made with the offer]
    #[arg(long, value_name = "PEM", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "PEM", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// Without a terminal, let bundles wait for `footbridge receive approve` instead of refusing them
    #[arg(long)]
    pub wait: bool,
    /// End once a bundle was taken and its receipt went out
    #[arg(long)]
    pub once: bool,
    #[command(flatten)]
    pub writing: Writing,
    #[command(flatten)]
    pub state: State,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct Open {
    /// The bundle
    pub file: PathBuf,
    #[command(flatten)]
    pub writing: Writing,
    #[command(flatten)]
    pub state: State,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct Approve {
    /// The bundle's number, as listening shows it
    pub number: Option<String>,
    /// Say no
    #[arg(long, requires = "number")]
    pub refuse: bool,
    #[command(flatten)]
    pub state: State,
    #[command(flatten)]
    pub shape: Shape,
}

/// A kind of credential that a product takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The public part of a certificate, whose key the product has
    PublicCert,
    /// A certificate with its key
    Certificate,
    /// A client secret
    Secret,
}

/// How long an offer is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(pub time::Duration);

/// A lifetime that is none.
#[derive(Debug, thiserror::Error)]
#[error("say a time such as 30m or 12h")]
pub struct NoLifetime;

impl FromStr for Lifetime {
    type Err = NoLifetime;

    fn from_str(text: &str) -> Result<Self, NoLifetime> {
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(NoLifetime)?;
        let number = i64::from(number.parse::<u16>().map_err(|_| NoLifetime)?);
        match unit {
            "m" => Ok(Lifetime(time::Duration::minutes(number))),
            "h" => Ok(Lifetime(time::Duration::hours(number))),
            _ => Err(NoLifetime),
        }
    }
}

/// A file's mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode(pub u32);

/// A mode that is none, or one that gives a secret away.
#[derive(Debug, thiserror::Error)]
#[error("say an octal mode such as 0600 or 0640, with which others can neither read nor write")]
pub struct NoMode;

impl FromStr for Mode {
    type Err = NoMode;

    fn from_str(text: &str) -> Result<Self, NoMode> {
        let mode = u32::from_str_radix(text, 8).map_err(|_| NoMode)?;
        if mode & !0o770 == 0 && mode & 0o400 != 0 { Ok(Mode(mode)) } else { Err(NoMode) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lifetimes_and_modes_are_read_strictly() {
        assert_eq!("90m".parse::<Lifetime>().unwrap().0, time::Duration::minutes(90));
        assert_eq!("24h".parse::<Lifetime>().unwrap().0, time::Duration::hours(24));
        for text in ["", "h", "24", "1d", "-1h", "1.5h", "ä"] {
            assert!(text.parse::<Lifetime>().is_err(), "{text}");
        }
        assert_eq!("0640".parse::<Mode>().unwrap(), Mode(0o640));
        for text in ["", "0644", "0602", "4600", "0000", "0260", "rw"] {
            assert!(text.parse::<Mode>().is_err(), "{text}");
        }
    }
}
