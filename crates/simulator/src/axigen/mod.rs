//! A pretend command line of an Axigen server on loopback, written from the published reference alone: banner, prompts,
//! sign-in, contexts with their working copies, and as awkward as it is told to be.
//!
//! [`start`] serves it, plain and with TLS, until the returned [`Running`] is dropped. What it cannot know, because the
//! reference does not say it, is a setting.

mod configuration;
mod contexts;
mod dialogue;
mod settings;
mod words;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

pub use configuration::{Configuration, Connector, Domain};
pub use settings::{Awkward, Kind, Mishap, Settings};

use crate::certificates;
use crate::running::StartError;
use dialogue::{Server, State, talk};

/// A pretend server. Dropping it ends it, and every connection with it.
pub struct Running {
    server: Arc<Server>,
    plain: SocketAddr,
    tls: SocketAddr,
    ca: PathBuf,
    ending: watch::Sender<bool>,
    /// Removed on drop.
    _folder: TempDir,
}

impl Running {
    /// Where it speaks plain text: a port of 127.0.0.1.
    #[must_use]
    pub fn plain(&self) -> SocketAddr {
        self.plain
    }

    /// Where it speaks TLS: a port of 127.0.0.1, with a certificate for `localhost` and `127.0.0.1`, or for any host
    /// where the settings say so.
    #[must_use]
    pub fn tls(&self) -> SocketAddr {
        self.tls
    }

    /// The certificate of the authority behind TLS, as a PEM file. It goes with this value.
    #[must_use]
    pub fn ca(&self) -> &Path {
        &self.ca
    }

    /// The password of `admin`.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.server.settings.password
    }

    /// What the server works with now.
    #[must_use]
    pub fn running(&self) -> Configuration {
        self.server.state().running.clone()
    }

    /// What is on its disk, and would be in force after a restart.
    #[must_use]
    pub fn saved(&self) -> Configuration {
        self.server.state().saved.clone()
    }

    /// Every command since the last [`Running::trouble`], as it came, sign-ins left out.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.server.state().heard.clone()
    }

    /// Begins to count the commands anew, from 1, with this mishap or none; whoever could not connect can again.
    pub fn trouble(&self, mishap: Option<Mishap>) {
        let mut state = self.server.state();
        state.awkward.mishap = mishap;
        state.counted = 0;
        state.heard.clear();
        state.gone = false;
    }

    /// Whether a mishap has happened since the last [`Running::trouble`].
    #[must_use]
    pub fn has_happened(&self) -> bool {
        let state = self.server.state();
        state.awkward.mishap.is_some_and(|mishap| state.counted >= mishap.at)
    }

    /// Puts running and saved configuration back to what the settings say.
    pub fn restore(&self) {
        let mut state = self.server.state();
        state.running = self.server.settings.configuration.clone();
        state.saved = self.server.settings.configuration.clone();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.ending.send(true);
    }
}

/// Starts a pretend server inside the current tokio runtime, on two free ports of 127.0.0.1.
///
/// # Errors
/// [`StartError`]: no port, no certificate, or no folder for it.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    let folder = crate::running::own_folder("footbridge-rehearsal-axigen-")?;
    let now = (settings.now)();
    let made =
        if settings.any_host { certificates::for_any_host(now)? } else { certificates::for_server(now)? };
    let ca = folder.path().join("ca.pem");
    crate::running::write(&ca, made.authority_pem.as_bytes())?;

    let (plain_listener, plain) = listen().await?;
    let (tls_listener, tls) = listen().await?;
    let state = State {
        running: settings.configuration.clone(),
        saved: settings.configuration.clone(),
        awkward: settings.awkward.clone(),
        heard: Vec::new(),
        counted: 0,
        gone: false,
    };
    let server = Arc::new(Server { settings, state: Mutex::new(state) });
    let (ending, ended) = watch::channel(false);
    tokio::spawn(serve(plain_listener, None, server.clone(), ended.clone()));
    tokio::spawn(serve(tls_listener, Some(TlsAcceptor::from(made.tls)), server.clone(), ended));
    Ok(Running { server, plain, tls, ca, ending, _folder: folder })
}

async fn listen() -> Result<(TcpListener, SocketAddr), StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let refused = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let local = listener.local_addr().map_err(refused)?;
    Ok((listener, local))
}

async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    server: Arc<Server>,
    mut ended: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ended.changed() => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let _ = stream.set_nodelay(true);
        let (tls, server, mut ended) = (tls.clone(), server.clone(), ended.clone());
        tokio::spawn(async move {
            let talking = async {
                match tls {
                    None => talk(server, stream).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            talk(server, stream).await;
                        }
                    }
                }
            };
            tokio::select! {
                () = talking => {}
                _ = ended.changed() => {}
            }
        });
    }
}
