//! The one place that reads files.

use std::cell::Cell;
use std::io::{Read, StdinLock};
use std::path::Path;

use credential::Secret;

use crate::failure::Failure;

/// No key, secret, configuration block or certificate is larger: a wrong path is found out before it fills the memory.
const LARGEST_TEXT: u64 = 1024 * 1024;

/// Reads files and, under the name `-`, standard input, at most once.
#[derive(Debug, Default)]
pub(crate) struct Files {
    stdin_is_read: Cell<bool>,
}

impl Files {
    /// Returns a file's bytes. `noun` is what errors call the file.
    pub(crate) fn bytes(&self, noun: &str, path: &Path) -> Result<Vec<u8>, Failure> {
        self.read(noun, path, u64::MAX)
    }

    /// Returns a file's text.
    pub(crate) fn text(&self, noun: &str, path: &Path) -> Result<String, Failure> {
        let bytes = self.read(noun, path, LARGEST_TEXT)?;
        // The error of the conversion would carry the bytes.
        String::from_utf8(bytes).map_err(|_| {
            Failure::bad_input(
                format_args!("the {} is not UTF-8 text", place(noun, path)),
                "check the path, and save the file as UTF-8",
            )
        })
    }

    /// Returns the text of a file that holds one secret. Line ends after it, which editors add, are dropped.
    pub(crate) fn secret(&self, noun: &str, path: &Path) -> Result<Secret, Failure> {
        let mut text = self.text(noun, path)?;
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
        if text.is_empty() {
            return Err(Failure::bad_input(
                format_args!("the {} is empty", place(noun, path)),
                "check that it is the right one",
            ));
        }
        Ok(Secret::from(text))
    }

    /// Returns standard input, once.
    pub(crate) fn standard_input(&self) -> Result<StdinLock<'static>, Failure> {
        if self.stdin_is_read.replace(true) {
            let fix = "give a file for all but one of them";
            return Err(Failure::bad_input("standard input (-) is asked for twice", fix));
        }
        Ok(std::io::stdin().lock())
    }

    fn read(&self, noun: &str, path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
        let reader: Box<dyn Read> = if path == Path::new("-") {
            Box::new(self.standard_input()?)
        } else {
            Box::new(std::fs::File::open(path).map_err(|error| unreadable(noun, path, &error))?)
        };
        let mut bytes = Vec::new();
        let read = reader.take(limit).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(noun, path, &error))?;
        if bytes.len() as u64 == limit {
            return Err(Failure::bad_input(
                format_args!("the {} is larger than 1 MiB", place(noun, path)),
                "check the path",
            ));
        }
        Ok(bytes)
    }
}

/// Finds out, before anything is started, that a file cannot be written later for want of its folder.
pub(crate) fn check_folder_of(noun: &str, path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if path.file_name().is_none() || folder.is_some_and(|folder| !folder.is_dir()) {
        let problem =
            format!("the {} cannot be written, because its folder does not exist", place(noun, path));
        return Err(Failure::bad_input(problem, "make the folder, or name a file in another one"));
    }
    Ok(())
}

fn unreadable(noun: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::bad_input(
        format_args!("the {} cannot be read ({error})", place(noun, path)),
        "check the path and its permissions",
    )
}

/// What errors call the file.
pub(crate) fn place(noun: &str, path: &Path) -> String {
    if path == Path::new("-") {
        format!("{noun} on standard input")
    } else {
        format!("{noun} file {}", path.display())
    }
}
