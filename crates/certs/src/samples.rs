//! Authorities that tests issue certificates with. Their keys are made anew for each test and kept nowhere.
#![allow(clippy::unwrap_used)]

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyUsagePurpose};

use crate::certificate::Certificate;
use crate::key::{KeyKind, PrivateKey};

pub(crate) struct Authority {
    key: PrivateKey,
    params: CertificateParams,
    der: Vec<u8>,
}

pub(crate) struct Leaf {
    pub(crate) key: PrivateKey,
    pub(crate) certificate: Certificate,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params.is_ca = IsCa::ExplicitNoCa;
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl Authority {
    pub(crate) fn root(name: &str) -> Authority {
        let key = PrivateKey::make(KeyKind::P256).unwrap();
        let params = authority(name);
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Authority { key, params, der }
    }

    pub(crate) fn below(&self, name: &str) -> Authority {
        let key = PrivateKey::make(KeyKind::P256).unwrap();
        let params = authority(name);
        let der = params.signed_by(&key, &self.issuer()).unwrap().der().to_vec();
        Authority { key, params, der }
    }

    pub(crate) fn leaf(&self, name: &str) -> Leaf {
        let key = PrivateKey::make(KeyKind::P256).unwrap();
        let certificate = self.issue(name, &key);
        Leaf { key, certificate }
    }

    pub(crate) fn issue(&self, name: &str, key: &PrivateKey) -> Certificate {
        let der = params(name).signed_by(key, &self.issuer()).unwrap().der().to_vec();
        Certificate::from_der(&der).unwrap()
    }

    pub(crate) fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.der).unwrap()
    }

    fn issuer(&self) -> Issuer<'_, &PrivateKey> {
        Issuer::from_params(&self.params, &self.key)
    }
}
