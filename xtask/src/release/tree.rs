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
    packages: Vec<Package>,
}

impl Tree {
    /// The checkout that this xtask was built from.
    pub(crate) fn here() -> anyhow::Result<Self> {
        Self::at(shell::root())
    }

    pub(crate) fn at(root: &Path) -> anyhow::Result<Self> {
        let packages = packages::read(root)?.into_iter().filter(|package| package.is_published).collect();
        Ok(Self { root: root.to_owned(), packages })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
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
        let tag = package.last_tag(&self.root)?;
        let has_changed = match &tag {
            Some(tag) => self.differs_from(tag, package)?,
            None => true,
        };
        Ok(CrateState {
            name: package.name.clone(),
            version: package.version.clone(),
            dependencies: package.dependencies.clone(),
            asks: changelog::level(&changelog),
            // Its section is there, but not its tag: a release that broke off, which `unpublished` goes on with.
            was_released: tag.is_some() || changelog::has_version(&changelog, &package.version),
            has_changed: has_changed && tag.is_some(),
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
