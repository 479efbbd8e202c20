//! The packages of the interface and of the manual, and the interface's build.
//! It must never change a lock file: `npm ci` installs exactly what was committed.

use std::path::PathBuf;

use crate::shell::Shell;
use crate::trouble::Trouble;

/// Where the interface lies.
const INTERFACE: &str = "ui";

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

/// Builds what the window shows.
pub fn build(shell: &Shell) -> Result<(), Trouble> {
    lay_packages(shell, INTERFACE)?;
    shell.run(INTERFACE, "npm", &["run", "build"])
}

/// A copy of the lock file beside the packages it led to; it vanishes together with them.
fn stamp(shell: &Shell, folder: &str) -> PathBuf {
    shell.root.join(folder).join("node_modules").join(".laid-from-lock.json")
}
