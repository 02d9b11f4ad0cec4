//! Writes new versions into manifests, changelogs and the lock file.

use std::path::Path;

use toml_edit::{DocumentMut, value};

use super::changelog;
use super::plan::{Plan, Step};
use super::tree::Tree;
use crate::packages::Package;
use crate::{fresh, shell};

/// Raises every crate of the plan. Requirements on a raised crate rise with it, so that whoever is published next to it
/// is built with what it was tested with.
pub(crate) fn raise(tree: &Tree, plan: &Plan) -> anyhow::Result<()> {
    let date = tree.date()?;
    for step in plan.steps() {
        let Some(package) = tree.packages().iter().find(|package| package.name == step.name) else {
            continue;
        };
        raise_crate(tree, package, step, &date)?;
    }
    let manifest = tree.root().join("Cargo.toml");
    fresh::write(&manifest, &with_requirements(&fresh::read_file(&manifest)?, plan.steps())?)?;
    update_lock(tree.root())
}

/// Brings the lock file in line with the manifests, and touches nothing else in it.
pub(crate) fn update_lock(root: &Path) -> anyhow::Result<()> {
    shell::quiet_output(root, env!("CARGO"), &["update", "--workspace", "--quiet"]).map(drop)
}

fn raise_crate(tree: &Tree, package: &Package, step: &Step, date: &str) -> anyhow::Result<()> {
    let manifest = package.folder.join("Cargo.toml");
    let mut document: DocumentMut = fresh::read_file(&manifest)?.parse()?;
    document["package"]["version"] = value(step.to.to_string());
    let log = changelog::release(&tree.changelog(package)?, &step.to, date, step.extra.as_deref());
    fresh::write(&manifest, &document.to_string())?;
    fresh::write(&package.folder.join("CHANGELOG.md"), &log)
}

/// Raises the requirements in `[workspace.dependencies]`.
fn with_requirements(manifest: &str, steps: &[Step]) -> anyhow::Result<String> {
    let mut document: DocumentMut = manifest.parse()?;
    for step in steps {
        if let Some(requirement) = document["workspace"]["dependencies"].get_mut(&step.name) {
            requirement["version"] = value(step.to.to_string());
        }
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;

    #[test]
    fn requirements_rise_and_everything_else_stays() {
        let manifest = "[workspace.dependencies]\n# The family.\ncore = { path = \"crates/core\", version = \"0.1.0\" }\nhttp = \"1\"\n";
        let step = Step {
            name: "core".to_owned(),
            from: Version::new(0, 1, 0),
            to: Version::new(0, 2, 0),
            why: String::new(),
            entries: String::new(),
            extra: None,
        };
        assert_eq!(
            with_requirements(manifest, &[step]).expect("a manifest"),
            manifest.replace("version = \"0.1.0\"", "version = \"0.2.0\"")
        );
    }
}
