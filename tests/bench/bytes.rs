//! Counts what passes between a program and the pretend tenant: a relay on the address that programs call, in front of the
//! tenant's own. It looks at nothing and keeps nothing but the two sums.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The address that programs call.
const FRONT: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The tenant's own: another address of the same computer with the same port, so that every address it tells is the relay's.
const BEHIND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A relay that counts.
pub struct Relay {
    passed: Arc<AtomicU64>,
    listener: Option<TcpListener>,
    behind: SocketAddr,
}

impl Relay {
    /// Takes a port.
    pub async fn open() -> Self {
        let listener = TcpListener::bind((FRONT, 0)).await.unwrap();
        let behind = SocketAddr::from((BEHIND, listener.local_addr().unwrap().port()));
        Self { passed: Arc::default(), listener: Some(listener), behind }
    }

    /// Where the tenant has to listen.
    pub fn behind(&self) -> SocketAddr {
        self.behind
    }

    /// Begins to relay, once the tenant listens.
    pub fn begin(&mut self) {
        let (passed, behind) = (self.passed.clone(), self.behind);
        let listener = self.listener.take().expect("a relay begins once");
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(relay(near, behind, passed.clone()));
            }
        });
    }

    /// How many bytes passed so far, both ways.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

async fn relay(near: TcpStream, behind: SocketAddr, passed: Arc<AtomicU64>) {
    let Ok(far) = TcpStream::connect(behind).await else { return };
    // A relay that gathers small packets would add a pause of its own.
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::join!(pump(near_in, far_out, passed.clone()), pump(far_in, near_out, passed));
}

async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, passed: Arc<AtomicU64>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        passed.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::SeqCst);
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
