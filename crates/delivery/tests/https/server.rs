//! A TLS server on loopback that does as a test says and counts what it hears.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub type Behaviour = Arc<dyn Fn(Conversation) -> BoxFuture<'static, ()> + Send + Sync>;

/// What a server saw.
#[derive(Default)]
pub struct Seen {
    /// Connections that were accepted.
    pub connections: AtomicUsize,
    /// Bytes that came inside TLS.
    pub heard: AtomicUsize,
    /// Bytes of answers that were written.
    pub written: AtomicUsize,
    /// The first lines of the requests, and their headers.
    pub heads: Mutex<Vec<Head>>,
}

pub struct Server {
    pub port: u16,
    pub seen: Arc<Seen>,
}

#[derive(Debug, Clone)]
pub struct Head {
    pub line: String,
    pub headers: Vec<(String, String)>,
}

impl Head {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn length(&self) -> usize {
        self.header("content-length").map_or(0, |length| length.parse().unwrap())
    }
}

/// One connection with TLS.
pub struct Conversation {
    stream: TlsStream<TcpStream>,
    seen: Arc<Seen>,
    early: Vec<u8>,
}

impl Conversation {
    async fn more(&mut self) -> bool {
        let mut piece = [0_u8; 16 * 1024];
        let count = self.stream.read(&mut piece).await.unwrap_or(0);
        self.seen.heard.fetch_add(count, Ordering::SeqCst);
        self.early.extend_from_slice(&piece[..count]);
        count > 0
    }

    /// The head of a request.
    pub async fn head(&mut self) -> Option<Head> {
        let end = loop {
            if let Some(end) = self.early.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.more().await {
                return None;
            }
        };
        let text = String::from_utf8(self.early.drain(..end).collect()).unwrap();
        let mut lines = text.trim_end().lines();
        let line = lines.next().unwrap().to_owned();
        let pair = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.trim().to_ascii_lowercase(), value.trim().to_owned())
        };
        let head = Head { line, headers: lines.map(pair).collect() };
        self.seen.heads.lock().unwrap().push(head.clone());
        Some(head)
    }

    /// The first bytes of a body, no more than so many.
    pub async fn body(&mut self, most: usize) -> Vec<u8> {
        while self.early.len() < most && self.more().await {}
        let most = most.min(self.early.len());
        self.early.drain(..most).collect()
    }

    /// Writes; false when the other side is gone.
    pub async fn say(&mut self, bytes: &[u8]) -> bool {
        let said = self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok();
        if said {
            self.seen.written.fetch_add(bytes.len(), Ordering::SeqCst);
        }
        said
    }

    /// Ends TLS as it should be ended.
    pub async fn close(mut self) {
        let _ = self.stream.shutdown().await;
    }
}

/// An answer of HTTP/1.1 with its length.
pub fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// As [`answer`], with JSON.
pub fn json(status: u16, headers: &str, body: &str) -> Vec<u8> {
    answer(status, &format!("Content-Type: application/json\r\n{headers}"), body.as_bytes())
}

/// Serves one configuration after the other, the last one again and again.
pub async fn serve(configurations: Vec<Arc<ServerConfig>>, behaviour: Behaviour) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve_at(listener, configurations, behaviour)
}

pub fn serve_at(
    listener: TcpListener,
    configurations: Vec<Arc<ServerConfig>>,
    behaviour: Behaviour,
) -> Server {
    let address: SocketAddr = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let told = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let number = told.connections.fetch_add(1, Ordering::SeqCst);
            let configuration = configurations[number.min(configurations.len() - 1)].clone();
            let (seen, behaviour) = (told.clone(), behaviour.clone());
            tokio::spawn(async move {
                let Ok(stream) = TlsAcceptor::from(configuration).accept(stream).await else { return };
                behaviour(Conversation { stream, seen, early: Vec::new() }).await;
            });
        }
    });
    Server { port: address.port(), seen }
}

impl Server {
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub fn heard(&self) -> usize {
        self.seen.heard.load(Ordering::SeqCst)
    }

    pub fn lines(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap().iter().map(|head| head.line.clone()).collect()
    }

    /// The methods of the requests, in order.
    pub fn methods(&self) -> Vec<String> {
        self.lines().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    }
}

/// A server with a pinned certificate that answers every request with these bytes.
pub async fn saying(bytes: Vec<u8>) -> (Server, delivery::https::Trust) {
    saying_by_method(move |_| bytes.clone()).await
}

/// A server with a pinned certificate and an answer for each method.
pub async fn saying_by_method(
    said: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (Server, delivery::https::Trust) {
    let said = Arc::new(said);
    behaving(Arc::new(move |mut conversation| {
        let said = said.clone();
        Box::pin(async move {
            let Some(head) = conversation.head().await else { return };
            let _ = conversation.body(head.length()).await;
            conversation.say(&said(head.line.split(' ').next().unwrap())).await;
            conversation.close().await;
        })
    }))
    .await
}

/// A server with a pinned certificate that does as it is told.
pub async fn behaving(behaviour: Behaviour) -> (Server, delivery::https::Trust) {
    let own = crate::authority::self_signed();
    (serve(vec![own.configuration()], behaviour).await, own.pinned())
}
