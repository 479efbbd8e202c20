//! A public P-256 point, checked to be on the curve, and its names: JWK, RFC 7638 thumbprint, fingerprint.
//! It must never exist for bytes that are not a point of the curve.

use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use aws_lc_rs::digest::{SHA256, digest};

use crate::compact;
use crate::error::KeyFault;

/// Uncompressed form (SEC 1 §2.3.3): 4, x, y.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Point([u8; 65]);

impl Point {
    pub(crate) fn from_uncompressed(bytes: &[u8]) -> Result<Point, KeyFault> {
        let bytes: [u8; 65] = bytes.try_into().map_err(|_| KeyFault::Coordinates)?;
        if bytes[0] != 4 {
            return Err(KeyFault::Coordinates);
        }
        ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, bytes))
            .map_err(|_| KeyFault::NotOnCurve)?;
        Ok(Point(bytes))
    }

    pub(crate) fn from_coordinates(x: &str, y: &str) -> Result<Point, KeyFault> {
        let x: [u8; 32] = compact::decode_exact(x).ok_or(KeyFault::Coordinates)?;
        let y: [u8; 32] = compact::decode_exact(y).ok_or(KeyFault::Coordinates)?;
        let mut bytes = [4_u8; 65];
        bytes[1..33].copy_from_slice(&x);
        bytes[33..].copy_from_slice(&y);
        Point::from_uncompressed(&bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    pub(crate) fn x(&self) -> String {
        compact::encode(&self.0[1..33])
    }

    pub(crate) fn y(&self) -> String {
        compact::encode(&self.0[33..])
    }

    /// The JWK (RFC 7518 §6.2.1) with its four members in this order.
    pub(crate) fn jwk(&self) -> String {
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#, self.x(), self.y())
    }

    pub(crate) fn thumbprint(&self) -> String {
        compact::encode(&self.digest())
    }

    pub(crate) fn fingerprint(&self) -> String {
        fingerprint_of(&self.digest())
    }

    fn digest(&self) -> [u8; 32] {
        thumbprint_of(&[("crv", "P-256"), ("kty", "EC"), ("x", &self.x()), ("y", &self.y())])
    }
}

/// RFC 7638 §3: SHA-256 over the required members, sorted by name, without white space.
fn thumbprint_of(sorted_members: &[(&str, &str)]) -> [u8; 32] {
    let members: Vec<String> =
        sorted_members.iter().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
    let text = format!("{{{}}}", members.join(","));
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    bytes
}

/// The first 100 bits in base32 (RFC 4648 §6), as five groups of four.
pub(crate) fn fingerprint_of(thumbprint: &[u8; 32]) -> String {
    let characters = base32(thumbprint, 20);
    let groups: Vec<&str> = (0..5).map(|n| &characters[n * 4..n * 4 + 4]).collect();
    groups.join("-")
}

/// The first `length` characters of the base32 spelling.
pub(crate) fn base32(bytes: &[u8], length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bit = |n: usize| (bytes.get(n / 8).copied().unwrap_or(0) >> (7 - n % 8)) & 1;
    let mut text = String::with_capacity(length);
    for n in 0..length {
        let index = (0..5).fold(0_usize, |value, b| value << 1 | usize::from(bit(n * 5 + b)));
        text.push(char::from(ALPHABET[index]));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    // RFC 7638 §3.1.
    #[test]
    fn the_thumbprint_of_the_standard_comes_out() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let digest = thumbprint_of(&[("e", "AQAB"), ("kty", "RSA"), ("n", n)]);
        assert_eq!(compact::encode(&digest), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    // RFC 4648 §10.
    #[test]
    fn base32_is_the_standards() {
        assert_eq!(base32(b"foobar", 8), "MZXW6YTB");
        assert_eq!(base32(b"fooba", 8), "MZXW6YTB");
    }

    #[test]
    fn a_fingerprint_has_five_groups_of_four() {
        assert_eq!(fingerprint_of(&[0xff; 32]), "7777-7777-7777-7777-7777");
        let mut one = [0; 32];
        one[12] = 0b0001_0000;
        assert_eq!(fingerprint_of(&one), "AAAA-AAAA-AAAA-AAAA-AAAB");
        one[12] = 0b0000_1000;
        assert_eq!(fingerprint_of(&one), "AAAA-AAAA-AAAA-AAAA-AAAA");
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        let x = "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0";
        let y = "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps";
        let point = Point::from_coordinates(x, y).unwrap();
        assert_eq!((point.x().as_str(), point.y().as_str()), (x, y));
        let mut bytes = *point.as_bytes();
        bytes[64] ^= 1;
        assert_eq!(Point::from_uncompressed(&bytes), Err(KeyFault::NotOnCurve));
        assert_eq!(Point::from_coordinates(&x[1..], y), Err(KeyFault::Coordinates));
        assert_eq!(Point::from_uncompressed(&[4; 65]), Err(KeyFault::NotOnCurve));
    }
}
