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
    let own =
        |path: &str| !path.contains("/tests/") && !path.contains("/examples/") && !path.contains("/openers/");
    sources()
        .into_iter()
        .filter(|s| s.is(".rs") && rooms(&s.path) && own(&s.path) && !tests_only(&s.path))
        .collect()
}

/// A file that exists only under `cfg(test)`.
fn tests_only(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "tests.rs" || name.ends_with("_tests.rs")
}

const NOT_OURS: &[&str] =
    &["target", "node_modules", "dist", "gen", ".git", "coverage", "proptest-regressions"];

fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() {
            if !NOT_OURS.contains(&name.as_str()) {
                walk(root, &path, found);
            }
            continue;
        }
        // What is no UTF-8 is a picture or an archive.
        if let Ok(text) = std::fs::read_to_string(&path) {
            let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            found.push(Source { path, text });
        }
    }
}
