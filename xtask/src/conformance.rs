//! `cargo xtask conformance`: official Microsoft SDKs, unmodified, judge the emulator.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::fresh::{self, Mode};
use crate::requirements::{self, CHROMIUM, NODE, NPM, PYTHON};
use crate::shell::{self, Background};

/// What the SDKs run, beside the emulator's own tests.
const SCRIPTS: &str = "crates/credential-emulator/tests/conformance";
/// Where they are installed and run.
const PLACE: &str = "target/conformance";
/// The page that shows how it went.
const PAGE: &str = "docs/conformance.md";

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Fail when docs/conformance.md is not what this run finds, instead of writing it.
    #[arg(long)]
    check: bool,
    /// Do not install system packages; say what is missing instead.
    #[arg(long)]
    no_install: bool,
}

impl Options {
    pub(crate) fn check() -> Self {
        Self { check: true, no_install: false }
    }
}

/// What one SDK found of one operation.
#[derive(Deserialize)]
struct Row {
    client: String,
    operation: String,
    passed: bool,
    note: String,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    requirements::meet(&[PYTHON, NODE, NPM, CHROMIUM], !options.no_install)?;
    shell::cargo(&["build", "--package", "credential-emulator", "--package", "azcred"])?;
    let place = shell::root().join(PLACE);
    let python = install_python(&place)?;
    install_node(&place)?;
    let rust = build_rust(&place)?;

    let ca = place.join("ca.pem");
    let emulator = start_emulator(&ca)?;
    let environment = [
        ("EMULATOR", emulator.first_line()),
        ("REQUESTS_CA_BUNDLE", &text(&ca)),
        ("SSL_CERT_FILE", &text(&ca)),
        ("NODE_EXTRA_CA_CERTS", &text(&ca)),
    ];
    let scripts = shell::root().join(SCRIPTS);
    let mut rows =
        run_script(&environment, &place, &text(&python), &[&text(&scripts.join("conformance.py"))])?;
    rows.extend(run_script(
        &environment,
        &place.join("node"),
        "node",
        &[&text(&scripts.join("conformance.mjs"))],
    )?);
    // The Rust crates read their process's environment at no other time.
    let identity = app_service(emulator.first_line())?;
    let environment: Vec<(&str, &str)> = environment
        .into_iter()
        .chain([("IDENTITY_ENDPOINT", identity.0.as_str()), ("IDENTITY_HEADER", identity.1.as_str())])
        .collect();
    rows.extend(run_script(&environment, &place, &text(&rust), &[])?);
    rows.extend(run_browser(emulator.first_line(), &ca, &place)?);
    drop(emulator);
    report(&rows, options.check)
}

/// A person's browser, which opens the pages of the emulator and of azcred.
fn run_browser(emulator: &str, ca: &Path, place: &Path) -> anyhow::Result<Vec<Row>> {
    let azcred = shell::target_folder()?.join("debug/azcred");
    let environment = [
        ("EMULATOR", emulator),
        ("CA_FILE", &text(ca)),
        ("AZCRED", &text(&azcred)),
        ("CHROMIUM", "/usr/bin/chromium"),
        ("SCREENSHOTS", &text(&place.join("screenshots"))),
    ];
    let script = shell::root().join(SCRIPTS).join("browser.mjs");
    run_script(&environment, &place.join("node"), "node", &[&text(&script)])
}

fn install_python(place: &Path) -> anyhow::Result<PathBuf> {
    let home = place.join("python");
    let python = home.join("bin/python");
    if !python.exists() {
        shell::run(&[], "python3", &["-m", "venv", &text(&home)])?;
    }
    let wanted = format!("{SCRIPTS}/requirements.txt");
    shell::run(
        &[],
        &text(&python),
        &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", &wanted],
    )?;
    Ok(python)
}

fn install_node(place: &Path) -> anyhow::Result<()> {
    let home = place.join("node");
    fs::create_dir_all(&home)?;
    fs::copy(shell::root().join(SCRIPTS).join("package.json"), home.join("package.json"))?;
    shell::run(&[], "npm", &["install", "--prefix", &text(&home), "--no-audit", "--no-fund", "--silent"])
}

/// Microsoft's crates, in a workspace of their own.
fn build_rust(place: &Path) -> anyhow::Result<PathBuf> {
    let (manifest, target) = (format!("{SCRIPTS}/rust/Cargo.toml"), place.join("rust"));
    shell::cargo(&["build", "--manifest-path", &manifest, "--target-dir", &text(&target)])?;
    Ok(target.join("debug/conformance"))
}

fn start_emulator(ca: &Path) -> anyhow::Result<Background> {
    let program = shell::target_folder()?.join("debug/credential-emulator");
    let arguments = ["--http-port", "0", "--https-port", "0", "--json", "--ca-file", &text(ca)];
    Background::start(&text(&program), &arguments)
}

/// Returns what a program in App Service finds in its environment: endpoint and header of the managed identities.
fn app_service(description: &str) -> anyhow::Result<(String, String)> {
    let description: serde_json::Value =
        serde_json::from_str(description).context("the emulator's description is not JSON")?;
    let member = |name: &str| {
        let value = description["entra"][name].as_str().map(str::to_owned);
        value.with_context(|| format!("the emulator's description has no {name}"))
    };
    Ok((member("identity_endpoint")?, member("identity_header")?))
}

fn run_script(
    environment: &[(&str, &str)],
    folder: &Path,
    program: &str,
    arguments: &[&str],
) -> anyhow::Result<Vec<Row>> {
    let output = shell::output(environment, folder, program, arguments)?;
    let rows: Vec<Row> = output
        .lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("not a row of the script: {line}")))
        .collect::<anyhow::Result<_>>()?;
    if rows.is_empty() {
        bail!("`{program}` reported nothing");
    }
    Ok(rows)
}

fn report(rows: &[Row], check: bool) -> anyhow::Result<()> {
    let failed: Vec<String> = rows
        .iter()
        .filter(|row| !row.passed)
        .map(|row| format!("{}: {}: {}", row.client, row.operation, row.note))
        .collect();
    shell::title(&format!("{} passed, {} failed", rows.len() - failed.len(), failed.len()));
    if !failed.is_empty() {
        bail!("official SDKs disagree with the emulator:\n{}", failed.join("\n"));
    }
    let mode = if check { Mode::Check } else { Mode::Write };
    fresh::keep(PAGE, &page(rows)?, mode, "cargo xtask conformance")
}

fn page(rows: &[Row]) -> anyhow::Result<String> {
    let mut page = String::from(
        "# Conformance\n\n\
         Official Microsoft SDKs, unmodified from their registries, against the emulator over TLS, and a browser in which a \
         person\nsigns in. `cargo xtask conformance` installs them under `target/`, runs every row and writes this page; CI \
         runs it too. A row\nthat does not pass fails the run.\n\n\
         | client | operation | |\n| --- | --- | --- |\n",
    );
    for row in rows {
        writeln!(
            page,
            "| {} | {} | {} |",
            row.client,
            row.operation,
            if row.passed { "pass" } else { "fail" }
        )?;
    }
    Ok(page)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
