//! `cargo xtask api`: the public surface of each library as text, so that a review shows what a change does to it.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;

use crate::fresh::{self, Mode};
use crate::packages::{self, Package};
use crate::shell;

/// The surface of a library, in its folder.
const FILE: &str = "public-api.txt";

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Fail when a committed file is not what the code says, instead of writing it.
    #[arg(long)]
    check: bool,
}

impl Options {
    pub(crate) fn check() -> Self {
        Self { check: true }
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mode = if options.check { Mode::Check } else { Mode::Write };
    let target = shell::target_folder()?.join("api");
    describe_all(&target)?;
    let libraries = packages::read(shell::root())?;
    for library in libraries.iter().filter(|package| package.is_library && package.is_published) {
        let file = format!("crates/{}/{FILE}", library.name);
        fresh::keep(&file, &surface(library, &target)?, mode, "cargo xtask api")?;
    }
    Ok(())
}

/// Has rustdoc describe every crate as JSON, which the stable compiler keeps behind a switch. The switch is part of what
/// build scripts look at, so this has a target folder of its own. `docsrs` is what docs.rs sets: the crates must build with it.
fn describe_all(target: &Path) -> anyhow::Result<()> {
    let environment = [
        ("RUSTC_BOOTSTRAP", "1"),
        ("RUSTDOCFLAGS", "--cfg docsrs -Z unstable-options --output-format json --cap-lints allow"),
    ];
    let target = target.to_string_lossy();
    let arguments =
        ["doc", "--workspace", "--lib", "--all-features", "--no-deps", "--locked", "--target-dir", &target];
    shell::cargo_with(&environment, &arguments)
}

fn surface(library: &Package, target: &Path) -> anyhow::Result<String> {
    let json = target.join("doc").join(format!("{}.json", library.name.replace('-', "_")));
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .with_context(|| {
            format!(
                "the surface of `{}` could not be read: rustdoc's JSON changes from one compiler to the next, and the one that \
                 CI uses is named in .github/workflows/ci.yml",
                library.name
            )
        })?;
    let mut text = format!(
        "# The public surface of `{}` with all features. Written by `cargo xtask api`.\n\n",
        library.name
    );
    for item in api.items() {
        writeln!(text, "{item}")?;
    }
    Ok(text)
}
