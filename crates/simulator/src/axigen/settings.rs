//! What one pretend command line is told before it starts, and how awkward it shall be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::configuration::{Configuration, Connector, Domain};
use crate::settings::Now;

/// Everything that can be chosen about the pretend server.
#[derive(Clone)]
pub struct Settings {
    /// What `GET VERSION` says before the first bar.
    pub version: String,
    /// The password of `admin`.
    pub password: String,
    /// What is running, and saved, at the start.
    pub configuration: Configuration,
    /// The name that `RESET defaultTeamsConnector` gives to the ready-made connector.
    pub ready_made_name: String,
    /// `SHOW` prints stars instead of a secret.
    pub masks_secret: bool,
    /// A COMMIT of an inner context takes effect at once. Otherwise it is kept in the outer context until that is
    /// committed. The reference can be read either way.
    pub commits_at_once: bool,
    /// Failed sign-ins after which a connection is closed.
    pub most_failed_sign_ins: u32,
    /// Commands before a sign-in after which a connection is closed.
    pub most_commands_before_sign_in: u32,
    /// How awkward it is.
    pub awkward: Awkward,
    /// TLS shows a certificate for whatever host it is asked for, not for loopback only.
    pub any_host: bool,
    /// Where the certificate's time comes from.
    pub now: Now,
}

/// What a client has to live with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awkward {
    /// Answers are sent in pieces of a few bytes, cut by this seed.
    pub split: Option<u64>,
    /// What is typed is sent back first, the password too, and telnet negotiates.
    pub echo: bool,
    /// Prompts and status lines are coloured until `SET CONSOLE-CODES off`.
    pub colours: bool,
    /// How long each answer takes.
    pub slow: Duration,
    /// What goes wrong.
    pub mishap: Option<Mishap>,
}

/// Something that goes wrong at one command. Commands are counted from 1, over all connections, from the sign-in on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mishap {
    /// At which command.
    pub at: u32,
    /// What.
    pub kind: Kind,
}

/// The kinds of mishaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command is answered `-ERR` and not done.
    Refuse,
    /// This command and all later ones are answered `-ERR` and not done.
    RefuseFromHere,
    /// The connection ends before the command is done.
    Drop,
    /// The command is done, and the connection ends before its answer.
    DropAfter,
    /// Nobody can connect any more after the connection ended before the command.
    DropForGood,
}

impl Default for Settings {
    fn default() -> Self {
        let accounts = ["anna", "bernd", "postmaster"].map(|name| (name.to_owned(), None));
        let classes = ["Standard", "Power users"].map(|name| (name.to_owned(), None));
        let domain =
            Domain { teams: false, classes: BTreeMap::from(classes), accounts: BTreeMap::from(accounts) };
        let domains =
            ["test.tld", "example.com", "mail.example.org"].map(|name| (name.to_owned(), domain.clone()));
        let name = "Microsoft Teams".to_owned();
        let connectors = [(name.clone(), Connector::ready_made()), ("Zoom".to_owned(), Connector::zoom())];
        Settings {
            version: "10.6.30".to_owned(),
            password: "rehearsal-admin".to_owned(),
            configuration: Configuration {
                connectors: BTreeMap::from(connectors),
                teams_connector: false,
                domains: BTreeMap::from(domains),
            },
            ready_made_name: name,
            masks_secret: false,
            commits_at_once: false,
            most_failed_sign_ins: 3,
            most_commands_before_sign_in: 20,
            awkward: Awkward::default(),
            any_host: false,
            now: Arc::new(OffsetDateTime::now_utc),
        }
    }
}
