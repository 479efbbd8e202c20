//! What can be wrong with the outer text: steps 1 to 6 of the format page.

use super::{Change, Due, Row, decoded, flipped, with_part, with_text};
use crate::LARGEST_BUNDLE;
use crate::compact;
use crate::error::Step;

/// The thumbprint of RFC 7638 §3.1: well formed, and of nobody's key here.
const OTHER_THUMBPRINT: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

const fn row(name: &'static str, what: &'static str, step: Step, change: Change) -> Row {
    Row { name, what, due: Due::Refused(step), change }
}

const fn text(name: &'static str, what: &'static str, step: Step, change: fn(&str) -> String) -> Row {
    row(name, what, step, Change::Text(change))
}

const fn header(name: &'static str, what: &'static str, step: Step, change: fn(&str) -> String) -> Row {
    row(name, what, step, Change::Header(change))
}

pub(super) const ROWS: &[Row] = &[
    row(
        "01-too-large",
        "good in everything but its size, which is above 256 KiB",
        Step::Size,
        Change::Payload(|json, _| json.replacen('{', &format!(r#"{{"more":"{}","#, "x".repeat(ROOM)), 1)),
    ),
    text("01-empty", "no text at all", Step::Size, |_| String::new()),
    text("01-newline-at-the-end", "a line end behind a good bundle", Step::Size, |text| format!("{text}\n")),
    text("01-space-in-front", "a space in front of a good bundle", Step::Size, |text| format!(" {text}")),
    text("01-line-wrapped", "wrapped after 76 characters, as mail programs do", Step::Size, |text| {
        format!("{}\r\n{}", &text[..76], &text[76..])
    }),
    text("01-not-ascii", "a letter beyond ASCII behind a good bundle", Step::Size, |text| {
        format!("{text}\u{e4}")
    }),
    text("01-null-at-the-end", "a zero byte behind a good bundle", Step::Size, |text| format!("{text}\0")),
    text("02-four-parts", "the last part is missing", Step::Parts, |text| {
        text.rsplit_once('.').map_or("", |(front, _)| front).to_owned()
    }),
    text("02-six-parts", "a sixth part", Step::Parts, |text| format!("{text}.AAAA")),
    text("02-second-part-filled", "a wrapped key where none belongs", Step::Parts, |text| {
        text.replacen("..", ".AAAA.", 1)
    }),
    text("02-no-ciphertext", "the fourth part is empty", Step::Parts, |text| {
        with_part(text, 3, |_| String::new())
    }),
    text("02-padding", "padded with =", Step::Parts, |text| format!("{text}==")),
    text("02-other-alphabet", "base64 instead of base64url: + and / in the text", Step::Parts, |text| {
        with_part(text, 3, |part| part.replace('-', "+").replace('_', "/"))
    }),
    text("02-idle-bits-of-the-tag", "another spelling of the same tag", Step::Parts, |text| {
        with_part(text, 4, idle_bit)
    }),
    text("02-one-character-more", "a length that base64url does not have", Step::Parts, |text| {
        with_part(text, 2, |part| format!("{part}A"))
    }),
    header("03-not-json", "the header is no JSON", Step::Header, |_| "bundle".into()),
    header("03-a-list", "the header is a list", Step::Header, |text| format!("[{text}]")),
    header("03-member-zip", "the header asks to unpack", Step::Header, |text| added(text, r#""zip":"DEF""#)),
    header("03-member-crit", "the header has a critical member", Step::Header, |text| {
        added(text, r#""crit":"exp""#)
    }),
    header("03-member-jku", "the header leads to keys elsewhere", Step::Header, |text| {
        added(text, r#""jku":"https://keys.example.org/keys.json""#)
    }),
    header("03-member-apu", "the header has a party's name", Step::Header, |text| {
        added(text, r#""apu":"QWxpY2U""#)
    }),
    header("03-member-p2c", "the header has a count", Step::Header, |text| {
        added(text, r#""p2c":4000000000"#)
    }),
    header("03-member-twice", "alg is there twice, with another value first", Step::Header, |text| {
        added(text, r#""alg":"none""#)
    }),
    header("03-member-twice-in-epk", "x is there twice in the one-time key", Step::Header, |text| {
        text.replacen(r#""kty":"EC","#, r#""kty":"EC","kty":"EC","#, 1)
    }),
    header("03-without-cty", "the header has no cty", Step::Header, |text| {
        text.replacen(r#""cty":"bundle+jws","#, "", 1)
    }),
    header("04-alg-none", "alg is none", Step::Constants, |text| text.replacen("ECDH-ES", "none", 1)),
    header("04-alg-with-key-wrap", "alg is ECDH-ES+A128KW", Step::Constants, |text| {
        text.replacen("ECDH-ES", "ECDH-ES+A128KW", 1)
    }),
    header("04-alg-in-small-letters", "alg is ecdh-es", Step::Constants, |text| {
        text.replacen("ECDH-ES", "ecdh-es", 1)
    }),
    header("04-enc-a128gcm", "enc is A128GCM", Step::Constants, |text| {
        text.replacen("A256GCM", "A128GCM", 1)
    }),
    header("04-typ-of-the-passphrase-form", "typ is that of the other form", Step::Constants, |text| {
        text.replacen("bundle+jwe", "bundle-pw+jwe", 1)
    }),
    header("04-cty-jwt", "cty is JWT", Step::Constants, |text| text.replacen("bundle+jws", "JWT", 1)),
    header(
        "04-kid-of-another-key",
        "kid names another key, though this one opens it",
        Step::Constants,
        |text| with_text(text, "kid", OTHER_THUMBPRINT),
    ),
    row("04-for-another-recipient", "sealed to another key altogether", Step::Constants, Change::Recipient),
    header("05-another-curve", "crv is P-384", Step::EphemeralKey, |text| text.replacen("P-256", "P-384", 1)),
    header("05-off-the-curve", "the one-time key is no point of P-256", Step::EphemeralKey, |text| {
        let coordinate = compact::encode(&[7; 32]);
        with_text(&with_text(text, "x", &coordinate), "y", &coordinate)
    }),
    header("05-point-zero", "the one-time key is all zeros", Step::EphemeralKey, |text| {
        let zero = compact::encode(&[0; 32]);
        with_text(&with_text(text, "x", &zero), "y", &zero)
    }),
    header("05-short-coordinate", "x has 31 bytes", Step::EphemeralKey, |text| {
        with_text(text, "x", &compact::encode(&[7; 31]))
    }),
    header("05-with-a-private-part", "the one-time key has a member d", Step::EphemeralKey, |text| {
        text.replacen(r#""kty":"EC""#, r#""kty":"EC","d":"AA""#, 1)
    }),
    text("06-ciphertext-altered", "one bit of the ciphertext is another", Step::Decryption, |text| {
        with_part(text, 3, flipped)
    }),
    text("06-ciphertext-cut", "the last 24 bytes of the ciphertext are missing", Step::Decryption, |text| {
        with_part(text, 3, |part| {
            let bytes = decoded(part);
            compact::encode(&bytes[..bytes.len().saturating_sub(24)])
        })
    }),
    text("06-tag-altered", "one bit of the tag is another", Step::Decryption, |text| {
        with_part(text, 4, flipped)
    }),
    text("06-tag-cut", "the tag has 12 bytes, which some libraries take", Step::Decryption, |text| {
        with_part(text, 4, |part| part[..16].to_owned())
    }),
    text("06-iv-altered", "one bit of the IV is another", Step::Decryption, |text| {
        with_part(text, 2, flipped)
    }),
    text("06-iv-longer", "the IV has 15 bytes", Step::Decryption, |text| {
        with_part(text, 2, |part| format!("{part}AAAA"))
    }),
    text(
        "06-header-written-anew",
        "the same header with its members in another order",
        Step::Decryption,
        |text| {
            with_part(text, 0, |part| {
                let header = String::from_utf8(decoded(part)).unwrap_or_default();
                let (alg, enc) = (r#""alg":"ECDH-ES","#, r#""enc":"A256GCM","#);
                compact::encode(header.replacen(&format!("{alg}{enc}"), &format!("{enc}{alg}"), 1).as_bytes())
            })
        },
    ),
];

/// So many bytes of payload are more than a bundle may have: each of the two encodings makes four bytes out of three.
const ROOM: usize = LARGEST_BUNDLE * 9 / 16;

fn added(header: &str, member: &str) -> String {
    header.replacen('{', &format!("{{{member},"), 1)
}

/// The last character of a 16-byte part has four idle bits.
fn idle_bit(part: &str) -> String {
    let mut spelling = part.to_owned();
    if let Some(last) = spelling.pop() {
        spelling.push(char::from(last as u8 + 1));
    }
    spelling
}
