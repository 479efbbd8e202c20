//! A short open text with a signature: who made a guide, for example. JWS compact with ES256 and the public key in its
//! header (RFC 7515 §7.1, §4.1.3). It says that the holder of this key wrote the text; whether the key is trusted is the
//! caller's matter.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use crate::compact;
use crate::error::BundleError;
use crate::header::Object;
use crate::keys::{Signer, SigningKey};
use crate::point::Point;

/// The largest statement that is read, in bytes.
const LARGEST: usize = 2 * 1024 * 1024;

/// Why a signed text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementFault {
    /// It is not three parts of canonical base64url, or larger than 2 MiB.
    #[error("it is not a signed text")]
    Form,
    /// The header holds something else than this format wants, for example another algorithm.
    #[error("its header is of another kind")]
    Header,
    /// The key in the header is no point of the curve.
    #[error("its key is no key")]
    Key,
    /// The signature does not fit the text.
    #[error("its signature does not fit")]
    Signature,
}

/// Signs a text. `kind` stands in the header as `typ`, so that a signature for one purpose is none for another.
///
/// # Errors
/// [`BundleError::Cryptography`].
pub fn sign_statement(kind: &str, text: &str, signing: &SigningKey) -> Result<String, BundleError> {
    let header = format!(r#"{{"alg":"ES256","typ":"{kind}","jwk":{}}}"#, signing.signer()?.0.jwk());
    let signed = format!("{}.{}", compact::encode(header.as_bytes()), compact::encode(text.as_bytes()));
    let signature =
        signing.0.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| BundleError::Cryptography)?;
    Ok(format!("{signed}.{}", compact::encode(signature.as_ref())))
}

/// The text of a signed statement, and who signed it.
///
/// # Errors
/// [`StatementFault`]; nothing of the text is given back unless the signature fits.
pub fn read_statement(kind: &str, statement: &str) -> Result<(String, Signer), StatementFault> {
    let statement = statement.trim();
    if statement.len() > LARGEST {
        return Err(StatementFault::Form);
    }
    let [header, text, signature] = compact::parts::<3>(statement).ok_or(StatementFault::Form)?;
    let signer = signer(kind, header)?;
    let bytes = compact::decode_exact::<64>(signature).ok_or(StatementFault::Form)?;
    let signed = &statement[..header.len() + 1 + text.len()];
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, signer.0.as_bytes())
        .verify(signed.as_bytes(), &bytes)
        .map_err(|_| StatementFault::Signature)?;
    let text = compact::decode(text).ok_or(StatementFault::Form)?;
    let text = std::str::from_utf8(text.as_slice()).map_err(|_| StatementFault::Form)?;
    Ok((text.to_owned(), signer))
}

fn signer(kind: &str, header: &str) -> Result<Signer, StatementFault> {
    let header = compact::decode(header).ok_or(StatementFault::Form)?;
    let header = Object::read(header.as_slice()).ok_or(StatementFault::Header)?;
    let is_right = header.has_exactly(&["alg", "typ", "jwk"])
        && header.text("alg") == Some("ES256")
        && header.text("typ") == Some(kind);
    let jwk = header.object("jwk").filter(|jwk| {
        is_right
            && jwk.has_exactly(&["kty", "crv", "x", "y"])
            && jwk.text("kty") == Some("EC")
            && jwk.text("crv") == Some("P-256")
    });
    let jwk = jwk.ok_or(StatementFault::Header)?;
    let (x, y) = (jwk.text("x").unwrap_or_default(), jwk.text("y").unwrap_or_default());
    Point::from_coordinates(x, y).map(Signer).map_err(|_| StatementFault::Key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const KIND: &str = "guide+jws";

    #[test]
    fn a_signed_text_comes_back_with_its_signer() {
        let key = SigningKey::generate().unwrap();
        let statement = sign_statement(KIND, "{\"a\":\"ä\"}", &key).unwrap();
        let (text, signer) = read_statement(KIND, &format!("{statement}\n")).unwrap();
        assert_eq!(text, "{\"a\":\"ä\"}");
        assert_eq!(signer, key.signer().unwrap());
    }

    #[test]
    fn every_changed_character_is_refused() {
        let key = SigningKey::generate().unwrap();
        let statement = sign_statement(KIND, "text", &key).unwrap();
        for at in 0..statement.len() {
            let mut other = statement.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(read_statement(KIND, &other).is_err(), "{at}");
            assert!(read_statement(KIND, &statement[..at]).is_err(), "{at}");
        }
        assert!(read_statement(KIND, &statement).is_ok());
    }

    #[test]
    fn a_signature_for_another_purpose_or_by_another_algorithm_is_none() {
        let key = SigningKey::generate().unwrap();
        let statement = sign_statement("other+jws", "text", &key).unwrap();
        assert_eq!(read_statement(KIND, &statement), Err(StatementFault::Header));
        let jwk = key.signer().unwrap().0.jwk();
        for header in [
            format!(r#"{{"alg":"none","typ":"{KIND}","jwk":{jwk}}}"#),
            format!(r#"{{"alg":"ES256","typ":"{KIND}","jwk":{jwk},"crit":"x"}}"#),
            format!(r#"{{"alg":"ES256","alg":"ES256","typ":"{KIND}","jwk":{jwk}}}"#),
        ] {
            let text = format!("{}.dGV4dA.{}", compact::encode(header.as_bytes()), compact::encode(&[1; 64]));
            assert_eq!(read_statement(KIND, &text), Err(StatementFault::Header));
        }
        assert_eq!(read_statement(KIND, &"A".repeat(3_000_000)), Err(StatementFault::Form));
    }
}
