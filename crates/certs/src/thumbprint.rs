//! The spellings of a certificate's digest: the same bytes as portals, Windows, Java and tokens write them.
//! It must not decide anything by SHA-1: SHA-1 is here only because others name certificates by it.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What a `customKeyIdentifier` of Graph says about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphIdentifier {
    /// It is the thumbprint of this certificate.
    ThisCertificate,
    /// It is the thumbprint of another one.
    AnotherCertificate,
    /// It is no thumbprint: somebody set it to something else.
    NotAThumbprint,
}

/// The digests of one certificate, taken over its whole DER form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbprints {
    sha1: Vec<u8>,
    sha256: Vec<u8>,
}

impl Thumbprints {
    /// Takes the digests of a certificate in DER.
    pub fn of(der: &[u8]) -> Thumbprints {
        Thumbprints {
            sha1: digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref().to_vec(),
            sha256: digest(&SHA256, der).as_ref().to_vec(),
        }
    }

    /// SHA-1 as 40 capital hexadecimal digits, as the Entra portal and Windows show it.
    pub fn sha1_hex(&self) -> String {
        hex(&self.sha1, "")
    }

    /// SHA-1 in pairs with colons, as OpenSSL and keytool show it.
    pub fn sha1_colons(&self) -> String {
        hex(&self.sha1, ":")
    }

    /// SHA-1 as base64url without padding: `x5t` in the header of a token (RFC 7515 §4.1.7).
    pub fn x5t(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.sha1)
    }

    /// SHA-256 as 64 capital hexadecimal digits.
    pub fn sha256_hex(&self) -> String {
        hex(&self.sha256, "")
    }

    /// SHA-256 in pairs with colons, as OpenSSL and keytool show it.
    pub fn sha256_colons(&self) -> String {
        hex(&self.sha256, ":")
    }

    /// SHA-256 as base64url without padding: `x5t#S256` in the header of a token (RFC 7515 §4.1.8).
    pub fn x5t_s256(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.sha256)
    }

    /// SHA-1 in ordinary base64: how the portal's manifest and some clients of Graph spell `customKeyIdentifier`.
    pub fn sha1_base64(&self) -> String {
        STANDARD.encode(&self.sha1)
    }

    /// Compares with `customKeyIdentifier` of a keyCredential in Graph. Graph answers it as 40 hexadecimal digits of the
    /// SHA-1 or as base64 of those 20 bytes, depending on who uploaded the certificate; it is a free field, so it may
    /// also be something else entirely.
    pub fn compare_with_graph(&self, custom_key_identifier: &str) -> GraphIdentifier {
        let Some(bytes) = spelled(custom_key_identifier) else { return GraphIdentifier::NotAThumbprint };
        match bytes == self.sha1 || bytes == self.sha256 {
            true => GraphIdentifier::ThisCertificate,
            false => GraphIdentifier::AnotherCertificate,
        }
    }

    pub(crate) fn sha1(&self) -> &[u8] {
        &self.sha1
    }
}

/// The digest that a text spells: hexadecimal with or without colons, base64 of either alphabet, or base64 of the hexadecimal.
fn spelled(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if let Some(bytes) = unhex(text) {
        return Some(bytes);
    }
    let letters = text.trim_end_matches('=');
    let decoded = URL_SAFE_NO_PAD.decode(letters).or_else(|_| STANDARD_NO_PAD.decode(letters)).ok()?;
    if is_digest(&decoded) {
        return Some(decoded);
    }
    unhex(std::str::from_utf8(&decoded).ok()?)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.bytes().filter(|byte| !b": ".contains(byte)).map(digit).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    (digits.len().is_multiple_of(2) && is_digest(&bytes)).then_some(bytes)
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn is_digest(bytes: &[u8]) -> bool {
    bytes.len() == 20 || bytes.len() == 32
}

pub(crate) fn hex(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The digests of "abc" are the published examples of FIPS 180-4.
    #[test]
    fn sha1_in_its_three_spellings() {
        let prints = Thumbprints::of(b"abc");
        assert_eq!(prints.sha1_hex(), "A9993E364706816ABA3E25717850C26C9CD0D89D");
        assert_eq!(prints.sha1_colons(), "A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D");
        assert_eq!(prints.x5t(), "qZk-NkcGgWq6PiVxeFDCbJzQ2J0");
    }

    #[test]
    fn sha256_in_its_spellings() {
        let prints = Thumbprints::of(b"abc");
        assert_eq!(prints.sha256_hex(), "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
        assert!(prints.sha256_colons().starts_with("BA:78:16:BF:"));
        assert_eq!(prints.sha256_colons().replace(':', ""), prints.sha256_hex());
        assert_eq!(prints.x5t_s256(), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }

    #[test]
    fn one_other_byte_is_another_thumbprint() {
        assert_ne!(Thumbprints::of(b"abc"), Thumbprints::of(b"abd"));
    }

    #[test]
    fn every_spelling_of_graph_is_the_same_certificate() {
        let prints = Thumbprints::of(b"abc");
        let base64_of_hex = STANDARD.encode(prints.sha1_hex());
        for text in [
            prints.sha1_hex(),
            prints.sha1_hex().to_lowercase(),
            prints.sha1_colons(),
            prints.sha1_base64(),
            prints.x5t(),
            base64_of_hex,
            prints.sha256_hex(),
            prints.x5t_s256(),
            format!(" {} ", prints.sha1_base64()),
        ] {
            assert_eq!(prints.compare_with_graph(&text), GraphIdentifier::ThisCertificate, "{text}");
            let other = Thumbprints::of(b"abd").compare_with_graph(&text);
            assert_eq!(other, GraphIdentifier::AnotherCertificate, "{text}");
        }
        for text in ["", "my key", "A9993E", "qZk", "ü", "====", "A9:99:3"] {
            assert_eq!(prints.compare_with_graph(text), GraphIdentifier::NotAThumbprint, "{text}");
        }
    }
}
