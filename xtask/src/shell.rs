//! Runs other programs: the one place where xtask starts processes and prints.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

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
    run_in(root(), environment, program, arguments)
}

/// Says whether a program is there and answers these arguments with success; its output is dropped.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    command(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// Runs a program in `folder` and returns what it printed; its standard error is shown when it fails.
pub(crate) fn output(
    environment: &[(&str, &str)],
    folder: &Path,
    program: &str,
    arguments: &[&str],
) -> anyhow::Result<String> {
    let line = format!("{program} {}", arguments.join(" "));
    title(&line);
    let output = command(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(folder)
        .output()
        .with_context(|| format!("`{program}` could not be started: install it, or put it on the PATH"))?;
    if !output.status.success() {
        bail!("`{line}` failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Formats Rust source as `cargo fmt` would in this workspace.
pub(crate) fn rustfmt(source: &str) -> anyhow::Result<String> {
    let mut child = command("rustfmt")
        .args(["--edition", "2024", "--config-path", "rustfmt.toml"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("`rustfmt` could not be started: install it with `rustup component add rustfmt`")?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(source.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("`rustfmt` failed; its output is above");
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a program in `folder`, and fails as it fails.
pub(crate) fn run_in(
    folder: &Path,
    environment: &[(&str, &str)],
    program: &str,
    arguments: &[&str],
) -> anyhow::Result<()> {
    if !status_in(folder, environment, program, arguments)?.success() {
        bail!("`{} {}` failed; its output is above", short(program), arguments.join(" "));
    }
    Ok(())
}

/// Runs a program in `folder` and says how it ended, for programs whose exit codes tell more than that they failed.
pub(crate) fn status_in(
    folder: &Path,
    environment: &[(&str, &str)],
    program: &str,
    arguments: &[&str],
) -> anyhow::Result<ExitStatus> {
    title(&format!("{} {}", short(program), arguments.join(" ")));
    command(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(folder)
        .status()
        .with_context(|| format!("`{program}` could not be started: install it, or put it on the PATH"))
}

/// Runs a program in `folder` and returns what it printed, without a title: for questions, not for work.
pub(crate) fn quiet_output(folder: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output =
        command(program).args(arguments).current_dir(folder).output().with_context(|| {
            format!("`{program}` could not be started: install it, or put it on the PATH")
        })?;
    if !output.status.success() {
        let line = format!("{} {}", short(program), arguments.join(" "));
        bail!("`{line}` failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn short(program: &str) -> Cow<'_, str> {
    Path::new(program).file_name().map_or(program.into(), OsStr::to_string_lossy)
}

/// Makes a folder, with those that it lies in, unless it is there.
pub(crate) fn make_folder(path: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("the folder {path} could not be made"))
}

/// The folder in which cargo builds.
pub(crate) fn target_folder() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    // xtask itself lies in `<target folder>/debug/`.
    let folder = own.parent().and_then(Path::parent).context("xtask was not started by cargo")?;
    Ok(folder.to_owned())
}

/// A program in the background that says on its first line that it is ready; stopped when dropped.
pub(crate) struct Background {
    child: Child,
    first_line: String,
}

impl Background {
    /// Starts the program and waits for its first line.
    pub(crate) fn start(program: &str, arguments: &[&str]) -> anyhow::Result<Self> {
        title(&format!("{program} {} (in the background)", arguments.join(" ")));
        let mut child = command(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{program}` could not be started"))?;
        let mut first_line = String::new();
        if let Some(output) = child.stdout.as_mut() {
            BufReader::new(output).read_line(&mut first_line)?;
        }
        let background = Self { child, first_line: first_line.trim_end().to_owned() };
        if background.first_line.is_empty() {
            bail!("`{program}` ended before it was ready; its errors are above");
        }
        Ok(background)
    }

    /// Starts a server that says nothing, and waits until it listens.
    pub(crate) fn start_at(program: &str, arguments: &[&str], address: &str) -> anyhow::Result<Self> {
        title(&format!("{} {} (in the background)", short(program), arguments.join(" ")));
        let child = command(program)
            .args(arguments)
            .spawn()
            .with_context(|| format!("`{program}` could not be started"))?;
        let mut background = Self { child, first_line: String::new() };
        while TcpStream::connect(address).is_err() {
            if let Some(status) = background.child.try_wait()? {
                bail!("`{program}` ended before it listened on {address}, with {status}");
            }
            std::thread::yield_now();
        }
        Ok(background)
    }

    /// Returns its first line.
    pub(crate) fn first_line(&self) -> &str {
        &self.first_line
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing more to stop then.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where xtask starts processes")]
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}
