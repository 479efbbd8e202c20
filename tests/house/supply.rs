//! Every direct dependency has its line in SUPPLY.md, and every crate its place on the architecture page.

use crate::tree;
use crate::{Breach, reported, uphold};

const LINE: &str = "A dependency is taken in with a reason, a licence and a known keeper, or not at all";
const PAGE: &str = "The page that says how the house is built is true, or it is worth nothing";

fn unlisted(names: &[String], supply: &str) -> Vec<Breach> {
    let absent = names.iter().filter(|name| !supply.contains(&format!("| `{name}` |")));
    absent.map(|name| Breach::new(name, "has no line in SUPPLY.md", LINE)).collect()
}

/// The names under `[workspace.dependencies]` that do not lead into the workspace.
fn crates(manifest: &str) -> Vec<String> {
    let table =
        manifest.split("[workspace.dependencies]").nth(1).unwrap_or("").split("\n[").next().unwrap_or("");
    let outside =
        table.lines().filter(|line| !line.trim_start().starts_with('#') && !line.contains("path ="));
    outside.filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim().to_owned()).collect()
}

fn packages(manifest: &str) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(manifest).unwrap();
    let lists = ["dependencies", "devDependencies"].into_iter().filter_map(|key| json.get(key)?.as_object());
    lists.flat_map(|list| list.keys().cloned()).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(tree::root().join(path)).unwrap()
}

#[test]
fn every_dependency_has_its_line() {
    let mut names = crates(&read("Cargo.toml"));
    names.extend(packages(&read("ui/package.json")));
    let manual = packages(&read("docs/manual/package.json"));
    assert!(!manual.is_empty(), "the manual's packages were not found");
    names.extend(manual);
    assert!(names.len() > 30, "only {} dependencies were found", names.len());
    uphold(&unlisted(&names, &read("SUPPLY.md")));
}

#[test]
fn every_room_is_on_the_architecture_page() {
    let page = read("docs/architecture.md");
    let folders = std::fs::read_dir(tree::root().join("crates")).unwrap().flatten();
    let names: Vec<String> =
        folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    let absent = names
        .iter()
        .filter(|name| !page.contains(&format!("| {name} |")) && !page.contains(&format!("| {name},")));
    uphold(
        &absent.map(|name| Breach::new(name, "has no row on docs/architecture.md", PAGE)).collect::<Vec<_>>(),
    );
}

#[test]
fn control_an_unlisted_dependency_is_seen() {
    let manifest = "[workspace.dependencies]\n# ours\nguide = { path = \"g\" }\nserde = \"1\"\nleft-pad = { version = \"1\" }\n\n[workspace.lints]\na = 1";
    let names = crates(manifest);
    assert_eq!(names, ["serde", "left-pad"]);
    reported(&unlisted(&names, "| `serde` | why |"), "left-pad");
    assert_eq!(
        packages(r#"{"dependencies":{"svelte":"5"},"devDependencies":{"vite":"8"}}"#),
        ["svelte", "vite"]
    );
}
