//! Fakes for the family's tests: a clock that moves by hand, a scripted transport, fixed randomness, the signing
//! vectors, and a secret-leak check that first proves that it catches a leak.

mod fake_clock;
mod leak_check;
mod scripted_transport;
mod sequence_random;
mod vectors;

pub use fake_clock::{FakeClock, FakeSleep};
pub use leak_check::LeakCheck;
pub use scripted_transport::{ScriptedTransport, wire};
pub use sequence_random::SequenceRandom;
pub use vectors::{Expect, Vector, Vectors};
