//! The packages of the interface and of the manual, and the interface's build.
//! It must never change a lock file: `npm ci` installs exactly what was committed.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::shell::Shell;
use crate::trouble::Trouble;

/// Where the interface lies.
const INTERFACE: &str = "ui";

/// Where its build lies, in its folder.
const BUILT: &str = "dist";

/// Installs a folder's packages when its lock file is not the one they were installed from.
pub fn lay_packages(shell: &Shell, folder: &str) -> Result<(), Trouble> {
    let lock = shell.root.join(folder).join("package-lock.json");
    let stamp = stamp(shell, folder);
    let wanted = std::fs::read(&lock).map_err(|cause| Trouble::File { path: lock, cause })?;
    if std::fs::read(&stamp).is_ok_and(|laid| laid == wanted) {
        return Ok(());
    }
    shell.run(folder, "npm", &["ci", "--no-audit", "--no-fund"])?;
    std::fs::write(&stamp, wanted).map_err(|cause| Trouble::File { path: stamp, cause })
}

/// Builds what the window shows, where anything of it changed since: a page that is written anew makes the window, and its
/// release, be linked anew.
pub fn build(shell: &Shell) -> Result<(), Trouble> {
    lay_packages(shell, INTERFACE)?;
    let interface = shell.root.join(INTERFACE);
    let built = age(&interface.join(BUILT).join("index.html"));
    if built.is_some_and(|built| newest(&interface).is_some_and(|newest| newest < built)) {
        return Ok(());
    }
    shell.run(INTERFACE, "npm", &["run", "build"])
}

fn age(path: &Path) -> Option<SystemTime> {
    std::fs::symlink_metadata(path).and_then(|found| found.modified()).ok()
}

/// When anything below the folder changed last; a folder's own age tells of what was taken out of it.
fn newest(folder: &Path) -> Option<SystemTime> {
    let mut newest = None;
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if [BUILT, "node_modules"].iter().any(|made| entry.file_name() == *made) {
            continue;
        }
        newest = newest.max(Some(age(&path)?));
        if path.is_dir() {
            newest = newest.max(self::newest(&path));
        }
    }
    newest
}

/// A copy of the lock file beside the packages it led to; it vanishes together with them.
fn stamp(shell: &Shell, folder: &str) -> PathBuf {
    shell.root.join(folder).join("node_modules").join(".laid-from-lock.json")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_built_or_installed_is_no_reason_to_build() {
        let folder = std::env::temp_dir().join(format!("footbridge-page-{}", std::process::id()));
        for path in ["src", "dist", "node_modules"] {
            std::fs::create_dir_all(folder.join(path)).unwrap();
            std::fs::write(folder.join(path).join("file"), path).unwrap();
        }
        let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        for path in ["src/file", "src"] {
            std::fs::File::open(folder.join(path)).unwrap().set_modified(old).unwrap();
        }
        assert_eq!(newest(&folder), Some(old));
        std::fs::write(folder.join("src").join("file"), "changed").unwrap();
        assert!(newest(&folder) > Some(old));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
