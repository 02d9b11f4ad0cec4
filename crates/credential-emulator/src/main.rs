//! Runs the emulator until it is stopped.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use credential_emulator::Emulator;

/// Runs Microsoft Entra, Mixed Reality STS, Communication Services and Media Services on this machine.
///
/// Prints every endpoint, key and connection string once it listens, and stops on Ctrl-C or SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "credential-emulator", version)]
struct Flags {
    /// Port of 127.0.0.1 to listen on without TLS; 0 takes any free one
    #[arg(long, value_name = "PORT", allow_negative_numbers = true, default_value_t = 10_080)]
    http_port: u16,

    /// Port of 127.0.0.1 to listen on with TLS; 0 takes any free one
    #[arg(long, value_name = "PORT", allow_negative_numbers = true, default_value_t = 10_443)]
    https_port: u16,

    /// Writes the certificate that clients must trust to this file (PEM)
    #[arg(long, value_name = "PATH")]
    ca_file: Option<PathBuf>,

    /// Prints one line of JSON instead of text
    #[arg(long)]
    json: bool,

    /// Says on standard error what each request was, and why it was refused
    #[arg(short, long)]
    verbose: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    if flags.verbose {
        let colours = io::stderr().is_terminal();
        tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(colours).init();
    }
    match run(&flags).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody can be told when standard error is gone.
            let _closed = writeln!(io::stderr(), "credential-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let emulator =
        Emulator::builder().http_port(flags.http_port).https_port(flags.https_port).start().await?;
    let mut description = emulator.describe();
    if let Some(path) = &flags.ca_file {
        emulator.write_ca_file(path)?;
        description = description.with_ca_file(path);
    }
    let mut stdout = io::stdout().lock();
    if flags.json {
        serde_json::to_writer(&mut stdout, &description)?;
        writeln!(stdout)?;
    } else {
        writeln!(stdout, "{description}\nready: {}", emulator.https_origin())?;
    }
    stdout.flush()?;
    drop(stdout);
    stop_signal().await?;
    emulator.shut_down().await;
    Ok(())
}

#[cfg(unix)]
async fn stop_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

#[cfg(not(unix))]
async fn stop_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
