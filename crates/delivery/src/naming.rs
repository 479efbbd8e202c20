//! File names as every place takes them, and what tells one temporary file and one content from another.

use std::path::{Component, Path};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;

/// Whether this is one plain name: no folder, no hidden file, nothing that another system would read differently.
pub(crate) fn is_plain(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let plain = matches!((components.next(), components.next()), (Some(Component::Normal(_)), None));
    let odd = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    let good = plain && name.len() <= 200 && !name.starts_with('.') && !name.ends_with(['.', ' ']);
    good && !name.contains(odd)
}

/// How long [`random_tail`] is, in characters.
pub(crate) const TAIL: usize = 16;

/// 64 random bits in hexadecimal, for a name that nobody else has; `None` where the system has no random numbers.
pub(crate) fn random_tail() -> Option<String> {
    let mut tail = [0_u8; TAIL / 2];
    rand::fill(&mut tail).ok()?;
    Some(hexadecimal(&tail))
}

/// SHA-256 in hexadecimal, small letters.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(digest(&SHA256, bytes).as_ref())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
