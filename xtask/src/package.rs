//! `cargo xtask package`: the release as a .deb and an .rpm, made without a network, with the .deb weighed and judged by lintian.
//! It must never put anything into a package that is not on the lists in src-tauri/Cargo.toml.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::ask::Order;
use crate::desktop::{self, Build};
use crate::needs::Purpose;
use crate::page;
use crate::setup;
use crate::shell::{self, Shell};
use crate::trouble::Trouble;

/// What a .deb may weigh: 8 MB.
const MOST: u64 = 8_000_000;

/// The manifest whose lists tell what goes into a package.
const LISTS: &str = "src-tauri";

/// Builds the release and makes both packages.
pub fn package(shell: &mut Shell, order: &Order) -> Result<ExitCode, Trouble> {
    if !cfg!(target_os = "linux") {
        return Err(Trouble::Missing(
            "packages for Linux are made on Linux; for this system's installer see .github/workflows/release.yml".into(),
        ));
    }
    setup::prepare(shell, order, Purpose::Package)?;
    if !order.built {
        page::build(shell)?;
        desktop::build(shell, Build::Release, order.unattended)?;
    }
    for name in ["footbridge-desktop", "footbridge"] {
        let program = desktop::binary(shell, Build::Release, name);
        if !program.is_file() {
            let path = program.display();
            return Err(Trouble::Missing(format!("{path} is missing; call again without --no-build")));
        }
    }
    let folder = desktop::target(shell).join("package");
    let deb = deb(shell, &folder)?;
    let out = folder.to_string_lossy().into_owned();
    let when = moment(shell);
    // The dependencies are read with what the tool brings: the same on every machine.
    make(
        shell,
        &when,
        &[
            "generate-rpm",
            "--package",
            LISTS,
            "--auto-req",
            "builtin",
            "--source-date",
            &when,
            "--output",
            &out,
        ],
    )?;
    let rpm = made(&folder, "rpm")?;
    let weight = weigh(&deb, MOST)?;
    judge(shell, &deb)?;
    println!("\n{} ({weight} bytes of {MOST})\n{}", deb.display(), rpm.display());
    println!("Try it in a fresh Debian: packaging/linux/try trixie {}", deb.display());
    Ok(ExitCode::SUCCESS)
}

/// Makes the .deb of the programs that are built, in a folder that is emptied of packages before.
pub fn deb(shell: &Shell, folder: &Path) -> Result<PathBuf, Trouble> {
    empty(folder)?;
    let out = folder.to_string_lossy();
    let words = ["deb", "--package", "footbridge-desktop", "--no-build", "--offline", "--output", &out];
    make(shell, &moment(shell), &words)?;
    made(folder, "deb")
}

/// The time that files in a package bear: that of the last commit, so that the same commit gives the same package.
fn moment(shell: &Shell) -> String {
    let told = std::env::var("SOURCE_DATE_EPOCH").ok();
    let commit = || shell.answer("git", &["log", "-1", "--format=%ct"]);
    let text = told.or_else(commit).unwrap_or_default();
    if text.trim().parse::<u64>().is_ok() { text.trim().to_owned() } else { "0".to_owned() }
}

fn make(shell: &Shell, when: &str, words: &[&str]) -> Result<(), Trouble> {
    let mut command = shell.command("", "cargo", words);
    command.env("SOURCE_DATE_EPOCH", when);
    shell::finish(command)
}

/// Removes the packages of an earlier run, so that none of them is taken for a new one.
fn empty(folder: &Path) -> Result<(), Trouble> {
    let trouble = |cause| Trouble::File { path: folder.to_owned(), cause };
    std::fs::create_dir_all(folder).map_err(trouble)?;
    for ending in ["deb", "rpm"] {
        for path in with_ending(folder, ending).map_err(trouble)? {
            std::fs::remove_file(&path).map_err(|cause| Trouble::File { path, cause })?;
        }
    }
    Ok(())
}

fn with_ending(folder: &Path, ending: &str) -> std::io::Result<Vec<PathBuf>> {
    let paths: Result<Vec<PathBuf>, _> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect();
    Ok(paths?.into_iter().filter(|path| path.extension().is_some_and(|other| other == ending)).collect())
}

fn made(folder: &Path, ending: &str) -> Result<PathBuf, Trouble> {
    let mut found = with_ending(folder, ending)
        .map_err(|cause| Trouble::File { path: folder.to_owned(), cause })?
        .into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(Trouble::Missing(format!("{} does not hold one new .{ending}", folder.display()))),
    }
}

fn weigh(path: &Path, most: u64) -> Result<u64, Trouble> {
    let bytes =
        std::fs::metadata(path).map_err(|cause| Trouble::File { path: path.to_owned(), cause })?.len();
    if bytes > most { Err(Trouble::TooLarge { path: path.to_owned(), bytes, most }) } else { Ok(bytes) }
}

/// The exceptions travel in the package (packaging/linux/lintian-overrides), so that whoever judges it sees them too.
fn judge(shell: &Shell, deb: &Path) -> Result<(), Trouble> {
    if shell.find("lintian").is_none() {
        println!("\nlintian is not to be had on this system; the package was not judged.");
        return Ok(());
    }
    let deb = deb.to_string_lossy();
    let strict = ["--fail-on", "error,warning", "--info", "--allow-root"];
    shell.run("", "lintian", &[&strict[..], &[&deb]].concat())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A folder of its own that goes with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("footbridge-package-{name}-{}", std::process::id()));
            empty(&path).unwrap();
            Self(path)
        }

        fn hold(&self, name: &str, bytes: usize) -> PathBuf {
            let path = self.0.join(name);
            std::fs::write(&path, vec![0; bytes]).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // What stays behind is in the system's folder for such things.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_package_of_an_earlier_run_is_not_taken_for_a_new_one() {
        let folder = Folder::new("old");
        let old = folder.hold("footbridge_0.0.9-1_amd64.deb", 1);
        let other = folder.hold("SHA256SUMS", 1);
        empty(&folder.0).unwrap();
        assert!(!old.exists() && other.exists());
        assert!(made(&folder.0, "deb").is_err());
        let new = folder.hold("footbridge_0.1.0-1_amd64.deb", 1);
        assert_eq!(made(&folder.0, "deb").unwrap(), new);
        folder.hold("another.deb", 1);
        assert!(made(&folder.0, "deb").is_err());
    }

    #[test]
    fn a_package_may_weigh_so_much_and_no_more() {
        let folder = Folder::new("weight");
        let file = folder.hold("a.deb", 100);
        assert_eq!(weigh(&file, 100).unwrap(), 100);
        let trouble = weigh(&file, 99).unwrap_err().to_string();
        assert!(trouble.contains("100 bytes and may have 99"), "{trouble}");
    }

    #[test]
    fn each_exception_of_lintian_has_its_reason() {
        let list = include_str!("../../packaging/linux/lintian-overrides");
        let lines: Vec<&str> = list.lines().filter(|line| !line.trim().is_empty()).collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            assert!(at > 0 && lines[at - 1].starts_with("# "), "`{line}` has no reason above it");
            assert!(
                line.starts_with("footbridge: ") && !line.contains('*'),
                "`{line}` excepts more than one thing"
            );
        }
    }
}
