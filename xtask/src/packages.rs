//! The workspace's packages, as cargo knows them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package as CargoPackage};
use semver::Version;

use crate::shell;

/// One package of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: Version,
    /// Its folder, absolute.
    pub(crate) folder: PathBuf,
    pub(crate) is_published: bool,
    pub(crate) is_library: bool,
    /// The packages of this workspace that it is built from; not those that only its tests use.
    pub(crate) dependencies: Vec<String>,
    /// Those of them that a feature brings.
    pub(crate) optional: Vec<String>,
}

impl Package {
    /// Returns the tag of its last release, such as `entra-v0.2.0`, and the version, in the checkout at `root`.
    pub(crate) fn last_release(&self, root: &Path) -> anyhow::Result<Option<(String, Version)>> {
        let start = format!("{}-v", self.name);
        let pattern = format!("{start}*");
        let tags = shell::quiet_output(root, "git", &["tag", "--list", &pattern, "--sort=-version:refname"])?;
        let Some(tag) = tags.lines().next() else { return Ok(None) };
        let version = tag.strip_prefix(&start).unwrap_or(tag).parse();
        let version = version.with_context(|| format!("the tag {tag} does not end in a version"))?;
        Ok(Some((tag.to_owned(), version)))
    }
}

/// Reads the packages of the workspace at `root`, each after those that it depends on.
pub(crate) fn read(root: &Path) -> anyhow::Result<Vec<Package>> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    Ok(in_order(
        metadata.workspace_packages().into_iter().map(|package| describe(package, &metadata)).collect(),
    ))
}

/// Returns the folder in which the workspace at `root` is built.
pub(crate) fn target(root: &Path) -> anyhow::Result<PathBuf> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

fn describe(package: &CargoPackage, metadata: &Metadata) -> Package {
    let is_ours = |name: &str| metadata.workspace_packages().iter().any(|ours| ours.name == name);
    let ours: Vec<_> = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development && is_ours(&dependency.name))
        .collect();
    let names = |is_wanted: fn(bool) -> bool| {
        let wanted = ours.iter().filter(|dependency| is_wanted(dependency.optional));
        wanted.map(|dependency| dependency.name.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    Package {
        name: package.name.to_string(),
        version: package.version.clone(),
        folder: package
            .manifest_path
            .parent()
            .map(|folder| folder.as_std_path().to_owned())
            .unwrap_or_default(),
        is_published: package.publish.as_ref().is_none_or(|registries| !registries.is_empty()),
        is_library: package.targets.iter().any(cargo_metadata::Target::is_lib),
        dependencies: names(|_| true),
        optional: names(|is_optional| is_optional),
    }
}

/// Dependencies first; packages that do not depend on each other by name.
fn in_order(mut packages: Vec<Package>) -> Vec<Package> {
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    let mut ordered: Vec<Package> = Vec::new();
    while !packages.is_empty() {
        let is_ready = |package: &Package| {
            package.dependencies.iter().all(|name| ordered.iter().any(|done| done.name == *name))
        };
        // Cargo refuses cycles, so there is always one; the first is a way out rather than a panic.
        let next = packages.iter().position(is_ready).unwrap_or_default();
        let package = packages.remove(next);
        ordered.push(package);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_comes_after_those_that_it_depends_on() {
        let packages = read(shell::root()).expect("metadata");
        let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
        for (place, package) in packages.iter().enumerate() {
            for dependency in &package.dependencies {
                assert!(
                    names[..place].contains(&dependency.as_str()),
                    "{} before {dependency}",
                    package.name
                );
            }
        }
        assert!(names.contains(&"credential") && names.contains(&"azcred"), "{names:?}");
    }
}
