//! G-31: the bill of materials names every part that is shipped, in the form that CycloneDX 1.6 (ECMA-424) asks for, and the
//! licences in the window are those of just these parts.

use std::collections::BTreeSet;
use std::path::Path;

use footbridge_tests::goal::{Target, reached};
use footbridge_tests::parts::{licences, parts, sbom};
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Whether a text is made of these groups of lower-case hexadecimal digits with dashes between.
fn is_hex(text: &str, groups: &[usize]) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits =
        |part: &str| part.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit));
    parts.len() == groups.len()
        && parts.iter().zip(groups).all(|(part, length)| part.len() == *length && digits(part))
}

/// The members of an object: those that must be there, and no others than these.
fn members(place: &str, value: &Value, must: &[&str], may: &[&str], faults: &mut Vec<String>) {
    let Some(object) = value.as_object() else {
        faults.push(format!("{place} is no object"));
        return;
    };
    faults.extend(
        must.iter().filter(|name| !object.contains_key(**name)).map(|name| format!("{place} has no {name}")),
    );
    let known = |name: &&String| must.contains(&name.as_str()) || may.contains(&name.as_str());
    faults.extend(object.keys().filter(|name| !known(name)).map(|name| format!("{place} has a {name}")));
    let empty = |value: &Value| value.as_str().is_some_and(str::is_empty);
    faults.extend(
        object.iter().filter(|(_, value)| empty(value)).map(|(name, _)| format!("{place}: {name} is empty")),
    );
}

fn component(place: &str, value: &Value, faults: &mut Vec<String>) {
    members(place, value, &["type", "name"], &["bom-ref", "version", "purl", "licenses", "hashes"], faults);
    let purl = value["purl"].as_str().unwrap_or_default();
    let is_purl = ["pkg:cargo/", "pkg:npm/", "pkg:generic/"].iter().any(|kind| purl.starts_with(kind));
    if !(is_purl && purl.matches('@').count() == 1 && !purl.contains(' ')) {
        faults.push(format!("{place}: {purl} is no package address"));
    }
    if !matches!(value["type"].as_str(), Some("library" | "application")) {
        faults.push(format!("{place}: its type is not of the list"));
    }
    let licences = value["licenses"].as_array().map_or(&[][..], Vec::as_slice);
    if licences.len() != 1 || licences[0]["expression"].as_str().is_none_or(str::is_empty) {
        faults.push(format!("{place} has no licence expression"));
    }
    for hash in value["hashes"].as_array().into_iter().flatten() {
        if hash["alg"] != "SHA-256" || !is_hex(hash["content"].as_str().unwrap_or_default(), &[64]) {
            faults.push(format!("{place}: {hash} is no digest"));
        }
    }
}

/// What the standard's schema asks of the members that are written here: the required ones, their forms, and no other.
fn faults_of(bill: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let may = ["$schema", "serialNumber", "version", "metadata", "components", "dependencies"];
    members("the bill", bill, &["bomFormat", "specVersion"], &may, &mut faults);
    let serial =
        bill["serialNumber"].as_str().and_then(|text| text.strip_prefix("urn:uuid:")).unwrap_or_default();
    for (held, what) in [
        (bill["bomFormat"] == "CycloneDX", "bomFormat"),
        (bill["specVersion"] == "1.6", "specVersion"),
        (bill["version"].as_u64() == Some(1), "version"),
        (is_hex(serial, &[8, 4, 4, 4, 12]), "serialNumber"),
    ] {
        if !held {
            faults.push(format!("{what} has another form"));
        }
    }
    let about = &bill["metadata"];
    members("metadata", about, &[], &["timestamp", "tools", "component"], &mut faults);
    let made = about["timestamp"].as_str().unwrap_or_default();
    if time::OffsetDateTime::parse(made, &time::format_description::well_known::Rfc3339).is_err() {
        faults.push(format!("{made} is no time"));
    }
    component("the product", &about["component"], &mut faults);
    for (at, one) in bill["components"].as_array().into_iter().flatten().enumerate() {
        component(&format!("component {at}"), one, &mut faults);
    }
    for (at, one) in bill["dependencies"].as_array().into_iter().flatten().enumerate() {
        members(&format!("dependency {at}"), one, &["ref"], &["dependsOn"], &mut faults);
    }
    faults
}

#[test]
fn g31_the_bill_of_materials_names_every_part() {
    let parts = parts(root());
    let bill = sbom(&parts, "0.1.0", "00000000-6500-4000-8000-000000000001", "2026-11-21T10:00:00Z");
    let faults = faults_of(&bill);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let named: BTreeSet<&str> =
        bill["components"].as_array().unwrap().iter().filter_map(|one| one["bom-ref"].as_str()).collect();
    assert_eq!(named.len(), parts.len(), "two parts have one name");
    for dependency in bill["dependencies"].as_array().unwrap() {
        for on in dependency["dependsOn"].as_array().unwrap() {
            assert!(named.contains(on.as_str().unwrap()), "{on} is not among the parts");
        }
    }
    for wanted in ["aws-lc-rs", "rustls", "tauri", "rusqlite", "svelte", "@tauri-apps/api"] {
        assert!(parts.iter().any(|part| part.name == wanted), "{wanted} is missing");
    }
    for unwanted in ["proptest", "vitest", "tauri-build", "insta"] {
        assert!(!parts.iter().any(|part| part.name == unwanted), "{unwanted} is not shipped");
    }
    let without_licence: Vec<&str> =
        parts.iter().filter(|part| part.licence.is_empty()).map(|part| part.name.as_str()).collect();
    assert!(without_licence.is_empty(), "{without_licence:?}");
    // The control: a bill with a part that has no name, or another form, is refused.
    for (place, wrong) in
        [("/components/0/name", json!("")), ("/bomFormat", json!("SPDX")), ("/serialNumber", json!("1"))]
    {
        let mut other = bill.clone();
        *other.pointer_mut(place).unwrap() = wrong;
        assert!(!faults_of(&other).is_empty(), "{place}");
    }
    reached(
        "G-31",
        "parts in the bill of materials",
        u64::try_from(parts.len()).unwrap(),
        Target::AtLeast(200),
    );
}

#[test]
fn g31_the_window_shows_the_licences_of_what_is_shipped() {
    let found = std::fs::read_to_string(root().join("ui/src/licences.gen.json")).unwrap_or_default();
    let parts = parts(root());
    assert!(
        found == licences(&parts),
        "ui/src/licences.gen.json is not current: run cargo licences, and commit it"
    );
    let shown: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(shown["parts"].as_array().unwrap().len(), parts.len());
}
