//! Looks for secrets in bytes, in the forms that programs give them. A scan is worth something only where the same
//! scan finds a planted control, so every caller plants one.

use std::io::Read as _;
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
        let mut canary = Self::of_bytes(name, value.as_bytes());
        let text = |text: String| text.into_bytes();
        canary.forms.extend([
            ("UTF-16LE", value.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("JSON", text(serde_json::to_string(value).unwrap().trim_matches('"').to_owned())),
            ("quoted-printable", text(value.replace('=', "=3D"))),
        ]);
        canary
    }

    /// A canary that is no text, such as a part of a key.
    ///
    /// # Panics
    /// As [`Canary::new`].
    #[must_use]
    pub fn of_bytes(name: &str, bytes: &[u8]) -> Self {
        assert!(bytes.len() >= 12, "{name}: too short to be looked for");
        let mut forms = vec![
            ("raw", bytes.to_vec()),
            ("reversed", bytes.iter().rev().copied().collect()),
            ("hex", hex(bytes, false)),
            ("HEX", hex(bytes, true)),
            ("URL", percent(bytes)),
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

/// Every canary that these bytes hold, gzip streams in them unpacked, as "where: name (form)".
#[must_use]
pub fn scan_bytes(place: &str, bytes: &[u8], canaries: &[Canary]) -> Vec<String> {
    let mut hits = scan_plain(place, bytes, canaries);
    for at in bytes.windows(GZIP.len()).enumerate().filter(|(_, part)| *part == GZIP).map(|(at, _)| at) {
        let mut unpacked = Vec::new();
        // What is cut or damaged still gives what came before.
        let _ = flate2::read::GzDecoder::new(&bytes[at..]).take(MOST_UNPACKED).read_to_end(&mut unpacked);
        hits.extend(scan_plain(&format!("{place} in gzip"), &unpacked, canaries));
    }
    hits
}

/// RFC 1952 section 2.3: the magic number and the only method.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
const MOST_UNPACKED: u64 = 16 * 1024 * 1024;

/// One walk over the bytes for all forms of all canaries: only where two bytes begin a form, forms are compared.
fn scan_plain(place: &str, bytes: &[u8], canaries: &[Canary]) -> Vec<String> {
    let mut begins = vec![false; 1 << 16];
    let key = |part: &[u8]| usize::from(part[0]) << 8 | usize::from(part[1]);
    for canary in canaries {
        canary.forms.iter().for_each(|(_, form)| begins[key(form)] = true);
    }
    let mut found = vec![None; canaries.len()];
    for (at, _) in bytes.windows(2).enumerate().filter(|(_, part)| begins[key(part)]) {
        for (canary, found) in canaries.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            let form = canary.forms.iter().find(|(_, form)| bytes[at..].starts_with(form));
            *found = form.map(|(form, _)| *form);
        }
    }
    let hits = canaries.iter().zip(found).filter_map(|(canary, form)| Some((canary, form?)));
    hits.map(|(canary, form)| format!("{place}: {} ({form})", canary.name)).collect()
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

    #[test]
    fn what_stands_inside_gzip_is_found() {
        let canaries = [Canary::new("secret", VALUE)];
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut packer, format!("before {VALUE} after").repeat(9).as_bytes()).unwrap();
        let packed = [b"text ".as_slice(), &packer.finish().unwrap(), b" text"].concat();
        assert_eq!(scan_bytes("here", &packed, &canaries), ["here in gzip: secret (raw)"]);
    }

    #[test]
    fn a_part_of_a_key_is_found_in_its_forms() {
        let bytes: Vec<u8> = (0..24).map(|byte| (byte * 7) ^ 0xc3).collect();
        let canaries = [Canary::of_bytes("key", &bytes)];
        for (name, form) in canaries[0].forms() {
            assert_eq!(scan_bytes("here", form, &canaries).len(), 1, "{name}");
        }
    }
}
