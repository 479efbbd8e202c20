//! G-33: a home that is hostile: read-only, not there, without the variables of a session, with a name of any form, without
//! locks. The program starts or explains, and writes nowhere else.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use footbridge_tests::child::{below, program};
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::trace::{can_trace, traced};

struct Case {
    name: &'static str,
    /// HOME, if it is set.
    home: Option<String>,
    environment: Vec<(&'static str, String)>,
    before: Vec<String>,
    /// Whether it can work there; otherwise it has to explain.
    works: Option<bool>,
}

fn case(name: &'static str, home: &Path, works: impl Into<Option<bool>>) -> Case {
    let home = Some(home.display().to_string());
    Case { name, home, environment: Vec::new(), before: Vec::new(), works: works.into() }
}

fn cases(at: &Path) -> Vec<Case> {
    let folder = |name: &str| {
        let path = at.join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    };
    let long: PathBuf = folder(&format!("{0}/{0}/{0}", "a-hundred-signs-".repeat(6)));
    assert!(long.display().to_string().len() > 300);
    let plain = folder("plain");
    let file = at.join("a-file");
    std::fs::write(&file, "x").unwrap();
    let mut all = vec![
        case("an ordinary home", &plain, true),
        case("spaces", &folder("with some  spaces "), true),
        case("quotes and a line end", &folder("a \"b\" 'c'\n$d"), true),
        case("emoji", &folder("🔑🏠 heim"), true),
        case("from right to left", &folder("\u{202e}emoh"), true),
        case("umlauts in parts", &folder("bu\u{308}ro"), true),
        case("300 characters", &long, true),
        case("a name that is too long", &at.join("n".repeat(300)), false),
        case("a home that cannot be written", Path::new("/proc/self"), false),
        case("a home on a file system of the kernel", Path::new("/sys/kernel"), false),
        case("a home that is a file", &file, false),
        case("a home that is not there", &at.join("new/home"), true),
        case("no HOME", &plain, false),
        case("an empty HOME", Path::new(""), false),
        case("no XDG_RUNTIME_DIR that can be used", &folder("no-runtime"), true),
        case("a folder for data that cannot be written", &folder("no-data"), false),
        case("a folder for data that is relative", &folder("relative"), true),
        case("no folder for temporary files", &folder("no-tmp"), true),
    ];
    for case in &mut all {
        match case.name {
            "no HOME" => case.home = None,
            "no XDG_RUNTIME_DIR that can be used" => {
                case.environment.push(("XDG_RUNTIME_DIR", "/nowhere".to_owned()))
            }
            "a folder for data that cannot be written" => {
                case.environment.push(("XDG_DATA_HOME", "/proc/self".to_owned()))
            }
            "a folder for data that is relative" => {
                case.environment.push(("XDG_DATA_HOME", "data".to_owned()))
            }
            "no folder for temporary files" => case.environment.push(("TMPDIR", "/nowhere".to_owned())),
            _ => {}
        }
    }
    all
}

struct Ended {
    code: Option<i32>,
    told: String,
}

fn start(program: &Path, case: &Case, at: &Path) -> Ended {
    let here = at.join("here");
    std::fs::create_dir_all(&here).unwrap();
    let vault = at.join("vault.txt");
    std::fs::write(&vault, "a passphrase for hostile homes").unwrap();
    let mut command = match case.before.split_first() {
        Some((first, more)) => {
            let mut command = Command::new(first);
            command.args(more).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(&here).stdin(Stdio::null());
    command
        .envs(case.home.iter().map(|home| ("HOME", home)))
        .envs(case.environment.iter().map(|(name, value)| (name, value)));
    command
        .args(["--vault", "passphrase", "--vault-passphrase-file"])
        .arg(&vault)
        .args(["connections", "--json"]);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(
        below(&here),
        Vec::<PathBuf>::new(),
        "{}: something was written where the program was started",
        case.name
    );
    Ended { code: output.status.code(), told: format!("{}\n{}", text(&output.stdout), text(&output.stderr)) }
}

fn judge(case: &Case, ended: &Ended) {
    let (name, told) = (case.name, &ended.told);
    assert!(!told.contains("stopped at") && !told.contains("panicked"), "{name}: {told}");
    let works = ended.code == Some(0);
    if let Some(expected) = case.works {
        assert_eq!(works, expected, "{name}: {:?} {told}", ended.code);
    }
    if !works {
        assert!(
            matches!(ended.code, Some(2 | 5 | 6)) && told.trim().len() > 30,
            "{name}: {:?} {told}",
            ended.code
        );
    }
}

#[test]
fn g33_a_hostile_home_is_used_or_explained() {
    let Some(program) = program() else { return };
    let at = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for case in cases(at.path()) {
        let ended = start(&program, &case, at.path());
        judge(&case, &ended);
        if case.works == Some(true) {
            let home = PathBuf::from(case.home.as_ref().unwrap());
            let made = below(&home);
            assert!(made.iter().any(|path| path.ends_with("vault.db")), "{}: {made:?}", case.name);
        }
        tried += 1;
    }
    reached("G-33", "hostile homes used or explained", tried, Target::AtLeast(18));
}

/// A file system that knows no locks, as some network shares: the program explains, and does not go on without them.
#[test]
fn g33_a_home_without_locks_is_explained() {
    let Some(program) = program() else { return };
    if !can_trace() {
        return;
    }
    let at = tempfile::tempdir().unwrap();
    let home = at.path().join("home");
    std::fs::create_dir(&home).unwrap();
    for error in ["ENOLCK", "EOPNOTSUPP", "EINTR"] {
        let mut hostile = case("no locks", &home, None);
        let inject = format!("--inject=flock:error={error}");
        hostile.before = traced(Path::new("/dev/null"), &[&inject]);
        if error == "EINTR" {
            hostile.before.pop();
            hostile.before.push("--inject=flock:error=EINTR:when=1".to_owned());
        }
        let ended = start(&program, &hostile, at.path());
        judge(&hostile, &ended);
        if error != "EINTR" {
            assert_ne!(ended.code, Some(0), "{error}: went on without a lock: {}", ended.told);
        }
    }
    let plain = case("control", &home, true);
    judge(&plain, &start(&program, &plain, at.path()));
    reached("G-33", "kinds of missing locks explained", 3, Target::Exactly(3));
}
