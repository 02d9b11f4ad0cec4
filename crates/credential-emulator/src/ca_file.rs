//! The one place that writes a file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::EmulatorError;

/// Writes the certificate beside its place and moves it there, so that nobody reads half of it.
pub(crate) fn write(path: &Path, pem: &str) -> Result<(), EmulatorError> {
    let failed = |source| {
        EmulatorError::new(
            format!("the CA file {} cannot be written", path.display()),
            "name a file in a folder that exists and can be written to",
        )
        .caused_by(source)
    };
    let beside = beside(path).map_err(failed)?;
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // Best effort: the error that matters is the one above.
        let _leftover = fs::remove_file(&beside);
    }
    written.map_err(failed)
}

fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary = name.to_os_string();
    temporary.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(temporary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_was_there_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        write(&path, "old, and longer").unwrap();
        write(&path, "new").unwrap();
        assert_eq!(io::read_to_string(File::open(&path).unwrap()).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn bad_places_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing").join("ca.pem");
        for bad in [missing.as_path(), folder.path(), Path::new(""), Path::new("..")] {
            let error = write(bad, "x").unwrap_err();
            assert!(error.to_string().contains("CA file"), "{error}");
            assert!(error.to_string().contains(&bad.display().to_string()), "{error}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
