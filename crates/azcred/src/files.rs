//! The one place that reads files.

use std::cell::Cell;
use std::io::{BufRead, Read, StdinLock};
use std::path::Path;

use credential::Secret;

use crate::failure::Failure;

/// No key, secret, configuration block or certificate is larger: a wrong path is found out before it fills the memory.
const LARGEST_TEXT: u64 = 1024 * 1024;

/// A flag that names a file, and what the file holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileFlag {
    flag: &'static str,
    noun: &'static str,
}

impl FileFlag {
    pub(crate) const ACCOUNT_KEY: Self = Self { flag: "--key-file", noun: "account key" };
    pub(crate) const ASSERTION: Self = Self { flag: "--assertion-file", noun: "assertion" };
    pub(crate) const BODY: Self = Self { flag: "--body-file", noun: "body" };
    pub(crate) const CA: Self = Self { flag: "--ca-file", noun: "CA" };
    pub(crate) const CERTIFICATE: Self = Self { flag: "--certificate-file", noun: "certificate" };
    pub(crate) const CLIENT_SECRET: Self = Self { flag: "--secret-file", noun: "client secret" };
    pub(crate) const CONFIGURATION: Self = Self { flag: "--config", noun: "configuration" };
    pub(crate) const HEADERS: Self = Self { flag: "--headers-file", noun: "headers" };
    pub(crate) const KEY: Self = Self { flag: "--key-file", noun: "key" };
    pub(crate) const PASSWORD: Self = Self { flag: "--password-file", noun: "password" };
    pub(crate) const REFRESH_TOKEN: Self = Self { flag: "--refresh-token-file", noun: "refresh token" };
    pub(crate) const REQUEST: Self = Self { flag: "--request-file", noun: "request" };
    pub(crate) const SECONDARY_KEY: Self = Self { flag: "--secondary-key-file", noun: "secondary key" };
    pub(crate) const SESSION_KEY: Self = Self { flag: "--session-key-file", noun: "session key" };
    pub(crate) const TOKEN: Self = Self { flag: "--token-file", noun: "token" };
    pub(crate) const USER_TOKEN: Self = Self { flag: "--user-token-file", noun: "user's access token" };

    /// Returns the flag.
    pub(crate) fn flag(self) -> &'static str {
        self.flag
    }

    /// Returns what the file holds.
    pub(crate) fn noun(self) -> &'static str {
        self.noun
    }
}

/// Reads files and, under the name `-`, standard input, at most once.
#[derive(Debug, Default)]
pub(crate) struct Files {
    stdin_is_read: Cell<bool>,
}

impl Files {
    /// Returns a file's bytes. `flag` is how the file was given.
    pub(crate) fn bytes(&self, flag: FileFlag, path: &Path) -> Result<Vec<u8>, Failure> {
        self.read(flag, path, u64::MAX)
    }

    /// Returns a file's text.
    pub(crate) fn text(&self, flag: FileFlag, path: &Path) -> Result<String, Failure> {
        let bytes = self.read(flag, path, LARGEST_TEXT)?;
        // The error of the conversion would carry the bytes.
        String::from_utf8(bytes).map_err(|_| {
            Failure::bad_input(
                format_args!("the {} is not UTF-8 text", place(flag, path)),
                "check the path, and save the file as UTF-8",
            )
        })
    }

    /// Returns the text of a file that holds one secret. Line ends after it, which editors add, are dropped.
    pub(crate) fn secret(&self, flag: FileFlag, path: &Path) -> Result<Secret, Failure> {
        let mut text = self.text(flag, path)?;
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
        if text.is_empty() {
            return Err(Failure::bad_input(
                format_args!("the {} is empty", place(flag, path)),
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

    fn read(&self, flag: FileFlag, path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
        let reader: Box<dyn Read> = if path == Path::new("-") {
            Box::new(self.standard_input()?)
        } else {
            Box::new(std::fs::File::open(path).map_err(|error| unreadable(flag, path, &error))?)
        };
        let mut bytes = Vec::new();
        let read = reader.take(limit).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(flag, path, &error))?;
        if bytes.len() as u64 == limit {
            return Err(Failure::bad_input(
                format_args!("the {} is larger than 1 MiB", place(flag, path)),
                "check the path",
            ));
        }
        Ok(bytes)
    }
}

/// Returns a line of standard input; `None` when there is none. Blocks until then.
pub(crate) fn standard_input_line() -> Option<Secret> {
    let mut line = String::new();
    let length = std::io::stdin().lock().take(LARGEST_TEXT).read_line(&mut line).ok()?;
    (length > 0).then(|| Secret::from(line))
}

/// Finds out, before anything is started, that a file cannot be written later for want of its folder.
pub(crate) fn check_folder_of(flag: FileFlag, path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if path.file_name().is_none() || folder.is_some_and(|folder| !folder.is_dir()) {
        let problem =
            format!("the {} cannot be written, because its folder does not exist", unread_place(flag, path));
        return Err(Failure::bad_input(problem, "make the folder, or name a file in another one"));
    }
    Ok(())
}

fn unreadable(flag: FileFlag, path: &Path, error: &std::io::Error) -> Failure {
    let fix = if path == Path::new("-") || looks_like_path(path) {
        "check the path and its permissions"
    } else {
        "name a file, or - for standard input; what was given is not shown, because it may be the secret itself"
    };
    Failure::bad_input(format_args!("the {} cannot be read ({error})", unread_place(flag, path)), fix)
}

/// What errors call a file that was opened.
pub(crate) fn place(flag: FileFlag, path: &Path) -> String {
    let FileFlag { flag, noun } = flag;
    if path == Path::new("-") {
        format!("{noun} on standard input ({flag} -)")
    } else {
        format!("{noun} file {} ({flag})", path.display())
    }
}

/// What errors call a file of which nothing is known but what was typed.
fn unread_place(flag: FileFlag, path: &Path) -> String {
    if path == Path::new("-") || looks_like_path(path) {
        return place(flag, path);
    }
    format!("{} file (not shown) of {}", flag.noun, flag.flag)
}

/// Says whether a text is plainly a path: plain characters, with a folder or a well-known extension, and no part that is
/// as long or as mixed as keys, secrets and tokens are. Anything else may be a secret in the wrong place.
pub(crate) fn looks_like_path(path: &Path) -> bool {
    const EXTENSIONS: [&str; 10] =
        ["bin", "cer", "conf", "crt", "env", "json", "key", "pem", "secret", "txt"];
    let Some(text) = path.to_str() else { return false };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./\\: ".contains(&byte);
    let is_mixed = |part: &str| {
        let has = |is: fn(&u8) -> bool| part.as_bytes().iter().any(is);
        has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
    };
    let is_name = |part: &str| part.len() <= 24 && !(part.len() >= 8 && is_mixed(part));
    let has_extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()));
    text.len() <= 200
        && text.bytes().all(is_plain)
        && (text.contains(['/', '\\']) || has_extension)
        && text.split(['/', '\\']).all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_plainly_a_path_is_shown() {
        for path in [
            "ams.json",
            "CA.PEM",
            "mr.key",
            "nowhere/key",
            "./secret",
            "../a b/ams2.json",
            "/home/me/.config/app-1/secret.txt",
            r"C:\Users\me\acs.key",
        ] {
            assert!(looks_like_path(Path::new(path)), "{path}");
        }
        for secret in [
            "",
            "PLANTED",
            "planted.secret.value",
            "UExBTlRFRA==",
            "PLANTED~SECRET",
            "abc8Q~planted.key",
            r#"{"AadSecret":"PLANTED"}"#,
            "endpoint=https://host/;accesskey=cGxhbnRlZA==",
            "eyJhbGciOiJub25lIn0.eyJhdWQiOiJwbGFudGVkIn0.",
            "cGxhbnRlZCBhY2Nl/c3Mga2V5",
            "cGxhbnRlZCBhY2Nl+c3Mga2V5/x",
            "planted/0123456789abcdef0123456789abcdef",
            "11111111-2222-4333-8444-555555555555/x",
        ] {
            assert!(!looks_like_path(Path::new(secret)), "{secret}");
        }
    }
}
