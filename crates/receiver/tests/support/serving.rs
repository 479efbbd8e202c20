//! A server on loopback in this process, and a client of a few lines that speaks HTTP/1.1 over real TLS.
#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use receiver::{Identity, Intake, Limits, Notice, Owner, Server, Terms};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

use super::{House, NOW};

pub const PATH: &str = "/footbridge/v1/bundles";
pub const JOSE: &str = "Content-Type: application/jose\r\n";

pub struct Served {
    pub address: SocketAddr,
    pub intake: Arc<Intake>,
    pub now: Arc<Mutex<OffsetDateTime>>,
    notices: Mutex<mpsc::Receiver<Notice>>,
    config: Arc<ClientConfig>,
    end: Option<oneshot::Sender<()>>,
    runtime: Option<tokio::runtime::Runtime>,
}

pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    pub fn offset(&self) -> Option<usize> {
        self.field("upload-offset").map(|text| text.parse().unwrap())
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        let line =
            self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':').unwrap().1.trim())
    }
}

pub fn terms(house: &House, yes_from: Vec<String>) -> Terms {
    Terms {
        wanted: house.wanted(),
        owner: Owner::default(),
        mode: 0o600,
        passphrase: None,
        rehearsals: false,
        yes_from,
        asks: true,
    }
}

impl Served {
    /// An offer has to be made before: it brings the server's certificate.
    pub fn new(house: &House, terms: Terms, limits: Limits) -> Served {
        let memory = house.memory();
        let own = memory.own_certificate().unwrap().unwrap();
        let identity = Identity::own(&own).unwrap();
        let now = Arc::new(Mutex::new(NOW));
        let (clock, (sender, notices)) = (Arc::clone(&now), mpsc::channel(1000));
        let clock = Arc::new(move || *clock.lock().unwrap());
        let intake = Arc::new(Intake::new(memory, terms, clock, sender).unwrap());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (end, ended) = oneshot::channel::<()>();
        let bound = Server::bind("127.0.0.1:0".parse().unwrap(), &identity, Arc::clone(&intake), limits);
        let server = runtime.block_on(bound).unwrap();
        let address = server.address().unwrap();
        runtime.spawn(server.run(async { drop(ended.await) }));
        let mut roots = RootCertStore::empty();
        let own = certs::Certificate::from_pem(&own.pem).unwrap();
        roots.add(CertificateDer::from(own.der().to_vec())).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
        let (end, runtime) = (Some(end), Some(runtime));
        Served { address, intake, now, notices: Mutex::new(notices), config, end, runtime }
    }

    pub fn connect(&self) -> StreamOwned<ClientConnection, TcpStream> {
        let name = "localhost".try_into().unwrap();
        let connection = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        StreamOwned::new(connection, TcpStream::connect(self.address).unwrap())
    }

    /// One request on a line of its own.
    pub fn ask(&self, method: &str, path: &str, fields: &str, body: &[u8]) -> Reply {
        let mut line = self.connect();
        let length = match method {
            "PUT" | "POST" => format!("Content-Length: {}\r\n", body.len()),
            _ => String::new(),
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{length}{fields}\r\n"
        );
        line.write_all(head.as_bytes()).unwrap();
        // A refused body may be cut off while it is still being sent; the answer is what counts.
        let _ = line.write_all(body);
        let _ = line.flush();
        reply(&read_all(&mut line))
    }

    pub fn put(&self, jti: &str, text: &str, first: usize) -> Reply {
        let (last, total) = (text.len() - 1, text.len());
        let fields = format!("{JOSE}Content-Range: bytes {first}-{last}/{total}\r\n");
        self.ask("PUT", &format!("{PATH}/{jti}"), &fields, &text.as_bytes()[first..])
    }

    pub fn post(&self, jti: &str, text: &str) -> Reply {
        self.ask("POST", PATH, &format!("{JOSE}Footbridge-Jti: {jti}\r\n"), text.as_bytes())
    }

    pub fn head(&self, jti: &str) -> Reply {
        self.ask("HEAD", &format!("{PATH}/{jti}"), "", &[])
    }

    pub fn get(&self, jti: &str) -> Reply {
        self.ask("GET", &format!("{PATH}/{jti}"), "", &[])
    }

    /// A PUT of which the line drops before this place; returns when the server has noticed.
    pub fn put_until(&self, jti: &str, text: &str, first: usize, until: usize) {
        let mut line = self.begin(jti, text, first, until);
        line.conn.send_close_notify();
        line.flush().unwrap();
        line.sock.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(read_all(&mut line), "");
    }

    /// A PUT that stops sending at this place and stays open.
    pub fn begin(
        &self,
        jti: &str,
        text: &str,
        first: usize,
        until: usize,
    ) -> StreamOwned<ClientConnection, TcpStream> {
        let (last, total) = (text.len() - 1, text.len());
        let mut line = self.connect();
        let head = format!(
            "PUT {PATH}/{jti} HTTP/1.1\r\nHost: localhost\r\n{JOSE}Content-Range: bytes {first}-{last}/{total}\r\n\
             Content-Length: {}\r\n\r\n",
            total - first
        );
        line.write_all(head.as_bytes()).unwrap();
        line.write_all(&text.as_bytes()[first..until]).unwrap();
        line.flush().unwrap();
        line
    }

    /// What was told since the last time.
    pub fn notices(&self) -> Vec<Notice> {
        let mut channel = self.notices.lock().unwrap();
        std::iter::from_fn(|| channel.try_recv().ok()).collect()
    }

    pub fn turn_clock(&self, by: time::Duration) {
        *self.now.lock().unwrap() += by;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Everything until the other side ends, however it ends.
pub fn read_all(line: &mut StreamOwned<ClientConnection, TcpStream>) -> String {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = line.read(&mut piece) {
        bytes.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(bytes).unwrap()
}

fn reply(text: &str) -> Reply {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}
