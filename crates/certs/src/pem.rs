//! The armour of PEM (RFC 7468): base64 between two lines. It knows nothing about what is inside, and it must not
//! be given an unprotected private key, because its buffers are not wiped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(crate) const CERTIFICATE: &str = "CERTIFICATE";
pub(crate) const ENCRYPTED_KEY: &str = "ENCRYPTED PRIVATE KEY";

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

/// The bytes of the one block with this label; text around it is passed over, a second block is not.
pub(crate) fn read(label: &str, text: &str) -> Option<Vec<u8>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let (_, after) = text.split_once(&begin)?;
    let (body, rest) = after.split_once(&end)?;
    if rest.contains("-----BEGIN ") {
        return None;
    }
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
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
    fn other_labels_two_blocks_and_broken_ones_are_not() {
        let one = write(CERTIFICATE, &[1; 10]);
        assert_eq!(read(ENCRYPTED_KEY, &one), None);
        assert_eq!(read(CERTIFICATE, &format!("{one}{one}")), None);
        assert_eq!(read(CERTIFICATE, &one.replace("AQEB", "A!EB")), None);
        assert_eq!(read(CERTIFICATE, one.split("-----END").next().unwrap()), None);
    }
}
