//! G-21: who may call what, and what comes of a call that nobody meant. Only compiled for tests.
//! What the access list comes to is kept in allowed-commands.txt: a change of it is a change that somebody reads.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::{collections::BTreeSet, fs, path::Path};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tauri::ipc::{Channel, Origin};

use crate::{keep, stage::Stage, view};

/// Set to `1` to write the list instead of comparing it.
const REWRITE: &str = "FOOTBRIDGE_WRITE_ALLOWED";

fn at(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The commands of the app's own list.
fn own() -> BTreeSet<String> {
    let source = fs::read_to_string(at("src/ipc.rs")).unwrap();
    let (_, rest) = source.split_once("generate_handler![").unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    let names = list.split(',').map(|name| name.trim().rsplit("::").next().unwrap_or_default().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// Every command that any part of the window could have: the app's own, and those of Tauri and its plugins.
fn everything() -> BTreeSet<String> {
    let text = fs::read_to_string(at("gen/schemas/acl-manifests.json")).unwrap();
    let manifests: Value = serde_json::from_str(&text).unwrap();
    let mut all = own();
    for (key, manifest) in manifests.as_object().unwrap() {
        let plugin = key.strip_prefix("core:").unwrap_or(key);
        for permission in manifest["permissions"].as_object().into_iter().flat_map(|list| list.values()) {
            let commands = permission["commands"]["allow"].as_array().into_iter().flatten();
            for command in commands.filter_map(Value::as_str).filter(|_| !key.starts_with("__app")) {
                all.insert(format!("plugin:{plugin}|{command}"));
            }
        }
    }
    all
}

#[test]
fn g21_only_the_main_window_may_call_and_only_what_is_listed() {
    let mut context = crate::context();
    let authority = context.runtime_authority_mut();
    let remote = |address: &str| Origin::Remote { url: address.parse().unwrap() };
    let others: Vec<(&str, Origin)> = vec![
        ("other", Origin::Local),
        ("main2", Origin::Local),
        ("", Origin::Local),
        ("MAIN", Origin::Local),
        ("main", remote("https://evil.example/")),
        ("main", remote("http://127.0.0.1:4711/")),
        ("main", remote("about:srcdoc")),
        ("main", remote("https://tauri.localhost.evil.example/")),
    ];
    let everything = everything();
    assert!(everything.len() > 200, "only {} commands were found", everything.len());
    let mut allowed = BTreeSet::new();
    let mut refused = 0;
    for command in &everything {
        if authority.resolve_access(command, "main", "main", &Origin::Local).is_some() {
            allowed.insert(command.clone());
        } else {
            refused += 1;
        }
        for (label, origin) in &others {
            let found = authority.resolve_access(command, label, label, origin);
            assert!(found.is_none(), "{command} is open to `{label}` from {origin}");
            refused += 1;
        }
    }
    assert!(refused > 2_000, "only {refused} calls were tried");
    let wanted: BTreeSet<String> =
        own().into_iter().chain(["plugin:event|listen".into(), "plugin:event|unlisten".into()]).collect();
    assert_eq!(allowed, wanted);
    let text = allowed.into_iter().collect::<Vec<_>>().join("\n") + "\n";
    let path = at("allowed-commands.txt");
    if std::env::var(REWRITE).as_deref() == Ok("1") {
        fs::write(&path, &text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "another list of commands is allowed: read it, and keep it with {REWRITE}=1");
}

/// xorshift64*: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % end
    }

    fn text(&mut self) -> String {
        const TEXTS: [&str; 20] = [
            "",
            "a",
            "register",
            "rehearsal",
            "../../etc/passwd",
            "\0",
            "\u{202e}x",
            "\u{feff}",
            "{answers.x}",
            "' OR 1=1 --",
            "<script>",
            "targetconnect",
            "settings",
            "9999999999999999999",
            "offer1:e30",
            "{\"v\":1}",
            "İ",
            "e\u{301}",
            "🦀",
            "00 11 22",
        ];
        match self.below(24) {
            20 => "x".repeat(usize::try_from(self.below(20_000)).unwrap()),
            place => (*TEXTS.get(usize::try_from(place).unwrap()).unwrap_or(&"connection")).to_owned(),
        }
    }

    fn value(&mut self, deep: u64) -> Value {
        const NAMES: [&str; 14] = [
            "ask",
            "value",
            "kind",
            "key",
            "address",
            "proof",
            "name",
            "purpose",
            "days",
            "subject",
            "otherNames",
            "language",
            "theme",
            "__proto__",
        ];
        match self.below(if deep == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.below(u64::MAX)),
            3 => json!(-1.5e300),
            4 | 5 => json!(self.text()),
            6 => (0..self.below(4)).map(|_| self.value(deep - 1)).collect(),
            _ => {
                let names =
                    (0..self.below(7)).map(|_| NAMES[usize::try_from(self.below(14)).unwrap()].to_owned());
                Value::Object(
                    names.collect::<Vec<_>>().into_iter().map(|name| (name, self.value(deep - 1))).collect(),
                )
            }
        }
    }
}

/// The argument as the command's own type, as Tauri reads it; nothing where it is of another form.
fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

/// One call of a deed that asks nobody before it acts, with arguments as they come; whether they were taken for arguments.
async fn call(stage: &Stage, which: u64, dice: &mut Dice) -> bool {
    // Most are texts, as the page sends them; the rest is of any form.
    let mut text = || {
        let value = if dice.below(5) == 0 { dice.value(1) } else { json!(dice.text()) };
        read::<String>(value)
    };
    let silent = || Channel::new(|_| Ok(()));
    let ticks = Channel::new(|_| Ok(()));
    let (Some(one), Some(two)) = (text(), text()) else { return false };
    match which {
        0 => drop(stage.open(&one).await),
        1 => drop(stage.look(&one, &two).await),
        2 => drop(stage.remember_screen(one).await),
        3 => drop(stage.sign_in_offer(&one).await),
        4 => drop(stage.approve_as(&one, &two).await),
        5 => drop(stage.sign_out(&one).await),
        6 => drop(stage.check(&one, &two, silent()).await),
        7 => drop(stage.check_all(&one, Some(&two), silent()).await),
        8 => drop(stage.confirm(&one, &two, &one).await),
        9 => drop(stage.make_beside(&one, &two, silent()).await),
        10 => drop(stage.wait_for_product(&one, &two).await),
        11 => drop(stage.find_people(&one, &two).await),
        12 => drop(stage.read_people(&one, &two).await),
        13 => drop(stage.set_customer(&one, &two).await),
        14 => drop(stage.journal(Some(&one)).await),
        15 => drop(stage.compare_thumbprint(&one, &two).await),
        16 => drop(stage.renewal(&one, &two).await),
        17 => drop(stage.renew_look(&one, &two, ticks).await),
        18 => drop(stage.copy_value(&one, &two, |_, _| std::future::ready(None)).await),
        19 => drop(stage.start(&format!("{one} "), true).await),
        20 => match read::<Vec<view::Answer>>(dice.value(3)) {
            Some(answers) => drop(stage.answer(&one, &two, answers).await),
            None => return false,
        },
        21 => match read::<Vec<String>>(dice.value(2)) {
            Some(people) => drop(stage.choose_people(&one, &two, people).await),
            None => return false,
        },
        22 => return read::<view::Settings>(dice.value(3)).is_some(),
        23 => return read::<view::Seal>(dice.value(3)).is_some(),
        24 => return read::<view::Sftp>(dice.value(3)).is_some(),
        _ => return read::<view::CertificateOrder>(dice.value(3)).is_some(),
    }
    true
}

/// Ten thousand calls as a hostile page could make them, against a real stage: nothing falls, and nothing is there
/// afterwards that was not there before.
#[tokio::test]
async fn g21_random_arguments_bring_nothing_down_and_change_nothing() {
    const CALLS: u64 = 10_000;
    let seed = std::env::var("FOOTBRIDGE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_121);
    eprintln!("FOOTBRIDGE_SEED={seed}");
    let home = tempfile::tempdir().unwrap();
    let settings = json!({ "language": "en", "theme": "light", "cloud": "global", "cloudFile": null, "clientId": null,
        "vault": "memory", "lastScreen": null });
    fs::write(home.path().join("settings.json"), settings.to_string()).unwrap();
    let stage = Stage::new(home.path().to_owned(), keep::read(home.path()), Ok(std::sync::Arc::default()));
    let before = stage.home().await.unwrap();
    let mut dice = Dice(seed);
    let mut understood = 0;
    for _ in 0..CALLS {
        let which = dice.below(26);
        understood += u64::from(call(&stage, which, &mut dice).await);
    }
    assert!(understood > CALLS / 20, "only {understood} calls reached the stage");
    let after = stage.home().await.unwrap();
    assert_eq!(before.connections.len(), after.connections.len());
    assert_eq!(before.guides.len(), after.guides.len());
    assert!(stage.journal(None).await.unwrap().entries.is_empty(), "something was noted in the journal");
}
