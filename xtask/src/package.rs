//! `cargo xtask package`: the release as a .deb and an .rpm of the window and of the command line, made without a network, with each
//! .deb weighed and judged by lintian.
//! It must never put anything into a package that is not on the lists in the two manifests below.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::ask::Order;
use crate::desktop::{self, Build};
use crate::linked;
use crate::needs::Purpose;
use crate::page;
use crate::setup;
use crate::shell::{self, Shell};
use crate::trouble::Trouble;

/// What a .deb may weigh: 8 MB.
const MOST: u64 = 8_000_000;

/// What is handed out as one package.
struct Product {
    /// What the system's package manager calls it.
    name: &'static str,
    /// The program in it.
    program: &'static str,
    /// The folder of the manifest whose lists tell what goes into it.
    lists: &'static str,
}

/// The window, and the command line for servers, which have no web view: neither brings the other.
const PRODUCTS: [Product; 2] = [
    Product { name: "footbridge", program: "footbridge-desktop", lists: "src-tauri" },
    Product { name: "footbridge-cli", program: "footbridge", lists: "crates/cli" },
];

/// Builds the release and makes all packages.
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
    for product in &PRODUCTS {
        let program = desktop::binary(shell, Build::Release, product.program);
        if !program.is_file() {
            let path = program.display();
            return Err(Trouble::Missing(format!("{path} is missing; call again without --no-build")));
        }
    }
    let folder = desktop::target(shell).join("package");
    let debs = debs(shell, &folder)?;
    let rpms = rpms(shell, &folder)?;
    // All of them are weighed and judged before one is shown: what is printed can be handed out.
    let weights: Vec<u64> = debs.iter().map(|deb| weigh(deb, MOST)).collect::<Result<_, _>>()?;
    for deb in &debs {
        judge(shell, deb)?;
    }
    println!();
    for (deb, weight) in debs.iter().zip(weights) {
        println!("{} ({weight} bytes of {MOST})", deb.display());
    }
    for rpm in &rpms {
        println!("{}", rpm.display());
    }
    let files: Vec<String> = debs.iter().map(|deb| deb.display().to_string()).collect();
    println!("Try them in a fresh Debian: packaging/linux/try trixie {}", files.join(" "));
    Ok(ExitCode::SUCCESS)
}

/// Makes the .deb of each program that is built, in a folder that is emptied of packages before.
pub fn debs(shell: &Shell, folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    empty(folder)?;
    let out = folder.to_string_lossy();
    let make_one = |product: &Product| {
        let manifest = format!("{}/Cargo.toml", product.lists);
        let words = ["deb", "--manifest-path", &manifest, "--no-build", "--offline", "--output", &out];
        make(shell, &moment(shell), &words)?;
        made(folder, product.name, "deb")
    };
    PRODUCTS.iter().map(make_one).collect()
}

/// Makes the .rpm of each program that is built, beside the .deb.
fn rpms(shell: &Shell, folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let out = folder.to_string_lossy();
    let when = moment(shell);
    let make_one = |product: &Product| {
        let program = desktop::binary(shell, Build::Release, product.program);
        let requires = linked::requirements(shell, &program)?;
        // What the tool would find by itself are the libraries of libraries, too, as this machine happens to have them.
        let words = ["generate-rpm", "--package", product.lists, "--auto-req", "disabled"];
        let told = ["--set-metadata", &requires, "--source-date", &when, "--output", &out];
        make(shell, &when, &[&words[..], &told].concat())?;
        made(folder, product.name, "rpm")
    };
    PRODUCTS.iter().map(make_one).collect()
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

/// The one new package of that name in the folder.
fn made(folder: &Path, name: &str, ending: &str) -> Result<PathBuf, Trouble> {
    let found =
        with_ending(folder, ending).map_err(|cause| Trouble::File { path: folder.to_owned(), cause })?;
    let mut found = found.into_iter().filter(|path| is_of(path, name));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(Trouble::Missing(format!("{} does not hold one new .{ending} of {name}", folder.display()))),
    }
}

/// Whether a file is of the package: its name, then its version, which begins with a digit. One name begins with the other.
fn is_of(path: &Path, name: &str) -> bool {
    let file = path.file_name().map(|file| file.to_string_lossy()).unwrap_or_default();
    let version = file.strip_prefix(name).and_then(|rest| rest.strip_prefix(['_', '-']));
    version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

/// What a package weighs, when it does not weigh too much.
fn weigh(path: &Path, most: u64) -> Result<u64, Trouble> {
    let bytes =
        std::fs::metadata(path).map_err(|cause| Trouble::File { path: path.to_owned(), cause })?.len();
    if bytes > most { Err(Trouble::TooLarge { path: path.to_owned(), bytes, most }) } else { Ok(bytes) }
}

/// The exceptions travel in the package (packaging/linux/*.lintian-overrides), so that whoever judges it sees them too.
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
        assert!(made(&folder.0, "footbridge", "deb").is_err());
        let new = folder.hold("footbridge_0.1.0-1_amd64.deb", 1);
        assert_eq!(made(&folder.0, "footbridge", "deb").unwrap(), new);
        folder.hold("footbridge_0.0.8-1_amd64.deb", 1);
        assert!(made(&folder.0, "footbridge", "deb").is_err());
    }

    #[test]
    fn neither_package_is_taken_for_the_other() {
        let folder = Folder::new("both");
        for (ending, window, command_line) in [
            ("deb", "footbridge_0.1.0-1_amd64.deb", "footbridge-cli_0.1.0-1_amd64.deb"),
            ("rpm", "footbridge-0.1.0-1.x86_64.rpm", "footbridge-cli-0.1.0-1.x86_64.rpm"),
        ] {
            let command_line = folder.hold(command_line, 1);
            assert!(made(&folder.0, "footbridge", ending).is_err());
            let window = folder.hold(window, 1);
            assert_eq!(made(&folder.0, "footbridge", ending).unwrap(), window);
            assert_eq!(made(&folder.0, "footbridge-cli", ending).unwrap(), command_line);
        }
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
        for product in &PRODUCTS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/linux");
            let path = folder.join(format!("{}.lintian-overrides", product.name));
            let list = std::fs::read_to_string(path).unwrap();
            let lines: Vec<&str> = list.lines().filter(|line| !line.trim().is_empty()).collect();
            for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.starts_with('#')) {
                assert!(at > 0 && lines[at - 1].starts_with("# "), "`{line}` has no reason above it");
                assert!(
                    line.starts_with(&format!("{}: ", product.name)) && !line.contains('*'),
                    "`{line}` excepts more than one thing"
                );
            }
        }
    }
}
