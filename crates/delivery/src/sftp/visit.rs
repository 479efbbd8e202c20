//! A signed-in visit with SFTP open, and the server's answers as errors that a person can act on.

use std::collections::HashMap;
use std::time::Duration;

use russh::client::Handle;
use russh::{ChannelMsg, Disconnect};
use russh_sftp::client::error::Error;
use russh_sftp::client::{Config, RawSftpSession};
use russh_sftp::protocol::StatusCode;
use tokio::time::timeout;

use super::account::{Account, Means};
use super::error::{Act, SftpError};
use super::host_key::{HostKey, Pin};
use super::line::{self, Gauge, Line, Server, Watch, said};
use super::sign_in::sign_in;

/// For saying goodbye, which nothing depends on.
const FAREWELL: Duration = Duration::from_secs(1);

/// SFTP, open.
pub(super) struct Visit {
    pub sftp: RawSftpSession,
    pub key: HostKey,
    pub host: String,
    extensions: HashMap<String, String>,
    handle: Handle<Watch>,
    gauge: Gauge,
}

/// Connects, checks the host key, signs in and opens SFTP.
pub(super) async fn arrive(
    server: &Server,
    pin: Option<&Pin>,
    account: &Account,
    means: Means<'_>,
) -> Result<Visit, SftpError> {
    let mut line = line::reach(server, pin).await?;
    let signed_in = sign_in(&mut line.handle, &server.host, &account.user, means).await;
    signed_in.map_err(|error| flooded(&line.gauge, &server.host, Act::SignIn).unwrap_or(error))?;
    let (sftp, extensions) = match open(&line, server).await {
        Ok(opened) => opened,
        // An account without SFTP keeps its line, and a broken line answers nothing.
        Err(_) if line.handle.send_ping().await.is_err() || line.handle.is_closed() => {
            let dropped = SftpError::Dropped { host: server.host.clone(), act: Act::SignIn };
            return Err(flooded(&line.gauge, &server.host, Act::SignIn).unwrap_or(dropped));
        }
        Err(reason) => {
            let (host, user) = (server.host.clone(), account.user.clone());
            return Err(SftpError::NoSftp { host, user, reason: said(&reason.to_string()) });
        }
    };
    let (key, host) = (line.key, server.host.clone());
    Ok(Visit { sftp, key, host, extensions, handle: line.handle, gauge: line.gauge })
}

/// Why there is no SFTP.
#[derive(Debug, thiserror::Error)]
enum Shut {
    #[error("{0}")]
    Ssh(#[from] russh::Error),
    #[error("{0}")]
    Sftp(#[from] Error),
    #[error("the subsystem is refused")]
    Refused,
    #[error("the subsystem ended")]
    Ended,
    #[error("SFTP version {0} instead of 3")]
    Version(u32),
}

/// Opens the subsystem.
async fn open(line: &Line, server: &Server) -> Result<(RawSftpSession, HashMap<String, String>), Shut> {
    let mut channel = line.handle.channel_open_session().await?;
    channel.request_subsystem(true, "sftp").await?;
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Success) => break,
            Some(ChannelMsg::WindowAdjusted { .. }) => {}
            Some(ChannelMsg::Failure) => return Err(Shut::Refused),
            _ => return Err(Shut::Ended),
        }
    }
    let configuration =
        Config { request_timeout_secs: server.patience.whole.as_secs() + 1, ..Config::default() };
    let sftp = RawSftpSession::new_with_config(channel.into_stream(), configuration);
    let version = sftp.init().await?;
    match version.version {
        3 => Ok((sftp, version.extensions)),
        other => Err(Shut::Version(other)),
    }
}

fn flooded(gauge: &Gauge, host: &str, act: Act) -> Option<SftpError> {
    gauge.is_over().then(|| SftpError::Flood { host: host.to_owned(), act })
}

impl Visit {
    /// Whether the server offers an extension.
    pub(super) fn has(&self, extension: &str) -> bool {
        self.extensions.contains_key(extension)
    }

    /// The server's answer as an error; `path` is what was being worked on.
    pub(super) fn fault(&self, act: Act, path: &str, error: Error) -> SftpError {
        if let Some(flood) = flooded(&self.gauge, &self.host, act) {
            return flood;
        }
        let host = self.host.clone();
        match error {
            Error::Status(status) => match status.status_code {
                StatusCode::PermissionDenied => SftpError::NoRight { host, act, path: said(path) },
                StatusCode::NoConnection | StatusCode::ConnectionLost => SftpError::Dropped { host, act },
                _ if status.error_message.is_empty() => {
                    SftpError::Server { host, act, said: status.status_code.to_string() }
                }
                _ => SftpError::Server { host, act, said: said(&status.error_message) },
            },
            Error::UnexpectedPacket | Error::Limited(_) => {
                SftpError::Server { host, act, said: said(&error.to_string()) }
            }
            Error::IO(_) | Error::Timeout | Error::UnexpectedBehavior(_) => SftpError::Dropped { host, act },
        }
    }

    /// Says goodbye; without an answer the connection just ends.
    pub(super) async fn leave(self) {
        let Visit { sftp, handle, .. } = self;
        drop(sftp);
        let _ = timeout(FAREWELL, async {
            let _ = handle.disconnect(Disconnect::ByApplication, "", "").await;
            let _ = handle.await;
        })
        .await;
    }
}
