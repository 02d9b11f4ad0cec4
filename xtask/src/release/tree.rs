//! The tree that is released, as git and cargo see it.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::changelog;
use super::plan::{CrateState, Plan};
use crate::packages::{self, Package};
use crate::{fresh, shell};

/// A checkout of the workspace.
pub(crate) struct Tree {
    root: PathBuf,
    target: PathBuf,
    packages: Vec<Package>,
}

impl Tree {
    /// The checkout that this xtask was built from.
    pub(crate) fn here() -> anyhow::Result<Self> {
        Self::at(shell::root())
    }

    pub(crate) fn at(root: &Path) -> anyhow::Result<Self> {
        let packages = packages::read(root)?.into_iter().filter(|package| package.is_published).collect();
        Ok(Self { root: root.to_owned(), target: packages::target(root)?, packages })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds it.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// What is published of it, dependencies first.
    pub(crate) fn packages(&self) -> &[Package] {
        &self.packages
    }

    pub(crate) fn plan(&self) -> anyhow::Result<Plan> {
        let states =
            self.packages.iter().map(|package| self.state(package)).collect::<anyhow::Result<Vec<_>>>()?;
        Plan::new(&states)
    }

    fn state(&self, package: &Package) -> anyhow::Result<CrateState> {
        let changelog = self.changelog(package)?;
        let last = package.last_release(&self.root)?;
        let has_changed = match &last {
            Some((tag, _)) => self.differs_from(tag, package)?,
            None => false,
        };
        Ok(CrateState {
            name: package.name.clone(),
            version: package.version.clone(),
            dependencies: package.dependencies.clone(),
            asks: changelog::level(&changelog),
            entries: changelog::unreleased(&changelog).to_owned(),
            // Its section is there, but not its tag: a release that broke off, which `unpublished` goes on with.
            was_released: last.is_some() || changelog::has_version(&changelog, &package.version),
            has_changed,
        })
    }

    /// Versions that were raised and have no tag yet.
    pub(crate) fn unpublished(&self) -> anyhow::Result<Vec<&Package>> {
        let mut found = Vec::new();
        for package in &self.packages {
            let is_raised = changelog::has_version(&self.changelog(package)?, &package.version);
            if is_raised && self.git(&["tag", "--list", &tag(package)])?.trim().is_empty() {
                found.push(package);
            }
        }
        Ok(found)
    }

    pub(crate) fn refuse_when_dirty(&self) -> anyhow::Result<()> {
        let changes = self.git(&["status", "--porcelain"])?;
        if !changes.is_empty() {
            bail!("a release is made from what is committed: commit or put away these first\n{changes}");
        }
        Ok(())
    }

    pub(crate) fn commit(&self, subject: &str) -> anyhow::Result<()> {
        self.git(&["add", "--update"])?;
        self.git(&["commit", "--quiet", "--message", subject]).map(drop)
    }

    pub(crate) fn tag(&self, package: &Package) -> anyhow::Result<()> {
        let name = tag(package);
        self.git(&["tag", "--annotate", "--message", &name, &name]).map(drop)
    }

    /// The day of the last commit: a release that is run again has the same date.
    pub(crate) fn date(&self) -> anyhow::Result<String> {
        Ok(self.git(&["log", "-1", "--format=%cs"])?.trim().to_owned())
    }

    pub(crate) fn changelog(&self, package: &Package) -> anyhow::Result<String> {
        fresh::read_file(&package.folder.join("CHANGELOG.md"))
    }

    /// Tests and benchmarks are not what users build.
    fn differs_from(&self, tag: &str, package: &Package) -> anyhow::Result<bool> {
        let folder = package.folder.strip_prefix(&self.root).unwrap_or(&package.folder);
        let (source, manifest) = (folder.join("src"), folder.join("Cargo.toml"));
        let paths = [source.to_string_lossy(), manifest.to_string_lossy()];
        let changed = self.git(&["diff", "--name-only", tag, "HEAD", "--", &paths[0], &paths[1]])?;
        Ok(!changed.trim().is_empty())
    }

    fn git(&self, arguments: &[&str]) -> anyhow::Result<String> {
        shell::quiet_output(&self.root, "git", arguments)
    }
}

/// Such as `entra-v0.2.0`.
fn tag(package: &Package) -> String {
    format!("{}-v{}", package.name, package.version)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::release::versions;

    /// A workspace of two crates, `large` over `small`, committed once.
    fn workspace() -> TempDir {
        let folder = TempDir::new().expect("a folder");
        let manifest = |name: &str, rest: &str| {
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{rest}"
            )
        };
        let file = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fresh::write(&path, text).expect("a file");
        };
        let members = "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n\n[workspace.dependencies]\n";
        file("Cargo.toml", &format!("{members}small = {{ path = \"crates/small\", version = \"0.1.0\" }}\n"));
        file(".gitignore", "target\n");
        for (name, rest) in [("small", ""), ("large", "small.workspace = true\n")] {
            file(&format!("crates/{name}/Cargo.toml"), &manifest(name, rest));
            file(&format!("crates/{name}/src/lib.rs"), "");
            file(&format!("crates/{name}/CHANGELOG.md"), "# Changelog\n\n## Unreleased\n\n- First.\n");
        }
        versions::update_lock(folder.path()).expect("a lock file");
        let git = |arguments: &[&str]| shell::quiet_output(folder.path(), "git", arguments).expect("git");
        git(&["init", "--quiet"]);
        git(&["config", "user.name", "test"]);
        git(&["config", "user.email", "test@localhost"]);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", "Begin"]);
        folder
    }

    fn at(folder: &TempDir) -> Tree {
        Tree::at(&folder.path().canonicalize().expect("a folder")).expect("a tree")
    }

    fn planned(tree: &Tree) -> Vec<String> {
        let plan = tree.plan().expect("a plan");
        plan.steps().iter().map(|step| format!("{} {}", step.name, step.to)).collect()
    }

    fn left(tree: &Tree) -> Vec<String> {
        let left = tree.unpublished().expect("a list");
        left.iter().map(|package| format!("{} {}", package.name, package.version)).collect()
    }

    fn append(tree: &Tree, path: &str, text: &str) {
        let file = tree.root().join(path);
        fresh::write(&file, &format!("{}{text}", fresh::read_file(&file).unwrap_or_default()))
            .expect("a file");
    }

    #[test]
    fn a_tree_that_is_not_committed_is_refused_by_name() {
        let folder = workspace();
        let tree = at(&folder);
        tree.refuse_when_dirty().expect("all is committed");
        append(&tree, "crates/small/src/new.rs", "");
        let error = tree.refuse_when_dirty().expect_err("a new file").to_string();
        assert!(error.contains("commit or put away") && error.contains("crates/small/src/new.rs"), "{error}");
    }

    #[test]
    fn a_release_goes_on_wherever_it_broke_off() {
        let folder = workspace();
        let tree = at(&folder);
        assert_eq!(
            (planned(&tree), left(&tree).len()),
            (vec!["small 0.1.0".to_owned(), "large 0.1.0".to_owned()], 0)
        );

        crate::release::raise(&tree, &tree.plan().expect("a plan")).expect("raised");
        let tree = at(&folder);
        tree.refuse_when_dirty().expect("what is raised is committed");
        assert_eq!(
            (planned(&tree).len(), left(&tree)),
            (0, vec!["small 0.1.0".to_owned(), "large 0.1.0".to_owned()])
        );

        tree.tag(&tree.packages()[0]).expect("tagged");
        assert_eq!((planned(&tree).len(), left(&tree)), (0, vec!["large 0.1.0".to_owned()]));
        tree.tag(&tree.packages()[1]).expect("tagged");
        assert_eq!((planned(&tree).len(), left(&tree).len()), (0, 0));
    }

    #[test]
    fn a_later_release_raises_manifest_requirement_and_changelog() {
        let folder = workspace();
        let tree = at(&folder);
        crate::release::raise(&tree, &tree.plan().expect("a plan")).expect("raised");
        tree.packages().iter().for_each(|package| tree.tag(package).expect("tagged"));

        append(&tree, "crates/small/src/lib.rs", "//! More.\n");
        tree.commit("Say more").expect("committed");
        let error = tree.plan().err().expect("no entry").to_string();
        assert!(error.ends_with("says how: small"), "{error}");

        let log = tree.changelog(&tree.packages()[0]).expect("a changelog");
        let log = log.replace("## Unreleased\n", "## Unreleased\n\n- Breaking: more.\n");
        fresh::write(&tree.root().join("crates/small/CHANGELOG.md"), &log).expect("a file");
        tree.commit("Note it").expect("committed");
        assert_eq!(planned(&tree), ["small 0.2.0", "large 0.2.0"]);
        crate::release::raise(&tree, &tree.plan().expect("a plan")).expect("raised");

        let read = |path: &str| fresh::read_file(&tree.root().join(path)).expect("a file");
        assert!(read("Cargo.toml").contains("version = \"0.2.0\""));
        assert!(read("crates/large/Cargo.toml").contains("version = \"0.2.0\""));
        assert!(read("crates/large/CHANGELOG.md").contains("- Breaking: uses `small` 0.2.0.\n"));
        assert_eq!(left(&at(&folder)), ["small 0.2.0", "large 0.2.0"]);
    }
}
