//! What the product is made of: every crate that is linked into it on any system, and every package in its page, with its
//! licence and that licence's text. Read from the lock files and from what lies on this disk; asks no network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use serde_json::{Value, json};

/// One part by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence as an SPDX expression.
    pub licence: String,
    /// Its package address (<https://github.com/package-url/purl-spec>).
    pub purl: String,
    /// The digest in the lock file: algorithm as CycloneDX names it, and hexadecimal.
    pub digest: Option<(&'static str, String)>,
    /// The texts of its licence.
    pub texts: Vec<String>,
    /// The parts that it stands on, by their addresses.
    pub on: BTreeSet<String>,
}

/// The programs that are shipped.
const PROGRAMS: [&str; 2] = ["footbridge-desktop", "cli"];

/// Every part, in the order of their names.
///
/// # Panics
/// When a lock file does not fit, or `npm ci` was not run in `ui`.
#[must_use]
pub fn parts(root: &Path) -> Vec<Part> {
    let mut all = crates(root);
    all.extend(packages(root));
    all.sort();
    all
}

fn crates(root: &Path) -> Vec<Part> {
    let read = |options: &[&str]| {
        let options = options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>();
        MetadataCommand::new().manifest_path(root.join("Cargo.toml")).other_options(options).exec()
    };
    let metadata = read(&["--locked", "--offline"]).or_else(|_| read(&["--locked"])).unwrap();
    let digests = digests(&std::fs::read_to_string(root.join("Cargo.lock")).unwrap());
    let shipped = shipped(&metadata);
    let ours: BTreeSet<&PackageId> = metadata.workspace_members.iter().collect();
    let purl = |id: &PackageId| {
        let package = &metadata[id];
        format!("pkg:cargo/{}@{}", package.name, package.version)
    };
    let theirs = shipped.iter().filter(|(id, _)| !ours.contains(*id));
    theirs
        .map(|(id, on)| {
            let package = &metadata[*id];
            let (name, version) = (package.name.to_string(), package.version.to_string());
            // A slash was the way to write OR before SPDX expressions.
            let licence = package.license.clone().unwrap_or_default().replace('/', " OR ");
            let folder = package.manifest_path.parent().unwrap().as_std_path();
            Part {
                texts: texts(folder, &licence),
                digest: digests
                    .get(&(name.clone(), version.clone()))
                    .map(|digest| ("SHA-256", digest.clone())),
                purl: purl(id),
                on: on.iter().copied().filter(|on| !ours.contains(on)).map(purl).collect(),
                name,
                version,
                licence,
            }
        })
        .collect()
}

/// What is linked into the programs on any system, and what each of it stands on; not what only builds or tests them.
fn shipped(metadata: &Metadata) -> BTreeMap<&PackageId, BTreeSet<&PackageId>> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut found: BTreeMap<&PackageId, BTreeSet<&PackageId>> = BTreeMap::new();
    let programs = metadata.packages.iter().filter(|package| PROGRAMS.contains(&package.name.as_str()));
    let mut next: Vec<&PackageId> = programs.map(|package| &package.id).collect();
    assert_eq!(next.len(), PROGRAMS.len());
    while let Some(id) = next.pop() {
        if found.contains_key(id) {
            continue;
        }
        let linked = |dep: &&cargo_metadata::NodeDep| {
            let target = &metadata[&dep.pkg].targets;
            // A macro runs in the compiler only.
            let is_macro = target.iter().any(cargo_metadata::Target::is_proc_macro);
            !is_macro && dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        };
        let on: BTreeSet<&PackageId> = nodes[id].deps.iter().filter(linked).map(|dep| &dep.pkg).collect();
        next.extend(on.iter().copied());
        found.insert(id, on);
    }
    found
}

fn digests(lock: &str) -> BTreeMap<(String, String), String> {
    let member = |package: &str, name: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let packages = lock.split("[[package]]");
    packages
        .filter_map(|package| {
            Some(((member(package, "name")?, member(package, "version")?), member(package, "checksum")?))
        })
        .collect()
}

/// The npm packages whose code is in the page: the dependencies, and what they depend on.
fn packages(root: &Path) -> Vec<Part> {
    let lock: Value =
        serde_json::from_str(&std::fs::read_to_string(root.join("ui/package-lock.json")).unwrap()).unwrap();
    let locked = lock["packages"].as_object().unwrap();
    let name_of = |place: &str| place.rsplit("node_modules/").next().unwrap_or_default().to_owned();
    let purl = |place: &str| {
        let version = locked[place]["version"].as_str().unwrap();
        format!("pkg:npm/{}@{version}", name_of(place).replace('@', "%40"))
    };
    // As Node looks for a package: beside whoever asks, then further up.
    let found_from = |place: &str, name: &str| {
        let mut from = place.to_owned();
        loop {
            let inner = if from.is_empty() {
                format!("node_modules/{name}")
            } else {
                format!("{from}/node_modules/{name}")
            };
            if locked.contains_key(&inner) {
                return Some(inner);
            }
            if from.is_empty() {
                return None;
            }
            from = from.rsplit_once("/node_modules/").map(|(outer, _)| outer.to_owned()).unwrap_or_default();
        }
    };
    let in_page = |entry: &&(&String, &Value)| {
        !entry.0.is_empty() && entry.1["dev"] != true && entry.1["devOptional"] != true
    };
    let entries: Vec<(&String, &Value)> = locked.iter().collect();
    entries
        .iter()
        .filter(in_page)
        .map(|(place, entry)| {
            let name = name_of(place);
            let folder = root.join("ui").join(place);
            assert!(folder.is_dir(), "{} is not there: npm ci in ui", folder.display());
            let licence = entry["license"].as_str().unwrap_or_default().to_owned();
            let on = entry["dependencies"].as_object().into_iter().flat_map(|list| list.keys());
            Part {
                version: entry["version"].as_str().unwrap().to_owned(),
                texts: texts(&folder, &licence),
                purl: purl(place),
                digest: None,
                on: on.filter_map(|name| found_from(place, name)).map(|place| purl(&place)).collect(),
                licence,
                name,
            }
        })
        .collect()
}

/// The texts of a licence in a package's folder. Where MIT may be chosen, it is.
fn texts(folder: &Path, licence: &str) -> Vec<String> {
    let begins = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT"];
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().flatten().map(|file| file.path()).collect();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    files.retain(|path| path.is_file() && begins.iter().any(|begin| name(path).starts_with(begin)));
    files.sort();
    if licence.contains(" OR ")
        && licence.contains("MIT")
        && files.iter().any(|path| name(path).contains("MIT"))
    {
        files.retain(|path| name(path).contains("MIT") || name(path).starts_with("NOTICE"));
    }
    let read = |path: &PathBuf| std::fs::read_to_string(path).ok();
    files.iter().filter_map(read).map(|text| text.replace("\r\n", "\n").trim().to_owned()).collect()
}

/// What the page shows: each part with its licence, and each text once.
#[must_use]
pub fn licences(parts: &[Part]) -> String {
    let mut texts: Vec<&str> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for part in parts {
        let mut places = Vec::new();
        for text in &part.texts {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let next = texts.len();
            let at = *known.entry(words).or_insert(next);
            if at == next {
                texts.push(text);
            }
            if !places.contains(&at) {
                places.push(at);
            }
        }
        lines.push(
            json!({ "name": part.name, "version": part.version, "licence": part.licence, "texts": places }),
        );
    }
    // One line for each, so that a change can be read.
    let rows = |rows: Vec<String>| rows.join(",\n    ");
    let lines = rows(lines.iter().map(Value::to_string).collect());
    let texts = rows(texts.iter().map(|text| json!(text).to_string()).collect());
    format!("{{\n  \"parts\": [\n    {lines}\n  ],\n  \"texts\": [\n    {texts}\n  ]\n}}\n")
}

/// The bill of materials as CycloneDX 1.6 (ECMA-424). `serial` is a UUID, `made` a time by RFC 3339.
#[must_use]
pub fn sbom(parts: &[Part], version: &str, serial: &str, made: &str) -> Value {
    let component = |part: &Part| {
        let mut component = json!({
            "type": "library", "bom-ref": part.purl, "name": part.name, "version": part.version, "purl": part.purl,
            "licenses": [{ "expression": part.licence }],
        });
        if let Some((algorithm, digest)) = &part.digest {
            component["hashes"] = json!([{ "alg": algorithm, "content": digest }]);
        }
        component
    };
    let product = format!("pkg:generic/footbridge@{version}");
    let depended: BTreeSet<&String> = parts.iter().flat_map(|part| &part.on).collect();
    let direct: Vec<&String> =
        parts.iter().map(|part| &part.purl).filter(|purl| !depended.contains(purl)).collect();
    let mut dependencies = vec![json!({ "ref": product, "dependsOn": direct })];
    dependencies.extend(parts.iter().map(|part| json!({ "ref": part.purl, "dependsOn": part.on })));
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": format!("urn:uuid:{serial}"), "version": 1,
        "metadata": {
            "timestamp": made,
            "tools": { "components": [{ "type": "application", "name": "footbridge-parts", "version": version }] },
            "component": {
                "type": "application", "bom-ref": product, "name": "Footbridge", "version": version, "purl": product,
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            },
        },
        "components": parts.iter().map(component).collect::<Vec<_>>(),
        "dependencies": dependencies,
    })
}
