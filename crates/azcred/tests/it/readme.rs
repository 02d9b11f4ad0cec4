//! The README's examples.

use crate::azcred::Azcred;

const README: &str = include_str!("../../README.md");

fn line_that_begins(start: &str) -> &'static str {
    README.lines().find(|line| line.starts_with(start)).unwrap()
}

#[test]
fn the_batch_example_answers_as_shown() {
    let request = line_that_begins("{\"method\"");
    let answer = Azcred::new(["sign", "--batch"]).env("ACS_ACCESS_KEY", "pw==").run_with(request.as_bytes());
    assert_eq!(answer.success().trim_end(), line_that_begins("{\"x-ms-date\""));
}

#[test]
fn every_command_that_is_shown_exists() {
    let shown: Vec<_> = README.split("azcred ").skip(1).map(|rest| rest.split('`').next().unwrap()).collect();
    assert!(shown.len() > 8);
    for words in shown {
        let is_command = |word: &&str| {
            word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !word.starts_with('-')
        };
        let command = words.lines().next().unwrap().split_whitespace().take_while(is_command);
        Azcred::new(command.chain(["--help"])).run().success();
    }
}
