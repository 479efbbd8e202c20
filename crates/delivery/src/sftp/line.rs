//! The way to the server up to its host key: TCP, SSH's key exchange, and the judgement of the key. Nothing about the
//! account is said here. What the server may send is counted, so no flood grows anything.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin as Pinned;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use russh::client::{self, Handle};
use russh::keys::PublicKeyOrCertificate;
use russh::{AlgorithmKind, Preferred, SshId};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::{Act, SftpError};
use super::host_key::{HostKey, KeyKind, Pin};

/// What a server may send before its key is judged: two packets of the largest size (RFC 4253 section 6.1), rounded up.
const LARGEST_GREETING: u64 = 96 * 1024;
/// What a server may send in the whole session: a folder of some ten thousand names, and the bundle read back.
const LARGEST_TALK: u64 = 4 * 1024 * 1024;

/// How long is waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For each connection, up to and with its host key.
    pub connect: Duration,
    /// For the whole delivery.
    pub whole: Duration,
}

impl Default for Patience {
    /// 10 seconds, and 30 in all.
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), whole: Duration::from_secs(30) }
    }
}

/// The server to deliver to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Name or IP address.
    pub host: String,
    /// The port, 22 as a rule.
    pub port: u16,
    /// Where the connection really goes, in a rehearsal.
    pub connect: Option<SocketAddr>,
    /// How long is waited.
    pub patience: Patience,
}

impl Server {
    pub(super) fn silent(&self, act: Act, waited: Duration) -> SftpError {
        SftpError::Silent { host: self.host.clone(), act, seconds: waited.as_secs() }
    }

    fn not_ssh(&self, reason: String) -> SftpError {
        SftpError::NotSsh { host: self.host.clone(), port: self.port, reason }
    }

    fn no_usable_key(&self, kinds: &[String]) -> SftpError {
        SftpError::NoUsableKey { host: self.host.clone(), kinds: said(&kinds.join(", ")) }
    }

    async fn tcp(&self) -> Result<TcpStream, SftpError> {
        let odd = |c: char| c.is_control() || c.is_whitespace();
        if self.host.is_empty() || self.host.len() > 253 || self.host.contains(odd) {
            let host = self.host.chars().filter(|c| !c.is_control()).take(80).collect();
            return Err(SftpError::Host { host });
        }
        let reached = match self.connect {
            Some(address) => TcpStream::connect(address).await,
            None => TcpStream::connect((self.host.as_str(), self.port)).await,
        };
        let stream = reached.map_err(|error| SftpError::Unreachable {
            host: self.host.clone(),
            port: self.port,
            reason: error.to_string(),
        })?;
        // Each request waits for its answer, so nothing is gained by collecting.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

/// What a server says, as text that can be shown.
pub(super) fn said(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// A connection whose host key is the pinned one.
pub(super) struct Line {
    pub handle: Handle<Watch>,
    pub key: HostKey,
    pub gauge: Gauge,
}

/// The key that the server shows to somebody who has no pin.
pub(super) async fn look(server: &Server) -> Result<HostKey, SftpError> {
    match shake(server, &KeyKind::ALL, None).await {
        Ok(line) => Ok(line.key),
        Err(End::Shown(key)) => Ok(key),
        Err(End::NoKey(kinds)) => Err(server.no_usable_key(&kinds)),
        Err(End::Other(error)) => Err(error),
    }
}

/// Connects, and ends the connection again unless the server proves that it has the pinned key.
pub(super) async fn reach(server: &Server, pin: Option<&Pin>) -> Result<Line, SftpError> {
    let Some(pin) = pin else {
        let (host, port) = (server.host.clone(), server.port);
        return Err(SftpError::UnknownKey { host, port, key: look(server).await? });
    };
    let mut shown = None;
    // A server with several keys shows one at a time, and a pin from an offer does not tell which of them it is.
    let all = KeyKind::ALL;
    let tries: Vec<&[KeyKind]> = match all.iter().position(|kind| Some(*kind) == pin.kind) {
        Some(at) => vec![&all[at..=at]],
        None => std::iter::once(&all[..]).chain(all.chunks(1)).collect(),
    };
    for kinds in tries {
        if kinds.len() == 1 && shown.is_some_and(|key: HostKey| key.kind == kinds[0]) {
            continue;
        }
        match shake(server, kinds, Some(pin)).await {
            Ok(line) => return Ok(line),
            Err(End::Shown(key)) => shown = shown.or(Some(key)),
            Err(End::NoKey(_)) if kinds.len() > 1 => break,
            Err(End::NoKey(_)) => {}
            Err(End::Other(error)) => return Err(error),
        }
    }
    if shown.is_none() {
        shown = match look(server).await {
            Ok(key) => Some(key),
            Err(SftpError::NoUsableKey { .. }) => None,
            Err(error) => return Err(error),
        };
    }
    Err(SftpError::ChangedKey {
        host: server.host.clone(),
        port: server.port,
        pinned: pin.fingerprint,
        shown,
    })
}

/// Why there is no line.
#[derive(Debug)]
pub(super) enum End {
    Shown(HostKey),
    NoKey(Vec<String>),
    Other(SftpError),
}

async fn shake(server: &Server, kinds: &[KeyKind], pin: Option<&Pin>) -> Result<Line, End> {
    let shaking = async {
        let gauge = Gauge::new(LARGEST_GREETING);
        let stream = Metered { stream: server.tcp().await.map_err(End::Other)?, gauge: gauge.clone() };
        let taken = Arc::new(OnceLock::new());
        let watch = Watch { pin: pin.copied(), taken: taken.clone() };
        let shaken = client::connect_stream(Arc::new(configuration(kinds)), stream, watch).await;
        match (shaken, taken.get()) {
            (Ok(handle), Some(key)) => {
                gauge.allow(LARGEST_TALK);
                Ok(Line { handle, key: *key, gauge })
            }
            (Ok(_), None) => Err(End::Other(server.not_ssh("no host key".into()))),
            (Err(halt), _) => Err(ended(server, halt, &gauge)),
        }
    };
    let waited = server.patience.connect;
    timeout(waited, shaking).await.map_err(|_| End::Other(server.silent(Act::Connect, waited)))?
}

fn configuration(kinds: &[KeyKind]) -> client::Config {
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.algorithm()).collect();
    client::Config {
        client_id: SshId::Standard(Cow::Borrowed("SSH-2.0-Footbridge")),
        preferred: Preferred { key: Cow::Owned(kinds), ..Preferred::DEFAULT },
        window_size: 512 * 1024,
        ..client::Config::default()
    }
}

fn ended(server: &Server, halt: Halt, gauge: &Gauge) -> End {
    if gauge.is_over() {
        return End::Other(SftpError::Flood { host: server.host.clone(), act: Act::Connect });
    }
    let error = match halt {
        Halt::Shown(key) => return End::Shown(key),
        Halt::Strange(kind) => return End::NoKey(vec![kind]),
        Halt::Ssh(error) => error,
    };
    End::Other(match error {
        russh::Error::NoCommonAlgo { kind: AlgorithmKind::Key, theirs, .. } => return End::NoKey(theirs),
        russh::Error::NoCommonAlgo { kind, theirs, .. } => {
            server.not_ssh(said(&format!("{kind:?}: only {}", theirs.join(", "))))
        }
        russh::Error::IO(_) | russh::Error::Disconnect | russh::Error::HUP => {
            SftpError::Dropped { host: server.host.clone(), act: Act::Connect }
        }
        other => server.not_ssh(said(&other.to_string())),
    })
}

/// Judges the host key.
pub(super) struct Watch {
    pin: Option<Pin>,
    taken: Arc<OnceLock<HostKey>>,
}

/// Why the key exchange ended.
#[derive(Debug)]
pub(super) enum Halt {
    Shown(HostKey),
    Strange(String),
    Ssh(russh::Error),
}

impl From<russh::Error> for Halt {
    fn from(error: russh::Error) -> Self {
        Halt::Ssh(error)
    }
}

impl client::Handler for Watch {
    type Error = Halt;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Halt> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else {
            return Err(Halt::Strange("a certificate".into()));
        };
        let Some(shown) = HostKey::of(key) else {
            return Err(Halt::Strange(said(key.algorithm().as_str())));
        };
        match self.pin {
            Some(pin) if pin.fits(&shown) => Ok(self.taken.set(shown).is_ok()),
            _ => Err(Halt::Shown(shown)),
        }
    }
}

/// How much the server may still send.
#[derive(Clone)]
pub(super) struct Gauge(Arc<AtomicU64>);

/// Stands for a bound that was passed.
const OVER: u64 = u64::MAX;

impl Gauge {
    fn new(bytes: u64) -> Gauge {
        Gauge(Arc::new(AtomicU64::new(bytes)))
    }

    fn allow(&self, bytes: u64) {
        let _ =
            self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| (left != OVER).then_some(bytes));
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.load(Ordering::SeqCst) == OVER
    }

    fn take(&self, bytes: u64) -> bool {
        let rest = |left: u64| (left != OVER).then(|| left.checked_sub(bytes).unwrap_or(OVER));
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, rest).is_ok() && !self.is_over()
    }
}

struct Metered {
    stream: TcpStream,
    gauge: Gauge,
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pinned<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pinned::new(&mut self.stream).poll_read(context, buffer);
        let more = (buffer.filled().len() - before) as u64;
        match polled {
            Poll::Ready(Ok(())) if !self.gauge.take(more) => {
                Poll::Ready(Err(io::Error::other("more than there can be to say")))
            }
            other => other,
        }
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pinned<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pinned::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pinned<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pinned::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pinned<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pinned::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gauge_ends_at_its_bound_and_stays_there() {
        let gauge = Gauge::new(10);
        assert!(gauge.take(10) && !gauge.is_over());
        gauge.allow(5);
        assert!(gauge.take(5) && !gauge.take(1) && gauge.is_over());
        gauge.allow(100);
        assert!(!gauge.take(1) && gauge.is_over());
    }

    #[test]
    fn what_a_server_says_is_shortened_and_has_no_control_characters() {
        assert_eq!(said("a\x1b[31m\r\nb"), "a[31mb");
        assert_eq!(said(&"x".repeat(500)).len(), 120);
    }
}
