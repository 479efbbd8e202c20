//! How servers are reached that are not Microsoft's: a product's command line, and addresses that the internet can see.
//! In earnest that is this computer's network; in a rehearsal every name leads to the rehearsal's own servers.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use time::OffsetDateTime;

/// How servers that are not Microsoft's are reached.
#[derive(Debug, Clone, Default)]
pub enum Reach {
    /// By this computer's network.
    #[default]
    Network,
    /// By nothing but these servers; names that none of them stands for lead nowhere.
    Pretend(Box<PretendServers>),
}

/// The servers of a rehearsal.
#[derive(Debug, Clone, Default)]
pub struct PretendServers {
    /// A product's command line over TLS, whatever its name and port.
    pub command_line: Option<SocketAddr>,
    /// The same in plain text, as at the end of an SSH tunnel.
    pub tunnel: Option<SocketAddr>,
    /// The file of the authority (PEM) that vouches for the command line.
    pub command_line_authority: Option<PathBuf>,
    /// The web server behind every public address.
    pub web: Option<SocketAddr>,
    /// The authorities (PEM) that count as public.
    pub public_roots: String,
    /// The time by which what leaves is dated; the pretend time where nothing is said. A receiver judges by its own clock.
    pub time_outside: Option<fn() -> OffsetDateTime>,
    /// How long a probe waits for each part; Microsoft's ten seconds where nothing is said.
    pub probe_patience: Option<Duration>,
}

impl Reach {
    /// The servers of a rehearsal.
    #[must_use]
    pub fn pretend(servers: PretendServers) -> Self {
        Self::Pretend(Box::new(servers))
    }
}
