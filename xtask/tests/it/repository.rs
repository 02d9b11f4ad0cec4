//! The repository's files, for tests that are about them.

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder").to_owned()
}

/// The content of a file, with `\n` at the ends of its lines: Git may check text out with others.
#[expect(clippy::disallowed_methods, reason = "these tests are about files")]
pub(crate) fn text(file: &Path) -> String {
    let text = std::fs::read_to_string(file);
    text.unwrap_or_else(|error| panic!("{}: {error}", file.display())).replace("\r\n", "\n")
}

/// The paths of files that belong to the repository and match a pattern of git's, such as `docs/*.md`.
#[expect(clippy::disallowed_methods, reason = "git knows which files belong to the repository")]
pub(crate) fn files(pattern: &str) -> Vec<String> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard", pattern];
    let output = Command::new("git").args(arguments).current_dir(root()).output().expect("git starts");
    let listed = String::from_utf8(output.stdout).expect("text");
    assert!(!listed.is_empty(), "nothing matches {pattern}");
    listed.lines().map(str::to_owned).collect()
}
