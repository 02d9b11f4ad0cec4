//! Randomness that repeats.

use std::sync::Mutex;
use std::sync::PoisonError;

use credential::{CredentialError, Random};

/// Fills every request with one byte value, then the next: 00 00.., 01 01.., so that values differ and tests repeat.
#[derive(Debug, Default)]
pub struct SequenceRandom(Mutex<u8>);

impl Random for SequenceRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CredentialError> {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.fill(*next);
        *next = next.wrapping_add(1);
        Ok(())
    }
}
