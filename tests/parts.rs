//! `cargo licences` writes what the window shows of other people's licences; `cargo sbom FILE` writes the bill of materials.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::Path;

use footbridge_tests::parts::{licences, parts, sbom};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["licences"] => {
            std::fs::write(root.join("ui/src/licences.gen.json"), licences(&parts(root))).unwrap()
        }
        ["sbom", out] => {
            // The time of the release, so that the same release gives the same file.
            let told = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
            let made = told.map_or_else(OffsetDateTime::now_utc, |seconds| {
                OffsetDateTime::from_unix_timestamp(seconds).unwrap()
            });
            let serial = uuid::Uuid::from_u64_pair(
                u64::try_from(made.unix_timestamp()).unwrap(),
                0x8000_0000_0000_0001,
            );
            let serial = uuid::Builder::from_bytes(*serial.as_bytes()).with_variant(uuid::Variant::RFC4122);
            let serial = serial.with_version(uuid::Version::Random).into_uuid().to_string();
            let made = made.replace_nanosecond(0).unwrap().format(&Rfc3339).unwrap();
            let bill = sbom(&parts(root), env!("CARGO_PKG_VERSION"), &serial, &made);
            std::fs::write(out, serde_json::to_string_pretty(&bill).unwrap() + "\n").unwrap();
        }
        _ => {
            eprintln!("cargo licences | cargo sbom FILE");
            std::process::exit(2);
        }
    }
}
