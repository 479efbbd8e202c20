//! Times key, self-signed certificate and PFX against the `openssl` program, for RSA 2048, 3072 and 4096 side by side in one
//! run: `cargo bench -p certs`. Prints the table and writes it into docs/performance.md. `FOOTBRIDGE_BENCH_TIMES` sets how often
//! (30); `FOOTBRIDGE_BENCH_WRITE=0` leaves the page as it is.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use certs::*;
use secrecy::SecretString;

const MARK: &str = "<!-- measured by cargo bench -p certs -->";
const PASSPHRASE: &str = "river-chair-cloud-41";

/// What one product of both sides cost.
struct Times {
    ours: Vec<Duration>,
    theirs: Vec<Duration>,
}

fn ours(kind: KeyKind) -> Duration {
    let passphrase = Passphrase::chosen(SecretString::from(PASSPHRASE)).unwrap();
    let start = Instant::now();
    let key = PrivateKey::make(kind).unwrap();
    let order = Order {
        subject: Subject::common_name("Minutes").unwrap(),
        other_names: Vec::new(),
        days: 365,
        purpose: Purpose::AppSignIn,
    };
    let chain = [Certificate::self_signed(&key, &order, time::OffsetDateTime::now_utc()).unwrap()];
    let form = Form::Modern;
    let pfx = Pfx::write(&key, &chain, "minutes", &passphrase, form, form.usual()).unwrap();
    let spent = start.elapsed();
    assert!(!pfx.bytes().is_empty());
    spent
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let status = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .env("PASS", PASSPHRASE)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{arguments:?}");
}

/// The same work: the algorithms and rounds are those of the modern form.
fn theirs(folder: &Path, bits: &str) -> Duration {
    let rounds = Form::Modern.usual().count().to_string();
    let length = format!("rsa_keygen_bits:{bits}");
    let start = Instant::now();
    openssl(folder, &["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", &length, "-out", "key.pem"]);
    openssl(
        folder,
        &[
            "req",
            "-x509",
            "-new",
            "-key",
            "key.pem",
            "-sha256",
            "-days",
            "365",
            "-subj",
            "/CN=Minutes",
            "-out",
            "c.pem",
        ],
    );
    openssl(
        folder,
        &[
            "pkcs12",
            "-export",
            "-inkey",
            "key.pem",
            "-in",
            "c.pem",
            "-name",
            "minutes",
            "-out",
            "k.pfx",
            "-passout",
            "env:PASS",
            "-keypbe",
            "AES-256-CBC",
            "-certpbe",
            "AES-256-CBC",
            "-macalg",
            "sha256",
            "-iter",
            &rounds,
        ],
    );
    start.elapsed()
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    let middle = times.len() / 2;
    let pair =
        if times.len().is_multiple_of(2) { [times[middle - 1], times[middle]] } else { [times[middle]; 2] };
    (pair[0] + pair[1]).as_secs_f64() * 500.0
}

fn words(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

fn main() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<usize>().ok());
    let times = number("FOOTBRIDGE_BENCH_TIMES").unwrap_or(30);
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::new();
    for (kind, bits) in [(KeyKind::Rsa2048, "2048"), (KeyKind::Rsa3072, "3072"), (KeyKind::Rsa4096, "4096")] {
        let mut spent = Times { ours: Vec::new(), theirs: Vec::new() };
        // One after the other in turns, so that what else the machine does falls on both alike.
        for _ in 0..times {
            spent.ours.push(ours(kind));
            spent.theirs.push(theirs(folder.path(), bits));
        }
        let (ours, theirs) = (median(&mut spent.ours), median(&mut spent.theirs));
        rows.push_str(&format!("| RSA {bits} | {ours:.0} ms | {theirs:.0} ms | {:.2} |\n", ours / theirs));
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let version = words("openssl", &["version"]);
    let table = format!(
        "{MARK}\n\nMedian of {times}; {cores} cores, {} {}, {version}.\n\n\
         | key | Footbridge | openssl | ratio |\n|---|---|---|---|\n{rows}",
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    println!("{table}");
    if number("FOOTBRIDGE_BENCH_WRITE") != Some(0) {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
        let text = std::fs::read_to_string(&page).unwrap();
        let (before, after) = text.split_once(MARK).unwrap();
        let after = after.split_once("\n## ").map(|(_, rest)| format!("\n## {rest}")).unwrap_or_default();
        std::fs::write(&page, format!("{before}{table}{after}")).unwrap();
    }
}
