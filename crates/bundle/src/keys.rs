//! The three kinds of keys: the installation's signing key, a recipient's public key, and a key of one's own.
//! Private halves leave this module only as `secrecy` types, and never through `Debug`.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::compact;
use crate::error::{BundleError, KeyFault};
use crate::offer::Offer;
use crate::payload_json::secret_text;
use crate::point::Point;
use crate::wiping::Wiped;

/// The installation's ES256 key. It says "the same installation as last time" and nothing more.
pub struct SigningKey(pub(crate) EcdsaKeyPair);

impl SigningKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`BundleError::Cryptography`].
    pub fn generate() -> Result<SigningKey, BundleError> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map(SigningKey)
            .map_err(|_| BundleError::Cryptography)
    }

    /// Reads a key that [`SigningKey::to_pkcs8`] wrote (RFC 5208, DER).
    ///
    /// # Errors
    /// [`KeyFault::NotPkcs8`].
    pub fn from_pkcs8(der: &SecretBox<Vec<u8>>) -> Result<SigningKey, BundleError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.expose_secret())
            .map(SigningKey)
            .map_err(|_| KeyFault::NotPkcs8.into())
    }

    /// The key as PKCS#8 (DER), to be kept in the vault.
    ///
    /// # Errors
    /// [`BundleError::Cryptography`].
    pub fn to_pkcs8(&self) -> Result<SecretBox<Vec<u8>>, BundleError> {
        let document = self.0.to_pkcs8v1().map_err(|_| BundleError::Cryptography)?;
        Ok(SecretBox::new(Box::new(document.as_ref().to_vec())))
    }

    /// The public half.
    ///
    /// # Errors
    /// [`BundleError::Key`], only if the library's own key is not a point of the curve.
    pub fn signer(&self) -> Result<Signer, BundleError> {
        Ok(Signer(Point::from_uncompressed(self.0.public_key().as_ref())?))
    }
}

/// The public half of a signing key, as a bundle names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer(pub(crate) Point);

impl Signer {
    /// RFC 7638 SHA-256 thumbprint, base64url.
    pub fn thumbprint(&self) -> String {
        self.0.thumbprint()
    }

    /// Five groups of four, to be compared by people.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }
}

/// The public key of the one who can open a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientKey(pub(crate) Point);

impl RecipientKey {
    /// Reads any of the forms in which a product shows its key: an offer, a JWK, or a PEM public key.
    ///
    /// # Errors
    /// [`BundleError::Key`] or [`BundleError::Offer`].
    pub fn read(text: &str) -> Result<RecipientKey, BundleError> {
        let text = text.trim();
        if text.starts_with("-----BEGIN") {
            return RecipientKey::from_pem(text);
        }
        match RecipientKey::from_jwk(text) {
            Err(BundleError::Key(KeyFault::NotJwk)) => {
                Offer::parse(text).map(|offer| offer.key).map_err(|error| match error {
                    BundleError::Offer { .. } if !text.starts_with("offer1:") => KeyFault::NotJwk.into(),
                    other => other,
                })
            }
            other => other,
        }
    }

    /// Reads a public JWK: EC, P-256. Members that do not concern the point are ignored.
    ///
    /// # Errors
    /// [`BundleError::Key`]; a private key is refused, too.
    pub fn from_jwk(text: &str) -> Result<RecipientKey, BundleError> {
        let jwk: PublicJwk = serde_json::from_str(text).map_err(|_| KeyFault::NotJwk)?;
        Ok(RecipientKey(jwk.point()?))
    }

    /// Reads a `PUBLIC KEY` in PEM (RFC 7468 §13, RFC 5480), uncompressed form.
    ///
    /// # Errors
    /// [`BundleError::Key`].
    pub fn from_pem(text: &str) -> Result<RecipientKey, BundleError> {
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyFault::Private.into());
        }
        let body = text
            .trim()
            .strip_prefix("-----BEGIN PUBLIC KEY-----")
            .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"))
            .ok_or(KeyFault::NotPem)?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| KeyFault::NotPem)?;
        let point = der.strip_prefix(SPKI_P256.as_slice()).ok_or(KeyFault::NotPem)?;
        Ok(RecipientKey(Point::from_uncompressed(point)?))
    }

    /// The key as a JWK.
    pub fn to_jwk(&self) -> String {
        self.0.jwk()
    }

    /// RFC 7638 SHA-256 thumbprint, base64url: the `kid` and `aud` of each bundle for this key.
    pub fn thumbprint(&self) -> String {
        self.0.thumbprint()
    }

    /// Five groups of four, to be compared by people.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }
}

/// A key of one's own that opens bundles.
pub struct OwnKey {
    pub(crate) private: PrivateKey,
    recipient: RecipientKey,
}

impl OwnKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`BundleError::Cryptography`].
    pub fn generate() -> Result<OwnKey, BundleError> {
        PrivateKey::generate(&ECDH_P256).map_err(|_| BundleError::Cryptography).and_then(OwnKey::of)
    }

    /// Reads a private JWK (RFC 7518 §6.2).
    ///
    /// # Errors
    /// [`BundleError::Key`]; private and public part have to belong together.
    pub fn from_jwk(text: &SecretString) -> Result<OwnKey, BundleError> {
        let jwk: PrivateJwk = serde_json::from_str(text.expose_secret()).map_err(|_| KeyFault::NotJwk)?;
        let d = jwk.d.ok_or(KeyFault::Public)?;
        let public = PublicJwk { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, d: None }.point()?;
        let d = compact::decode(d.expose_secret()).ok_or(KeyFault::Coordinates)?;
        let private =
            PrivateKey::from_private_key(&ECDH_P256, d.as_slice()).map_err(|_| KeyFault::Coordinates)?;
        let own = OwnKey::of(private)?;
        if own.recipient.0 != public {
            return Err(KeyFault::Mismatch.into());
        }
        Ok(own)
    }

    /// The key as a private JWK. Whoever has this text can open the bundles.
    ///
    /// # Errors
    /// [`BundleError::Cryptography`].
    pub fn to_jwk(&self) -> Result<SecretString, BundleError> {
        let d: EcPrivateKeyBin<'static> =
            self.private.as_be_bytes().map_err(|_| BundleError::Cryptography)?;
        let public = self.recipient.0.jwk();
        let mut text = Wiped::with_room(public.len() + 64);
        text.push(public.trim_end_matches('}').as_bytes());
        text.push(br#","d":""#);
        compact::encode_into(d.as_ref(), &mut text);
        text.push(br#""}"#);
        let text = std::str::from_utf8(text.as_slice()).map_err(|_| BundleError::Cryptography)?;
        Ok(SecretString::from(text))
    }

    /// The public half: what a sender seals to.
    pub fn recipient(&self) -> &RecipientKey {
        &self.recipient
    }

    pub(crate) fn of(private: PrivateKey) -> Result<OwnKey, BundleError> {
        let public = private.compute_public_key().map_err(|_| BundleError::Cryptography)?;
        let recipient = RecipientKey(Point::from_uncompressed(public.as_ref())?);
        Ok(OwnKey { private, recipient })
    }
}

/// The fingerprint of a public JWK: the first 100 bits of its RFC 7638 thumbprint as five groups of four.
///
/// # Errors
/// [`BundleError::Key`].
pub fn fingerprint(jwk: &str) -> Result<String, BundleError> {
    Ok(RecipientKey::from_jwk(jwk)?.fingerprint())
}

// RFC 5480: SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING of 65 bytes }.
const SPKI_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

#[derive(Deserialize)]
pub(crate) struct PublicJwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    d: Option<IgnoredAny>,
}

impl PublicJwk {
    pub(crate) fn point(&self) -> Result<Point, KeyFault> {
        if self.d.is_some() {
            return Err(KeyFault::Private);
        }
        if self.kty != "EC" || self.crv != "P-256" {
            return Err(KeyFault::NotP256);
        }
        Point::from_coordinates(&self.x, &self.y)
    }
}

#[derive(Deserialize)]
struct PrivateJwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    #[serde(default, deserialize_with = "secret_text::optional")]
    d: Option<SecretString>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0","y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps","use":"enc"}"#;

    fn fault(result: Result<impl Sized, BundleError>) -> KeyFault {
        match result.err().unwrap() {
            BundleError::Key(fault) => fault,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_signing_key_survives_pkcs8() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(key.signer().unwrap(), again.signer().unwrap());
        assert_ne!(key.signer().unwrap(), SigningKey::generate().unwrap().signer().unwrap());
        assert_eq!(fault(SigningKey::from_pkcs8(&SecretBox::new(Box::new(vec![1, 2])))), KeyFault::NotPkcs8);
    }

    #[test]
    fn an_own_key_survives_its_jwk() {
        let key = OwnKey::generate().unwrap();
        let again = OwnKey::from_jwk(&key.to_jwk().unwrap()).unwrap();
        assert_eq!(key.recipient(), again.recipient());
        assert_eq!(fault(RecipientKey::read(key.to_jwk().unwrap().expose_secret())), KeyFault::Private);
        assert_eq!(fault(OwnKey::from_jwk(&SecretString::from(JWK))), KeyFault::Public);
    }

    #[test]
    fn halves_that_do_not_belong_together_are_refused() {
        let (one, other) = (OwnKey::generate().unwrap(), OwnKey::generate().unwrap());
        let text =
            one.to_jwk().unwrap().expose_secret().replace(&one.recipient().0.x(), &other.recipient().0.x());
        let text = text.replace(&one.recipient().0.y(), &other.recipient().0.y());
        assert_eq!(fault(OwnKey::from_jwk(&SecretString::from(text))), KeyFault::Mismatch);
    }

    #[test]
    fn a_recipient_is_read_from_jwk_and_pem() {
        let from_jwk = RecipientKey::read(JWK).unwrap();
        let mut der = SPKI_P256.to_vec();
        der.extend_from_slice(from_jwk.0.as_bytes());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
        assert_eq!(RecipientKey::read(&pem).unwrap(), from_jwk);
        assert_eq!(RecipientKey::read(&from_jwk.to_jwk()).unwrap(), from_jwk);
        assert_eq!(fingerprint(JWK).unwrap(), from_jwk.fingerprint());
    }

    #[test]
    fn other_keys_are_refused_by_reason() {
        assert_eq!(fault(RecipientKey::from_jwk(&JWK.replace("P-256", "P-384"))), KeyFault::NotP256);
        assert_eq!(fault(RecipientKey::from_jwk(&JWK.replace("\"SLW", "\"SLX"))), KeyFault::NotOnCurve);
        assert_eq!(fault(RecipientKey::from_jwk(&JWK.replace("\"SLW", "\"LW"))), KeyFault::Coordinates);
        assert_eq!(fault(RecipientKey::read("{}")), KeyFault::NotJwk);
        assert_eq!(fault(RecipientKey::read("hello")), KeyFault::NotJwk);
        assert_eq!(
            fault(RecipientKey::from_pem("-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----")),
            KeyFault::NotPem
        );
        assert_eq!(fault(RecipientKey::from_pem("-----BEGIN PRIVATE KEY-----")), KeyFault::Private);
    }
}
