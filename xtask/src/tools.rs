//! Cargo's helpers from the registry, installed under the target folder: nothing on the machine changes.

use std::env::consts::EXE_EXTENSION;
use std::path::PathBuf;

use crate::shell;

/// A program that cargo can install.
pub(crate) struct Tool {
    package: &'static str,
    version: &'static str,
}

pub(crate) const CARGO_HACK: Tool = Tool { package: "cargo-hack", version: "0.6.46" };
pub(crate) const CARGO_FUZZ: Tool = Tool { package: "cargo-fuzz", version: "0.13.2" };
pub(crate) const CARGO_DENY: Tool = Tool { package: "cargo-deny", version: "0.20.2" };
pub(crate) const CARGO_SEMVER_CHECKS: Tool = Tool { package: "cargo-semver-checks", version: "0.51.0" };
pub(crate) const CARGO_HTTP_REGISTRY: Tool = Tool { package: "cargo-http-registry", version: "0.1.8" };

impl Tool {
    /// Returns the program's path; installs it first when this version is not there.
    pub(crate) fn ready(&self) -> anyhow::Result<String> {
        let place = shell::target_folder()?.join("tools").join(format!("{}-{}", self.package, self.version));
        let program: PathBuf = place.join("bin").join(self.package).with_extension(EXE_EXTENSION);
        // Cargo puts it there when it is whole.
        if !program.exists() {
            let build = shell::target_folder()?.join("tools").join("build");
            let (place, build) = (place.to_string_lossy(), build.to_string_lossy());
            let wanted = format!("{}@{}", self.package, self.version);
            shell::cargo(&[
                "install",
                "--debug",
                "--locked",
                "--root",
                &place,
                "--target-dir",
                &build,
                &wanted,
            ])?;
        }
        Ok(program.to_string_lossy().into_owned())
    }
}
