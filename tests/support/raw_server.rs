//! A server of a few lines that answers whatever a test wants, byte by byte, and counts who came: connections, requests,
//! and requests with a token. It speaks no more HTTP than it needs to know where a request ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What is sent for a request.
#[derive(Debug, Clone)]
pub enum Said {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes first, then so many zeros in pieces.
    Flood(Vec<u8>, u64),
    /// These bytes one by one, with a pause before each.
    Drip(Vec<u8>, Duration),
    /// Nothing, and the connection stays open.
    Nothing,
    /// The connection is reset.
    Reset,
}

/// What came.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The first line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Heard {
    /// Whether it carried a token or a secret of a sign-in.
    #[must_use]
    pub fn has_token(&self) -> bool {
        let head = self.head.to_ascii_lowercase();
        head.contains("\r\nauthorization:")
            || self.body.contains("client_secret=")
            || self.body.contains("refresh_token=")
    }
}

type Script = Arc<dyn Fn(&Heard) -> Said + Send + Sync>;

/// The server. Dropping it ends it.
pub struct RawServer {
    /// Host and port.
    pub at: std::net::SocketAddr,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: tokio::task::JoinHandle<()>,
}

impl RawServer {
    /// Serves on this address; port 0 takes a free one.
    ///
    /// # Panics
    /// When the address is taken.
    pub async fn start(at: &str, script: impl Fn(&Heard) -> Said + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let at = listener.local_addr().unwrap();
        let (connections, heard): (Arc<AtomicUsize>, Arc<Mutex<Vec<Heard>>>) = Default::default();
        let (count, kept, script): (_, _, Script) = (connections.clone(), heard.clone(), Arc::new(script));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(one(stream, kept.clone(), script.clone()));
            }
        });
        Self { at, connections, heard, task }
    }

    /// How many connections came.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What was heard so far.
    ///
    /// # Panics
    /// When another thread panicked with it.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// `http://host:port`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.at)
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a request: up to the empty line, then as much as its length says.
async fn read(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let told = head.lines().filter_map(|line| line.split_once(':'));
            let length = told
                .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .find_map(|(_, value)| value.trim().parse::<usize>().ok())
                .unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
                return Some(Heard { head, body });
            }
        }
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
}

async fn one(mut stream: TcpStream, kept: Arc<Mutex<Vec<Heard>>>, script: Script) {
    let Some(heard) = read(&mut stream).await else { return };
    let said = script(&heard);
    kept.lock().unwrap().push(heard);
    match said {
        Said::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Said::Flood(bytes, zeros) => {
            let _ = stream.write_all(&bytes).await;
            let piece = [b'0'; 16 * 1024];
            let mut left = zeros;
            while left > 0 && stream.write_all(&piece).await.is_ok() {
                left = left.saturating_sub(piece.len() as u64);
            }
        }
        Said::Drip(bytes, pause) => {
            for byte in bytes {
                tokio::time::sleep(pause).await;
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
            }
        }
        Said::Nothing => {
            // Until the other side goes away.
            let _ = stream.read(&mut [0; 1]).await;
        }
        Said::Reset => {
            let _ = stream.set_zero_linger();
        }
    }
}

/// A whole answer in HTTP/1.1, after which the connection ends.
#[must_use]
pub fn http(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}
