//! Encryption: TLS 1.2 or 1.3 with whatever certificate the server shows, which is judged before anything is asked.

use std::io;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::{AlertDescription, ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use crate::connection::{self, Connected, shown};
use crate::exchange;
use crate::fault::{Fault, told};
use crate::form::server_name;
use crate::means::{Means, within};
use crate::report::{Report, Step};

/// An encrypted connection whose certificates are still to be judged.
pub(crate) struct Secured {
    pub stream: TlsStream<TcpStream>,
    pub host: ServerName<'static>,
    /// As sent: the server's own first.
    pub chain: Vec<CertificateDer<'static>>,
}

pub(crate) async fn secure(
    address: &Url,
    connected: Connected,
    means: &Means,
    report: &mut Report,
) -> Option<Secured> {
    let host = server_name(address)?;
    let shown_as = shown(connected.way, address.port_or_known_default()?);
    let connector = TlsConnector::from(Arc::new(config()?));
    let shaking = connector.connect(host.clone(), connected.stream);
    let fault = match within(&means.sleep, means.patience.handshake, shaking).await {
        Some(Ok(stream)) => {
            let (_, session) = stream.get_ref();
            let version = session.protocol_version().map(|version| format!("{version:?}"));
            let chain: Vec<_> = session.peer_certificates().unwrap_or_default().to_vec();
            report.good(Step::Encryption, vec![("version", version.unwrap_or_default())]);
            return Some(Secured { stream, host, chain });
        }
        Some(Err(error)) => {
            let (fault, certain) = fault(&error);
            match fault {
                Fault::TlsClosed | Fault::TlsBroken { .. } => {
                    let plain = plain_http(address, &connected.way, means, certain).await;
                    if plain { Fault::PlainHttp { address: shown_as } } else { fault }
                }
                fault => fault,
            }
        }
        None => Fault::HandshakeTimedOut { address: shown_as, seconds: means.patience.handshake.as_secs() },
    };
    let step = if matches!(fault, Fault::Unusable { .. }) { Step::Chain } else { Step::Encryption };
    report.note(step, Some(fault), Vec::new())?;
    None
}

/// Whether the port answers plain HTTP. A TLS server may answer so too, with a 400 for the mistake, so that this one
/// status counts only where what came in the handshake was certainly no TLS.
async fn plain_http(address: &Url, way: &crate::resolver::Way, means: &Means, certain: bool) -> bool {
    let Some(stream) = connection::again(*way, means).await else { return false };
    let Ok(request) = exchange::get(address) else { return false };
    let asked = exchange::over(TokioIo::new(stream), request, 0);
    match within(&means.sleep, means.patience.answer, asked).await {
        Some(Ok(answer)) => certain || answer.status != 400,
        _ => false,
    }
}

/// What went wrong, and whether it is certain that what came was no TLS.
fn fault(error: &io::Error) -> (Fault, bool) {
    let Some(cause) = rustls_cause(error) else {
        return (Fault::TlsClosed, false);
    };
    match cause {
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => (Fault::TlsTooOld, false),
        rustls::Error::PeerIncompatible(
            rustls::PeerIncompatible::ServerDoesNotSupportTls12Or13
            | rustls::PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => (Fault::TlsTooOld, false),
        rustls::Error::AlertReceived(alert) => (Fault::TlsRefused { alert: format!("{alert:?}") }, false),
        rustls::Error::InvalidCertificate(reason) => {
            (Fault::Unusable { reason: told(&reason.to_string(), 200) }, false)
        }
        rustls::Error::InvalidMessage(_) => (Fault::TlsBroken { reason: cause.to_string() }, true),
        _ => (Fault::TlsBroken { reason: told(&cause.to_string(), 200) }, false),
    }
}

/// The TLS library's own error inside an error of the stream.
pub(crate) fn rustls_cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

pub(crate) fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

fn config() -> Option<ClientConfig> {
    let provider = provider();
    let witness = Witness { algorithms: provider.signature_verification_algorithms };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(witness))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(config)
}

/// Lets every certificate through the handshake, so that a bad one can be read and told apart. The server must still
/// prove that it holds the certificate's key, and nothing is asked before the certificates were judged.
#[derive(Debug)]
struct Witness {
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
