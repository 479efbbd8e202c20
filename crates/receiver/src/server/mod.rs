//! The HTTPS server of a receiver: HTTP/1.1 over TLS 1.2 or later, few connections, small messages, and none that is slow.
//! What it answers is docs/receiver-api.md.

mod asked;
mod exchange;
mod identity;
mod uploads;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

pub use identity::{Identity, IdentityError};

use crate::intake::Intake;

/// The longest head of a request, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;
/// The most header fields of a request.
const MOST_FIELDS: usize = 64;

/// How much a client may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most connections at once; further ones wait.
    pub connections: usize,
    /// The time for the TLS handshake, and for the head of each request.
    pub head: Duration,
    /// The longest pause within a body.
    pub idle: Duration,
    /// The life of a connection.
    pub connection: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 64,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(10),
            connection: Duration::from_secs(300),
        }
    }
}

struct Room {
    intake: Arc<Intake>,
    uploads: Mutex<uploads::Uploads>,
    limits: Limits,
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    room: Arc<Room>,
}

impl Server {
    /// Takes the address. Port 0 takes a free one.
    ///
    /// # Errors
    /// The system's, where the address cannot be had.
    pub async fn bind(
        address: SocketAddr,
        identity: &Identity,
        intake: Arc<Intake>,
        limits: Limits,
    ) -> io::Result<Server> {
        let listener = TcpListener::bind(address).await?;
        let room = Arc::new(Room { intake, uploads: Mutex::default(), limits });
        Ok(Server { listener, acceptor: TlsAcceptor::from(Arc::clone(&identity.config)), room })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `end` comes; answers on their way are given some seconds more.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let places = Arc::new(Semaphore::new(self.room.limits.connections));
        let open = GracefulShutdown::new();
        let accepting = async {
            loop {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                // An accept fails for a reason of that one connection, or for want of files; the next may work.
                let Ok((stream, _)) = self.listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (acceptor, room) = (self.acceptor.clone(), Arc::clone(&self.room));
                tokio::spawn(serve(stream, acceptor, room, place, open.watcher()));
            }
        };
        tokio::select! { () = accepting => {}, () = end => {} }
        let _ = timeout(self.room.limits.idle, open.shutdown()).await;
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    room: Arc<Room>,
    _place: OwnedSemaphorePermit,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let limits = room.limits;
    let Ok(Ok(stream)) = timeout(limits.head, acceptor.accept(stream)).await else { return };
    let service = service_fn(move |request| exchange::answer(Arc::clone(&room), request));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head);
    builder.max_buf_size(LARGEST_HEAD).max_headers(MOST_FIELDS);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // What went wrong on a line is that client's; there is nobody here to tell.
    let _ = timeout(limits.connection, watcher.watch(connection)).await;
}
