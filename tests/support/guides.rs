//! Pretend products for the tests: Northwind signs in with a certificate, Southwind with a secret. They are one guide, so
//! that what differs between them is the credential and nothing else. Eastwind wants a little of everything that is left,
//! Upwind is given its values by a command line, Westwind signs in with passwords and is looked at from outside.

use std::path::Path;
use std::sync::LazyLock;

use guide::{Guide, Sources};

const NORTHWIND: [(&str, &str); 3] = [
    ("guide.toml", include_str!("guides/northwind/guide.toml")),
    ("en.toml", include_str!("guides/northwind/en.toml")),
    ("de.toml", include_str!("guides/northwind/de.toml")),
];

const EASTWIND: [&str; 3] = [
    include_str!("guides/eastwind/guide.toml"),
    include_str!("guides/eastwind/en.toml"),
    include_str!("guides/eastwind/de.toml"),
];

const UPWIND: [(&str, &str); 3] = [
    ("guide.toml", include_str!("guides/upwind/guide.toml")),
    ("en.toml", include_str!("guides/upwind/en.toml")),
    ("de.toml", include_str!("guides/upwind/de.toml")),
];

const WESTWIND: [(&str, &str); 3] = [
    ("guide.toml", include_str!("guides/westwind/guide.toml")),
    ("en.toml", include_str!("guides/westwind/en.toml")),
    ("de.toml", include_str!("guides/westwind/de.toml")),
];

fn southwind(text: &str) -> String {
    text.replace("add-certificate", "add-secret")
        .replace("{certificate.certificate-thumbprint}", "{certificate.secret-key-id}")
        .replace("{certificate.certificate}", "{certificate.secret}")
        .replace("northwind", "southwind")
        .replace("Northwind", "Southwind")
}

/// The guides.
///
/// # Panics
/// When one has a fault.
#[must_use]
pub fn further_guides() -> Vec<&'static Guide> {
    static GUIDES: LazyLock<[Guide; 5]> = LazyLock::new(|| {
        let owned = |files: [(&str, &str); 3]| files.map(|(_, text)| text.to_owned());
        let texts = owned(NORTHWIND);
        let read = |[guide, en, de]: [String; 3]| {
            let sources = Sources { guide: guide.as_bytes(), en: en.as_bytes(), de: de.as_bytes() };
            guide::read(&sources).unwrap_or_else(|faults| panic!("{faults:#?}"))
        };
        let southwind = texts.clone().map(|text| southwind(&text));
        let eastwind = EASTWIND.map(str::to_owned);
        [read(texts), read(southwind), read(eastwind), read(owned(UPWIND)), read(owned(WESTWIND))]
    });
    GUIDES.iter().collect()
}

/// Writes both into a folder, for the program.
///
/// # Panics
/// When the folder cannot be written.
pub fn write_guides(folder: &Path) {
    for name in ["northwind", "southwind"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        for (file, text) in NORTHWIND {
            let text = if name == "northwind" { text.to_owned() } else { southwind(text) };
            std::fs::write(folder.join(name).join(file), text).unwrap();
        }
    }
}
