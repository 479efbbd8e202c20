//! Strangers open what this crate sealed: the openers of the vendor kit, each with nothing of ours. Each is led through
//! all vectors, through a fresh bundle with flipped bytes, and each makes a receipt that our side takes. A missing tool is
//! named; FOOTBRIDGE_REQUIRE_STRANGERS=1 makes it a failure, save for .NET, which few build machines have.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod sample;
mod vector;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bundle::{Acknowledgement, OwnKey, SeenInMemory, SigningKey, open, seal, seal_for_receipt};
use secrecy::ExposeSecret as _;
use vector::{Expected, Vector, committed, kit};

/// What an opener may let pass beside steps 8, 9, 11 and 12, because a language's own JSON parser does: the payload's form
/// is not as the page has it (step 7). Whoever uses the payload reads its members anyway.
const LEFT_TO_THE_CALLER: [&str; 5] = [
    "07-version-twice",
    "07-payload-with-a-tail",
    "07-short-jti",
    "07-unknown-credential",
    "07-credential-without-its-secret",
];

#[test]
fn java_opens_what_is_good_and_nothing_else() {
    if !installed("java") {
        return;
    }
    // Compiled once where a compiler is there, so that each of the many runs starts quickly.
    let classes = tempfile::tempdir().unwrap();
    let source = opener("Opener.java");
    let compiled = Command::new("javac").arg("-d").arg(classes.path()).arg(&source).status();
    match compiled.is_ok_and(|status| status.success()) {
        true => {
            judge("java", &["-XX:TieredStopAtLevel=1", "-cp", classes.path().to_str().unwrap(), "Opener"])
        }
        false => judge("java", &[&source]),
    }
}

#[test]
fn php_opens_what_is_good_and_nothing_else() {
    if installed("php") {
        judge("php", &[&opener("opener.php")]);
    }
}

#[test]
fn jose_opens_what_is_good_and_nothing_else() {
    if installed("jose") && installed("bash") && installed("openssl") {
        judge("bash", &[&opener("opener.sh")]);
    }
}

#[test]
fn node_opens_what_is_good_and_nothing_else() {
    if installed("node") {
        judge("node", &[&opener("opener.mjs")]);
    }
}

#[test]
fn python_opens_what_is_good_and_nothing_else() {
    let home = std::env::var_os("FOOTBRIDGE_STRANGERS").map(|home| PathBuf::from(home).join("bin/python"));
    let python = home.filter(|path| path.exists()).unwrap_or_else(|| PathBuf::from("python3"));
    let python = python.to_str().unwrap();
    if works("Python's cryptography", Command::new(python).args(["-c", "import cryptography"])) {
        judge(python, &[&opener("opener.py")]);
    }
}

#[test]
fn cpp_opens_what_is_good_and_nothing_else() {
    let mut header = Command::new("g++");
    header.args(["-E", "-x", "c++", "-include", "openssl/evp.h", "/dev/null"]);
    if !installed("g++") || !works("the headers of libcrypto", &mut header) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("opener");
    let compiler = Command::new("g++")
        .args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .args([&opener("opener.cpp"), "-lcrypto"])
        .output()
        .unwrap();
    assert!(compiler.status.success(), "{}", String::from_utf8_lossy(&compiler.stderr));
    judge(program.to_str().unwrap(), &[]);
}

#[test]
fn dotnet_opens_what_is_good_and_nothing_else() {
    if !found("dotnet") {
        eprintln!("NOT CHECKED: `dotnet` is not installed here, so Opener.cs was not run");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let version = Command::new("dotnet").arg("--version").output().unwrap();
    let major = String::from_utf8_lossy(&version.stdout).split('.').next().unwrap().trim().to_owned();
    let project = format!(
        "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType>\
         <TargetFramework>net{major}.0</TargetFramework><Nullable>enable</Nullable></PropertyGroup></Project>"
    );
    fs::write(folder.path().join("Opener.csproj"), project).unwrap();
    fs::copy(opener("Opener.cs"), folder.path().join("Opener.cs")).unwrap();
    let out = folder.path().join("out");
    let built = Command::new("dotnet").arg("build").arg(folder.path()).arg("-o").arg(&out).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stdout));
    judge("dotnet", &[out.join("Opener.dll").to_str().unwrap()]);
}

#[test]
fn each_opener_has_at_most_25_lines_and_its_place_in_the_readme() {
    let readme = fs::read_to_string(kit("README.md")).unwrap();
    let names: Vec<String> = fs::read_dir(kit("openers"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 7, "{names:?}");
    for name in names {
        let lines = fs::read_to_string(opener(&name)).unwrap().lines().count();
        assert!((5..=25).contains(&lines), "{name} has {lines} lines");
        assert!(readme.contains(&name), "{name} is not in the README");
    }
}

fn judge(tool: &str, arguments: &[&str]) {
    let stage = Stage { folder: tempfile::tempdir().unwrap(), tool, arguments };
    for vector in committed() {
        stage.judge_vector(&vector);
    }
    stage.judge_flipped_bytes();
    stage.judge_receipt();
}

/// One opener with a folder of its own.
struct Stage<'a> {
    folder: tempfile::TempDir,
    tool: &'a str,
    arguments: &'a [&'a str],
}

impl Stage<'_> {
    fn run(&self, bundle: &[u8], key: &str, more: &[&Path]) -> Output {
        let (file, key_file) =
            (self.folder.path().join("sample.footbridge"), self.folder.path().join("key.jwk"));
        fs::write(&file, bundle).unwrap();
        fs::write(&key_file, key).unwrap();
        Command::new(self.tool).args(self.arguments).args([&file, &key_file]).args(more).output().unwrap()
    }

    fn judge_vector(&self, vector: &Vector) {
        let left = LEFT_TO_THE_CALLER.contains(&vector.name.as_str());
        if left
            || matches!(
                vector.expected,
                Expected::Refused { step: 8 | 9 | 11 | 12 } | Expected::RefusedAsRehearsal
            )
        {
            return;
        }
        let output = self.run(vector.bundle.as_bytes(), &vector.key.to_string(), &[]);
        match &vector.expected {
            Expected::Taken { may_be_refused: true, .. } if !output.status.success() => {}
            Expected::Taken { payload, .. } => self.took(&output, payload, &vector.name),
            Expected::Refused { .. } | Expected::RefusedAsRehearsal => self.refused(&output, &vector.name),
        }
    }

    fn judge_flipped_bytes(&self) {
        let own = OwnKey::generate().unwrap();
        let key = own.to_jwk().unwrap();
        let sealed = seal(&sample::payload(), &SigningKey::generate().unwrap(), own.recipient()).unwrap();
        let mut seen = SeenInMemory::with_offer(sample::NONCE);
        let opened = open(&sealed, &own, sample::NOW, &mut seen).unwrap();
        let output = self.run(sealed.as_bytes(), key.expose_secret(), &[]);
        self.took(&output, opened.json.expose_secret(), "a fresh bundle");
        for place in places(&sealed) {
            let mut altered = sealed.clone().into_bytes();
            altered[place] ^= 1;
            self.refused(&self.run(&altered, key.expose_secret(), &[]), &format!("byte {place} flipped"));
        }
    }

    fn judge_receipt(&self) {
        let own = OwnKey::generate().unwrap();
        let (key, signing) = (own.to_jwk().unwrap(), SigningKey::generate().unwrap());
        let payload = sample::payload();
        let sealed = seal_for_receipt(&payload, &signing, own.recipient()).unwrap();
        let file = self.folder.path().join("receipt.json");
        let output = self.run(sealed.text.as_bytes(), key.expose_secret(), &[&file]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let receipt = fs::read_to_string(&file).unwrap();
        Acknowledgement::verify(&receipt, &sealed.receipt_key, &payload.jti).unwrap();
        let other = seal_for_receipt(&payload, &signing, own.recipient()).unwrap();
        assert!(Acknowledgement::verify(&receipt, &other.receipt_key, &payload.jti).is_err());
        fs::remove_file(&file).unwrap();
        let last = sealed.text.len() - 1;
        self.refused(&self.run(&sealed.text.as_bytes()[..last], key.expose_secret(), &[&file]), "a cut end");
        assert!(!file.exists(), "{} made a receipt for what it refused", self.tool);
    }

    fn took(&self, output: &Output, payload: &str, what: &str) {
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} refused {what}: {error}", self.tool);
        assert_eq!(std::str::from_utf8(&output.stdout), Ok(payload), "{} with {what}", self.tool);
    }

    fn refused(&self, output: &Output, what: &str) {
        assert!(!output.status.success(), "{} took {what}", self.tool);
        assert!(output.stdout.is_empty(), "{} refused {what}, but wrote something first", self.tool);
    }
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
    named(found(tool), &format!("`{tool}`"))
}

fn works(what: &str, command: &mut Command) -> bool {
    named(command.output().is_ok_and(|output| output.status.success()), what)
}

fn found(tool: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(tool).is_file() || folder.join(format!("{tool}.exe")).is_file())
}

fn named(there: bool, what: &str) -> bool {
    if !there {
        let required = std::env::var_os("FOOTBRIDGE_REQUIRE_STRANGERS").is_some_and(|value| value == "1");
        assert!(!required, "{what} is missing, and FOOTBRIDGE_REQUIRE_STRANGERS=1 asks for it");
        eprintln!("NOT CHECKED: {what} is not installed here, so its opener was not run");
    }
    there
}

fn opener(name: &str) -> String {
    kit("openers").join(name).to_str().unwrap().to_owned()
}
