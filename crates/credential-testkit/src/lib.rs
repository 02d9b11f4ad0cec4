//! Fakes for the family's tests: a clock that moves by hand, a scripted transport, fixed randomness, the signing
//! vectors, and a secret-leak check that first proves that it catches a leak.

mod error_table;
mod fake_clock;
mod leak_check;
mod leaky_dummies;
mod places;
mod scripted_transport;
mod sequence_random;
mod trace_recording;
mod vectors;

pub use error_table::{ErrorRow, ErrorTable};
pub use fake_clock::{FakeClock, FakeSleep};
pub use leak_check::LeakCheck;
pub use places::in_every_place;
pub use scripted_transport::{ScriptedTransport, wire};
pub use sequence_random::SequenceRandom;
pub use trace_recording::TraceRecording;
pub use vectors::{Expect, Vector, Vectors};
