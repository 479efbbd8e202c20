//! A copy of the project's files below `target`, to be changed at will. It must never be built into the folder that the
//! tree itself is built into: nobody may take a weakened program for a real one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::shell::Shell;
use crate::trouble::Trouble;

/// The copy, from the project's root.
pub const TREE: &str = "target/weakened/tree";

/// Where the copy is built, from the project's root.
const BUILT: &str = "target/weakened/build";

/// What the window shows is built, not committed, and needed to compile the window.
const PAGE: &str = "ui/dist";

/// Where the copy is built.
pub fn built(shell: &Shell) -> PathBuf {
    shell.root.join(BUILT)
}

/// Makes the copy equal to the tree; a file that is equal already keeps its age, so that little is built anew.
pub fn lay(shell: &Shell) -> Result<(), Trouble> {
    let listed = shell
        .answer("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .ok_or_else(|| Trouble::Missing("git does not list the project's files".into()))?;
    let mut wanted: BTreeSet<PathBuf> =
        listed.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from).collect();
    walk(&shell.root, Path::new(PAGE), &mut wanted);
    wanted.retain(|path| shell.root.join(path).is_file());
    let tree = shell.root.join(TREE);
    for path in &wanted {
        same(&shell.root.join(path), &tree.join(path))?;
    }
    let mut there = BTreeSet::new();
    walk(&tree, Path::new(""), &mut there);
    for path in there.difference(&wanted) {
        let path = tree.join(path);
        std::fs::remove_file(&path).map_err(|cause| Trouble::File { path, cause })?;
    }
    Ok(())
}

fn same(from: &Path, to: &Path) -> Result<(), Trouble> {
    let wanted = std::fs::read(from).map_err(|cause| Trouble::File { path: from.to_owned(), cause })?;
    if std::fs::read(to).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    let folder = to.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::copy(from, to).map(drop))
        .map_err(|cause| Trouble::File { path: to.to_owned(), cause })
}

/// The files below `root`/`folder`, by their paths from `root`.
fn walk(root: &Path, folder: &Path, found: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return };
    for entry in entries.flatten() {
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            walk(root, &path, found);
        } else {
            found.insert(path);
        }
    }
}
