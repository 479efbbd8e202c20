//! G-09, second half: what somebody planted before the first start is refused, and nothing is written through it.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use footbridge_tests::child::{Home, program};
use footbridge_tests::goal::{Target, reached};

const BEFORE: &str = "somebody else's text";

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn data(home: &Path) -> std::path::PathBuf {
    let data = home.join("data");
    std::fs::create_dir(&data).unwrap();
    mode(&data, 0o700);
    data
}

/// Plants a trap; `elsewhere` is a folder with one file `victim`.
type Trap = (&'static str, fn(&Path, &Path));

const TRAPS: [Trap; 15] = [
    ("the folder is a link", |home, elsewhere| symlink(elsewhere, home.join("data")).unwrap()),
    ("the folder is a file", |home, _| std::fs::write(home.join("data"), "x").unwrap()),
    ("the folder is open and not empty", |home, _| {
        let data = data(home);
        std::fs::write(data.join("planted"), "x").unwrap();
        mode(&data, 0o777);
    }),
    ("the folder above is open", |home, _| {
        drop(data(home));
        mode(home, 0o777);
    }),
    ("the vault is a link", |home, elsewhere| {
        symlink(elsewhere.join("victim"), data(home).join("vault.db")).unwrap()
    }),
    ("the vault is a link to nothing", |home, elsewhere| {
        symlink(elsewhere.join("nothing"), data(home).join("vault.db")).unwrap();
    }),
    ("the vault is a second name", |home, elsewhere| {
        std::fs::hard_link(elsewhere.join("victim"), data(home).join("vault.db")).unwrap();
    }),
    ("the vault is a folder", |home, _| std::fs::create_dir(data(home).join("vault.db")).unwrap()),
    ("the vault can be written by all", |home, _| {
        let file = data(home).join("vault.db");
        std::fs::write(&file, "").unwrap();
        mode(&file, 0o666);
    }),
    ("the vault's lock is a link", |home, elsewhere| {
        symlink(elsewhere.join("victim"), data(home).join("vault.lock")).unwrap();
    }),
    ("the vault's log is a link", |home, elsewhere| {
        symlink(elsewhere.join("victim"), data(home).join("vault.db-wal")).unwrap();
    }),
    ("the journal is a link", |home, elsewhere| {
        symlink(elsewhere.join("victim"), data(home).join("journal.db")).unwrap();
    }),
    ("the journal is a second name", |home, elsewhere| {
        std::fs::hard_link(elsewhere.join("victim"), data(home).join("journal.db")).unwrap();
    }),
    ("the journal's log is a link", |home, elsewhere| {
        symlink(elsewhere.join("victim"), data(home).join("journal.db-wal")).unwrap();
    }),
    ("the journal's lock is a link", |home, elsewhere| {
        symlink(elsewhere.join("victim"), data(home).join("journal.lock")).unwrap();
    }),
];

/// Starts the program with a trap in its way; whether it was refused without a change.
async fn is_refused(program: &Path, name: &str, plant: fn(&Path, &Path)) -> bool {
    let home = Home::open().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let victim = elsewhere.path().join("victim");
    std::fs::write(&victim, BEFORE).unwrap();
    plant(home.path(), elsewhere.path());
    let writes = home.tenant.world().writes();
    let ended = home.product(program, "southwind", None);
    let names: Vec<_> =
        std::fs::read_dir(elsewhere.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), BEFORE, "{name}: written through");
    assert_eq!(names, ["victim"], "{name}: something was made elsewhere");
    assert_eq!(home.tenant.world().writes(), writes, "{name}: the tenant was changed: {}", ended.told());
    let told = ended.told();
    assert!(!told.contains("panic") && !told.contains("stopped at"), "{name}: {told}");
    !matches!(ended.code, Some(0) | None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g09_traps_that_were_planted_before_are_refused() {
    let Some(program) = program() else { return };
    let mut refused = 0;
    for (name, plant) in TRAPS {
        let is = is_refused(&program, name, plant).await;
        assert!(is, "{name} was not refused");
        refused += 1;
    }
    reached("G-09", "planted links, files and folders refused", refused, Target::AtLeast(15));
}

/// A folder of 0777 with nothing in it is closed and then used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g09_an_open_and_empty_folder_is_closed_first() {
    let Some(program) = program() else { return };
    let home = Home::open().await;
    mode(&data(home.path()), 0o777);
    let ended = home.product(&program, "southwind", None);
    assert_eq!(ended.code, Some(0), "{}", ended.told());
    let found = std::fs::metadata(home.path().join("data")).unwrap().permissions().mode() & 0o777;
    assert_eq!(found, 0o700);
}

/// A bundle's passphrase is never written over what is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g09_a_passphrase_file_that_is_there_or_a_link_is_left_alone() {
    let Some(program) = program() else { return };
    let home = Home::open().await;
    let (victim, link) = (home.path().join("victim"), home.path().join("link"));
    std::fs::write(&victim, BEFORE).unwrap();
    symlink(&victim, &link).unwrap();
    let out = home.path().join("out").display().to_string();
    for file in [&victim, &link] {
        let file = file.display().to_string();
        let given = [
            "run",
            "southwind",
            "--connection",
            "Pilot",
            "--out",
            &out,
            "--yes",
            "--json",
            "--passphrase-file",
            &file,
        ];
        let ended = home.run(&program, &given, None);
        assert_ne!(ended.code, Some(0), "{}", ended.told());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), BEFORE);
    }
}
