//! Starting a pretend web server, changing what it does wrong, and what it saw.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::answers::Seen;
use super::authority::{Authorities, IssueError};
use super::doors;
use super::mode::Mode;
use crate::settings::Now;

/// What a pretend web server is told before it starts.
#[derive(Clone)]
pub struct Settings {
    /// Address and port; port 0 takes a free one. Must be a loopback address.
    pub listen: SocketAddr,
    /// The time by which certificates are made; the tenant's, in a rehearsal.
    pub now: Now,
    /// What it does wrong.
    pub mode: Mode,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            now: Arc::new(OffsetDateTime::now_utc),
            mode: Mode::Good,
        }
    }
}

/// Why a pretend web server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Asked to listen where others could reach it.
    #[error("a pretend web server listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The port could not be taken.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// No authority could be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// A pretend web server. Dropping it ends it.
pub struct Running {
    address: SocketAddr,
    root_pem: String,
    shared: Shared,
    ending: watch::Sender<bool>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The root of its announced authority, as PEM.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// Does this wrong from the next connection on, and from the next question on of connections that are open.
    pub fn set_mode(&self, mode: Mode) {
        self.shared.set_mode(mode);
    }

    /// Waits until something is being held: a question in [`Mode::Slow`], a body in [`Mode::SlowBody`], a connection in
    /// [`Mode::Silent`].
    pub async fn held(&self) {
        let mut held = self.shared.held.subscribe();
        let _ = held.wait_for(|held| *held > 0).await;
    }

    /// Lets go whatever is held, now and from now on.
    pub fn release(&self) {
        self.shared.released.send_replace(true);
    }

    /// The questions that arrived, in order.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.ending.send(true);
    }
}

/// What all connections share.
#[derive(Clone)]
pub(super) struct Shared {
    pub authorities: Arc<Authorities>,
    pub now: Now,
    mode: Arc<Mutex<Mode>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    held: Arc<watch::Sender<usize>>,
    released: Arc<watch::Sender<bool>>,
}

impl Shared {
    pub(super) fn mode(&self) -> Mode {
        self.mode.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_mode(&self, mode: Mode) {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    pub(super) fn see(&self, seen: Seen) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }

    /// Waits for the release and lets others know that something waits.
    pub(super) async fn hold(&self) {
        let mut released = self.released.subscribe();
        self.held.send_modify(|held| *held += 1);
        let _ = released.wait_for(|released| *released).await;
    }
}

/// Starts a pretend web server inside the current tokio runtime.
///
/// # Errors
/// When it is to listen elsewhere than on loopback, cannot listen, or cannot make its authorities.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    if !settings.listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(settings.listen));
    }
    let told = |source| StartError::Listen { address: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).await.map_err(told)?;
    let address = listener.local_addr().map_err(told)?;
    let authorities = Authorities::new((settings.now)()).map_err(IssueError::from)?;
    let root_pem = authorities.root_pem();
    let shared = Shared {
        authorities: Arc::new(authorities),
        now: settings.now,
        mode: Arc::new(Mutex::new(settings.mode)),
        seen: Arc::default(),
        held: Arc::new(watch::Sender::new(0)),
        released: Arc::new(watch::Sender::new(false)),
    };
    let (ending, ended) = watch::channel(false);
    tokio::spawn(doors::serve(listener, shared.clone(), ended));
    Ok(Running { address, root_pem, shared, ending })
}
