//! Our flows against an OAuth server that nobody here wrote.

use std::fs;
use std::path::Path;

use crate::conformance::{Row, run_script, text};
use crate::shell;

/// The server's set-up and the flows' program, beside the crate that they judge.
const SCRIPTS: &str = "crates/entra/tests/oidc_provider";

/// Installs the server, which the lock file pins, and runs the flows against it.
pub(crate) fn rows(place: &Path) -> anyhow::Result<Vec<Row>> {
    let home = place.join("oidc-provider");
    fs::create_dir_all(&home)?;
    for file in ["server.mjs", "package.json", "package-lock.json"] {
        fs::copy(shell::root().join(SCRIPTS).join(file), home.join(file))?;
    }
    shell::run(&[], "npm", &["ci", "--prefix", &text(&home), "--no-audit", "--no-fund", "--silent"])?;
    let environment = [("OIDC_PROVIDER", text(&home))];
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Built first, so that its output is the rows alone.
    let test = ["test", "--quiet", "--package", "entra", "--all-features", "--test", "oidc_provider"];
    shell::cargo(&[&test[..], &["--no-run"]].concat())?;
    run_script(&environment, shell::root(), env!("CARGO"), &test)
}
