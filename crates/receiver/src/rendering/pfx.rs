//! Private key and certificate as PKCS#12 (RFC 7292), made and opened again by the room that knows the format.

use certs::{Form, Passphrase, Pfx};
use secrecy::zeroize::Zeroizing;

use super::{Bytes, RenderError, need};
use crate::values::Values;

/// Why there is no PFX file.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum PfxFault {
    /// Key or certificate cannot be read.
    #[error("the bundle's key and certificate could not be read: {0}")]
    Contents(#[from] certs::ContentsError),
    /// There is no key in what should be one.
    #[error("the bundle's key could not be read")]
    NoKey,
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] certs::PfxError),
}

pub(super) fn render(values: &Values, passphrase: &Passphrase) -> Result<Bytes, RenderError> {
    let (key, certificate) = (need(values, "credential.key")?, need(values, "credential.certificate")?);
    Ok(pack(key, certificate, passphrase)?)
}

fn pack(key: &str, certificate: &str, passphrase: &Passphrase) -> Result<Bytes, PfxFault> {
    let key = certs::read(key.as_bytes(), None)?.key.ok_or(PfxFault::NoKey)?;
    let chain = certs::read(certificate.as_bytes(), None)?.certificates;
    let made = Pfx::write(&key, &chain, "footbridge", passphrase, Form::Modern, Form::Modern.usual())?;
    Ok(Zeroizing::new(made.bytes().to_vec()))
}
