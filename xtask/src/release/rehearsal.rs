//! A release from end to end on this machine: a registry on loopback, the family published to it, and strangers that use
//! each crate from there.
//!
//! A dependency that is published to another registry than the public one must name it, so this works on a rewritten copy
//! of the last commit.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use toml_edit::{DocumentMut, value};

use super::tree::Tree;
use super::{publish, scratch, versions};
use crate::requirements::OPENSSL;
use crate::shell::Background;
use crate::{fresh, requirements, shell, tools};

const REGISTRY: &str = "rehearsal";
const CONFIGURATION: &str = ".cargo/config.toml";
const PROGRAM: &str = include_str!("rehearsal_program.rs");
/// What the program needs beside the family.
const NEIGHBOURS: &str = "http@1";

pub(crate) fn run() -> anyhow::Result<()> {
    let place = shell::target_folder()?.join(REGISTRY);
    let registry = Registry::start(&place)?;
    let tree = copy_of_the_tree(&place)?;

    let tree = a_first_release_that_breaks_off(&tree)?;

    for package in tree.packages().iter().filter(|package| package.is_library) {
        let consumer = Consumer::new(&place, &package.name)?;
        consumer.add(&[&package.name])?;
        consumer.cargo(&["check", "--quiet"])?;
    }
    everything_together(&place, &tree)?;
    a_second_release(&place, &tree)?;
    drop(registry);
    shell::title(
        "rehearsed: broken off and gone on with, used crate by crate and all together, released again",
    );
    Ok(())
}

/// The registry, and the configuration that makes cargo know it below `place`.
struct Registry {
    _server: Background,
}

impl Registry {
    fn start(place: &Path) -> anyhow::Result<Self> {
        requirements::meet(&[OPENSSL], true)?;
        let program = tools::CARGO_HTTP_REGISTRY.ready()?;
        // What a former rehearsal published has these very versions. What it built is worth keeping.
        for old in ["registry", "tree", "home"] {
            if place.join(old).exists() {
                fs::remove_dir_all(place.join(old))?;
            }
        }
        fs::create_dir_all(place.join(".cargo"))?;
        let address = free_address()?;
        let folder = place.join("registry");
        let server =
            Background::start_at(&program, &[&folder.to_string_lossy(), "--addr", &address], &address)?;
        let configuration = format!(
            "[registries.{REGISTRY}]\nindex = \"http://{address}/git\"\ntoken = \"unused\"\n\n[build]\ntarget-dir = {:?}\n\n\
             # The registry serves its index as plain files, which the git program reads and cargo's own git does not.\n\
             [net]\ngit-fetch-with-cli = true\n",
            place.join("build")
        );
        fresh::write(&place.join(CONFIGURATION), &configuration)?;
        Ok(Self { _server: server })
    }
}

/// A port of loopback that nobody listens on now.
fn free_address() -> anyhow::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("loopback has no free port")?;
    Ok(listener.local_addr()?.to_string())
}

/// Clones the last commit, without its tags, and names the registry beside every path.
fn copy_of_the_tree(place: &Path) -> anyhow::Result<Tree> {
    let tree = scratch::copy(&place.join("tree"))?;
    let root = tree.root().to_owned();
    let manifest = root.join("Cargo.toml");
    let mut document: DocumentMut = fresh::read_file(&manifest)?.parse()?;
    for package in tree.packages() {
        document["workspace"]["dependencies"][&package.name]["registry"] = value(REGISTRY);
    }
    fresh::write(&manifest, &document.to_string())?;
    versions::update_lock(&root)?;
    tree.commit("Depend on the family through the rehearsal's registry")?;
    Tree::at(&root)
}

/// Breaks off after one upload, and goes on from there.
fn a_first_release_that_breaks_off(tree: &Tree) -> anyhow::Result<Tree> {
    super::raise(tree, &tree.plan()?)?;
    let tree = Tree::at(tree.root())?;
    let left = tree.unpublished()?;
    publish::upload(&tree, &left[..1], Some(REGISTRY))?;
    shell::title("broken off after one upload; started again");
    ensure!(tree.plan()?.is_empty(), "what broke off would be raised again");
    // The registry refuses a version that it has.
    super::execute(&tree, &tree.plan()?, Some(REGISTRY))?;
    ensure!(tree.unpublished()?.is_empty(), "the first release left something to do");
    for package in tree.packages() {
        let name = format!("{}-{}.crate", package.name, package.version);
        let kept = tree.target().join(publish::RELEASED).join(&name);
        ensure!(kept.exists(), "{name} was published and is not kept for its attestation");
    }
    Ok(tree)
}

/// A program with every library, which signs a request and gets a token from the emulator that was installed from the registry.
fn everything_together(place: &Path, tree: &Tree) -> anyhow::Result<()> {
    let consumer = Consumer::new(place, "everything")?;
    let libraries: Vec<&str> = tree
        .packages()
        .iter()
        .filter(|package| package.is_library)
        .map(|package| package.name.as_str())
        .collect();
    consumer.add(&libraries)?;
    consumer.cargo(&["add", "--quiet", "tokio@1", "--features", "macros,rt-multi-thread"])?;
    consumer.cargo(&["add", "--quiet", NEIGHBOURS])?;
    fresh::write(&consumer.folder.join("src/main.rs"), PROGRAM)?;
    fs::remove_file(consumer.folder.join("src/lib.rs"))?;

    let home = place.join("home");
    // `cargo install` reads no configuration of the folder that it is called in.
    let configuration = place.join(CONFIGURATION);
    let (root, configuration) = (home.to_string_lossy(), configuration.to_string_lossy());
    let what = ["install", "--quiet", "--debug", "--registry", REGISTRY, "credential-emulator"];
    consumer.cargo(&[&what[..], &["--root", &root, "--config", &configuration]].concat())?;
    let ca = place.join("ca.pem");
    let flags = ["--http-port", "0", "--https-port", "0", "--json", "--ca-file", &ca.to_string_lossy()];
    let emulator = Background::start(&home.join("bin/credential-emulator").to_string_lossy(), &flags)?;
    let values: serde_json::Value = serde_json::from_str(emulator.first_line())?;
    let text = |pointer: &str| values.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default();
    let environment = [
        ("SSL_CERT_FILE", &*ca.to_string_lossy()),
        ("COMMUNICATION_SERVICES_CONNECTION_STRING", text("/acs/connection_string")),
        ("AUTHORITY", text("/entra/authority")),
        ("TENANT", text("/entra/tenant_id")),
        ("CLIENT", text("/entra/client_id")),
        ("SECRET", text("/entra/client_secret")),
    ];
    consumer.cargo(&["build", "--quiet"])?;
    // Started by itself: the variable would hide the usual authorities from cargo.
    let program = place.join("build/debug/uses-everything");
    let printed = shell::output(&environment, &consumer.folder, &program.to_string_lossy(), &[])?;
    ensure!(
        printed.trim() == "signed: 201 Created; token: bearer",
        "the program said `{}`, not that it signed and got a token",
        printed.trim()
    );
    Ok(())
}

/// One changed crate: it alone gets a new version, and whoever asks for the family gets that one.
fn a_second_release(place: &Path, tree: &Tree) -> anyhow::Result<()> {
    let changed =
        tree.packages().iter().find(|package| package.name == "mr-sts").context("mr-sts is gone")?;
    scratch::change(tree, changed, |source| format!("{source}\n// Changed.\n"), "- Fix: a rehearsed one.")?;
    let tree = Tree::at(tree.root())?;
    let plan = tree.plan()?;
    let names: Vec<&str> = plan.steps().iter().map(|step| step.name.as_str()).collect();
    ensure!(names == ["mr-sts"], "one crate changed, but the plan raises {}", names.join(", "));
    super::execute(&tree, &plan, Some(REGISTRY))?;

    let consumer = Consumer::new(place, "mr-sts")?;
    consumer.add(&["mr-sts"])?;
    consumer.cargo(&["check", "--quiet"])?;
    let lock = fresh::read_file(&consumer.folder.join("Cargo.lock"))?;
    let wanted = format!("name = \"mr-sts\"\nversion = \"{}\"", plan.steps()[0].to);
    ensure!(lock.contains(&wanted), "the second release of mr-sts is not what a consumer gets");
    Ok(())
}

/// A package outside every workspace, as a stranger makes it.
struct Consumer {
    folder: PathBuf,
}

impl Consumer {
    fn new(place: &Path, name: &str) -> anyhow::Result<Self> {
        let folder = place.join("consumers").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder.join("src"))?;
        // The rehearsal lies inside the workspace's own folder; the empty table keeps cargo from looking further up.
        let manifest = format!(
            "[package]\nname = \"uses-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n"
        );
        fresh::write(&folder.join("Cargo.toml"), &manifest)?;
        fresh::write(&folder.join("src/lib.rs"), "")?;
        Ok(Self { folder })
    }

    fn add(&self, packages: &[&str]) -> anyhow::Result<()> {
        self.cargo(&[&["add", "--quiet", "--registry", REGISTRY], packages].concat())
    }

    fn cargo(&self, arguments: &[&str]) -> anyhow::Result<()> {
        shell::run_in(&self.folder, &[], env!("CARGO"), arguments)
    }
}
