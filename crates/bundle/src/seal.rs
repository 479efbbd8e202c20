//! Makes bundles. The plain payload and the signed text live in buffers that wipe themselves, the one-time key is
//! dropped with this call, and nothing here can open what it made.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::{SystemRandom, fill};
use secrecy::SecretString;

use crate::acknowledgement::ReceiptKey;
use crate::error::BundleError;
use crate::keys::{RecipientKey, SigningKey};
use crate::payload::Payload;
use crate::point::Point;
use crate::wiping::Wiped;
use crate::{LARGEST_BUNDLE, aead, agreement, compact, passphrase, payload_json};

/// A bundle with what checks the receipt of whoever opens it.
#[derive(Debug)]
pub struct Sealed {
    /// The bundle.
    pub text: String,
    /// Checks the receipt.
    pub receipt_key: ReceiptKey,
}

/// Seals a payload to one recipient. `kid` and `aud` are computed from the key.
///
/// # Errors
/// [`BundleError::Payload`] where a member is not as the format wants it, [`BundleError::TooLarge`].
pub fn seal(
    payload: &Payload,
    signing: &SigningKey,
    recipient: &RecipientKey,
) -> Result<String, BundleError> {
    Ok(seal_for_receipt(payload, signing, recipient)?.text)
}

/// As [`seal`], and keeps what checks the receipt.
///
/// # Errors
/// As [`seal`].
pub fn seal_for_receipt(
    payload: &Payload,
    signing: &SigningKey,
    recipient: &RecipientKey,
) -> Result<Sealed, BundleError> {
    let inner = sign(payload_json::write(payload, Some(&recipient.thumbprint()))?, signing)?;
    let receipt_key = ReceiptKey::of(inner.as_slice());
    Ok(Sealed { text: within_limit(seal_under(recipient, header, inner)?)?, receipt_key })
}

/// The outer header, from `kid` and the one-time key's JWK.
pub(crate) fn header(kid: &str, epk: &str) -> String {
    format!(
        r#"{{"alg":"ECDH-ES","enc":"A256GCM","typ":"bundle+jwe","cty":"bundle+jws","kid":"{kid}","epk":{epk}}}"#
    )
}

/// Seals an inner text of any size to a key, under the header that `header` writes.
pub(crate) fn seal_under(
    recipient: &RecipientKey,
    header: impl FnOnce(&str, &str) -> String,
    inner: Wiped,
) -> Result<String, BundleError> {
    let one_time = PrivateKey::generate(&ECDH_P256).map_err(|_| BundleError::Cryptography)?;
    let public = one_time.compute_public_key().map_err(|_| BundleError::Cryptography)?;
    let public = Point::from_uncompressed(public.as_ref())?;
    let key = agreement::content_key(&one_time, &recipient.0).ok_or(BundleError::Cryptography)?;
    encrypt(&header(&recipient.thumbprint(), &public.jwk()), "", &key, inner)
}

fn within_limit(bundle: String) -> Result<String, BundleError> {
    match bundle.len() > LARGEST_BUNDLE {
        true => Err(BundleError::TooLarge { bytes: bundle.len() }),
        false => Ok(bundle),
    }
}

/// Seals a payload under a passphrase that is made here: 130 random bits, 26 characters. Show it once, in groups
/// ([`crate::in_groups`]), and send it by another way than the file.
///
/// # Errors
/// As [`seal`]; a payload with a nonce is refused, because there is no offer in this form.
pub fn seal_with_passphrase(
    payload: &Payload,
    signing: &SigningKey,
) -> Result<(String, SecretString), BundleError> {
    if payload.nonce.is_some() {
        return Err(BundleError::Payload { field: "nonce" });
    }
    let inner = sign(payload_json::write(payload, None)?, signing)?;
    let secret = passphrase::generate()?;
    let salt = random::<16>()?;
    let content_key = zeroize::Zeroizing::new(random::<32>()?);
    let wrapped = passphrase::wrap(&secret, &salt, &content_key)?;
    let bundle = encrypt(&passphrase::header(&salt), &compact::encode(&wrapped), &content_key, inner)?;
    Ok((within_limit(bundle)?, secret))
}

/// A new `jti`: 128 random bits in base64url.
///
/// # Errors
/// [`BundleError::Cryptography`] when the system has no random numbers.
pub fn new_jti() -> Result<String, BundleError> {
    Ok(compact::encode(&random::<16>()?))
}

/// The signed text: JWS compact, ES256 with the signature as r and s of 32 bytes each (RFC 7518 §3.4).
pub(crate) fn sign(payload: Wiped, signing: &SigningKey) -> Result<Wiped, BundleError> {
    let header = format!(r#"{{"alg":"ES256","typ":"bundle+jws","jwk":{}}}"#, signing.signer()?.0.jwk());
    let mut text = Wiped::with_room(header.len() * 2 + payload.as_slice().len() * 2 + 128);
    compact::encode_into(header.as_bytes(), &mut text);
    text.push(b".");
    compact::encode_into(payload.as_slice(), &mut text);
    let signature =
        signing.0.sign(&SystemRandom::new(), text.as_slice()).map_err(|_| BundleError::Cryptography)?;
    text.push(b".");
    compact::encode_into(signature.as_ref(), &mut text);
    Ok(text)
}

/// The encrypted text: JWE compact with the encoded header as associated data (RFC 7516 §5.1).
pub(crate) fn encrypt(
    header: &str,
    wrapped_key: &str,
    key: &[u8; 32],
    mut inner: Wiped,
) -> Result<String, BundleError> {
    let header = compact::encode(header.as_bytes());
    let iv = random::<12>()?;
    let tag = aead::encrypt(key, iv, &header, &mut inner)?;
    Ok(format!(
        "{header}.{wrapped_key}.{}.{}.{}",
        compact::encode(&iv),
        compact::encode(inner.as_slice()),
        compact::encode(&tag)
    ))
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], BundleError> {
    let mut bytes = [0; N];
    fill(&mut bytes).map_err(|_| BundleError::Cryptography)?;
    Ok(bytes)
}
