//! Publishes what has no tag yet; cargo brings it into order, builds it, uploads it and waits for the index.

use super::tree::Tree;
use crate::packages::Package;
use crate::shell;

pub(crate) fn run(tree: &Tree, packages: &[&Package], registry: Option<&str>) -> anyhow::Result<()> {
    // A release that broke off after some uploads goes on with the others.
    let missing: Vec<&&Package> =
        packages.iter().filter(|package| !is_there(tree, package, registry)).collect();
    if !missing.is_empty() {
        let mut arguments = vec!["publish"];
        match registry {
            // The rehearsal builds the crates from the registry right after this.
            Some(registry) => arguments.extend(["--no-verify", "--registry", registry]),
            None => arguments.push("--locked"),
        }
        for package in &missing {
            arguments.extend(["--package", &package.name]);
        }
        shell::run_in(tree.root(), &[], env!("CARGO"), &arguments)?;
    }
    packages.iter().try_for_each(|package| tree.tag(package))?;
    let tags: Vec<String> =
        packages.iter().map(|package| format!("{} {}", package.name, package.version)).collect();
    shell::title(&format!("published and tagged: {}; push the commit and the tags", tags.join(", ")));
    Ok(())
}

fn is_there(tree: &Tree, package: &Package, registry: Option<&str>) -> bool {
    let wanted = format!("{}@{}", package.name, package.version);
    let arguments = ["info", "--quiet", "--registry", registry.unwrap_or("crates-io"), &wanted];
    // Inside the workspace cargo would describe the package that lies there.
    let outside = tree.root().parent().unwrap_or(tree.root());
    shell::quiet_output(outside, env!("CARGO"), &arguments).is_ok()
}
