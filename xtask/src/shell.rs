//! Runs other programs: the one place where xtask starts processes and prints.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// The workspace's root: the parent of xtask's own folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Prints `text` as the title of what follows.
#[expect(clippy::print_stderr, reason = "a person watches these commands run")]
pub(crate) fn title(text: &str) {
    eprintln!("\n==> {text}");
}

/// Runs `cargo` with these arguments in the workspace's root, and fails as it fails.
pub(crate) fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    cargo_with(&[], arguments)
}

/// Like [`cargo`], with variables added to the environment of that one process.
pub(crate) fn cargo_with(environment: &[(&str, &str)], arguments: &[&str]) -> anyhow::Result<()> {
    run(environment, env!("CARGO"), arguments)
}

/// Runs a program in the workspace's root, and fails as it fails.
pub(crate) fn run(environment: &[(&str, &str)], program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let name = Path::new(program).file_name().map_or(program.into(), |name| name.to_string_lossy());
    let line = format!("{name} {}", arguments.join(" "));
    title(&line);
    let status =
        command(program).args(arguments).envs(environment.iter().copied()).status().with_context(|| {
            format!("`{program}` could not be started: install it, or put it on the PATH")
        })?;
    if !status.success() {
        bail!("`{line}` failed; its output is above");
    }
    Ok(())
}

/// Says whether a program is there and answers these arguments with success; its output is dropped.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    command(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

#[expect(clippy::disallowed_methods, reason = "the one place where xtask starts processes")]
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}
