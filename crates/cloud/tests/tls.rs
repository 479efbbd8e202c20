//! TLS on loopback: the authority of a cloud file is trusted, and nobody else's certificate is.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloud::signin::application;
use cloud::{Place, SignInError, Wire, WireError};
use support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A server with a certificate for `name` by an authority of its own, whose PEM is written to `authority`.
async fn server(name: &str, authority: &Path) -> (u16, Arc<AtomicUsize>) {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    std::fs::write(authority, ca.self_signed(&ca_key).unwrap().pem()).unwrap();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf =
        rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut buffer = [0_u8; 4096];
            if stream.read(&mut buffer).await.unwrap_or(0) > 0 {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            let body = r#"{"expires_in":3599,"access_token":"opaque"}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (port, count)
}

async fn sign_in(folder: &Path, port: u16, ca_file: Option<&str>) -> Result<(), SignInError> {
    let file = folder.join("cloud.toml");
    let origin = format!("https://localhost:{port}");
    let ca = ca_file.map(|path| format!("ca_file = \"{path}\"\n")).unwrap_or_default();
    std::fs::write(&file, format!("login = \"{origin}\"\ngraph = \"{origin}\"\nportal = \"{origin}\"\n{ca}"))
        .unwrap();
    let wire = Wire::new(Place::read(&file).unwrap(), HandClock::new())?;
    application::token(&wire, TENANT, "app-1", &"secret".into()).await.map(|_| ())
}

#[tokio::test]
async fn the_authority_of_the_cloud_file_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (port, count) = server("localhost", &folder.path().join("ca.pem")).await;
    sign_in(folder.path(), port, Some("ca.pem")).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn no_secret_goes_to_a_certificate_that_nobody_vouches_for() {
    let folder = tempfile::tempdir().unwrap();
    let (port, count) = server("localhost", &folder.path().join("ca.pem")).await;
    let (other_port, other_count) = server("other.example", &folder.path().join("other.pem")).await;
    for (port, ca) in [(port, None), (port, Some("other.pem")), (other_port, Some("other.pem"))] {
        let outcome = sign_in(folder.path(), port, ca).await;
        let unreachable = matches!(
            outcome,
            Err(SignInError::Unreachable(
                WireError::CertificateUntrusted { .. }
                    | WireError::CertificateRefused { .. }
                    | WireError::Setup { .. }
            ))
        );
        assert!(unreachable, "{outcome:?}");
    }
    assert_eq!((count.load(Ordering::SeqCst), other_count.load(Ordering::SeqCst)), (0, 0));
}
