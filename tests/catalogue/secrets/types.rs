//! G-12: a program that would print, copy, store or send a secret does not compile. Each case is a small program that the
//! compiler has to refuse for the reason that is named; the same program without the forbidden line has to compile. The
//! compiler is called on the very libraries that this test was built with.

use std::path::{Path, PathBuf};
use std::process::Command;

use footbridge_tests::goal::{Target, reached};

/// What each program begins with.
const BEGIN: &str = "
    #![allow(unused)]
    use secrecy::{SecretBox, SecretString};
    fn serialized<T: serde::Serialize>(_: &T) {}
    fn cloned<T: Clone>(_: &T) {}
    fn sent<T: serde::de::DeserializeOwned>(_: &T) {}
    fn control(plain: &String) { serialized(plain); cloned(plain); sent(plain); println!(\"{plain} {plain:?}\"); }
    fn main() {}
";

/// A function that is given one of each kind of secret, on one line of the program.
fn scene(number: usize, line: &str) -> String {
    let line = line.replace('\n', " ");
    format!(
        "fn scene_{number}(secret: &SecretString, key: &certs::PrivateKey, passphrase: &certs::Passphrase, \
         vault: &vault::Vault, bundle: &bundle::SigningKey, own: &bundle::OwnKey, field: &bundle::FieldValue, \
         account: &delivery::sftp::SignIn) {{ {line} }}\n"
    )
}

/// Compiles only where `serde` and `secrecy` are the ones that the rooms were built with; with others every case below
/// would be refused for that.
const FITS: &str = "
    serialized(&journal::Event::SignedOut {});
    if let bundle::FieldValue::Secret(other) = field { let same: &SecretString = other; }
";

/// A line that must not compile, and the compiler's number for the reason (error codes index: E0277 a bound is not met,
/// E0599 no such method, E0616 a private field, E0624 a private method).
const FORBIDDEN: [(&str, &str, &[&str]); 19] = [
    ("a secret is shown", "println!(\"{secret}\");", &["E0277"]),
    ("a key is shown", "println!(\"{key}\");", &["E0277"]),
    ("a passphrase is shown", "println!(\"{passphrase}\");", &["E0277"]),
    ("the vault is shown for debugging", "println!(\"{vault:?}\");", &["E0277"]),
    ("a signing key is shown for debugging", "println!(\"{bundle:?}\");", &["E0277"]),
    ("a key of a recipient is shown for debugging", "println!(\"{own:?}\");", &["E0277"]),
    ("a secret becomes JSON", "serialized(secret);", &["E0277"]),
    ("a key becomes JSON", "serialized(key);", &["E0277"]),
    ("a field of a bundle goes over IPC", "serialized(field);", &["E0277"]),
    ("a passphrase is copied", "cloned(passphrase);", &["E0277"]),
    ("a key is copied", "cloned(key);", &["E0277"]),
    ("how to sign in to a server is shown", "println!(\"{account}\");", &["E0277"]),
    ("how to sign in to a server becomes JSON", "serialized(account);", &["E0277"]),
    ("how to sign in to a server is copied", "cloned(account);", &["E0277"]),
    ("a passphrase becomes JSON", "serialized(passphrase);", &["E0277"]),
    ("a key comes out of JSON", "sent(key);", &["E0277"]),
    ("a signing key is copied", "cloned(bundle);", &["E0277"]),
    ("the vault's key is taken", "let _ = &vault.key;", &["E0616"]),
    ("a secret becomes a string", "let _: String = secret.to_string();", &["E0599", "E0277"]),
];

fn deps() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// The libraries of this name, the newest first: a folder of builds can hold several.
fn libraries(name: &str) -> Vec<PathBuf> {
    let is_one = |path: &PathBuf| {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        file.starts_with(&format!("lib{name}-")) && file.ends_with(".rlib")
    };
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(deps()).unwrap().map(|entry| entry.unwrap().path()).filter(is_one).collect();
    found.sort_by_key(|path| std::cmp::Reverse(path.metadata().and_then(|about| about.modified()).ok()));
    found
}

struct Compiler {
    folder: tempfile::TempDir,
    libraries: Vec<(String, PathBuf)>,
}

impl Compiler {
    /// The compiler with the libraries that fit together: those with which the scene itself compiles.
    fn with_fitting_libraries() -> Option<Self> {
        let first = |name: &str| libraries(name).into_iter().next();
        let mut fixed = Vec::new();
        for name in ["certs", "vault", "bundle", "delivery", "journal"] {
            fixed.push((name.to_owned(), first(name)?));
        }
        for secrecy in libraries("secrecy") {
            for serde in libraries("serde") {
                let mut libraries = fixed.clone();
                libraries.extend([("secrecy".to_owned(), secrecy.clone()), ("serde".to_owned(), serde)]);
                let compiler = Self { folder: tempfile::tempdir().unwrap(), libraries };
                if compiler.told(&[FITS]).is_empty() {
                    return Some(compiler);
                }
            }
        }
        None
    }

    /// What the compiler says to a program with these lines: its errors by the number of the line.
    fn told(&self, lines: &[&str]) -> Vec<(usize, String)> {
        let source = self.folder.path().join("case.rs");
        let first = BEGIN.trim_end().lines().count() + 1;
        let scenes: String = lines.iter().enumerate().map(|(number, line)| scene(number, line)).collect();
        std::fs::write(&source, format!("{}\n{scenes}", BEGIN.trim_end())).unwrap();
        let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        command.args([
            "--edition=2024",
            "--crate-name=case",
            "--crate-type=bin",
            "--emit=metadata",
            "--error-format=short",
        ]);
        command
            .arg("--out-dir")
            .arg(self.folder.path())
            .arg("-L")
            .arg(format!("dependency={}", deps().display()));
        for (name, path) in &self.libraries {
            command.arg("--extern").arg(format!("{name}={}", Path::new(path).display()));
        }
        let output = command.arg(&source).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut errors = Vec::new();
        for line in text.lines().filter(|line| line.contains("error[")) {
            let at = line
                .split("case.rs:")
                .nth(1)
                .and_then(|rest| rest.split(':').next())
                .and_then(|at| at.parse::<usize>().ok());
            // What is wrong before the scenes belongs to none of them.
            errors.push((at.and_then(|at| at.checked_sub(first)).unwrap_or(usize::MAX), line.to_owned()));
        }
        assert!(output.status.success() == errors.is_empty(), "{text}");
        errors
    }
}

#[test]
fn g12_a_program_that_would_leak_a_secret_does_not_compile() {
    let compiler = Compiler::with_fitting_libraries().expect("the control: the scene alone has to compile");
    let allowed = ["println!(\"{secret:?}\");", "cloned(secret);", "let _ = key.kind();"];
    assert_eq!(compiler.told(&allowed), [], "the controls do not compile");
    let lines: Vec<&str> = FORBIDDEN.iter().map(|(_, line, _)| *line).collect();
    let errors = compiler.told(&lines);
    let mut refused = 0;
    for (number, (name, line, codes)) in FORBIDDEN.iter().enumerate() {
        let told: Vec<&String> =
            errors.iter().filter(|(at, _)| *at == number).map(|(_, told)| told).collect();
        let [told] = told.as_slice() else { panic!("{name} (`{line}`): {told:?} in {errors:?}") };
        assert!(codes.iter().any(|code| told.contains(&format!("error[{code}]"))), "{name}: {told}");
        refused += 1;
    }
    assert_eq!(errors.len(), FORBIDDEN.len(), "{errors:?}");
    reached("G-12", "leaking programs that do not compile", refused, Target::AtLeast(12));
}

/// What may be shown for debugging, because a failed assertion needs it, hides what it holds.
#[test]
fn g12_what_is_shown_for_debugging_hides_its_secret() {
    let secret = || secrecy::SecretString::from(SECRET);
    let key = certs::PrivateKey::make(certs::KeyKind::P256).unwrap();
    let part = secrecy::ExposeSecret::expose_secret(key.pkcs8())[36..60].to_vec();
    let canaries =
        [footbridge_tests::Canary::new("secret", SECRET), footbridge_tests::Canary::of_bytes("key", &part)];
    let numbers = part.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let shown = [
        format!("{:?}", secret()),
        format!("{key:?}"),
        format!("{:?}", certs::Passphrase::chosen(secret()).unwrap()),
        format!("{:?}", delivery::sftp::SignIn::Password(secret())),
        format!("{:?}", bundle::FieldValue::Secret(secret())),
    ];
    let hits: Vec<String> = shown
        .iter()
        .flat_map(|text| footbridge_tests::scan_bytes(text, text.as_bytes(), &canaries))
        .collect();
    assert!(shown.iter().all(|text| !text.contains(&numbers)));
    reached("G-12", "secrets in what is shown for debugging", hits.len() as u64, Target::Exactly(0));
    let planted = format!("{:?}", SECRET);
    assert_eq!(
        footbridge_tests::scan_bytes("control", planted.as_bytes(), &canaries).len(),
        1,
        "the control"
    );
}

/// A panic with a secret in the failing expression tells its place and nothing of the secret.
#[test]
fn g12_a_panic_tells_nothing_of_what_it_panicked_over() {
    let me = std::env::current_exe().unwrap();
    let told = |case: &str| {
        let mut command = Command::new(&me);
        command.args(["--exact", case, "--ignored", "--nocapture"]).env("RUST_BACKTRACE", "1");
        let output = command.output().unwrap();
        assert!(!output.status.success());
        [output.stdout, output.stderr].concat()
    };
    let canary = footbridge_tests::Canary::new("secret", SECRET);
    let canaries = [canary];
    let control =
        footbridge_tests::scan_bytes("panic", &told("secrets::types::case_panic_as_rust_does"), &canaries);
    assert_eq!(control.len(), 1, "the control");
    let bytes = told("secrets::types::case_panic");
    assert!(String::from_utf8_lossy(&bytes).contains("stopped at tests/catalogue/secrets/types.rs"));
    let hits = footbridge_tests::scan_bytes("panic", &bytes, &canaries);
    reached("G-12", "secrets in what a panic prints", hits.len() as u64, Target::Exactly(0));
}

const SECRET: &str = "cAn4ry~in-a.panic_0123456789";

/// What holds a secret where nothing should have gone wrong.
fn refused() -> Result<(), String> {
    Err(SECRET.chars().collect())
}

#[test]
#[ignore = "runs inside a process of its own"]
fn case_panic() {
    vault::tell_only_the_place_of_a_panic();
    refused().unwrap();
}

#[test]
#[ignore = "runs inside a process of its own"]
fn case_panic_as_rust_does() {
    refused().unwrap();
}
