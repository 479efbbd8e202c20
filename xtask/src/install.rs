//! Installs system packages, after asking, with the machine's own package manager.
//! It must never install anything that is not on the list it was given, and never without consent.

use crate::ask;
use crate::ground::{Ground, Installer};
use crate::needs::Need;
use crate::shell::{self, Shell};
use crate::trouble::Trouble;

/// Shows what is missing, asks, and installs it. Optional things that stay missing are left to the tests to name.
pub fn supply(shell: &Shell, ground: &Ground, missing: &[&Need], yes: bool) -> Result<(), Trouble> {
    if missing.is_empty() {
        return Ok(());
    }
    println!("\nMissing on this machine ({}):", ground.system);
    for need in missing {
        println!("  {:<16} {}", need.name, need.why);
    }
    let Some(installer) = ground.installer else {
        return without_installer(missing);
    };
    consent(installer, yes)?;
    refresh(shell, ground, installer)?;
    let packages: Vec<&str> = missing.iter().filter_map(|need| choose(shell, installer, need)).collect();
    install(shell, ground, installer, &packages)?;
    let still: Vec<&Need> = missing.iter().copied().filter(|need| !need.met(shell)).collect();
    without_installer(&still)
}

/// Brings the list of packages up to date where the installer does not do so by itself.
pub fn refresh(shell: &Shell, ground: &Ground, installer: Installer) -> Result<(), Trouble> {
    match installer {
        Installer::Apt => run(shell, ground, "apt-get", &["-o", "DPkg::Lock::Timeout=900", "update"]),
        _ => Ok(()),
    }
}

/// Installs packages by name with this machine's installer.
pub fn install(
    shell: &Shell,
    ground: &Ground,
    installer: Installer,
    packages: &[&str],
) -> Result<(), Trouble> {
    if packages.is_empty() {
        return Ok(());
    }
    let (program, start): (&str, &[&str]) = match installer {
        Installer::Apt => {
            ("apt-get", &["-o", "DPkg::Lock::Timeout=900", "install", "--yes", "--no-install-recommends"])
        }
        Installer::Dnf => ("dnf", &["install", "--assumeyes"]),
        Installer::Pacman => ("pacman", &["-S", "--needed", "--noconfirm"]),
        Installer::Brew => ("brew", &["install"]),
        Installer::Choco => ("choco", &["install", "--yes"]),
        Installer::Winget => return winget(shell, packages),
    };
    let arguments: Vec<&str> = start.iter().chain(packages).copied().collect();
    run(shell, ground, program, &arguments)
}

/// Asks for consent unless it was given on the command line.
pub fn consent(installer: Installer, yes: bool) -> Result<(), Trouble> {
    if yes || ask::agreed(&format!("Install with {installer:?} now?")) {
        return Ok(());
    }
    Err(Trouble::Missing(
        "nothing was installed. Install the packages yourself, or call again with --yes".into(),
    ))
}

fn winget(shell: &Shell, packages: &[&str]) -> Result<(), Trouble> {
    for package in packages {
        let agree = ["--accept-source-agreements", "--accept-package-agreements"];
        shell.run("", "winget", &["install", "--exact", "--id", package, agree[0], agree[1]])?;
    }
    Ok(())
}

fn run(shell: &Shell, ground: &Ground, program: &str, arguments: &[&str]) -> Result<(), Trouble> {
    let root_wanted = matches!(program, "apt-get" | "dnf" | "pacman") && !ground.free_hand;
    let mut command = if root_wanted {
        if shell.find("sudo").is_none() {
            let line = format!("{program} {}", arguments.join(" "));
            return Err(Trouble::Missing(format!(
                "there is no sudo here. Run this as root, then call again: {line}"
            )));
        }
        // sudo drops the environment, so the variable travels as an argument of env.
        let lead = ["env", "DEBIAN_FRONTEND=noninteractive", program];
        shell.command("", "sudo", &[&lead[..], arguments].concat())
    } else {
        shell.command("", program, arguments)
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    shell::finish(command)
}

/// The first of a need's package names that the installer can deliver.
fn choose(shell: &Shell, installer: Installer, need: &Need) -> Option<&'static str> {
    let names = need.packages(installer);
    if installer != Installer::Apt || names.len() < 2 {
        return names.first().copied();
    }
    let known =
        |name: &&&str| shell.answer("apt-cache", &["policy", name]).is_some_and(|text| has_candidate(&text));
    names.iter().find(known).or(names.first()).copied()
}

fn has_candidate(policy: &str) -> bool {
    policy.lines().any(|line| line.trim_start().starts_with("Candidate:") && !line.contains("(none)"))
}

fn without_installer(missing: &[&Need]) -> Result<(), Trouble> {
    let compulsory: Vec<&str> = missing.iter().filter(|need| !need.optional).map(|need| need.name).collect();
    if compulsory.is_empty() {
        return Ok(());
    }
    let names = compulsory.join(", ");
    Err(Trouble::Missing(format!("still missing: {names}. Install them by hand, then call again")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_is_a_version() {
        assert!(has_candidate("xvfb:\n  Installed: (none)\n  Candidate: 2:21.1.7-3\n"));
    }

    #[test]
    fn none_is_no_candidate() {
        assert!(!has_candidate("webkitgtk-webdriver:\n  Installed: (none)\n  Candidate: (none)\n"));
        assert!(!has_candidate(""));
    }
}
