//! `cargo xtask fuzz`: arbitrary input for everything that reads text from outside.

use clap::Args;

use crate::requirements;
use crate::shell;
use crate::tools::CARGO_FUZZ;

const FOLDER: &str = "crates/acs-hmac/fuzz";
const TARGETS: [&str; 8] = [
    "authorization",
    "claims_challenge",
    "connection_string",
    "date",
    "raw_id",
    "request",
    "retry_after",
    "user_token",
];

/// What to run, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// The targets to run; all of them when none is named.
    #[arg(value_parser = TARGETS)]
    targets: Vec<String>,

    /// How many inputs each target is given.
    #[arg(long, default_value_t = 3_000_000)]
    runs: u64,
}

/// The code forbids `unsafe`, so no address sanitizer is needed, and what is left of the fuzzer's demands on the compiler
/// are flags that a stable one has when it is told so.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    requirements::meet(&[requirements::CXX], true)?;
    let cargo_fuzz = CARGO_FUZZ.ready()?;
    let built = shell::target_folder()?.join("fuzz").display().to_string();
    let flags = ["--fuzz-dir", FOLDER, "--target-dir", &built, "--sanitizer", "none", "--debug-assertions"];
    let all = TARGETS.map(str::to_owned);
    let targets = if options.targets.is_empty() { &all[..] } else { &options.targets };
    for target in targets {
        let corpus = format!("{built}/corpus/{target}");
        shell::make_folder(&corpus)?;
        let runs = format!("-runs={}", options.runs);
        let findings = format!("-artifact_prefix={built}/{target}-");
        let input = [target, &corpus, "--", &runs, &findings, "-max_len=512", "-timeout=5", "-verbosity=0"];
        let arguments = [&["fuzz", "run"][..], &flags, &input, &["-print_final_stats=1"]].concat();
        shell::run(&[("RUSTC_BOOTSTRAP", "1")], &cargo_fuzz, &arguments)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_one_of_the_manifest_and_the_reverse() {
        let manifest = include_str!("../../crates/acs-hmac/fuzz/Cargo.toml");
        let named = manifest.split("[[bin]]\nname = \"").skip(1).filter_map(|rest| rest.split('"').next());
        assert_eq!(named.collect::<Vec<_>>(), TARGETS);
    }
}
