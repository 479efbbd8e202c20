//! Who issued a certificate, as far as one certificate tells by itself. Whether the issuer is trusted is not judged here.

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use crate::certificate::Certificate;

impl Certificate {
    /// Whether it names itself as its issuer (RFC 5280 §3.2): no authority stands behind it.
    pub fn is_self_issued(&self) -> bool {
        X509Certificate::from_der(self.der()).is_ok_and(|(_, read)| read.issuer() == read.subject())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    use super::*;

    #[test]
    fn one_of_an_authority_does_not_name_itself() {
        let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
        authority.distinguished_name.push(rcgen::DnType::CommonName, "Authority");
        authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let mut leaf = CertificateParams::new(Vec::<String>::new()).unwrap();
        leaf.distinguished_name.push(rcgen::DnType::CommonName, "Pilot");
        let leaf = leaf.signed_by(&KeyPair::generate().unwrap(), &authority).unwrap();
        let read = |der: &[u8]| Certificate::from_der(der).unwrap();
        assert!(read(authority.der()).is_self_issued());
        assert!(!read(leaf.der()).is_self_issued());
    }
}
