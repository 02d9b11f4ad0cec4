//! `azcred emulator`: runs the emulator until it is stopped.

use credential_emulator::{Configuration, Emulator, EmulatorBuilder, EmulatorError};

use crate::cli::EmulatorArgs;
use crate::failure::{Failure, with_root_cause};
use crate::files::{FileFlag, check_folder_of};
use crate::output::{print, print_json};

/// Runs the emulator until Ctrl-C or SIGTERM.
pub(crate) async fn run(args: &EmulatorArgs) -> Result<(), Failure> {
    if let Some(path) = &args.ca_file {
        check_folder_of(FileFlag::CA, path)?;
    }
    let emulator = builder(args)?.start().await.map_err(failed)?;
    // Listened for before anybody is told to begin: a signal right after the ready line ends the program cleanly.
    let stop = StopSignal::listen()?;
    let mut description = emulator.describe();
    if let Some(path) = &args.ca_file {
        emulator.write_ca_file(path).map_err(|error| Failure::BadInput(with_root_cause(&error)))?;
        // Absolute, so that the printed lines hold in a shell in another folder.
        description = description.with_ca_file(&std::path::absolute(path).unwrap_or_else(|_| path.clone()));
    }
    if args.json {
        print_json(&description)?;
    } else {
        print(&format!("{description:#}"))?;
    }
    stop.wait().await?;
    emulator.shut_down().await;
    Ok(())
}

/// The well-known ports, then the file, then the flags: each holds against the one before.
fn builder(args: &EmulatorArgs) -> Result<EmulatorBuilder, Failure> {
    let mut builder = Emulator::builder().http_port(10_080).https_port(10_443);
    if let Some(path) = &args.config {
        let read = Configuration::read(path).map_err(|error| Failure::BadInput(with_root_cause(&error)))?;
        builder = builder.configuration(read);
    }
    if let Some(port) = args.http_port {
        builder = builder.http_port(port);
    }
    if let Some(port) = args.https_port {
        builder = builder.https_port(port);
    }
    Ok(builder)
}

fn failed(error: EmulatorError) -> Failure {
    Failure::Failed(with_root_cause(&error))
}

#[cfg(unix)]
struct StopSignal([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl StopSignal {
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(unheard);
        Ok(Self([listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?]))
    }

    async fn wait(self) -> Result<(), Failure> {
        let [mut interrupt, mut terminate] = self.0;
        tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    }
}

#[cfg(not(unix))]
struct StopSignal;

#[cfg(not(unix))]
impl StopSignal {
    fn listen() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn wait(self) -> Result<(), Failure> {
        tokio::signal::ctrl_c().await.map_err(unheard)
    }
}

fn unheard(error: std::io::Error) -> Failure {
    Failure::Failed(format!("signals cannot be listened for: {error}"))
}
