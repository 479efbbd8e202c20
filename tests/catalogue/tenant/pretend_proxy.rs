//! A proxy on loopback for the tests of G-35: it opens a way, asks for a sign-in, refuses, drops, or looks into the
//! traffic with an authority of its own. Behind it stands one server, whatever host was asked for.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// An authority that nobody knows by itself.
pub struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    pub pem: String,
}

impl Authority {
    pub fn new(name: &str) -> Arc<Self> {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut root = rcgen::CertificateParams::new(Vec::new()).unwrap();
        root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        root.distinguished_name = rcgen::DistinguishedName::new();
        root.distinguished_name.push(rcgen::DnType::CommonName, name);
        let pem = root.self_signed(&key).unwrap().pem();
        Arc::new(Self { issuer: rcgen::Issuer::new(root, key), pem })
    }

    fn acceptor(&self, host: &str) -> TlsAcceptor {
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new(vec![host.to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// What the proxy does with a request for a way.
#[derive(Clone)]
pub enum Manner {
    /// Opens it, to a server with a certificate by this authority.
    Opens(Arc<Authority>),
    /// The same, for this value of the header only; else 407.
    SignsIn(Arc<Authority>, String),
    /// Looks into the traffic: shows a certificate by this authority of its own.
    Inspects(Arc<Authority>),
    /// 403.
    Refuses,
    /// Closes without an answer.
    Drops,
    /// Says yes, and closes before the encryption stands.
    DropsInside,
}

/// The proxy. Dropping it ends it.
pub struct PretendProxy {
    pub at: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    /// All that came in after the way was open, still encrypted where nobody looks in.
    through: Arc<Mutex<Vec<u8>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for PretendProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl PretendProxy {
    /// Serves on a free port; what goes through ends, decrypted, at `behind`.
    pub async fn start(manner: Manner, behind: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let through = Arc::<Mutex<Vec<u8>>>::default();
        let (kept, seen) = (heads.clone(), through.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(one(stream, manner.clone(), behind, kept.clone(), seen.clone()));
            }
        });
        Self { at, heads, through, task }
    }

    /// The requests for a way, each up to its empty line.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// What the proxy could read of the way.
    pub fn through(&self) -> Vec<u8> {
        self.through.lock().unwrap().clone()
    }
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

async fn one(
    mut stream: TcpStream,
    manner: Manner,
    behind: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    through: Arc<Mutex<Vec<u8>>>,
) {
    let Some(head) = head(&mut stream).await else { return };
    heads.lock().unwrap().push(head.clone());
    let host = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(':').next()).unwrap_or("").to_owned();
    let (status, authority) = match &manner {
        Manner::Opens(authority) | Manner::Inspects(authority) => ("200 OK", Some(authority)),
        Manner::SignsIn(authority, wanted) => {
            let given = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("proxy-authorization: ")
                    .map(|_| line[21..].trim().to_owned())
            });
            match given.as_deref() == Some(wanted) {
                true => ("200 OK", Some(authority)),
                false => ("407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"", None),
            }
        }
        Manner::Refuses => ("403 Forbidden", None),
        Manner::Drops => return,
        Manner::DropsInside => ("200 OK", None),
    };
    let _ = stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await;
    let Some(authority) = authority else { return };
    let acceptor = authority.acceptor(&host);
    // A way of its own for the bytes, so that what the proxy could read is known.
    let (near, far) = tokio::io::duplex(64 * 1024);
    let relay = tokio::spawn(relay(stream, far, through));
    if let Ok(mut inside) = acceptor.accept(near).await
        && let Ok(mut server) = TcpStream::connect(behind).await
    {
        let _ = copy_bidirectional(&mut inside, &mut server).await;
        let _ = inside.shutdown().await;
    }
    let _ = relay.await;
}

async fn relay(stream: TcpStream, far: tokio::io::DuplexStream, through: Arc<Mutex<Vec<u8>>>) {
    let (mut from, mut back) = stream.into_split();
    let (mut answer, mut on) = tokio::io::split(far);
    let up = async {
        let mut piece = [0; 4096];
        while let Ok(count) = from.read(&mut piece).await {
            if count == 0 || on.write_all(&piece[..count]).await.is_err() {
                break;
            }
            through.lock().unwrap().extend_from_slice(&piece[..count]);
        }
        let _ = on.shutdown().await;
    };
    let down = async {
        let _ = tokio::io::copy(&mut answer, &mut back).await;
        let _ = back.shutdown().await;
    };
    tokio::join!(up, down);
}
