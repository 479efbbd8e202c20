//! Strangers open every file that is exported, for an RSA and an elliptic-curve key: OpenSSL 3 with and without its legacy
//! provider, GnuTLS, NSS, Java's keytool, Python's cryptography and node-forge. What each of them reads must be what the table
//! in docs/certificates.md says. A missing tool is named; FOOTBRIDGE_REQUIRE_STRANGERS=1 makes it a failure.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use certs::*;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

const READERS: [&str; 7] = [
    "OpenSSL 3",
    "OpenSSL 3 with legacy provider",
    "GnuTLS",
    "NSS",
    "Java keytool",
    "Python cryptography",
    "node-forge",
];

/// What a reader makes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Reads,
    Refuses,
    /// The tool has no command for such a file.
    NotMeant,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Verdict::Reads => "yes",
            Verdict::Refuses => "no",
            Verdict::NotMeant => "–",
        }
    }
}

struct Desk {
    folder: TempDir,
    key: PrivateKey,
    chain: Vec<Certificate>,
    passphrase: Passphrase,
}

fn desk(kind: KeyKind) -> Desk {
    let key = PrivateKey::make(kind).unwrap();
    let order = Order {
        subject: Subject::common_name("Minutes").unwrap(),
        other_names: vec![OtherName::read("minutes.example").unwrap()],
        days: 30,
        purpose: Purpose::HttpsServer,
    };
    let chain = vec![Certificate::self_signed(&key, &order, time::OffsetDateTime::now_utc()).unwrap()];
    let folder = tempfile::tempdir().unwrap();
    Desk { folder, key, chain, passphrase: Passphrase::made().unwrap() }
}

impl Desk {
    fn export(&self) -> Vec<Written> {
        let identity = Identity { key: &self.key, chain: &self.chain };
        let mut parcels = Vec::new();
        for line in TABLE {
            parcels.extend(pack(&identity, "minutes", line.destination, Some(&self.passphrase)).unwrap());
        }
        lay_down(self.folder.path(), &parcels, &self.key, &self.chain, Some(&self.passphrase)).unwrap()
    }

    /// Standard output of a tool that ended well. The passphrase is in PASS and in the file `pass`.
    fn run(&self, tool: &str, arguments: &[&str], passphrase: &Passphrase) -> Option<String> {
        fs::write(self.folder.path().join("pass"), passphrase.text().expose_secret()).unwrap();
        let node_modules = home("FOOTBRIDGE_STRANGERS_NODE").map(|home| home.join("node_modules"));
        let output = Command::new(tool)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("PASS", passphrase.text().expose_secret())
            .env("LC_ALL", "C.UTF-8")
            .env("NODE_PATH", node_modules.unwrap_or_default())
            .output()
            .unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether what a tool printed holds our certificate, and our key or something that it signed.
    fn is_ours(&self, file: &Written, printed: &str) -> bool {
        let Ok(found) = read(printed.as_bytes(), None) else { return false };
        let has_key = found.key.as_ref().is_some_and(|key| key.is(&self.key))
            || found.requests.iter().any(|request| request.is_for(&self.key));
        let has_certificate = found.certificates.first() == self.chain.first();
        match file.kind {
            Kind::Pfx(_) => has_key && has_certificate,
            Kind::EncryptedKey => has_key,
            _ => has_certificate,
        }
    }

    fn verdict(&self, reader: &str, file: &Written, passphrase: &Passphrase) -> Verdict {
        let path = file.path.to_str().unwrap();
        let printed = match reader {
            "OpenSSL 3" => self.openssl(file.kind, path, &[], passphrase),
            "OpenSSL 3 with legacy provider" => {
                let providers = ["-provider", "legacy", "-provider", "default"];
                self.openssl(file.kind, path, &providers, passphrase)
            }
            "GnuTLS" => self.gnutls(file.kind, path, passphrase),
            "NSS" => match self.nss(file.kind, path, passphrase) {
                Some(printed) => printed,
                None => return Verdict::NotMeant,
            },
            "Java keytool" => match self.keytool(file.kind, path, passphrase) {
                Some(printed) => printed,
                None => return Verdict::NotMeant,
            },
            "Python cryptography" => {
                let script = script("certificates.py");
                self.run(python().to_str().unwrap(), &[&script, file.kind.name(), path], passphrase)
            }
            "node-forge" => {
                self.run("node", &[&script("certificates.js"), file.kind.name(), path], passphrase)
            }
            other => panic!("no such reader: {other}"),
        };
        match printed.is_some_and(|printed| self.is_ours(file, &printed)) {
            true => Verdict::Reads,
            false => Verdict::Refuses,
        }
    }

    fn openssl(&self, kind: Kind, path: &str, providers: &[&str], passphrase: &Passphrase) -> Option<String> {
        let arguments: &[&str] = match kind {
            Kind::Pfx(_) => &["pkcs12", "-in", path, "-passin", "env:PASS", "-nodes"],
            Kind::EncryptedKey => &["pkey", "-in", path, "-passin", "env:PASS"],
            Kind::ChainPem => &["x509", "-in", path],
            Kind::Certificate => &["x509", "-inform", "DER", "-in", path],
            Kind::Pkcs7 => &["pkcs7", "-inform", "DER", "-in", path, "-print_certs"],
            Kind::Request => panic!("no request is exported here"),
        };
        self.run("openssl", &[arguments, providers].concat(), passphrase)
    }

    fn gnutls(&self, kind: Kind, path: &str, passphrase: &Passphrase) -> Option<String> {
        let secret = passphrase.text().expose_secret();
        let open_key = |path: &str| {
            let arguments = ["--key-info", "--pkcs8", "--infile", path, "--password", secret];
            self.run("certtool", &arguments, passphrase)
        };
        let arguments: &[&str] = match kind {
            Kind::Pfx(_) => &["--p12-info", "--inder", "--infile", path, "--password", secret],
            Kind::EncryptedKey => return open_key(path),
            Kind::ChainPem => &["--certificate-info", "--infile", path],
            Kind::Certificate => &["--certificate-info", "--inder", "--infile", path],
            Kind::Pkcs7 => &["--p7-info", "--inder", "--infile", path],
            Kind::Request => panic!("no request is exported here"),
        };
        let printed = self.run("certtool", arguments, passphrase)?;
        let Kind::Pfx(_) = kind else { return Some(printed) };
        // It prints the certificate in the open and the key as it stands in the file, to be opened by a second call.
        let begin = printed.find("-----BEGIN ENCRYPTED PRIVATE KEY-----")?;
        let end = begin + printed[begin..].find("-----END ENCRYPTED PRIVATE KEY-----")? + 35;
        fs::write(self.folder.path().join("sealed"), format!("{}\n", &printed[begin..end])).unwrap();
        Some(format!("{}{}{}", &printed[..begin], &printed[end..], open_key("sealed")?))
    }

    /// The outer `None`: NSS has no command for it.
    fn nss(&self, kind: Kind, path: &str, passphrase: &Passphrase) -> Option<Option<String>> {
        let base = tempfile::tempdir_in(self.folder.path()).unwrap();
        let base = format!("sql:{}", base.path().display());
        self.run("certutil", &["-N", "-d", &base, "--empty-password"], passphrase).unwrap();
        let (imported, name) = match kind {
            Kind::Pfx(_) => {
                let import = ["-i", path, "-d", &base, "-w", "pass", "-K", ""];
                // NSS takes the name of the certificate's bag, which is the subject.
                (self.run("pk12util", &import, passphrase), "CN=Minutes")
            }
            Kind::ChainPem => {
                let import = ["-A", "-d", &base, "-n", "seen", "-t", ",,", "-a", "-i", path];
                (self.run("certutil", &import, passphrase), "seen")
            }
            Kind::Certificate => {
                let import = ["-A", "-d", &base, "-n", "seen", "-t", ",,", "-i", path];
                (self.run("certutil", &import, passphrase), "seen")
            }
            Kind::EncryptedKey | Kind::Pkcs7 | Kind::Request => return None,
        };
        if imported.is_none() {
            return Some(None);
        }
        let shown = self.run("certutil", &["-L", "-d", &base, "-n", name, "-a"], passphrase);
        let Some(mut printed) = shown else { return Some(None) };
        if let Kind::Pfx(_) = kind {
            // A request that is signed by the imported key proves that the key came along.
            fs::write(self.folder.path().join("noise"), [7; 4096]).unwrap();
            let sign = ["-R", "-d", &base, "-k", name, "-s", "CN=x", "-a", "-z", "noise", "-Z", "SHA256"];
            let Some(request) = self.run("certutil", &sign, passphrase) else { return Some(None) };
            printed.push_str(&request);
        }
        Some(Some(printed))
    }

    /// The outer `None`: keytool has no command for it.
    fn keytool(&self, kind: Kind, path: &str, passphrase: &Passphrase) -> Option<Option<String>> {
        let store =
            ["-alias", "minutes", "-keystore", path, "-storetype", "PKCS12", "-storepass:env", "PASS"];
        // Each call starts a virtual machine; compiling less makes it start sooner.
        let quick = ["-J-XX:TieredStopAtLevel=1"];
        let run =
            |verb: &[&str], more: &[&str]| self.run("keytool", &[verb, more, &quick].concat(), passphrase);
        Some(match kind {
            Kind::Pfx(_) => run(&["-exportcert", "-rfc"], &store).and_then(|certificate| {
                run(&["-certreq"], &store).map(|request| format!("{certificate}{request}"))
            }),
            Kind::ChainPem | Kind::Certificate | Kind::Pkcs7 => {
                run(&["-printcert", "-rfc", "-file", path], &[])
            }
            Kind::EncryptedKey | Kind::Request => return None,
        })
    }
}

fn script(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/strangers/readers");
    folder.join(name).to_str().unwrap().to_owned()
}

fn home(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// The Python of the strangers' home, else the one of the system.
fn python() -> PathBuf {
    let inside = home("FOOTBRIDGE_STRANGERS").map(|home| home.join("bin/python"));
    inside.filter(|path| path.exists()).unwrap_or_else(|| PathBuf::from("python3"))
}

/// The cells of one column of docs/certificates.md, by file and key.
fn documented(reader: &str) -> BTreeMap<(String, String), String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/certificates.md"));
    let page = page.unwrap();
    let section = page.split("## What reads what").nth(1).unwrap();
    let rows: Vec<Vec<&str>> = section
        .split("\n## ")
        .next()
        .unwrap()
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let column = rows[0].iter().position(|cell| *cell == reader).unwrap();
    let cells = rows[2..].iter();
    cells
        .map(|row| ((row[0].trim_matches('`').to_owned(), row[1].to_owned()), row[column].to_owned()))
        .collect()
}

fn column(reader: &str, tools: &[&str]) {
    assert!(READERS.contains(&reader));
    if !tools.iter().all(|tool| installed(tool)) {
        return;
    }
    let documented = documented(reader);
    let mut seen = BTreeMap::new();
    for (kind, words) in [(KeyKind::Rsa2048, "RSA 2048"), (KeyKind::P256, "P-256")] {
        let desk = desk(kind);
        let mut tried = Vec::new();
        for file in desk.export() {
            let name = file.path.file_name().unwrap().to_str().unwrap().replacen("minutes", "NAME", 1);
            let verdict = desk.verdict(reader, &file, &desk.passphrase);
            // Counting rounds takes a stranger seconds, so one file of each kind has to do.
            if verdict == Verdict::Reads && file.kind.carries_key() && !tried.contains(&file.kind) {
                tried.push(file.kind);
                let wrong = desk.verdict(reader, &file, &Passphrase::made().unwrap());
                assert_eq!(wrong, Verdict::Refuses, "{reader} opened {name} under another passphrase");
            }
            seen.insert((name, words.to_owned()), verdict.word().to_owned());
        }
    }
    let rows = |cells: &BTreeMap<(String, String), String>| {
        cells.iter().map(|((file, key), word)| format!("{file} | {key} | {word}\n")).collect::<String>()
    };
    let (seen, documented) = (rows(&seen), rows(&documented));
    assert!(seen == documented, "{reader} reads\n{seen}\nand docs/certificates.md says\n{documented}");
}

#[test]
fn openssl_reads_what_is_documented() {
    column("OpenSSL 3", &["openssl"]);
}

#[test]
fn openssl_with_its_legacy_provider_reads_what_is_documented() {
    column("OpenSSL 3 with legacy provider", &["openssl"]);
}

#[test]
fn gnutls_reads_what_is_documented() {
    column("GnuTLS", &["certtool"]);
}

#[test]
fn nss_reads_what_is_documented() {
    column("NSS", &["pk12util", "certutil"]);
}

#[test]
fn keytool_reads_what_is_documented() {
    column("Java keytool", &["keytool"]);
}

#[test]
fn python_reads_what_is_documented() {
    let python = python();
    let there = Command::new(&python).args(["-c", "import cryptography"]).output();
    if there_or_required(
        "Python with the package cryptography",
        there.is_ok_and(|output| output.status.success()),
    ) {
        column("Python cryptography", &[]);
    }
}

#[test]
fn forge_reads_what_is_documented() {
    let folder = home("FOOTBRIDGE_STRANGERS_NODE").map(|home| home.join("node_modules/node-forge"));
    if there_or_required("node-forge", folder.is_some_and(|folder| folder.is_dir())) {
        column("node-forge", &["node"]);
    }
}

#[test]
fn openssl_names_the_algorithms_and_rounds_that_are_told() {
    if !installed("openssl") {
        return;
    }
    let desk = desk(KeyKind::Rsa2048);
    for file in desk.export() {
        let path = file.path.to_str().unwrap();
        match file.kind {
            Kind::Pfx(form) => {
                let output = Command::new("openssl")
                    .args(["pkcs12", "-info", "-noout", "-in", path, "-passin", "env:PASS"])
                    .env("PASS", desk.passphrase.text().expose_secret())
                    .output()
                    .unwrap();
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                let rounds = form.usual().count();
                let words = match form {
                    Form::Modern => [
                        format!("MAC: sha256, Iteration {rounds}"),
                        format!(
                            "Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration {rounds}, PRF hmacWithSHA256"
                        ),
                        format!(
                            "Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration {rounds}, PRF hmacWithSHA256"
                        ),
                    ],
                    Form::Compatible => [
                        format!("MAC: sha1, Iteration {rounds}"),
                        format!("Shrouded Keybag: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration {rounds}"),
                        format!("Encrypted data: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration {rounds}"),
                    ],
                };
                for word in &words {
                    assert!(said.contains(word), "{path}: {word} is not in {said}");
                }
                assert!(!said.contains("RC2"), "{said}");
                assert!((Iterations::FEWEST..=Iterations::MOST).contains(&rounds));
                assert!(file.algorithms.contains(&format!("{rounds} iterations")), "{}", file.algorithms);
            }
            Kind::EncryptedKey => {
                let shown = desk.run("openssl", &["asn1parse", "-in", path], &desk.passphrase).unwrap();
                for word in ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc", "INTEGER           :0186A0"]
                {
                    assert!(shown.contains(word), "{word} is not in {shown}");
                }
            }
            _ => assert!(file.algorithms.starts_with("not encrypted")),
        }
    }
}

/// The first table of the page is the table of the code.
#[test]
fn the_documented_destinations_are_those_of_the_code() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/certificates.md"));
    let page = page.unwrap();
    for line in TABLE {
        for (kind, ending) in line.files {
            let words = match kind {
                Kind::Pfx(form @ Form::Modern) => {
                    format!(
                        "PBES2: PBKDF2-HMAC-SHA-256, AES-256-CBC; MAC SHA-256; {} rounds",
                        form.usual().count()
                    )
                }
                Kind::Pfx(form @ Form::Compatible) => {
                    format!("3DES with SHA-1; MAC SHA-1; {} rounds", form.usual().count())
                }
                Kind::EncryptedKey => format!(
                    "encrypted PKCS#8: PBES2, PBKDF2-HMAC-SHA-256, AES-256-CBC; {} rounds",
                    Form::Modern.usual().count()
                ),
                _ => "public part only".to_owned(),
            };
            let wanted =
                format!("| `{}` | {} | `NAME.{}.{ending}` | {words} |", line.name, line.title, line.name);
            assert!(page.contains(&wanted), "docs/certificates.md lacks the row\n{wanted}");
        }
    }
}

fn installed(tool: &str) -> bool {
    let there = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(tool).is_file() || folder.join(format!("{tool}.exe")).is_file());
    there_or_required(tool, there)
}

fn there_or_required(what: &str, there: bool) -> bool {
    if !there {
        let required = std::env::var_os("FOOTBRIDGE_REQUIRE_STRANGERS").is_some_and(|value| value == "1");
        assert!(!required, "`{what}` is missing, and FOOTBRIDGE_REQUIRE_STRANGERS=1 asks for it");
        eprintln!("NOT CHECKED: `{what}` is not installed here, so it opened nothing");
    }
    there
}
