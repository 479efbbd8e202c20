//! The further authority that a cloud file may name. The system's own trust store always counts as well;
//! nothing here can switch a check off.

use std::path::Path;

use reqwest::Certificate;

use super::WireError;

pub(super) fn authorities(file: Option<&Path>) -> Result<Vec<Certificate>, WireError> {
    let Some(path) = file else { return Ok(Vec::new()) };
    let unusable = || WireError::CertificateFile { path: path.to_owned() };
    let text = std::fs::read(path).map_err(|_| unusable())?;
    let found = Certificate::from_pem_bundle(&text).map_err(|_| unusable())?;
    if found.is_empty() { Err(unusable()) } else { Ok(found) }
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
        std::fs::write(&path, "no certificate").unwrap();
        assert_eq!(authorities(Some(&path)).unwrap_err(), WireError::CertificateFile { path });
        assert!(authorities(None).unwrap().is_empty());
    }
}
