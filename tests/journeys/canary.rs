//! Secrets of a whole run of the program, looked for wherever a program leaves traces. The control is planted in each
//! of the same places and must be found in every one.

use engine::bundle::{self, FieldValue, SeenInMemory};
use footbridge_tests::{Canary, scan_bytes, scan_tree};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::child::{Ended, Home, program};

const CONTROL: &str = "cOnTrOl~planted.0123456789-Zz";

/// Places of one run as names and bytes: what the child printed, how it was started, what the tenant logged.
fn traces(runs: &[Ended], home: &Home, extra: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let joined = |part: fn(&Ended) -> &Vec<u8>| {
        let mut all: Vec<u8> = runs.iter().flat_map(|run| part(run).clone()).collect();
        all.extend_from_slice(extra);
        all
    };
    let mut traffic = serde_json::to_vec(&home.tenant.control().traffic()).unwrap();
    traffic.extend_from_slice(extra);
    vec![
        ("stdout", joined(|run| &run.stdout)),
        ("stderr", joined(|run| &run.stderr)),
        ("arguments and environment", joined(|run| &run.process)),
        ("traffic", traffic),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_left_anywhere_and_the_planted_control_is_found_everywhere() {
    let Some(program) = program() else { return };
    let home = Home::open().await;
    let runs = home.to_the_end(&program);
    assert!(
        runs.iter().any(|run| run.process.windows(6).any(|part| part == b"--yes\0")),
        "the child was never seen"
    );

    let out: Vec<_> =
        std::fs::read_dir(home.path().join("out")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let sealed =
        out.iter().find(|path| path.extension().is_some_and(|kind| kind == "footbridge")).expect("a bundle");
    let sealed = std::fs::read_to_string(sealed).unwrap();
    let files: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let written =
        |path: &&std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("passphrase-");
    let file = files.iter().find(written).expect("a passphrase file");
    let passphrase = SecretString::from(std::fs::read_to_string(file).unwrap().trim().to_owned());
    let mut seen = SeenInMemory::without_offer().and_rehearsals();
    let opened =
        bundle::open_with_passphrase(&sealed, &passphrase, home.tenant.control().now(), &mut seen).unwrap();
    let secrets = opened.payload.fields.iter().filter_map(|field| match &field.value {
        FieldValue::Secret(secret) => Some(secret.expose_secret().to_owned()),
        FieldValue::Plain(_) => None,
    });
    let mut canaries: Vec<Canary> = secrets.map(|secret| Canary::new("client secret", &secret)).collect();
    assert_eq!(canaries.len(), 1);
    canaries.push(Canary::new("bundle passphrase", passphrase.expose_secret()));
    canaries.push(Canary::new("vault passphrase", "vault passphrase of the child"));
    // A signed token of the tenant begins with one of these, whichever member of its header comes first.
    canaries.push(Canary::new("token", "eyJ0eXAiOiJKV1Qi"));
    canaries.push(Canary::new("token", "eyJhbGciOiJSUzI1NiIs"));

    let folders = ["data", "out", "tmp", "home"].map(|folder| home.path().join(folder));
    let mut hits: Vec<String> = folders.iter().flat_map(|folder| scan_tree(folder, &canaries)).collect();
    for (place, bytes) in traces(&runs, &home, b"") {
        assert!(!bytes.is_empty() || place == "stderr", "{place} is empty");
        hits.extend(scan_bytes(place, &bytes, &canaries));
    }
    assert_eq!(hits, Vec::<String>::new());

    let control = [Canary::new("control", CONTROL)];
    for (form, bytes) in control[0].forms() {
        for folder in &folders {
            std::fs::write(folder.join("planted"), bytes).unwrap();
            assert_eq!(scan_tree(folder, &control).len(), 1, "{form} in {}", folder.display());
        }
        for (place, bytes) in traces(&runs, &home, bytes) {
            assert_eq!(scan_bytes(place, &bytes, &control).len(), 1, "{form} in {place}");
        }
    }
    let kept: Value = serde_json::json!({ "secretText": CONTROL });
    assert_eq!(scan_bytes("JSON", kept.to_string().as_bytes(), &control).len(), 1);
}
