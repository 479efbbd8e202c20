//! What the project needs from a machine, how each thing is recognised, and what it is called by each package manager.
//! It must never install; it is a list and a look.

use crate::ground::Installer;
use crate::shell::Shell;

/// What the machine is prepared for. Everything that `Run` needs, the others need too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Run,
    Test,
    Package,
}

impl Purpose {
    /// Whether what is there for `other` is needed for this.
    pub fn takes_in(self, other: Self) -> bool {
        other == Self::Run || other == self
    }
}

/// How a need is recognised as met.
#[derive(Debug, Clone, Copy)]
pub enum Sign {
    /// This program is on the search path.
    Program(&'static str),
    /// pkg-config knows this library.
    Library(&'static str),
    /// This Python code ends with 0.
    Python(&'static str),
    /// This file exists.
    File(&'static str),
}

/// One thing the machine has to have.
#[derive(Debug)]
pub struct Need {
    pub name: &'static str,
    pub why: &'static str,
    pub sign: Sign,
    pub purpose: Purpose,
    /// Needed on Linux only: other systems bring their own.
    pub linux_only: bool,
    /// Without it a part of the tests is left out, and nothing else is lost.
    pub optional: bool,
    /// Package names by installer; several names are alternatives, the first that exists is taken.
    packages: &'static [(Installer, &'static [&'static str])],
}

impl Need {
    /// Whether the machine has it.
    pub fn met(&self, shell: &Shell) -> bool {
        match self.sign {
            Sign::Program(program) => shell.find(program).is_some(),
            Sign::Library(library) => shell.answer("pkg-config", &["--exists", library]).is_some(),
            Sign::Python(code) => shell.answer("python3", &["-c", code]).is_some(),
            Sign::File(path) => std::path::Path::new(path).exists(),
        }
    }

    /// The packages to choose from with this installer; empty where it has none.
    pub fn packages(&self, installer: Installer) -> &'static [&'static str] {
        self.packages.iter().find(|(other, _)| *other == installer).map_or(&[], |(_, names)| names)
    }
}

/// The needs of a purpose that this machine does not meet.
pub fn missing(shell: &Shell, purpose: Purpose) -> Vec<&'static Need> {
    let here =
        |need: &&Need| purpose.takes_in(need.purpose) && (cfg!(target_os = "linux") || !need.linux_only);
    NEEDS.iter().filter(here).filter(|need| !need.met(shell)).collect()
}

use Installer::{Apt, Brew, Choco, Dnf, Pacman, Winget};

const fn linux(
    name: &'static str,
    why: &'static str,
    sign: Sign,
    purpose: Purpose,
    packages: &'static [(Installer, &'static [&'static str])],
) -> Need {
    Need { name, why, sign, purpose, linux_only: true, optional: false, packages }
}

const fn stranger(
    name: &'static str,
    why: &'static str,
    sign: Sign,
    packages: &'static [(Installer, &'static [&'static str])],
) -> Need {
    Need { name, why, sign, purpose: Purpose::Test, linux_only: false, optional: true, packages }
}

const NEEDS: &[Need] = &[
    linux(
        "compiler",
        "links every program",
        Sign::Program("cc"),
        Purpose::Run,
        &[(Apt, &["build-essential"]), (Dnf, &["gcc-c++"]), (Pacman, &["base-devel"])],
    ),
    linux(
        "pkg-config",
        "finds system libraries",
        Sign::Program("pkg-config"),
        Purpose::Run,
        &[(Apt, &["pkg-config"]), (Dnf, &["pkgconf-pkg-config"]), (Pacman, &["pkgconf"])],
    ),
    linux(
        "web view",
        "draws the window",
        Sign::Library("webkit2gtk-4.1"),
        Purpose::Run,
        &[(Apt, &["libwebkit2gtk-4.1-dev"]), (Dnf, &["webkit2gtk4.1-devel"]), (Pacman, &["webkit2gtk-4.1"])],
    ),
    linux(
        "D-Bus",
        "the window talks to the desktop over it",
        Sign::Program("dbus-run-session"),
        Purpose::Run,
        &[(Apt, &["dbus", "dbus-daemon"]), (Dnf, &["dbus-daemon", "dbus-tools"]), (Pacman, &["dbus"])],
    ),
    linux(
        "keyring",
        "keeps the vault's key",
        Sign::Program("gnome-keyring-daemon"),
        Purpose::Run,
        &[(Apt, &["gnome-keyring"]), (Dnf, &["gnome-keyring"]), (Pacman, &["gnome-keyring"])],
    ),
    linux(
        "certificates",
        "the roots that the system trusts",
        Sign::File("/etc/ssl/certs"),
        Purpose::Run,
        &[(Apt, &["ca-certificates"]), (Dnf, &["ca-certificates"]), (Pacman, &["ca-certificates"])],
    ),
    linux(
        "pretend display",
        "the window tests need a screen",
        Sign::Program("Xvfb"),
        Purpose::Test,
        &[(Apt, &["xvfb"]), (Dnf, &["xorg-x11-server-Xvfb"]), (Pacman, &["xorg-server-xvfb"])],
    ),
    linux(
        "display keys",
        "lets a program onto the pretend display",
        Sign::Program("xauth"),
        Purpose::Test,
        &[(Apt, &["xauth"]), (Dnf, &["xorg-x11-xauth"]), (Pacman, &["xorg-xauth"])],
    ),
    linux(
        "web view driver",
        "clicks in the window tests",
        Sign::Program("WebKitWebDriver"),
        Purpose::Test,
        &[
            (Apt, &["webkit2gtk-driver", "webkitgtk-webdriver"]),
            (Dnf, &["webkit2gtk-driver", "webkit2gtk4.1"]),
            (Pacman, &["webkit2gtk-4.1"]),
        ],
    ),
    linux(
        "lintian",
        "judges the Debian package",
        Sign::Program("lintian"),
        Purpose::Package,
        &[(Apt, &["lintian"])],
    ),
    linux(
        "library names",
        "find the packages that the programs need",
        Sign::Program("dpkg-shlibdeps"),
        Purpose::Package,
        &[(Apt, &["dpkg-dev"])],
    ),
    stranger(
        "openssl",
        "a stranger that reads our certificates",
        Sign::Program("openssl"),
        &[
            (Apt, &["openssl"]),
            (Dnf, &["openssl"]),
            (Pacman, &["openssl"]),
            (Brew, &["openssl"]),
            (Choco, &["openssl"]),
        ],
    ),
    stranger(
        "GnuTLS",
        "a stranger that opens exported certificates",
        Sign::Program("certtool"),
        &[(Apt, &["gnutls-bin"]), (Dnf, &["gnutls-utils"]), (Pacman, &["gnutls"]), (Brew, &["gnutls"])],
    ),
    stranger(
        "NSS",
        "a stranger that opens exported certificates",
        Sign::Program("pk12util"),
        &[(Apt, &["libnss3-tools"]), (Dnf, &["nss-tools"]), (Pacman, &["nss"]), (Brew, &["nss"])],
    ),
    stranger(
        "Java",
        "a stranger that opens our bundles and exported certificates",
        Sign::Program("javac"),
        &[
            (Apt, &["default-jdk-headless"]),
            (Dnf, &["java-latest-openjdk-devel", "java-21-openjdk-devel"]),
            (Pacman, &["jdk-openjdk"]),
            (Brew, &["openjdk"]),
            (Winget, &["Microsoft.OpenJDK.21"]),
            (Choco, &["openjdk"]),
        ],
    ),
    stranger(
        "PHP",
        "a stranger that opens our bundles",
        Sign::Program("php"),
        &[(Apt, &["php-cli"]), (Dnf, &["php-cli"]), (Pacman, &["php"]), (Brew, &["php"]), (Choco, &["php"])],
    ),
    stranger(
        "jose",
        "a stranger that opens our bundles",
        Sign::Program("jose"),
        &[(Apt, &["jose"]), (Dnf, &["jose"]), (Pacman, &["jose"]), (Brew, &["jose"])],
    ),
    stranger(
        "OpenSSH server",
        "a stranger that takes our deliveries over SFTP",
        Sign::File("/usr/sbin/sshd"),
        &[(Apt, &["openssh-server"]), (Dnf, &["openssh-server"]), (Pacman, &["openssh"])],
    ),
    stranger(
        "pretend PAM",
        "gives the SFTP tests an account with a password",
        Sign::Library("pam_wrapper"),
        &[(Apt, &["libpam-wrapper"]), (Dnf, &["pam_wrapper"])],
    ),
    stranger(
        "Node",
        "a stranger that opens our bundles",
        Sign::Program("node"),
        &[
            (Apt, &["nodejs"]),
            (Dnf, &["nodejs"]),
            (Pacman, &["nodejs"]),
            (Brew, &["node"]),
            (Winget, &["OpenJS.NodeJS.LTS"]),
            (Choco, &["nodejs-lts"]),
        ],
    ),
    stranger(
        "C++",
        "a stranger that opens our bundles",
        Sign::Program("g++"),
        &[(Apt, &["g++"]), (Dnf, &["gcc-c++"]), (Pacman, &["gcc"]), (Brew, &["gcc"])],
    ),
    stranger(
        "libcrypto",
        "what the stranger in C++ opens our bundles with",
        Sign::Library("libcrypto"),
        &[(Apt, &["libssl-dev"]), (Dnf, &["openssl-devel"]), (Pacman, &["openssl"]), (Brew, &["openssl"])],
    ),
    stranger(
        "cryptography",
        "what the stranger in Python opens our bundles with",
        Sign::Python("import cryptography"),
        &[
            (Apt, &["python3-cryptography"]),
            (Dnf, &["python3-cryptography"]),
            (Pacman, &["python-cryptography"]),
            (Brew, &["cryptography"]),
        ],
    ),
    stranger(
        "curl",
        "speaks for the strangers to the rehearsal tenant",
        Sign::Program("curl"),
        &[(Apt, &["curl"]), (Dnf, &["curl"]), (Pacman, &["curl"]), (Brew, &["curl"]), (Choco, &["curl"])],
    ),
    Need {
        linux_only: true,
        ..stranger(
            "strace",
            "kills the program at each system call, fills its disk, and shows what it writes",
            Sign::Program("strace"),
            &[(Apt, &["strace"]), (Dnf, &["strace"]), (Pacman, &["strace"])],
        )
    },
    Need {
        linux_only: true,
        ..stranger(
            "faketime",
            "gives the program a wrong clock",
            Sign::Program("faketime"),
            &[(Apt, &["faketime"]), (Dnf, &["libfaketime"]), (Pacman, &["libfaketime"])],
        )
    },
    stranger(
        "Python",
        "the home of Microsoft's own clients",
        Sign::Python("import venv, ensurepip"),
        &[
            (Apt, &["python3-venv"]),
            (Dnf, &["python3"]),
            (Pacman, &["python"]),
            (Brew, &["python"]),
            (Winget, &["Python.Python.3.12"]),
            (Choco, &["python"]),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_need_of_linux_has_a_package_for_each_linux_installer() {
        for need in NEEDS.iter().filter(|need| need.linux_only && need.purpose != Purpose::Package) {
            for installer in [Apt, Dnf, Pacman] {
                assert!(!need.packages(installer).is_empty(), "{} for {installer:?}", need.name);
            }
        }
    }

    #[test]
    fn running_needs_less_than_testing() {
        assert!(Purpose::Test.takes_in(Purpose::Run) && Purpose::Package.takes_in(Purpose::Run));
        assert!(!Purpose::Run.takes_in(Purpose::Test) && !Purpose::Test.takes_in(Purpose::Package));
        assert!(NEEDS.iter().any(|need| need.purpose == Purpose::Test));
    }

    #[test]
    fn an_unknown_program_is_missed() {
        let Ok(shell) = Shell::here() else { return };
        let need = linux("nothing", "", Sign::Program("no-such-program-at-all"), Purpose::Run, &[]);
        assert!(!need.met(&shell));
    }
}
