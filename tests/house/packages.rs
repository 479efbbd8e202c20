//! What is put where by the packages for Linux: the window's and the command line's, each as .deb and .rpm.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::installers::{between, key, text};
use crate::tree;
use crate::{Breach, reported, uphold};

const BOTH: &str = "Whoever installs the .rpm gets what whoever installs the .deb gets";
const WHOLE: &str = "A package without its programs, papers or menu entry is half a product";
const ALONE: &str = "Two packages with one file cannot be installed together, and a server needs no web view";
const THERE: &str = "Somebody who follows a path finds nothing there";

/// Every file of a package by its place, with where it comes from, seen from the root.
type Files = BTreeMap<String, String>;

/// The lists of one manifest.
struct Lists {
    folder: &'static str,
    manifest: toml::Table,
}

impl Lists {
    fn read(folder: &'static str) -> Self {
        let path = tree::root().join(folder).join("Cargo.toml");
        Self { folder, manifest: std::fs::read_to_string(path).unwrap().parse().unwrap() }
    }

    fn of(&self, kind: &str) -> &toml::Value {
        &self.manifest["package"]["metadata"][kind]
    }

    fn name(&self, kind: &str) -> &str {
        self.of(kind)["name"].as_str().unwrap()
    }

    fn programs(&self) -> Vec<&str> {
        array(&self.manifest["bin"]).map(|one| one["name"].as_str().unwrap()).collect()
    }

    fn deb(&self) -> Files {
        let pairs = array(&self.of("deb")["assets"]).map(|one| (one[1].as_str(), one[0].as_str()));
        pairs.map(|(to, from)| self.file(&format!("/{}", to.unwrap()), from.unwrap())).collect()
    }

    fn rpm(&self) -> Files {
        let pairs = array(&self.of("generate-rpm")["assets"])
            .map(|one| (one["dest"].as_str(), one["source"].as_str()));
        pairs.map(|(to, from)| self.file(to.unwrap(), from.unwrap())).collect()
    }

    /// A file of a list: its place in full, and where it comes from, seen from the root.
    fn file(&self, to: &str, from: &str) -> (String, String) {
        let name = from.rsplit('/').next().unwrap_or(from);
        let to = if to.ends_with('/') { format!("{to}{name}") } else { to.to_owned() };
        (to, self.in_tree(from))
    }

    /// What the lists write as seen from their manifest. What is built they write as seen from the root.
    fn in_tree(&self, from: &str) -> String {
        let mut folder: Vec<&str> = self.folder.split('/').collect();
        let mut rest = from;
        while let Some(above) = rest.strip_prefix("../") {
            folder.pop();
            rest = above;
        }
        if rest.starts_with("target/release/") {
            rest.to_owned()
        } else {
            [&folder[..], &[rest]].concat().join("/")
        }
    }

    /// The packages that go well with this one, of a kind such as `suggests`.
    fn companions(&self, kind: &str) -> [BTreeSet<String>; 2] {
        let deb = self.of("deb").get(kind).and_then(toml::Value::as_str).unwrap_or_default();
        let deb = deb.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let rpm = self.of("generate-rpm").get(kind).and_then(toml::Value::as_table);
        [deb, rpm.into_iter().flatten().map(|(name, _)| name.clone()).collect()]
    }
}

/// The lists, and what has to agree with them.
struct Packed {
    window: Lists,
    command_line: Lists,
    about: Value,
    entry: String,
    metainfo: String,
    /// Files that name places of other files.
    papers: Vec<(&'static str, String)>,
}

impl Packed {
    fn read() -> Self {
        let read = |path: &str| std::fs::read_to_string(tree::root().join(path)).unwrap();
        let linux = |name: &str| read(&format!("packaging/linux/{name}"));
        let papers = ["footbridge.1", "footbridge-desktop.1", "footbridge-receive.service"];
        Self {
            window: Lists::read("src-tauri"),
            command_line: Lists::read("crates/cli"),
            about: serde_json::from_str(&read("src-tauri/tauri.conf.json")).unwrap(),
            entry: linux("footbridge-desktop.desktop"),
            metainfo: linux("org.footbridge.desktop.metainfo.xml"),
            papers: papers.map(|name| (name, linux(name))).to_vec(),
        }
    }

    fn both(&self) -> [&Lists; 2] {
        [&self.window, &self.command_line]
    }
}

fn check(packed: &Packed) -> Vec<Breach> {
    let mut found: Vec<Breach> = packed.both().into_iter().flat_map(alike).collect();
    found.extend(packed.both().into_iter().flat_map(papers));
    found.extend(programs(packed));
    found.extend(apart(packed));
    found.extend(named(packed));
    found
}

/// The same lists for .deb and .rpm, from files that are there.
fn alike(lists: &Lists) -> Vec<Breach> {
    let (of_deb, of_rpm) = (lists.deb(), lists.rpm());
    // Debian wants its own name for the changes, the licence by another key, and the exceptions of its own judge.
    let own = |to: &str| {
        to.contains("/lintian/")
            || to.ends_with("/changelog")
            || to.ends_with("/CHANGELOG.md")
            || to.ends_with("/copyright")
    };
    let mut found = Vec::new();
    for (list, other, kind) in [(&of_deb, &of_rpm, "rpm"), (&of_rpm, &of_deb, "deb")] {
        for (to, from) in list.iter().filter(|(to, from)| !own(to) && other.get(*to) != Some(from)) {
            found.push(Breach::new(to, format!("{from} is not at this place in the .{kind}"), BOTH));
        }
    }
    let name = lists.name("deb");
    if name != lists.name("generate-rpm") {
        found.push(Breach::new(lists.folder, "has two names for one package", BOTH));
    }
    for kind in ["recommends", "suggests"] {
        let [deb, rpm] = lists.companions(kind);
        if deb != rpm {
            found.push(Breach::new(name, format!("{kind} {deb:?} as .deb and {rpm:?} as .rpm"), BOTH));
        }
    }
    let licence = lists.of("deb")["license-file"][0].as_str().map(|from| lists.in_tree(from));
    if licence.as_ref() != of_rpm.get(&format!("/usr/share/doc/{name}/copyright")) {
        found.push(Breach::new("copyright", format!("is not the same in both packages of {name}"), BOTH));
    }
    let sources = of_deb.values().chain(of_rpm.values()).filter(|from| !from.starts_with("target/release/"));
    for from in sources.filter(|from| !tree::root().join(from).is_file()) {
        found.push(Breach::new(lists.folder, format!("{from} is not there"), WHOLE));
    }
    found
}

/// What belongs into each package, under its own name and under no other.
fn papers(lists: &Lists) -> Vec<Breach> {
    let name = lists.name("deb");
    let (of_deb, of_rpm) = (lists.deb(), lists.rpm());
    let own = format!("/usr/share/doc/{name}/");
    let mut found = Vec::new();
    for (files, paper) in [(&of_deb, "licences.json"), (&of_deb, "changelog"), (&of_rpm, "CHANGELOG.md")] {
        if !files.contains_key(&format!("{own}{paper}")) {
            found.push(Breach::new(format!("{own}{paper}"), "is in no package", WHOLE));
        }
    }
    let exceptions = format!("packaging/linux/{name}.lintian-overrides");
    if of_deb.get(&format!("/usr/share/lintian/overrides/{name}")) != Some(&exceptions) {
        found.push(Breach::new(exceptions, format!("is not among the overrides of {name}"), WHOLE));
    }
    let papers = of_deb.keys().chain(of_rpm.keys()).filter(|to| to.starts_with("/usr/share/doc/"));
    for to in papers.filter(|to| !to.starts_with(&own)) {
        found.push(Breach::new(to, format!("is not below {own}"), ALONE));
    }
    found
}

/// Each program with its manual page, and what the system looks for at places that follow from names.
fn programs(packed: &Packed) -> Vec<Breach> {
    let icon = key(&packed.entry, "Icon");
    let program = text(&packed.about, "/mainBinaryName");
    let window = [
        format!("/usr/share/applications/{program}.desktop"),
        format!("/usr/share/icons/hicolor/scalable/apps/{icon}.svg"),
        format!("/usr/share/icons/hicolor/128x128/apps/{icon}.png"),
        format!("/usr/share/metainfo/{}.metainfo.xml", text(&packed.about, "/identifier")),
    ];
    let mut found = Vec::new();
    for (lists, more) in [(&packed.window, &window[..]), (&packed.command_line, &[])] {
        let files = lists.deb();
        let mut wanted = more.to_vec();
        for program in lists.programs() {
            wanted.extend([format!("/usr/bin/{program}"), format!("/usr/share/man/man1/{program}.1")]);
        }
        for place in wanted.iter().filter(|place| !files.contains_key(*place)) {
            found.push(Breach::new(place, format!("is not in {}", lists.name("deb")), WHOLE));
        }
        let brought: BTreeSet<&str> = files.keys().filter_map(|to| to.strip_prefix("/usr/bin/")).collect();
        let built: BTreeSet<&str> = lists.programs().into_iter().collect();
        for program in brought.difference(&built) {
            found.push(Breach::new(*program, format!("is not built by {}", lists.folder), ALONE));
        }
    }
    if !packed.window.programs().contains(&program.as_str()) {
        found.push(Breach::new(
            "tauri.conf.json",
            format!("{program} is not in the window's package"),
            WHOLE,
        ));
    }
    let told = packed.metainfo.split("<binary>").skip(1).filter_map(|rest| rest.split_once('<'));
    let told: Vec<&str> = told.map(|(program, _)| program).collect();
    if told != packed.window.programs() {
        found.push(Breach::new("metainfo", format!("provides {told:?}"), THERE));
    }
    found
}

/// Neither package needs the other, and no file is in both.
fn apart(packed: &Packed) -> Vec<Breach> {
    let [window, command_line] = packed.both();
    let mut found = Vec::new();
    for (one, other) in [(window.deb(), command_line.deb()), (window.rpm(), command_line.rpm())] {
        found.extend(
            one.keys()
                .filter(|to| other.contains_key(*to))
                .map(|to| Breach::new(to, "is in both packages", ALONE)),
        );
    }
    for lists in packed.both() {
        let depends = lists.of("deb")["depends"].as_str().unwrap_or_default();
        if depends != "$auto" || lists.of("generate-rpm").get("requires").is_some() {
            found.push(Breach::new(lists.name("deb"), format!("depends on {depends} by hand"), ALONE));
        }
    }
    let [recommended, _] = command_line.companions("recommends");
    if !recommended.is_empty() {
        found.push(Breach::new(command_line.name("deb"), format!("recommends {recommended:?}"), ALONE));
    }
    found
}

/// Papers name places at which a package puts something.
fn named(packed: &Packed) -> Vec<Breach> {
    let places: BTreeSet<String> =
        packed.both().into_iter().flat_map(|lists| lists.deb().into_keys()).collect();
    let mut found = Vec::new();
    for (paper, text) in &packed.papers {
        let paths = text.split_whitespace().filter_map(|word| {
            let at = word.find("/usr/")?;
            Some(word[at..].trim_end_matches(['.', ',', '"']))
        });
        for path in paths.filter(|path| !places.contains(*path)) {
            found.push(Breach::new(*paper, format!("{path} is in no package"), THERE));
        }
    }
    found
}

fn array(list: &toml::Value) -> impl Iterator<Item = &toml::Value> {
    list.as_array().into_iter().flatten()
}

#[test]
fn the_packages_bring_what_belongs_to_them() {
    let packed = Packed::read();
    uphold(&check(&packed));
    let named = packed.papers.iter().filter(|(_, text)| between(text, "/usr/", "\n").is_some()).count();
    assert!(named >= 2, "the papers name {named} places, and the rule about them sees nothing");
}

#[test]
fn control_each_misplaced_file_is_seen() {
    fn assets<'a>(lists: &'a mut Lists, kind: &str) -> &'a mut Vec<toml::Value> {
        lists.manifest["package"]["metadata"][kind]["assets"].as_array_mut().unwrap()
    }
    fn add(lists: &mut Lists, from: &str, to: &str) {
        let pair: toml::Value = vec![from, to, "644"].into();
        assets(lists, "deb").push(pair);
        let mut file = toml::Table::new();
        file.insert("source".into(), from.into());
        file.insert("dest".into(), format!("/{to}").into());
        assets(lists, "generate-rpm").push(file.into());
    }
    fn without(lists: &mut Lists, from: &str) {
        assets(lists, "deb").retain(|one| one[0].as_str() != Some(from));
        assets(lists, "generate-rpm").retain(|one| one["source"].as_str() != Some(from));
    }
    fn set(lists: &mut Lists, key: &str, value: &str) {
        lists.manifest["package"]["metadata"]["deb"].as_table_mut().unwrap().insert(key.into(), value.into());
    }
    let planted = |change: fn(&mut Packed), part: &str| {
        let mut packed = Packed::read();
        change(&mut packed);
        reported(&check(&packed), part);
    };
    planted(
        |packed| drop(assets(&mut packed.window, "generate-rpm").remove(1)),
        "/usr/share/applications/footbridge-desktop.desktop",
    );
    planted(|packed| drop(assets(&mut packed.command_line, "deb").remove(0)), "/usr/bin/footbridge");
    planted(|packed| without(&mut packed.command_line, "target/release/footbridge"), "/usr/bin/footbridge");
    planted(|packed| without(&mut packed.window, "../icons/footbridge.svg"), "footbridge.svg");
    planted(
        |packed| without(&mut packed.command_line, "../../docs/receiver.md"),
        "footbridge-receive.service",
    );
    planted(|packed| without(&mut packed.command_line, "../../CHANGELOG.md"), "doc/footbridge-cli/changelog");
    planted(|packed| add(&mut packed.window, "target/release/footbridge", "usr/bin/"), "/usr/bin/footbridge");
    planted(
        |packed| add(&mut packed.window, "../packaging/linux/footbridge.1", "usr/share/man/man1/"),
        "is in both packages",
    );
    planted(
        |packed| add(&mut packed.command_line, "../../docs/security.md", "usr/share/doc/footbridge/"),
        "is not below /usr/share/doc/footbridge-cli/",
    );
    planted(
        |packed| add(&mut packed.command_line, "../../docs/absent.md", "usr/share/doc/footbridge-cli/"),
        "absent.md",
    );
    planted(|packed| set(&mut packed.command_line, "depends", "$auto, libgtk-3-0"), "libgtk-3-0");
    planted(|packed| set(&mut packed.command_line, "recommends", "gnome-keyring"), "recommends");
    planted(|packed| set(&mut packed.command_line, "name", "footbridge-server"), "has two names");
    planted(
        |packed| packed.metainfo = packed.metainfo.replace("<binary>", "<binary>footbridge</binary><binary>"),
        "metainfo",
    );
}
