//! The way to an SSH agent: a socket, or a named pipe on Windows. The private keys stay in it.

use std::path::Path;

use russh::keys::agent::client::{AgentClient, AgentStream};

use super::error::SftpError;

/// Either kind of connection to an agent.
pub(super) type Agent = AgentClient<Box<dyn AgentStream + Send + Unpin>>;

#[cfg(unix)]
pub(super) async fn reach(at: Option<&Path>) -> Result<Agent, SftpError> {
    let named = std::env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty());
    let socket = match (at, named) {
        (Some(at), _) => at.to_path_buf(),
        (None, Some(socket)) => socket.into(),
        (None, None) => return Err(SftpError::NoAgent { reason: "SSH_AUTH_SOCK is not set".into() }),
    };
    AgentClient::connect_uds(&socket).await.map(AgentClient::dynamic).map_err(none)
}

#[cfg(windows)]
pub(super) async fn reach(at: Option<&Path>) -> Result<Agent, SftpError> {
    let pipe = at.unwrap_or(Path::new(r"\\.\pipe\openssh-ssh-agent"));
    AgentClient::connect_named_pipe(pipe).await.map(AgentClient::dynamic).map_err(none)
}

pub(super) fn none(error: impl std::fmt::Display) -> SftpError {
    SftpError::NoAgent { reason: error.to_string() }
}
