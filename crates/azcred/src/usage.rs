//! Reads the command line without repeating what may be a secret in the wrong place.

use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue};

use crate::cli::Cli;

/// Reads the command line. Wrong usage ends the program with exit status 2, help with 0.
pub(crate) fn parse(arguments: Vec<OsString>) -> Cli {
    Cli::try_parse_from(arguments).unwrap_or_else(|error| without_secrets(error).exit())
}

fn without_secrets(mut error: clap::Error) -> clap::Error {
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue] {
        if matches!(error.get(kind), Some(ContextValue::String(text)) if may_be_secret(text)) {
            error.insert(kind, ContextValue::String("(not shown)".to_owned()));
        }
    }
    error
}

/// Flags, and short plain words such as a mistyped command, are worth repeating.
fn may_be_secret(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    let is_flag = name == text && text.starts_with('-');
    // clap shows `--flag <VALUE>` for its own flags.
    let is_own = text.starts_with("--") && text.ends_with('>');
    let is_word = text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    !(is_flag || is_own || is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &str) -> String {
        let words = ["azcred"].into_iter().chain(words.split_whitespace());
        without_secrets(Cli::try_parse_from(words).unwrap_err()).to_string()
    }

    #[test]
    fn what_may_be_a_secret_is_not_repeated() {
        for words in [
            "sign planted~client~secret",
            "sign --nothing=planted~client~secret",
            "planted~client~secret",
            "token planted~client~secret",
            "emulator --http-port planted~client~secret",
            "token acs --scope chat --with planted~client~secret",
        ] {
            assert!(!text(words).contains("planted"), "{words}: {}", text(words));
        }
    }

    #[test]
    fn slips_are_repeated() {
        for (words, slip) in [
            ("tokn", "'tokn'"),
            ("sign --metod GET", "'--metod'"),
            ("demo now", "'now'"),
            ("token acs --scope chat --with password", "'password'"),
            ("token ams", "--config <FILE>"),
        ] {
            assert!(text(words).contains(slip), "{words}: {}", text(words));
        }
    }
}
