//! Named places where a test may end the process, so that every interruption can be tried.
//! Outside tests no hook is set and a place costs one atomic read.

use std::sync::OnceLock;

static HOOK: OnceLock<fn(&str)> = OnceLock::new();

/// Every named place, in the order of the journey.
pub const PLACES: [&str; 28] = [
    "connected",
    "signed-in",
    "intended",
    "write.before",
    "write.applied",
    "write.journalled",
    "register.application-made",
    "secret.before",
    "secret.answered",
    "secret.sealed",
    "certificate.sealed",
    "certificate.read",
    "certificate.answered",
    "consent.half",
    "meeting.made",
    "settled",
    "hand-over.before",
    "hand-over.written",
    "hand-over.journalled",
    "push.before",
    "push.taken",
    "sftp.before",
    "sftp.written",
    "renewal.begun",
    "renewal.added",
    "renewal.proven",
    "renewal.removed",
    "renewal.ended",
];

/// Sets what happens at each place; only the first call counts.
pub fn set_hook(hook: fn(&str)) {
    // A second hook would only mean that two tests share a process; the first one stays.
    let _ = HOOK.set(hook);
}

/// A named place.
pub(crate) fn place(name: &'static str) {
    if let Some(hook) = HOOK.get() {
        hook(name);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::PLACES;

    #[test]
    fn every_listed_place_stands_in_the_code_and_every_place_is_listed() {
        let mut found = std::collections::BTreeSet::new();
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let source = std::fs::read_to_string(&path).unwrap();
                    found.extend(
                        source
                            .split("crash::place(\"")
                            .skip(1)
                            .filter_map(|part| part.split('"').next())
                            .map(str::to_owned),
                    );
                }
            }
        }
        assert_eq!(found, PLACES.iter().map(|name| (*name).to_owned()).collect());
    }
}
