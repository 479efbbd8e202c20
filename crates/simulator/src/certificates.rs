//! The tenant's own certificate authority, the certificate it serves with, and the throw-away key pair of
//! the confidential client that it announces.
//!
//! All of it is made anew for each run, save the client's key, which the tenants of one process share. The authority's private key never leaves the process.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, OnceLock};

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, SanType,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;

/// Names on the certificate beside `127.0.0.1`: loopback's and the hosts of Microsoft's clouds, for clients
/// that are sent here by a hosts file.
pub(crate) const HOSTS: [&str; 20] = [
    "localhost",
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
    "graph.microsoft.com",
    "management.azure.com",
    "management.core.windows.net",
    "portal.azure.com",
    "entra.microsoft.com",
    "login.microsoftonline.us",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "portal.azure.us",
    "entra.microsoft.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "microsoftgraph.chinacloudapi.cn",
    "portal.azure.cn",
    "entra.microsoft.cn",
];

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The certificate library refused.
    #[error("the rehearsal tenant could not make its certificates: {0}")]
    Made(#[from] rcgen::Error),
    /// The TLS library refused what was made.
    #[error("the rehearsal tenant could not set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

pub(crate) struct ServerCertificates {
    pub authority_pem: String,
    pub tls: Arc<rustls::ServerConfig>,
}

pub(crate) fn for_server(now: OffsetDateTime) -> Result<ServerCertificates, CertificateError> {
    let issuer = authority(now)?;
    let (chain, private) = leaf(&issuer, None, now)?;
    let mut tls = builder()?.with_single_cert(chain, private)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(ServerCertificates { authority_pem: issuer.pem(), tls: Arc::new(tls) })
}

/// The same for a server that stands for whatever host it is asked for: its certificate names that one.
pub(crate) fn for_any_host(now: OffsetDateTime) -> Result<ServerCertificates, CertificateError> {
    let issuer = authority(now)?;
    let authority_pem = issuer.pem();
    let tls = builder()?.with_cert_resolver(Arc::new(AnyHost { issuer, now }));
    Ok(ServerCertificates { authority_pem, tls: Arc::new(tls) })
}

type Builder = rustls::ConfigBuilder<rustls::ServerConfig, rustls::server::WantsServerCert>;

fn builder() -> Result<Builder, CertificateError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider);
    Ok(builder.with_safe_default_protocol_versions()?.with_no_client_auth())
}

/// Issues a certificate for each name in a greeting.
struct AnyHost {
    issuer: CertifiedIssuer<'static, KeyPair>,
    now: OffsetDateTime,
}

impl std::fmt::Debug for AnyHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnyHost").finish_non_exhaustive()
    }
}

impl rustls::server::ResolvesServerCert for AnyHost {
    fn resolve(&self, hello: rustls::server::ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        let (chain, private) = leaf(&self.issuer, hello.server_name(), self.now).ok()?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        rustls::sign::CertifiedKey::from_der(chain, private, &provider).ok().map(Arc::new)
    }
}

fn authority(now: OffsetDateTime) -> Result<CertifiedIssuer<'static, KeyPair>, CertificateError> {
    let mut authority = CertificateParams::new(Vec::<String>::new())?;
    authority.distinguished_name.push(DnType::CommonName, "Footbridge rehearsal authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.not_before = now - time::Duration::days(1);
    authority.not_after = now + time::Duration::days(30);
    Ok(CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?)
}

type Leaf = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// A server certificate for loopback and the hosts of Microsoft's clouds, and for one more name.
fn leaf(
    issuer: &CertifiedIssuer<'static, KeyPair>,
    further: Option<&str>,
    now: OffsetDateTime,
) -> Result<Leaf, CertificateError> {
    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(Vec::<String>::new())?;
    leaf.distinguished_name.push(DnType::CommonName, further.unwrap_or("localhost"));
    for host in HOSTS.into_iter().chain(further.filter(|name| !HOSTS.contains(name))) {
        leaf.subject_alt_names.push(SanType::DnsName(Ia5String::try_from(host)?));
    }
    leaf.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Python 3.13 and later refuse a leaf that does not name its issuer's key.
    leaf.use_authority_key_identifier_extension = true;
    leaf.not_before = now - time::Duration::days(1);
    leaf.not_after = now + time::Duration::days(29);
    let certificate = leaf.signed_by(&key, issuer)?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok((vec![certificate.der().clone()], private))
}

/// The public certificate of a product that keeps its private key to itself: self-signed, RSA 2048, as PEM.
pub(crate) fn of_product(now: OffsetDateTime) -> Result<String, CertificateError> {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, "Footbridge rehearsal product");
    params.not_before = now - time::Duration::days(1);
    params.not_after = now + time::Duration::days(365);
    Ok(params.self_signed(made_once(&KEY)?)?.pem())
}

/// Making a key takes longer than starting the tenant; the tenants of one process share it.
fn made_once(key: &'static OnceLock<KeyPair>) -> Result<&'static KeyPair, CertificateError> {
    if let Some(key) = key.get() {
        return Ok(key);
    }
    let made = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    Ok(key.get_or_init(|| made))
}

/// A self-signed RSA 2048 certificate with its key, as one PEM text, and the certificate's DER.
pub(crate) struct ClientCertificate {
    pub pem: String,
    pub der: Vec<u8>,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
}

pub(crate) fn for_client(now: OffsetDateTime) -> Result<ClientCertificate, CertificateError> {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    let key = made_once(&KEY)?;
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, "Footbridge rehearsal client");
    let whole = now.replace_nanosecond(0).unwrap_or(now);
    params.not_before = whole - time::Duration::days(1);
    params.not_after = whole + time::Duration::days(365);
    let certificate = params.self_signed(key)?;
    Ok(ClientCertificate {
        pem: format!("{}{}", key.serialize_pem(), certificate.pem()),
        der: certificate.der().to_vec(),
        not_before: params.not_before,
        not_after: params.not_after,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_client_certificate_is_rsa_and_comes_with_its_key() {
        let made = for_client(OffsetDateTime::now_utc()).unwrap();
        let (_, parsed) = x509_parser::parse_x509_certificate(&made.der).unwrap();
        assert_eq!(parsed.public_key().algorithm.algorithm.to_id_string(), "1.2.840.113549.1.1.1");
        assert!(made.pem.contains("BEGIN PRIVATE KEY") && made.pem.contains("BEGIN CERTIFICATE"));
    }

    #[test]
    fn the_authority_is_one_and_the_leaf_speaks_both_versions() {
        let made = for_server(OffsetDateTime::now_utc()).unwrap();
        assert!(made.authority_pem.starts_with("-----BEGIN CERTIFICATE"));
        assert_eq!(made.tls.alpn_protocols.len(), 2);
    }
}
