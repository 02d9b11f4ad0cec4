//! `cargo xtask msrv`: no dependency asks for a newer compiler than the manifests promise.

use anyhow::bail;
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};
use semver::Version;

use crate::shell;

pub(crate) fn run() -> anyhow::Result<()> {
    let metadata = MetadataCommand::new()
        .current_dir(shell::root())
        .features(CargoOpt::AllFeatures)
        .other_options(vec!["--locked".to_owned()])
        .exec()?;
    let Some(promised) = promise(&metadata) else {
        bail!(
            "no package of the workspace names a rust-version: set it in [workspace.package] of Cargo.toml"
        );
    };
    let newer: Vec<String> = metadata
        .packages
        .iter()
        .filter_map(|package| Some((package, package.rust_version.as_ref()?)))
        .filter(|(_, needed)| **needed > promised)
        .map(|(package, needed)| format!("{} {} needs Rust {needed}", package.name, package.version))
        .collect();
    if !newer.is_empty() {
        bail!(
            "the manifests promise Rust {promised}, but {}: pin an older version of each, or raise `rust-version`",
            newer.join(", ")
        );
    }
    shell::title(&format!(
        "{} packages build with Rust {promised} by their own word",
        metadata.packages.len()
    ));
    Ok(())
}

fn promise(metadata: &Metadata) -> Option<Version> {
    metadata.workspace_packages().iter().filter_map(|package| package.rust_version.clone()).min()
}
