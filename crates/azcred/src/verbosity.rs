//! What `-v` shows on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Shows the spans and events of the libraries: with one `-v` their decisions, with two every detail. Without any, a person at
/// a terminal is told of waits alone, which would look like a hang.
///
/// Events hold no secrets; the libraries test that.
pub(crate) fn set_up(verbose: u8) {
    let filter = match verbose {
        0 if std::io::stderr().is_terminal() => "off,credential_http=warn",
        0 => return,
        1 => "warn,azcred=debug,credential=debug,credential_http=debug,credential_emulator=info",
        _ => "info,azcred=trace,credential=trace,credential_http=trace,credential_emulator=trace",
    };
    let _already_set = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
}
