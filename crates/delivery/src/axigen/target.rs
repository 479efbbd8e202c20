//! The way to the command line: TLS with a checked certificate, or plain text to this very machine, as through an SSH
//! tunnel. No other way exists here, and no check can be switched off.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::error::AxigenError;

/// How the connection is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// TLS. The system's trust store always counts; the file of one more authority (PEM) may be named.
    Tls {
        /// The further authority.
        authority: Option<PathBuf>,
    },
    /// Plain text, to `localhost`, `127.0.0.0/8` or `::1` only.
    PlainToLoopback,
}

/// Where the command line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Name or IP address.
    pub host: String,
    /// The port; Axigen's own default is 7000.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
    /// Where the connection really goes, in a rehearsal; the certificate has to fit the host all the same.
    pub connect: Option<SocketAddr>,
    /// How long to wait for the connection, and for each whole answer.
    pub patience: Duration,
}

/// Either kind of connection.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Target {
    /// Connects; with TLS the certificate is checked before a byte of the dialogue is sent.
    pub(crate) async fn connect(&self) -> Result<Box<dyn Stream>, AxigenError> {
        match &self.protection {
            Protection::PlainToLoopback => {
                let addresses = self.loopback()?;
                Ok(Box::new(self.tcp(&addresses).await?))
            }
            Protection::Tls { authority } => {
                let name = self.server_name()?;
                let configuration = trusting(authority.as_deref())?;
                let tcp = self.tcp(&[self.host.as_str()]).await?;
                let shaking = TlsConnector::from(Arc::new(configuration)).connect(name, tcp);
                let shaken = timeout(self.patience, shaking).await.map_err(|_| self.no_tls("no answer"))?;
                Ok(Box::new(shaken.map_err(|error| self.refused(&error))?))
            }
        }
    }

    /// The addresses of this machine that the host stands for, without asking anybody.
    fn loopback(&self) -> Result<Vec<&str>, AxigenError> {
        if self.host.eq_ignore_ascii_case("localhost") {
            // A hosts file could lead the name elsewhere.
            return Ok(vec!["127.0.0.1", "::1"]);
        }
        match self.host.parse::<IpAddr>() {
            Ok(address) if address.is_loopback() => Ok(vec![&self.host]),
            _ => Err(AxigenError::PlainNotLoopback { host: self.host.clone() }),
        }
    }

    fn server_name(&self) -> Result<ServerName<'static>, AxigenError> {
        ServerName::try_from(self.host.clone()).map_err(|_| AxigenError::Host { host: self.host.clone() })
    }

    async fn tcp(&self, hosts: &[&str]) -> Result<TcpStream, AxigenError> {
        let mut reason = String::new();
        let elsewhere = self.connect.map(|address| (address.ip().to_string(), address.port()));
        let elsewhere = elsewhere.as_ref().map(|(host, port)| (host.as_str(), *port));
        let straight = hosts.iter().map(|host| (*host, self.port));
        for place in elsewhere.map_or_else(|| straight.collect(), |place| vec![place]) {
            match timeout(self.patience, TcpStream::connect(place)).await {
                Ok(Ok(stream)) => {
                    // Each command waits for its answer, so nothing is gained by collecting.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => reason = error.to_string(),
                Err(_) => reason = format!("no answer within {} seconds", self.patience.as_secs()),
            }
        }
        Err(AxigenError::Unreachable { host: self.host.clone(), port: self.port, reason })
    }

    fn no_tls(&self, reason: &str) -> AxigenError {
        AxigenError::Tls { host: self.host.clone(), port: self.port, reason: reason.to_owned() }
    }

    /// What is wrong with the certificate, in the words that lead to a remedy.
    fn refused(&self, error: &io::Error) -> AxigenError {
        let host = self.host.clone();
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let Some(rustls::Error::InvalidCertificate(fault)) = inner else {
            return self.no_tls(&error.to_string());
        };
        match fault {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                AxigenError::WrongName { host }
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => AxigenError::Expired { host },
            _ => AxigenError::Untrusted { host },
        }
    }

    /// For answers that no command line of Axigen gives.
    pub(crate) fn strange(&self) -> AxigenError {
        AxigenError::NotAxigen { host: self.host.clone(), port: self.port }
    }
}

fn trusting(authority: Option<&Path>) -> Result<ClientConfig, AxigenError> {
    let further = match authority {
        None => Vec::new(),
        Some(path) => certificates(path).ok_or_else(|| AxigenError::Authority { path: path.to_owned() })?,
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(further, provider.clone())
        .map_err(|_| match authority {
            Some(path) => AxigenError::Authority { path: path.to_owned() },
            None => AxigenError::TrustStore,
        })?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| AxigenError::TrustStore)?;
    // "Dangerous" names the door for any verifier of one's own; this one is the system's.
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn certificates(path: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).ok()?.collect();
    found.ok().filter(|found| !found.is_empty())
}

impl Default for Target {
    /// The server's own machine, with TLS, at the default port.
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: 7000,
            protection: Protection::Tls { authority: None },
            connect: None,
            patience: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn plain(host: &str) -> Target {
        Target { host: host.into(), port: 1, protection: Protection::PlainToLoopback, ..Target::default() }
    }

    #[tokio::test]
    async fn plain_text_goes_to_this_machine_only() {
        for host in
            ["axigen.example", "192.0.2.7", "10.0.0.1", "::2", "0.0.0.0", "127.0.0.1.example", "localhost."]
        {
            let refused = plain(host).connect().await.err();
            assert_eq!(refused, Some(AxigenError::PlainNotLoopback { host: host.into() }));
        }
        for host in ["127.0.0.1", "127.8.8.8", "::1", "LocalHost"] {
            assert!(plain(host).loopback().is_ok(), "{host}");
        }
    }

    #[tokio::test]
    async fn a_file_without_a_certificate_and_a_host_that_is_none_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        for text in [None, Some("no certificate")] {
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            let protection = Protection::Tls { authority: Some(path.clone()) };
            let target = Target { protection, ..Target::default() };
            assert_eq!(target.connect().await.err(), Some(AxigenError::Authority { path: path.clone() }));
        }
        let target = Target { host: "not a host".into(), ..Target::default() };
        assert_eq!(target.connect().await.err(), Some(AxigenError::Host { host: "not a host".into() }));
    }
}
