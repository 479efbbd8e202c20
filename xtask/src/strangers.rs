//! The homes of the strangers: programs of others that judge what we made, with their pinned packages, below
//! `target/tools`. They must never be laid from anything but the committed pins.

use std::path::PathBuf;

use crate::shell::Shell;
use crate::trouble::Trouble;

/// The home of the strangers in Python.
pub const PYTHON: &str = "strangers";

/// The home of Microsoft's own clients.
pub const AZURE: &str = "strangers-azure";

/// The home of the strangers of Node, laid from `tests/strangers/node`.
pub const NODE: &str = "strangers-node";

/// The home of the CLI for Microsoft 365, laid from `tests/strangers/m365`. It is large, and only measuring needs it.
pub const M365: &str = "strangers-m365";

/// Each Python home, and the file that pins its packages.
const HOMES: &[(&str, &str)] = &[(PYTHON, "requirements.txt"), (AZURE, "requirements-azure.txt")];

/// A copy of the pins inside the home that was laid from them.
const LAID: &str = "laid-from.txt";

/// Lays every home whose pins changed, and tells why one is left out.
pub fn lay(shell: &Shell) -> Result<Vec<String>, Trouble> {
    let mut reasons = Vec::new();
    for (name, pins) in HOMES {
        if let Err(why) = lay_python(shell, name, pins)? {
            reasons.push(format!("{name}: {why}"));
        }
    }
    if let Err(why) = lay_node(shell, NODE, "node")? {
        reasons.push(format!("{NODE}: {why}"));
    }
    Ok(reasons)
}

/// Lays the homes of the programs that ours is measured against, and tells why one is left out.
pub fn lay_peers(shell: &Shell) -> Result<Vec<String>, Trouble> {
    let mut reasons = Vec::new();
    for (name, pins) in HOMES.iter().filter(|(name, _)| *name == AZURE) {
        if let Err(why) = lay_python(shell, name, pins)? {
            reasons.push(format!("{name}: {why}"));
        }
    }
    if let Err(why) = lay_node(shell, M365, "m365")? {
        reasons.push(format!("{M365}: {why}"));
    }
    Ok(reasons)
}

/// Whether the scripts of the strangers have their home.
pub fn are_laid(shell: &Shell) -> bool {
    shell.tools().join(PYTHON).join(LAID).is_file()
}

/// The interpreter of a Python home.
pub fn python(shell: &Shell, home: &str) -> PathBuf {
    let (folder, name) = if cfg!(windows) { ("Scripts", "python.exe") } else { ("bin", "python") };
    shell.tools().join(home).join(folder).join(name)
}

/// The packages of the lock file, and nothing else. The inner error is a reason to leave the stranger out.
fn lay_node(shell: &Shell, name: &str, pins: &str) -> Result<Result<(), Trouble>, Trouble> {
    let from = shell.root.join("tests").join("strangers").join(pins);
    let home = shell.tools().join(name);
    let lock = "package-lock.json";
    let wanted =
        std::fs::read(from.join(lock)).map_err(|cause| Trouble::File { path: from.join(lock), cause })?;
    let stamp = home.join(LAID);
    if std::fs::read(&stamp).is_ok_and(|laid| laid == wanted) {
        return Ok(Ok(()));
    }
    std::fs::create_dir_all(&home).map_err(|cause| Trouble::File { path: home.clone(), cause })?;
    for name in ["package.json", lock] {
        std::fs::copy(from.join(name), home.join(name))
            .map_err(|cause| Trouble::File { path: home.join(name), cause })?;
    }
    let prefix = home.to_string_lossy().into_owned();
    let install = ["ci", "--prefix", &prefix, "--ignore-scripts", "--no-audit", "--no-fund"];
    if let Err(trouble) = shell.run("", "npm", &install) {
        return Ok(Err(trouble));
    }
    std::fs::write(&stamp, wanted).map_err(|cause| Trouble::File { path: stamp, cause })?;
    Ok(Ok(()))
}

/// The inner error is a reason to leave the stranger out.
fn lay_python(shell: &Shell, name: &str, pins: &str) -> Result<Result<(), Trouble>, Trouble> {
    let pins = shell.root.join("tests").join("strangers").join(pins);
    let wanted = std::fs::read(&pins).map_err(|cause| Trouble::File { path: pins.clone(), cause })?;
    let home = shell.tools().join(name);
    let stamp = home.join(LAID);
    if std::fs::read(&stamp).is_ok_and(|laid| laid == wanted) {
        return Ok(Ok(()));
    }
    let (home, pins) = (home.to_string_lossy().into_owned(), pins.to_string_lossy().into_owned());
    let python = python(shell, name).to_string_lossy().into_owned();
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", &pins];
    let made = shell.run("", "python3", &["-m", "venv", "--clear", &home]);
    if let Err(trouble) = made.and_then(|()| shell.run("", &python, &install)) {
        return Ok(Err(trouble));
    }
    std::fs::write(&stamp, wanted).map_err(|cause| Trouble::File { path: stamp, cause })?;
    Ok(Ok(()))
}
