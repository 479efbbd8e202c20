//! Further authorities: that of a cloud file, and a company's own. The system's own trust store always counts as well;
//! nothing here can switch a check off.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::WireError;

/// More than any company's bundle of authorities.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

pub(super) fn authorities(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, WireError> {
    let Some(path) = file else { return Ok(Vec::new()) };
    let unusable = || WireError::CertificateFile { path: path.to_owned() };
    if std::fs::metadata(path).map_err(|_| unusable())?.len() > LARGEST_FILE {
        return Err(unusable());
    }
    let text = std::fs::read(path).map_err(|_| unusable())?;
    let found: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|_| unusable())?;
    let is_certificate = |der: &CertificateDer<'_>| X509Certificate::from_der(der).is_ok();
    if found.is_empty() || !found.iter().all(is_certificate) { Err(unusable()) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(authorities(Some(&path)).is_err());
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for text in ["no certificate", broken] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(
                authorities(Some(&path)).unwrap_err(),
                WireError::CertificateFile { path: path.clone() }
            );
        }
        assert!(authorities(None).unwrap().is_empty());
    }
}
