//! Who may import whom, read from cargo's own account of the workspace.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::{Breach, reported, tree, uphold};

/// The rooms and the rooms each may name. The hub knows its spokes, shells know the hub, spokes know nobody.
const ROOMS: &[(&str, &[&str])] = &[
    ("guide", &[]),
    ("cloud", &[]),
    ("certs", &[]),
    // No room, but the floor under three of them: the folder and files that only this user may open.
    ("own_files", &[]),
    ("vault", &["own_files"]),
    ("journal", &["own_files"]),
    ("bundle", &[]),
    ("delivery", &[]),
    ("probe", &[]),
    // A program of its own on another machine: it reads the format and makes certificates, and knows no other room.
    ("receiver", &["own_files", "bundle", "certs"]),
    ("engine", &["guide", "cloud", "certs", "vault", "journal", "bundle", "delivery", "probe"]),
    ("simulator", &[]),
    ("rehearsal", &["engine", "simulator"]),
    ("cli", &["engine", "guide", "receiver", "rehearsal", "simulator"]),
    ("footbridge-desktop", &["engine", "guide", "rehearsal", "simulator"]),
    (
        "footbridge-tests",
        &[
            "guide",
            "cloud",
            "certs",
            "vault",
            "journal",
            "bundle",
            "delivery",
            "probe",
            "engine",
            "receiver",
            "rehearsal",
            "simulator",
            "cli",
        ],
    ),
    ("xtask", &[]),
];

const HUB: &str =
    "Only the hub knows its spokes, and spokes never import spokes: \"who calls whom?\" has one answer";

/// Outside crates that a room must never name, or must never have anywhere below it.
struct Ban {
    room: &'static str,
    below: bool,
    crates: &'static [&'static str],
    why: &'static str,
}

const fn never(room: &'static str, crates: &'static [&'static str], why: &'static str) -> Ban {
    Ban { room, below: false, crates, why }
}

const fn never_below(room: &'static str, crates: &'static [&'static str], why: &'static str) -> Ban {
    Ban { room, below: true, crates, why }
}

const NETWORK: &[&str] = &["reqwest", "hyper", "tokio", "oauth2", "axum", "ureq"];
const SHELL: &str = "A shell only shows; storing, calling and making certificates are the rooms' work";

const BANS: &[Ban] = &[
    never_below("guide", NETWORK, "A vendor can lint a guide anywhere, so reading one needs no network"),
    never_below(
        "guide",
        &["rusqlite", "keyring"],
        "A guide is data; reading one needs no database and no keyring",
    ),
    never_below(
        "certs",
        NETWORK,
        "\"Offline\" is a fact of Cargo.toml: keys are made with the network cable out",
    ),
    never_below("own_files", NETWORK, "What is kept is kept here; nothing about it leaves the machine"),
    never_below(
        "own_files",
        &["secrecy", "keyring"],
        "The journal stands on it, and through the journal's floor no secret may enter either",
    ),
    never_below(
        "journal",
        &["secrecy", "keyring"],
        "No type exists through which a secret could enter the journal",
    ),
    never_below("bundle", NETWORK, "Others can verify a bundle without us, and sealing one needs no network"),
    never_below("vault", &["reqwest", "oauth2"], "What is locked up has no way out to the network"),
    never("delivery", &["oauth2"], "A token can never reach a product server"),
    never_below(
        "probe",
        &["secrecy", "oauth2", "reqwest", "keyring", "rusqlite"],
        "What calls an address that somebody typed carries no token and no secret",
    ),
    never_below(
        "probe",
        &["rustls-native-certs", "rustls-platform-verifier"],
        "A company's own authority is in the system's store and unknown to Microsoft; only public roots count",
    ),
    never_below(
        "receiver",
        &["reqwest", "oauth2", "keyring"],
        "What runs on the product's server knows nothing of the tenant: it answers, and calls nobody",
    ),
    never(
        "engine",
        &["rusqlite", "reqwest", "hyper"],
        "The core knows neither its shell nor how its rooms work inside",
    ),
    never("cli", &["rusqlite", "reqwest", "rcgen", "keyring", "keyring-core"], SHELL),
    never("footbridge-desktop", &["rusqlite", "reqwest", "rcgen", "keyring", "keyring-core"], SHELL),
];

const WINDOW: &str = "Everything that matters runs headless: only the shell may know the window's framework";
const BARE: &str = "xtask has no dependencies, so that it starts within seconds on a bare machine";

/// The workspace as the rules need it.
#[derive(Default)]
struct Graph {
    /// What each member's manifest names, with whether it is for its tests only.
    named: BTreeMap<String, Vec<(String, bool)>>,
    /// Every crate that takes part when a member is built without its tests, with the way that leads there.
    below: BTreeMap<String, BTreeMap<String, String>>,
}

fn check(graph: &Graph) -> Vec<Breach> {
    let rooms: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    let mut breaches = Vec::new();
    for (member, named) in &graph.named {
        let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| room == member) else {
            breaches.push(Breach::new(member, "is a crate that the table of rooms does not know", HUB));
            continue;
        };
        for (other, _) in named {
            if rooms.contains(other.as_str()) && !allowed.contains(&other.as_str()) {
                breaches.push(Breach::new(member, format!("imports {other}"), HUB));
            }
            if other.starts_with("tauri") && member != "footbridge-desktop" {
                breaches.push(Breach::new(member, format!("imports {other}"), WINDOW));
            }
            if member == "xtask" {
                breaches.push(Breach::new(member, format!("imports {other}"), BARE));
            }
        }
        breaches.extend(window_below(graph, member));
    }
    breaches.extend(BANS.iter().flat_map(|ban| banned(graph, ban)));
    breaches
}

fn window_below(graph: &Graph, member: &str) -> Option<Breach> {
    let ways = graph.below.get(member).filter(|_| member != "footbridge-desktop")?;
    ways.get("tauri").map(|way| Breach::new(member, format!("reaches tauri by {way}"), WINDOW))
}

fn banned(graph: &Graph, ban: &Ban) -> Vec<Breach> {
    let Some(named) = graph.named.get(ban.room) else {
        return vec![Breach::new(ban.room, "is not in the workspace any more", HUB)];
    };
    let direct = named.iter().filter(|(other, tests)| !tests && ban.crates.contains(&other.as_str()));
    let mut breaches: Vec<Breach> =
        direct.map(|(other, _)| Breach::new(ban.room, format!("imports {other}"), ban.why)).collect();
    if ban.below {
        let ways = graph.below.get(ban.room).into_iter().flatten();
        let found = ways.filter(|(other, _)| ban.crates.contains(&other.as_str()));
        breaches.extend(
            found.map(|(other, way)| Breach::new(ban.room, format!("reaches {other} by {way}"), ban.why)),
        );
    }
    breaches
}

fn read(metadata: &Metadata) -> Graph {
    let mut graph = Graph::default();
    for member in metadata.workspace_packages() {
        let named = member.dependencies.iter();
        let named = named.map(|d| (d.name.clone(), d.kind == DependencyKind::Development)).collect();
        graph.named.insert(member.name.to_string(), named);
        graph.below.insert(member.name.to_string(), reach(metadata, &member.id));
    }
    graph
}

fn reach(metadata: &Metadata, start: &cargo_metadata::PackageId) -> BTreeMap<String, String> {
    let nodes: BTreeMap<_, _> =
        metadata.resolve.as_ref().unwrap().nodes.iter().map(|node| (&node.id, node)).collect();
    let mut ways = BTreeMap::new();
    let mut open = vec![(start.clone(), metadata[start].name.to_string())];
    while let Some((id, way)) = open.pop() {
        for link in &nodes[&id].deps {
            let built_in = |kind: &cargo_metadata::DepKindInfo| kind.kind == DependencyKind::Normal;
            let name = metadata[&link.pkg].name.to_string();
            if link.dep_kinds.iter().any(built_in) && !ways.contains_key(&name) {
                let way = format!("{way} > {name}");
                ways.insert(name, way.clone());
                open.push((link.pkg.clone(), way));
            }
        }
    }
    ways
}

fn workspace() -> Graph {
    let manifest = tree::root().join("Cargo.toml");
    read(&MetadataCommand::new().manifest_path(manifest).exec().unwrap())
}

#[test]
fn who_may_import_whom() {
    uphold(&check(&workspace()));
}

#[test]
fn every_room_of_the_table_exists() {
    let graph = workspace();
    for (room, _) in ROOMS {
        assert!(graph.named.contains_key(*room), "the table names {room}, the workspace does not");
    }
    assert!(
        graph.below["cloud"].contains_key("reqwest"),
        "the reading of the crate graph found no reqwest below cloud"
    );
}

fn planted(room: &str, named: &[(&str, bool)], below: &[&str]) -> Vec<Breach> {
    let mut graph = Graph::default();
    for (name, _) in ROOMS {
        graph.named.insert((*name).into(), Vec::new());
    }
    graph.named.insert(room.into(), named.iter().map(|(name, tests)| ((*name).into(), *tests)).collect());
    graph.below.insert(
        room.into(),
        below.iter().map(|name| ((*name).into(), format!("{room} > x > {name}"))).collect(),
    );
    check(&graph)
}

#[test]
fn control_a_clean_workspace_has_no_breach() {
    assert_eq!(planted("certs", &[("rcgen", false)], &["rcgen"]), []);
    assert_eq!(planted("simulator", &[("reqwest", true)], &[]), []);
}

#[test]
fn control_each_ban_is_seen() {
    for ban in BANS {
        for name in ban.crates {
            reported(&planted(ban.room, &[(name, false)], &[]), &format!("imports {name}"));
            if ban.below {
                reported(&planted(ban.room, &[], &[name]), &format!("reaches {name}"));
            }
        }
    }
}

#[test]
fn control_rooms_that_reach_for_rooms_are_seen() {
    for (room, allowed) in ROOMS {
        for (other, _) in ROOMS.iter().filter(|(other, _)| !allowed.contains(other) && other != room) {
            reported(&planted(room, &[(other, true)], &[]), &format!("imports {other}"));
        }
    }
}

#[test]
fn control_the_window_and_strange_crates_are_seen() {
    reported(&planted("footbridge-tests", &[("tauri-plugin-dialog", true)], &[]), "tauri-plugin-dialog");
    reported(&planted("engine", &[], &["tauri"]), "reaches tauri");
    reported(&planted("xtask", &[("serde", false)], &[]), "imports serde");
    reported(&planted("helpers", &[], &[]), "helpers");
}
