//! Signing in over a line whose host key is the pinned one: by password, by key or by an agent's key.

use std::path::PathBuf;

use russh::MethodKind;
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Asked};
use russh::keys::agent::AgentIdentity;
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKey};
use secrecy::{ExposeSecret as _, SecretString};

use super::account::Means;
use super::agent;
use super::error::{Act, SftpError};
use super::host_key::Fingerprint;
use super::line::Watch;

/// How many of an agent's keys are tried; OpenSSH ends the connection after six attempts.
const MOST_KEYS: usize = 5;

/// Signs `user` in.
pub(super) async fn sign_in(
    handle: &mut Handle<Watch>,
    host: &str,
    user: &str,
    means: Means<'_>,
) -> Result<(), SftpError> {
    let dropped = |_| SftpError::Dropped { host: host.to_owned(), act: Act::SignIn };
    let result = match means {
        Means::Password(password) => by_password(handle, user, password).await.map_err(dropped)?,
        Means::Key(key) => {
            let key = PrivateKeyWithHashAlg::new(key, None);
            handle.authenticate_publickey(user, key).await.map_err(dropped)?
        }
        Means::Agent { at, only } => by_agent(handle, user, at, only).await?,
    };
    let AuthResult::Failure { remaining_methods, partial_success } = result else { return Ok(()) };
    let ways: Vec<String> = remaining_methods.iter().map(String::from).collect();
    // The library tells a closed connection as a refusal without any way left.
    if ways.is_empty() && handle.is_closed() {
        return Err(SftpError::Dropped { host: host.to_owned(), act: Act::SignIn });
    }
    let (host, user) = (host.to_owned(), user.to_owned());
    Err(match partial_success {
        true => SftpError::SecondProof { host, user, ways },
        false => SftpError::Refused { host, user, ways },
    })
}

async fn by_password(
    handle: &mut Handle<Watch>,
    user: &str,
    password: &SecretString,
) -> Result<AuthResult, russh::Error> {
    let result = handle.authenticate_password(user, password.expose_secret()).await?;
    let AuthResult::Failure { remaining_methods, partial_success: false } = &result else {
        return Ok(result);
    };
    // Many servers ask for the same password by the other method only (RFC 4256).
    let other = remaining_methods.contains(&MethodKind::KeyboardInteractive)
        && !remaining_methods.contains(&MethodKind::Password);
    if !other {
        return Ok(result);
    }
    let mut asked = handle.authenticate_keyboard_interactive_start(user, None::<String>).await?;
    let mut answered = false;
    loop {
        let answers = match &asked {
            Asked::Success => return Ok(AuthResult::Success),
            Asked::Failure { .. } => return Ok(result),
            Asked::InfoRequest { prompts, .. } if prompts.is_empty() => Vec::new(),
            // One hidden question, once, is the password; anything else is another proof.
            Asked::InfoRequest { prompts, .. } => match prompts.as_slice() {
                [only] if !only.echo && !answered => {
                    answered = true;
                    vec![password.expose_secret().to_owned()]
                }
                _ => {
                    return Ok(AuthResult::Failure {
                        remaining_methods: remaining_methods.clone(),
                        partial_success: answered,
                    });
                }
            },
        };
        asked = handle.authenticate_keyboard_interactive_respond(answers).await?;
    }
}

async fn by_agent(
    handle: &mut Handle<Watch>,
    user: &str,
    at: Option<&PathBuf>,
    only: Option<Fingerprint>,
) -> Result<AuthResult, SftpError> {
    let mut agent = agent::reach(at.map(PathBuf::as_path)).await?;
    if let Some(binding) = handle.agent_session_binding() {
        // Older agents and other makers' do not know this; then the key is not bound to this server.
        let _ = agent.bind_session(binding, false).await;
    }
    let identities = agent.request_identities().await.map_err(agent::none)?;
    let keys = identities.into_iter().filter_map(|identity| match identity {
        AgentIdentity::PublicKey { key, .. } => Some(key),
        AgentIdentity::Certificate { .. } => None,
    });
    let wanted = |key: &PublicKey| only.is_none_or(|only| Fingerprint::of(key) == Some(only));
    let mut last = None;
    for key in keys.filter(wanted).take(MOST_KEYS) {
        let hash = match key.algorithm().is_rsa() {
            // Without the server's word the newer form is right; the one with SHA-1 is never used.
            true => handle.best_supported_rsa_hash().await.ok().flatten().flatten().or(Some(HashAlg::Sha512)),
            false => None,
        };
        let tried = handle.authenticate_publickey_with(user, key, hash, &mut agent).await;
        match tried.map_err(agent::none)? {
            failure @ AuthResult::Failure { partial_success: false, .. } => last = Some(failure),
            ended => return Ok(ended),
        }
    }
    last.ok_or(SftpError::AgentEmpty)
}
