//! The armour of PEM (RFC 7468): base64 between two lines. It knows nothing about what is inside; what it decodes is
//! wiped when it is dropped, as it may be a key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

pub(crate) const CERTIFICATE: &str = "CERTIFICATE";
pub(crate) const ENCRYPTED_KEY: &str = "ENCRYPTED PRIVATE KEY";
pub(crate) const REQUEST: &str = "CERTIFICATE REQUEST";
pub(crate) const PKCS7: &str = "PKCS7";

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// One block of a PEM file.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// Why the blocks of a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A block has no end line, or something that is no base64.
    Broken { label: String },
    /// A block has headers, as keys encrypted by OpenSSL before version 1.0 have (RFC 1421).
    Headers { label: String },
    /// More blocks than anybody needs.
    TooMany,
}

pub(crate) fn write(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let body = STANDARD.encode(der);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// Every block, in order; text around them is passed over.
pub(crate) fn blocks(text: &str, most: usize) -> Result<Vec<Block>, Flaw> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (label, after) = after.split_once(DASHES).ok_or_else(|| Flaw::Broken { label: String::new() })?;
        let label = clean(label);
        let (body, after) =
            after.split_once("-----END ").ok_or_else(|| Flaw::Broken { label: label.clone() })?;
        if body.contains(':') {
            return Err(Flaw::Headers { label });
        }
        let letters: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
        let der = STANDARD.decode(letters.as_str()).map_err(|_| Flaw::Broken { label: label.clone() })?;
        if found.len() >= most {
            return Err(Flaw::TooMany);
        }
        found.push(Block { label, der: Zeroizing::new(der) });
        rest = after;
    }
    Ok(found)
}

/// The bytes of the one block with this label; text around it is passed over, a second block is not.
pub(crate) fn read(label: &str, text: &str) -> Option<Vec<u8>> {
    match &blocks(text, 1).ok()?[..] {
        [block] if block.label == label => Some(block.der.to_vec()),
        _ => None,
    }
}

/// A label as it may be shown: a foreign file can hold anything there.
fn clean(label: &str) -> String {
    label.chars().filter(|letter| letter.is_ascii_graphic() || *letter == ' ').take(40).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lines_have_64_characters() {
        let text = write(CERTIFICATE, &[7; 100]);
        let lengths: Vec<_> = text.lines().map(str::len).collect();
        assert_eq!(lengths, [27, 64, 64, 8, 25]);
        assert!(text.ends_with("-----END CERTIFICATE-----\n"));
    }

    #[test]
    fn what_was_written_is_read() {
        for length in [1, 47, 48, 49, 96, 1000] {
            let der = vec![9; length];
            assert_eq!(read(CERTIFICATE, &write(CERTIFICATE, &der)), Some(der));
        }
    }

    #[test]
    fn windows_line_ends_and_words_around_are_read() {
        let text = format!("Subject: x\r\n{}", write(CERTIFICATE, &[1; 60]).replace('\n', "\r\n"));
        assert_eq!(read(CERTIFICATE, &text), Some(vec![1; 60]));
    }

    #[test]
    fn blocks_come_in_their_order() {
        let text = format!("{}words\n{}", write(CERTIFICATE, &[1; 10]), write(PKCS7, &[2; 10]));
        let found = blocks(&text, 5).unwrap();
        let labels: Vec<&str> = found.iter().map(|block| block.label.as_str()).collect();
        assert_eq!(labels, [CERTIFICATE, PKCS7]);
        assert_eq!(blocks(&text, 1).err(), Some(Flaw::TooMany));
        assert!(blocks("no blocks", 1).unwrap().is_empty());
    }

    #[test]
    fn other_labels_two_blocks_and_broken_ones_are_not() {
        let one = write(CERTIFICATE, &[1; 10]);
        assert_eq!(read(ENCRYPTED_KEY, &one), None);
        assert_eq!(read(CERTIFICATE, &format!("{one}{one}")), None);
        assert_eq!(read(CERTIFICATE, &one.replace("AQEB", "A!EB")), None);
        assert_eq!(read(CERTIFICATE, one.split("-----END").next().unwrap()), None);
    }

    #[test]
    fn headers_are_told_apart_from_damage() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        let flaw = blocks(text, 1).err();
        assert_eq!(flaw, Some(Flaw::Headers { label: "RSA PRIVATE KEY".into() }));
        assert!(matches!(blocks("-----BEGIN A", 1).err(), Some(Flaw::Broken { .. })));
    }
}
