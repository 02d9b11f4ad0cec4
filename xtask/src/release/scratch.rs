//! A copy of the tree to rehearse in, and changes to it.

use std::fs;
use std::path::Path;

use super::tree::Tree;
use crate::packages::Package;
use crate::{fresh, shell};

/// Clones the last commit, without its tags, into `root`; a former copy goes.
pub(crate) fn copy(root: &Path) -> anyhow::Result<Tree> {
    if root.exists() {
        fs::remove_dir_all(root)?;
    }
    let (from, to) = (shell::root().to_string_lossy(), root.to_string_lossy());
    shell::quiet_output(shell::root(), "git", &["clone", "--quiet", "--no-tags", &from, &to])?;
    for (key, value) in [("user.name", "rehearsal"), ("user.email", "rehearsal@localhost")] {
        shell::quiet_output(root, "git", &["config", key, value])?;
    }
    Tree::at(root)
}

/// Changes the root of a crate, says so in its changelog, and commits both.
pub(crate) fn change(
    tree: &Tree,
    package: &Package,
    source: impl FnOnce(&str) -> String,
    entry: &str,
) -> anyhow::Result<()> {
    let (file, log) = (package.folder.join("src/lib.rs"), package.folder.join("CHANGELOG.md"));
    fresh::write(&file, &source(&fresh::read_file(&file)?))?;
    let text = tree.changelog(package)?;
    fresh::write(&log, &text.replacen("## Unreleased\n", &format!("## Unreleased\n\n{entry}\n"), 1))?;
    tree.commit("Change a thing")
}
