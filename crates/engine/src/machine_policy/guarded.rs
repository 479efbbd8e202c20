//! Where the policy of a machine lies, and who may have written it: only whoever administers the machine. A file that somebody
//! else owns or can change is refused and never followed, and so is one behind a link.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::phrase::Phrase;
use crate::trouble::{Code, Trouble};

/// A policy has a handful of lines.
const LARGEST: u64 = 64 * 1024;
/// The file in the machine's folder for settings.
const NAME: [&str; 2] = if cfg!(any(windows, target_os = "macos")) {
    ["Footbridge", "policy.toml"]
} else {
    ["footbridge", "policy.toml"]
};
/// The machine's folder for settings. No variable names it: whoever starts the program chooses those.
const FOLDER: &str = if cfg!(windows) {
    r"C:\ProgramData"
} else if cfg!(target_os = "macos") {
    "/Library/Application Support"
} else {
    "/etc"
};

/// Who has to own a machine's file: a user's number. Windows has the administrators instead of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(u32);

impl Owner {
    /// Whoever administers the machine.
    pub const ADMINISTRATOR: Self = Self(0);

    /// The user of this number.
    pub fn of_user(number: u32) -> Self {
        Self(number)
    }
}

/// Why a file is not taken as this machine's policy.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is no plain file.
    NotAFile,
    /// It is larger than any policy.
    TooLarge,
    /// Somebody else owns it, or the folder that it lies in.
    ForeignOwner(PathBuf),
    /// Others can change it, or the folder that it lies in.
    TooOpen(PathBuf),
    /// It cannot be read.
    Unreadable(io::Error),
}

impl Fault {
    /// In words, for the file concerned.
    pub fn trouble(self, path: &Path) -> Trouble {
        let why = match self {
            Self::NotAFile => Phrase::new("policy.not-a-file"),
            Self::TooLarge => Phrase::new("policy.too-large"),
            Self::ForeignOwner(found) => Phrase::new("policy.owner").with("path", found.display()),
            Self::TooOpen(found) => Phrase::new("policy.open").with("path", found.display()),
            Self::Unreadable(error) => Phrase::new("policy.unreadable").with("why", error),
        };
        let trouble = Trouble::new(Code::PolicyInvalid).with("place", path.display());
        trouble.in_field(path.display().to_string()).because(why)
    }
}

/// Where the policy of this machine lies.
pub(super) fn place() -> PathBuf {
    below(Path::new(FOLDER))
}

/// The same, and on Windows the folder that the system was told to use instead: it adds to the usual one.
pub(super) fn places() -> Vec<PathBuf> {
    let mut places = vec![place()];
    if cfg!(windows)
        && let Some(told) =
            std::env::var_os("ProgramData").map(PathBuf::from).filter(|told| told.is_absolute())
        && !told.as_os_str().eq_ignore_ascii_case(FOLDER)
    {
        places.push(below(&told));
    }
    places
}

fn below(folder: &Path) -> PathBuf {
    NAME.iter().fold(folder.to_owned(), |path, part| path.join(part))
}

/// The text of a machine's file; nothing where there is none.
pub(super) fn read_owned(path: &Path, owner: Owner) -> Result<Option<String>, Fault> {
    let is_there = |path: &Path| match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Fault::Unreadable(error)),
    };
    let Some(folder) = path.parent() else { return Err(Fault::NotAFile) };
    if !is_there(folder)? {
        return Ok(None);
    }
    // Whoever can change the folder can take the file away.
    check(folder, owner)?;
    if !is_there(path)? {
        return Ok(None);
    }
    check(path, owner)?;
    read(path).map(Some)
}

/// The text of a plain file, whoever owns it.
pub(super) fn read(path: &Path) -> Result<String, Fault> {
    let found = fs::symlink_metadata(path).map_err(Fault::Unreadable)?;
    if !found.is_file() {
        return Err(Fault::NotAFile);
    }
    let mut text = String::new();
    let file = File::open(path).map_err(Fault::Unreadable)?;
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(Fault::Unreadable)?;
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    if length > LARGEST { Err(Fault::TooLarge) } else { Ok(text) }
}

/// Whether a file or folder belongs to its owner, and nobody else can change it.
pub(super) fn check(path: &Path, owner: Owner) -> Result<(), Fault> {
    let found = fs::symlink_metadata(path).map_err(Fault::Unreadable)?;
    if found.is_symlink() {
        return Err(Fault::NotAFile);
    }
    by_system(path, &found, owner)
}

#[cfg(unix)]
fn by_system(path: &Path, found: &Metadata, owner: Owner) -> Result<(), Fault> {
    use std::os::unix::fs::MetadataExt as _;
    if found.uid() != owner.0 {
        return Err(Fault::ForeignOwner(path.to_owned()));
    }
    if found.mode() & 0o022 != 0 {
        return Err(Fault::TooOpen(path.to_owned()));
    }
    Ok(())
}

/// Windows tells owner and rights by a program of its own; it is asked only where there is a file.
#[cfg(windows)]
fn by_system(path: &Path, found: &Metadata, _owner: Owner) -> Result<(), Fault> {
    use std::os::windows::process::CommandExt as _;

    use super::descriptor::{self, Verdict};

    const POWERSHELL: &str = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
    const NO_WINDOW: u32 = 0x0800_0000;
    const ASK: &str = "(Get-Acl -LiteralPath $env:FOOTBRIDGE_ASKED).Sddl";
    let mut shell = std::process::Command::new(POWERSHELL);
    shell.args(["-NoProfile", "-NonInteractive", "-Command", ASK]);
    shell.env("FOOTBRIDGE_ASKED", path).creation_flags(NO_WINDOW);
    let output = shell.output().map_err(Fault::Unreadable)?;
    match descriptor::judge(String::from_utf8_lossy(&output.stdout).trim(), found.is_dir()) {
        Verdict::Guarded => Ok(()),
        Verdict::ForeignOwner => Err(Fault::ForeignOwner(path.to_owned())),
        Verdict::TooOpen => Err(Fault::TooOpen(path.to_owned())),
    }
}
