//! What `footbridge rehearsal` takes.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum RehearsalCommand {
    /// Serve the pretend tenant until it is ended; prints one JSON line
    Serve(Serve),
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port, on loopback; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Speak TLS with a certificate authority of its own
    #[arg(long)]
    pub tls: bool,
    /// Where to write that authority's certificate
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub ca_out: Option<PathBuf>,
    /// The seed of everything that looks random
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// How many people the tenant has
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    pub users: usize,
    /// How many service principals of other products the tenant has
    #[arg(long, value_name = "NUMBER", default_value_t = 40)]
    pub service_principals: usize,
    /// Serve pretend products too: an Axigen command line and a web server for any host name
    #[arg(long)]
    pub products: bool,
    /// How long a change needs until every replica shows it
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub replication_delay: u64,
    /// Real time added to each answer
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub latency: u64,
    /// What goes wrong, and when (docs/rehearsal.md)
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Write each Graph exchange as a JSON line
    #[arg(long, value_name = "FILE")]
    pub traffic_log: Option<PathBuf>,
}
