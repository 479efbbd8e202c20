//! Certificates at Axigen's command line: what is wrong with one is told by name, and nothing is said before.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use delivery::axigen::{AxigenError, Protection, Target, version};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server with one certificate, and its authority.
struct Server {
    folder: tempfile::TempDir,
    port: u16,
    /// What it heard within TLS.
    heard: tokio::sync::mpsc::UnboundedReceiver<Vec<u8>>,
}

fn authority(folder: &std::path::Path) -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new(Vec::<String>::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
    issuer
}

/// Serves a certificate for `name` that ends so many days from now.
async fn serve(name: &str, days: i64) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let issuer = authority(folder.path());
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    leaf.not_before = OffsetDateTime::now_utc() - time::Duration::days(40);
    leaf.not_after = OffsetDateTime::now_utc() + time::Duration::days(days);
    let key = KeyPair::generate().unwrap();
    let certificate = leaf.signed_by(&key, &issuer).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let configuration = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(configuration));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (telling, heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.write_all(b"Welcome\r\n<login> ").await;
            let mut bytes = vec![0; 256];
            let count = stream.read(&mut bytes).await.unwrap_or(0);
            let _ = telling.send(bytes[..count].to_vec());
            let _ = stream.write_all(b"10.6.30|Linux|x86_64\r\n+OK: command successful\r\n<login> ").await;
            let _ = stream.read(&mut bytes).await;
            let _ = stream.write_all(b"+OK: have a nice day\r\n").await;
        }
    });
    Server { folder, port, heard }
}

impl Server {
    fn target(&self, authority: Option<PathBuf>) -> Target {
        Target {
            host: "localhost".into(),
            port: self.port,
            protection: Protection::Tls { authority },
            connect: None,
            patience: Duration::from_secs(30),
        }
    }

    async fn asked(&self) -> Result<String, AxigenError> {
        let target = self.target(Some(self.folder.path().join("ca.pem")));
        version(&target).await.map(|version| version.to_string())
    }
}

#[tokio::test]
async fn a_good_certificate_is_taken() {
    let mut server = serve("localhost", 30).await;
    assert_eq!(server.asked().await, Ok("10.6.30".into()));
    assert_eq!(server.heard.recv().await.unwrap(), b"GET VERSION\r\n");
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told_and_nothing_is_said_to_it() {
    let host = || "localhost".to_owned();
    let mut wrong = serve("axigen.example", 30).await;
    assert_eq!(wrong.asked().await, Err(AxigenError::WrongName { host: host() }));
    let mut expired = serve("localhost", -3).await;
    assert_eq!(expired.asked().await, Err(AxigenError::Expired { host: host() }));
    let mut strange = serve("localhost", 30).await;
    let refused = version(&strange.target(None)).await.unwrap_err();
    assert_eq!(refused, AxigenError::Untrusted { host: host() });
    for server in [&mut wrong, &mut expired, &mut strange] {
        assert!(server.heard.try_recv().is_err(), "something was said to a server that is not the right one");
    }
}

#[tokio::test]
async fn another_protocol_is_no_command_line() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n").await;
        }
    });
    let target = Target {
        host: "127.0.0.1".into(),
        port,
        protection: Protection::PlainToLoopback,
        connect: None,
        patience: Duration::from_secs(30),
    };
    assert_eq!(version(&target).await, Err(AxigenError::NotAxigen { host: "127.0.0.1".into(), port }));
}
