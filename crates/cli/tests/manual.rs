//! Every command that README, docs and manual show is typed here: in the order of its page, in a folder of its own, with
//! the real binary, and where it signs in against a pretend tenant. Those that no machine can type are listed with the
//! reason; of them the parser reads every option.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

#[path = "support/page.rs"]
mod page;

use std::path::{Path, PathBuf};

use page::{Block, Typed, blocks, is_ours};
use serde_json::Value;
use support::{Tenant, footbridge};

/// Commands that are only read, by their page, their beginning, and why.
const ONLY_READ: &[(&str, &str, &str)] = &[
    (
        "command-line.md",
        "footbridge teams result",
        "PowerShell writes the result; command_line.rs takes one in",
    ),
    (
        "command-line.md",
        "footbridge cert import",
        "an authority issues the certificate; certificates.rs imports one",
    ),
    (
        "many-tenants.md",
        "footbridge many plan --guide targetconnect --tenants",
        "tenants of several customers",
    ),
    (
        "many-tenants.md",
        "footbridge many run --guide targetconnect --tenants",
        "tenants of several customers",
    ),
    (
        "receiver.md",
        "footbridge receive open sealed.footbridge --template env --to /etc",
        "writes into the system's folder",
    ),
    (
        "receiver.md",
        "sudo -u product footbridge receive",
        "another user of the system; receive.rs does it as this one",
    ),
];

/// Other programs on these pages, and why they are not called.
const OTHERS: &[(&str, &str)] = &[
    ("cargo", "builds the project anew; its verbs are looked up in xtask"),
    ("pwsh", "PowerShell with a sign-in of its own"),
    ("schtasks", "Windows only"),
    ("/TR", "Windows only, second line"),
];

/// What is answered before a connection is there.
const ANSWERS: &str = "operators = [\"k.telefon1@contoso.onmicrosoft.com\"]\n\
    operator-local-field = \"Email\"\nuser-local-field = \"Username\"\n";

/// Commands that sign in or belong to a cloud.
const IN_A_CLOUD: &[&str] = &["run", "check", "plan", "undo", "bring-back", "renew", "take-over", "teams"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where a page's reader sits: a folder, a vault, and a tenant that is started when it is needed.
struct Reader {
    page: String,
    folder: tempfile::TempDir,
    tenant: Option<Tenant>,
    /// The last fingerprint that was shown, for who has to repeat it.
    fingerprint: String,
    faults: Vec<String>,
    ran: usize,
}

impl Reader {
    fn new(page: &str) -> Reader {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("vault-passphrase"), "correct horse battery staple\n").unwrap();
        Reader {
            page: page.to_owned(),
            folder,
            tenant: None,
            fingerprint: String::new(),
            faults: Vec::new(),
            ran: 0,
        }
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn read(mut self, text: &str) -> Reader {
        for block in blocks(text) {
            match block {
                Block::File { name, text } => std::fs::write(self.at(&name), text).unwrap(),
                Block::Commands { needs, typed } => {
                    if let Some(needs) = needs {
                        self.prepare(&needs, &typed);
                    }
                    typed.iter().for_each(|typed| self.obey(typed));
                }
            }
        }
        self
    }

    fn obey(&mut self, typed: &Typed) {
        let line = typed.words.join(" ");
        if !is_ours(&typed.words) {
            if let Some(fault) = other_program(&typed.words) {
                self.fault(typed, &fault);
            }
            return;
        }
        let at = typed.words.iter().position(|word| word == "footbridge").unwrap();
        let words: Vec<String> = typed.words[at + 1..]
            .iter()
            .map(|word| if word.ends_with('…') { self.fingerprint.clone() } else { word.clone() })
            .collect();
        let only_read =
            ONLY_READ.iter().any(|(page, start, _)| self.page.ends_with(page) && line.starts_with(start));
        let (code, said) = if only_read {
            self.parse(&words)
        } else if words.starts_with(&["rehearsal".into(), "serve".into()]) {
            self.serve(&words)
        } else {
            self.ran += 1;
            self.call(&words, typed.into.as_deref())
        };
        if let Some(fingerprint) = fingerprint_in(&said) {
            self.fingerprint = fingerprint;
        }
        let wanted = if only_read { 0 } else { typed.ends };
        if code != Some(wanted) {
            self.fault(typed, &format!("ended with {code:?} and not {wanted}:\n{said}"));
        }
    }

    fn fault(&mut self, typed: &Typed, why: &str) {
        self.faults.push(format!("{}:{}: {}\n  {why}", self.page, typed.line, typed.words.join(" ")));
    }

    /// The parser refuses an unknown word before it comes to the last one, which asks for help.
    fn parse(&self, words: &[String]) -> (Option<i32>, String) {
        let output = footbridge().args(words).arg("--help").current_dir(self.folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn serve(&self, words: &[String]) -> (Option<i32>, String) {
        let rooted =
            words[2..].iter().map(|word| if word.contains('.') { self.at(word) } else { word.clone() });
        let rooted: Vec<String> = rooted.collect();
        let tenant = Tenant::serve(&rooted.iter().map(String::as_str).collect::<Vec<_>>());
        (tenant.told["tenant"].is_string().then_some(0), tenant.told.to_string())
    }

    fn call(&mut self, words: &[String], into: Option<&str>) -> (Option<i32>, String) {
        let mut words = words.to_vec();
        let signs_in = IN_A_CLOUD.contains(&words[0].as_str());
        let pretends = words[0] == "rehearse" || words.iter().any(|word| word == "--rehearsal");
        if !pretends {
            let file = self.at("vault-passphrase");
            words.extend(["--vault", "passphrase", "--vault-passphrase-file", &file].map(str::to_owned));
        }
        if signs_in {
            let folder = self.folder.path().to_owned();
            let tenant = self.tenant.get_or_insert_with(|| Tenant::serve(&["--users", "30"]));
            let cloud = tenant.cloud_file(&folder).to_str().unwrap().to_owned();
            words.extend(["--cloud".to_owned(), cloud]);
        }
        let mut command = footbridge();
        command.args(&words).current_dir(self.folder.path());
        command.env("FOOTBRIDGE_DATA_DIR", self.at("data")).env("STATE_DIRECTORY", self.at("receiver"));
        let (code, stdout, stderr) = match self.tenant.as_ref().filter(|_| signs_in) {
            Some(tenant) => {
                let ended = tenant.approve_as("a.weber", command.arg("--json"));
                (ended.code, ended.stdout, ended.stderr)
            }
            None => {
                let output = command.output().unwrap();
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                (output.status.code(), text(&output.stdout), text(&output.stderr))
            }
        };
        if let Some(file) = into {
            std::fs::write(self.at(file), &stdout).unwrap();
        }
        (code, format!("{stdout}{stderr}"))
    }

    /// What stands before a block, made with the same binary.
    fn prepare(&mut self, needs: &str, typed: &[Typed]) {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let named = typed.iter().find_map(|typed| {
            let at = typed.words.iter().position(|word| word == "--connection")?;
            typed.words.get(at + 1).cloned()
        });
        let (code, said) = match needs {
            "a tenant" => return,
            "a connection" | "a connection in the middle" => {
                let until = if needs == "a connection" { "confirm" } else { "permissions" };
                if until == "permissions" {
                    // A tenant of its own: in the other one an application of this name may be there already.
                    self.tenant = None;
                }
                std::fs::write(self.at("answers-of-the-scene.toml"), ANSWERS).unwrap();
                let mut run = words("run targetconnect --yes --answers answers-of-the-scene.toml --until");
                run.extend([until.to_owned(), "--connection".to_owned(), named.unwrap()]);
                self.call(&run, None)
            }
            "a sealed file" | "an answered offer" => {
                let mut rehearse = words("rehearse targetconnect --json --out made");
                if needs == "an answered offer" {
                    rehearse.extend(["--recipient".to_owned(), self.offer()]);
                }
                let (code, said) = self.call(&rehearse, None);
                let events: Vec<Value> =
                    said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
                let done = events.iter().find(|event| event["event"] == "done").cloned().unwrap_or_default();
                for (member, name) in
                    [("bundle", "sealed.footbridge"), ("passphrase_file", "sealed.passphrase")]
                {
                    if let Some(path) = done[member].as_str() {
                        std::fs::copy(self.folder.path().join(path), self.at(name)).unwrap();
                    }
                }
                let sheet = self.folder.path().join(done["sheet"].as_str().unwrap_or_default());
                let sheet = std::fs::read_to_string(sheet).unwrap_or_default();
                self.fingerprint = fingerprint_in(&sheet).unwrap_or_default();
                (code, said)
            }
            other => panic!("{}: nothing is known of `{other}`", self.page),
        };
        if code != Some(0) {
            self.faults.push(format!("{}: {needs} could not be made: {said}", self.page));
        }
    }

    fn offer(&self) -> String {
        let files = std::fs::read_dir(self.folder.path()).unwrap().flatten();
        let mut names = files.map(|file| file.file_name().to_string_lossy().into_owned());
        names.find(|name| name.ends_with(".offer")).unwrap_or_default()
    }
}

/// Groups of four letters and digits, joined by hyphens.
fn fingerprint_in(text: &str) -> Option<String> {
    let group = |group: &str| {
        group.len() == 4 && group.chars().all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit())
    };
    let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '-'));
    let mut found = words.filter(|word| word.split('-').count() >= 5 && word.split('-').all(group));
    found.next().map(str::to_owned)
}

/// What is wrong with a line that calls another program.
fn other_program(words: &[String]) -> Option<String> {
    if !OTHERS.iter().any(|(name, _)| *name == words[0]) {
        return Some("calls a program that nobody named".to_owned());
    }
    let verb =
        (words[0] == "cargo" && words.get(1).is_some_and(|word| word == "xtask")).then(|| words.get(2))?;
    let known = std::fs::read_to_string(root().join("xtask/src/ask.rs")).unwrap();
    let verb = verb.cloned().unwrap_or_default();
    (!known.contains(&format!("Some(\"{verb}\")"))).then(|| format!("cargo xtask has no `{verb}`"))
}

/// Types the commands of these pages, and of those below the folders.
fn read(paths: &[&str]) -> Vec<Reader> {
    let mut pages: Vec<PathBuf> = Vec::new();
    for path in paths {
        let path = root().join(path);
        if path.is_dir() {
            let files = std::fs::read_dir(path).unwrap().flatten().map(|file| file.path());
            pages.extend(files.filter(|file| file.extension().is_some_and(|ending| ending == "md")));
        } else {
            pages.push(path);
        }
    }
    pages.sort();
    let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    pages.iter().map(|path| Reader::new(path.to_str().unwrap()).read(&text(path))).collect()
}

#[track_caller]
fn good(readers: &[Reader], least: usize) {
    let faults: Vec<&String> = readers.iter().flat_map(|reader| &reader.faults).collect();
    assert!(
        faults.is_empty(),
        "\n{}",
        faults.iter().map(|fault| fault.as_str()).collect::<Vec<_>>().join("\n")
    );
    let ran: usize = readers.iter().map(|reader| reader.ran).sum();
    assert!(ran >= least, "only {ran} commands were run");
}

#[test]
fn the_commands_of_readme_and_docs_work() {
    good(&read(&["README.md", "docs"]), 14);
}

#[test]
fn the_commands_of_the_manual_work() {
    good(&read(&["docs/manual"]), 7);
}

#[test]
fn the_commands_of_the_product_pages_work() {
    good(&read(&["docs/manual/products"]), 10);
}

#[test]
fn the_commands_of_the_german_manual_work() {
    good(&read(&["docs/manual/de"]), 25);
}

#[test]
fn the_commands_of_the_german_product_pages_work() {
    good(&read(&["docs/manual/de/products"]), 10);
}

#[test]
fn each_exception_is_still_on_its_page() {
    for (page, start, why) in ONLY_READ {
        let places = ["docs", "docs/manual/de"].map(|folder| root().join(folder).join(page));
        let found = places.iter().filter_map(|path| std::fs::read_to_string(path).ok());
        assert!(found.into_iter().any(|text| text.contains(start)), "{page} has no `{start}` ({why})");
    }
}

#[test]
fn control_a_wrong_command_is_reported() {
    let faults = |text: &str| Reader::new("planted/many-tenants.md").read(text).faults;
    assert_eq!(faults("```sh\nfootbridge guides  # those that are built in\n```\n"), Vec::<String>::new());
    for wrong in [
        "footbridge guidess",
        "footbridge guides --no-such-option",
        "footbridge guide asks nothing",
        "footbrigde guides",
        "cargo xtask rum",
        "footbridge many run --guide targetconnect --tenants a.csv --at-onse 8",
    ] {
        let found = faults(&format!("# A\n\n```sh\n{wrong}\n```\n"));
        assert_eq!(found.len(), 1, "{wrong}");
        assert!(found[0].contains(":4: "), "{found:?}");
    }
    assert_eq!(faults("<!-- ends: 5 -->\n```\nfootbridge guide asks nothing\n```\n"), Vec::<String>::new());
    assert_eq!(faults("<!-- ends: 0 5 -->\n```\nfootbridge guides\nfootbridge guides\n```\n").len(), 1);
}
