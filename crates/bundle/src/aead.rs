//! AES-256-GCM over a wiping buffer, in place. It must never release a byte before the tag was checked.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::error::BundleError;
use crate::wiping::Wiped;

/// Turns plain text into ciphertext in the same memory and returns the tag.
pub(crate) fn encrypt(
    key: &[u8; 32],
    iv: [u8; 12],
    header: &str,
    text: &mut Wiped,
) -> Result<Vec<u8>, BundleError> {
    let key = cipher(key).ok_or(BundleError::Cryptography)?;
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = key
        .seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), text.as_mut_slice())
        .map_err(|_| BundleError::Cryptography)?;
    Ok(tag.as_ref().to_vec())
}

/// Decrypts; `None` when the tag does not hold.
pub(crate) fn decrypt(key: &[u8; 32], iv: &[u8], header: &str, text: &Wiped, tag: &[u8]) -> Option<Wiped> {
    let nonce = Nonce::assume_unique_for_key(iv.try_into().ok()?);
    let tag: [u8; 16] = tag.try_into().ok()?;
    let mut sealed = Wiped::with_room(text.as_slice().len() + tag.len());
    sealed.push(text.as_slice());
    sealed.push(&tag);
    let aad = Aad::from(header.as_bytes());
    let length = cipher(key)?.open_in_place(nonce, aad, sealed.as_mut_slice()).ok()?.len();
    sealed.shorten(length);
    Some(sealed)
}

fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new)
}
