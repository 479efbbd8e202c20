//! G-36: PowerShell gets its parameters on standard input and nowhere else, is started by its full path, and whatever it
//! answers or starts, Footbridge gets a result or a refusal and leaves nothing running.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::{PowerShell, Script, SystemRandomness, TeamsShell as _, TeamsShellError, TeamsState};
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::{Canary, scan_bytes};
use serde_json::json;

const CANARY: &str = "cAn4ry~in.parameters-0123456789";

/// A `pwsh` that keeps how it was called, then does what the mode says.
const STAND_IN: &str = r#"#!/bin/sh
here=RECORDS
for word in "$@"; do printf '%s\0' "$word" >> "$here/arguments"; done
printf '%s\0' "$0" >> "$here/program"
cat "/proc/$$/environ" >> "$here/environment"
case "$*" in *-Command*) echo 6.4.0; exit 0;; esac
while [ "$1" != -File ]; do shift; done
cat "$2" >> "$here/script"
stat -c '%a' "$2" "$(dirname "$2")" > "$here/modes"
MODE
"#;

struct Shell {
    folder: tempfile::TempDir,
}

impl Shell {
    fn doing(mode: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("records")).unwrap();
        let text = STAND_IN.replace("RECORDS", &folder.path().join("records").display().to_string());
        program(&folder.path().join("pwsh"), &text.replace("MODE", mode));
        Self { folder }
    }

    fn record(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join("records").join(name)).unwrap_or_default()
    }

    async fn run(&self, limit: Duration) -> Result<serde_json::Value, TeamsShellError> {
        let shell = PowerShell::in_folders(Arc::new(SystemRandomness), vec![self.folder.path().to_owned()]);
        shell.within(limit).run(Script::Teams, &json!({ "action": "policy", "secret": CANARY })).await
    }
}

fn program(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

const LONG: Duration = Duration::from_secs(60);
/// Reads the marker out of the parameters, as the real scripts do.
const MARKER: &str = r#"read -r line; printf '%s' "$line" > "$here/input"
marker=$(printf '%s' "$line" | sed 's/.*"marker":"\([^"]*\)".*/\1/')"#;

#[tokio::test]
async fn g36_parameters_go_to_standard_input_and_nowhere_else() {
    let shell = Shell::doing(&format!(
        "{MARKER}\nprintf 'before %s{{\"done\":true}}%s after' \"$marker\" \"$marker\""
    ));
    let result = shell.run(LONG).await.unwrap();
    assert_eq!(result, json!({ "done": true }));
    let canaries = [Canary::new("parameter", CANARY)];
    assert_eq!(scan_bytes("input", &shell.record("input"), &canaries).len(), 1, "the control");
    let mut hits = Vec::new();
    for place in ["arguments", "environment", "script", "program"] {
        let bytes = shell.record(place);
        assert!(!bytes.is_empty(), "{place} was not recorded");
        hits.extend(scan_bytes(place, &bytes, &canaries));
    }
    reached("G-36", "parameters outside standard input", hits.len() as u64, Target::Exactly(0));
    assert_eq!(shell.record("script"), Script::Teams.text().as_bytes(), "the script is not the compiled one");
    assert_eq!(shell.record("modes"), b"600\n700\n");
    let arguments = String::from_utf8(shell.record("arguments")).unwrap();
    for call in arguments.split("-NoProfile\0").skip(1) {
        assert!(call.starts_with("-NonInteractive\0"), "{arguments:?}");
    }
    let file = arguments.split('\0').skip_while(|word| *word != "-File").nth(1).unwrap();
    assert!(Path::new(file).is_absolute() && !Path::new(file).exists(), "{file} is left behind");
}

#[tokio::test]
async fn g36_a_program_that_was_put_in_the_way_is_not_started() {
    let real = Shell::doing("exit 1");
    let traps = tempfile::tempdir().unwrap();
    let (a_folder, relative) = (traps.path().join("one"), traps.path().join("two"));
    std::fs::create_dir_all(a_folder.join("pwsh")).unwrap();
    std::fs::create_dir(&relative).unwrap();
    let sprung = traps.path().join("sprung");
    program(&relative.join("pwsh"), &format!("#!/bin/sh\ntouch {}\n", sprung.display()));
    let here = std::env::current_dir().unwrap();
    let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    let link = traps.path().join("three");
    std::fs::create_dir(&link).unwrap();
    symlink(real.folder.path().join("pwsh"), link.join("pwsh")).unwrap();
    let folders = vec![
        PathBuf::new(),
        PathBuf::from("."),
        up.join(relative.strip_prefix("/").unwrap()),
        a_folder,
        link,
    ];
    assert!(folders[2].join("pwsh").is_file(), "the trap is not where it should be");
    let shell = PowerShell::in_folders(Arc::new(SystemRandomness), folders);
    let TeamsState::Found { program, version } = shell.find(Script::Teams).await else {
        panic!("nothing was found")
    };
    assert_eq!(version, "6.4.0");
    let expected = real.folder.path().join("pwsh").canonicalize().unwrap();
    assert_eq!(Path::new(&program), expected, "not the full path behind the link");
    let started = String::from_utf8(real.record("program")).unwrap();
    assert_eq!(started.trim_end_matches('\0'), program);
    reached("G-36", "traps in PATH that were started", u64::from(sprung.exists()), Target::Exactly(0));
}

#[tokio::test]
async fn g36_hostile_answers_are_refused_and_shown_harmless() {
    let modes = [
        ("nothing", "exit 0"),
        ("an exit code", "echo no >&2; exit 3"),
        ("half of a result", &*format!("{MARKER}\nprintf '%s{{\"done\":' \"$marker\"")),
        ("a result that is not JSON", &*format!("{MARKER}\nprintf '%snot json%s' \"$marker\" \"$marker\"")),
        ("a result between other marks", "printf -- '----{\"done\":true}----'"),
        ("signs of a terminal", "printf '\\033[2J\\033]0;x\\007\\r\\n' >&2; exit 1"),
        ("bytes that are no text", "printf '\\377\\376\\200' >&2; exit 1"),
        ("a flood", "while :; do printf '%65536s' x; done"),
        ("a flood of errors", "while :; do printf '%65536s' x >&2; done"),
        ("a pipe that is closed at once", "exec 0<&- 1>&- 2>&-; exit 0"),
        ("a signal", "kill -9 $$"),
    ];
    let count = modes.len() as u64;
    let mut refused = 0;
    for (name, mode) in modes {
        let outcome = Shell::doing(mode).run(LONG).await;
        let Err(TeamsShellError::Failed { why }) = &outcome else { panic!("{name}: {outcome:?}") };
        assert!(why.chars().all(|sign| !sign.is_control()) && why.len() <= 4000, "{name}: {why:?}");
        refused += 1;
    }
    reached("G-36", "hostile answers refused", refused, Target::AtLeast(count));
}

/// One that hangs is ended, and so is what it started.
#[tokio::test]
async fn g36_one_that_hangs_is_ended_with_everything_it_started() {
    let shell = Shell::doing("sleep 3600 & echo $! > \"$here/child\"; echo $$ > \"$here/self\"; wait");
    let outcome = shell.run(Duration::from_secs(2)).await;
    assert!(matches!(outcome, Err(TeamsShellError::Slow)), "{outcome:?}");
    let runs = |name: &str| {
        let number = String::from_utf8(shell.record(name)).unwrap();
        let number: u32 = number.trim().parse().unwrap_or_else(|_| panic!("{name} never started"));
        // What was killed and not yet waited for is a zombie; it runs no more.
        let state = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        state.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
    };
    // A signal has arrived when the kernel next lets its receiver run; five seconds are what the goal allows.
    let until = std::time::Instant::now() + Duration::from_secs(5);
    while ["self", "child"].into_iter().any(runs) && std::time::Instant::now() < until {
        std::thread::yield_now();
    }
    let left = ["self", "child"].into_iter().filter(|name| runs(name)).count() as u64;
    reached("G-36", "left running 5 seconds after a hang", left, Target::Exactly(0));
}
