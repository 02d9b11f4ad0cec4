//! Reads the command line without repeating what may be a secret in the wrong place.

use std::error::Error;
use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Cli;

/// Reads the command line. Wrong usage ends the program with exit status 2, help with 0.
pub(crate) fn parse(arguments: Vec<OsString>) -> Cli {
    Cli::try_parse_from(arguments).unwrap_or_else(|error| without_secrets(error).exit())
}

fn without_secrets(mut error: clap::Error) -> clap::Error {
    let hidden = || ContextValue::String("(not shown)".to_owned());
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        if matches!(error.get(kind), Some(ContextValue::String(text)) if may_be_secret(text)) {
            error.insert(kind, hidden());
        }
    }
    // No value says that one is missing, which clap then says in its place.
    if matches!(error.get(ContextKind::InvalidValue), Some(ContextValue::String(text)) if !text.is_empty()) {
        error.insert(ContextKind::InvalidValue, hidden());
    }
    without_quoted_value(error)
}

/// The parsers of numbers repeat the number in an error of their own, below clap's.
fn without_quoted_value(error: clap::Error) -> clap::Error {
    let (ErrorKind::ValueValidation, Some(cause)) = (error.kind(), error.source().map(ToString::to_string))
    else {
        return error;
    };
    let flag = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let range = cause.rsplit_once(" is not in ").and_then(|(_, range)| range.split_once("..="));
    let numbers = range.map_or_else(String::new, |(first, last)| format!(" from {first} to {last}"));
    clap::Error::raw(
        ErrorKind::ValueValidation,
        format!(
            "invalid value '(not shown)' for '{flag}': it is not a whole number{numbers}\n\nFor more information, try '--help'.\n"
        ),
    )
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
            "token acs --scope chat --with planted",
            "token acs --scope chat --expires-in planted",
            "token ams --config x --api planted",
            "emulator --http-port planted",
            "sign --json=planted",
        ] {
            assert!(!text(words).contains("planted"), "{words}: {}", text(words));
        }
    }

    #[test]
    fn numbers_are_not_repeated_either() {
        for number in ["65536", "+65536", "123456789123456789123456789"] {
            let text = text(&format!("emulator --http-port {number}"));
            assert!(!text.contains(number.trim_start_matches('+')), "{text}");
        }
    }

    #[test]
    fn slips_are_repeated() {
        for (words, slip) in [
            ("tokn", "'tokn'"),
            ("sign --metod GET", "'--metod'"),
            ("demo now", "'now'"),
            ("token ams", "--config <FILE>"),
            ("token ams --config", "a value is required for '--config <FILE>'"),
            ("token acs --scope chat --with planted", "[possible values: key, entra]"),
            (
                "emulator --http-port 65536",
                "'(not shown)' for '--http-port <PORT>': it is not a whole number from 0 to 65535",
            ),
        ] {
            assert!(text(words).contains(slip), "{words}: {}", text(words));
        }
    }
}
