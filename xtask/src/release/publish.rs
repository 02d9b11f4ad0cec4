//! Publishes what has no tag yet; cargo brings it into order, builds it, uploads it and waits for the index.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::named;
use super::tree::Tree;
use crate::packages::Package;
use crate::shell;

/// Where the uploaded archives are kept, in the target folder, so that they can be attested.
pub(super) const RELEASED: &str = "released";

pub(super) fn run(tree: &Tree, packages: &[&Package], registry: Option<&str>) -> anyhow::Result<()> {
    // A release that broke off after some uploads goes on with the others.
    let missing: Vec<&Package> =
        packages.iter().filter(|package| !is_there(tree, package, registry)).copied().collect();
    if !missing.is_empty() {
        upload(tree, &missing, registry)?;
    }
    packages.iter().try_for_each(|package| tree.tag(package))?;
    shell::title(&format!("published and tagged: {}; push the commit and the tags", named(packages)));
    Ok(())
}

/// Uploads packages that are not there yet.
pub(super) fn upload(tree: &Tree, packages: &[&Package], registry: Option<&str>) -> anyhow::Result<()> {
    let mut arguments = vec!["publish"];
    match registry {
        // The rehearsal builds the crates from the registry right after this.
        Some(registry) => arguments.extend(["--no-verify", "--registry", registry]),
        None => arguments.push("--locked"),
    }
    for package in packages {
        arguments.extend(["--package", &package.name]);
    }
    shell::run_in(tree.root(), &[], env!("CARGO"), &arguments)?;
    packages.iter().try_for_each(|package| keep(tree.target(), package))
}

fn is_there(tree: &Tree, package: &Package, registry: Option<&str>) -> bool {
    let wanted = format!("{}@{}", package.name, package.version);
    let arguments = ["info", "--quiet", "--registry", registry.unwrap_or("crates-io"), &wanted];
    // Inside the workspace cargo would describe the package that lies there.
    let outside = tree.root().parent().unwrap_or(tree.root());
    shell::quiet_output(outside, env!("CARGO"), &arguments).is_ok()
}

/// Keeps an uploaded archive. Where cargo makes it differs from one version of cargo to the next.
fn keep(target: &Path, package: &Package) -> anyhow::Result<()> {
    let name = format!("{}-{}.crate", package.name, package.version);
    let made = find(&target.join("package"), &name)?;
    let made =
        made.with_context(|| format!("cargo has uploaded {name}, but left it nowhere in target/package"))?;
    fs::create_dir_all(target.join(RELEASED))?;
    fs::copy(made, target.join(RELEASED).join(name))?;
    Ok(())
}

/// Looks for a file in a folder and in those within.
fn find(folder: &Path, name: &str) -> anyhow::Result<Option<PathBuf>> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with(name) {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}
