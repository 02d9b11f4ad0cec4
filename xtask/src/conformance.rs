//! `cargo xtask conformance`: official Microsoft SDKs, unmodified, judge the emulator.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::fresh::{self, Mode};
use crate::oidc_provider;
use crate::redis_store;
use crate::requirements::{self, CHROMIUM, NODE, NPM, PYTHON, REDIS};
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
pub(crate) struct Row {
    client: String,
    operation: String,
    passed: bool,
    note: String,
}

/// How our requests compare with those on which two SDKs agree.
#[derive(Deserialize)]
struct Compared {
    operation: String,
    /// The fields in which all agree.
    equal: usize,
    differences: Vec<Difference>,
}

/// A field in which ours differ.
#[derive(Deserialize)]
struct Difference {
    field: String,
    theirs: String,
    ours: String,
    /// None is a difference that nobody has looked at.
    reason: Option<String>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    requirements::meet(&[PYTHON, NODE, NPM, CHROMIUM, REDIS], !options.no_install)?;
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
        run_script(&environment, &place, &text(&python), &["-B", &text(&scripts.join("conformance.py"))])?;
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
    rows.extend(run_script(&environment, &place, &text(&rust.join("conformance")), &[])?);
    rows.extend(run_browser(emulator.first_line(), &ca, &place)?);
    drop(emulator);
    rows.extend(oidc_provider::rows(&place)?);
    rows.extend(redis_store::rows()?);
    let wire = compare_wire(&place, &python, &rust.join("wire"))?;
    report(&rows, &wire, options.check)
}

/// Has our clients' requests compared with those of two official SDKs, by an emulator of its own.
fn compare_wire(place: &Path, python: &Path, program: &Path) -> anyhow::Result<Vec<Compared>> {
    let scripts = text(&shell::root().join(SCRIPTS));
    let (python, folder) = (text(python), text(place));
    let environment = [
        ("WIRE_PYTHON", python.as_str()),
        ("WIRE_NODE", "node"),
        ("WIRE_SCRIPTS", &scripts),
        ("WIRE_PLACE", &folder),
    ];
    rows_of(&shell::output(&environment, place, &text(program), &[])?, &text(program))
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

/// Microsoft's crates, in a workspace of their own; returns where its programs lie.
fn build_rust(place: &Path) -> anyhow::Result<PathBuf> {
    let (manifest, target) = (format!("{SCRIPTS}/rust/Cargo.toml"), place.join("rust"));
    shell::cargo(&["build", "--manifest-path", &manifest, "--target-dir", &text(&target)])?;
    Ok(target.join("debug"))
}

fn start_emulator(ca: &Path) -> anyhow::Result<Background> {
    let program = shell::target_folder()?.join("debug/credential-emulator");
    let (ca, accounts) = (text(ca), text(&shell::root().join(SCRIPTS).join("emulator.toml")));
    let arguments =
        ["--http-port", "0", "--https-port", "0", "--json", "--ca-file", &ca, "--config", &accounts];
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

pub(crate) fn run_script(
    environment: &[(&str, &str)],
    folder: &Path,
    program: &str,
    arguments: &[&str],
) -> anyhow::Result<Vec<Row>> {
    rows_of(&shell::output(environment, folder, program, arguments)?, program)
}

fn rows_of<R: DeserializeOwned>(output: &str, program: &str) -> anyhow::Result<Vec<R>> {
    let rows: Vec<R> = output
        .lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("not a row of the script: {line}")))
        .collect::<anyhow::Result<_>>()?;
    if rows.is_empty() {
        bail!("`{program}` reported nothing");
    }
    Ok(rows)
}

fn report(rows: &[Row], wire: &[Compared], check: bool) -> anyhow::Result<()> {
    let mut failed: Vec<String> = rows
        .iter()
        .filter(|row| !row.passed)
        .map(|row| format!("{}: {}: {}", row.client, row.operation, row.note))
        .collect();
    shell::title(&format!("{} passed, {} failed", rows.len() - failed.len(), failed.len()));
    failed.extend(wire.iter().flat_map(|compared| {
        let unexplained = compared.differences.iter().filter(|difference| difference.reason.is_none());
        unexplained.map(|Difference { field, theirs, ours, .. }| {
            format!("{}, {field}: theirs {theirs}, ours {ours}, without a reason", compared.operation)
        })
    }));
    if !failed.is_empty() {
        bail!("official SDKs disagree with the emulator, or a server with our side:\n{}", failed.join("\n"));
    }
    let mode = if check { Mode::Check } else { Mode::Write };
    fresh::keep(PAGE, &page(rows, wire)?, mode, "cargo xtask conformance")
}

fn page(rows: &[Row], wire: &[Compared]) -> anyhow::Result<String> {
    let mut page = String::from(
        "# Conformance\n\n\
         Official Microsoft SDKs, unmodified from their registries, against the emulator over TLS, and a browser in which a \
         person\nsigns in; our own flows against `oidc-provider`, a server that nobody here wrote; and the example of a token \
         store against a\nRedis server. `cargo xtask conformance` installs them, runs every row and writes this page; CI runs it \
         too. A row that does not\npass fails the run.\n\n\
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
    page.push_str(
        "\n## On the wire\n\n\
         The other way round: where Microsoft's Python and Node.js SDKs agree on a request, the family's own clients send the \
         same,\nor differ for a reason. Compared by the emulator's request log: method, path, query, headers and fields of the \
         body; ids,\ndates and secrets by their kind. A difference without a reason fails the run, and so does a reason \
         without a difference.\n\n\
         | operation | equal fields | different |\n| --- | --- | --- |\n",
    );
    for Compared { operation, equal, differences } in wire {
        writeln!(page, "| {operation} | {equal} | {} |", differences.len())?;
    }
    page.push_str("\n| field | theirs | ours | why |\n| --- | --- | --- | --- |\n");
    let mut shown = BTreeSet::new();
    for Difference { field, theirs, ours, reason } in wire.iter().flat_map(|compared| &compared.differences) {
        if shown.insert(field) {
            writeln!(page, "| {field} | {theirs} | {ours} | {} |", reason.as_deref().unwrap_or_default())?;
        }
    }
    Ok(page)
}

pub(crate) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
