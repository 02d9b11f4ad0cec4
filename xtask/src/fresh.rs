//! Files that a command writes and CI compares: the one place where xtask reads and writes files.

use std::fs;

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

/// Writes `content` to a file of the workspace, or compares it; `command` is what a person runs to mend it.
#[expect(clippy::disallowed_methods, reason = "the one place where xtask reads and writes files")]
pub(crate) fn keep(path: &str, content: &str, mode: Mode, command: &str) -> anyhow::Result<()> {
    let file = shell::root().join(path);
    if mode == Mode::Write {
        return fs::write(file, content).with_context(|| format!("{path} could not be written"));
    }
    // Git may check text out with other line ends.
    if fs::read_to_string(file).unwrap_or_default().replace("\r\n", "\n") != content {
        bail!("{path} is stale: run `{command}` and commit the result");
    }
    Ok(())
}
