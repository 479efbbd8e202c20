//! What anybody can see of a bundle without a key: its form, its sizes, and whose key opens it.
//! Nothing of it is proven; it must never be taken for a check.

use crate::compact;
use crate::error::{BundleError, Refusal, Step};
use crate::open::{self, Parts};
use crate::passphrase;
use crate::point::fingerprint_of;

/// The two forms of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `bundle/1`: sealed to a key.
    Recipient,
    /// Sealed under a passphrase.
    Passphrase,
}

/// A bundle from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Which form.
    pub form: Form,
    /// Its size in bytes.
    pub bytes: usize,
    /// The size of the encrypted text in bytes.
    pub ciphertext_bytes: usize,
    /// The outer header as it stands there, JSON.
    pub header: String,
    /// The thumbprint of the key that opens it (`kid`).
    pub recipient: Option<String>,
    /// The same as a fingerprint, five groups of four.
    pub recipient_fingerprint: Option<String>,
}

/// Looks at a bundle without opening it: steps 1 to 5 as far as they need no key.
///
/// # Errors
/// [`BundleError::Refused`] where the text is no bundle of either form.
pub fn inspect(bundle: &str) -> Result<Inspection, BundleError> {
    let parts = open::split(bundle)?;
    match parts.wrapped_key.as_slice().is_empty() {
        true => recipient_form(bundle, &parts),
        false => passphrase_form(bundle, &parts),
    }
}

fn recipient_form(bundle: &str, parts: &Parts<'_>) -> Result<Inspection, BundleError> {
    let header = open::header(&parts.header, &open::MEMBERS, &open::CONSTANTS)?;
    let kid = header.text("kid").unwrap_or_default();
    let digest: [u8; 32] = compact::decode_exact(kid)
        .ok_or(BundleError::Refused { step: Step::Constants, why: Refusal::HeaderConstant })?;
    if open::point(header.object("epk")).is_none() {
        return Err(BundleError::Refused { step: Step::EphemeralKey, why: Refusal::NotOnCurve });
    }
    Ok(Inspection {
        recipient: Some(kid.to_owned()),
        recipient_fingerprint: Some(fingerprint_of(&digest)),
        ..plain(Form::Recipient, bundle, parts)
    })
}

fn passphrase_form(bundle: &str, parts: &Parts<'_>) -> Result<Inspection, BundleError> {
    let header = open::header(&parts.header, &passphrase::MEMBERS, &passphrase::CONSTANTS)?;
    passphrase::salt(&header).map_err(|why| BundleError::Refused { step: Step::EphemeralKey, why })?;
    Ok(plain(Form::Passphrase, bundle, parts))
}

fn plain(form: Form, bundle: &str, parts: &Parts<'_>) -> Inspection {
    Inspection {
        form,
        bytes: bundle.len(),
        ciphertext_bytes: parts.ciphertext.as_slice().len(),
        header: String::from_utf8_lossy(parts.header.as_slice()).into_owned(),
        recipient: None,
        recipient_fingerprint: None,
    }
}
