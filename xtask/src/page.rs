//! The interface's packages and its build.
//! It must never change a lock file: `npm ci` installs exactly what was committed.

use std::path::PathBuf;

use crate::shell::Shell;
use crate::trouble::Trouble;

/// Installs the interface's packages when the lock file is not the one they were installed from.
pub fn lay_packages(shell: &Shell) -> Result<(), Trouble> {
    let lock = shell.root.join("ui").join("package-lock.json");
    let wanted = std::fs::read(&lock).map_err(|cause| Trouble::File { path: lock, cause })?;
    if std::fs::read(stamp(shell)).is_ok_and(|laid| laid == wanted) {
        return Ok(());
    }
    shell.run("ui", "npm", &["ci", "--no-audit", "--no-fund"])?;
    std::fs::write(stamp(shell), wanted).map_err(|cause| Trouble::File { path: stamp(shell), cause })
}

/// Builds what the window shows.
pub fn build(shell: &Shell) -> Result<(), Trouble> {
    lay_packages(shell)?;
    shell.run("ui", "npm", &["run", "build"])
}

/// A copy of the lock file beside the packages it led to; it vanishes together with them.
fn stamp(shell: &Shell) -> PathBuf {
    shell.root.join("ui").join("node_modules").join(".laid-from-lock.json")
}
