//! What kind of machine this is: system, package manager, rights.
//! It must never change anything; it only looks.

use crate::shell::Shell;

/// A package manager that this program can speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installer {
    Apt,
    Dnf,
    Pacman,
    Brew,
    Winget,
    Choco,
}

/// The machine as far as installing is concerned.
#[derive(Debug)]
pub struct Ground {
    /// The system's own name, to be shown.
    pub system: String,
    pub installer: Option<Installer>,
    /// Whether packages can be installed without `sudo`.
    pub free_hand: bool,
}

impl Ground {
    /// Looks at the machine.
    pub fn look(shell: &Shell) -> Self {
        let installer = INSTALLERS.iter().find(|(program, _)| shell.find(program).is_some());
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self {
            system: pretty_name(&release).unwrap_or_else(|| std::env::consts::OS.to_owned()),
            installer: installer.map(|(_, installer)| *installer),
            free_hand: !cfg!(target_os = "linux")
                || shell.answer("id", &["-u"]).is_some_and(|id| id.trim() == "0"),
        }
    }
}

/// In the order in which they are looked for; a Linux machine may have brew beside its own.
const INSTALLERS: &[(&str, Installer)] = &[
    ("apt-get", Installer::Apt),
    ("dnf", Installer::Dnf),
    ("pacman", Installer::Pacman),
    ("brew", Installer::Brew),
    ("winget", Installer::Winget),
    ("choco", Installer::Choco),
];

/// Whether a window can be opened from here.
pub fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn pretty_name(release: &str) -> Option<String> {
    let line = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(line.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_read_from_the_release_file() {
        let release = "NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(pretty_name(release).as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
    }

    #[test]
    fn no_release_file_is_no_name() {
        assert_eq!(pretty_name(""), None);
    }
}
