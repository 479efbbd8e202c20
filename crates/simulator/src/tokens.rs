//! The tenant's signing key, its tokens (RS256 JWTs) and its published key set.
//!
//! Every token carries `footbridge_rehearsal: true`, and the key is made anew in each process, so no token
//! of a rehearsal is worth anything anywhere else.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{self, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The key could not be made or used.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the rehearsal tenant's signing key could not be used")]
pub struct KeyError;

impl From<aws_lc_rs::error::Unspecified> for KeyError {
    fn from(_: aws_lc_rs::error::Unspecified) -> KeyError {
        KeyError
    }
}

pub(crate) struct SigningKey {
    pair: KeyPair,
    key_id: String,
    /// Big-endian, without leading zeros.
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl SigningKey {
    pub fn generate() -> Result<SigningKey, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let public = pair.public_key();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, public.as_ref());
        let key_id = encode(&digest.as_ref()[..20]);
        let der = public.as_der()?;
        let (_, listed) = SubjectPublicKeyInfo::from_der(der.as_ref()).map_err(|_| KeyError)?;
        let Ok(PublicKey::RSA(numbers)) = listed.parsed() else { return Err(KeyError) };
        let plain = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect();
        let (modulus, exponent) = (plain(numbers.modulus), plain(numbers.exponent));
        Ok(SigningKey { pair, key_id, modulus, exponent })
    }

    /// The key that all tenants of this process share, as Microsoft's tenants share theirs; making one takes longer than
    /// starting a tenant.
    pub fn shared() -> Result<Arc<SigningKey>, KeyError> {
        static KEY: OnceLock<Arc<SigningKey>> = OnceLock::new();
        match KEY.get() {
            Some(key) => Ok(Arc::clone(key)),
            None => {
                let made = Arc::new(SigningKey::generate()?);
                Ok(Arc::clone(KEY.get_or_init(|| made)))
            }
        }
    }

    /// A compact JWS over these claims.
    pub fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": self.key_id, "x5t": self.key_id});
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let mut tag = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut tag)?;
        Ok(format!("{signed}.{}", encode(tag)))
    }

    /// The claims of a token that this key signed.
    pub fn open(&self, token: &str) -> Option<Value> {
        let (signed, tag) = token.rsplit_once('.')?;
        let tag = decode(tag)?;
        let key =
            UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref());
        key.verify(signed.as_bytes(), &tag).ok()?;
        serde_json::from_slice(&decode(signed.split_once('.')?.1)?).ok()
    }

    /// `GET /{tenant}/discovery/v2.0/keys`.
    pub fn published(&self, issuer: &str) -> Value {
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "x5t": self.key_id,
            "n": encode(&self.modulus),
            "e": encode(&self.exponent),
            "issuer": issuer,
        }]})
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Base64url with or without padding, and with stray line ends: clients differ.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let clean: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '=')
        .map(|letter| match letter {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    URL_SAFE_NO_PAD.decode(clean).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_and_a_changed_one_does_not() {
        let key = SigningKey::generate().unwrap();
        let token = key.sign(&json!({"aud": "x"})).unwrap();
        assert_eq!(key.open(&token).unwrap()["aud"], "x");
        let mut parts: Vec<&str> = token.split('.').collect();
        let forged = encode(r#"{"aud":"y"}"#);
        parts[1] = &forged;
        assert!(key.open(&parts.join(".")).is_none());
        assert!(SigningKey::generate().unwrap().open(&token).is_none());
    }

    #[test]
    fn padded_and_plain_base64_are_the_same() {
        assert_eq!(decode("YQ=="), decode("YQ"));
        assert_eq!(decode("-_8"), decode("+/8="));
        assert!(decode("!").is_none());
    }
}
