//! The passphrase form, for products without any support (format page, "The passphrase form"): PBES2 with
//! HMAC-SHA-256 and a 128-bit key wrap (RFC 7518 §4.8). A person must never choose the passphrase.

use std::num::NonZeroU32;

use aws_lc_rs::key_wrap::{AES_128, AesKek, KeyWrap as _};
use aws_lc_rs::pbkdf2::{PBKDF2_HMAC_SHA256, derive};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::compact;
use crate::error::{BundleError, Refusal};
use crate::header::Object;
use crate::point::base32;
use crate::seal::random;

/// 26 characters of base32 carry 130 bits.
const CHARACTERS: usize = 26;
/// The count is fixed: readers cap it, and with 130 random bits it adds nothing.
const COUNT: u32 = 10_000;
const ALGORITHM: &str = "PBES2-HS256+A128KW";

/// The header's members.
pub(crate) const MEMBERS: [&str; 6] = ["alg", "enc", "typ", "cty", "p2s", "p2c"];
/// The header's constants.
pub(crate) const CONSTANTS: [(&str, &str); 4] =
    [("alg", ALGORITHM), ("enc", "A256GCM"), ("typ", "bundle-pw+jwe"), ("cty", "bundle+jws")];

/// A passphrase in groups of four, for reading aloud and for paper: `ABCD-EFGH-…`. Readers ignore the hyphens.
pub fn in_groups(passphrase: &SecretString) -> SecretString {
    let text = passphrase.expose_secret();
    let mut grouped = String::with_capacity(text.len() + text.len() / 4 + 1);
    for (n, character) in text.chars().enumerate() {
        if n > 0 && n % 4 == 0 {
            grouped.push('-');
        }
        grouped.push(character);
    }
    SecretString::from(grouped)
}

pub(crate) fn generate() -> Result<SecretString, BundleError> {
    let bytes = Zeroizing::new(random::<17>()?);
    Ok(SecretString::from(base32(bytes.as_slice(), CHARACTERS)))
}

/// Takes the passphrase as a person types it: small letters, hyphens and spaces do not matter.
pub(crate) fn normalise(typed: &SecretString) -> Result<SecretString, BundleError> {
    let mut text = String::with_capacity(typed.expose_secret().len());
    for character in typed.expose_secret().chars().filter(|c| *c != '-' && !c.is_whitespace()) {
        text.push(character.to_ascii_uppercase());
    }
    let text = SecretString::from(text);
    let good = |byte: u8| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte);
    if text.expose_secret().len() != CHARACTERS || !text.expose_secret().bytes().all(good) {
        return Err(BundleError::PassphraseForm);
    }
    Ok(text)
}

pub(crate) fn header(salt: &[u8; 16]) -> String {
    format!(
        r#"{{"alg":"{ALGORITHM}","enc":"A256GCM","typ":"bundle-pw+jwe","cty":"bundle+jws","p2s":"{}","p2c":{COUNT}}}"#,
        compact::encode(salt)
    )
}

/// The salt of a header whose count is the fixed one.
pub(crate) fn salt(header: &Object) -> Result<[u8; 16], Refusal> {
    let salt =
        header.text("p2s").and_then(compact::decode_exact::<16>).ok_or(Refusal::PassphraseParameters)?;
    let count = header.number("p2c").ok_or(Refusal::PassphraseParameters)?;
    (count == u64::from(COUNT)).then_some(salt).ok_or(Refusal::PassphraseParameters)
}

pub(crate) fn wrap(secret: &SecretString, salt: &[u8; 16], key: &[u8; 32]) -> Result<[u8; 40], BundleError> {
    let mut wrapped = [0; 40];
    kek(secret, salt)
        .and_then(|kek| kek.wrap(key, &mut wrapped).map(|_| ()).ok())
        .ok_or(BundleError::Cryptography)?;
    Ok(wrapped)
}

/// `None` when the passphrase is another one, or the wrapped key was altered.
pub(crate) fn unwrap(secret: &SecretString, salt: &[u8; 16], wrapped: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    if wrapped.len() != 40 {
        return None;
    }
    // The library wants the room of the wrapped text, eight bytes more than the key.
    let mut room = Zeroizing::new([0; 40]);
    let unwrapped = kek(secret, salt)?.unwrap(wrapped, room.as_mut_slice()).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(unwrapped.get(..32)?);
    Some(key)
}

// RFC 7518 §4.8.1.1: the salt is the algorithm's name, a zero byte, and p2s.
fn kek(secret: &SecretString, salt: &[u8; 16]) -> Option<AesKek> {
    let mut full_salt = ALGORITHM.as_bytes().to_vec();
    full_salt.push(0);
    full_salt.extend_from_slice(salt);
    let mut key = Zeroizing::new([0; 16]);
    let secret = secret.expose_secret().as_bytes();
    derive(PBKDF2_HMAC_SHA256, NonZeroU32::new(COUNT)?, &full_salt, secret, key.as_mut_slice());
    AesKek::new(&AES_128, key.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_passphrase_is_read_as_people_type_it() {
        let made = generate().unwrap();
        assert_eq!(made.expose_secret().len(), 26);
        let typed = in_groups(&made).expose_secret().to_lowercase().replace('-', " - ");
        assert_eq!(normalise(&SecretString::from(typed)).unwrap().expose_secret(), made.expose_secret());
        for bad in ["", "ABCD", "ABCDEFGHIJKLMNOPQRSTUVWXY1", "ABCDEFGHIJKLMNOPQRSTUVWXYZA"] {
            assert!(normalise(&SecretString::from(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn another_passphrase_unwraps_nothing() {
        let secret = generate().unwrap();
        let wrapped = wrap(&secret, &[7; 16], &[9; 32]).unwrap();
        assert_eq!(*unwrap(&secret, &[7; 16], &wrapped).unwrap(), [9; 32]);
        assert!(unwrap(&secret, &[8; 16], &wrapped).is_none());
        assert!(unwrap(&generate().unwrap(), &[7; 16], &wrapped).is_none());
        assert!(unwrap(&secret, &[7; 16], &wrapped[..39]).is_none());
    }
}
