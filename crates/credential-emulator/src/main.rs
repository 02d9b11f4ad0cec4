//! Runs the emulator until it is stopped.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use credential_emulator::{Configuration, Emulator, EmulatorBuilder};

/// Runs Microsoft Entra, Mixed Reality STS, Communication Services and Media Services on this machine.
///
/// Prints every endpoint, key and connection string once it listens, and stops on Ctrl-C or SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "credential-emulator", version)]
struct Flags {
    /// Port of 127.0.0.1 to listen on without TLS; 0 takes any free one [default: 10080]
    #[arg(long, value_name = "PORT", allow_negative_numbers = true)]
    http_port: Option<u16>,

    /// Port of 127.0.0.1 to listen on with TLS; 0 takes any free one [default: 10443]
    #[arg(long, value_name = "PORT", allow_negative_numbers = true)]
    https_port: Option<u16>,

    /// Changes tenants, applications, user, keys, lifetimes and ports to what this TOML file says; flags hold against it
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,

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
    let emulator = builder(flags)?.start().await?;
    // Listened for before anybody is told to begin: a signal right after the ready line ends the program cleanly.
    let stop = StopSignal::listen()?;
    let mut description = emulator.describe();
    if let Some(path) = &flags.ca_file {
        emulator.write_ca_file(path)?;
        // Absolute, so that the printed lines hold in a shell in another folder.
        description = description.with_ca_file(&std::path::absolute(path)?);
    }
    let mut stdout = io::stdout().lock();
    if flags.json {
        serde_json::to_writer(&mut stdout, &description)?;
        writeln!(stdout)?;
    } else {
        write!(stdout, "{description:#}")?;
    }
    stdout.flush()?;
    drop(stdout);
    stop.wait().await?;
    emulator.shut_down().await;
    Ok(())
}

/// The well-known ports, then the file, then the flags: each holds against the one before.
fn builder(flags: &Flags) -> Result<EmulatorBuilder, Box<dyn Error>> {
    let mut builder = Emulator::builder().http_port(10_080).https_port(10_443);
    if let Some(path) = &flags.config {
        builder = builder.configuration(Configuration::read(path)?);
    }
    if let Some(port) = flags.http_port {
        builder = builder.http_port(port);
    }
    if let Some(port) = flags.https_port {
        builder = builder.https_port(port);
    }
    Ok(builder)
}

#[cfg(unix)]
struct StopSignal([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl StopSignal {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]))
    }

    async fn wait(self) -> io::Result<()> {
        let [mut interrupt, mut terminate] = self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    }
}

#[cfg(not(unix))]
struct StopSignal;

#[cfg(not(unix))]
impl StopSignal {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn wait(self) -> io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}
