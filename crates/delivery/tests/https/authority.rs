//! Authorities and server certificates, right ones and wrong ones.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use delivery::https::{Pin, Trust};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, GeneralSubtree, IsCa, KeyPair,
    KeyUsagePurpose, NameConstraints, PublicKeyData as _,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use crate::HOST;

pub struct Authority {
    pub root: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key and what is sent beside it.
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: KeyPair,
    pub staple: Vec<u8>,
}

pub fn issuing(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::new(Vec::<String>::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters
}

/// Parameters of a server's certificate for these names, valid today.
pub fn leaf(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, HOST);
    (parameters.not_before, parameters.not_after) = days(-40, 40);
    parameters
}

pub fn days(begins: i64, ends: i64) -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now + Duration::days(begins), now + Duration::days(ends))
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let root = CertifiedIssuer::self_signed(issuing(name), KeyPair::generate().unwrap()).unwrap();
        Authority { root }
    }

    /// The system's authorities and this one.
    pub fn trusted(&self) -> Trust {
        Trust::System { further: vec![self.root.der().clone()] }
    }

    pub fn issue(&self, parameters: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.root).unwrap();
        Identity { chain: vec![certificate.der().clone()], key, staple: Vec::new() }
    }

    /// By an authority in between, which may be bound to names.
    pub fn issue_below(&self, parameters: &CertificateParams, permitted: Option<&str>) -> Identity {
        let mut between = issuing("in between");
        between.name_constraints = permitted.map(|name| NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName(name.to_owned())],
            excluded_subtrees: Vec::new(),
        });
        let between = CertifiedIssuer::signed_by(between, KeyPair::generate().unwrap(), &self.root).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &between).unwrap();
        let chain = vec![certificate.der().clone(), between.der().clone()];
        Identity { chain, key, staple: Vec::new() }
    }
}

pub fn self_signed() -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = leaf(&[HOST]).self_signed(&key).unwrap();
    Identity { chain: vec![certificate.der().clone()], key, staple: Vec::new() }
}

impl Identity {
    pub fn configuration(&self) -> Arc<ServerConfig> {
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let made = builder().with_single_cert_with_ocsp(self.chain.clone(), private, self.staple.clone());
        Arc::new(made.unwrap())
    }

    pub fn pin(&self) -> String {
        let key = digest(&SHA256, &self.key.subject_public_key_info());
        URL_SAFE_NO_PAD.encode(key)
    }

    pub fn pinned(&self) -> Trust {
        Trust::Pinned(Pin::parse(&self.pin()).unwrap())
    }
}

pub fn builder() -> rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    versions.unwrap().with_no_client_auth()
}
