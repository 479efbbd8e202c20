//! Strangers open what this crate sealed: Java, PHP and the `jose` command, each with nothing of ours, and each
//! refuses a bundle with one flipped byte. A missing tool is named; FOOTBRIDGE_REQUIRE_STRANGERS=1 makes it a failure.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod sample;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bundle::{OwnKey, SeenInMemory, SigningKey, open, seal};
use secrecy::ExposeSecret as _;

#[test]
fn java_opens_a_bundle_and_refuses_a_flipped_byte() {
    if !installed("java") {
        return;
    }
    // Compiled once where a compiler is there, so that each of the many runs starts quickly.
    let classes = tempfile::tempdir().unwrap();
    let source = openers().join("Opener.java");
    let compiled = Command::new("javac").arg("-d").arg(classes.path()).arg(&source).status();
    match compiled.is_ok_and(|status| status.success()) {
        true => judge("java", &["-cp", classes.path().to_str().unwrap(), "Opener"]),
        false => judge("java", &[source.to_str().unwrap()]),
    }
}

#[test]
fn php_opens_a_bundle_and_refuses_a_flipped_byte() {
    if installed("php") {
        judge("php", &[openers().join("opener.php").to_str().unwrap()]);
    }
}

#[test]
fn jose_opens_a_bundle_and_refuses_a_flipped_byte() {
    if installed("jose") && installed("bash") {
        judge("bash", &[openers().join("opener.sh").to_str().unwrap()]);
    }
}

#[test]
fn each_opener_has_at_most_25_lines() {
    for name in ["Opener.java", "opener.php", "opener.sh"] {
        let lines = fs::read_to_string(openers().join(name)).unwrap().lines().count();
        assert!((5..=25).contains(&lines), "{name} has {lines} lines");
    }
}

fn judge(tool: &str, arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let own = OwnKey::generate().unwrap();
    let key = folder.path().join("key.jwk");
    fs::write(&key, own.to_jwk().unwrap().expose_secret()).unwrap();
    let signing = SigningKey::generate().unwrap();
    let sealed = seal(&sample::payload(), &signing, own.recipient()).unwrap();
    let opened = open(&sealed, &own, sample::NOW, &mut SeenInMemory::with_offer(sample::NONCE)).unwrap();
    let run = |text: &[u8]| {
        let file = folder.path().join("sample.bundle");
        fs::write(&file, text).unwrap();
        Command::new(tool).args(arguments).args([&file, &key]).output().unwrap()
    };

    let good = run(sealed.as_bytes());
    assert!(good.status.success(), "{tool}: {}", String::from_utf8_lossy(&good.stderr));
    assert_eq!(String::from_utf8(good.stdout).unwrap(), opened.json.expose_secret());

    for place in places(&sealed) {
        let mut altered = sealed.clone().into_bytes();
        altered[place] ^= 1;
        refused(tool, &format!("byte {place}"), &run(&altered));
    }
    refused(tool, "a newline at the end", &run(format!("{sealed}\n").as_bytes()));
    refused(tool, "a cut end", &run(&sealed.as_bytes()[..sealed.len() - 1]));
    let elsewhere = OwnKey::generate().unwrap();
    let other = seal(&sample::payload(), &signing, elsewhere.recipient()).unwrap();
    refused(tool, "another recipient", &run(other.as_bytes()));
}

fn refused(tool: &str, what: &str, output: &Output) {
    assert!(!output.status.success(), "{tool} took {what}");
    assert!(output.stdout.is_empty(), "{tool} refused {what}, but wrote something first");
}

/// The beginning, a dot, and the middle and the last character of each part.
fn places(sealed: &str) -> Vec<usize> {
    let mut places = vec![0, sealed.find('.').unwrap()];
    let mut start = 0;
    for part in sealed.split('.') {
        if !part.is_empty() {
            places.extend([start + part.len() / 2, start + part.len() - 1]);
        }
        start += part.len() + 1;
    }
    places
}

fn installed(tool: &str) -> bool {
    let there = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(tool).is_file() || folder.join(format!("{tool}.exe")).is_file());
    if !there {
        let required = std::env::var_os("FOOTBRIDGE_REQUIRE_STRANGERS").is_some_and(|value| value == "1");
        assert!(!required, "`{tool}` is missing, and FOOTBRIDGE_REQUIRE_STRANGERS=1 asks for it");
        eprintln!("NOT CHECKED: `{tool}` is not installed here, so its opener was not run");
    }
    there
}

fn openers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/strangers/openers")
}
