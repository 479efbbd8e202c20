//! Delivery over SFTP. The host key is compared and pinned before anybody signs in; an offer may pin it. A sealed bundle
//! goes, to the offer's key or to one that the admin names, and nothing else.

use std::net::{IpAddr, ToSocketAddrs as _};

use delivery::sftp::{Fingerprint, KeyKind, Patience, Pin, Place, Server, SftpError, Stopped};
use journal::Event;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::crash;
use crate::desk::Desk;
use crate::handing_over::Recipient;
use crate::history::History;
use crate::machine_policy::Feature;
use crate::offers;
use crate::phrase::Phrase;
use crate::trouble::{Code, Trouble};

pub use delivery::sftp::{Account as SftpAccount, HostKey, Receipt as SftpReceipt, SignIn as SftpSignIn};

/// The note under which the journal keeps a pinned host key.
pub(crate) const PINNED: &str = "host-key-pinned";

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SftpLine {
    /// Name or IP address.
    pub host: String,
    /// The port, 22 as a rule.
    pub port: u16,
}

/// An address as an admin types it: `sftp://user@host:port/folder`. A folder that begins with `/~/`, or none, lies below
/// the account's home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SftpAddress {
    /// The account's name.
    pub user: String,
    /// The server.
    pub line: SftpLine,
    /// The folder as the server spells it; empty for the account's home.
    pub folder: String,
}

impl SftpAddress {
    /// Reads one; `None` for another form, and for one with a password, which does not belong there.
    pub fn parse(text: &str) -> Option<Self> {
        let url =
            url::Url::parse(text).ok().filter(|url| url.scheme() == "sftp" && url.password().is_none())?;
        let decoded = |part: &str| Some(percent_decode_str(part).decode_utf8().ok()?.into_owned());
        let user = decoded(url.username()).filter(|user| !user.is_empty())?;
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let path = decoded(url.path())?;
        let folder = match path.strip_prefix("/~") {
            Some(below) => below.trim_matches('/').to_owned(),
            None if path == "/" => String::new(),
            None => path,
        };
        Some(Self { user, line: SftpLine { host, port: url.port().unwrap_or(22) }, folder })
    }
}

/// Where a bundle goes over SFTP.
#[derive(Debug)]
pub struct SftpTo {
    /// The server.
    pub line: SftpLine,
    /// The account, with what proves it.
    pub account: SftpAccount,
    /// The folder as the server spells it; empty for the account's home.
    pub folder: String,
    /// Who can open the bundle.
    pub recipient: Recipient,
    /// Whether a file of the same name is replaced.
    pub replace: bool,
}

/// A host key that was compared and pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PinnedHost {
    #[serde(flatten)]
    pub line: SftpLine,
    pub kind: Option<String>,
    pub fingerprint: String,
}

impl Desk {
    /// The server's host key, to be shown and compared. Nobody signs in, and nothing is pinned by it.
    ///
    /// # Errors
    /// A server that cannot be reached or has no usable key.
    pub async fn host_key(&self, line: &SftpLine) -> Result<HostKey, Trouble> {
        self.may_be_reached(line)?;
        delivery::sftp::look(&server(line)).await.map_err(|why| refused(&why))
    }

    /// The fingerprint that a server has to show: the one that the admin pinned, else the offer's.
    ///
    /// # Errors
    /// Unknown connection.
    pub fn pinned_host_key(&self, connection: &str, line: &SftpLine) -> Result<Option<String>, Trouble> {
        Ok(pin(&*self.history(connection)?, line)?.map(|pin| pin.fingerprint.to_string()))
    }

    /// Pins a host key that was compared with what the product's admin says. A later one takes its place.
    ///
    /// # Errors
    /// Unknown connection, or a fingerprint in another form than OpenSSH's.
    pub fn pin_host_key(
        &self,
        connection: &str,
        line: &SftpLine,
        fingerprint: &str,
        kind: Option<&str>,
    ) -> Result<(), Trouble> {
        let read: Fingerprint = fingerprint.parse().map_err(|why| refused(&why))?;
        let pinned =
            PinnedHost { line: line.clone(), kind: kind.map(str::to_owned), fingerprint: read.to_string() };
        self.note(connection, &Event::Noted { what: PINNED.to_owned(), details: json!(pinned) })
    }

    /// Seals what a hand-over step names and takes it to a folder of the server, whole under its name or not at all.
    ///
    /// # Errors
    /// A host key that is not pinned or has changed, an account that is not taken, or whatever stopped it; what is left at
    /// the server is said.
    pub async fn deliver_by_sftp(
        &self,
        connection: &str,
        step: &str,
        to: &SftpTo,
    ) -> Result<SftpReceipt, Trouble> {
        self.room.policy.permits(Feature::Push)?;
        self.may_be_reached(&to.line)?;
        let (guide, found) = self.step(connection, step)?;
        let pin = pin(&*self.history(connection)?, &to.line)?;
        let sealed = self.seal_step(connection, found, &to.recipient)?;
        let now = self.room.clock.now();
        let place = Place {
            folder: to.folder.clone(),
            name: format!("{}.{}", self.stem(guide, now, &sealed.operation), bundle::ENDING),
            jti: sealed.jti.clone(),
            replace: to.replace,
        };
        let target = format!("sftp://{}:{}/{}", to.line.host, to.line.port, to.folder);
        self.intend(connection, found, &sealed, json!({ "endpoint": target, "jti": sealed.jti }))?;
        crash::place("sftp.before");
        let clock = || self.room.time_outside();
        let server = server(&to.line);
        let receipt = delivery::sftp::deliver(
            &server,
            pin.as_ref(),
            &to.account,
            &place,
            sealed.text.as_bytes(),
            &clock,
        );
        let receipt = receipt.await.map_err(|why| stopped(&why))?;
        crash::place("sftp.written");
        let evidence = Phrase::new("seen.by-sftp")
            .with("host", &receipt.host)
            .with("path", &receipt.path)
            .with("sha256", &receipt.sha256);
        self.settle_handed_over(connection, found, &sealed, "sftp", json!(receipt), evidence)?;
        Ok(receipt)
    }

    /// In a rehearsal only this computer.
    fn may_be_reached(&self, line: &SftpLine) -> Result<(), Trouble> {
        if !self.room.stays_here() {
            return Ok(());
        }
        let here = match line.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => (line.host.as_str(), line.port)
                .to_socket_addrs()
                .is_ok_and(|mut all| all.all(|one| one.ip().is_loopback())),
        };
        match here {
            true => Ok(()),
            false => Err(Trouble::new(Code::RehearsalStaysHere).with("name", &line.host).in_field("host")),
        }
    }
}

fn server(line: &SftpLine) -> Server {
    Server { host: line.host.clone(), port: line.port, connect: None, patience: Patience::default() }
}

/// The pin of a server: what the admin pinned for it, else what the offer says.
fn pin(history: &History, line: &SftpLine) -> Result<Option<Pin>, Trouble> {
    if let Some(pinned) = history.host_keys.iter().rev().find(|pinned| pinned.line == *line) {
        let fingerprint = pinned.fingerprint.parse().map_err(|why| refused(&why))?;
        let kind = KeyKind::ALL.into_iter().find(|kind| Some(kind.to_string()) == pinned.kind);
        return Ok(Some(Pin { kind, fingerprint }));
    }
    let offered = offers::of(history).and_then(|offer| offer.ssh_hostkey_s256);
    let offered = offered.map(|text| text.parse::<Fingerprint>().map_err(|why| refused(&why)));
    Ok(offered.transpose()?.map(Pin::from))
}

fn refused(why: &SftpError) -> Trouble {
    let code = match why {
        SftpError::UnknownKey { .. } => Code::HostKeyUnknown,
        SftpError::ChangedKey { .. } => Code::HostKeyChanged,
        _ => Code::DeliveryFailed,
    };
    Trouble::new(code).with("why", why).in_field("host")
}

fn stopped(why: &Stopped) -> Trouble {
    let told = refused(&why.cause);
    match told.code {
        Code::DeliveryFailed => told.with("why", why),
        _ => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_account_server_and_folder() {
        let of = |user: &str, host: &str, port, folder: &str| {
            let line = SftpLine { host: host.to_owned(), port };
            Some(SftpAddress { user: user.to_owned(), line, folder: folder.to_owned() })
        };
        let cases = [
            ("sftp://ada@files.example.org/srv/in", of("ada", "files.example.org", 22, "/srv/in")),
            ("sftp://ada@files.example.org:2222", of("ada", "files.example.org", 2222, "")),
            ("sftp://a%20b@[::1]/~/in/x", of("a b", "::1", 22, "in/x")),
            ("files.example.org", None),
            ("https://ada@files.example.org/", None),
            ("sftp://files.example.org/x", None),
            ("sftp://a:secret@files.example.org/x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(SftpAddress::parse(text), expected, "{text}");
        }
    }
}
