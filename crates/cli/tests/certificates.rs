//! `footbridge cert` as a script would use it: files, modes, events, refusals, and a scan of everything it prints for what it
//! must not show.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Ended, run};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    /// `footbridge cert …` with `--json`, this folder and its passphrase file.
    fn cert(&self, words: &[&str]) -> Ended {
        let (out, passphrase) = (self.text("out"), self.text("passphrase"));
        let more = ["--out", &out, "--passphrase-file", &passphrase, "--json"];
        run(&[&["cert"], words, &more].concat())
    }

    fn paths(&self, ended: &Ended) -> Vec<PathBuf> {
        let files = ended.events("certificate-file");
        files.iter().map(|file| PathBuf::from(file["path"].as_str().unwrap())).collect()
    }
}

fn names(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn good(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
}

/// The sentence of a refusal with exit code 5.
fn refused(ended: &Ended) -> String {
    assert_eq!(ended.code, Some(5), "{}{}", ended.stdout, ended.stderr);
    ended.events("trouble")[0]["what"].as_str().unwrap().to_owned()
}

#[test]
fn a_new_certificate_lies_there_for_its_owner_and_names_its_algorithms() {
    let desk = Desk::new();
    let ended = desk.cert(&["new", "--name", "minutes", "--export", "windows-2016", "--export", "openssl"]);
    good(&ended);
    let paths = desk.paths(&ended);
    let wanted = [
        "minutes.windows-2016.pfx",
        "minutes.openssl.pfx",
        "minutes.openssl.key.pem",
        "minutes.openssl.crt.pem",
        "minutes.public.cer",
        "minutes.public.pem",
        "minutes.public.p7b",
    ];
    assert_eq!(names(&paths), wanted);
    #[cfg(unix)]
    for path in paths.iter().chain([&desk.at("passphrase")]) {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    let files = ended.events("certificate-file");
    assert!(files[0]["algorithms"].as_str().unwrap().contains("PBE-SHA1-3DES, 10000 iterations"));
    assert!(files[1]["algorithms"].as_str().unwrap().contains("AES-256-CBC, 100000 iterations"));
    let certificate = &ended.events("certificate")[0];
    assert_eq!(certificate["subject"], "CN=minutes");
    assert_eq!(certificate["sha1"].as_str().unwrap().len(), 40);
    assert_eq!(certificate["days_left"], 364);
    let typed = std::fs::read_to_string(desk.at("passphrase")).unwrap();
    for text in [&ended.stdout, &ended.stderr] {
        assert!(!text.contains(typed.trim()) && !text.contains("PRIVATE KEY"), "a secret was shown");
    }
    let again = desk.cert(&["new", "--name", "minutes", "--export", "openssl"]);
    assert_eq!(again.code, Some(5), "nothing is replaced");
}

#[test]
fn what_was_written_is_inspected_and_compared() {
    let desk = Desk::new();
    let made =
        desk.cert(&["new", "--name", "a", "--export", "macos", "--days", "30", "--subject", "CN=A, O=B"]);
    good(&made);
    let (pfx, cer, passphrase) =
        (desk.text("out/a.macos.p12"), desk.text("out/a.public.cer"), desk.text("passphrase"));
    let locked = run(&["cert", "inspect", &pfx, "--json"]);
    good(&locked);
    assert_eq!(locked.events("certificate-contents")[0]["locked"], true);
    assert!(locked.stdout.contains("3DES") && locked.events("certificate").is_empty());
    let opened = run(&["cert", "inspect", &pfx, "--passphrase-file", &passphrase, "--json"]);
    good(&opened);
    assert_eq!(opened.events("certificate-contents")[0]["has_key"], true);
    let told = &opened.events("certificate")[0];
    for (spelling, verdict) in [
        (told["sha1"].as_str().unwrap(), "same"),
        (told["sha1_base64"].as_str().unwrap(), "same"),
        (told["x5t_s256"].as_str().unwrap(), "same"),
        ("A9993E364706816ABA3E25717850C26C9CD0D89D", "another-certificate"),
        ("my own words", "no-thumbprint"),
    ] {
        let ended = run(&["cert", "inspect", &cer, "--compare", spelling, "--json"]);
        assert_eq!(ended.events("certificate")[0]["compared"], verdict, "{spelling}");
    }
    std::fs::write(desk.at("wrong"), "another one\n").unwrap();
    let wrong = run(&["cert", "inspect", &pfx, "--passphrase-file", &desk.text("wrong"), "--json"]);
    assert!(refused(&wrong).contains("passphrase is wrong"));
    let list = run(&["cert", "list", "--in", &desk.text("out"), "--json"]);
    good(&list);
    assert_eq!(list.events("certificate").len(), 3, "cer, pem and p7b");
    assert_eq!(list.events("certificate-contents").len(), 1, "the locked p12");
}

#[test]
fn what_serves_nobody_is_refused_before_a_key_is_made() {
    let desk = Desk::new();
    let curve = desk.cert(&["new", "--name", "a", "--key", "p256"]);
    assert!(refused(&curve).starts_with("Entra takes only RSA keys"));
    assert!(refused(&desk.cert(&["new", "--name", "a", "--purpose", "server"])).contains("server's name"));
    assert!(refused(&desk.cert(&["new", "--name", "a", "--days", "0"])).contains("0 days"));
    assert!(refused(&desk.cert(&["new", "--name", "../a"])).contains("name"));
    assert!(refused(&desk.cert(&["new", "--name", "a", "--export", "public"])).contains("lost"));
    assert!(!desk.at("out").exists() && !desk.at("passphrase").exists());
    std::fs::write(desk.at("passphrase"), "Summer2026\n").unwrap();
    let weak = desk.cert(&["new", "--name", "a", "--export", "windows-2016"]);
    assert!(refused(&weak).contains("3DES"));
    std::fs::write(desk.at("empty"), "\n").unwrap();
    let empty = run(&[
        "cert",
        "new",
        "--name",
        "a",
        "--out",
        &desk.text("out"),
        "--passphrase-file",
        &desk.text("empty"),
        "--json",
    ]);
    assert!(refused(&empty).contains("empty"));
    let nobody = run(&["cert", "new", "--name", "a", "--out", &desk.text("out"), "--json"]);
    assert_eq!(nobody.code, Some(2), "nobody can be asked whether a passphrase may be shown");
    assert!(nobody.stdout.contains("--passphrase-file"));
    assert_eq!(run(&["cert", "new", "--name", "a", "--out", "b", "--key", "dsa"]).code, Some(2));
    assert_eq!(run(&["cert", "new", "--name", "a", "--out", "b", "--export", "beos"]).code, Some(2));
}

#[test]
fn a_server_certificate_on_a_curve_says_that_entra_takes_none() {
    let desk = Desk::new();
    let ended = desk.cert(&[
        "new",
        "--name",
        "a",
        "--key",
        "p384",
        "--purpose",
        "server",
        "--san",
        "a.example",
        "--san",
        "10.0.0.7",
    ]);
    good(&ended);
    let certificate = &ended.events("certificate")[0];
    assert_eq!(certificate["other_names"], serde_json::json!(["DNS:a.example", "IP:10.0.0.7"]));
    assert!(certificate["note"].as_str().unwrap().starts_with("Entra takes only RSA"));
}

/// A company's authority made with openssl; `None` where openssl is not installed.
fn issued(desk: &Desk, request: &Path) -> Option<PathBuf> {
    let folder = desk.folder.path();
    let openssl = |arguments: &[&str]| {
        std::process::Command::new("openssl").args(arguments).current_dir(folder).output().ok()
    };
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-subj",
        "/CN=Company CA",
        "-days",
        "30",
        "-addext",
        "keyUsage=critical,keyCertSign",
    ])?;
    let signed = openssl(&[
        "x509",
        "-req",
        "-in",
        request.to_str().unwrap(),
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "issued.pem",
        "-days",
        "20",
    ])?;
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    Some(desk.at("issued.pem"))
}

#[test]
fn a_certificate_issued_on_a_request_comes_home() {
    let desk = Desk::new();
    let asked = desk.cert(&["csr", "--name", "minutes", "--san", "minutes.example"]);
    good(&asked);
    assert_eq!(names(&desk.paths(&asked)), ["minutes.csr", "minutes.key.pem"]);
    assert_eq!(asked.events("certificate-request")[0]["other_names"][0], "DNS:minutes.example");
    let same = desk.cert(&["new", "--name", "other", "--purpose", "ca-request"]);
    assert_eq!(names(&desk.paths(&same)), ["other.csr", "other.key.pem"]);
    let Some(certificate) = issued(&desk, &desk.at("out/minutes.csr")) else { return };
    let (certificate, authority) = (certificate.to_str().unwrap(), desk.text("ca.pem"));
    let (key, foreign, opening) =
        (desk.text("out/minutes.key.pem"), desk.text("out/other.key.pem"), desk.text("passphrase"));
    let import = |files: &[&str], more: &[&str]| {
        desk.cert(&[&["import", "--opening-passphrase-file", &opening], files, more].concat())
    };
    assert!(refused(&import(&[certificate, &foreign], &[])).contains("issued on another request"));
    assert!(refused(&import(&[certificate], &[])).contains("no private key"));
    assert!(refused(&import(&[certificate, &key, &desk.text("out/other.csr")], &[])).contains("another key"));
    let alone = import(&[certificate, &key], &["--name", "alone", "--export", "java"]);
    good(&alone);
    assert_eq!(alone.events("certificate-chain")[0]["missing"], "CN=Company CA");
    let whole = import(&[&authority, certificate, &key], &["--name", "whole", "--export", "java"]);
    good(&whole);
    let chain = &whole.events("certificate-chain")[0];
    assert_eq!(
        (&chain["complete"], &chain["subjects"][1]),
        (&Value::Bool(true), &Value::from("CN=Company CA"))
    );
    let again = desk.cert(&[
        "export",
        &desk.text("out/whole.java.p12"),
        "--opening-passphrase-file",
        &opening,
        "--name",
        "again",
        "--to",
        "windows-2016",
        "--to",
        "public",
    ]);
    good(&again);
    assert_eq!(names(&desk.paths(&again))[0], "again.windows-2016.pfx");
}

#[test]
fn broken_files_are_refused_in_words() {
    let desk = Desk::new();
    std::fs::write(desk.at("noise"), [0x30, 0x03, 1, 2]).unwrap();
    std::fs::write(desk.at("large"), vec![b'a'; 1024 * 1024 + 5]).unwrap();
    for (file, words) in
        [("noise", "not a certificate"), ("large", "larger than 1 MiB"), ("absent", "absent")]
    {
        let ended = run(&["cert", "inspect", &desk.text(file), "--json"]);
        assert!(refused(&ended).contains(words), "{}", ended.stdout);
    }
}
