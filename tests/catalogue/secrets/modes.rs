//! G-09: whatever the umask, every file is made with mode 0600 and every folder with 0700, judged at the call that makes it
//! and again at the end, and nothing is made outside the folders that were named.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use footbridge_tests::child::{Home, program};
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::trace::{Call, calls, can_trace, traced};

const CALLS: &str = "--trace=open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,link,linkat,symlink,symlinkat,\
                     rename,renameat,renameat2,chmod,fchmod,fchmodat,?fchmodat2";

/// What the calls of a trace did wrong.
fn faults(calls: &[Call], inside: &Path) -> (Vec<String>, u64) {
    let (mut faults, mut made) = (Vec::new(), 0);
    let own = inside.display().to_string();
    for call in calls.iter().filter(|call| call.answer.is_some()) {
        let is_folder = call.name.starts_with("mkdir");
        let makes = is_folder
            || ["creat", "mknod", "mknodat"].contains(&call.name.as_str())
            || (call.name.starts_with("open") && call.arguments.contains("O_CREAT"));
        let names = makes || ["link", "symlink", "rename"].iter().any(|kind| call.name.starts_with(kind));
        let changes = call.name.contains("chmod");
        let target = match call.name.as_str() {
            "fchmod" => call.descriptor(),
            name if name.starts_with("link") || name.starts_with("rename") => call
                .strings()
                .last()
                .map(|path| String::from_utf8_lossy(path).into_owned())
                .unwrap_or_default(),
            _ => call.path(),
        };
        if (names || changes) && !target.starts_with(&own) {
            faults.push(format!("{} outside: {target}", call.name));
        }
        let wanted = if is_folder { [0o700; 2] } else { [0o600; 2] };
        let wanted = if changes { [0o600, 0o700] } else { wanted };
        if makes || changes {
            made += u64::from(makes);
            match call.mode() {
                Some(mode) if wanted.contains(&mode) => {}
                mode => faults.push(format!("{} {target}: {:o}", call.name, mode.unwrap_or_default())),
            }
        }
    }
    (faults, made)
}

/// What is left behind with another mode.
fn open_things(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = std::fs::symlink_metadata(&path).unwrap();
        let wanted = if found.is_dir() { 0o700 } else { 0o600 };
        if found.permissions().mode() & 0o777 != wanted {
            into.push(format!("{}: {:o}", path.display(), found.permissions().mode() & 0o777));
        }
        if found.is_dir() {
            open_things(&path, into);
        }
    }
}

/// Everything that the program writes: two products, an export, certificates, a key for bundles, packets and letters.
fn commands(home: &Home) -> Vec<Vec<String>> {
    let at = |name: &str| home.path().join("made").join(name).display().to_string();
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let run = |guide: &str| {
        words(&format!(
            "run {guide} --connection {guide} --out {} --yes --json --passphrase-file {}",
            at(guide),
            at(&format!("{guide}.phrase"))
        ))
    };
    vec![
        run("southwind"),
        run("northwind"),
        words(&format!(
            "renew --connection southwind --early --out {} --yes --json --passphrase-file {}",
            at("again"),
            at("again.phrase")
        )),
        words(&format!("renewals --ics {}", at("renewals.ics"))),
        words(&format!("journal export --out {}", at("journal.jsonl"))),
        words(&format!(
            "cert new --name pair --out {} --passphrase-file {}",
            at("certificates"),
            at("pair.phrase")
        )),
        words(&format!("bundle key --out {}", at("key.jwk"))),
        words(&format!("guide new {} --product Own --vendor Own", at("own-guide"))),
        words(&format!("receive offer --state {} --product Own --out {}", at("receiver"), at("offer.jwt"))),
        words(&format!("rehearse targetconnect --out {} --json", at("rehearsal"))),
    ]
}

async fn judged(umask: &str) -> (u64, u64) {
    let Some(program) = program() else { return (0, 0) };
    let mut home = Home::open().await;
    let made = home.path().join("made");
    std::fs::create_dir(&made).unwrap();
    std::fs::set_permissions(&made, std::fs::Permissions::from_mode(0o700)).unwrap();
    let (mut faults_found, mut count, mut done) = (Vec::new(), 0, 0);
    for (number, command) in commands(&home).into_iter().enumerate() {
        let trace = home.path().join(format!("trace-{number}"));
        home.before = traced(&trace, &["-y", "-xx", CALLS]);
        home.before.extend(["sh", "-c", &format!("umask {umask}; exec \"$@\""), "sh"].map(str::to_owned));
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let ended = home.run(&program, &command, None);
        // What an installation of these tests does not have is refused, and still must not write in the open.
        assert!(matches!(ended.code, Some(0 | 3 | 4 | 5)), "{command:?} under {umask}: {}", ended.told());
        done += u64::from(ended.code == Some(0));
        let (found, files) = faults(&calls(&trace), home.path());
        faults_found.extend(found.into_iter().map(|fault| format!("{umask} {}: {fault}", command[0])));
        count += files;
    }
    for folder in [made, home.path().join("data"), home.path().join("tmp")] {
        open_things(&folder, &mut faults_found);
    }
    assert!(done >= 8, "only {done} commands came to their end under {umask}");
    assert_eq!(faults_found, Vec::<String>::new());
    (count, u64::try_from(faults_found.len()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g09_every_file_is_made_for_its_owner_alone() {
    if !can_trace() || program().is_none() {
        return;
    }
    let (mut files, mut wrong) = (0, 0);
    for umask in ["000", "022", "077", "0777"] {
        let (made, faults) = judged(umask).await;
        (files, wrong) = (files + made, wrong + faults);
    }
    reached("G-09", "files and folders made under 4 umasks", files, Target::AtLeast(150));
    reached("G-09", "made open to others, or outside the named folders", wrong, Target::Exactly(0));
}

/// The control: a child that makes a file and a folder as the umask says, and one outside, is reported for each.
#[test]
fn g09_control_a_child_that_writes_in_the_open_is_reported() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (trace, inside) = (folder.path().join("trace"), folder.path().join("inside"));
    std::fs::create_dir(&inside).unwrap();
    let words = traced(&trace, &["-y", "-xx", CALLS]);
    let line = format!(
        "umask 022; echo x > {0}/a; mkdir {0}/b; chmod 666 {0}/a; echo x > {1}/outside",
        inside.display(),
        folder.path().display()
    );
    let status =
        std::process::Command::new(&words[0]).args(&words[1..]).args(["sh", "-c", &line]).status().unwrap();
    assert!(status.success());
    let (found, _) = faults(&calls(&trace), &inside);
    let told: BTreeSet<&str> = found.iter().filter_map(|fault| fault.split([' ', ':']).next()).collect();
    assert!(found.iter().any(|fault| fault.contains("outside")), "{found:?}");
    assert!(
        told.iter().any(|name| name.starts_with("open")) && told.iter().any(|name| name.starts_with("mkdir")),
        "{found:?}"
    );
    assert!(found.iter().any(|fault| fault.contains("chmod") && fault.contains("666")), "{found:?}");
}
