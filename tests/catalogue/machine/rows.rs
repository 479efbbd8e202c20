//! G-26: a row of the journal that was edited, deleted, moved or put in is noticed wherever it stands, nothing forged is
//! carried out, and the export says so too and holds no secret.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use footbridge_tests::child::{CHILD_PASSPHRASE, Home, program};
use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::{Canary, scan_bytes};
use journal::{ExportVerdict, Journal, JournalError, Signer, Verdict, verify_export};
use rusqlite::Connection;
use secrecy::SecretString;
use vault::{Vault, VaultMode};

/// Signs as the desk does.
struct OwnKey(Vault);

impl Signer for OwnKey {
    fn tag(&self, message: &[u8]) -> [u8; 32] {
        self.0.tag("journal", message)
    }
}

fn key(data: &Path) -> Arc<dyn Signer> {
    let mode = VaultMode::Passphrase(SecretString::from(CHILD_PASSPHRASE));
    Arc::new(OwnKey(Vault::open(data, mode).unwrap()))
}

/// A copy of the journal in a folder of its own, changed by somebody who has the file and not the key.
fn changed(original: &Path, statement: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    std::fs::copy(original, &path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let database = Connection::open(&path).unwrap();
    database.execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    database.execute_batch(statement).unwrap();
    (folder, path)
}

/// Every way to touch row `seq`, by name.
fn ways(seq: u64) -> Vec<(&'static str, String)> {
    let shift = format!(
        "UPDATE entries SET seq = -(seq + 1) WHERE seq > {seq}; UPDATE entries SET seq = -seq WHERE seq < 0;"
    );
    let columns = "at, connection, kind, event, content, link";
    let edit = |column: &str, to: &str| format!("UPDATE entries SET {column} = {to} WHERE seq = {seq}");
    vec![
        ("time", edit("at", "'2020-01-01T00:00:00Z'")),
        ("connection", edit("connection", "connection || 'x'")),
        ("kind", edit("kind", "kind || 'x'")),
        ("event", edit("event", "replace(event, '}', ',\"x\":1}')")),
        ("one byte of the event", edit("event", "substr(event, 1, 2) || 'X' || substr(event, 4)")),
        ("content tag", edit("content", "randomblob(32)")),
        ("link", edit("link", "randomblob(32)")),
        ("both tags", edit("content = randomblob(32), link", "randomblob(32)")),
        ("deleted", format!("DELETE FROM entries WHERE seq = {seq}")),
        (
            "deleted and closed up",
            format!(
                "DELETE FROM entries WHERE seq = {seq}; UPDATE entries SET seq = -(seq - 1) WHERE seq > {seq};
                 UPDATE entries SET seq = -seq WHERE seq < 0; UPDATE \"end\" SET seq = seq - 1"
            ),
        ),
        (
            "moved behind the next",
            format!(
                "UPDATE entries SET seq = CASE seq WHEN {seq} THEN -({seq} + 1) ELSE -{seq} END WHERE seq IN ({seq}, {seq} + 1);
                 UPDATE entries SET seq = -seq WHERE seq < 0; UPDATE entries SET seq = seq + 0 WHERE seq = {seq}"
            ),
        ),
        ("doubled", format!("{shift} INSERT INTO entries SELECT {seq} + 1, {columns} FROM entries WHERE seq = {seq}")),
        (
            "put in",
            format!(
                "{shift} INSERT INTO entries SELECT {seq} + 1, at, connection, kind, event, randomblob(32), randomblob(32)
                 FROM entries WHERE seq = {seq}; UPDATE \"end\" SET seq = seq + 1"
            ),
        ),
    ]
}

async fn finished(program: &Path) -> Home {
    let home = Home::open().await.with_quick_vault();
    let ended = home.product(program, "southwind", None);
    assert_eq!(ended.code, Some(0), "{}", ended.told());
    home
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g26_a_touched_row_is_noticed_wherever_it_stands() {
    let Some(program) = program() else { return };
    let home = finished(&program).await;
    let data = home.path().join("data");
    let (original, key) = (data.join("journal.db"), key(&data));
    let (_control, path) = changed(&original, "");
    let journal = Journal::open(&path, key.clone()).unwrap().journal;
    let Verdict::Intact { entries } = journal.verify().unwrap() else { panic!("the control is not intact") };
    assert!(entries >= 20, "{entries} rows");
    let (mut tried, mut noticed) = (0, 0);
    for seq in (1..=entries).step_by(scale(3, 1)) {
        for (name, statement) in ways(seq) {
            if name.starts_with("moved") && seq == entries {
                continue;
            }
            let (_folder, path) = changed(&original, &statement);
            let opened = Journal::open(&path, key.clone()).unwrap();
            let verdict = opened.journal.verify().unwrap();
            let refused = matches!(opened.journal.all(), Err(JournalError::Broken { .. }));
            assert!(matches!(verdict, Verdict::Broken { .. }) && refused, "row {seq}, {name}: {verdict:?}");
            (tried, noticed) = (tried + 1, noticed + u64::from(refused));
        }
    }
    reached("G-26", "rows touched", tried, Target::AtLeast(scale(90, 250)));
    reached("G-26", "touched rows that were not noticed", tried - noticed, Target::Exactly(0));
}

/// The program refuses to go on from a forged journal: the tenant gets no request that changes anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g26_nothing_forged_is_carried_out() {
    let Some(program) = program() else { return };
    let home = finished(&program).await;
    let path = home.path().join("data/journal.db");
    let before = std::fs::read(&path).unwrap();
    let writes = home.tenant.world().writes();
    let rows: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT max(seq) FROM entries", [], |row| row.get(0))
        .unwrap();
    let mut refused = 0;
    for (at, (name, statement)) in ways(rows.unsigned_abs() / 2).into_iter().enumerate().step_by(scale(4, 1))
    {
        Connection::open(&path).unwrap().execute_batch(&statement).unwrap();
        for arguments in [&["undo"][..], &["run", "southwind"]] {
            let out = home.path().join("out").display().to_string();
            let phrase = home.path().join(format!("phrase-{at}.txt")).display().to_string();
            let mut all = [arguments, &["--connection", "Pilot", "--yes", "--json"]].concat();
            if arguments[0] == "run" {
                all.extend(["--out", &out, "--passphrase-file", &phrase]);
            }
            let ended = home.run(&program, &all, None);
            assert!(
                ended.code.is_some_and(|code| code != 0),
                "{name}: {} went on: {}",
                arguments[0],
                ended.told()
            );
            refused += 1;
        }
        let verdict = home.run(&program, &["journal", "verify"], None);
        assert_eq!(verdict.code, Some(6), "{name}: {}", verdict.told());
        for ending in ["-wal", "-shm"] {
            drop(std::fs::remove_file(home.path().join(format!("data/journal.db{ending}"))));
        }
        std::fs::write(&path, &before).unwrap();
    }
    let forged = home.tenant.world().writes() - writes;
    reached("G-26", "runs and undos refused on a forged journal", refused, Target::AtLeast(scale(8, 26)));
    reached("G-26", "forged steps carried out", forged, Target::Exactly(0));
    let verdict = home.run(&program, &["journal", "verify"], None);
    assert_eq!(verdict.code, Some(0), "the journal that was put back: {}", verdict.told());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g26_an_export_shows_what_was_touched_and_holds_no_secret() {
    let Some(program) = program() else { return };
    let home = finished(&program).await;
    let out = home.path().join("journal.jsonl");
    let ended = home.run(&program, &["journal", "export", "--out", &out.display().to_string()], None);
    assert_eq!(ended.code, Some(0), "{}", ended.told());
    let text = std::fs::read_to_string(&out).unwrap();
    let key = key(&home.path().join("data"));
    let verdict = |text: &str| verify_export(&mut text.as_bytes(), key.as_ref()).unwrap();
    assert!(matches!(verdict(&text), ExportVerdict::Intact { .. }), "the control: {:?}", verdict(&text));
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let (mut tried, mut noticed) = (0, 0);
    for at in 0..lines.len() {
        let owned = || lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let (mut edited, mut dropped, mut doubled, mut moved) = (owned(), owned(), owned(), owned());
        edited[at] = edited[at].replacen(':', ": ", 1);
        let byte = edited[at].len() / 2;
        edited[at].replace_range(byte..=byte, "~");
        dropped.remove(at);
        doubled.insert(at, lines[at].to_owned());
        moved.swap(at, (at + 1) % lines.len());
        for changed in [edited, dropped, doubled, moved] {
            tried += 1;
            noticed += u64::from(!matches!(
                verify_export(&mut joined(&changed).as_bytes(), key.as_ref()),
                Ok(ExportVerdict::Intact { .. })
            ));
        }
    }
    reached("G-26", "lines of an export touched", tried, Target::AtLeast(80));
    reached("G-26", "touched lines that were not noticed", tried - noticed, Target::Exactly(0));
    let given = home.handed_over(&home.path().join("out"));
    assert_eq!(given.unopened, Vec::<std::path::PathBuf>::new());
    let mut canaries: Vec<Canary> =
        given.secrets.iter().chain(&given.phrases).map(|secret| Canary::new("secret", secret)).collect();
    assert_eq!(canaries.len(), 2);
    canaries.push(Canary::new("vault passphrase", CHILD_PASSPHRASE));
    assert_eq!(scan_bytes("export", text.as_bytes(), &canaries), Vec::<String>::new());
    let planted = format!("{text}{}", given.secrets[0]);
    assert_eq!(scan_bytes("export", planted.as_bytes(), &canaries).len(), 1, "the control");
}
