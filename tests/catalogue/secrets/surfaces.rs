//! G-10: the secrets of whole runs, some of them broken off, looked for on every surface of the program: files, logs,
//! output, arguments, environment, and every buffer that it gave to a call that writes. Sockets are left out of the
//! buffers: what goes to Microsoft or to a product goes there on purpose, over TLS outside a test.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use footbridge_tests::child::{CHILD_PASSPHRASE, Ended, Home, below, program};
use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::trace::{Call, calls, can_trace, traced};
use footbridge_tests::{Canary, scan_bytes, scan_tree};
use serde_json::Value;

const CALLS: &str =
    "--trace=write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,vmsplice,msync,execve";
const SFTP_PASSWORD: &str = "cAn4ry~sftp.password-0123456789";
const LINE_PASSWORD: &str = "cAn4ry~axigen.password-0123456789";

/// Where the admin asked for a secret in the open: a passphrase in a file of its own. Nothing else may stand there.
fn is_asked_for(path: &str) -> bool {
    path.contains("phrase")
}

/// Every buffer of a trace that went to something other than a socket, by where it went.
fn written(calls: &[Call]) -> Vec<(String, Vec<u8>)> {
    let is_socket = |descriptor: &str| {
        ["socket:", "TCP", "UDP", "UNIX", "NETLINK"].iter().any(|kind| descriptor.starts_with(kind))
    };
    let mut all = Vec::new();
    for call in calls {
        let to = if call.name == "execve" { "a new program".to_owned() } else { call.descriptor() };
        if !is_socket(&to) && !is_asked_for(&to) {
            all.push((format!("{} to {to}", call.name), call.strings().concat()));
        }
    }
    all
}

struct Stage {
    home: Home,
    program: PathBuf,
    runs: Vec<Ended>,
    traces: Vec<PathBuf>,
}

impl Stage {
    async fn open() -> Option<Self> {
        let program = program()?;
        can_trace().then_some(())?;
        let home = Home::open().await;
        for (file, text) in [("sftp.secret", SFTP_PASSWORD), ("line.secret", LINE_PASSWORD)] {
            std::fs::write(home.path().join(file), text).unwrap();
        }
        Some(Self { home, program, runs: Vec::new(), traces: Vec::new() })
    }

    /// Runs a line of words under the trace; `{}` stands for the home.
    fn run(&mut self, line: &str, crash_at: Option<&str>) -> Option<i32> {
        let trace = self.home.path().join(format!("trace-{}", self.traces.len()));
        self.home.before = traced(&trace, &["-yy", "-xx", "-s", "1000000", CALLS]);
        let line = line.replace("{}", &self.home.path().display().to_string());
        let words: Vec<&str> = line.split_whitespace().collect();
        let ended = self.home.run(&self.program, &words, crash_at);
        let code = ended.code;
        self.runs.push(ended);
        self.traces.push(trace);
        code
    }

    fn product(&mut self, guide: &str, crash_at: Option<&str>) -> Option<i32> {
        let phrase = format!("{{}}/phrase-{}.txt", self.runs.len());
        let line = format!(
            "run {guide} --connection {guide} --out {{}}/out --yes --json --passphrase-file {phrase}"
        );
        self.run(&line, crash_at)
    }

    /// Everything that a secret could have come into, by name.
    fn surfaces(&self) -> Vec<(String, Vec<u8>)> {
        let joined =
            |part: fn(&Ended) -> &Vec<u8>| self.runs.iter().flat_map(|run| part(run).clone()).collect();
        let mut all: Vec<(String, Vec<u8>)> = vec![
            ("standard output".to_owned(), joined(|run| &run.stdout)),
            ("standard error".to_owned(), joined(|run| &run.stderr)),
            ("arguments and environment".to_owned(), joined(|run| &run.process)),
            (
                "the tenant's log".to_owned(),
                serde_json::to_vec(&self.home.tenant.control().traffic()).unwrap(),
            ),
        ];
        for trace in &self.traces {
            all.extend(written(&calls(trace)));
        }
        all
    }
}

/// The private numbers of a key in PEM, in parts that fit into one line of PEM.
fn parts_of_key(pem: &str) -> Vec<Canary> {
    let body: String = pem
        .split("-----BEGIN PRIVATE KEY-----")
        .nth(1)
        .and_then(|rest| rest.split("-----END").next())
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    // Behind the public modulus of 2048 bits everything is private.
    let private = &der[320..];
    private.chunks_exact(24).take(24).map(|part| Canary::of_bytes("private key", part)).collect()
}

/// `untold` runs were killed between a bundle and its passphrase.
fn canaries(stage: &Stage, untold: usize) -> Vec<Canary> {
    let given = stage.home.handed_over(&stage.home.path().join("out"));
    assert_eq!(given.unopened.len(), untold, "{:?}", given.unopened);
    let mut canaries = Vec::new();
    let (mut secrets, mut keys) = (0, 0);
    for secret in &given.secrets {
        if secret.contains("PRIVATE KEY") {
            keys += 1;
            canaries.extend(parts_of_key(secret));
        } else {
            secrets += 1;
            canaries.push(Canary::new("client secret", secret));
        }
    }
    assert!(secrets >= 2 && keys >= 1, "{secrets} secrets and {keys} keys came out of the bundles");
    canaries
        .extend(given.phrases.iter().map(|phrase| Canary::new("passphrase of a bundle or a PFX", phrase)));
    canaries.push(Canary::new("vault passphrase", CHILD_PASSPHRASE));
    canaries.push(Canary::new("SFTP password", SFTP_PASSWORD));
    canaries.push(Canary::new("command line password", LINE_PASSWORD));
    // A signed token of the tenant begins with one of these, whichever member of its header comes first; refresh tokens
    // are opaque, and their member's name stands before each on the wire.
    canaries.push(Canary::new("access token", "eyJ0eXAiOiJKV1Qi"));
    canaries.push(Canary::new("access token", "eyJhbGciOiJSUzI1NiIs"));
    canaries.push(Canary::new("refresh token", "\"refresh_token\":\""));
    canaries.extend(nonce(&stage.home.path().join("offer.jwt")).map(|nonce| Canary::new("nonce", &nonce)));
    canaries
}

/// The one-time number of an offer: a JWS whose middle part says it.
fn nonce(offer: &Path) -> Option<String> {
    let text = std::fs::read_to_string(offer).ok()?;
    let body = text.trim().split('.').nth(1)?;
    let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    body["nonce"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g10_no_secret_stands_on_any_surface() {
    let Some(mut stage) = Stage::open().await else { return };
    let crashes = scale(
        &["secret.sealed"][..],
        &["secret.answered", "secret.sealed", "write.applied", "hand-over.written"],
    );
    for place in crashes {
        assert_eq!(stage.product("southwind", Some(place)), None);
    }
    assert_eq!(stage.product("southwind", None), Some(0), "{}", stage.runs.last().unwrap().told());
    assert_eq!(stage.product("northwind", None), Some(0), "{}", stage.runs.last().unwrap().told());
    let renew = "renew --connection southwind --early --until remove --yes --json --out {}/out --passphrase-file {}/phrase-r.txt";
    assert_eq!(stage.run(renew, None), Some(0), "{}", stage.runs.last().unwrap().told());
    stage.run(
        "cert new --name pair --out {}/out/pair --export java --passphrase-file {}/phrase-pfx.txt",
        None,
    );
    stage.run("receive offer --state {}/receiver --product Own --out {}/offer.jwt", None);
    stage.run("bundle key --out {}/own-phrase.jwk", None);
    stage.run(
        "deliver sftp --connection southwind --to sftp://own@127.0.0.1:9/in --recipient {}/own-phrase.public.jwk \
         --host-key SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU --password-file {}/sftp.secret --json",
        None,
    );
    stage.run("run southwind --connection southwind --yes --json --out {}/out --passphrase-file {}/phrase-p.txt --password-file admin={}/line.secret", None);
    for guide in scale(&["axigen"][..], &["axigen", "targetconnect", "innovaphone", "intrexx", "tixxt"]) {
        stage.run(&format!("rehearse {guide} --json --out {{}}/out/rehearsal-{guide}"), None);
        assert!(stage.runs.last().unwrap().code.is_some(), "{}", stage.runs.last().unwrap().told());
    }
    stage.run("journal export --out {}/data/export.jsonl", None);
    stage.run("journal export --strike-names", None);
    stage.run("undo --connection southwind --yes --json", None);

    let untold = crashes.iter().filter(|place| **place == "hand-over.written").count();
    let canaries = canaries(&stage, untold);
    let kinds: std::collections::BTreeSet<&str> =
        canaries.iter().map(|canary| canary.name.as_str()).collect();
    let surfaces = stage.surfaces();
    let mut hits: Vec<String> =
        surfaces.iter().flat_map(|(place, bytes)| scan_bytes(place, bytes, &canaries)).collect();
    let folders = ["data", "tmp", "home"].map(|folder| stage.home.path().join(folder));
    hits.extend(folders.iter().flat_map(|folder| scan_tree(folder, &canaries)));
    let handed: Vec<PathBuf> = below(&stage.home.path().join("out"));
    let handed = handed.iter().filter(|path| !is_asked_for(&path.display().to_string()));
    for path in handed {
        hits.extend(scan_bytes(&path.display().to_string(), &std::fs::read(path).unwrap(), &canaries));
    }
    let buffers = u64::try_from(surfaces.len()).unwrap();
    assert!(surfaces.iter().any(|(place, _)| place.contains("vault.db")), "no write to the vault was seen");
    assert!(
        surfaces
            .iter()
            .any(|(place, bytes)| place.contains("stdout") || place.contains("pipe") && !bytes.is_empty())
    );
    assert_eq!(hits, Vec::<String>::new());
    reached("G-10", "kinds of canaries", kinds.len() as u64, Target::AtLeast(8));
    reached(
        "G-10",
        "buffers written and other surfaces searched",
        buffers,
        Target::AtLeast(scale(300, 1000)),
    );
    reached("G-10", "secrets found", hits.len() as u64, Target::Exactly(0));
}

/// The control: each form, written by a child under the same trace, printed, planted in a file and given as an argument,
/// is found by the same searches.
#[test]
fn g10_control_a_planted_canary_is_found_in_each_place_and_form() {
    if !can_trace() {
        return;
    }
    let control = [Canary::new("control", "cOnTrOl~planted.0123456789=\"Zz")];
    let folder = tempfile::tempdir().unwrap();
    let mut forms: Vec<(&str, Vec<u8>)> =
        control[0].forms().map(|(form, bytes)| (form, bytes.to_vec())).collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, b"before cOnTrOl~planted.0123456789=\"Zz after").unwrap();
    forms.push(("gzip", packer.finish().unwrap()));
    let (mut tried, mut found) = (0, 0);
    for (at, (form, bytes)) in forms.iter().enumerate() {
        let (source, target, trace) = (
            folder.path().join("source"),
            folder.path().join(format!("to-{at}")),
            folder.path().join("trace"),
        );
        std::fs::write(&source, bytes).unwrap();
        let words = traced(&trace, &["-yy", "-xx", "-s", "1000000", CALLS]);
        let (from, to) = (format!("if={}", source.display()), format!("of={}", target.display()));
        let copied = std::process::Command::new(&words[0])
            .args(&words[1..])
            .args(["dd", &from, &to, "status=none"])
            .status();
        assert!(copied.unwrap().success());
        std::fs::remove_file(&source).unwrap();
        let seen = written(&calls(&trace));
        std::fs::remove_file(&trace).unwrap();
        let hits: Vec<String> =
            seen.iter().flat_map(|(place, bytes)| scan_bytes(place, bytes, &control)).collect();
        let is_unpacked = *form != "gzip" || hits.iter().any(|hit| hit.contains("in gzip"));
        assert!(!hits.is_empty() && is_unpacked, "{form} was not seen in what the child wrote: {hits:?}");
        assert!(!scan_tree(folder.path(), &control).is_empty(), "{form} was not found in the file");
        std::fs::remove_file(&target).unwrap();
        let around = [b"stdout: ".as_slice(), bytes, b"\n"].concat();
        assert!(!scan_bytes("output", &around, &control).is_empty(), "{form} was not found in output");
        (tried, found) = (tried + 3, found + 3);
    }
    reached("G-10", "planted controls that were missed", tried - found, Target::Exactly(0));
    reached("G-10", "forms searched for", forms.len() as u64, Target::AtLeast(10));
}
