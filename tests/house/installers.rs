//! What the installers say of the product agrees everywhere it is said: version, names, kinds of files. What is put where is
//! looked at in packages.rs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::tree;
use crate::{Breach, reported, uphold};

const WHY: &str = "An installer that says something else than the product opens nothing, or the wrong thing";

/// The texts that have to agree.
struct Said {
    version: String,
    page: String,
    window: Value,
    entry: String,
    kinds: String,
    about: String,
    changes: String,
    manuals: Vec<(String, String)>,
}

impl Said {
    fn read() -> Self {
        let read = |path: &str| std::fs::read_to_string(tree::root().join(path)).unwrap();
        let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
        let page: Value = serde_json::from_str(&read("ui/package.json")).unwrap();
        let linux = |name: &str| read(&format!("packaging/linux/{name}"));
        let manuals = ["footbridge.1", "footbridge-desktop.1"];
        Self {
            version: workspace["workspace"]["package"]["version"].as_str().unwrap().to_owned(),
            page: page["version"].as_str().unwrap().to_owned(),
            window: serde_json::from_str(&read("src-tauri/tauri.conf.json")).unwrap(),
            entry: linux("footbridge-desktop.desktop"),
            kinds: linux("footbridge.xml"),
            about: linux("org.footbridge.desktop.metainfo.xml"),
            changes: linux("changelog"),
            manuals: manuals.map(|name| (name.to_owned(), linux(name))).to_vec(),
        }
    }
}

fn check(said: &Said) -> Vec<Breach> {
    let mut found = versions(said);
    found.extend(names(said));
    found.extend(kinds_of_files(said));
    found.extend(languages(said));
    found
}

fn versions(said: &Said) -> Vec<Breach> {
    let wanted = &said.version;
    let mut told = vec![
        ("ui/package.json".to_owned(), said.page.clone()),
        ("tauri.conf.json".to_owned(), text(&said.window, "/version")),
        ("metainfo".to_owned(), between(&said.about, "<release version=\"", "\"").unwrap_or_default()),
        ("changelog".to_owned(), between(&said.changes, "footbridge (", "-1)").unwrap_or_default()),
    ];
    for (name, manual) in &said.manuals {
        told.push((name.clone(), between(manual, "\"Footbridge ", "\"").unwrap_or_default()));
    }
    told.retain(|(_, version)| version != wanted);
    told.iter()
        .map(|(place, version)| Breach::new(place, format!("is of {version:?}, not {wanted}"), WHY))
        .collect()
}

fn names(said: &Said) -> Vec<Breach> {
    let program = text(&said.window, "/mainBinaryName");
    let pairs = [
        ("desktop entry, Name", key(&said.entry, "Name"), text(&said.window, "/productName")),
        ("desktop entry, Exec", key(&said.entry, "Exec"), format!("{program} %f")),
        ("desktop entry, StartupWMClass", key(&said.entry, "StartupWMClass"), program.clone()),
        (
            "desktop entry, Categories",
            key(&said.entry, "Categories"),
            format!("{};", text(&said.window, "/bundle/category")),
        ),
        (
            "metainfo, id",
            between(&said.about, "<id>", "</id>").unwrap_or_default(),
            text(&said.window, "/identifier"),
        ),
        (
            "metainfo, launchable",
            between(&said.about, "\"desktop-id\">", "<").unwrap_or_default(),
            format!("{program}.desktop"),
        ),
        (
            "metainfo, summary",
            between(&said.about, "<summary>", "<").unwrap_or_default(),
            key(&said.entry, "Comment"),
        ),
        (
            "metainfo, licence",
            between(&said.about, "<project_license>", "<").unwrap_or_default(),
            text(&said.window, "/bundle/license"),
        ),
    ];
    let differing = pairs.into_iter().filter(|(_, is, wanted)| is != wanted || wanted.is_empty());
    differing
        .map(|(place, is, wanted)| Breach::new(place, format!("{is:?} is not {wanted:?}"), WHY))
        .collect()
}

/// The kinds of files that are opened, as ending and type, from each place that names them.
fn kinds_of_files(said: &Said) -> Vec<Breach> {
    let associations = said.window.pointer("/bundle/fileAssociations").and_then(Value::as_array);
    let wanted: BTreeMap<String, String> =
        associations.into_iter().flatten().map(|one| (text(one, "/mimeType"), text(one, "/ext/0"))).collect();
    let mut found = Vec::new();
    if wanted.len() < 2 {
        found.push(Breach::new("tauri.conf.json", "opens fewer than two kinds of files", WHY));
    }
    let typed: BTreeMap<String, String> = said
        .kinds
        .split("<mime-type ")
        .skip(1)
        .map(|one| {
            let ending = between(one, "<glob pattern=\"*.", "\"").unwrap_or_default();
            (between(one, "type=\"", "\"").unwrap_or_default(), ending)
        })
        .collect();
    if typed != wanted {
        found.push(Breach::new("footbridge.xml", format!("knows {typed:?}, not {wanted:?}"), WHY));
    }
    let types: BTreeSet<String> = wanted.into_keys().collect();
    let entry = key(&said.entry, "MimeType");
    let entry: BTreeSet<String> = entry.split(';').filter(|one| !one.is_empty()).map(str::to_owned).collect();
    let about: BTreeSet<String> = said
        .about
        .split("<mediatype>")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('<')?.0.to_owned()))
        .collect();
    for (place, is) in [("desktop entry", entry), ("metainfo", about)] {
        if is != types {
            found.push(Breach::new(place, format!("opens {is:?}, not {types:?}"), WHY));
        }
    }
    found
}

/// What a person reads stands there in German too.
fn languages(said: &Said) -> Vec<Breach> {
    let readable = ["GenericName", "Comment", "Keywords"];
    let absent = readable.iter().filter(|name| key(&said.entry, &format!("{name}[de]")).is_empty());
    let mut found: Vec<Breach> = absent
        .map(|name| Breach::new("desktop entry", format!("{name} is not there in German"), WHY))
        .collect();
    for (place, text, tags) in
        [("metainfo", &said.about, &["summary", "p"][..]), ("footbridge.xml", &said.kinds, &["comment"])]
    {
        for tag in tags {
            let (english, german) = (format!("<{tag}>"), format!("<{tag} xml:lang=\"de\">"));
            if text.matches(&english).count() != text.matches(&german).count() || !text.contains(&english) {
                found.push(Breach::new(place, format!("not each {tag} is there in German"), WHY));
            }
        }
    }
    found
}

/// A text in JSON; empty where there is none.
pub fn text(json: &Value, pointer: &str) -> String {
    json.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The value of a key in a desktop entry; empty where there is none.
pub fn key(entry: &str, name: &str) -> String {
    let line = entry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_default().to_owned()
}

/// What stands between two texts, the first time.
pub fn between(text: &str, before: &str, after: &str) -> Option<String> {
    Some(text.split_once(before)?.1.split_once(after)?.0.to_owned())
}

#[test]
fn the_installers_say_what_the_product_is() {
    uphold(&check(&Said::read()));
}

#[test]
fn control_each_disagreement_is_seen() {
    let planted = |change: fn(&mut Said), part: &str| {
        let mut said = Said::read();
        change(&mut said);
        reported(&check(&said), part);
    };
    planted(|said| said.version = "9.9.9".into(), "changelog");
    planted(|said| said.version = "9.9.9".into(), "footbridge-desktop.1");
    planted(|said| said.window["version"] = "0.0.9".into(), "tauri.conf.json");
    planted(|said| said.entry = said.entry.replace("Exec=footbridge-desktop", "Exec=footbridge"), "Exec");
    planted(
        |said| said.entry = said.entry.replace("vnd.footbridge.guide", "vnd.footbridge.guides"),
        "desktop entry",
    );
    planted(|said| said.entry = said.entry.replace("Comment[de]", "Comment[fr]"), "Comment");
    planted(|said| said.kinds = said.kinds.replace("*.footbridge\"", "*.bundle\""), "footbridge.xml");
    planted(
        |said| said.about = said.about.replace("org.footbridge.desktop<", "org.example<"),
        "metainfo, id",
    );
    planted(|said| said.about = said.about.replace("<p xml:lang=\"de\">", "<p xml:lang=\"fr\">"), "metainfo");
}

/// What a release workflow may not do: take an action that nobody pinned, or more rights than it needs.
fn workflow(text: &str) -> Vec<Breach> {
    const PLACE: &str = ".github/workflows/release.yml";
    const RIGHTS: &str = "Whoever gets into a release gets into everybody's computer";
    let mut found = Vec::new();
    let actions = text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "));
    for action in actions {
        let (name, version) = action.split_once('@').unwrap_or((action, ""));
        let hash = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        let numbered = version.starts_with('v') && version[1..].starts_with(|c: char| c.is_ascii_digit());
        if !(hash || (numbered && name.starts_with("actions/"))) {
            found.push(Breach::new(PLACE, format!("{action} is not pinned"), RIGHTS));
        }
    }
    if !text.contains("\npermissions:\n  contents: read\n") {
        found.push(Breach::new(PLACE, "may do more than read", RIGHTS));
    }
    if text.matches(": write").count() > 1 {
        found.push(Breach::new(PLACE, "more than one part of it may write", RIGHTS));
    }
    found
}

#[test]
fn a_release_takes_pinned_actions_and_few_rights() {
    let text = std::fs::read_to_string(tree::root().join(".github/workflows/release.yml")).unwrap();
    assert!(text.contains("uses: actions/checkout@"), "the workflow has no actions at all");
    uphold(&workflow(&text));
    reported(
        &workflow(&text.replace("actions/checkout@v4", "actions/checkout@main")),
        "actions/checkout@main",
    );
    reported(&workflow(&text.replace("actions/checkout@v4", "somebody/checkout@v4")), "somebody/checkout@v4");
    reported(&workflow(&text.replace("\npermissions:\n  contents: read\n", "\n")), "release.yml");
    reported(&workflow(&text.replace("contents: read", "contents: write")), "release.yml");
}
