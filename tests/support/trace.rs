//! A child under `strace`: what it asked the kernel for, read back from the file that strace wrote. Buffers come as hex
//! (`-xx`), so that every byte is there and nothing of them can be taken for strace's own text.

use std::path::Path;
use std::process::{Command, Stdio};

/// One call of one thread.
#[derive(Debug, Clone)]
pub struct Call {
    /// Such as `openat`.
    pub name: String,
    /// Everything between the brackets; cut where another thread came between.
    pub arguments: String,
    /// What it answered; `None` where it failed or never came back.
    pub answer: Option<i64>,
    /// Behind the `=`: the path of a new descriptor, or the error.
    pub end: String,
}

/// Whether programs can be traced here; says so where they cannot.
///
/// # Panics
/// When they cannot and all strangers are required.
#[must_use]
pub fn can_trace() -> bool {
    if !crate::stranger("strace") {
        return false;
    }
    let tried =
        Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    let may = tried.is_ok_and(|status| status.success());
    assert!(may || !crate::strangers_are_required(), "this kernel lets nobody be traced");
    if !may {
        eprintln!("LEFT OUT: this kernel lets nobody be traced");
    }
    may
}

/// The words that a traced program is started by.
#[must_use]
pub fn traced(into: &Path, options: &[&str]) -> Vec<String> {
    let fixed = ["strace", "-f", "-qq", "-o", &into.display().to_string()].map(str::to_owned);
    fixed.into_iter().chain(options.iter().map(|option| (*option).to_owned())).collect()
}

/// The calls of a trace, in the order in which they ended; a call that was interrupted by another thread's is one.
///
/// # Panics
/// When the file cannot be read.
#[must_use]
pub fn calls(file: &Path) -> Vec<Call> {
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    let mut begun: Vec<(String, String)> = Vec::new();
    let mut all = Vec::new();
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            begun.push((thread.to_owned(), start.to_owned()));
        } else if let Some((_, after)) =
            rest.strip_prefix("<... ").and_then(|rest| rest.split_once("resumed>"))
        {
            let at = begun.iter().position(|(other, _)| other == thread);
            let start = at.map(|at| begun.remove(at).1).unwrap_or_default();
            all.extend(read(&format!("{start}{after}")));
        } else {
            all.extend(read(rest));
        }
    }
    // A thread that was killed inside a call may still have done it.
    all.extend(begun.iter().filter_map(|(_, start)| read(&format!("{start}) = ?"))));
    all
}

fn read(line: &str) -> Option<Call> {
    let (name, rest) = line.split_once('(')?;
    let is_name = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let (arguments, end) = rest.rsplit_once(") = ").or_else(|| {
        let (arguments, end) = rest.rsplit_once(" = ")?;
        arguments.trim_end().strip_suffix(')').map(|arguments| (arguments, end))
    })?;
    let number: String = end
        .chars()
        .enumerate()
        .take_while(|(at, sign)| sign.is_ascii_digit() || (*at == 0 && *sign == '-'))
        .map(|(_, sign)| sign)
        .collect();
    let answer = number.parse().ok().filter(|answer| *answer >= 0);
    // A call that was interrupted at its last argument has a space behind it.
    let arguments = arguments.trim_end().to_owned();
    Some(Call { name: name.to_owned(), arguments, answer, end: end.to_owned() })
}

impl Call {
    /// The quoted strings among the arguments, out of their hex.
    #[must_use]
    pub fn strings(&self) -> Vec<Vec<u8>> {
        let mut strings = Vec::new();
        for (at, part) in self.arguments.split('"').enumerate() {
            if at % 2 == 1 {
                strings.push(unhexed(part));
            }
        }
        strings
    }

    /// The first string, as a path.
    #[must_use]
    pub fn path(&self) -> String {
        self.strings().first().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }

    /// What the descriptor in the first argument is (`-y`): a path, or `socket:[…]`, `pipe:[…]`.
    #[must_use]
    pub fn descriptor(&self) -> String {
        let first = self.arguments.split('<').nth(1).unwrap_or_default();
        let shown = first.split('>').next().unwrap_or_default();
        String::from_utf8_lossy(&unhexed(shown)).into_owned()
    }

    /// The mode of a call that makes a file or a folder, after this umask.
    #[must_use]
    pub fn mode(&self) -> Option<u32> {
        let last = self.arguments.rsplit(", ").next()?;
        last.starts_with('0').then(|| u32::from_str_radix(last, 8).ok()).flatten()
    }
}

/// `\x41B` as bytes: escapes as they say, everything else as it stands.
fn unhexed(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len() / 4);
    let mut at = 0;
    while at < bytes.len() {
        let escape = text.get(at..at + 4).filter(|part| part.starts_with("\\x"));
        match escape.and_then(|part| u8::from_str_radix(&part[2..], 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 4;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_whole_and_in_halves() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trace");
        let text = "1 openat(AT_FDCWD<\\x2f\\x78>, \"\\x2f\\x61\", O_RDWR|O_CREAT|O_EXCL, 0600) = 3<\\x2f\\x61>\n\
                    2 write(3<\\x2f\\x61>, \"\\x53\\x22\", 2 <unfinished ...>\n\
                    1 mkdir(\"\\x2f\\x62\", 0700) = -1 EEXIST (File exists)\n\
                    2 <... write resumed>) = 2\n\
                    2 mkdir(\"\\x2f\\x63\", 0700 <unfinished ...>\n2 <... mkdir resumed>) = 0\n1 +++ killed by SIGKILL +++\n";
        std::fs::write(&file, text).unwrap();
        let calls = calls(&file);
        assert_eq!(
            calls.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(),
            ["openat", "mkdir", "write", "mkdir"]
        );
        assert_eq!(
            (calls[0].path(), calls[0].mode(), calls[0].answer),
            ("/a".to_owned(), Some(0o600), Some(3))
        );
        assert_eq!((calls[1].answer, calls[1].mode()), (None, Some(0o700)));
        assert_eq!((calls[2].strings(), calls[2].descriptor()), (vec![b"S\"".to_vec()], "/a".to_owned()));
        assert_eq!((calls[3].path(), calls[3].mode()), ("/c".to_owned(), Some(0o700)));
    }
}
