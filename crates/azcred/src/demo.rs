//! `azcred demo`: every protocol against an emulator in this process.

mod step;
mod steps;
mod text;
mod walk;

use credential::{Clock, SystemClock};
use credential_emulator::Emulator;

use self::step::{Outcome, Report};
use self::walk::Walk;
use crate::cli::DemoArgs;
use crate::failure::{Failure, with_root_cause};
use crate::output::{print, print_json};

/// Takes all steps and shows each as it ends.
pub(crate) async fn run(args: &DemoArgs) -> Result<(), Failure> {
    let emulator = Emulator::start().await.map_err(|error| Failure::Failed(with_root_cause(&error)))?;
    let mut walk = Walk::new(&emulator);
    if !args.json {
        print(text::INTRODUCTION)?;
        walk = walk.telling(|number, step| print(&text::step(number, step, SystemClock::default().now())));
    }
    steps::all(&mut walk).await?;
    let steps = walk.into_steps();
    let ok = steps.iter().all(|step| step.outcome == Outcome::AsExpected);
    let report = Report { steps, ok };
    if args.json {
        print_json(&report)?;
    } else {
        print(&text::summary(&report))?;
    }
    if ok { Ok(()) } else { Err(Failure::Failed("a step of the demo ended unexpectedly".to_owned())) }
}
