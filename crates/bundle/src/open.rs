//! The strict reader: the receiver's checks in the order of the format page, each refusal with the number of its step.
//! It must never choose an algorithm by what a header says, and never use a byte that step 10 has not verified.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use secrecy::SecretString;
use time::OffsetDateTime;

use crate::acknowledgement::ReceiptKey;
use crate::error::{BundleError, Refusal, Step};
use crate::header::Object;
use crate::keys::{OwnKey, Signer};
use crate::payload::{Credential, Payload, Tenant, Tool};
use crate::payload_json::{self, Written};
use crate::point::Point;
use crate::seen::{Seen, SeenError};
use crate::wiping::Wiped;
use crate::{CLOCK_TOLERANCE, LARGEST_BUNDLE, LIFETIME, aead, agreement, compact, passphrase};

/// A bundle that passed every check.
#[derive(Debug)]
pub struct Opened {
    /// What it carries.
    pub payload: Payload,
    /// Its end (`exp`).
    pub expires_at: OffsetDateTime,
    /// Who signed it. Show the fingerprint, and remember it: another signer next time is worth a question.
    pub signer: Signer,
    /// The payload's JSON: the exact bytes that the signature holds over.
    pub json: SecretString,
    /// Makes the receipt, once everything is stored.
    pub receipt_key: ReceiptKey,
}

/// What may be shown of a bundle before it is used (step 11). It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The bundle's own number.
    pub jti: String,
    /// The product that it is for.
    pub product: String,
    /// The program that made it.
    pub tool: Tool,
    /// The directory.
    pub tenant: Tenant,
    /// The signer's fingerprint.
    pub signer_fingerprint: String,
    /// `none`, `certificate` or `secret`.
    pub credential_kind: &'static str,
    /// When a client secret ends.
    pub credential_expires: Option<OffsetDateTime>,
    /// When the bundle was made.
    pub issued_at: OffsetDateTime,
    /// When the bundle ends.
    pub expires_at: OffsetDateTime,
    /// True where the values are pretend ones.
    pub rehearsal: bool,
}

impl Opened {
    /// The part that may be shown.
    pub fn overview(&self) -> Overview {
        Overview {
            jti: self.payload.jti.clone(),
            product: self.payload.product.clone(),
            tool: self.payload.tool.clone(),
            tenant: self.payload.tenant.clone(),
            signer_fingerprint: self.signer.fingerprint(),
            credential_kind: self.payload.credential.kind(),
            credential_expires: match &self.payload.credential {
                Credential::Secret { expires, .. } => Some(*expires),
                _ => None,
            },
            issued_at: self.payload.issued_at,
            expires_at: self.expires_at,
            rehearsal: self.payload.rehearsal,
        }
    }
}

/// Opens a bundle: steps 1 to 10, and step 12, which burns its nonce and `jti`. To ask a person first (step 11), show
/// what [`verify`] returns.
///
/// # Errors
/// [`BundleError::Refused`] with the step, [`BundleError::Rehearsal`], [`BundleError::Seen`].
pub fn open(
    bundle: &str,
    own: &OwnKey,
    now: OffsetDateTime,
    seen: &mut dyn Seen,
) -> Result<Opened, BundleError> {
    let opened = check(decrypt(bundle, own)?, Some(&own.recipient().thumbprint()), now, seen)?;
    burn(opened, seen)
}

/// As [`open`], for the passphrase form. The passphrase is taken as a person types it.
///
/// # Errors
/// As [`open`], and [`BundleError::PassphraseForm`].
pub fn open_with_passphrase(
    bundle: &str,
    passphrase: &SecretString,
    now: OffsetDateTime,
    seen: &mut dyn Seen,
) -> Result<Opened, BundleError> {
    let opened = check(decrypt_with_passphrase(bundle, passphrase)?, None, now, seen)?;
    burn(opened, seen)
}

/// Makes every check of [`open`] and uses nothing up.
///
/// # Errors
/// As [`open`].
pub fn verify(
    bundle: &str,
    own: &OwnKey,
    now: OffsetDateTime,
    seen: &dyn Seen,
) -> Result<Overview, BundleError> {
    let opened = check(decrypt(bundle, own)?, Some(&own.recipient().thumbprint()), now, seen)?;
    Ok(opened.overview())
}

/// As [`verify`], for the passphrase form.
///
/// # Errors
/// As [`open_with_passphrase`].
pub fn verify_with_passphrase(
    bundle: &str,
    passphrase: &SecretString,
    now: OffsetDateTime,
    seen: &dyn Seen,
) -> Result<Overview, BundleError> {
    Ok(check(decrypt_with_passphrase(bundle, passphrase)?, None, now, seen)?.overview())
}

/// A bundle after steps 1 and 2: five canonical parts.
pub(crate) struct Parts<'a> {
    pub(crate) header_text: &'a str,
    pub(crate) header: Wiped,
    pub(crate) wrapped_key: Wiped,
    pub(crate) iv: Wiped,
    pub(crate) ciphertext: Wiped,
    pub(crate) tag: Wiped,
}

/// Steps 1 and 2, save whether the second part has to be empty.
pub(crate) fn split(bundle: &str) -> Result<Parts<'_>, BundleError> {
    if bundle.len() > LARGEST_BUNDLE {
        return Err(refuse(Step::Size, Refusal::TooLarge));
    }
    if bundle.is_empty() {
        return Err(refuse(Step::Size, Refusal::Empty));
    }
    if !bundle.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refuse(Step::Size, Refusal::Characters));
    }
    let [header_text, key, iv, ciphertext, tag] =
        compact::parts::<5>(bundle).ok_or(refuse(Step::Parts, Refusal::PartCount))?;
    if [header_text, iv, ciphertext, tag].contains(&"") {
        return Err(refuse(Step::Parts, Refusal::PartCount));
    }
    let decode = |text| compact::decode(text).ok_or(refuse(Step::Parts, Refusal::NotCanonical));
    Ok(Parts {
        header_text,
        header: decode(header_text)?,
        wrapped_key: decode(key)?,
        iv: decode(iv)?,
        ciphertext: decode(ciphertext)?,
        tag: decode(tag)?,
    })
}

/// Steps 3 and 4, save the own key's id.
pub(crate) fn header(
    bytes: &Wiped,
    members: &[&str],
    constants: &[(&str, &str)],
) -> Result<Object, BundleError> {
    let header = Object::read(bytes.as_slice())
        .filter(|header| header.has_exactly(members))
        .ok_or(refuse(Step::Header, Refusal::HeaderMembers))?;
    match constants.iter().all(|(name, value)| header.text(name) == Some(value)) {
        true => Ok(header),
        false => Err(refuse(Step::Constants, Refusal::HeaderConstant)),
    }
}

/// Step 5, and the signer's key in step 10: exactly the four members of a public JWK.
pub(crate) fn point(jwk: Option<&Object>) -> Option<Point> {
    let jwk = jwk.filter(|jwk| jwk.has_exactly(&["kty", "crv", "x", "y"]))?;
    let constants = jwk.text("kty") == Some("EC") && jwk.text("crv") == Some("P-256");
    constants.then(|| Point::from_coordinates(jwk.text("x")?, jwk.text("y")?).ok()).flatten()
}

/// The header's members.
pub(crate) const MEMBERS: [&str; 6] = ["alg", "enc", "typ", "cty", "kid", "epk"];
/// The header's constants.
pub(crate) const CONSTANTS: [(&str, &str); 4] =
    [("alg", "ECDH-ES"), ("enc", "A256GCM"), ("typ", "bundle+jwe"), ("cty", "bundle+jws")];

/// Steps 1 to 6.
fn decrypt(bundle: &str, own: &OwnKey) -> Result<Wiped, BundleError> {
    let parts = split(bundle)?;
    if !parts.wrapped_key.as_slice().is_empty() {
        return Err(refuse(Step::Parts, Refusal::PartCount));
    }
    let header = header(&parts.header, &MEMBERS, &CONSTANTS)?;
    if header.text("kid") != Some(&own.recipient().thumbprint()) {
        return Err(refuse(Step::Constants, Refusal::OtherRecipient));
    }
    let epk = point(header.object("epk")).ok_or(refuse(Step::EphemeralKey, Refusal::NotOnCurve))?;
    let key =
        agreement::content_key(&own.private, &epk).ok_or(refuse(Step::EphemeralKey, Refusal::NotOnCurve))?;
    decrypt_parts(&parts, &key)
}

fn decrypt_with_passphrase(bundle: &str, typed: &SecretString) -> Result<Wiped, BundleError> {
    let secret = passphrase::normalise(typed)?;
    let parts = split(bundle)?;
    if parts.wrapped_key.as_slice().is_empty() {
        return Err(refuse(Step::Parts, Refusal::PartCount));
    }
    let header = header(&parts.header, &passphrase::MEMBERS, &passphrase::CONSTANTS)?;
    let salt = passphrase::salt(&header).map_err(|why| refuse(Step::EphemeralKey, why))?;
    let key = passphrase::unwrap(&secret, &salt, parts.wrapped_key.as_slice())
        .ok_or(refuse(Step::Decryption, Refusal::NotAuthentic))?;
    decrypt_parts(&parts, &key)
}

fn decrypt_parts(parts: &Parts<'_>, key: &[u8; 32]) -> Result<Wiped, BundleError> {
    aead::decrypt(key, parts.iv.as_slice(), parts.header_text, &parts.ciphertext, parts.tag.as_slice())
        .ok_or(refuse(Step::Decryption, Refusal::NotAuthentic))
}

/// Steps 7 to 10 over the decrypted text.
fn check(
    inner: Wiped,
    audience: Option<&str>,
    now: OffsetDateTime,
    seen: &dyn Seen,
) -> Result<Opened, BundleError> {
    let form = || refuse(Step::Audience, Refusal::PayloadForm);
    let text = std::str::from_utf8(inner.as_slice()).map_err(|_| form())?;
    let [header_text, payload_text, signature] = compact::parts::<3>(text).ok_or_else(form)?;
    let json = compact::decode(payload_text).ok_or_else(form)?;
    let written = payload_json::read(json.as_slice()).map_err(|why| refuse(Step::Audience, why))?;
    if written.audience.as_deref() != audience {
        return Err(refuse(Step::Audience, Refusal::OtherAudience));
    }
    check_nonce_and_times(&written, now, seen)?;
    let signed = &text[..header_text.len() + 1 + payload_text.len()];
    let signer = check_signature(header_text, signed, signature)?;
    if written.payload.rehearsal && !seen.wants_rehearsal() {
        return Err(BundleError::Rehearsal);
    }
    let json = std::str::from_utf8(json.as_slice()).map_err(|_| form())?;
    Ok(Opened {
        payload: written.payload,
        expires_at: written.expires_at,
        signer,
        json: SecretString::from(json),
        receipt_key: ReceiptKey::of(inner.as_slice()),
    })
}

/// Steps 8 and 9.
fn check_nonce_and_times(written: &Written, now: OffsetDateTime, seen: &dyn Seen) -> Result<(), BundleError> {
    let nonce = written.payload.nonce.as_deref();
    if !seen.expects(nonce) {
        let why = if nonce.is_some() { Refusal::UnknownNonce } else { Refusal::NoNonce };
        return Err(refuse(Step::Nonce, why));
    }
    let (issued, expires) = (written.payload.issued_at, written.expires_at);
    if issued > now + CLOCK_TOLERANCE || expires < issued || expires - issued > LIFETIME {
        return Err(refuse(Step::Replay, Refusal::Times));
    }
    if now > expires + CLOCK_TOLERANCE {
        return Err(refuse(Step::Replay, Refusal::Expired));
    }
    match seen.knows(&written.payload.jti) {
        true => Err(refuse(Step::Replay, Refusal::SeenBefore)),
        false => Ok(()),
    }
}

/// Step 10.
fn check_signature(header_text: &str, signed: &str, signature: &str) -> Result<Signer, BundleError> {
    let inner_header = || refuse(Step::Signature, Refusal::InnerHeader);
    let header = compact::decode(header_text)
        .and_then(|bytes| Object::read(bytes.as_slice()))
        .filter(|header| header.has_exactly(&["alg", "typ", "jwk"]))
        .filter(|header| header.text("alg") == Some("ES256") && header.text("typ") == Some("bundle+jws"))
        .ok_or_else(inner_header)?;
    let signer = point(header.object("jwk")).ok_or_else(inner_header)?;
    let bad = || refuse(Step::Signature, Refusal::BadSignature);
    let signature: [u8; 64] = compact::decode_exact(signature).ok_or_else(bad)?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, signer.as_bytes())
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| bad())?;
    Ok(Signer(signer))
}

/// Step 12.
fn burn(opened: Opened, seen: &mut dyn Seen) -> Result<Opened, BundleError> {
    let payload = &opened.payload;
    match seen.burn(payload.nonce.as_deref(), &payload.jti, opened.expires_at + CLOCK_TOLERANCE) {
        Ok(()) => Ok(opened),
        Err(SeenError::AlreadyUsed) => Err(refuse(Step::Burn, Refusal::SeenBefore)),
        Err(other) => Err(other.into()),
    }
}

fn refuse(step: Step, why: Refusal) -> BundleError {
    BundleError::Refused { step, why }
}
