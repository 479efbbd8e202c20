//! What can go wrong at Axigen's command line, as a closed list. No error holds a value that was to be set, and none
//! holds a password.

use std::fmt;
use std::path::PathBuf;

use super::value::ValueFault;
use super::version::Version;

/// Where the dialogue was: the contexts from outside in, and the command without its values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The open contexts, outermost first: `SERVER / USERDB`; empty at the root.
    pub context: String,
    /// The command without its values: `SET clientSecret`.
    pub command: String,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.context.is_empty() {
            true => write!(out, "\"{}\"", self.command),
            false => write!(out, "\"{}\" in {}", self.command, self.context),
        }
    }
}

/// Why something was not done at the command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AxigenError {
    /// Plain text to another machine.
    #[error(
        "nothing was sent: plain text goes to this machine only, and {host} is another one; use TLS, or an SSH tunnel to 127.0.0.1"
    )]
    PlainNotLoopback {
        /// The host.
        host: String,
    },
    /// The host is no name and no address.
    #[error("nothing was sent: \"{host}\" is neither a host name nor an IP address; type the server's name")]
    Host {
        /// What was given.
        host: String,
    },
    /// The file of the authority holds no certificate, or cannot be read.
    #[error("nothing was sent: {} holds no certificate that can be read; choose the authority's PEM file", .path.display())]
    Authority {
        /// The file.
        path: PathBuf,
    },
    /// The system's trust store cannot be used.
    #[error(
        "nothing was sent: this system's trusted certificates cannot be read; name the authority's PEM file"
    )]
    TrustStore,
    /// Nobody answers there.
    #[error("{host}, port {port}, cannot be reached ({reason}); check name, port and firewall")]
    Unreachable {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// The system's own words.
        reason: String,
    },
    /// The certificate is for another name.
    #[error(
        "nothing was sent: the certificate is not for {host}; use the name that stands in it, or have it renewed"
    )]
    WrongName {
        /// The host.
        host: String,
    },
    /// The certificate is not from an authority that is trusted here.
    #[error(
        "nothing was sent: the certificate of {host} is from an authority that is not trusted here; name the authority's PEM file"
    )]
    Untrusted {
        /// The host.
        host: String,
    },
    /// The certificate is past its end or before its beginning.
    #[error("nothing was sent: the certificate of {host} is not valid today; have it renewed")]
    Expired {
        /// The host.
        host: String,
    },
    /// No TLS is spoken there, or not one that both sides know.
    #[error(
        "nothing was sent: {host}, port {port}, does not speak TLS as needed ({reason}); use the port of the TLS listener"
    )]
    Tls {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// The TLS library's own words.
        reason: String,
    },
    /// Something answers, but not as Axigen's command line does.
    #[error("what answers at {host}, port {port}, is not Axigen's command line; check the port")]
    NotAxigen {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// The server does not tell its version.
    #[error("the server does not tell its version; look it up in WebAdmin and type it")]
    NoVersion,
    /// The server is too old.
    #[error("the server has Axigen {found}, and {least} or later is needed; update the server first")]
    TooOld {
        /// What it has.
        found: Version,
        /// What is needed.
        least: Version,
    },
    /// Name or password were not taken.
    #[error("the server did not take the admin's name and password; type them again")]
    WrongPassword,
    /// The server closed the door during the sign-in.
    #[error(
        "the server closed the connection during the sign-in, as it does after too many attempts; wait and try again"
    )]
    TooManySignIns,
    /// A value cannot stand in a command.
    #[error("the {field} cannot be sent: {fault}")]
    Value {
        /// Which value.
        field: String,
        /// Why.
        fault: ValueFault,
    },
    /// The connection ended.
    #[error("the connection ended at {place}")]
    Dropped {
        /// Where.
        place: Place,
    },
    /// The server did not answer in time.
    #[error("the server did not answer {place} within {seconds} seconds")]
    Silent {
        /// Where.
        place: Place,
        /// How long was waited.
        seconds: u64,
    },
    /// The answer outgrew its bound.
    #[error("the answer to {place} is too long to be true")]
    TooLong {
        /// Where.
        place: Place,
    },
    /// The server answered `-ERR`.
    #[error("the server refused {place}{}", words(.said))]
    Refused {
        /// Where.
        place: Place,
        /// The server's own words; empty where the command held a secret.
        said: String,
    },
    /// The server is in another context than it should be.
    #[error("after {place} the server is in a place where it should not be")]
    Unexpected {
        /// Where.
        place: Place,
    },
    /// A value is not in what the server shows.
    #[error("the server does not show {field} at {place}")]
    Unreadable {
        /// Which value.
        field: String,
        /// Where.
        place: Place,
    },
    /// What the server shows afterwards is not what was set.
    #[error("the server shows another {field} than was set")]
    ReadBack {
        /// Which value.
        field: String,
    },
    /// There is no connector for Teams, or none of the name.
    #[error("the server has no such connector{}; have the ready-made one made anew, or name another one", listed(.others))]
    NoConnector {
        /// The connectors that are there.
        others: Vec<String>,
    },
    /// Several connectors could be meant.
    #[error("several connectors could be meant{}; name one", listed(.names))]
    Ambiguous {
        /// Their names.
        names: Vec<String>,
    },
}

fn words(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

/// What a stopped change left at the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Nothing took effect.
    AsBefore,
    /// Something had taken effect, and the old values were put back and read back.
    PutBack,
    /// The new values run, but may not be saved: the old secret is hidden, so it could not be put back.
    NewUnsaved,
    /// It could not be found out, or not be put back. The names of what differs, where they are known.
    Unknown(Vec<String>),
}

impl fmt::Display for Left {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Left::AsBefore => out.write_str("the server is as it was"),
            Left::PutBack => out.write_str("the old values were put back, so the server is as it was"),
            Left::NewUnsaved => out.write_str(
                "the new values are in use but perhaps not saved, because the server hides its old secret; type SAVE CONFIG at the server, or run it again",
            ),
            Left::Unknown(fields) => write!(
                out,
                "it is not certain what the server has now{}; look at it in WebAdmin before you go on",
                listed(fields)
            ),
        }
    }
}

/// A change that did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}; {left}")]
pub struct Stopped {
    /// Why and where.
    pub cause: AxigenError,
    /// What is at the server now.
    pub left: Left,
}

impl From<AxigenError> for Stopped {
    /// For what fails before anything was changed.
    fn from(cause: AxigenError) -> Self {
        Self { cause, left: Left::AsBefore }
    }
}
