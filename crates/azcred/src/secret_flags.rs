//! Turns secrets on the command line away before anything can repeat them.

use std::ffi::OsString;

use crate::failure::Failure;

/// Flags that people try, and the way that is there instead.
const FLAGS: &[(&str, &str)] = &[
    ("--key", "--key-file"),
    ("--access-key", "--key-file"),
    ("--account-key", "--key-file"),
    ("--connection-string", "--key-file"),
    ("--secret", "--secret-file"),
    ("--client-secret", "--secret-file"),
    ("--password", "--password-file"),
    ("--assertion", "--assertion-file"),
    ("--refresh-token", "--refresh-token-file"),
    ("--session-key", "--session-key-file"),
    ("--user-token", "--user-token-file"),
];

/// Refuses flags that would carry a secret. clap's own error would echo what was written.
pub(crate) fn refuse(arguments: &[OsString]) -> Result<(), Failure> {
    for argument in arguments.iter().filter_map(|argument| argument.to_str()) {
        let name = argument.split('=').next().unwrap_or_default();
        if let Some((flag, instead)) = FLAGS.iter().find(|(flag, _)| *flag == name) {
            return Err(Failure::bad_input(
                format_args!(
                    "{flag} does not exist, because other users of this machine can read the command line"
                ),
                &format!(
                    "give {instead} FILE, {instead} - for standard input, or set the environment variable"
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_flags_are_refused_and_others_are_not() {
        let check = |argument: &str| refuse(&["azcred".into(), argument.into()]);
        for bad in ["--key=planted", "--client-secret", "--connection-string=endpoint=x;accesskey=planted"] {
            assert!(!check(bad).unwrap_err().text().unwrap().contains("planted"), "{bad}");
        }
        for good in ["--key-file=k", "--secret-file", "--method", "planted"] {
            assert!(check(good).is_ok(), "{good}");
        }
    }
}
