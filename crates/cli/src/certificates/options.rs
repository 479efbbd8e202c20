//! What can be typed after `footbridge cert`, as types. No option takes a secret as its value.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use engine::certs::{Destination, KeyKind, OtherName, Purpose, Subject};

use crate::arguments::Shape;

#[derive(Debug, Subcommand)]
pub enum CertCommand {
    /// Make a key and a self-signed certificate, ready for where they will be opened
    New(New),
    /// Make a key and a request for a company's certificate authority
    Csr(Csr),
    /// Take a certificate that was issued on a request, or files from elsewhere: match the key, build the chain, export
    Import(Import),
    /// Write a key and its certificates anew for another destination
    Export(Export),
    /// Show what is in a file, with every spelling of the thumbprints
    Inspect(Inspect),
    /// List the certificates in a folder, the next to end first
    List(List),
}

/// What a new key and its certificate are like.
#[derive(Debug, Args)]
pub struct Wanted {
    /// The name of the files, and of the certificate unless --subject says otherwise
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// rsa2048, rsa3072, rsa4096, p256 or p384; Entra takes only RSA
    #[arg(long, value_name = "KIND", default_value = "rsa2048", value_parser = key_kind)]
    pub key: KeyKind,
    /// Whom it names: CN=Name, O=Company, OU=Unit, L=Place, ST=State, C=DE [default: CN=NAME]
    #[arg(long, value_name = "SUBJECT", value_parser = Subject::read)]
    pub subject: Option<Subject>,
    /// Another name: a host, an IP address, a mail address or a URI; can be given more than once
    #[arg(long, value_name = "NAME", value_parser = OtherName::read)]
    pub san: Vec<OtherName>,
}

/// Where files go, and under which passphrase.
#[derive(Debug, Args)]
pub struct Giving {
    /// The folder for the files; made where it does not exist
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// A file with the passphrase for what is written; where it does not exist, one is made and written there
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct New {
    #[command(flatten)]
    pub wanted: Wanted,
    /// app (sign-in to Entra), server (HTTPS of a product) or ca-request (as `cert csr`)
    #[arg(long, value_name = "PURPOSE", default_value = "app", value_parser = purpose)]
    pub purpose: Purpose,
    /// The lifetime in days, 1 to 3650
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    pub days: u32,
    /// Where it will be opened: windows-2019, windows-2016, macos, java, openssl, key-vault, public; can be given more than
    /// once [default: openssl]. The public part is always written
    #[arg(long, value_name = "DESTINATION", value_parser = destination)]
    pub export: Vec<Destination>,
    #[command(flatten)]
    pub giving: Giving,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct Csr {
    #[command(flatten)]
    pub wanted: Wanted,
    /// What is asked for: app, server, or both (ca-request: the sign-in, and with --san HTTPS, too)
    #[arg(long, value_name = "PURPOSE", default_value = "ca-request", value_parser = purpose)]
    pub purpose: Purpose,
    #[command(flatten)]
    pub giving: Giving,
    #[command(flatten)]
    pub shape: Shape,
}

/// Files to be read.
#[derive(Debug, Args)]
pub struct Brought {
    /// Certificate, key, chain: PFX, PEM, DER or PKCS#7, in any order
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A file with the passphrase of what is read [default: asked for]
    #[arg(long, value_name = "FILE")]
    pub opening_passphrase_file: Option<PathBuf>,
    /// The name of the new files [default: the name of the first file]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    pub brought: Brought,
    /// Where it will be opened, as with `cert new` [default: openssl]. The public part is always written
    #[arg(long, value_name = "DESTINATION", value_parser = destination)]
    pub export: Vec<Destination>,
    #[command(flatten)]
    pub giving: Giving,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    pub brought: Brought,
    /// Where it will be opened, as with `cert new`
    #[arg(long, required = true, value_name = "DESTINATION", value_parser = destination)]
    pub to: Vec<Destination>,
    #[command(flatten)]
    pub giving: Giving,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// The file: PFX, PEM, DER or PKCS#7
    pub file: PathBuf,
    /// A file with its passphrase; without it only what shows from outside is shown
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// A customKeyIdentifier of Graph, or a thumbprint in any spelling, to compare with
    #[arg(long, value_name = "TEXT")]
    pub compare: Option<String>,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct List {
    /// The folder
    #[arg(long = "in", value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub shape: Shape,
}

impl CertCommand {
    /// Whether events are wanted instead of lines.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::New(New { shape, .. })
            | Self::Csr(Csr { shape, .. })
            | Self::Import(Import { shape, .. })
            | Self::Export(Export { shape, .. })
            | Self::Inspect(Inspect { shape, .. })
            | Self::List(List { shape, .. }) => shape.json,
        }
    }
}

/// A word that is none of the list.
#[derive(Debug, thiserror::Error)]
#[error("say one of: {0}")]
struct NotInTheList(String);

fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> NotInTheList {
    NotInTheList(names.collect::<Vec<_>>().join(", "))
}

fn key_kind(text: &str) -> Result<KeyKind, NotInTheList> {
    KeyKind::named(text).ok_or_else(|| one_of(KeyKind::ALL.iter().map(|kind| kind.name())))
}

fn purpose(text: &str) -> Result<Purpose, NotInTheList> {
    Purpose::named(text).ok_or_else(|| one_of(Purpose::ALL.iter().map(|purpose| purpose.name())))
}

fn destination(text: &str) -> Result<Destination, NotInTheList> {
    Destination::named(text).ok_or_else(|| one_of(engine::certs::TABLE.iter().map(|line| line.name)))
}
