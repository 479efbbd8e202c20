//! What the interface's folders may import.

use crate::code::line_of;
use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

const PARTS: &str = "Parts are parts: one that knows the app cannot be used, or tested, without it";
const SCREENS: &str = "The screens run in any browser; only one file knows the window's own interface";
const ONE_DOOR: &str = "One file calls the window's interface, so there is one place to read what crosses";
const FEW: &str = "Fewer than 15 direct packages: each one is a stranger in the admin's window";

fn imports(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|s| s.path.starts_with("ui/src/")) {
        for (at, name) in imported(&source.text) {
            let why = if source.path.starts_with("ui/src/parts/") && leaves_parts(&name) {
                PARTS
            } else if source.path.starts_with("ui/src/screens/") && name.starts_with("@tauri-apps/") {
                SCREENS
            } else {
                continue;
            };
            let place = format!("{}:{}", source.path, line_of(&source.text, at));
            breaches.push(Breach::new(place, format!("imports {name}"), why));
        }
    }
    breaches
}

fn doors(sources: &[Source]) -> Vec<Breach> {
    let own = |s: &&Source| s.path.starts_with("ui/src/") && !s.is(".test.ts");
    let calls = |s: &&Source| imported(&s.text).iter().any(|(_, name)| name.starts_with("@tauri-apps/"));
    let found: Vec<&Source> = sources.iter().filter(own).filter(calls).collect();
    if found.len() < 2 {
        return Vec::new();
    }
    found
        .iter()
        .map(|s| Breach::new(&s.path, "calls the window's interface beside another file", ONE_DOOR))
        .collect()
}

/// Anything of ours outside the folder, by whichever way it is written.
fn leaves_parts(name: &str) -> bool {
    let up = name.starts_with("../") && !name.starts_with("../parts/");
    up || name.starts_with("$lib") || name.starts_with("/src") || name.starts_with("@tauri-apps/")
}

/// The names in `from "x"`, `import "x"` and `import("x")`.
fn imported(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for lead in ["from ", "import ", "import("] {
        for (at, _) in text.match_indices(lead) {
            let rest = text[at + lead.len()..].trim_start();
            let Some(quote) = rest.chars().next().filter(|c| *c == '"' || *c == '\'') else { continue };
            if let Some(name) = rest[1..].split(quote).next() {
                found.push((at, name.to_owned()));
            }
        }
    }
    found
}

fn packages(manifest: &serde_json::Value) -> Vec<Breach> {
    let count =
        |key: &str| manifest.get(key).and_then(|list| list.as_object()).map_or(0, serde_json::Map::len);
    let all = count("dependencies") + count("devDependencies");
    if all < 15 {
        Vec::new()
    } else {
        vec![Breach::new("ui/package.json", format!("names {all} packages"), FEW)]
    }
}

#[test]
fn parts_and_screens_import_only_what_they_may() {
    let sources = tree::sources();
    assert!(sources.iter().any(|s| s.path.starts_with("ui/src/")), "no interface was found");
    uphold(&imports(&sources));
}

#[test]
fn one_file_calls_the_window() {
    uphold(&doors(&tree::sources()));
}

#[test]
fn the_interface_has_few_packages() {
    let text = std::fs::read_to_string(tree::root().join("ui/package.json")).unwrap();
    uphold(&packages(&serde_json::from_str(&text).unwrap()));
}

fn page(path: &str, text: &str) -> Vec<Source> {
    vec![Source::planted(path, text)]
}

#[test]
fn control_parts_that_reach_out_are_seen() {
    for name in [
        "../ipc.gen",
        "../desk.svelte",
        "../screens/Step.svelte",
        "@tauri-apps/api/core",
        "../words/words.svelte",
    ] {
        let text = format!("<script>\nimport type {{ A }} from \"{name}\";");
        reported(&imports(&page("ui/src/parts/Badge.svelte", &text)), &format!("imports {name}"));
    }
    assert_eq!(
        imports(&page("ui/src/parts/Badge.svelte", "import a from './Icon.svelte'; import 'svelte';")),
        []
    );
}

#[test]
fn control_screens_that_call_the_window_are_seen() {
    reported(
        &imports(&page("ui/src/screens/Step.svelte", "const a = import('@tauri-apps/api/core')")),
        "@tauri-apps",
    );
    assert_eq!(imports(&page("ui/src/screens/Step.svelte", "import { desk } from '../desk.svelte';")), []);
}

#[test]
fn control_a_second_door_is_seen() {
    let mut two = page("ui/src/ipc.ts", "import { invoke } from '@tauri-apps/api/core';");
    assert_eq!(doors(&two), []);
    two.extend(page("ui/src/App.svelte", "import { Window } from '@tauri-apps/api/window';"));
    reported(&doors(&two), "App.svelte");
}

#[test]
fn control_too_many_packages_are_seen() {
    let names: serde_json::Map<_, _> = (0..15).map(|n| (format!("p{n}"), "1".into())).collect();
    reported(&packages(&serde_json::json!({ "devDependencies": names })), "15 packages");
}
