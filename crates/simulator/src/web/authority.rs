//! Authorities and the certificates that they issue for each connection: root, intermediate, server.
//!
//! Private keys never leave the process. Each server certificate is made anew at the clock's present, so that it stays
//! valid when the rehearsal's time is pushed ahead.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use super::mode::Mode;

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The certificate library refused.
    #[error("the pretend web server could not make a certificate: {0}")]
    Made(#[from] rcgen::Error),
    /// The TLS library refused what was made.
    #[error("the pretend web server could not set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The TLS library refused the authority of the clients.
    #[error("the pretend web server could not ask for client certificates: {0}")]
    Clients(#[from] rustls::server::VerifierBuilderError),
}

/// A root with its intermediate authorities.
struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    ended: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str, now: OffsetDateTime) -> Result<Authority, rcgen::Error> {
        let until = now + Duration::days(20 * 365);
        let root = CertifiedIssuer::self_signed(
            issuing(&format!("{name} root"), now, until, BasicConstraints::Unconstrained)?,
            KeyPair::generate()?,
        )?;
        let below = BasicConstraints::Constrained(0);
        let params = issuing(&format!("{name} issuing"), now, until, below)?;
        let intermediate = CertifiedIssuer::signed_by(params, KeyPair::generate()?, &root)?;
        let yesterday = now - Duration::days(1);
        let below = BasicConstraints::Constrained(0);
        let params = issuing(&format!("{name} issuing, ended"), now - Duration::days(400), yesterday, below)?;
        let ended = CertifiedIssuer::signed_by(params, KeyPair::generate()?, &root)?;
        Ok(Authority { root, intermediate, ended })
    }
}

fn issuing(
    name: &str,
    now: OffsetDateTime,
    until: OffsetDateTime,
    depth: BasicConstraints,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = named(Vec::new(), name)?;
    params.is_ca = IsCa::Ca(depth);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params.not_before = now - Duration::days(2);
    params.not_after = until;
    Ok(params)
}

fn named(hosts: Vec<String>, name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

/// The three authorities: announced, private, and that of an inspecting product.
pub(super) struct Authorities {
    announced: Authority,
    private: Authority,
    inspector: Authority,
}

impl Authorities {
    pub(super) fn new(now: OffsetDateTime) -> Result<Authorities, rcgen::Error> {
        Ok(Authorities {
            announced: Authority::new("Footbridge rehearsal", now)?,
            private: Authority::new("Example Works Ltd", now)?,
            inspector: Authority::new("Zscaler rehearsal", now)?,
        })
    }

    pub(super) fn root_pem(&self) -> String {
        self.announced.root.pem()
    }

    /// How TLS is spoken to a client that asked for this host.
    pub(super) fn config(
        &self,
        host: Option<&str>,
        mode: &Mode,
        now: OffsetDateTime,
    ) -> Result<Arc<ServerConfig>, IssueError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let (chain, key) = self.issue(host, mode, now)?;
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let builder = if *mode == Mode::AsksForCertificate {
            let mut clients = RootCertStore::empty();
            clients.add(self.private.root.der().clone())?;
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(clients), provider).build()?;
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn issue(
        &self,
        host: Option<&str>,
        mode: &Mode,
        now: OffsetDateTime,
    ) -> Result<(Vec<CertificateDer<'static>>, KeyPair), rcgen::Error> {
        let key = KeyPair::generate()?;
        let params = server(host, mode, now)?;
        let authority = match mode {
            Mode::PrivateAuthority | Mode::PrivateAuthorityWithRoot | Mode::PrivateAuthorityAlone => {
                &self.private
            }
            Mode::Inspected => &self.inspector,
            _ => &self.announced,
        };
        let issuer = match mode {
            Mode::IntermediateExpired => &authority.ended,
            Mode::PrivateAuthorityAlone => &authority.root,
            _ => &authority.intermediate,
        };
        let own = match mode {
            Mode::SelfSigned => params.self_signed(&key)?,
            _ => params.signed_by(&key, issuer)?,
        };
        let mut chain = vec![own.der().clone()];
        match mode {
            Mode::SelfSigned | Mode::MissingIntermediate | Mode::PrivateAuthorityAlone => {}
            Mode::PrivateAuthorityWithRoot => {
                chain.extend([issuer.der().clone(), authority.root.der().clone()]);
            }
            _ => chain.push(issuer.der().clone()),
        }
        Ok((chain, key))
    }
}

fn server(host: Option<&str>, mode: &Mode, now: OffsetDateTime) -> Result<CertificateParams, rcgen::Error> {
    let host = if *mode == Mode::WrongName { Some("another.example") } else { host };
    // Without a name in the greeting the client asked by address.
    let hosts =
        host.map_or_else(|| vec!["localhost".into(), "127.0.0.1".into()], |host| vec![host.to_owned()]);
    let mut params = named(hosts, host.unwrap_or("localhost"))?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let purpose = match mode {
        Mode::ForClients => ExtendedKeyUsagePurpose::ClientAuth,
        _ => ExtendedKeyUsagePurpose::ServerAuth,
    };
    params.extended_key_usages = vec![purpose];
    let (begins, ends) = match mode {
        Mode::Expired => (-90, -1),
        Mode::NotYetValid => (1, 90),
        _ => (-1, 90),
    };
    params.not_before = now + Duration::days(begins);
    params.not_after = now + Duration::days(ends);
    if !matches!(mode, Mode::SelfSigned | Mode::PrivateAuthorityAlone) {
        params.use_authority_key_identifier_extension = true;
        params.custom_extensions = vec![issuer_address("http://authority.invalid/issuing.cer")];
    }
    Ok(params)
}

/// Where the issuer's certificate is to be had (RFC 5280, 4.2.2.1): a sequence of one pair of method and address.
fn issuer_address(address: &str) -> CustomExtension {
    const METHOD: [u8; 10] = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let tagged = |tag: u8, content: Vec<u8>| [vec![tag, content.len() as u8], content].concat();
    let pair = tagged(0x30, [METHOD.to_vec(), tagged(0x86, address.as_bytes().to_vec())].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tagged(0x30, pair))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use x509_parser::extensions::ParsedExtension;
    use x509_parser::prelude::{FromDer as _, X509Certificate};

    fn issued(mode: &Mode) -> Vec<CertificateDer<'static>> {
        let now = OffsetDateTime::now_utc();
        Authorities::new(now).unwrap().issue(Some("pbx.example.com"), mode, now).unwrap().0
    }

    #[test]
    fn a_good_chain_is_server_and_intermediate_and_says_where_its_issuer_is() {
        let chain = issued(&Mode::Good);
        assert_eq!(chain.len(), 2);
        let (_, own) = X509Certificate::from_der(&chain[0]).unwrap();
        let (_, issuer) = X509Certificate::from_der(&chain[1]).unwrap();
        assert_eq!(own.issuer(), issuer.subject());
        assert_ne!(issuer.issuer(), issuer.subject());
        let access = own.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(access) => Some(format!("{:?}", access.accessdescs)),
            _ => None,
        });
        assert!(access.unwrap().contains("http://authority.invalid/issuing.cer"));
    }

    #[test]
    fn each_mode_sends_its_own_chain() {
        for (mode, sent) in [
            (Mode::MissingIntermediate, 1),
            (Mode::SelfSigned, 1),
            (Mode::PrivateAuthority, 2),
            (Mode::PrivateAuthorityWithRoot, 3),
            (Mode::PrivateAuthorityAlone, 1),
        ] {
            assert_eq!(issued(&mode).len(), sent, "{mode:?}");
        }
    }
}
