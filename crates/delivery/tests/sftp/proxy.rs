//! A line on loopback that breaks or falls silent after a number of bytes in one direction.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What happens once the bytes are through.
#[derive(Clone)]
pub enum Then {
    /// The line is cut on both sides.
    Cut,
    /// Nothing more passes, and nothing is closed.
    Stall(Arc<dyn Fn() + Send + Sync>),
    /// Something is done, and the bytes go on.
    Do(Arc<dyn Fn() + Send + Sync>),
}

/// Which bytes are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    FromClient,
    FromServer,
}

pub struct Proxy {
    pub address: SocketAddr,
    /// How many bytes passed, from the client and from the server, over all connections.
    pub passed: Arc<[AtomicU64; 2]>,
}

impl Proxy {
    pub fn passed(&self, counted: Counted) -> u64 {
        self.passed[counted as usize].load(Ordering::SeqCst)
    }
}

/// Serves in front of `server`; each connection has its own count.
pub async fn start(server: SocketAddr, counted: Counted, after: u64, then: Then) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let passed = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let counts = Arc::clone(&passed);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(server).await.unwrap();
            let (client_in, client_out) = client.into_split();
            let (server_in, server_out) = server.into_split();
            let limit = |direction| if direction == counted { after } else { u64::MAX };
            let up = pass(
                client_in,
                server_out,
                limit(Counted::FromClient),
                then.clone(),
                Counted::FromClient,
                counts.clone(),
            );
            let down = pass(
                server_in,
                client_out,
                limit(Counted::FromServer),
                then.clone(),
                Counted::FromServer,
                counts.clone(),
            );
            tokio::spawn(async move {
                // The first side that ends takes the whole line with it.
                tokio::select! { () = up => {}, () = down => {} }
            });
        }
    });
    Proxy { address, passed }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    after: u64,
    then: Then,
    direction: Counted,
    counts: Arc<[AtomicU64; 2]>,
) {
    let mut bytes = vec![0; 4096];
    let mut through = 0_u64;
    let mut done = false;
    loop {
        let Ok(count @ 1..) = from.read(&mut bytes).await else { return };
        let most =
            if done { count } else { count.min(usize::try_from(after - through).unwrap_or(usize::MAX)) };
        if to.write_all(&bytes[..most]).await.is_err() {
            return;
        }
        through += most as u64;
        counts[direction as usize].fetch_add(most as u64, Ordering::SeqCst);
        if done || through < after {
            continue;
        }
        match &then {
            Then::Cut => return,
            Then::Stall(told) => {
                told();
                return std::future::pending().await;
            }
            Then::Do(act) => {
                done = true;
                act();
                if to.write_all(&bytes[most..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
