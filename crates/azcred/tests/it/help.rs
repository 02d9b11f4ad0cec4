//! Every help text, as a person sees it.

use crate::azcred::Azcred;

#[test]
fn every_help_text() {
    for command in [
        "",
        "demo",
        "token",
        "token entra",
        "token entra secret",
        "token entra certificate",
        "token entra assertion",
        "token entra device-code",
        "token entra browser",
        "token entra on-behalf-of",
        "token entra password",
        "token entra refresh",
        "login",
        "logout",
        "decode",
        "token mr-sts",
        "token acs",
        "token ams",
        "curl",
        "curl acs",
        "curl entra",
        "curl mr",
        "curl ams",
        "sign",
        "verify",
        "emulator",
    ] {
        let words = command.split_whitespace();
        let help = Azcred::new(words.chain(["--help"])).run().success();
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{command}: too wide for a terminal: {line}");
        }
        insta::assert_snapshot!(format!("azcred {command}").trim().replace(' ', "_"), help);
    }
}

#[test]
fn no_help_text_shows_the_environment() {
    for command in ["token entra", "token acs", "sign", "verify"] {
        let help = Azcred::new(command.split_whitespace().chain(["--help"]))
            .env("AZURE_CLIENT_SECRET", "planted-secret")
            .env("ACS_ACCESS_KEY", "planted-secret")
            .env("AZURE_TENANT_ID", "planted-tenant")
            .run()
            .success();
        assert!(!help.contains("planted"), "{help}");
    }
}

#[test]
fn without_a_command_the_help_is_shown_and_the_exit_status_is_that_of_bad_input() {
    let help = Azcred::new([""; 0]).run().failure(2);
    assert!(help.contains("azcred demo"), "{help}");
}
