//! The project's own files, found by walking; build output and installed packages are not the project's.

use std::path::{Path, PathBuf};

/// One text file: its path from the root with forward slashes, and its text.
#[derive(Debug, Clone)]
pub struct Source {
    /// Path from the project's root.
    pub path: String,
    /// Whole text.
    pub text: String,
}

impl Source {
    /// A planted file for a control.
    pub fn planted(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Whether the name ends like this.
    pub fn is(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
    }
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every text file of the project.
pub fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), &root(), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 20, "the walk found only {} files", found.len());
    found
}

/// The Rust files of the product: rooms, shell and xtask, without the tests' own crate.
pub fn product() -> Vec<Source> {
    let rooms = |path: &str| ["crates/", "src-tauri/", "xtask/"].iter().any(|room| path.starts_with(room));
    let aside = |path: &str| {
        ["/tests/", "/benches/", "/examples/", "/openers/"].iter().any(|folder| path.contains(folder))
    };
    let mut found: Vec<Source> = sources().into_iter().filter(|s| s.is(".rs") && rooms(&s.path)).collect();
    let tests: Vec<String> = found.iter().flat_map(test_files).collect();
    found.retain(|s| {
        !aside(&s.path)
            && !tests.iter().any(|t| s.path == format!("{t}.rs") || s.path.starts_with(&format!("{t}/")))
    });
    found
}

/// The paths, without ending, of modules that a file declares under `cfg(test)`.
fn test_files(source: &Source) -> Vec<String> {
    let (folder, name) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
    let stem = name.trim_end_matches(".rs");
    let home =
        if ["lib", "main", "mod"].contains(&stem) { folder.to_owned() } else { format!("{folder}/{stem}") };
    let mut found = Vec::new();
    for after in source.text.split("#[cfg(test)]").skip(1) {
        let item = after.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("#["));
        let module = item.and_then(|line| line.rsplit("mod ").next()?.strip_suffix(';'));
        found.extend(
            module
                .filter(|m| m.chars().all(|c| c.is_alphanumeric() || c == '_'))
                .map(|m| format!("{home}/{m}")),
        );
    }
    found
}

#[test]
fn house_tree_knows_files_that_only_tests_see() {
    let text = "mod a;\n#[cfg(test)]\n#[allow(x)]\nmod hostile;\n#[cfg(test)]\nmod tests {\n}\n";
    assert_eq!(test_files(&Source::planted("crates/b/src/lib.rs", text)), ["crates/b/src/hostile"]);
    assert_eq!(test_files(&Source::planted("crates/b/src/c.rs", text)), ["crates/b/src/c/hostile"]);
}

const NOT_OURS: &[&str] =
    &["target", "node_modules", "dist", "gen", ".git", "coverage", "proptest-regressions"];

fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        // In a second working tree of the same repository `.git` is a file.
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            walk(root, &path, found);
            continue;
        }
        // What is no UTF-8 is a picture or an archive.
        if let Ok(text) = std::fs::read_to_string(&path) {
            let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            found.push(Source { path, text });
        }
    }
}
