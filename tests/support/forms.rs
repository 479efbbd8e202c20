//! Looks for secrets in bytes, in the forms that programs give them. A scan is worth something only where the same
//! scan finds a planted control, so every caller plants one.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// A value that must be found nowhere, or a control that must be found everywhere.
pub struct Canary {
    /// What it is, for the report.
    pub name: String,
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    /// A canary in all its forms.
    ///
    /// # Panics
    /// When the value is too short to be told from chance.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        assert!(value.len() >= 12, "{name}: too short to be looked for");
        let bytes = value.as_bytes();
        let mut forms = vec![
            ("raw", bytes.to_vec()),
            ("reversed", bytes.iter().rev().copied().collect()),
            ("hex", hex(bytes, false)),
            ("HEX", hex(bytes, true)),
            ("UTF-16LE", value.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("URL", percent(bytes)),
            ("JSON", serde_json::to_string(value).unwrap().trim_matches('"').as_bytes().to_vec()),
            ("quoted-printable", value.replace('=', "=3D").into_bytes()),
        ];
        for offset in 0..3 {
            forms.push(("base64", inner(&STANDARD.encode(bytes.get(offset..).unwrap()))));
            forms.push(("base64url", inner(&URL_SAFE.encode(bytes.get(offset..).unwrap()))));
        }
        Self { name: name.to_owned(), forms }
    }

    /// The forms and their bytes, for planting.
    pub fn forms(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.forms.iter().map(|(name, bytes)| (*name, bytes.as_slice()))
    }
}

/// Base64 of a part of a longer text: its last group may be cut by what follows, so only the whole groups count.
fn inner(encoded: &str) -> Vec<u8> {
    let bare = encoded.trim_end_matches('=');
    bare.as_bytes()[..bare.len() / 4 * 4].to_vec()
}

fn hex(bytes: &[u8], upper: bool) -> Vec<u8> {
    let digit = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
    bytes.iter().map(digit).collect::<String>().into_bytes()
}

fn percent(bytes: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    bytes
        .iter()
        .flat_map(|byte| if plain(byte) { vec![*byte] } else { format!("%{byte:02X}").into_bytes() })
        .collect()
}

/// Every canary that these bytes hold, as "where: name (form)".
#[must_use]
pub fn scan_bytes(place: &str, bytes: &[u8], canaries: &[Canary]) -> Vec<String> {
    let mut hits = Vec::new();
    let text = letters(bytes);
    for canary in canaries {
        let found = canary.forms.iter().find(|(_, form)| !form.is_empty() && text.contains(&letters(form)));
        hits.extend(found.map(|(form, _)| format!("{place}: {} ({form})", canary.name)));
    }
    hits
}

/// Every canary in the files of a folder, names included.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn scan_tree(folder: &Path, canaries: &[Canary]) -> Vec<String> {
    let mut hits = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let place = path.display().to_string();
        hits.extend(scan_bytes(&place, place.as_bytes(), canaries));
        if path.is_dir() {
            hits.extend(scan_tree(&path, canaries));
        } else if path.is_file() {
            hits.extend(scan_bytes(&place, &std::fs::read(&path).unwrap(), canaries));
        }
    }
    hits
}

/// Each byte as one character, so that the library's own fast search can be used on what is no text.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "a~S3cret.Value-0123456789_Zz";

    #[test]
    fn every_form_is_found_and_another_value_is_not() {
        let canaries = [Canary::new("secret", VALUE)];
        let count = canaries[0].forms().count();
        assert_eq!(count, 14);
        for (name, form) in canaries[0].forms() {
            let text = [b"before ".as_slice(), form, b" after"].concat();
            assert_eq!(scan_bytes("here", &text, &canaries).len(), 1, "{name}");
        }
        assert!(scan_bytes("here", b"a~S3cret.Value-0123456789_Zy and nothing else", &canaries).is_empty());
    }

    #[test]
    fn base64_is_found_wherever_the_value_stands_in_what_was_encoded() {
        let canaries = [Canary::new("secret", VALUE)];
        for before in ["", "x", "xy", "xyz"] {
            let text = STANDARD.encode(format!("{before}{VALUE}tail"));
            assert_eq!(scan_bytes("here", text.as_bytes(), &canaries).len(), 1, "{before}");
        }
    }
}
