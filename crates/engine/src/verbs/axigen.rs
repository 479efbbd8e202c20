//! The way to an Axigen server's command line, and what it refuses, in words. Nothing is read or written here.

use std::time::Duration;

use delivery::axigen::{Admin, AxigenError, Left, Place, Protection, Session, Stopped, Target, Version};
use guide::{Action, Audience, Template};
use serde::{Deserialize, Serialize};

use super::answering::unanswered;
use crate::machine_policy::Feature;
use crate::phrase::Phrase;
use crate::reach::Reach;
use crate::site::Site;
use crate::trouble::{Code, Trouble};

/// The name of Axigen's own top administrator, under which the password is lent.
pub(super) const ADMIN: &str = "admin";

/// For the connection and for each answer; a server that commits a configuration answers within seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the command line is, as the guide's answers say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub connection: String,
}

/// What a step asks of a server's version.
pub(super) struct Terms<'a> {
    pub host: &'a Template,
    pub port: &'a Template,
    pub connection: &'a Template,
    pub account_type: &'a Template,
    pub least: &'a str,
    pub other_types_from: &'a str,
}

impl<'a> Terms<'a> {
    /// Those of an `axigen-version` step.
    pub fn of(site: &Site<'a>, step: &str) -> Result<Self, Trouble> {
        match site.guide.step(step).map(|step| &step.action) {
            Some(Action::AxigenVersion {
                host,
                port,
                connection,
                account_type,
                least,
                other_types_from,
                ..
            }) => Ok(Self { host, port, connection, account_type, least, other_types_from }),
            _ => Err(Trouble::defect("axigen-version")),
        }
    }

    /// The asks without which the server cannot be found.
    pub fn unanswered(&self, site: &Site<'_>) -> Vec<String> {
        unanswered(site, &[self.host, self.port, self.connection])
    }

    /// Where the server is.
    pub fn server(&self, site: &Site<'_>) -> Result<Server, Trouble> {
        let port = site.render(self.port)?;
        let invalid = || Trouble::new(Code::AnswerInvalid).with("value", &port).in_field(self.port.source());
        Ok(Server {
            host: site.render(self.host)?.trim().to_owned(),
            port: port.trim().parse().map_err(|_| invalid())?,
            connection: site.render(self.connection)?.trim().to_owned(),
        })
    }
}

/// The account type of a template.
pub(super) fn audience(site: &Site<'_>, template: &Template) -> Result<Audience, Trouble> {
    let word = site.render(template)?;
    Audience::of_word(word.trim())
        .ok_or_else(|| Trouble::new(Code::AnswerInvalid).with("value", &word).in_field(template.source()))
}

/// A version that the guide writes.
pub(super) fn version(text: &str) -> Result<Version, Trouble> {
    Version::read(text).ok_or_else(|| Trouble::defect("axigen-version"))
}

impl Server {
    /// The way there. A rehearsal has its own servers and no other.
    pub fn target(&self, site: &Site<'_>) -> Result<Target, Trouble> {
        site.room.policy.permits(Feature::Push)?;
        let is_tunnel = match self.connection.as_str() {
            "tls" => false,
            "ssh-tunnel" => true,
            other => {
                return Err(Trouble::new(Code::AnswerInvalid).with("value", other).in_field("connection"));
            }
        };
        let (connect, authority) = match &site.room.reach {
            Reach::Network => (None, site.room.wire.place().ca_file.clone()),
            Reach::Pretend(servers) => {
                let there = if is_tunnel { servers.tunnel } else { servers.command_line };
                let nowhere = || self.nowhere();
                (Some(there.ok_or_else(nowhere)?), servers.command_line_authority.clone())
            }
        };
        let protection = if is_tunnel { Protection::PlainToLoopback } else { Protection::Tls { authority } };
        Ok(Target { host: self.host.clone(), port: self.port, protection, connect, patience: PATIENCE })
    }

    fn nowhere(&self) -> Trouble {
        let reason = Phrase::new("axigen.unreachable").with("host", &self.host).with("port", self.port);
        Trouble::new(Code::ProductNotReached).because(reason.with("reason", "rehearsal")).in_field("host")
    }

    /// Signs in with the lent password; it stays lent.
    pub async fn open(&self, site: &Site<'_>, least: &str) -> Result<Session, Trouble> {
        let password = site
            .lent(ADMIN)
            .ok_or_else(|| Trouble::new(Code::PasswordMissing).with("name", ADMIN).in_field(ADMIN))?;
        let admin = Admin { name: ADMIN.to_owned(), password };
        Session::open(&self.target(site)?, &admin, &version(least)?).await.map_err(|error| refused(&error))
    }
}

/// An error before anything was changed.
pub(super) fn refused(error: &AxigenError) -> Trouble {
    let code = match error {
        AxigenError::WrongPassword | AxigenError::TooManySignIns => Code::PasswordWrong,
        AxigenError::TooOld { .. } => Code::ProductTooOld,
        AxigenError::Ambiguous { .. } | AxigenError::NoConnector { .. } => Code::ConnectorUnclear,
        AxigenError::Dropped { .. }
        | AxigenError::Silent { .. }
        | AxigenError::TooLong { .. }
        | AxigenError::Refused { .. }
        | AxigenError::Unexpected { .. }
        | AxigenError::Unreadable { .. }
        | AxigenError::ReadBack { .. }
        | AxigenError::Value { .. } => Code::ProductStopped,
        _ => Code::ProductNotReached,
    };
    let mut trouble = Trouble::new(code).with("product", "Axigen").with("name", ADMIN).because(said(error));
    if let AxigenError::TooOld { found, least } = error {
        trouble = trouble.with("found", found).with("least", least);
    }
    trouble
}

/// A change that stopped half-way, with what is at the server now.
pub(super) fn stopped(stopped: &Stopped) -> Trouble {
    let trouble = refused(&stopped.cause);
    let left = match &stopped.left {
        Left::AsBefore => Phrase::new("axigen.left-as-before"),
        Left::PutBack => Phrase::new("axigen.left-put-back"),
        Left::NewUnsaved => Phrase::new("axigen.left-new-unsaved"),
        Left::Unknown(fields) => Phrase::new("axigen.left-unknown").with("fields", fields.join(", ")),
    };
    trouble.because(left)
}

fn at(key: &str, place: &Place) -> Phrase {
    let context = if place.context.is_empty() { "/" } else { place.context.as_str() };
    Phrase::new(key).with("command", &place.command).with("context", context)
}

/// An error in words; none of them holds a value that was to be set.
pub(super) fn said(error: &AxigenError) -> Phrase {
    use AxigenError as E;
    match error {
        E::PlainNotLoopback { host } => Phrase::new("axigen.plain-not-loopback").with("host", host),
        E::Host { host } => Phrase::new("axigen.host").with("host", host),
        E::Authority { path } => Phrase::new("axigen.authority").with("path", path.display()),
        E::TrustStore => Phrase::new("axigen.trust-store"),
        E::Unreachable { host, port, reason } => {
            Phrase::new("axigen.unreachable").with("host", host).with("port", port).with("reason", reason)
        }
        E::WrongName { host } => Phrase::new("axigen.wrong-name").with("host", host),
        E::Untrusted { host } => Phrase::new("axigen.untrusted").with("host", host),
        E::Expired { host } => Phrase::new("axigen.expired").with("host", host),
        E::Tls { host, port, reason } => {
            Phrase::new("axigen.tls").with("host", host).with("port", port).with("reason", reason)
        }
        E::NotAxigen { host, port } => Phrase::new("axigen.not-axigen").with("host", host).with("port", port),
        E::NoVersion => Phrase::new("axigen.no-version"),
        E::TooOld { found, least } => Phrase::new("axigen.too-old").with("found", found).with("least", least),
        E::WrongPassword => Phrase::new("axigen.wrong-password"),
        E::TooManySignIns => Phrase::new("axigen.too-many-sign-ins"),
        E::Value { field, .. } => Phrase::new("axigen.value").with("name", field),
        E::Dropped { place } => at("axigen.dropped", place),
        E::Silent { place, seconds } => at("axigen.silent", place).with("seconds", seconds),
        E::TooLong { place } => at("axigen.too-long", place),
        E::Refused { place, said } => at("axigen.refused", place).with("said", said),
        E::Unexpected { place } => at("axigen.unexpected", place),
        E::Unreadable { field, place } => at("axigen.unreadable", place).with("name", field),
        E::ReadBack { field } => Phrase::new("axigen.read-back").with("name", field),
        E::NoConnector { others } => Phrase::new("axigen.no-connector").with("names", others.join(", ")),
        E::Ambiguous { names } => Phrase::new("axigen.ambiguous").with("names", names.join(", ")),
    }
}
