//! Files that a command writes and CI compares: the one place where xtask reads and writes files.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::shell;

/// What to do with a file that is made by a command.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// Write it.
    Write,
    /// Fail when it is not what the command makes.
    Check,
}

/// Reads a file.
#[expect(clippy::disallowed_methods, reason = "the one place where xtask reads and writes files")]
pub(crate) fn read_file(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} could not be read", file.display()))
}

/// Writes a file.
#[expect(clippy::disallowed_methods, reason = "the one place where xtask reads and writes files")]
pub(crate) fn write(file: &Path, content: &str) -> anyhow::Result<()> {
    fs::write(file, content).with_context(|| format!("{} could not be written", file.display()))
}

/// Writes `content` to a file of the workspace, or compares it; `command` is what a person runs to mend it.
#[expect(clippy::disallowed_methods, reason = "the one place where xtask reads and writes files")]
pub(crate) fn keep(path: &str, content: &str, mode: Mode, command: &str) -> anyhow::Result<()> {
    let file = shell::root().join(path);
    if mode == Mode::Write {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        return fs::write(file, content).with_context(|| format!("{path} could not be written"));
    }
    if read(path).unwrap_or_default() != content {
        bail!("{path} is stale: run `{command}` and commit the result");
    }
    Ok(())
}

/// Reads a text of the workspace, with `\n` at the ends of its lines: Git may check text out with others.
#[expect(clippy::disallowed_methods, reason = "the one place where xtask reads and writes files")]
pub(crate) fn read(path: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(shell::root().join(path));
    Ok(text.with_context(|| format!("{path} could not be read"))?.replace("\r\n", "\n"))
}
