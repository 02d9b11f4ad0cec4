//! The program as people call it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in helpers of tests, too, a surprise should stop the test"
)]

mod front_pages;
mod pages;
mod repository;

use std::process::{Command, Output};

#[expect(clippy::disallowed_methods, reason = "the program under test")]
fn xtask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().expect("xtask starts")
}

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = String::from_utf8(xtask(&["--help"]).stdout).expect("text");
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list");
    list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn an_unknown_command_exits_with_2_and_lists_the_known_ones() {
    let output = xtask(&["no-such-command"]);
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("unrecognized subcommand 'no-such-command'"), "{text}");
    assert!(text.ends_with(&format!("==> the commands are: {}\n", commands().join(", "))), "{text}");
}

#[test]
fn no_command_shows_them_all_and_is_a_mistake() {
    let output = xtask(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).expect("text").contains("\nCommands:\n"));
}

#[test]
fn every_command_explains_itself() {
    let commands = commands();
    assert!(commands.contains(&"release".to_owned()), "{commands:?}");
    for command in commands {
        let output = xtask(&[&command, "--help"]);
        assert_eq!(output.status.code(), Some(0), "{command}");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(text.contains(&format!("Usage: cargo xtask {command}")), "{text}");
    }
}

#[test]
fn a_mistake_within_a_command_exits_with_2_too() {
    let output = xtask(&["release"]);
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("<--plan|--dry-run|--execute|--rehearse>"), "{text}");
}
