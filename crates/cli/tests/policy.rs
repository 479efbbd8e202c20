//! The policy of a machine by the program alone: each feature that is switched off, values against options, a file that is not
//! in order, and the machine's own file at its own place.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod support;

use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;

use engine::Feature;
use support::{Ended, Tenant, run};

const CLIENT: &str = "6f0a1b2c-3d4e-4f50-8a9b-0c1d2e3f4a5b";
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples");
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Where an admin sits: a folder with a vault, policies, and what commands need.
struct Admin {
    folder: tempfile::TempDir,
}

impl Admin {
    fn new() -> Admin {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("vault"), "correct horse battery staple\n").unwrap();
        let cloud = "login = \"http://127.0.0.1:9\"\ngraph = \"http://127.0.0.1:9\"\nportal = \"https://portal.azure.com\"\n";
        std::fs::write(folder.path().join("cloud.toml"), cloud).unwrap();
        Admin { folder }
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn policy(&self, name: &str, lines: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, format!("format = 1\n{lines}\n")).unwrap();
        path.display().to_string()
    }

    fn run(&self, words: &[&str]) -> Ended {
        let (data, vault) = (self.at("data"), self.at("vault"));
        let mut all = words.to_vec();
        all.extend(["--data-dir", &data]);
        if words[0] != "rehearse" {
            all.extend(["--vault", "passphrase", "--vault-passphrase-file", &vault]);
        }
        run(&all)
    }

    /// A connection that nobody has signed in at.
    fn connection(&self) {
        let policy = self.policy("no-codes.toml", "off = [\"device-code\"]");
        let ended = self.run(&["run", "targetconnect", "--connection", "x", "--policy", &policy]);
        assert_eq!(ended.code, Some(5), "{}{}", ended.stdout, ended.stderr);
    }

    /// A command that does what a feature is for.
    fn uses(&self, feature: Feature) -> Vec<String> {
        let words = match feature {
            Feature::OwnGuides => vec!["connections", "--guides", EXAMPLES],
            Feature::CloudFile => vec!["network", "--cloud", "CLOUD", "--proxy", NOWHERE],
            Feature::ProxySettings => vec!["network", "--proxy", NOWHERE],
            Feature::DeviceCode => vec!["run", "targetconnect", "--connection", "x", "--proxy", NOWHERE],
            Feature::Push => vec!["deliver", "https", "--connection", "x", "--yes"],
            Feature::SecretExport => vec!["bundle", "passphrase", "--connection", "x", "--out", "OUT"],
            Feature::SupportReport => vec!["support"],
        };
        let filled = |word: &str| match word {
            "CLOUD" => self.at("cloud.toml"),
            "OUT" => self.at("out"),
            other => other.to_owned(),
        };
        words.into_iter().map(filled).collect()
    }
}

#[test]
fn each_feature_that_is_switched_off_is_refused_with_file_and_line_and_no_other() {
    let admin = Admin::new();
    admin.connection();
    for feature in Feature::ALL {
        let name = feature.name();
        let words = admin.uses(feature);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let policy = admin.policy("off.toml", &format!("off = [\n  \"{name}\",\n]"));
        let refused = admin.run(&[&words[..], &["--policy", &policy]].concat());
        assert_eq!(refused.code, Some(5), "{name}: {}{}", refused.stdout, refused.stderr);
        assert!(refused.stderr.contains(&format!("({policy}:3, off)")), "{name}: {}", refused.stderr);
        let german = admin.run(&[&words[..], &["--policy", &policy, "--lang", "de"]].concat());
        assert!(german.stderr.contains("Abgeschaltet"), "{name}: {}", german.stderr);

        // A proxy leads the other commands nowhere, so that is the one thing that is not switched off for them.
        let kept = [feature, Feature::ProxySettings];
        let others: Vec<String> = Feature::ALL
            .into_iter()
            .filter(|other| !kept.contains(other))
            .map(|other| format!("\"{}\"", other.name()))
            .collect();
        let policy = admin.policy("others.toml", &format!("off = [{}]", others.join(", ")));
        let free = admin.run(&[&words[..], &["--policy", &policy]].concat());
        assert!(!free.stderr.contains("others.toml"), "{name}: {}", free.stderr);
    }
    assert!(!Path::new(&admin.at("out")).exists());
}

#[test]
fn nothing_is_sealed_with_a_passphrase_where_secrets_stay_in() {
    let admin = Admin::new();
    let policy = admin.policy("policy.toml", "off = [\"secret-export\"]");
    let out = admin.at("handed-over");
    let refused = admin.run(&["rehearse", "targetconnect", "--out", &out, "--policy", &policy]);
    assert_eq!(refused.code, Some(5), "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains(&format!("{policy}:2")), "{}", refused.stderr);
    let left = || std::fs::read_dir(&out).map(|folder| folder.flatten().count()).unwrap_or_default();
    assert_eq!(left(), 0, "something was handed over");

    let key = admin.at("key");
    assert_eq!(run(&["bundle", "key", "--out", &key]).code, Some(0));
    let public = public_half(&key);
    let words = ["rehearse", "targetconnect", "--out", &out, "--recipient", &public, "--policy", &policy];
    let sealed = admin.run(&words);
    assert_eq!(sealed.code, Some(0), "{}{}", sealed.stdout, sealed.stderr);
    assert!(left() > 0);
}

#[test]
fn nothing_is_given_to_a_products_command_line_where_pushing_is_off() {
    let admin = Admin::new();
    let policy = admin.policy("policy.toml", "off = [\"push\"]");
    let out = admin.at("handed-over");
    let refused = admin.run(&["rehearse", "axigen", "--out", &out, "--policy", &policy, "--json"]);
    assert_eq!(refused.code, Some(5), "{}{}", refused.stdout, refused.stderr);
    let codes: Vec<_> = refused.events("trouble").iter().map(|event| event["code"].clone()).collect();
    assert!(codes.iter().any(|code| code == "policy-forbids"), "{codes:?}");

    admin.connection();
    let key = admin.at("key");
    assert_eq!(run(&["bundle", "key", "--out", &key]).code, Some(0));
    let (password, public) = (admin.at("vault"), public_half(&key));
    let to = ["deliver", "sftp", "--connection", "x", "--to", "sftp://a@127.0.0.1:9/b", "--policy", &policy];
    let with = ["--password-file", &password, "--recipient", &public];
    let refused = admin.run(&[&to[..], &with[..]].concat());
    assert_eq!(refused.code, Some(5), "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains(&format!("{policy}:2")), "{}", refused.stderr);
}

/// The public half, which lies beside the private one.
fn public_half(key: &str) -> String {
    format!("{key}.public.jwk")
}

#[test]
fn an_option_that_says_something_else_is_refused() {
    let admin = Admin::new();
    let lines = format!("cloud = \"china\"\nclient_id = \"{CLIENT}\"\nlanguage = \"de\"");
    let policy = admin.policy("policy.toml", &lines);
    let cloud = admin.at("cloud.toml");
    for (words, line, key) in [
        (vec!["network", "--place", "global"], 2, "cloud"),
        (vec!["network", "--cloud", &cloud], 2, "cloud"),
        (vec!["run", "targetconnect", "--connection", "x", "--place", "us-dod"], 2, "cloud"),
        (vec!["run", "targetconnect", "--connection", "x", "--client-id", "another"], 3, "client_id"),
        (vec!["guides", "--lang", "en"], 4, "language"),
    ] {
        let refused = admin.run(&[&words[..], &["--policy", &policy]].concat());
        assert_eq!(refused.code, Some(5), "{words:?}: {}{}", refused.stdout, refused.stderr);
        let place = format!("({policy}:{line}, {key})");
        assert!(refused.stderr.contains(&place), "{words:?}: {}", refused.stderr);
    }
    assert!(!Path::new(&admin.at("data")).join("vault.db").exists(), "a desk was opened");
    let same = ["network", "--place", "china", "--lang", "de", "--proxy", NOWHERE, "--policy", &policy];
    let asked = admin.run(&same);
    assert!(asked.stdout.contains("login.partner.microsoftonline.cn"), "{}{}", asked.stdout, asked.stderr);
    let unsaid = admin.run(&["network", "--proxy", NOWHERE, "--policy", &policy]);
    assert!(unsaid.stdout.contains("microsoftgraph.chinacloudapi.cn"), "{}", unsaid.stdout);
    assert!(unsaid.stdout.contains("Nicht beide Hosts"), "{}", unsaid.stdout);
    // What asks nothing of Microsoft works in every cloud.
    let offline = admin.run(&["connections", "--policy", &policy]);
    assert_eq!(offline.code, Some(0), "{}", offline.stderr);
}

#[test]
fn the_client_that_is_laid_down_signs_in() {
    let admin = Admin::new();
    let tenant = Tenant::serve(&["--users", "5"]);
    let cloud = tenant.cloud_file(admin.folder.path()).display().to_string();
    let policy = admin.policy("client.toml", &format!("client_id = \"{CLIENT}\""));
    let words = ["run", "targetconnect", "--connection", "x", "--cloud", &cloud, "--policy", &policy];
    let unknown = admin.run(&words);
    assert_ne!(unknown.code, Some(0));
    // The pretend Microsoft knows no such client, and names it.
    assert!(unknown.stderr.contains("AADSTS") || unknown.stderr.contains(CLIENT), "{}", unknown.stderr);
}

#[test]
fn a_policy_that_is_not_in_order_stops_every_command_but_the_check() {
    let admin = Admin::new();
    let broken = admin.policy("broken.toml", "cloud = \"mars\"");
    let place = format!("({broken}:2)");
    for words in [
        vec!["guides"],
        vec!["connections"],
        vec!["network", "--proxy", NOWHERE],
        vec!["run", "targetconnect", "--connection", "x", "--proxy", NOWHERE],
        vec!["rehearse", "targetconnect"],
        vec!["support"],
        vec!["journal", "verify"],
        vec!["policy"],
        vec!["policy", "check", &broken],
    ] {
        let refused = admin.run(&[&words[..], &["--policy", &broken]].concat());
        assert_eq!(refused.code, Some(5), "{words:?}: {}{}", refused.stdout, refused.stderr);
        assert!(refused.stderr.contains(&place) && refused.stderr.contains("mars"), "{}", refused.stderr);
        assert!(refused.stdout.is_empty(), "{words:?}: {}", refused.stdout);
    }
    assert!(!Path::new(&admin.at("data")).exists());
    let json = run(&["policy", "check", &broken, "--json"]);
    let trouble = &json.events("trouble")[0];
    assert_eq!(
        (trouble["code"].as_str(), trouble["field"].as_str()),
        (Some("policy-invalid"), Some("cloud"))
    );
    let good = admin.policy("good.toml", "cloud = \"china\"");
    assert_eq!(admin.run(&["policy", "check", &good, "--policy", &broken]).code, Some(0));
}

#[test]
fn the_policy_is_shown_with_the_line_of_each_value() {
    let admin = Admin::new();
    let guides = admin.at("guides");
    let lines = format!(
        "cloud = \"global\"\nclient_id = \"{CLIENT}\"\nlanguage = \"en\"\nguides_folder = '{guides}'\noff = [\"push\", \"support-report\"]"
    );
    let policy = admin.policy("policy.toml", &lines);
    for words in [vec!["policy", "check", &policy], vec!["policy", "--policy", &policy]] {
        let shown = run(&[&words[..], &["--json"]].concat());
        assert_eq!(shown.code, Some(0), "{}", shown.stderr);
        assert_eq!(shown.events("policy-file")[0]["path"], policy.as_str());
        let values: Vec<_> = shown
            .events("policy")
            .iter()
            .map(|event| (event["key"].to_string(), event["value"].to_string(), event["line"].to_string()))
            .collect();
        let wanted = [
            ("cloud", "global", "2"),
            ("client_id", CLIENT, "3"),
            ("language", "en", "4"),
            ("guides_folder", guides.as_str(), "5"),
            ("off", "push", "6"),
            ("off", "support-report", "6"),
        ];
        let wanted =
            wanted.map(|(key, value, line)| (format!("\"{key}\""), format!("\"{value}\""), line.to_owned()));
        assert_eq!(values, wanted);
    }
    let lines = run(&["policy", "check", &policy]).stdout;
    assert!(lines.contains(&format!("({policy}:6)")) && lines.contains("Switched off: the support report."));
}

#[test]
fn the_guides_of_the_policy_can_be_used_by_everybody() {
    let admin = Admin::new();
    let lines = format!("guides_folder = '{EXAMPLES}'\noff = [\"own-guides\"]");
    let policy = admin.policy("policy.toml", &lines);
    let out = admin.at("handed-over");
    let ended = admin.run(&["rehearse", "lighthouse", "--out", &out, "--policy", &policy]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let missing = admin.policy("missing.toml", "guides_folder = '/no/such/folder'");
    let refused = admin.run(&["connections", "--policy", &missing, "--json"]);
    assert_eq!(refused.code, Some(5), "{}{}", refused.stdout, refused.stderr);
    let told = &refused.events("trouble")[0];
    assert_eq!(
        (told["code"].as_str(), told["field"].as_str()),
        (Some("policy-invalid"), Some("guides_folder"))
    );
    for (language, says) in [("en", "There is no folder"), ("de", "gibt es nicht")] {
        let refused = admin.run(&["connections", "--policy", &missing, "--lang", language]);
        for part in [&format!("{missing}:2"), "guides_folder", "/no/such/folder", says] {
            assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
        }
    }
}

/// Runs a line of a shell in a machine of its own: a namespace whose `/etc` is a folder of the test, as its root.
#[cfg(target_os = "linux")]
fn in_a_machine(etc: &Path, line: &str) -> Ended {
    let script = format!("mount --bind '{}' /etc && {line}", etc.display());
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", &script]);
    command.env("FOOTBRIDGE", env!("CARGO_BIN_EXE_footbridge")).env_remove("FOOTBRIDGE_DATA_DIR");
    let output = command.output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_machines_own_file_cannot_be_evaded() {
    use std::os::unix::fs::PermissionsExt as _;

    let admin = Admin::new();
    let etc = admin.folder.path().join("etc");
    let folder = etc.join("footbridge");
    std::fs::create_dir_all(&folder).unwrap();
    let possible = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &format!("mount --bind '{}' /etc", etc.display())])
        .output();
    if !possible.is_ok_and(|output| output.status.success()) {
        let required = std::env::var_os("FOOTBRIDGE_REQUIRE_STRANGERS").is_some_and(|value| value == "1");
        assert!(
            !required,
            "this system makes no namespaces, and FOOTBRIDGE_REQUIRE_STRANGERS=1 asks for one"
        );
        eprintln!(
            "LEFT OUT: this system makes no namespaces, so a machine's own policy cannot be laid down here"
        );
        return;
    }
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let none = in_a_machine(&etc, "\"$FOOTBRIDGE\" policy");
    assert_eq!(none.code, Some(0), "{}", none.stderr);
    assert!(
        none.stdout.contains("Nothing is laid down") && none.stdout.contains("/etc/footbridge/policy.toml")
    );

    let file = folder.join("policy.toml");
    std::fs::write(&file, "format = 1\ncloud = \"china\"\noff = [\"own-guides\"]\n").unwrap();
    mode(&folder, 0o755);
    mode(&file, 0o644);
    let other = admin.policy("other.toml", "cloud = \"global\"");
    let adding = admin.policy("adding.toml", "off = [\"support-report\"]");
    let data = admin.at("data");
    let vault = format!("--data-dir '{data}' --vault memory");
    for (line, code, told) in [
        ("\"$FOOTBRIDGE\" policy".to_owned(), 0, "china"),
        ("\"$FOOTBRIDGE\" network --place global".to_owned(), 5, "/etc/footbridge/policy.toml:2, cloud"),
        (format!("\"$FOOTBRIDGE\" network --policy '{other}'"), 5, "/etc/footbridge/policy.toml:2, cloud"),
        (format!("\"$FOOTBRIDGE\" policy --policy '{adding}'"), 0, "support-report"),
        (format!("\"$FOOTBRIDGE\" connections {vault} --guides '{EXAMPLES}'"), 5, "policy.toml:3, off"),
        // Whoever starts the program chooses its variables, its folder and its home.
        (
            format!(
                "cd / && HOME=/nowhere XDG_CONFIG_HOME=/nowhere XDG_CONFIG_DIRS=/nowhere ProgramData=/nowhere FOOTBRIDGE_POLICY='{other}' \"$FOOTBRIDGE\" network --place global"
            ),
            5,
            "/etc/footbridge/policy.toml:2, cloud",
        ),
    ] {
        let ended = in_a_machine(&etc, &line);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, Some(code), "{line}: {said}");
        assert!(said.contains(told), "{line}: {said}");
    }

    // A file that others can change may have been written by anybody.
    for (path, open, shut) in [(&file, 0o666, 0o644), (&folder, 0o777, 0o755)] {
        mode(path, open);
        for words in ["policy", "guides", "policy check /etc/footbridge/policy.toml"] {
            let refused = in_a_machine(&etc, &format!("\"$FOOTBRIDGE\" {words}"));
            assert_eq!(refused.code, Some(5), "{words}: {}", refused.stdout);
            assert!(refused.stderr.contains("chmod go-w"), "{words}: {}", refused.stderr);
        }
        mode(path, shut);
    }
    // So may what a link leads to.
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&other, &file).unwrap();
    let refused = in_a_machine(&etc, "\"$FOOTBRIDGE\" guides");
    assert_eq!(refused.code, Some(5), "{}{}", refused.stdout, refused.stderr);
    // Taken away by its administrator, it lays nothing down.
    std::fs::remove_file(&file).unwrap();
    assert_eq!(in_a_machine(&etc, "\"$FOOTBRIDGE\" guides").code, Some(0));
}
