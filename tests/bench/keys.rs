//! Key, self-signed certificate on it and PFX of both, against the `openssl` program: processor time, summed over all runs,
//! because a search for an RSA key takes a different time each time. Both use AES-256 with PBKDF2-HMAC-SHA-256, a MAC with
//! SHA-256 and the same rounds. Footbridge also opens its PFX again and compares key and certificate.

use std::path::Path;
use std::process::Command;

use certs::{Certificate, Form, KeyKind, Order, Passphrase, Pfx, PrivateKey, Purpose, Subject};
use secrecy::SecretString;

use crate::process;
use crate::row::{Line, as_f64, seconds, times};

const PASSPHRASE: &str = "river-chair-cloud-41";
const MOST: f64 = 0.75;
const KINDS: [(KeyKind, &str); 3] =
    [(KeyKind::Rsa2048, "2048"), (KeyKind::Rsa3072, "3072"), (KeyKind::Rsa4096, "4096")];

/// How many ticks the kernel counts in a second for programs, on every system that this runs on.
const TICKS: f64 = 100.0;

/// Measures the row.
pub fn measure() -> Vec<Line> {
    let openssl = Command::new("openssl").arg("version").output().ok();
    let version = openssl.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let version = version.map(|text| text.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
    let folder = tempfile::tempdir().unwrap();
    let count = times(40);
    let line = |bits: &str| {
        let work = format!("RSA {bits}: key, certificate and PFX, processor time over {count} runs");
        Line::new(&format!("keys/{bits}"), &work, "at most 0.75 times")
    };
    let measured = |(kind, bits): (KeyKind, &str)| {
        let Some(version) = &version else { return line(bits).left_out("openssl is not on this machine") };
        let before = Spent::now();
        // In turns, so that what else the machine does falls on both alike.
        for _ in 0..count {
            ours(kind);
            theirs(folder.path(), bits);
        }
        let after = Spent::now();
        let (ours, theirs) = (after.own - before.own, after.children - before.children);
        line(bits)
            .ours(seconds(ours))
            .against(format!("{version}: {}", seconds(theirs)))
            .at_most(ours / theirs, MOST)
    };
    KINDS.into_iter().map(measured).collect()
}

/// Seconds of the processor, in the program and in the kernel: of this process, and of its children that have ended.
struct Spent {
    own: f64,
    children: f64,
}

impl Spent {
    fn now() -> Self {
        let text = std::fs::read_to_string("/proc/self/stat").unwrap();
        // The name in brackets may hold blanks; utime is the twelfth word after it (proc_pid_stat(5)).
        let (_, rest) = text.rsplit_once(')').unwrap();
        let ticks: Vec<f64> =
            rest.split_whitespace().skip(11).take(4).map(|word| as_f64(word.parse().unwrap())).collect();
        Self { own: (ticks[0] + ticks[1]) / TICKS, children: (ticks[2] + ticks[3]) / TICKS }
    }
}

fn ours(kind: KeyKind) {
    let passphrase = Passphrase::chosen(SecretString::from(PASSPHRASE)).unwrap();
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
    assert!(!pfx.bytes().is_empty());
}

fn theirs(folder: &Path, bits: &str) {
    let rounds = Form::Modern.usual().count().to_string();
    let length = format!("rsa_keygen_bits:{bits}");
    let make = ["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", &length, "-out", "key.pem"];
    let sign = ["req", "-x509", "-new", "-key", "key.pem", "-sha256", "-days", "365", "-subj", "/CN=Minutes"];
    let pack =
        ["pkcs12", "-export", "-inkey", "key.pem", "-in", "c.pem", "-name", "minutes", "-out", "k.pfx"];
    let ciphers =
        ["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-macalg", "sha256", "-iter", &rounds];
    openssl(folder, &make);
    openssl(folder, &[&sign[..], &["-out", "c.pem"]].concat());
    openssl(folder, &[&pack[..], &["-passout", "env:PASS"], &ciphers].concat());
}

fn openssl(folder: &Path, words: &[&str]) {
    let mut command = process::program(Path::new("openssl"));
    command.args(words).current_dir(folder).env("PASS", PASSPHRASE);
    process::run(command);
}
